/// The statements of the store, each prepared once. Parameters are numbered; the callers bind them in that order.
enum Query: Int, CaseIterable {
    case begin, commit, rollback
    case fact, setFact, removeFact
    case identifier, addIdentifier, identifierBytes
    case space, addSpace, spaces
    case summaries, setSummary
    case logs, log, addLog, sharedByLog
    case branches, setBranch, removeLastBranch
    case addEntry, entryByID, entriesOfBranch, arrivals, registryArrivals, latestArrival, setSignatures, removeEntries
    case setBody, erasures, entriesAbout, missingBodies, entryIDs
    case uses, setUse, removeUse, lastUse
    case visibleInSpace, visibleOfAuthor, visibleInSpaceOfAuthor, entryByArrival, isVisible
    case derivedColumns
    case feed, feedOldest, feedNewest, noteVerdict, dropFeed
    case peers, setPeer, removePeer

    /// What `read(_:)` reads, in its order.
    private static let entryColumns =
        "e.arrival, e.log, e.branch, e.sequence, e.first_seen, e.well_formed, e.body_state, e.checksum, e.id, e.header, e.signature, e.body"

    /// The places of visible entries, newest first. The order of the tables is said: the index leads, and each entry is
    /// held against the one row that says up to where its capability is kept.
    private static func visible(index: String, _ condition: String) -> String {
        """
        SELECT e.timestamp, e.id, e.arrival FROM entry AS e INDEXED BY \(index)
        CROSS JOIN capability_use AS u ON u.log = e.log AND u.branch = e.branch AND u.capability = e.capability
        WHERE e.well_formed = 1 AND e.capability IS NOT NULL AND \(condition)
        AND (e.timestamp, e.id_prefix) <= (?3, ?4) AND u.kept_sequence >= e.sequence
        ORDER BY e.timestamp DESC, e.id_prefix DESC
        """
    }

    var sql: String {
        switch self {
        case .begin: "BEGIN IMMEDIATE"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"

        case .fact: "SELECT value FROM fact WHERE name = ?1"
        case .setFact: "INSERT INTO fact (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        case .removeFact: "DELETE FROM fact WHERE name = ?1"

        case .identifier: "SELECT number FROM identifier WHERE prefix = ?1 AND bytes = ?2"
        case .addIdentifier: "INSERT INTO identifier (prefix, bytes) VALUES (?1, ?2)"
        case .identifierBytes: "SELECT bytes FROM identifier WHERE number = ?1"

        case .space: "SELECT number FROM space WHERE path = ?1"
        case .addSpace: "INSERT INTO space (path) VALUES (?1)"
        case .spaces: "SELECT number FROM space ORDER BY number"

        case .summaries:
            """
            SELECT p.path, s.entry_count, s.log_count, s.fingerprint FROM space AS p
            CROSS JOIN summary AS s ON s.space = p.number ORDER BY p.path
            """
        case .setSummary:
            """
            INSERT INTO summary (space, entry_count, log_count, fingerprint) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (space) DO UPDATE SET
            entry_count = excluded.entry_count, log_count = excluded.log_count, fingerprint = excluded.fingerprint
            """

        case .logs:
            """
            SELECT l.number, p.path, d.bytes, l.incarnation, i.bytes FROM log AS l
            CROSS JOIN space AS p ON p.number = l.space
            LEFT JOIN identifier AS d ON d.number = l.device LEFT JOIN identifier AS i ON i.number = l.identity
            WHERE l.number > ?1 ORDER BY l.number LIMIT ?2
            """
        case .log:
            """
            SELECT l.number, i.bytes FROM log AS l LEFT JOIN identifier AS i ON i.number = l.identity
            WHERE l.device IS ?1 AND l.space = ?2 AND l.incarnation = ?3
            """
        case .addLog: "INSERT INTO log (space, device, incarnation, identity, beginning) VALUES (?1, ?2, ?3, ?4, ?5)"
        case .sharedByLog: "SELECT space, beginning FROM log WHERE number = ?1"

        case .branches:
            """
            SELECT branch, parent, first_sequence, tip_sequence, tip_id, tip_timestamp, offered_sequence, offered_id, offered_timestamp
            FROM branch WHERE log = ?1 ORDER BY branch
            """
        case .setBranch:
            """
            INSERT INTO branch (log, branch, parent, first_sequence, tip_sequence, tip_id, tip_timestamp,
            offered_sequence, offered_id, offered_timestamp) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT (log, branch) DO UPDATE SET parent = excluded.parent, first_sequence = excluded.first_sequence,
            tip_sequence = excluded.tip_sequence, tip_id = excluded.tip_id, tip_timestamp = excluded.tip_timestamp,
            offered_sequence = excluded.offered_sequence, offered_id = excluded.offered_id,
            offered_timestamp = excluded.offered_timestamp
            """
        case .removeLastBranch: "DELETE FROM branch WHERE log = ?1 AND branch = (SELECT max(branch) FROM branch WHERE log = ?1)"

        case .addEntry:
            """
            INSERT INTO entry (log, branch, sequence, space, author, capability, kind, timestamp, first_seen, well_formed, body_state,
            checksum, id_prefix, id, header, signature, body, about)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
            """
        case .entryByID: "SELECT \(Self.entryColumns) FROM entry AS e WHERE e.id_prefix = ?1 AND e.id = ?2"
        case .entryByArrival: "SELECT \(Self.entryColumns) FROM entry AS e WHERE e.arrival = ?1"
        case .entriesOfBranch:
            """
            SELECT \(Self.entryColumns) FROM entry AS e
            WHERE e.log = ?1 AND e.branch = ?2 AND e.sequence >= ?3 ORDER BY e.sequence LIMIT ?4
            """
        case .arrivals: "SELECT \(Self.entryColumns) FROM entry AS e WHERE e.arrival > ?1 ORDER BY e.arrival LIMIT ?2"
        case .registryArrivals:
            """
            SELECT \(Self.entryColumns) FROM entry AS e INDEXED BY entry_of_registry
            WHERE e.space = 1 AND e.arrival > ?1 ORDER BY e.arrival LIMIT ?2
            """
        case .latestArrival: "SELECT max(arrival) FROM entry"
        case .removeEntries: "DELETE FROM entry WHERE log = ?1 AND branch = ?2 AND sequence >= ?3"
        case .setSignatures: "UPDATE entry SET signature = ?1, checksum = ?2 WHERE arrival = ?3"

        case .setBody: "UPDATE entry SET body_state = ?1, body = ?2, checksum = ?3 WHERE arrival = ?4"
        case .erasures:
            """
            SELECT \(Self.entryColumns) FROM entry AS e INDEXED BY entry_of_erasure
            WHERE e.kind = 37 AND e.arrival > ?1 ORDER BY e.arrival LIMIT ?2
            """
        case .entriesAbout:
            """
            SELECT \(Self.entryColumns) FROM entry AS e INDEXED BY entry_about
            WHERE e.about = ?1 AND e.kind = ?2 AND e.arrival > ?3 ORDER BY e.arrival
            """
        case .entryIDs: "SELECT id FROM entry WHERE id_prefix BETWEEN ?1 AND ?2"
        case .missingBodies:
            """
            SELECT \(Self.entryColumns) FROM entry AS e INDEXED BY entry_of_missing
            WHERE e.body_state = 2 AND e.arrival > ?1 ORDER BY e.arrival LIMIT ?2
            """

        case .uses:
            """
            SELECT u.branch, i.bytes, u.last_sequence, u.kept_sequence FROM capability_use AS u
            CROSS JOIN identifier AS i ON i.number = u.capability WHERE u.log = ?1
            """
        case .setUse:
            """
            INSERT INTO capability_use (log, branch, capability, last_sequence, kept_sequence) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (log, branch, capability)
            DO UPDATE SET last_sequence = excluded.last_sequence, kept_sequence = excluded.kept_sequence
            """
        case .removeUse:
            """
            DELETE FROM capability_use WHERE log = ?1 AND branch = ?2
            AND capability = (SELECT number FROM identifier WHERE prefix = ?3 AND bytes = ?4)
            """
        case .lastUse:
            """
            SELECT sequence, id, timestamp FROM entry INDEXED BY entry_by_place
            WHERE log = ?1 AND branch = ?2 AND sequence <= ?4 AND capability = ?3 ORDER BY sequence DESC LIMIT 1
            """

        case .visibleInSpace: Self.visible(index: "entry_by_time", "e.space = ?1 AND e.kind = ?2")
        case .visibleInSpaceOfAuthor: Self.visible(index: "entry_by_time", "e.space = ?1 AND e.kind = ?2 AND e.author = ?5")
        case .visibleOfAuthor:
            Self.visible(index: "entry_by_author", "e.author = ?1 AND e.kind = ?2 AND e.kind <> 32 AND (?5 IS NULL OR e.space = ?5)")
        case .isVisible:
            """
            SELECT 1 FROM entry AS e
            CROSS JOIN capability_use AS u ON u.log = e.log AND u.branch = e.branch AND u.capability = e.capability
            WHERE e.id_prefix = ?1 AND e.id = ?2 AND e.well_formed = 1 AND u.kept_sequence >= e.sequence
            """

        case .derivedColumns:
            """
            SELECT e.id_prefix, e.kind, e.timestamp, a.bytes, c.bytes, p.path, e.about FROM entry AS e CROSS JOIN space AS p ON p.number = e.space
            LEFT JOIN identifier AS a ON a.number = e.author LEFT JOIN identifier AS c ON c.number = e.capability WHERE e.arrival = ?1
            """

        case .feed:
            """
            SELECT f.number, f.change, f.arrival, f.log, f.branch, c.bytes, f.kept_before, f.kept_after FROM feed AS f
            LEFT JOIN identifier AS c ON c.number = f.capability WHERE f.number > ?1 ORDER BY f.number LIMIT ?2
            """
        case .feedOldest: "SELECT min(number) FROM feed"
        case .feedNewest: "SELECT max(number) FROM feed"
        case .noteVerdict: "INSERT INTO feed (change, arrival) SELECT 4, arrival FROM entry WHERE id_prefix = ?1 AND id = ?2"
        case .dropFeed: "DELETE FROM feed WHERE number <= (SELECT max(number) FROM feed) - ?1"

        case .peers: "SELECT address, node, last_exchange, last_fault, fault_count FROM peer ORDER BY address"
        case .setPeer:
            """
            INSERT INTO peer (address, node, last_exchange, last_fault, fault_count) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (address) DO UPDATE SET node = excluded.node, last_exchange = excluded.last_exchange,
            last_fault = excluded.last_fault, fault_count = excluded.fault_count
            """
        case .removePeer: "DELETE FROM peer WHERE address = ?1"
        }
    }
}
