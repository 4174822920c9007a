import CSodium

/// Base64 for URLs, without padding. (RFC 4648 §5)
package enum Base64URL {
    package static func encode(_ bytes: [UInt8]) -> String {
        Sodium.start()
        let variant = Int32(sodium_base64_VARIANT_URLSAFE_NO_PADDING)
        var out = [CChar](repeating: 0, count: sodium_base64_encoded_len(bytes.count, variant))
        sodium_bin2base64(&out, out.count, bytes, bytes.count, variant)
        return String(decoding: out.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Nil where the text has any other character, or bits left over.
    package static func decode(_ text: String) -> [UInt8]? {
        Sodium.start()
        let source = text.utf8.map { CChar(bitPattern: $0) }
        var out = [UInt8](repeating: 0, count: source.count + 1)
        var count = 0
        let variant = Int32(sodium_base64_VARIANT_URLSAFE_NO_PADDING)
        guard sodium_base642bin(&out, out.count, source, source.count, nil, &count, nil, variant) == 0 else { return nil }
        return Array(out.prefix(count))
    }
}
