import EntenteCodec
import EntenteCrypto
import Foundation

/// `conformance crypto`: one JSON object a line in, one a line out. Byte strings are hexadecimal, written in lower case.
///
/// The field `op` names the operation; each has one method below. A line that asks for nothing known is answered with
/// `{"error":"why"}`, and the next line is read.
enum CryptoConformance {
    static func run() { LineConversation.run { [answer($0)] } }

    private struct Refusal: Error { let reason: String }

    /// The fields of a question, read by name and type.
    private struct Question {
        let fields: [String: Any]

        func text(_ name: String) throws(Refusal) -> String {
            guard let value = fields[name] as? String else { throw Refusal(reason: "the field \(name) is missing or no text") }
            return value
        }

        func bytes(_ name: String) throws(Refusal) -> [UInt8] {
            guard let value = Hex.decode(try text(name)) else { throw Refusal(reason: "the field \(name) is not hexadecimal") }
            return value
        }
    }

    /// The line that answers one line.
    static func answer(_ line: String) -> String {
        do throws(Refusal) {
            guard let fields = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                throw Refusal(reason: "the line is not a JSON object")
            }
            return encode(try answer(Question(fields: fields)))
        } catch {
            return encode(["error": error.reason])
        }
    }

    private static func encode(_ answer: [String: Any]) -> String {
        guard let data = try? JSONSerialization.data(withJSONObject: answer, options: [.sortedKeys, .withoutEscapingSlashes]) else {
            return #"{"error":"the answer is no JSON"}"#
        }
        return String(decoding: data, as: UTF8.self)
    }

    private static func answer(_ question: Question) throws(Refusal) -> [String: Any] {
        switch try question.text("op") {
        case "ed25519.verify": try verify(question)
        case "x25519": try agree(question)
        case "chachapoly.open": try open(question)
        case "cbor.check": try check(question)
        case "noise.vector": try runNoise(question)
        default: throw Refusal(reason: "unknown operation")
        }
    }

    private static func verify(_ question: Question) throws(Refusal) -> [String: Any] {
        let message = try question.bytes("msg")
        guard let bytes = Bytes32(try question.bytes("pk")), let key = VerifyingKey(bytes),
            let signature = Signature(try question.bytes("sig"))
        else { return ["ok": false] }
        return ["ok": key.verifies(signature, over: message)]
    }

    private static func agree(_ question: Question) throws(Refusal) -> [String: Any] {
        let secret = try question.bytes("sk")
        guard let key = AgreementKey(secret: secret), let other = Bytes32(try question.bytes("pk")),
            let shared = key.sharedSecret(with: other)
        else { return ["ok": false] }
        return ["ok": true, "out": Hex.encode(shared)]
    }

    private static func open(_ question: Question) throws(Refusal) -> [String: Any] {
        let key = SecretBytes(try question.bytes("key"))
        let associated = try question.bytes("aad")
        guard
            let plaintext = ChaChaPoly.open(
                try question.bytes("ct"), key: key, nonce: try question.bytes("nonce"), authenticating: associated)
        else { return ["ok": false] }
        return ["ok": true, "out": Hex.encode(plaintext)]
    }

    private static func check(_ question: Question) throws(Refusal) -> [String: Any] {
        let bytes = try question.bytes("hex")
        do throws(CBORError) {
            return ["ok": true, "hex": Hex.encode(try CBORValue(decoding: bytes).encoded)]
        } catch {
            return ["ok": false, "why": "\(error)"]
        }
    }

    private static func runNoise(_ question: Question) throws(Refusal) -> [String: Any] {
        guard let fields = question.fields["vector"] as? [String: Any] else { throw Refusal(reason: "the field vector is no object") }
        do throws(NoiseVector.Fault) {
            // A field that is null is one that is not there.
            guard let answer = try NoiseVector(fields.filter { !($0.value is NSNull) })?.run() else { return ["unsupported": true] }
            var out: [String: Any] = ["messages": answer.messages.map { Hex.encode($0) }]
            if let hash = answer.handshakeHash { out["handshake_hash"] = Hex.encode(hash) }
            return out
        } catch {
            throw Refusal(reason: error.reason)
        }
    }
}
