import EntenteNode
import NIOCore
import Synchronization

/// One TCP connection, from any thread.
final class Connection: Sendable {
    let id: ConnectionID
    let channel: any Channel
    let isInbound: Bool
    /// Its peer is a member's node: no stranger any more.
    let isEstablished = Atomic(false)
    /// Bytes that are handed to the channel and not written.
    let unwritten = Atomic(0)
    /// A byte of ours went out, or is about to.
    let hasSpoken = Atomic(false)
    private let gathered = Mutex(ByteBuffer())

    init(id: ConnectionID, channel: any Channel, isInbound: Bool) {
        self.id = id
        self.channel = channel
        self.isInbound = isInbound
    }

    /// Gathers what goes out with the next flush.
    ///
    /// - Returns: bytes that wait to be written, these included.
    func gather(_ bytes: [UInt8]) -> Int {
        hasSpoken.store(true, ordering: .relaxed)
        let gatheredCount = gathered.withLock { buffer in
            buffer.writeBytes(bytes)
            return buffer.readableBytes
        }
        return unwritten.load(ordering: .relaxed) + gatheredCount
    }

    /// Hands what was gathered to the channel: one write for a whole batch.
    @discardableResult
    func flush() -> EventLoopFuture<Void> {
        let buffer = gathered.withLock { buffer in
            defer { buffer = ByteBuffer() }
            return buffer
        }
        let count = buffer.readableBytes
        guard count > 0 else { return channel.eventLoop.makeSucceededVoidFuture() }
        unwritten.add(count, ordering: .relaxed)
        let written = channel.writeAndFlush(buffer)
        written.whenComplete { _ in self.unwritten.subtract(count, ordering: .relaxed) }
        return written
    }
}
