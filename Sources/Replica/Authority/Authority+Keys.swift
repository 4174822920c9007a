import EntenteCodec
import EntenteModel

extension Authority {
    /// The layer of keys of an identity, made at its first key entry.
    private mutating func layerIndex(of identity: Ref) -> Int {
        if let index = keyLayerIndex[identity] { return index }
        keyLayers.append(KeyLayer(identity: identity))
        keyLayerIndex[identity] = keyLayers.count - 1
        states[Int(identity)].insert(.hasKeyLayer)
        return keyLayers.count - 1
    }

    /// Takes a new key entry, or a new inception, into its identity's layer.
    mutating func noteKeyAct(_ ref: Ref, _ act: Act, _ body: RegistryAct) {
        guard states[Int(ref)].contains(.wellFormed) else { return }
        if act.kind == .identityCreate {
            diff.identities.insert(ref)
            // Acts of the identity were in the set before it had an inception: they wait for its keys.
            if links[Int(ref)].firstOfIdentity != ref || links[Int(ref)].nextOfIdentity != .none {
                dirtyLayers.insert(layerIndex(of: ref))
            }
            return
        }
        guard act.kind.isKeyAct, act.identity >= 0 else { return }
        let index = layerIndex(of: act.identity)
        keyLayers[index].acts.append(ref)
        if act.kind == .keyRecover, act.sequence == 0 {
            keyLayers[index].candidates[RecoveryCommitment.of(table.keys[Int(act.key)]), default: []].append(ref)
        }
        dirtyLayers.insert(index)
    }

    /// What the keys of its identity say of a registry entry, the kinds that only some ranks may sign aside.
    func keyVerdict(_ act: Act) -> KeyVerdict {
        guard let inception = table.act(act.identity), inception.kind == .identityCreate else { return .unknown }
        guard states[Int(act.identity)].contains(.hasKeyLayer), let index = keyLayerIndex[act.identity] else {
            return act.key == inception.key ? KeyVerdict(rank: 1, isInForce: true) : .unknown
        }
        guard let standing = keyLayers[index].standings[act.key] else { return .unknown }
        return KeyVerdict(rank: standing.rank, isInForce: isInForce(act, standing, in: keyLayers[index]))
    }

    /// `keyok(e)` of an entry whose key has that standing.
    private func isInForce(_ act: Act, _ standing: KeyLayer.Standing, in layer: KeyLayer) -> Bool {
        if standing.rank == 0 { return true }
        let tree = table.trees[Int(act.log)]
        let position = act.position
        if layer.suffixes[act.log]?.contains(where: { tree.isAncestorOrEqual($0, of: position) }) == true { return false }
        return !standing.isHit || layer.rescues(standing, log: act.log).contains { tree.isAncestorOrEqual(position, of: $0) }
    }

    /// Decides the layers that changed, and queues the entries whose keys changed.
    mutating func settleKeys() {
        let dirty = dirtyLayers
        dirtyLayers = []
        // In order, though no layer reads another one: what is reported is sorted anyway.
        for index in dirty.sorted() { settle(index) }
    }

    private mutating func settle(_ index: Int) {
        let old = keyLayers[index]
        var layer = old.forgettingDecisions
        if let inception = table.act(layer.identity), inception.kind == .identityCreate, states[Int(layer.identity)].contains(.wellFormed) {
            settleRecoveries(&layer, inception)
            settleAll(&layer)
        }
        keyLayers[index] = layer
        reportKeyActs(layer)
        queueChanges(from: old, to: layer)
    }

    /// The chain of recoveries from the inception's commitment, with the ranks that it gives.
    private func settleRecoveries(_ layer: inout KeyLayer, _ inception: Act) {
        layer.standings[inception.key] = KeyLayer.Standing(rank: 1, place: 0, isHit: false)
        var commitment = table.detail(inception).commitment
        var primaries: [Int32] = [inception.key]
        var used: [Int32] = []
        while let committed = commitment, let found = layer.candidates[committed] {
            // Two for one commitment: the identity is contested, and neither counts. One that is on the chain already
            // commits to itself, in a circle.
            guard found.count == 1, let recovery = found.first, !layer.recoveries.contains(recovery), let act = table.act(recovery) else {
                break
            }
            let detail = table.detail(act)
            layer.recoveries.append(recovery)
            used.append(act.key)
            primaries.append(detail.newKey)
            commitment = detail.commitment
        }
        let count = layer.recoveries.count
        for (place, key) in primaries.enumerated() where place == 0 || layer.standings[key] == nil {
            // A primary is hit by each recovery after its place.
            layer.standings[key] = KeyLayer.Standing(rank: 1, place: place, isHit: place < count)
        }
        for key in used { layer.standings[key] = KeyLayer.Standing(rank: 0, place: 0, isHit: false) }
        for (offset, recovery) in layer.recoveries.enumerated() {
            guard let act = table.act(recovery) else { continue }
            let detail = table.detail(act)
            if let (log, position) = place(of: detail.target, asTip: false) { layer.suffixes[log, default: []].append(position) }
            for tip in table[detail.tips] {
                guard let (log, position) = place(of: tip, asTip: true) else { continue }
                layer.recoveryTips[log, default: []].append(KeyLayer.RecoveryTip(place: offset + 1, position: position))
            }
        }
    }

    /// Key entries by rank: those of used recovery keys, then those of primaries, which only these and recoveries reach,
    /// then what they say of devices.
    private func settleAll(_ layer: inout KeyLayer) {
        for rank: UInt8 in [0, 1] {
            var tips: [(log: Int32, tip: KeyLayer.KeyTip)] = []
            for ref in layer.acts {
                guard let act = table.act(ref), act.kind == .keyRemove || act.kind == .keyVouch, isInForce(act, in: layer, rank: rank)
                else { continue }
                for tip in table[table.detail(act).tips] {
                    if let (log, position) = place(of: tip, asTip: true) {
                        tips.append((log, KeyLayer.KeyTip(rank: rank, position: position)))
                    }
                }
            }
            // Only now: tips by a primary do not rescue primaries.
            for (log, tip) in tips { layer.keyTips[log, default: []].append(tip) }
        }
        let inForce = layer.acts.compactMap(table.act).filter { act in
            (act.kind == .keyAdd || act.kind == .keyRemove) && (isInForce(act, in: layer, rank: 0) || isInForce(act, in: layer, rank: 1))
        }
        for act in inForce where act.kind == .keyAdd {
            let device = table.detail(act).newKey
            if layer.standings[device] == nil { layer.standings[device] = KeyLayer.Standing(rank: 2, place: 0, isHit: false) }
        }
        for act in inForce where act.kind == .keyRemove {
            let device = table.detail(act).newKey
            if layer.standings[device]?.rank == 2 { layer.standings[device]?.isHit = true }
        }
    }

    /// True if a key entry signed by a key of that rank is in force, the kinds that only some ranks may sign aside.
    private func isInForce(_ act: Act, in layer: KeyLayer, rank: UInt8) -> Bool {
        guard let standing = layer.standings[act.key], standing.rank == rank else { return false }
        return isInForce(act, standing, in: layer)
    }

    private mutating func reportKeyActs(_ layer: KeyLayer) {
        for ref in layer.acts {
            guard let act = table.act(ref) else { continue }
            let isNow = isInForce(act, in: layer, rank: 0) || (act.kind != .keyRecover && isInForce(act, in: layer, rank: 1))
            if isNow != states[Int(ref)].contains(.keyInForce) {
                if isNow { states[Int(ref)].insert(.keyInForce) } else { states[Int(ref)].remove(.keyInForce) }
                diff.entries.insert(ref)
            }
        }
    }

    /// Queues the identity's entries that the change of its keys can reach.
    private mutating func queueChanges(from old: KeyLayer, to new: KeyLayer) {
        let reachesAll = old.suffixes != new.suffixes || old.recoveryTips != new.recoveryTips || old.keyTips != new.keyTips
        diff.identities.insert(new.identity)
        var next = links[Int(new.identity)].firstOfIdentity
        while next != .none {
            let act = table.acts[Int(next)]
            if act.kind.isAuthorityAct, reachesAll || old.standings[act.key] != new.standings[act.key] { enqueue(next, act) }
            next = links[Int(next)].nextOfIdentity
        }
    }

    /// Where an entry lies that a tip or a `from` names, if it is known.
    ///
    /// As a tip it counts by its own signature only; registry entries are in the set by theirs.
    func place(of ref: Ref, asTip: Bool) -> (log: Int32, position: LogPosition)? {
        guard ref >= 0 else { return nil }
        if let act = table.act(ref) { return (act.log, act.position) }
        guard let content = located[ref], !asTip || content.signatureHolds else { return nil }
        return (content.log, content.position)
    }
}
