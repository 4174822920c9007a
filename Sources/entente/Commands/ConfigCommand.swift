import ArgumentParser
import EntenteRuntime

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Look at this site's settings, and check them.",
        discussion: """
            Settings come from --set, then from the environment (ENTENTE_NETWORK_LISTEN for network.listen), then from the file \
            entente.json in the data directory or the one that --config names, then from what the site remembers, then from defaults.
            """, subcommands: [ShowCommand.self, CheckCommand.self])

    struct ShowCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print the settings in force, each with where it comes from.")

        @OptionGroup var site: SiteOptions
        @OptionGroup var settings: SettingOptions

        func run() async throws {
            let effective = try site.configuration(flags: settings.flags()).effective
            let rows = effective.map { [$0.setting.key, $0.value?.text ?? "-", $0.origin] }
            site.show(.array(effective.map(Self.json)), PlainText.table(rows))
        }

        private static func json(_ one: SiteConfiguration.Effective) -> JSON {
            let value: JSON =
                switch one.value {
                case .text(let text): .string(text)
                case .count(let count): .count(count)
                case nil: .null
                }
            return .fields([
                "key": .string(one.setting.key), "value": value, "from": .string(one.origin),
                "environment": .string(one.setting.environmentName),
            ])
        }
    }

    struct CheckCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Say whether the settings are in order; exit 2 if they are not.")

        @OptionGroup var site: SiteOptions
        @OptionGroup var settings: SettingOptions

        func run() async throws {
            let count = try site.configuration(flags: settings.flags()).effective.count { $0.origin != "default" }
            site.show(
                .fields(["ok": .bool(true), "set": .count(count)]),
                ["The settings are in order; \(PlainText.count(count, "one is", "of them are")) not the default."])
        }
    }
}

/// Settings on the command line: they come before all others.
struct SettingOptions: ParsableArguments {
    @Option(name: .customLong("set"), help: "A setting, as KEY=VALUE; may be repeated. See entente config show.")
    var assignments: [String] = []

    func flags() throws(OperatorFailure) -> [(key: String, value: String)] {
        var flags: [(key: String, value: String)] = []
        for text in assignments {
            guard let equals = text.firstIndex(of: "=") else {
                throw .usage(
                    what: "--set \(text) sets nothing", why: "It is used so: --set KEY=VALUE", next: "--set log.level=info")
            }
            flags.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
        }
        return flags
    }
}
