import EntenteCodec
import EntenteCrypto
import EntenteModel

/// The people and the machines of the stories, with keys that are the same in every run.
enum People {
    static let names = [
        "root one", "root two", "root three", "root four", "site", "alice", "alice's phone", "alice's recovery", "bob", "bob's recovery",
        "site's recovery", "invitation", "eve", "brest", "brest's recovery", "yann", "yann's recovery", "invitation of brest",
        "invitation of yann",
    ]

    /// The key whose seed is the hash of the name.
    static func key(_ name: String) -> SigningKey {
        guard let key = SigningKey(seed: Blake2b.hash256(Array("entente/test/\(name)".utf8)).bytes) else { preconditionFailure() }
        return key
    }

    static let roots = ["root one", "root two", "root three"].map(key).sorted { $0.publicKey < $1.publicKey }
    static let rootFour = key("root four")
    static let site = key("site")
    static let alice = key("alice")
    static let phone = key("alice's phone")
    static let recovery = key("alice's recovery")
    static let bob = key("bob")
    static let invitation = key("invitation")
    static let eve = key("eve")

    /// The key of the device that the header names; nil in the root log.
    static func signer(of header: Header) -> SigningKey? {
        names.map(key).first { $0.device == header.device }
    }
}

extension SigningKey {
    var device: DeviceKey { DeviceKey(publicKey) }
}

extension Bytes16 {
    /// Sixteen bytes that a test tells apart.
    static func filled(_ byte: UInt8) -> Bytes16 {
        guard let bytes = Bytes16([UInt8](repeating: byte, count: 16)) else { preconditionFailure() }
        return bytes
    }
}

extension EntryID {
    /// An id that nothing bears.
    static func filled(_ byte: UInt8) -> EntryID {
        guard let bytes = Bytes32([UInt8](repeating: byte, count: 32)) else { preconditionFailure() }
        return EntryID(bytes)
    }
}

/// SplitMix64: a small generator that gives one sequence for one seed. (Steele, Lea, Flood, OOPSLA 2014)
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// One encoded item.
func cbor(_ write: (inout CBORWriter) -> Void) -> [UInt8] {
    var writer = CBORWriter()
    write(&writer)
    return writer.bytes
}
