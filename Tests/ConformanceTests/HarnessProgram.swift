import Foundation
import Testing

/// The built `conformance`, run as another implementation's harness runs it: lines in, lines out.
enum HarnessProgram {
    /// The package's programs are built beside its tests.
    private static let binary = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "conformance")

    static let vectors = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Specs/vectors")

    /// The lines that the program prints for these lines. It has to end by itself at their end, without an error.
    static func answers(_ subcommand: String, to lines: [[UInt8]], sourceLocation: SourceLocation = #_sourceLocation) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "conformance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files, not pipes, so that nobody waits for a reader.
        let (input, output) = (folder.appending(path: "in"), folder.appending(path: "out"))
        try Data(lines.flatMap { $0 + [0x0A] }).write(to: input)
        try Data().write(to: output)
        let program = Process()
        program.executableURL = binary
        program.arguments = [subcommand]
        program.environment = [:]
        program.standardInput = try FileHandle(forReadingFrom: input)
        program.standardOutput = try FileHandle(forWritingTo: output)
        try program.run()
        program.waitUntilExit()
        #expect(program.terminationReason == .exit && program.terminationStatus == 0, "it died", sourceLocation: sourceLocation)
        return try String(decoding: Data(contentsOf: output), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast().map(String.init)
    }
}

/// Lines that nobody means well with, from a seed.
struct HostileLines {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    private mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// Any bytes but the end of a line; never white space alone.
    mutating func random() -> [UInt8] {
        [UInt8(ascii: "x")] + (0..<below(400)).map { _ in UInt8(truncatingIfNeeded: next()) }.filter { $0 != 0x0A && $0 != 0x0D }
    }

    /// A good line cut short.
    mutating func truncated(_ line: [UInt8]) -> [UInt8] { Array(line.prefix(1 + below(line.count - 1))) }

    /// A good line with some bytes changed.
    mutating func altered(_ line: [UInt8]) -> [UInt8] {
        var line = line
        for _ in 0..<(1 + below(3)) {
            let byte = UInt8(truncatingIfNeeded: next())
            line[below(line.count)] = byte == 0x0A || byte == 0x0D ? 0 : byte
        }
        return line
    }

    /// Lists and objects, thousands deep, closed and not, and what else a parser may trip over.
    static let monsters: [[UInt8]] = {
        let deep = 100_000
        let texts = [
            String(repeating: "[", count: deep), String(repeating: "[", count: deep) + String(repeating: "]", count: deep),
            String(repeating: #"{"a":"#, count: deep),
            String(repeating: #"{"a":"#, count: deep) + "1" + String(repeating: "}", count: deep),
            #"{"op":"# + String(repeating: "[", count: deep) + String(repeating: "]", count: deep) + "}",
            #"{"name":"a","entries":"# + String(repeating: "[", count: deep) + String(repeating: "]", count: deep) + "}",
            String(repeating: "9", count: deep), "-", "1e999999999", "\"\\ud800\"", #"{"op":"\ud800"}"#,
            #"{"op":"cbor.check","op":"x25519"}"#,
            "\"" + String(repeating: "é", count: deep) + "\"", "null", "true", "[]", "{}", "{", "}", ",", ",,,,", "\u{FEFF}{}", "{}{}",
            #"{"op":null}"#, #"{"op":["cbor.check"]}"#, #"{"op":"cbor.check","hex":"# + "\"" + String(repeating: "81", count: deep) + "\"}",
        ]
        return texts.map { Array($0.utf8) } + [[0xFF, 0xFE], [0x00], [0xC3], [0xED, 0xA0, 0x80]]
    }()

    /// The line with every field of every object in it replaced by values of other types, one at a time, and left out.
    static func wrongTyped(_ line: [UInt8]) throws -> [[UInt8]] {
        let object = try JSONSerialization.jsonObject(with: Data(line))
        return try changes(of: object).map { try [UInt8](JSONSerialization.data(withJSONObject: $0, options: .sortedKeys)) }
            + numbers(in: line)
    }

    private static var strangers: [Any] { [NSNull(), true, -1, 1.5, "", "x", [Any](), [String: Any](), [[[1]]], UInt64.max] }

    private static func changes(of value: Any) -> [Any] {
        switch value {
        case let object as [String: Any]:
            object.keys.sorted().flatMap { key -> [Any] in
                var without = object
                without[key] = nil
                let inner = object[key].map { changes(of: $0) } ?? []
                return [without] + (strangers + inner).map { stranger in object.merging([key: stranger]) { $1 } }
            }
        case let list as [Any]:
            // The first and the last stand for all.
            (list.isEmpty ? [] : Set([0, list.count - 1])).sorted().flatMap { index in
                changes(of: list[index]).map { changed in
                    var copy = list
                    copy[index] = changed
                    return copy
                }
            }
        default: []
        }
    }

    /// Numbers that no type of JSON's readers holds.
    private static func numbers(in line: [UInt8]) -> [[UInt8]] {
        let text = String(decoding: line, as: UTF8.self)
        return ["18446744073709551615", "18446744073709551616", "-9223372036854775809", "1e400", "0.1"].flatMap { number in
            text.matches(of: /:([0-9]+)/).prefix(8).map { match in
                Array(text.replacingCharacters(in: match.range, with: ":" + number).utf8)
            }
        }
    }
}
