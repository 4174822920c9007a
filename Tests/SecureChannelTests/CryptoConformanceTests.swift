import EntenteCodec
import Foundation
import Testing

/// `conformance crypto`, run as the program that other implementations and public vectors are held against.
@Suite struct CryptoConformanceTests {
    /// What the program prints for these lines, and that it ended by itself at their end.
    private func answers(to lines: [String]) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "crypto-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files, not pipes, so that nobody waits for a reader.
        let (input, output) = (folder.appending(path: "in"), folder.appending(path: "out"))
        try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: input)
        try Data().write(to: output)
        let program = Process()
        // The package's programs are built beside its tests.
        program.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "conformance")
        program.arguments = ["crypto"]
        program.standardInput = try FileHandle(forReadingFrom: input)
        program.standardOutput = try FileHandle(forWritingTo: output)
        try program.run()
        program.waitUntilExit()
        #expect(program.terminationReason == .exit && program.terminationStatus == 0)
        return try String(decoding: Data(contentsOf: output), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func `each operation answers on its line`() throws {
        let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        let signature =
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        let zero = String(repeating: "0", count: 64)
        let cases: [(String, String)] = [
            (#"{"op":"ed25519.verify","pk":"\#(key)","msg":"","sig":"\#(signature)"}"#, #"{"ok":true}"#),
            (#"{"op":"ed25519.verify","pk":"\#(key)","msg":"00","sig":"\#(signature)"}"#, #"{"ok":false}"#),
            (#"{"op":"ed25519.verify","pk":"\#(zero)","msg":"","sig":"\#(signature)"}"#, #"{"ok":false}"#),
            (#"{"op":"ed25519.verify","pk":"00","msg":"","sig":"00"}"#, #"{"ok":false}"#),
            (
                #"{"op":"x25519","sk":"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4","#
                    + #""pk":"e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"}"#,
                #"{"ok":true,"out":"c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"}"#
            ),
            (#"{"op":"x25519","sk":"\#(key)","pk":"\#(zero)"}"#, #"{"ok":false}"#),
            (#"{"op":"x25519","sk":"","pk":"\#(key)"}"#, #"{"ok":false}"#),
            (#"{"op":"chachapoly.open","key":"\#(zero)","nonce":"00","aad":"","ct":""}"#, #"{"ok":false}"#),
            (
                #"{"op":"chachapoly.open","key":"\#(zero)","nonce":"000000000000000000000000","aad":"","#
                    + #""ct":"4eb972c9a8fb3a1b382bb4d36f5ffad1"}"#,
                #"{"ok":true,"out":""}"#
            ),
            (#"{"op":"cbor.check","hex":"A10001"}"#, #"{"hex":"a10001","ok":true}"#),
            (#"{"op":"cbor.check","hex":"1817"}"#, #"{"ok":false,"why":"notShortest"}"#),
            (#"{"op":"noise.vector","vector":{"protocol_name":"Noise_XX_448_ChaChaPoly_BLAKE2b"}}"#, #"{"unsupported":true}"#),
        ]
        #expect(try answers(to: cases.map(\.0)) == cases.map(\.1))
    }

    @Test func `the vectors of other implementations of Noise come out as they are`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Specs/vectors/noise.json")
        let root = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        let vectors = try #require(root["vectors"] as? [[String: Any]])
        let lines = try vectors.map { vector in
            let data = try JSONSerialization.data(withJSONObject: ["op": "noise.vector", "vector": vector])
            return String(decoding: data, as: UTF8.self)
        }
        let answers = try answers(to: lines)
        try #require(answers.count == vectors.count)
        for (vector, answer) in zip(vectors, answers) {
            let answer = try #require(try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any])
            let messages = try #require(vector["messages"] as? [[String: String]])
            #expect(answer["messages"] as? [String] == messages.compactMap { $0["ciphertext"] })
            if let hash = vector["handshake_hash"] as? String { #expect(answer["handshake_hash"] as? String == hash) }
        }
    }

    @Test func `no line makes it die: each is answered with an error`() throws {
        let zero = String(repeating: "0", count: 64)
        let lines = [
            "", "x", "[]", "{", "{}", "null", #"{"op":1}"#, #"{"op":"unknown"}"#, #"{"op":"x25519","sk":"0","pk":""}"#,
            #"{"op":"x25519","sk":"zz","pk":""}"#, #"{"op":"cbor.check"}"#, #"{"op":"noise.vector"}"#,
            #"{"op":"noise.vector","vector":[]}"#,
            #"{"op":"noise.vector","vector":{"protocol_name":"Noise_XX_25519_ChaChaPoly_BLAKE2b"}}"#,
            // No static keys; no pre-shared key; a message that is too long.
            #"{"op":"noise.vector","vector":{"protocol_name":"Noise_XX_25519_ChaChaPoly_BLAKE2b","init_ephemeral":"\#(zero)","#
                + #""resp_ephemeral":"\#(zero)","messages":[]}}"#,
            #"{"op":"noise.vector","vector":{"protocol_name":"Noise_NNpsk0_25519_ChaChaPoly_BLAKE2b","init_ephemeral":"\#(zero)","#
                + #""resp_ephemeral":"\#(zero)","messages":[]}}"#,
            #"{"op":"noise.vector","vector":{"protocol_name":"Noise_NN_25519_ChaChaPoly_BLAKE2b","init_ephemeral":"\#(zero)","#
                + #""resp_ephemeral":"\#(zero)","messages":[{"payload":"\#(String(repeating: "00", count: 65_504))"}]}}"#,
            String(repeating: "[", count: 100_000), "\u{0}", "\u{FEFF}{}",
        ]
        let answers = try answers(to: lines)
        #expect(answers.count == lines.count)
        for answer in answers { #expect(answer.hasPrefix(#"{"error":""#), "\(answer)") }
    }
}
