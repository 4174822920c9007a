import Configuration

/// Where settings stand. Each source is a provider of swift-configuration; the first one that has a key decides.
extension SiteConfiguration {
    struct Layer {
        let provider: any ConfigProvider
        /// Where a setting of this layer stands, for a person.
        let origin: @Sendable (Setting) -> String
    }

    /// Bytes of a file of settings: a hundred times what all of them take.
    private static let fileBytesMax = 1024 * 1024

    /// Variables of ours that are no settings: where the site is, and what the build of this package reads.
    static let otherVariables: Set<String> = [
        "ENTENTE_DIR", "ENTENTE_CONFIG", "ENTENTE_LOG", "ENTENTE_PURE", "ENTENTE_BENCH", "ENTENTE_BENCHMARKS",
    ]

    // MARK: - Layers

    static func flagLayer(_ flags: [(key: String, value: String)]) throws(OperatorFailure) -> Layer? {
        guard !flags.isEmpty else { return nil }
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for flag in flags {
            guard let setting = Setting.named(flag.key) else {
                throw unknown(flag.key, at: "on the command line", known: Setting.all.map(\.key))
            }
            // On a command line everything is text; what has to be a number is read as one.
            var value = ConfigValue(.string(flag.value), isSecret: false)
            if case .count = setting.kind {
                guard let count = Int(flag.value) else { throw wrong(setting, flag.value, at: "on the command line") }
                value = ConfigValue(.int(count), isSecret: false)
            }
            values[setting.configKey] = value
        }
        return Layer(provider: InMemoryProvider(name: "flags", values: values)) { _ in "flags" }
    }

    static func environmentLayer(_ environment: [String: String]) throws(OperatorFailure) -> Layer? {
        let ours = environment.filter { $0.key.hasPrefix("ENTENTE_") }
        let known = Dictionary(Setting.all.map { ($0.environmentName, $0) }) { first, _ in first }
        for name in ours.keys.sorted() where known[name] == nil && !otherVariables.contains(name) {
            throw unknown(name, at: "in the environment", known: known.keys.sorted() + otherVariables.sorted())
        }
        let provider = EnvironmentVariablesProvider(environmentVariables: ours).prefixKeys(with: ConfigKey(["entente"]))
        return Layer(provider: provider) { $0.environmentName }
    }

    static func fileLayer(_ directory: NodeDirectory, _ named: String?) throws(OperatorFailure) -> Layer? {
        let path = named ?? directory.configurationPath
        if named == nil, !Path.exists(path) { return nil }
        let bytes: [UInt8]
        do {
            bytes = try PrivateFile.read(path, bytesMax: fileBytesMax)
        } catch {
            throw .file(path, error, verb: "read")
        }
        let place = "in \(LogText.line(path))"
        let root: JSONValue
        do {
            root = try JSONReader.read(bytes)
        } catch {
            throw .usage(
                what: "the settings \(place) cannot be read", why: "Line \(error.line): \(error.reason).",
                next: "Correct the file, then: entente config check")
        }
        guard case .object(let sections) = root else {
            throw .usage(
                what: "the settings \(place) cannot be read", why: "The file holds \(root.kind), and not an object.",
                next: "An empty file of settings is {}")
        }
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for section in sections {
            guard case .object(let fields) = section.value else {
                throw unknown(section.name, at: place, known: Setting.sections)
            }
            guard Setting.sections.contains(section.name) else { throw unknown(section.name, at: place, known: Setting.sections) }
            for field in fields {
                let key = section.name + "." + field.name
                guard let setting = Setting.named(key) else { throw unknown(key, at: place, known: Setting.all.map(\.key)) }
                values[setting.configKey] = try value(field.value, of: setting, at: place)
            }
        }
        return Layer(provider: InMemoryProvider(name: path, values: values)) { _ in path }
    }

    private static func value(_ value: JSONValue, of setting: Setting, at place: String) throws(OperatorFailure) -> ConfigValue {
        switch (setting.kind, value) {
        case (.count, .integer(let count)): return ConfigValue(.int(Int(count)), isSecret: false)
        case (.count, _): throw wrong(setting, value.text, at: place)
        case (_, .string(let text)): return ConfigValue(.string(text), isSecret: false)
        default: throw wrong(setting, value.text, at: place)
        }
    }

    /// What the site remembers of its own: where it was told to listen when it was founded or joined.
    static func siteLayer(_ settings: SiteSettings?) -> Layer? {
        guard let listen = settings?.listenAddress else { return nil }
        let values = [Setting.listen.configKey: ConfigValue(.string(listen), isSecret: false)]
        return Layer(provider: InMemoryProvider(name: "site.json", values: values)) { _ in "site.json" }
    }

    // MARK: - Values

    static func value(of setting: Setting, in layers: [Layer]) throws(OperatorFailure) -> Effective {
        for layer in layers {
            let origin = layer.origin(setting)
            let place = origin == "flags" ? "on the command line" : "in \(LogText.line(origin))"
            let content: ConfigContent?
            do {
                content = try layer.provider.value(forKey: setting.configKey, type: setting.configType).value?.content
            } catch {
                // The one thing that goes wrong here is text that is not of the type: how it reads, its source says.
                let text = try? layer.provider.value(forKey: setting.configKey, type: .string).value?.content
                throw wrong(setting, text.flatMap { if case .string(let text) = $0 { text } else { nil } } ?? "?", at: place)
            }
            let value: SettingValue
            switch content {
            case .string(let text): value = .text(text)
            case .int(let count): value = .count(count)
            default: continue
            }
            guard case .success(let checked) = setting.check(value) else { throw wrong(setting, value.text, at: place) }
            return Effective(setting: setting, value: checked, origin: origin)
        }
        return Effective(setting: setting, value: setting.standard, origin: "default")
    }

    // MARK: - What is wrong

    private static func wrong(_ setting: Setting, _ text: String, at place: String) -> OperatorFailure {
        .usage(
            what: "\(setting.key) cannot be “\(LogText.line(text))”, as it stands \(place)",
            why: "It is \(setting.range.replacing("`", with: "")). \(setting.summary).", next: "entente config show")
    }

    private static func unknown(_ name: String, at place: String, known: [String]) -> OperatorFailure {
        // Somebody may have left out the section.
        let nearest = Setting.all.first { $0.key.hasSuffix("." + name) }?.key ?? Nearest.word(to: name, of: known)
        return .usage(
            what: "there is no setting \(LogText.line(name)), which stands \(place)",
            why: nearest.map { "The nearest one is \($0)." } ?? "Its name is like none of ours.", next: "entente config show")
    }
}

extension Setting {
    static func named(_ key: String) -> Setting? { all.first { $0.key.utf8.elementsEqual(key.utf8) } }

    static let sections: [String] = all.reduce(into: []) { sections, setting in
        let section = String(setting.key.prefix { $0 != "." })
        if !sections.contains(section) { sections.append(section) }
    }

    var configKey: AbsoluteConfigKey { AbsoluteConfigKey(key.split(separator: ".").map(String.init)) }

    var configType: ConfigType {
        if case .count = kind { return .int }
        return .string
    }
}

/// The word that somebody may have meant.
package enum Nearest {
    /// Bytes of a word that is compared: no name of ours is as long.
    private static let wordBytesMax = 100

    /// The first of the words that differ least from `word`, if they differ by less than half of it.
    package static func word(to word: String, of words: [String]) -> String? {
        let given = Array(word.lowercased().utf8)
        guard given.count <= wordBytesMax else { return nil }
        let distances = words.map { (word: $0, distance: distance(given, Array($0.lowercased().utf8))) }
        guard let best = distances.min(by: { $0.distance < $1.distance }), best.distance * 2 < max(given.count, 2) else { return nil }
        return best.word
    }

    /// Letters to be put in, taken out, changed, or changed with the one beside.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var rows = [Array(0...b.count)]
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
