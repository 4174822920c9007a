import EntenteCodec
import EntenteCrypto
import EntenteModel
import EntenteNode
import EntenteReplica

/// What a test does to a world beside commanding its sites.
extension World {
    // MARK: - Looking

    /// Starts the site's node anew with other settings.
    package func tune(_ site: Int, _ change: (inout NodeTuning) -> Void) {
        change(&sites[site].identity.tuning)
        rebuild(site)
    }

    /// What a site has stored: a copy.
    package func store(of site: Int) -> MemoryStore { sites[site].store }
    package func identity(of site: Int) -> NodeIdentity { sites[site].identity }
    package func address(of site: Int) -> String { sites[site].address }
    /// What a site's node told eyes and meters, since the world began.
    package func notices(of site: Int) -> [Notice] { sites[site].notices }

    /// The time that a site's clock shows.
    package func wall(of site: Int) -> Timestamp { now(of: site).wall }

    // MARK: - Clocks and processes

    /// Sets a site's clock so many milliseconds ahead of the world's.
    package func setSkew(_ skew: Int64, of site: Int) { sites[site].skew = skew }

    /// The site's process ends and begins again on what it has stored.
    package func restart(_ site: Int) { rebuild(site) }

    /// A hand on the database: the site's process ends, and begins again on this store.
    package func replaceStore(of site: Int, by store: MemoryStore) {
        sites[site].store = store
        rebuild(site)
    }

    /// Puts the keys of one more person on a site, as `join` does, and restarts it.
    package func addMember(_ name: String, to site: Int) {
        sites[site].identity.members.append(LocalMember(name: name, key: SigningKey(using: &random)))
        rebuild(site)
    }

    /// Commitments to recovery keys that nobody keeps, as `JoinRequest` has them.
    package func recovery() -> String { RecoveryCommitment.of(DeviceKey(SigningKey(using: &random).publicKey)).hex }

    /// A key that no site has.
    package func drawKey() -> SigningKey { SigningKey(using: &random) }

    /// A second machine with a copy of a site's keys and database. Returns its number.
    package func clone(_ site: Int, as name: String) -> Int {
        let original = sites[site]
        var identity = original.identity
        let address = "site-\(sites.count).example:7411"
        identity.listenAddress = address
        sites.append(
            SimulatedSite(
                name: name, address: address, identity: identity, store: original.store, skew: original.skew, now: worldNow,
                random: SeededRandom(seed: random.next())))
        schedule(.started, for: sites.count - 1, after: 0)
        return sites.count - 1
    }

    /// What a site's operator sets; its process begins again.
    package func setTuning(_ tuning: NodeTuning, of site: Int) {
        sites[site].identity.tuning = tuning
        rebuild(site)
    }

    // MARK: - Lines

    /// Cuts what is open between two sites, and lets neither reach the other.
    package func part(_ a: Int, _ b: Int) {
        parted.insert(Pair(a, b))
        for id in openLinks(where: { Pair($0.ends.site, $0.ends.other) == Pair(a, b) }) { cut(id, toldBut: nil) }
    }

    package func reunite(_ a: Int, _ b: Int) { parted.remove(Pair(a, b)) }

    /// Parts a site from all others.
    package func isolate(_ site: Int) { for other in 0..<siteCount where other != site { part(site, other) } }

    /// Lets every site reach every other one.
    package func reuniteAll() { parted = [] }

    /// Lines that are open between two sites, in either direction.
    package func lineCount(_ a: Int, _ b: Int) -> Int {
        openLinks { !$0.isClosing && Pair($0.ends.site, $0.ends.other) == Pair(a, b) }.count
    }

    package func areConnected(_ a: Int, _ b: Int) -> Bool { lineCount(a, b) > 0 }

    // MARK: - The outside

    /// A connection to a site from somewhere that is no site. `from`: where it seems to come from.
    package func connect(to site: Int, from address: String) -> ConnectionID {
        openOutside(site, .accepted(from: address), after: 0)
    }

    /// From here on, whoever dials this address reaches the outside.
    package func answerOutside(at address: String) { outsideAddresses.insert(address) }

    /// The connections between a site and the outside that are open, ascending.
    package func outsideConnections(of site: Int) -> [ConnectionID] {
        openLinks { $0.ends.site == site && $0.ends.other == Self.outside }
    }

    /// Sends bytes to a site on a connection to the outside.
    package func send(_ bytes: [UInt8], on connection: ConnectionID) {
        guard let link = links[connection], link.isOpen else { return }
        schedule(.received(connection, bytes), for: link.ends.site, after: 1, link: connection)
    }

    /// Closes a connection from the outside.
    package func hangUp(_ connection: ConnectionID) { cut(connection, toldBut: nil) }

    /// Takes what a site has sent on a connection to the outside.
    package func takeSent(on connection: ConnectionID) -> [[UInt8]] {
        let sent = links[connection]?.sentOutside ?? []
        links[connection]?.sentOutside = []
        return sent
    }

    package func isOpen(_ connection: ConnectionID) -> Bool { links[connection]?.isOpen ?? false }

    /// Hands a site an event as its runtime would.
    package func give(_ event: Event, to site: Int) { schedule(event, for: site, after: 0) }
}

// MARK: - Beginning again from here

/// What is left of a world when all its processes end at once: what is stored, and the time.
package struct Snapshot: Sendable {
    let time: UInt64
    let sites: [Remains]

    struct Remains: Sendable {
        let name: String
        let address: String
        let identity: NodeIdentity
        let store: MemoryStore
        let skew: Int64
    }
}

extension World {
    package var snapshot: Snapshot {
        Snapshot(
            time: time,
            sites: sites.map { .init(name: $0.name, address: $0.address, identity: $0.identity, store: $0.store, skew: $0.skew) })
    }

    /// A world in which every site of the snapshot starts at the snapshot's time.
    package convenience init(seed: UInt64, from snapshot: Snapshot) {
        self.init(seed: seed, time: snapshot.time)
        for site in snapshot.sites {
            sites.append(
                SimulatedSite(
                    name: site.name, address: site.address, identity: site.identity, store: site.store, skew: site.skew, now: worldNow,
                    random: SeededRandom(seed: random.next())))
            schedule(.started, for: sites.count - 1, after: 0)
        }
    }
}
