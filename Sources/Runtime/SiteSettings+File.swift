import EntenteModel
import FoundationEssentials

extension SiteSettings {
    /// Of the format of `site.json`: a newer one is refused.
    static let formatVersion = 1
    private static let fileBytesMax = 1024 * 1024

    /// What `site.json` holds.
    private struct File: Codable {
        struct Network: Codable {
            let id: String
            let name: String
        }
        let format: Int
        let network: Network
        let site: String
        let listen: String?
        let members: [String]
    }

    /// Reads `site.json`. Throws exit code 3 for a file that is no such thing.
    init(path: String) throws(OperatorFailure) {
        let bytes: [UInt8]
        do {
            bytes = try PrivateFile.read(path, bytesMax: Self.fileBytesMax)
        } catch {
            throw .file(path, error, verb: "read")
        }
        let data = Data(bytes)
        struct Version: Codable { let format: Int }
        if let version = try? JSONDecoder().decode(Version.self, from: data), version.format > Self.formatVersion {
            throw .unavailable(
                what: "the settings \(LogText.line(path)) are of a newer version",
                why: "They are of format \(version.format); this program knows formats up to \(Self.formatVersion).",
                next: "Use the version of entente that wrote them; nothing was changed.")
        }
        guard let file = try? JSONDecoder().decode(File.self, from: data), let id = NetworkID(hex: file.network.id), !file.members.isEmpty
        else {
            throw .unavailable(
                what: "the settings \(LogText.line(path)) cannot be read", why: "The file was altered, or cut short.",
                next: "Put the file back from a copy of yours; nothing was changed.")
        }
        self.init(
            networkID: id, networkName: file.network.name, siteName: file.site, listenAddress: file.listen, members: file.members)
    }

    /// Replaces `site.json` as a whole.
    func write(to path: String) throws(OperatorFailure) {
        let file = File(
            format: Self.formatVersion, network: .init(id: networkID.description, name: networkName), site: siteName,
            listen: listenAddress, members: members)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(file) else { preconditionFailure("text and numbers are JSON") }
        do {
            try PrivateFile.write(Array(data) + [UInt8(ascii: "\n")], to: path)
        } catch {
            throw .file(path, error, verb: "written")
        }
    }
}
