import EntenteModel
import EntenteReplica

extension Node {
    /// What must be true after every event, whatever peers did; what is not, in words. The simulator asks after every step.
    package func checkInvariants() -> [String] {
        var broken: [String] = []
        func expect(_ holds: Bool, _ sentence: @autoclosure () -> String) { if !holds { broken.append(sentence()) } }
        expect(sessions.count <= identity.tuning.sessionsMax, "\(sessions.count) sessions")
        var nodes: Set<DeviceKey> = []
        for id in sessions.keys.sorted() {
            guard let session = sessions[id] else { continue }
            broken += session.checkInvariants().map { "session \(id.number): \($0)" }
            expect(session.id == id, "session \(session.id.number) is kept as \(id.number)")
            if let node = session.peer?.node { expect(nodes.insert(node).inserted, "two open sessions with \(node.short)") }
            let pending = checks.values.count { $0.session == id }
            expect(pending <= (session.isChecking ? 1 : 0), "session \(id.number) has \(pending) batches to be checked")
            let checkingBytes = checks.values.reduce(0) { $0 + ($1.session == id ? $1.byteCount : 0) }
            expect(session.checkingBytes == checkingBytes, "session \(id.number) has \(session.checkingBytes) bytes to be checked")
            for space in session.theirSums.keys.sorted() {
                expect(mayShare(space, with: session), "session \(id.number) keeps a sum of \(name(of: space)), which is not shared")
            }
        }
        expect(unfinishedBytes <= NodeLimits.unfinishedBytesMax, "\(unfinishedBytes) bytes of unfinished runs")
        let checkCount = checks.values.reduce(0) { $0 + $1.checkCount }
        expect(checkCount <= NodeLimits.checksMax, "\(checkCount) signatures wait for their verdicts")
        for address in dials.keys.sorted() {
            guard let dial = dials[address] else { continue }
            expect(dial.record.address == address, "the address \(address) is kept under another")
            if case .connected(let id) = dial.state { expect(sessions[id] != nil, "\(address) is connected by no session") }
            expect(
                dial.delay <= max(NodeLimits.dialDelayMin, identity.tuning.dialDelayMax), "\(address) is dialled after \(dial.delay) ms")
        }
        return broken
    }
}

extension Session {
    fileprivate func checkInvariants() -> [String] {
        var broken: [String] = []
        func expect(_ holds: Bool, _ sentence: @autoclosure () -> String) { if !holds { broken.append(sentence()) } }
        if case .closed = phase { broken.append("it is closed, and kept") }
        expect(unfinishedBytes == unfinishedBytesCounted, "\(unfinishedBytes) unfinished bytes are \(unfinishedBytesCounted)")
        expect(unfinishedBytes <= NodeLimits.sessionUnfinishedBytesMax, "\(unfinishedBytes) unfinished bytes")
        expect(waiting.isEmpty || isChecking, "\(waiting.count) arrivals wait for nothing")
        expect(!(isSkippingRun && incoming != nil), "a run comes in and is let by")
        expect(unacknowledged == unacknowledgedCounted, "\(unacknowledged) unacknowledged bytes are \(unacknowledgedCounted)")
        expect(unacknowledged <= Self.unacknowledgedMax, "\(unacknowledged) unacknowledged bytes")
        expect(wantsOpen <= NodeLimits.wantsOpenMax, "\(wantsOpen) requests are not answered")
        expect(deliveries.count(where: \.answersWant) <= NodeLimits.wantsOpenMax, "\(deliveries.count) requests wait for an answer")
        expect(asking == nil || questionsOpen == 1, "\(questionsOpen) questions of one reconciliation")
        expect(peer != nil || !isBusy, "a session that is not open is busy")
        return broken
    }

    /// The credit, what was begun while there was some, and the registry's own.
    private static var unacknowledgedMax: UInt64 {
        NodeLimits.creditBytes + UInt64(RunLimits.bytesMax) + NodeLimits.registryCreditBytes
            + UInt64(NodeLimits.pushMax * EntryLimits.registryHeaderBytesMax)
    }
}
