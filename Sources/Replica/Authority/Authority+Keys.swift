import EntenteCodec
import EntenteModel

extension Authority {
    /// The layer of keys of an identity, made at its first key entry.
    private mutating func layerIndex(of identity: Ref) -> Int {
        if let index = keyLayerIndex[identity] { return index }
        var layer = KeyLayer(identity: identity)
        let inception = table.acts[Int(identity)]
        // What held without a layer: so that only what the first key entry changes is decided again.
        if inception.kind == .identityCreate, states[Int(identity)].contains(.wellFormed), links[Int(identity)].nextOfIdentity == .none {
            layer.set(KeyLayer.Standing(key: inception.key, rank: 1, place: 0, isHit: false))
        }
        keyLayers.append(layer)
        keyLayerIndex[identity] = keyLayers.count - 1
        states[Int(identity)].insert(.hasKeyLayer)
        return keyLayers.count - 1
    }

    private mutating func markDirty(_ index: Int) {
        if states[Int(keyLayers[index].identity)].insert(.layerDirty).inserted { dirtyLayers.append(index) }
    }

    /// The layer of that identity, if it has one, is to be settled again.
    mutating func markLayerDirty(of identity: Ref) {
        if let index = keyLayerIndex[identity] { markDirty(index) }
    }

    /// Takes a new key entry, or a new inception, into its identity's layer.
    mutating func noteKeyAct(_ ref: Ref, _ act: Act) {
        guard states[Int(ref)].contains(.wellFormed) else { return }
        if act.kind == .identityCreate {
            noteIdentity(ref)
            // Acts of the identity were in the set before it had an inception: they wait for its keys.
            if links[Int(ref)].nextOfIdentity != .none { markDirty(layerIndex(of: ref)) }
            return
        }
        guard act.kind.isKeyAct, act.identity >= 0 else { return }
        let index = layerIndex(of: act.identity)
        keyLayers[index].acts.append(ref)
        if act.kind == .keyRecover, act.sequence == 0 {
            keyLayers[index].candidates[RecoveryCommitment.of(table.keys[Int(act.key)]), default: []].append(ref)
        }
        markDirty(index)
    }

    /// What the keys of its identity say of a registry entry, the kinds that only some ranks may sign aside.
    func keyVerdict(_ act: Act) -> KeyVerdict {
        guard act.identity >= 0 else { return .unknown }
        let state = states[Int(act.identity)]
        guard table.acts[Int(act.identity)].kind == .identityCreate, state.contains(.wellFormed) else { return .unknown }
        guard state.contains(.hasKeyLayer), let index = keyLayerIndex[act.identity] else {
            return act.key == table.acts[Int(act.identity)].key ? KeyVerdict(rank: 1, isInForce: true) : .unknown
        }
        guard let standing = keyLayers[index].standing(of: act.key) else { return .unknown }
        if standing.rank == 0 || (!standing.isHit && keyLayers[index].suffixes.isEmpty) {
            return KeyVerdict(rank: standing.rank, isInForce: true)
        }
        return KeyVerdict(rank: standing.rank, isInForce: isInForce(act, standing, in: keyLayers[index]))
    }

    /// `keyok(e)` of an entry whose key has that standing.
    private func isInForce(_ act: Act, _ standing: KeyLayer.Standing, in layer: KeyLayer) -> Bool {
        if standing.rank == 0 { return true }
        let position = act.position
        if let suffixes = layer.suffixes[act.log],
            suffixes.contains(where: { table.trees[Int(act.log)].isAncestorOrEqual($0, of: position) })
        {
            return false
        }
        if !standing.isHit { return true }
        return layer.rescues(standing, log: act.log).contains { table.trees[Int(act.log)].isAncestorOrEqual(position, of: $0) }
    }

    /// Decides the layers that changed, and queues the entries whose keys changed.
    mutating func settleKeys() {
        let dirty = dirtyLayers
        dirtyLayers = []
        for index in dirty {
            states[Int(keyLayers[index].identity)].remove(.layerDirty)
            settle(index)
        }
    }

    private mutating func settle(_ index: Int) {
        let old = keyLayers[index]
        var layer = old.forgettingDecisions
        let identity = Int(layer.identity)
        if table.acts[identity].kind == .identityCreate, states[identity].contains(.wellFormed) {
            settleRecoveries(&layer, table.acts[identity])
            settleDevices(&layer)
        }
        keyLayers[index] = layer
        reportKeyActs(layer)
        queueChanges(from: old, to: layer)
    }

    /// The chain of recoveries from the inception's commitment, with the ranks that it gives.
    private func settleRecoveries(_ layer: inout KeyLayer, _ inception: Act) {
        layer.set(KeyLayer.Standing(key: inception.key, rank: 1, place: 0, isHit: false))
        if layer.candidates.isEmpty { return }
        var commitment = table.keyTerms(inception).commitment
        var primaries: [Int32] = [inception.key]
        var used: [Int32] = []
        while let committed = commitment, let found = layer.candidates[committed] {
            // Two for one commitment: the identity is contested, and neither counts. One that is on the chain already
            // commits to itself, in a circle.
            guard found.count == 1, let recovery = found.first, !layer.recoveries.contains(recovery) else { break }
            let act = table.acts[Int(recovery)]
            let terms = table.keyTerms(act)
            layer.recoveries.append(recovery)
            used.append(act.key)
            primaries.append(terms.newKey)
            commitment = terms.commitment
        }
        let count = layer.recoveries.count
        for (place, key) in primaries.enumerated() where place == 0 || layer.standing(of: key) == nil {
            // A primary is hit by each recovery after its place.
            layer.set(KeyLayer.Standing(key: key, rank: 1, place: Int32(place), isHit: place < count))
        }
        for key in used { layer.set(KeyLayer.Standing(key: key, rank: 0, place: 0, isHit: false)) }
        for (offset, recovery) in layer.recoveries.enumerated() {
            let terms = table.keyTerms(table.acts[Int(recovery)])
            if let (log, position) = place(of: terms.from, asTip: false) { layer.suffixes[log, default: []].append(position) }
            for tip in table[terms.tips] {
                guard let (log, position) = place(of: tip, asTip: true) else { continue }
                layer.recoveryTips[log, default: []].append(KeyLayer.RecoveryTip(place: Int32(offset + 1), position: position))
            }
        }
    }

    /// Key entries by rank: those of used recovery keys, then those of primaries, which only these and recoveries reach,
    /// then what they say of devices.
    private func settleDevices(_ layer: inout KeyLayer) {
        for rank: UInt8 in [0, 1] {
            var tips: [(log: Int32, tip: KeyLayer.KeyTip)] = []
            for ref in layer.acts {
                let act = table.acts[Int(ref)]
                guard act.kind == .keyRemove || act.kind == .keyVouch, isInForce(act, in: layer, rank: rank) else { continue }
                for tip in table[table.keyTerms(act).tips] {
                    if let (log, position) = place(of: tip, asTip: true) {
                        tips.append((log, KeyLayer.KeyTip(rank: rank, position: position)))
                    }
                }
            }
            // Only now: tips by a primary do not rescue primaries.
            for (log, tip) in tips { layer.keyTips[log, default: []].append(tip) }
        }
        for kind: Act.Kind in [.keyAdd, .keyRemove] {
            for ref in layer.acts {
                let act = table.acts[Int(ref)]
                guard act.kind == kind, isInForce(act, in: layer, rank: 0) || isInForce(act, in: layer, rank: 1) else { continue }
                let device = table.keyTerms(act).newKey
                let standing = layer.standing(of: device)
                if kind == .keyAdd, standing == nil {
                    layer.set(KeyLayer.Standing(key: device, rank: 2, place: 0, isHit: false))
                } else if kind == .keyRemove, standing?.rank == 2 {
                    layer.set(KeyLayer.Standing(key: device, rank: 2, place: 0, isHit: true))
                }
            }
        }
    }

    /// True if a key entry signed by a key of that rank is in force, the kinds that only some ranks may sign aside.
    private func isInForce(_ act: Act, in layer: KeyLayer, rank: UInt8) -> Bool {
        guard let standing = layer.standing(of: act.key), standing.rank == rank else { return false }
        if !standing.isHit, layer.suffixes.isEmpty { return true }
        return isInForce(act, standing, in: layer)
    }

    private mutating func reportKeyActs(_ layer: KeyLayer) {
        for ref in layer.acts {
            let act = table.acts[Int(ref)]
            let isNow = isInForce(act, in: layer, rank: 0) || (act.kind != .keyRecover && isInForce(act, in: layer, rank: 1))
            if isNow != states[Int(ref)].contains(.keyInForce) {
                if isNow { states[Int(ref)].insert(.keyInForce) } else { states[Int(ref)].remove(.keyInForce) }
                noteChange(ref)
                // It says where a key signs, also of one that stands without it.
                if act.kind == .keyAdd { noteIdentity(layer.identity) }
            }
        }
    }

    /// Queues the identity's entries that the change of its keys can reach.
    private mutating func queueChanges(from old: KeyLayer, to new: KeyLayer) {
        if isFullPass {
            noteIdentity(new.identity)
            return
        }
        let keys = new.keysChanged(from: old)
        let logs = new.logsChanged(from: old)
        if keys.isEmpty, logs.isEmpty { return }
        noteIdentity(new.identity)
        for key in keys {
            var log = table.lastLogOfKey[Int(key)]
            while log >= 0 {
                queueEntries(of: new.identity, in: log)
                log = table.nextLogOfKey[Int(log)]
            }
        }
        for log in logs { queueEntries(of: new.identity, in: log) }
    }

    private mutating func queueEntries(of identity: Ref, in log: Int32) {
        var next = lastInLog[Int(log)]
        while next != .none {
            let act = table.acts[Int(next)]
            if act.kind.isAuthorityAct, act.identity == identity { enqueue(next, act) }
            next = links[Int(next)].nextInLog
        }
    }

    /// Where an entry lies that a tip or a `from` names, if it is known.
    ///
    /// As a tip it counts by its own signature only; registry entries are in the set by theirs.
    func place(of ref: Ref, asTip: Bool) -> (log: Int32, position: LogPosition)? {
        guard ref >= 0 else { return nil }
        let act = table.acts[Int(ref)]
        if act.kind != .absent { return (act.log, act.position) }
        guard let content = located[ref], !asTip || content.signatureHolds else { return nil }
        return (content.log, content.position)
    }
}
