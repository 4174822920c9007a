import Configuration

/// The settings in force, each with where it comes from: flags over environment over file over `site.json` over
/// defaults. (Docs/Configuration.md)
package struct SiteConfiguration: Sendable {
    /// One setting as it is in force.
    package struct Effective: Hashable, Sendable {
        package let setting: Setting
        /// Nil where nothing is set and nothing stands for it.
        package let value: SettingValue?
        /// `default`, `site.json`, the path of the file, `ENTENTE_…`, or `flags`.
        package let origin: String
    }

    /// In the order of `Setting.all`.
    package let effective: [Effective]
    private let values: [String: SettingValue]

    init(_ effective: [Effective]) {
        self.effective = effective
        var values: [String: SettingValue] = [:]
        for one in effective { values[one.setting.key] = one.value }
        self.values = values
    }

    /// Nobody has set anything.
    package static let standard = SiteConfiguration(
        Setting.all.map { Effective(setting: $0, value: $0.standard, origin: "default") })

    func text(_ setting: Setting) -> String? {
        guard case .text(let text) = values[setting.key] ?? setting.standard else { return nil }
        return text
    }

    /// Only for settings that are numbers.
    func count(_ setting: Setting) -> Int {
        guard case .count(let count) = values[setting.key] ?? setting.standard else {
            preconditionFailure("every number has a default, and values are checked when they are read")
        }
        return count
    }

    /// Where an operator's settings come from, beside the directory itself.
    package struct Sources: Sendable {
        /// The file that a flag named, or `ENTENTE_CONFIG`; nil: `entente.json` in the data directory, if it is there.
        package var file: String?
        package var environment: [String: String]
        /// Keys and values of the command line, the last one of a key counts.
        package var flags: [(key: String, value: String)]

        package init(file: String? = nil, environment: [String: String] = [:], flags: [(key: String, value: String)] = []) {
            self.file = file ?? environment["ENTENTE_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
            self.environment = environment
            self.flags = flags
        }
    }

    /// Reads the settings of a site.
    ///
    /// Throws exit code 2 for an unknown key and for a value that its setting may not have, naming the key, where it
    /// stands, and the nearest known one.
    ///
    /// - Parameter settings: what `site.json` says; nil for a directory that holds no site yet.
    package static func read(
        _ directory: NodeDirectory, settings: SiteSettings?, from sources: Sources
    ) throws(OperatorFailure) -> SiteConfiguration {
        let layers = [
            try flagLayer(sources.flags), try environmentLayer(sources.environment), try fileLayer(directory, sources.file),
            siteLayer(settings),
        ].compactMap { $0 }
        var effective: [Effective] = []
        for setting in Setting.all { effective.append(try value(of: setting, in: layers)) }
        let configuration = SiteConfiguration(effective)
        try configuration.checkTogether()
        return configuration
    }

    /// Settings that are right one by one and not together.
    private func checkTogether() throws(OperatorFailure) {
        guard count(.strangers) <= count(.inbound) else {
            throw .usage(
                what: "network.strangersMax is more than network.inboundMax",
                why: "\(count(.strangers)) connections that are no session yet cannot be among \(count(.inbound)).",
                next: "entente config show")
        }
    }
}

extension NodeDirectory {
    /// Where an operator's settings are looked for unless another file is named. The program never writes it.
    package var configurationPath: String { file("entente.json") }

    /// The settings in force for this directory's site.
    package func configuration(from sources: SiteConfiguration.Sources) throws(OperatorFailure) -> SiteConfiguration {
        try SiteConfiguration.read(self, settings: isFounded ? try settings() : nil, from: sources)
    }
}
