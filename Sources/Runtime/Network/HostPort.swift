import NIOCore

/// `host:port`, as people write where a node listens: port 0 takes a free one.
package struct HostPort: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Nil unless the text is a name, an IPv4 address or an IPv6 address in brackets, then a colon and a port up to 65535.
    package init?(_ text: String) {
        guard text.utf8.count <= 300, let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits),
            port <= 65535
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
        self.init(host: host, port: port)
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// True for the address that stands for all of a machine's.
    var isWildcard: Bool { host == "0.0.0.0" || host == "::" || host == "*" }

    /// Where a node that listens at all addresses of this machine is reached: at the first one that others may know.
    static func reachable(port: Int) -> HostPort {
        let addresses = ((try? System.enumerateDevices()) ?? []).compactMap(\.address?.ipAddress)
        let isLocal = { (address: String) in
            address.hasPrefix("127.") || address == "::1" || address.hasPrefix("169.254.") || address.hasPrefix("fe80:")
        }
        let outside = addresses.filter { !isLocal($0) }
        return HostPort(host: outside.first { !$0.contains(":") } ?? outside.first ?? "127.0.0.1", port: port)
    }
}
