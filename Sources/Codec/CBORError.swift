/// Why bytes are not the deterministic CBOR that was expected. (RFC 8949 §4.2; Specs/01-encoding.md)
package enum CBORError: Error, Hashable, Sendable {
    /// The bytes end inside an item.
    case truncated
    /// Bytes follow the item.
    case trailingBytes
    /// A number or a length is not in its shortest form.
    case notShortest
    /// A length is indefinite.
    case indefiniteLength
    /// A float, a tag, `undefined`, or a simple value other than false, true and null.
    case unsupportedType
    /// The item is of another type than the one expected here.
    case unexpectedType(expected: CBORType)
    /// A length is over the limit of its place.
    case tooLong(limit: Int)
    /// A number is outside the range of its place.
    case outOfRange
    /// A text is not valid UTF-8.
    case invalidUTF8
    /// The keys of a map are not in ascending order of their encoded bytes, or one is there twice.
    case mapKeyOrder
    /// Nested deeper than `CBORLimits.depthMax`.
    case tooDeep
    /// The item decodes, but is not what encoding it again gives: a field has a value that is written by leaving it out.
    case notCanonical
    /// A field that must be there is not.
    case missingField(UInt64)
    /// A map has a key that its structure does not have.
    case unknownField(UInt64)
}

/// The types of CBOR that the project uses.
package enum CBORType: Hashable, Sendable { case unsigned, negative, bytes, text, array, map, bool, null }

package enum CBORLimits {
    /// Nesting of arrays and maps: no structure of ours needs more than 6; a bound keeps the stack bounded.
    package static let depthMax = 16
    /// Bytes or items of one string, array or map where the structure sets no smaller limit: the largest run.
    package static let countMax = 4 * 1024 * 1024
}
