import Foundation

/// A world of symbolic entries, as `authority.md`, section 11, writes them: independent of any encoding.
struct AuthorityWorld: Codable, Equatable {
    var name: String
    var entries: [Symbol]
    var verdict: Verdict?

    /// What takes effect, by name; each list ascending.
    struct Verdict: Codable, Equatable {
        /// Entries that take effect, posts included.
        var issued: [String] = []
        /// Grants and admissions that nothing stops at their own scope.
        var active: [String] = []
        /// Key entries in force.
        var keyops: [String] = []
        /// Entries on the accepted root chain.
        var root: [String] = []
    }

    /// One symbolic entry. Absent fields have their neutral value.
    struct Symbol: Codable, Equatable {
        var id: String
        var kind: String
        /// The name of the signing key; `ROOT` is the root log.
        var key: String
        var ident: String?
        /// `reg`, or a scope path of a content space.
        var space: String?
        var seq: UInt64
        var prev: String?
        var hlc: UInt64
        var auth: String?
        var sig: Bool?
        var invsig: Bool?
        var signers: [String]?

        var subject: String?
        var level: Int?
        var scope: String?
        var rights: UInt64?
        var expiry: UInt64?
        var over: [String]?
        var caps: [String]?
        var subtree: String?
        var tips: [String]?
        var admits: [String]?
        var vmax: Int?
        var target: String?
        var frm: String?
        var maxuses: UInt64?
        var mexpiry: UInt64?
        var newkey: String?
        var commit: String?
        var keys: [String]?
        var m: Int?

        /// The `expiry` that stands for none.
        static let never: UInt64 = 1_000_000_000

        var isContent: Bool { (space ?? "reg") != "reg" }
        var isRootLog: Bool { key == "ROOT" }

        /// The names of all entries that it names, whether or not its kind uses them.
        var named: [String] {
            [ident, prev, auth, subject, subtree, target, frm].compactMap(\.self) + (over ?? []) + (caps ?? []) + (tips ?? [])
                + (admits ?? [])
        }
    }
}

extension AuthorityWorld {
    init(json line: String) throws { self = try JSONDecoder().decode(AuthorityWorld.self, from: Data(line.utf8)) }

    /// One line of JSON, the keys sorted.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
