import EntenteCodec
import EntenteCrypto
import Foundation
import Testing

@testable import EntenteSecureChannel

/// Specs/vectors/session.json: made here, read by whoever writes another implementation.
@Suite struct SessionVectorTests {
    private static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Specs/vectors/session.json")

    /// `ENTENTE_WRITE_VECTORS=1 swift test --filter SessionVectorTests` writes the file.
    @Test func `making the vectors again gives the same bytes`() throws {
        let text = try SessionVectors().text()
        if ProcessInfo.processInfo.environment["ENTENTE_WRITE_VECTORS"] != nil { try Data(text.utf8).write(to: Self.path) }
        #expect(try Data(contentsOf: Self.path) == Data(text.utf8))
    }

    @Test func `every reject is refused for its reason, with not one byte of answer, and stays refused (S-25)`() throws {
        let rejects = try SessionRejects.all()
        #expect(rejects.count > 30)
        for reject in rejects {
            let side = reject.role == .initiator ? reject.session.initiator : reject.session.responder
            var channel = try side.channel(reject.role)
            _ = try channel.begin()
            for frame in reject.before { _ = try channel.receive(frame) }
            #expect(fault { () throws(ChannelFault) in try channel.receive(reject.bytes) } == reject.fault, "\(reject.name)")
            #expect(fault { () throws(ChannelFault) in try channel.receive([0]) } == reject.fault, "\(reject.name)")
        }
    }
}
