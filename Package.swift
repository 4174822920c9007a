// swift-tools-version: 6.2
import PackageDescription

// `ENTENTE_PURE=1` leaves out every target that needs a package from elsewhere (Store and above),
// so that the tests of the pure targets build in seconds. See Docs/Hacking.md.
let pureOnly = Context.environment["ENTENTE_PURE"] == "1"

let common: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
/// Everywhere but in Crypto and Store, which call C on raw memory.
let safe: [SwiftSetting] = common + [.strictMemorySafety()]

func library(_ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = safe, resources: [Resource]? = nil)
    -> Target
{
    .target(name: "Entente" + name, dependencies: dependencies, path: "Sources/" + name, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies, path: "Tests/" + name + "Tests", resources: resources, swiftSettings: common)
}

var dependencies: [Package.Dependency] = []
var products: [Product] = [
    .executable(name: "simulate", targets: ["simulate"]),
    .executable(name: "conformance", targets: ["conformance"]),
]
var targets: [Target] = [
    .systemLibrary(
        name: "CSodium", path: "Sources/CSodium", pkgConfig: "libsodium",
        providers: [.apt(["libsodium-dev"])]),
    library("Codec"),
    library("Crypto", ["CSodium", "EntenteCodec"], settings: common),
    library("Model", ["EntenteCodec", "EntenteCrypto"]),
    library("Replica", ["EntenteModel", "EntenteCodec", "EntenteCrypto"]),
    library("Reconciliation", ["EntenteCodec", "EntenteCrypto"]),
    library("SecureChannel", ["EntenteCodec", "EntenteCrypto"]),
    library(
        "Node",
        ["EntenteCodec", "EntenteCrypto", "EntenteModel", "EntenteReplica", "EntenteReconciliation", "EntenteSecureChannel"]),
    library(
        "Simulator",
        ["EntenteNode", "EntenteReplica", "EntenteModel", "EntenteCodec", "EntenteCrypto", "EntenteSecureChannel"]),
    .executableTarget(
        name: "simulate", dependencies: ["EntenteSimulator"], path: "Sources/simulate", swiftSettings: safe),
    // The harness is outside the core: it reads JSON, so it may import Foundation.
    .executableTarget(
        name: "conformance",
        dependencies: [
            "EntenteCodec", "EntenteCrypto", "EntenteModel", "EntenteReplica", "EntenteReconciliation", "EntenteSecureChannel",
        ],
        path: "Sources/conformance", swiftSettings: safe),

    tests("Codec", ["EntenteCodec"]),
    tests("Crypto", ["EntenteCrypto", "EntenteCodec"]),
    tests("Model", ["EntenteModel", "EntenteCodec", "EntenteCrypto"]),
    // The worlds of the conformance harness are what the tests of authority are written in.
    tests("Replica", ["EntenteReplica", "EntenteModel", "EntenteCodec", "EntenteCrypto", "conformance"]),
    tests("Reconciliation", ["EntenteReconciliation", "EntenteCrypto", "EntenteCodec"]),
    tests("SecureChannel", ["EntenteSecureChannel", "EntenteCrypto", "EntenteCodec"]),
    tests(
        "Node",
        [
            "EntenteNode", "EntenteReplica", "EntenteReconciliation", "EntenteModel", "EntenteCodec", "EntenteCrypto",
            "EntenteSecureChannel", "EntenteSimulator",
        ]),
    tests(
        "Simulation",
        ["EntenteSimulator", "EntenteNode", "EntenteReplica", "EntenteModel", "EntenteCodec", "EntenteCrypto"]),
    // It starts the built program, which is beside it.
    tests("Conformance", ["conformance"]),
    tests("Meta", []),
]

if !pureOnly {
    dependencies = [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        // Without its traits: our own reader of JSON says the line, and refuses a key that is there twice.
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
    ]
    products.append(.executable(name: "entente", targets: ["entente"]))
    let nio: [Target.Dependency] = [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
    ]
    /// GRDB opens the connection; GRDBSQLite is SQLite as it sees it, driven directly in the hot path.
    let grdb: [Target.Dependency] = [.product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift")]
    targets += [
        library(
            "Store", ["EntenteNode", "EntenteReplica", "EntenteModel", "EntenteCodec", "EntenteCrypto"] + grdb,
            settings: common, resources: [.embedInCode("Schema")]),
        library(
            "Runtime",
            [
                "EntenteNode", "EntenteStore", "EntenteReplica", "EntenteModel", "EntenteCodec", "EntenteCrypto", "EntenteSecureChannel",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ] + nio),
        library(
            "Web",
            [
                "EntenteRuntime", "EntenteNode", "EntenteModel",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
            ] + nio),
        .executableTarget(
            name: "entente",
            dependencies: [
                "EntenteRuntime", "EntenteWeb", "EntenteNode", "EntenteReplica", "EntenteModel", "EntenteCodec",
                "EntenteCrypto",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Sources/entente", swiftSettings: safe),
        tests(
            "Store",
            ["EntenteStore", "EntenteReplica", "EntenteModel", "EntenteNode", "EntenteCodec", "EntenteCrypto", "EntenteSimulator"] + grdb),
        tests(
            "Runtime",
            [
                "EntenteRuntime", "EntenteWeb", "EntenteStore", "EntenteNode", "EntenteModel", "EntenteReplica", "EntenteCodec",
                "EntenteCrypto",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ] + nio),
        tests("Command", ["entente", "EntenteModel"]),
    ]
}

// `ENTENTE_BENCH=1` adds the measurements: `ENTENTE_BENCH=1 swift run -c release bench`. See Benchmarks/README.md.
if Context.environment["ENTENTE_BENCH"] == "1" && !pureOnly {
    targets.append(
        .executableTarget(
            name: "bench",
            dependencies: ["EntenteStore", "EntenteNode", "EntenteReplica", "EntenteModel", "EntenteCodec", "EntenteCrypto"],
            path: "Benchmarks", exclude: ["README.md"], swiftSettings: common))
}

let package = Package(
    name: "entente",
    platforms: [.macOS(.v15)],
    products: products,
    dependencies: dependencies,
    targets: targets
)
