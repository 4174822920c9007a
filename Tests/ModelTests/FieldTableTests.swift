import EntenteCodec
import EntenteCrypto
import EntenteModel
import Foundation
import Testing

/// The table of kinds and fields in Specs/02-entry.md, against every kind with every field.
@Suite struct FieldTableTests {
    struct Row {
        let kind: UInt64
        let name: String
        let required: Set<UInt64>
        let allowed: Set<UInt64>
    }

    static let rows: [Row] = {
        let file = VectorTests.folder.deletingLastPathComponent().appendingPathComponent("02-entry.md")
        let lines = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n")
        return lines.compactMap { line in
            guard let match = line.firstMatch(of: /^\| ([0-9]+) \| `([a-z.]+)` \| ([0-9 ]*)\| ([0-9 ]*)\|/), let kind = UInt64(match.1)
            else {
                return nil
            }
            func numbers(_ text: Substring) -> Set<UInt64> { Set(text.split(separator: " ").compactMap { UInt64($0) }) }
            return Row(
                kind: kind, name: String(match.2), required: numbers(match.3), allowed: numbers(match.3).union(numbers(match.4)))
        }
    }()

    /// A value that is good wherever the field is.
    static func value(of field: UInt64) -> [UInt8] {
        let id = EntryID.filled(7).bytes
        return cbor { writer in
            switch field {
            case 0:
                writer.array(1)
                writer.byteString(Bytes16.filled(1))
            case 2, 16: writer.unsigned(8)
            case 3, 4, 7, 8, 21: writer.unsigned(1)
            case 5, 12, 14, 15, 19:
                writer.array(1)
                writer.byteString(id)
            case 10, 23: writer.byteString(Bytes16.filled(2))
            case 11: writer.byteString([UInt8](repeating: 3, count: 64))
            case 20: writer.unsigned(1)
            case 22: writer.text("name")
            default: writer.byteString(id)
            }
        }
    }

    /// An entry of the kind with these fields and no others.
    static func read(_ row: Row, fields: Set<UInt64>) throws(CBORError) -> Header {
        guard let told = Story.whole.told.first(where: { $0.entry.header.kind.code == row.kind }) else { preconditionFailure(row.name) }
        var act = RawAct(told.entry.header)
        act.pairs = fields.sorted().map { ($0, value(of: $0)) }
        return try Header(canonical: RawHeader(told.entry.header).with(.body, act.bytes).bytes)
    }

    @Test func `the table has all kinds by number and by name (E-18)`() {
        #expect(Self.rows.map(\.kind) == Array(1...16))
        for row in Self.rows { #expect(Kind(code: row.kind).name == row.name) }
    }

    @Test func `a kind has the fields of its row and no others, and lacks none that it must have (E-18, B-11)`() throws {
        for row in Self.rows {
            #expect(try Self.read(row, fields: row.required).kind.code == row.kind, "\(row.name) with what it must have")
            #expect(try Self.read(row, fields: row.allowed).kind.code == row.kind, "\(row.name) with all that it may have")
            for field in 0...27 as ClosedRange<UInt64> where !row.allowed.contains(field) {
                #expect(throws: CBORError.unknownField(field), "\(row.name) with \(field)") {
                    try Self.read(row, fields: row.required.union([field]))
                }
            }
            for field in row.required {
                // Without root keys no quorum can be right, which is found first.
                let error = field == 19 ? CBORError.outOfRange : .missingField(field)
                #expect(throws: error, "\(row.name) without \(field)") { try Self.read(row, fields: row.required.subtracting([field])) }
            }
        }
    }
}
