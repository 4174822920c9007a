import EntenteNode
import EntenteRuntime

/// The path and the query of a request, each part decoded once. (RFC 3986)
struct RequestTarget {
    /// Bytes of a request's target.
    private static let bytesMax = 8192

    /// As it was sent, without the query.
    let path: String
    /// Below the API's prefix; nil outside it, and for a path that decodes to no text.
    let segments: [String]?
    private let query: Substring

    init(_ target: String) throws(Refusal) {
        guard target.utf8.count <= Self.bytesMax else {
            throw Refusal(
                .usage, what: "the request's target is too long", why: "It may have \(Self.bytesMax) bytes.", next: "Send less at once.")
        }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        query = parts.count > 1 ? parts[1] : ""
        guard path.hasPrefix(LocalAPI.prefix + "/") else {
            segments = nil
            return
        }
        let raw = path.dropFirst(LocalAPI.prefix.count + 1).split(separator: "/", omittingEmptySubsequences: false)
        let decoded = raw.compactMap(Self.decoded)
        // An empty segment names nothing.
        segments = decoded.count == raw.count && !decoded.contains("") ? decoded : nil
    }

    /// The parameters of the query, each of its schema. Throws for one that is unknown, there twice, or no such value.
    func values(of parameters: [Resource.Parameter]) throws(Refusal) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        for part in query.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(pair[0]), let text = Self.decoded(pair.count > 1 ? pair[1] : "") else {
                throw wrong("the query \(LogText.line(String(part))) cannot be read", "It decodes to no text.")
            }
            guard let parameter = parameters.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
                let known = parameters.isEmpty ? "There is none here." : "There are \(parameters.map(\.name).joined(separator: ", "))."
                throw wrong("there is no parameter \(LogText.line(name))", known)
            }
            var value = JSONValue.string(text)
            if case .count = parameter.schema { value = Int64(text).map(JSONValue.integer) ?? value }
            if let fault = parameter.schema.wrong(value, at: name) { throw wrong(fault.what, fault.why) }
            guard values.updateValue(value, forKey: parameter.name) == nil else {
                throw wrong("the parameter \(name) is there twice", "One of the two has to be meant.")
            }
        }
        return values
    }

    private func wrong(_ what: String, _ why: String) -> Refusal {
        Refusal(.usage, what: what, why: why, next: "curl --unix-socket DIR/node.sock http://node/api/v1/openapi.json")
    }

    /// Nil for a % that is not followed by two digits, and for bytes that are no UTF-8.
    private static func decoded(_ text: Substring) -> String? {
        var out: [UInt8] = []
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "%") else {
                out.append(byte)
                continue
            }
            guard let high = bytes.next().flatMap(digit), let low = bytes.next().flatMap(digit) else { return nil }
            out.append(high << 4 | low)
        }
        return String(validating: out, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.flatMap { byte < 0x80 ? UInt8($0) : nil }
    }
}
