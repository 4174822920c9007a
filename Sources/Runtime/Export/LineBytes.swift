import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica

/// Lines of JSON on their way out.
struct LineBytes {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ line: JSONValue) {
        bytes += line.text.utf8
        bytes.append(UInt8(ascii: "\n"))
    }

    /// An entry. Nearly all of it is hexadecimal digits, so it is written without a tree of values between.
    mutating func append(_ entry: WalkedEntry) {
        let stored = entry.stored
        begin("{\"entry\":", hex: stored.entry.id.bytes.bytes)
        begin(",\"header\":", hex: stored.entry.headerBytes)
        switch stored.entry.signatures {
        case .device(let signature): begin(",\"signature\":", hex: signature.bytes)
        case .quorum(let signatures):
            bytes += ",\"signatures\":[".utf8
            for (index, item) in signatures.enumerated() {
                begin(index == 0 ? "[" : ",[", hex: item.key.bytes.bytes)
                begin(",", hex: item.signature.bytes)
                bytes += "]".utf8
            }
            bytes += "]".utf8
        }
        switch stored.body {
        case .none: break
        case .present(let body):
            begin(",\"salt\":", hex: body.salt.bytes)
            begin(",\"body\":", hex: body.bytes)
        case .missing: bytes += ",\"state\":\"missing\"".utf8
        case .erased: bytes += ",\"state\":\"erased\"".utf8
        }
        bytes += ",\"firstSeen\":\"\(stored.firstSeen.iso8601)\"".utf8
        if entry.isHeld { bytes += ",\"held\":true".utf8 }
        if entry.isVisible { bytes += ",\"visible\":true".utf8 }
        bytes += "}\n".utf8
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// What stands before the digits, and the digits in quotes.
    private mutating func begin(_ text: String, hex data: [UInt8]) {
        bytes += text.utf8
        bytes.append(UInt8(ascii: "\""))
        bytes.reserveCapacity(bytes.count + 2 * data.count + 1)
        for byte in data {
            bytes.append(Self.digits[Int(byte >> 4)])
            bytes.append(Self.digits[Int(byte & 15)])
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
