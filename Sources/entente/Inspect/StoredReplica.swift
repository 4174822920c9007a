import EntenteModel
import EntenteReplica
import EntenteRuntime

/// The site's store, opened for reading beside whatever else is running.
struct StoredReplica {
    private let store: SiteStore

    init(_ site: SiteOptions) throws(OperatorFailure) {
        guard site.directory.isFounded else {
            throw OperatorFailure(
                code: ExitStatus.unavailable, what: "\(PlainText.line(site.path)) holds no site",
                why: "Nothing was founded or joined in this directory.",
                next: site.typed("init --network NAME --site NAME --member NAME") + ", or name the right directory with --dir")
        }
        store = try site.directory.openForReading()
    }

    /// Asks the store; what goes wrong there is named.
    func asking<Value>(_ question: (any ReplicaStore) throws(StoreFailure) -> Value) throws(OperatorFailure) -> Value {
        do { return try question(store) } catch { throw OperatorFailure(error) }
    }

    /// What was signed, and what SQLite and the rows' own checksums say of the file.
    func verify(_ network: NetworkID) throws(OperatorFailure) -> VerificationReport {
        var report = Verifier.check(store, network: network)
        do {
            report.faults += try NodeDirectory.damage(in: store).map { .init(place: "the database", detail: $0) }
        } catch {
            throw OperatorFailure(error)
        }
        return report
    }

    func eachLog(_ visit: (LogRecord, [BranchRecord]) throws(OperatorFailure) -> Void) throws(OperatorFailure) {
        var last = LogID(0)
        while true {
            let page = try asking { store throws(StoreFailure) in try store.logs(after: last, limit: InspectCommand.pageSize) }
            for log in page {
                try visit(log, try asking { store throws(StoreFailure) in try store.branches(of: log.id) })
                last = log.id
            }
            if page.count < InspectCommand.pageSize { return }
        }
    }

    func eachEntry(log: LogID, branch: Int, from first: UInt64, _ visit: (StoredEntry) -> Void) throws(OperatorFailure) {
        var next = first
        while true {
            let page = try asking { store throws(StoreFailure) in
                try store.entries(log: log, branch: branch, from: next, limit: InspectCommand.pageSize, bytesMax: 4 * 1024 * 1024)
            }
            for entry in page {
                visit(entry)
                next = entry.entry.header.sequence + 1
            }
            if page.isEmpty { return }
        }
    }

    func eachArrival(registryOnly: Bool, _ visit: (StoredEntry) -> Void) throws(OperatorFailure) {
        var last = Arrival.none
        while true {
            let page = try asking { store throws(StoreFailure) in
                try store.arrivals(after: last, registryOnly: registryOnly, limit: InspectCommand.pageSize)
            }
            for entry in page {
                visit(entry)
                last = entry.arrival
            }
            if page.count < InspectCommand.pageSize { return }
        }
    }

    /// The entries whose id begins with these lower-case digits.
    func entries(startingWith digits: String) throws(OperatorFailure) -> [StoredEntry] {
        if let id = EntryID(hex: digits) {
            let entry = try asking { store throws(StoreFailure) in try store.entry(id) }
            return entry.map { [$0] } ?? []
        }
        var found: [StoredEntry] = []
        try eachArrival(registryOnly: false) { entry in
            if found.count < 10, entry.entry.id.description.hasPrefix(digits) { found.append(entry) }
        }
        return found
    }
}

extension OperatorFailure {
    /// What to do about a store that does not answer.
    init(_ failure: StoreFailure) {
        let (why, next) =
            switch failure {
            case .full: ("No space is left on the disk.", "Make room: df -h")
            case .inputOutput(let detail): ("Reading failed: \(detail).", "Look at the disk: dmesg | tail")
            case .corrupt(let detail):
                ("The database is damaged: \(detail).", "Put the directory aside and restore a backup, or join again.")
            case .busy: ("Another process holds it.", "Try again in a moment.")
            }
        self.init(code: ExitStatus.unavailable, what: "the store is unusable", why: why, next: next)
    }
}
