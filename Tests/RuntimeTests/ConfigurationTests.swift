import EntenteRuntime
import Foundation
import Logging
import Synchronization
import Testing

/// What an operator sets, wherever it stands.
@Suite struct ConfigurationTests {
    let folder = TemporaryFolder()
    var alice: NodeDirectory { folder.site }

    init() throws { try folder.site.foundedByAlice(listen: "127.0.0.1:7001") }

    private func read(
        _ file: String? = nil, _ environment: [String: String] = [:], flags: [(key: String, value: String)] = []
    ) throws(OperatorFailure) -> SiteConfiguration {
        if let file { try! Files.write(file, to: alice.configurationPath) }
        return try alice.configuration(from: .init(environment: environment, flags: flags))
    }

    private func failure(
        _ file: String? = nil, _ environment: [String: String] = [:], flags: [(key: String, value: String)] = []
    ) -> OperatorFailure? {
        do {
            _ = try read(file, environment, flags: flags)
            return nil
        } catch {
            return error
        }
    }

    private func effective(_ key: String, of configuration: SiteConfiguration) throws -> SiteConfiguration.Effective {
        try #require(configuration.effective.first { $0.setting.key == key })
    }

    @Test func `a site from before has its address, and defaults for the rest`() throws {
        let configuration = try read()
        #expect(configuration.listenAddress?.description == "127.0.0.1:7001")
        #expect(try effective("network.listen", of: configuration).origin == "site.json")
        let others = configuration.effective.filter { $0.setting.key != "network.listen" }
        #expect(others.allSatisfy { $0.origin == "default" && $0.value == $0.setting.standard })
        #expect(configuration.socketPath(in: alice) == alice.socketPath)
    }

    @Test func `flags come before the environment, that before the file, and the file before what the site remembers`() throws {
        let key = "network.listen"
        let file = #"{"network": {"listen": "127.0.0.1:7002"}}"#
        let environment = ["ENTENTE_NETWORK_LISTEN": "127.0.0.1:7003"]
        var configuration = try read(file)
        #expect(configuration.listenAddress?.port == 7002)
        #expect(try effective(key, of: configuration).origin == alice.configurationPath)
        configuration = try read(file, environment)
        #expect(configuration.listenAddress?.port == 7003)
        #expect(try effective(key, of: configuration).origin == "ENTENTE_NETWORK_LISTEN")
        configuration = try read(file, environment, flags: [(key, "127.0.0.1:7004"), (key, "127.0.0.1:7005")])
        #expect(configuration.listenAddress?.port == 7005)
        #expect(try effective(key, of: configuration).origin == "flags")
    }

    @Test func `every setting can be set in each of the places`() throws {
        for setting in Setting.all {
            let value: SettingValue
            switch setting.kind {
            case .address: value = .text("[2001:db8::1]:7117")
            case .path: value = .text("/run/entente/node.sock")
            case .name: value = .text("wheel")
            case .choice(let words): value = .text(try #require(words.last))
            case .entry: value = .text(String(repeating: "0f", count: 32))
            case .count(let range, _): value = .count(range.upperBound)
            }
            let parts = setting.key.split(separator: ".").map(String.init)
            let room = setting.key == "network.strangersMax" ? #", "inboundMax": 4096"# : ""
            let configurations = [
                try read("{\"\(parts[0])\": {\"\(parts[1])\": \(value.json.text)\(room)}}"),
                try read("{\"network\": {\"inboundMax\": 4096}}", [setting.environmentName: value.text]),
                try read("{\"network\": {\"inboundMax\": 4096}}", flags: [(setting.key, value.text)]),
            ]
            for configuration in configurations { #expect(try effective(setting.key, of: configuration).value == value) }
        }
    }

    @Test(arguments: [
        (#"{"network": {"lisen": "127.0.0.1:7002"}}"#, "network.lisen", "network.listen"),
        (#"{"netwrok": {"listen": "127.0.0.1:7002"}}"#, "netwrok", "network"),
        (#"{"listen": "127.0.0.1:7002"}"#, "listen", "network.listen"),
        (#"{"network": {"network.listen": "127.0.0.1:7002"}}"#, "network.network.listen", "network.listen"),
    ])
    func `an unknown key is named, with the file and the nearest one`(file: String, key: String, nearest: String) throws {
        let wrong = try #require(failure(file))
        #expect(wrong.code == 2 && wrong.what.contains(" \(key),") && wrong.what.contains(alice.configurationPath))
        #expect(wrong.why.contains(nearest))
    }

    @Test func `an unknown variable or flag is named too`() throws {
        let variable = try #require(failure(nil, ["ENTENTE_NETWORK_LISTNE": "x", "HOME": "/"]))
        #expect(variable.code == 2 && variable.what.contains("ENTENTE_NETWORK_LISTNE"))
        #expect(variable.why.contains("ENTENTE_NETWORK_LISTEN"))
        let flag = try #require(failure(flags: [("log.lvl", "info")]))
        #expect(flag.code == 2 && flag.what.contains("log.lvl") && flag.why.contains("log.level"))
        #expect(failure(nil, ["ENTENTE_DIR": "x", "ENTENTE_LOG": "info", "ENTENTE_PURE": "1"]) == nil)
    }

    @Test(arguments: [
        #"{"network": {"inboundMax": 0}}"#, #"{"network": {"inboundMax": 4097}}"#, #"{"network": {"inboundMax": "64"}}"#,
        #"{"network": {"inboundMax": 64.5}}"#, #"{"network": {"inboundMax": null}}"#, #"{"network": {"listen": 7117}}"#,
        #"{"network": {"listen": "nowhere"}}"#, #"{"log": {"level": "loud"}}"#, #"{"api": {"group": ""}}"#,
        #"{"api": {"group": "a\nb"}}"#, #"{"network": {"inboundMax": 99999999999999999999}}"#,
    ])
    func `a value that a setting may not have is refused, with what it may be`(file: String) throws {
        let wrong = try #require(failure(file))
        #expect(wrong.code == 2 && wrong.what.contains(alice.configurationPath) && !wrong.why.isEmpty, "\(wrong)")
    }

    @Test func `a number that is none is refused wherever it stands`() throws {
        let variable = try #require(failure(nil, ["ENTENTE_SYNC_SESSIONS_MAX": "many"]))
        #expect(variable.what.contains("many") && variable.what.contains("ENTENTE_SYNC_SESSIONS_MAX"))
        let flag = try #require(failure(flags: [("sync.sessionsMax", "many")]))
        #expect(flag.what.contains("many") && flag.why.contains("2 to 4096 sessions"))
    }

    @Test(arguments: ["", "[]", "{", #"{"log": {"level": "info"}, "log": {}}"#, "{\n\n\"log\": {\"level\": }}", "{} {}", "\u{FEFF}{}"])
    func `a file that is no object of JSON is refused`(file: String) throws {
        let wrong = try #require(failure(file))
        #expect(wrong.code == 2 && wrong.what.contains(alice.configurationPath))
        if file.contains("\n\n") { #expect(wrong.why.contains("Line 3")) }
    }

    @Test func `more strangers than connections is refused`() throws {
        #expect(failure(flags: [("network.inboundMax", "8")])?.code == 2)
        #expect(failure(flags: [("network.inboundMax", "8"), ("network.strangersMax", "8")]) == nil)
    }

    @Test func `a file that was named has to be there`() throws {
        let sources = SiteConfiguration.Sources(file: folder.path + "/none.json")
        #expect(throws: OperatorFailure.self) { try alice.configuration(from: sources) }
        try Files.write(#"{"log": {"level": "info"}}"#, to: folder.path + "/other.json")
        let named = SiteConfiguration.Sources(environment: ["ENTENTE_CONFIG": folder.path + "/other.json"])
        #expect(try alice.configuration(from: named).logLevel == "info")
    }

    @Test func `a line of the log is one object, whatever is in it`() throws {
        let lines = Mutex<[String]>([])
        var logger = Logger(label: "entente.test") { label in
            JSONLogLines(label: label, level: .info) { line in lines.withLock { $0.append(line) } }
        }
        logger[metadataKey: "connection"] = "7"
        logger.debug("nothing")
        logger.warning("a \"fault\"\nof \u{1B}[2J", metadata: ["next": "look"])
        let line = try #require(lines.withLock { $0.first })
        #expect(lines.withLock { $0.count } == 1 && !line.contains("\n") && !line.contains("\u{1B}"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(object["level"] == "warning" && object["message"] == "a \"fault\"\nof \u{1B}[2J" && object["logger"] == "entente.test")
        #expect(object["connection"] == "7" && object["next"] == "look" && object["time"]?.hasSuffix("Z") == true)
    }

    /// `ENTENTE_WRITE_DOCUMENTS=1` writes the table anew.
    @Test func `the page of settings says what the sources say`() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Docs/Configuration.md").path
        var rows = ["| Setting | Default | May be | What it is |", "|---|---|---|---|"]
        for setting in Setting.all {
            let standard = setting.standard == nil ? setting.standardWords : "`\(setting.standardWords)`"
            rows.append("| `\(setting.key)` | \(standard) | \(setting.range) | \(setting.summary) |")
        }
        var lines = try Files.text(path).components(separatedBy: "\n")
        let first = try #require(lines.firstIndex { $0.hasPrefix("| Setting |") || $0 == "TABLE" })
        let end = lines[first...].firstIndex { $0.isEmpty } ?? lines.endIndex
        if ProcessInfo.processInfo.environment["ENTENTE_WRITE_DOCUMENTS"] == "1" {
            lines.replaceSubrange(first..<end, with: rows)
            try Files.write(lines.joined(separator: "\n"), to: path)
        } else {
            #expect(Array(lines[first..<end]) == rows)
        }
    }
}

/// The reader of JSON that configuration and the local API have.
@Suite struct JSONReaderTests {
    private func read(_ text: String) -> JSONValue? { try? JSONReader.read(Array(text.utf8)) }

    @Test func `what is JSON is read as it stands`() {
        let text = #" {"a": [1, -2, 0.5, 1e3, true, false, null], "b": {"é\u00e9\n\ud83c\udf89": ""}} "#
        let expected = JSONValue.fields([
            "a": .array([.integer(1), .integer(-2), .real(0.5), .real(1000), .bool(true), .bool(false), .null]),
            "b": .fields(["éé\n🎉": .string("")]),
        ])
        #expect(read(text) == expected)
        #expect(read(expected.text) == expected)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "01", "-", "1.", ".5", "1e", "+1", "nul",
        "truee",
        "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\n\"", "1 2", "{\"a\":1,\"a\":2}", "NaN", "1e999",
    ])
    func `what is no JSON is refused`(text: String) { #expect(read(text) == nil) }

    @Test func `two forms of one letter are two names`() {
        #expect(read("{\"\u{E9}\":1,\"e\u{301}\":2}") != nil)
    }

    @Test func `bytes that are no UTF-8, and depth without end, are refused`() {
        #expect((try? JSONReader.read([0x22, 0xFF, 0x22])) == nil)
        #expect(read(String(repeating: "[", count: 100_000)) == nil)
        #expect(read(String(repeating: "[", count: 60) + String(repeating: "]", count: 60)) != nil)
    }

    @Test func `no prefix of a document makes the reader stop`() {
        let bytes = Array(#"{"a":[1,-2.5e3,true,null,"\u00e9\ud83c\udf89"],"b":{}}"#.utf8)
        for count in 0..<bytes.count { #expect((try? JSONReader.read(Array(bytes.prefix(count)))) == nil) }
        #expect((try? JSONReader.read(bytes)) != nil)
    }
}
