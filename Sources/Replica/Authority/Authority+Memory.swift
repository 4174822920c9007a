import EntenteCodec
import EntenteModel

extension Authority {
    /// All that the evaluator remembers, in words: two evaluators of one network that remember the same answer alike, and go
    /// on answering alike whatever comes next.
    ///
    /// Nothing is left out as having no meaning, and no list is sorted that the rules could read in its order. The one
    /// difference that is not seen is how entries are numbered, which nothing but a full pass reads (`fullPassMin`): an entry stands here by the beginning of its id. What an entry
    /// says is not repeated, since the id is a hash of it; what was decided about it, and where it stands, is.
    ///
    /// It costs a walk over everything. It is for those who explore states, as the finite model does, not for a node.
    package var memory: [UInt64] {
        var writer = MemoryWriter(names: table.ids.map(\.bytes.words.0))
        for ref in writer.byName { writeEntry(ref, to: &writer) }
        writeLogs(to: &writer)
        writePending(to: &writer)
        writeReach(to: &writer)
        writeRoot(to: &writer)
        writer.add(keyLayers.count)
        for layer in keyLayers { layer.write(to: &writer) }
        writer.add(keyLayerIndex) { writer, index in writer.add(index) }
        writer.add(dirtyLayers.count)
        for index in dirtyLayers { writer.add(index) }
        // Nothing of an evaluation is left over between two calls.
        assert(
            queue.count == 0 && diff.entries.isEmpty && diff.capabilities.isEmpty && diff.identities.isEmpty && offerQueue.isEmpty
                && !isFullPass)
        return writer.words
    }

    private func writeEntry(_ ref: Ref, to writer: inout MemoryWriter) {
        let act = table.acts[Int(ref)]
        writer.add(ref)
        writer.add(Int(act.kind.rawValue) << 32 | Int(states[Int(ref)].rawValue))
        writer.add(Int(act.log))
        writer.add(act.position)
        let links = links[Int(ref)]
        for next in [
            links.firstCiting, links.nextCiting, links.firstCapability, links.nextCapability, links.firstOfIdentity, links.nextOfIdentity,
            links.nextInLog,
        ] { writer.add(next) }
    }

    private func writeLogs(to writer: inout MemoryWriter) {
        writer.add(table.keys.count)
        for key in table.keys { writer.add(key.bytes) }
        writer.add(table.scopes.count)
        writer.add(table.logs.count)
        for log in table.logs.indices {
            writer.add(table.logs[log].device?.bytes ?? .zero)
            writer.add(Int(truncatingIfNeeded: table.logs[log].incarnation))
            writer.add(table.logs[log].space == .registry ? 0 : 1)
            writer.add(table.trees[log].branches.count)
            for branch in table.trees[log].branches {
                writer.add(branch.parent ?? -1)
                writer.add(Int(branch.firstSequence) << 32 | Int(branch.lastSequence))
            }
            writer.add(lastInLog[log])
            writer.add(isLogTouched[log] ? 1 : 0)
            writer.add(voids[log])
            writer.add(tipMarks[log].count)
            for mark in tipMarks[log] {
                writer.add(mark.source)
                writer.add(mark.position)
            }
        }
    }

    private func writePending(to writer: inout MemoryWriter) {
        pending.write(to: &writer)
        writer.add(unresolved) { writer, sources in writer.add(sources) }
        writer.add(mentionsOfDoubtful) { writer, sources in writer.add(sources) }
        writer.add(located) { writer, entry in
            writer.add(Int(entry.log))
            writer.add(entry.position)
            writer.add(entry.signatureHolds ? 1 : 0)
        }
    }

    private func writeReach(to writer: inout MemoryWriter) {
        for table in [removesBySubject, removesByCapability, removesBySubtree, leavesByIdentity, annulsByTarget, sealsByAdmission] {
            writer.add(table) { writer, sources in writer.add(sources) }
        }
        writer.add(disavowals.count)
        for (log, marks) in disavowals.sorted(by: { $0.key < $1.key }) {
            writer.add(Int(log))
            writer.add(marks.count)
            for mark in marks {
                writer.add(mark.source)
                writer.add(mark.position)
            }
        }
        writer.add(quotas) { writer, quota in
            writer.add(quota.isExceeded ? 1 : 0)
            writer.add(quota.live) { writer, count in writer.add(count) }
        }
    }

    private func writeRoot(to writer: inout MemoryWriter) {
        writer.add(rootLog.genesis)
        writer.add(rootLog.chain)
        writer.add(rootLog.dirtyFrom ?? -1)
        writer.add(rootLog.children) { writer, children in writer.add(children) }
        writer.add(rootLog.records) { writer, record in
            writer.add(record.signers.count)
            for signer in record.signers { writer.add(signer.bytes) }
        }
    }
}

extension PendingEntries {
    fileprivate func write(to writer: inout MemoryWriter) {
        let lists = waiting.sorted { $0.key < $1.key }
        writer.add(lists.count)
        for (missing, list) in lists {
            writer.add(missing.bytes)
            writer.add(list.count)
            for id in list {
                writer.add(id.bytes)
                guard let entry = entries[id] else { continue }
                writer.add(entry.copies.count)
                for copy in entry.copies {
                    writer.add(copy.rootSignatures.count)
                    for signature in copy.rootSignatures { writer.add(signature.key.bytes) }
                }
                writer.add(entry.proof == .unchecked ? 0 : entry.proof == .holds ? 1 : 2)
            }
        }
        writer.add(contentTimes.count)
        for (id, time) in contentTimes.sorted(by: { $0.key < $1.key }) {
            writer.add(id.bytes)
            writer.add(Int(truncatingIfNeeded: time.milliseconds))
        }
    }
}

extension KeyLayer {
    fileprivate func write(to writer: inout MemoryWriter) {
        writer.add(identity)
        writer.add(acts)
        writer.add(candidates.count)
        for (commitment, list) in candidates.sorted(by: { $0.key < $1.key }) {
            writer.add(commitment)
            writer.add(list)
        }
        writer.add(standings.count)
        for standing in standings {
            writer.add(Int(standing.key))
            writer.add(Int(standing.rank) << 32 | Int(standing.place) << 1 | (standing.isHit ? 1 : 0))
        }
        writer.add(recoveries)
        writer.add(suffixes.count)
        for (log, positions) in suffixes.sorted(by: { $0.key < $1.key }) {
            writer.add(Int(log))
            writer.add(positions.count)
            for position in positions { writer.add(position) }
        }
        writer.add(recoveryTips.count)
        for (log, tips) in recoveryTips.sorted(by: { $0.key < $1.key }) {
            writer.add(Int(log))
            writer.add(tips.count)
            for tip in tips {
                writer.add(Int(tip.place))
                writer.add(tip.position)
            }
        }
        writer.add(keyTips.count)
        for (log, tips) in keyTips.sorted(by: { $0.key < $1.key }) {
            writer.add(Int(log))
            writer.add(tips.count)
            for tip in tips {
                writer.add(Int(tip.rank))
                writer.add(tip.position)
            }
        }
    }
}

/// Writes what is remembered by entry number under the names of the entries.
private struct MemoryWriter {
    private(set) var words: [UInt64] = []
    /// By entry number.
    private let names: [UInt64]

    init(names: [UInt64]) {
        self.names = names
        words.reserveCapacity(names.count * 16 + 128)
    }

    /// All numbers, in the order of the names.
    var byName: [Ref] { names.indices.map { Ref($0) }.sorted { names[Int($0)] < names[Int($1)] } }

    mutating func add(_ number: Int) { words.append(UInt64(bitPattern: Int64(number))) }

    /// The names are hashes: that one of them is one of the two small numbers will not be seen.
    mutating func add(_ ref: Ref) { words.append(ref >= 0 ? names[Int(ref)] : UInt64(bitPattern: Int64(ref))) }

    mutating func add(_ position: LogPosition) { add(position.branch << 32 | Int(position.sequence)) }

    mutating func add(_ bytes: Bytes32) { words.append(bytes.words.0) }

    mutating func add(_ refs: [Ref]) {
        add(refs.count)
        for ref in refs { add(ref) }
    }

    /// A table that is looked up and never walked: in the order of the names.
    mutating func add<Value>(_ table: [Ref: Value], _ write: (inout MemoryWriter, Value) -> Void) {
        add(table.count)
        if table.isEmpty { return }
        for ref in table.keys.sorted(by: { names[Int($0)] < names[Int($1)] }) {
            add(ref)
            if let value = table[ref] { write(&self, value) }
        }
    }
}
