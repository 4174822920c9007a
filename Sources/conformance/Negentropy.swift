import EntenteCodec
import EntenteReconciliation
import Foundation

/// `conformance negentropy`: the line harness of hoytech/negentropy (`test/*/harness.*`), over our `Reconciler`.
///
/// In: `item,<timestamp>,<64 hex>` …, `seal`, then `initiate` or `msg,<hex>`. Out: `msg,<hex>`, and for the initiator
/// `have,<id>` and `need,<id>` lines and `done`. What is refused is answered with one line `err,<reason>`, and changes nothing.
/// `FRAMESIZELIMIT` is the frame limit in bytes; without it, or with 0, the standard one holds, since there is always one.
struct NegentropyConformance {
    /// A peer without a frame limit may send a large set in one message.
    private static let messageBytesMax = 256 * 1024 * 1024

    private let limits: ReconciliationLimits
    private var items: Set<Item> = []
    private var sealed: ItemSet?
    private var session: Reconciler?

    init(environment: [String: String]) {
        let stated = environment["FRAMESIZELIMIT"].flatMap { Int($0) } ?? 0
        limits = ReconciliationLimits(
            frameBytes: stated > 0 ? stated : ReconciliationLimits.frameBytesStandard, messageBytesMax: Self.messageBytesMax)
    }

    /// Reads standard input to its end.
    static func run() {
        var conversation = Self(environment: ProcessInfo.processInfo.environment)
        LineConversation.run { conversation.answer($0) }
    }

    private struct Refusal: Error { let reason: String }

    /// The lines that answer one line.
    mutating func answer(_ line: String) -> [String] {
        // Lines may come with the ends of another system. By bytes, since a set may have a million lines.
        let fields = line.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { field in
            String(decoding: field.last == UInt8(ascii: "\r") ? field.dropLast() : field, as: UTF8.self)
        }
        do throws(Refusal) {
            switch fields[0] {
            case "" where fields.count == 1: return []
            case "item": return try add(fields)
            case "seal": return try seal()
            case "initiate": return try initiate()
            case "msg": return try reconcile(fields)
            default: throw Refusal(reason: "unknown command")
            }
        } catch {
            return ["err,\(error.reason)"]
        }
    }

    private mutating func add(_ fields: [String]) throws(Refusal) -> [String] {
        guard sealed == nil else { throw Refusal(reason: "already sealed") }
        guard fields.count == 3 else { throw Refusal(reason: "an item has a timestamp and an id") }
        guard let timestamp = UInt64(fields[1]) else { throw Refusal(reason: "the timestamp is no number of 64 bits") }
        guard let id = Bytes32(hex: fields[2]) else { throw Refusal(reason: "the id is not 64 hexadecimal digits") }
        guard let item = Item(timestamp: timestamp, id: id) else { throw Refusal(reason: "the timestamp is infinity") }
        guard items.insert(item).inserted else { throw Refusal(reason: "duplicate item") }
        return []
    }

    private mutating func seal() throws(Refusal) -> [String] {
        guard sealed == nil else { throw Refusal(reason: "already sealed") }
        do throws(ItemSetFault) { sealed = try ItemSet(items) } catch { throw Refusal(reason: "duplicate item") }
        items = []
        return []
    }

    private mutating func initiate() throws(Refusal) -> [String] {
        guard let sealed else { throw Refusal(reason: "not sealed") }
        guard session?.role != .initiator else { throw Refusal(reason: "already initiated") }
        var session = Reconciler(.initiator, limits: limits)
        do throws(ReconciliationFault) {
            let message = try session.initiate(over: sealed)
            self.session = session
            return ["msg," + Hex.encode(message)]
        } catch {
            throw Refusal(reason: "\(error)")
        }
    }

    private mutating func reconcile(_ fields: [String]) throws(Refusal) -> [String] {
        guard let sealed else { throw Refusal(reason: "not sealed") }
        guard fields.count <= 2, let message = Hex.decode(fields.count == 2 ? fields[1] : "") else {
            throw Refusal(reason: "the message is not hexadecimal")
        }
        var session = self.session ?? Reconciler(.responder, limits: limits)
        do throws(ReconciliationFault) {
            let outcome = try session.reconcile(message, over: sealed)
            self.session = session
            let ids = outcome.have.map { "have," + $0.hex } + outcome.need.map { "need," + $0.hex }
            switch outcome.next {
            case .reply(let reply): return ids + ["msg," + Hex.encode(reply)]
            case .done: return ids + ["done"]
            case .nothingNew: return ids + ["err,nothingNew"]
            case .roundsUsedUp: return ids + ["err,roundsUsedUp"]
            case .differencesUsedUp: return ids + ["err,differencesUsedUp"]
            }
        } catch {
            throw Refusal(reason: "\(error)")
        }
    }
}
