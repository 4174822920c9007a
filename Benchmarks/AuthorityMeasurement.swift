import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteReplica
import Foundation

/// How long the evaluator takes for a large registry, signatures apart: from scratch, and for one arrival more. Ten
/// registry entries a person: 100,000 people make a million entries.
struct AuthorityMeasurement {
    let peopleCount: Int
    var registry: LargeRegistry
    var authority: Authority
    var insertion = 0.0
    var count = 0
    var admins: [Office] = []
    var seconds: [Office] = []
    var sites: [Office] = []
    var last: (log: Int, identity: IdentityID, admission: EntryID, site: Office)?

    init(peopleCount: Int) {
        self.peopleCount = peopleCount
        registry = LargeRegistry()
        authority = Authority(network: registry.network)
        // As a node does, which knows how many entries its store holds.
        authority.reserve(entries: peopleCount * 11)
    }

    mutating func flush() {
        let entries = registry.taken()
        count += entries.count
        insertion += Cost { for entry in entries { authority.insert(entry, signatureHolds: true, proof: .holds) } }.processor
    }

    mutating func build() {
        for number in 0..<3 {
            let (log, identity) = registry.person("admin \(number)")
            let capability = registry.grant(identity, level: 1, rights: .administrator, by: LargeRegistry.root, citing: .root)
            admins.append(Office(log: log, identity: identity, capability: capability))
        }
        for number in 0..<30 {
            let (log, identity) = registry.person("second \(number)")
            let by = admins[number % 3]
            let capability = registry.grant(identity, level: 2, rights: .administrator, by: by.log, citing: .capability(by.capability))
            seconds.append(Office(log: log, identity: identity, capability: capability))
        }
        for number in 0..<300 {
            let (log, identity) = registry.person("site \(number)")
            let by = seconds[number % 30]
            let capability = registry.grant(identity, level: 5, rights: .site, by: by.log, citing: .capability(by.capability))
            sites.append(Office(log: log, identity: identity, capability: capability))
        }

        for number in 0..<peopleCount {
            let site = sites[number % sites.count]
            let second = seconds[number % seconds.count]
            let admin = admins[number % admins.count]
            var invite = RegistryAct(kind: .invite)
            invite.level = 7
            invite.rights = .post
            invite.usesMax = 1
            invite.inviteKey = DeviceKey(.zero)
            let invitation = registry.add(invite, to: site.log, citing: .capability(site.capability))
            let (log, identity) = registry.person("person \(number)")
            var admit = RegistryAct(kind: .admit)
            admit.subject = identity
            admit.level = 8
            admit.rights = .post
            let admission = registry.add(admit, to: log, citing: .capability(invitation))
            for device in 0..<2 {
                var add = RegistryAct(kind: .keyAdd)
                add.key = DeviceKey(Blake2b.hash256(Array("device \(number) \(device)".utf8)))
                registry.add(add, to: log, citing: .none)
            }
            var vouch = RegistryAct(kind: .vouch)
            vouch.admits = [admission]
            vouch.tips = [admission]
            registry.add(vouch, to: second.log, citing: .capability(second.capability))
            let grant = registry.grant(
                identity, level: 8, rights: .post, scope: space(number % 500), by: second.log, citing: .capability(second.capability))
            registry.add(RegistryAct(kind: .keyVouch), to: log, citing: .none)
            // One in two is removed, or leaves, or loses a device; one of them comes back.
            var removal: EntryID?
            switch number % 4 {
            case 0:
                var remove = RegistryAct(kind: .remove)
                remove.subject = identity
                remove.tips = [registry.last(log), EntryID(Blake2b.hash256(Array("post \(number)".utf8)))]
                remove.admits = [admission]
                removal = registry.add(remove, to: admin.log, citing: .capability(admin.capability))
            case 1:
                var leave = RegistryAct(kind: .leave)
                leave.tips = [registry.last(log)]
                removal = registry.add(leave, to: log, citing: .capability(number % 8 == 1 ? admission : grant))
            case 2:
                var remove = RegistryAct(kind: .keyRemove)
                remove.key = DeviceKey(Blake2b.hash256(Array("device \(number) 0".utf8)))
                registry.add(remove, to: log, citing: .none)
            default:
                registry.grant(
                    identity, level: 8, rights: .post, scope: space(number % 7), by: admin.log, citing: .capability(admin.capability))
            }
            registry.grant(
                identity, level: 8, rights: .post, by: admin.log, citing: .capability(admin.capability), over: removal.map { [$0] } ?? [])
            if number % 10 == 9 {
                // The daily checkpoint.
                var checkpoint = RegistryAct(kind: .vouch)
                checkpoint.tips = (0..<10).map { registry.last(sites[(number + $0) % sites.count].log) }
                registry.add(checkpoint, to: admin.log, citing: .capability(admin.capability))
            }
            last = (log, identity, admission, site)
            if registry.entries.count >= 10_000 { flush() }
        }
        flush()
    }

    mutating func decide() {
        let decision = Cost { _ = authority.evaluate() }.processor
        let v = verificationsPerSecond()
        print(String(format: "V = %.0f verifications a second", v))
        print("\(count) entries, \(peopleCount) people")
        let whole = insertion + decision
        print(
            String(
                format: "insert %.3f s, decide %.3f s, together %.3f s: %.0f entries a second, %.1f V", insertion, decision, whole,
                Double(count) / whole, Double(count) / whole / v))
    }

    mutating func arrival(_ what: String, _ make: (inout LargeRegistry) -> Void) {
        make(&registry)
        let times = registry.taken().map { entry in
            Cost {
                authority.insert(entry, signatureHolds: true, proof: .holds)
                _ = authority.evaluate()
            }.processor
        }
        let mean = times.reduce(0, +) / Double(max(1, times.count))
        print("\(what): " + String(format: "%.3f ms each, %.3f ms at most, of %d", mean * 1000, (times.max() ?? 0) * 1000, times.count))
    }

    mutating func arrive() {
        let (admins, seconds, sites) = (admins, seconds, sites)
        guard let last else { return }
        arrival("a grant") { registry in
            for _ in 0..<100 {
                registry.grant(last.identity, level: 8, rights: .post, by: admins[0].log, citing: .capability(admins[0].capability))
            }
        }
        arrival("an inception and an admission") { registry in
            for number in 0..<100 {
                var invite = RegistryAct(kind: .invite)
                invite.level = 7
                invite.rights = .post
                invite.usesMax = 1
                invite.inviteKey = DeviceKey(.zero)
                let invitation = registry.add(invite, to: last.site.log, citing: .capability(last.site.capability))
                let (log, identity) = registry.person("late \(number)")
                var admit = RegistryAct(kind: .admit)
                admit.subject = identity
                admit.level = 8
                admit.rights = .post
                registry.add(admit, to: log, citing: .capability(invitation))
            }
        }
        arrival("a removal of a person") { registry in
            for _ in 0..<100 {
                var remove = RegistryAct(kind: .remove)
                remove.subject = last.identity
                remove.tips = [registry.last(last.log)]
                registry.add(remove, to: admins[1].log, citing: .capability(admins[1].capability))
            }
        }
        arrival("a device key") { registry in
            for number in 0..<100 {
                var add = RegistryAct(kind: .keyAdd)
                add.key = DeviceKey(Blake2b.hash256(Array("late device \(number)".utf8)))
                registry.add(add, to: last.log, citing: .none)
            }
        }
        arrival("a device key of an administrator") { registry in
            for number in 0..<100 {
                var add = RegistryAct(kind: .keyAdd)
                add.key = DeviceKey(Blake2b.hash256(Array("admin device \(number)".utf8)))
                registry.add(add, to: admins[2].log, citing: .none)
            }
        }
        arrival("a checkpoint of ten sites") { registry in
            for round in 0..<20 {
                var checkpoint = RegistryAct(kind: .vouch)
                checkpoint.tips = (0..<10).map { registry.last(sites[(round * 10 + $0) % sites.count].log) }
                registry.add(checkpoint, to: admins[0].log, citing: .capability(admins[0].capability))
            }
        }
        arrival("a root grant") { registry in
            for number in 0..<10 {
                let subject = seconds[number].identity
                registry.grant(subject, level: 1, rights: .disavow, by: LargeRegistry.root, citing: .root)
            }
        }
        arrival("a removal of a site with all that it let in") { registry in
            for number in 0..<10 {
                var remove = RegistryAct(kind: .remove)
                remove.subtree = sites[number].capability
                remove.tips = [registry.last(sites[number].log)]
                registry.add(remove, to: seconds[number].log, citing: .capability(seconds[number].capability))
            }
        }
        arrival("a removal of an administrator") { registry in
            for number in 5..<15 {
                var remove = RegistryAct(kind: .remove)
                remove.subject = seconds[number].identity
                remove.tips = [registry.last(seconds[number].log)]
                registry.add(remove, to: admins[0].log, citing: .capability(admins[0].capability))
            }
        }
    }

    mutating func startOver() {
        let cost = Cost { _ = authority.evaluateFromScratch() }
        print(String(format: "from scratch again, decisions alone: %.3f s", cost.processor))
    }

    mutating func run() {
        build()
        decide()
        arrive()
        startOver()
    }
}
