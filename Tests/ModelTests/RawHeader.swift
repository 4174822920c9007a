import EntenteCodec
import EntenteCrypto
import EntenteModel

/// A header as its thirteen encoded items, each of which a forger may replace.
struct RawHeader {
    enum Field: Int {
        case version, space, device, incarnation, identity, sequence, backlink, timestamp, references, authorization, kind, seal, body
    }

    var items: [[UInt8]]
    /// Of the entry that is forged: under what its forgery is counted.
    let structure: String

    init(_ header: Header) {
        structure = Structure.of(header.kind)
        var reader = CBORReader(header.encoded)
        items = []
        do throws(CBORError) {
            for _ in 0..<(try reader.array()) { items.append(Array(try reader.anyItem())) }
        } catch { preconditionFailure("our own header reads") }
    }

    subscript(field: Field) -> [UInt8] {
        get { items[field.rawValue] }
        set { items[field.rawValue] = newValue }
    }

    func with(_ field: Field, _ write: (inout CBORWriter) -> Void) -> RawHeader { with(field, cbor(write)) }

    func with(_ field: Field, _ item: [UInt8]) -> RawHeader {
        var copy = self
        copy[field] = item
        return copy
    }

    var bytes: [UInt8] { cbor { $0.array(items.count) } + items.joined() }

    /// The whole entry, with a signature that holds: what is wrong with it is the header alone.
    func signed(by key: SigningKey, in network: NetworkID) -> [UInt8] { RawHeader.signed(bytes, by: key, in: network) }

    static func signed(_ header: [UInt8], by key: SigningKey, in network: NetworkID) -> [UInt8] {
        let signature = key.sign(Entry.signedBytes(header, in: network))
        return cbor {
            $0.array(2)
            $0.encoded(header)
            $0.byteString(signature.bytes)
        }
    }

    /// The same for the root log, the signatures in the order given.
    func signed(byRoot keys: [SigningKey], in network: NetworkID) -> [UInt8] {
        let signed = Entry.signedBytes(bytes, in: network)
        return cbor {
            $0.array(2)
            $0.encoded(bytes)
            $0.array(keys.count)
            for key in keys {
                $0.array(2)
                $0.byteString(key.publicKey)
                $0.byteString(key.sign(signed).bytes)
            }
        }
    }
}

/// The body of a registry entry as its encoded pairs.
struct RawAct {
    var pairs: [(key: UInt64, value: [UInt8])]

    init(_ header: Header) {
        var reader = CBORReader(RawHeader(header)[.body])
        pairs = []
        do throws(CBORError) {
            for _ in 0..<(try reader.map()) { pairs.append((try reader.unsigned(), Array(try reader.anyItem()))) }
        } catch { preconditionFailure("our own body reads") }
    }

    /// With the field set, in its place.
    func with(_ key: UInt64, _ write: (inout CBORWriter) -> Void) -> RawAct {
        var copy = without(key)
        copy.pairs.append((key, cbor(write)))
        copy.pairs.sort { $0.key < $1.key }
        return copy
    }

    func without(_ key: UInt64) -> RawAct {
        var copy = self
        copy.pairs.removeAll { $0.key == key }
        return copy
    }

    var bytes: [UInt8] {
        cbor {
            $0.map(pairs.count)
            for pair in pairs {
                $0.unsigned(pair.key)
                $0.encoded(pair.value)
            }
        }
    }
}
