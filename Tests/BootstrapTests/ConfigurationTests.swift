import Configuration
import Foundation
import Testing

@testable import Bootstrap

@Suite(.timeLimit(.minutes(5)))
struct ConfigurationTests {
    private static let sentinel = "s3cr3t-\u{4f60}\u{597d}-value"

    @discardableResult private func withFile<Result>(_ content: String, _ body: (String) async throws -> Result)
        async throws -> Result
    {
        let path = FileManager.default.temporaryDirectory.appending(path: "ebinda-\(UUID().uuidString)").path
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }

    @Test func `a variable stands for its key`() async throws {
        let settings = try await ConfigurationSources.open(environment: ["EBINDA_INTAKE_HTTP_BODY_LIMIT": "77"])
        let http = settings.scoped(to: "intake").scoped(to: "http")
        #expect(try await http.number("bodyLimit", in: 0...100, default: 1) == 77)
        #expect(try await settings.number("bodyLimit", in: 0...100, default: 1) == 1)
    }

    @Test func `variables come before the file, and empty ones do not count`() async throws {
        let content =
            #"{"intake": {"http": {"port": 1, "host": "::1", "idleTimeout": 2.5}}, "log": {"level": "debug"}}"#
        try await withFile(content) { path in
            let settings = try await ConfigurationSources.open(
                environment: [
                    "EBINDA_CONFIGURATION": path, "EBINDA_INTAKE_HTTP_PORT": "2", "EBINDA_INTAKE_HTTP_HOST": "",
                    "INTAKE_HTTP_PORT": "3",
                ]
            )
            let http = try await HTTPConfiguration(settings: settings.scoped(to: "intake").scoped(to: "http"))
            #expect(http.port == 2)
            #expect(http.host == "::1")
            #expect(http.idleTimeout == .milliseconds(2500))
            #expect(try await settings.scoped(to: "log").text("level") == "debug")
        }
    }

    @Test(arguments: ["", "[]", "{", "no json"]) func `a file that is no JSON object is refused`(content: String)
        async throws
    {
        try await withFile(content) { path in
            await #expect(throws: ConfigurationError("EBINDA_CONFIGURATION", "\(path) must hold one JSON object")) {
                _ = try await ConfigurationSources.open(environment: [:], file: path)
            }
        }
    }

    @Test func `a file that is not there is refused`() async throws {
        await #expect(throws: ConfigurationError("EBINDA_CONFIGURATION", "/nowhere/x must be a readable file")) {
            _ = try await ConfigurationSources.open(environment: ["EBINDA_CONFIGURATION": "/nowhere/x"])
        }
    }

    @Test func `every property of HTTP is read`() async throws {
        let reader = ConfigReader(
            provider: InMemoryProvider(values: [
                "host": "0.0.0.0", "port": 81, "bodyLimit": 82, "headerLimit": 8300, "idleTimeout": 84.0,
                "readTimeout": 8.5, "connectionLimit": 86, "trustedPeers": "127.0.0.1, 10.0.0.0/8",
            ])
        )
        var expected = HTTPConfiguration()
        expected.host = "0.0.0.0"
        expected.port = 81
        expected.bodyLimit = 82
        expected.headerLimit = 8300
        expected.idleTimeout = .seconds(84)
        expected.readTimeout = .milliseconds(8500)
        expected.connectionLimit = 86
        expected.trustedPeers = try #require(TrustedPeers("127.0.0.1,10.0.0.0/8"))
        #expect(try await HTTPConfiguration(settings: Settings(reader: reader)) == expected)
    }

    @Test func `HTTP has defaults for everything`() async throws {
        let settings = try await ConfigurationSources.open(environment: [:])
        #expect(try await HTTPConfiguration(settings: settings) == HTTPConfiguration())
    }

    @Test(arguments: [
        ("PORT", "http", "port", "must be a whole number from 0 to 65535"),
        ("PORT", "65536", "port", "must be a whole number from 0 to 65535"),
        ("PORT", "-1", "port", "must be a whole number from 0 to 65535"),
        ("PORT", "8080 ", "port", "must be a whole number from 0 to 65535"),
        ("BODY_LIMIT", "0", "bodyLimit", "must be a whole number from 1 to 16777216"),
        ("IDLE_TIMEOUT", "nan", "idleTimeout", "must be seconds from 1 to 3600"),
        ("IDLE_TIMEOUT", "1e300", "idleTimeout", "must be seconds from 1 to 3600"),
        ("READ_TIMEOUT", "15s", "readTimeout", "must be seconds from 0.01 to 600"),
        ("TRUSTED_PEERS", "edge", "trustedPeers", "must be addresses or networks with commas between them"),
        ("TRUSTED_PEERS", "10.0.0.0/33", "trustedPeers", "must be addresses or networks with commas between them"),
        ("TRUSTED_PEERS", "10.0.0.1,", "trustedPeers", "must be addresses or networks with commas between them"),
    ])
    func `a wrong value is one line that names key and rule`(
        variable: String,
        value: String,
        key: String,
        rule: String
    ) async throws {
        let settings = try await ConfigurationSources.open(environment: ["EBINDA_INTAKE_HTTP_\(variable)": value])
        let error = await #expect(throws: ConfigurationError.self) {
            _ = try await HTTPConfiguration(settings: settings.scoped(to: "intake").scoped(to: "http"))
        }
        let line = "configuration: intake.http.\(key) (EBINDA_INTAKE_HTTP_\(variable)): \(rule)"
        #expect(error?.description == line)
    }

    @Test func `a wrong type in the file is an error, not the default`() async throws {
        try await withFile(#"{"port": "81", "flag": "maybe", "level": 3}"#) { path in
            let settings = try await ConfigurationSources.open(environment: [:], file: path)
            await #expect(throws: settings.fault("port", "must be a whole number from 0 to 9")) {
                _ = try await settings.number("port", in: 0...9, default: 1)
            }
            await #expect(throws: settings.fault("flag", "must be true or false")) {
                _ = try await settings.flag("flag", default: true)
            }
            await #expect(throws: settings.fault("level", "must be a text")) { _ = try await settings.text("level") }
        }
    }

    @Test func `a secret comes from the variable or from the file that it names`() async throws {
        let direct = try await ConfigurationSources.open(environment: ["EBINDA_X_PASSWORD": Self.sentinel])
        #expect(try await direct.scoped(to: "x").requiredSecret("password").revealed() == Self.sentinel)
        try await withFile(Self.sentinel + "\n") { path in
            let mounted = try await ConfigurationSources.open(environment: ["EBINDA_X_PASSWORD_FILE": path])
            #expect(try await mounted.scoped(to: "x").requiredSecret("password").revealed() == Self.sentinel)
            let both = try await ConfigurationSources.open(
                environment: ["EBINDA_X_PASSWORD_FILE": path, "EBINDA_X_PASSWORD": "stale"]
            ).scoped(to: "x")
            await #expect(throws: both.fault("password", "must not be set together with passwordFile")) {
                _ = try await both.secret("password")
            }
        }
    }

    @Test func `a secret that is missing, empty or unreadable is an error`() async throws {
        let none = try await ConfigurationSources.open(environment: [:])
        #expect(try await none.secret("password") == nil)
        await #expect(throws: none.fault("password", "must be set, here or by passwordFile")) {
            _ = try await none.requiredSecret("password")
        }
        try await withFile("\n") { path in
            let empty = try await ConfigurationSources.open(environment: ["EBINDA_PASSWORD_FILE": path])
            await #expect(throws: empty.fault("passwordFile", "must name a file that is not empty")) {
                _ = try await empty.secret("password")
            }
        }
        let absent = try await ConfigurationSources.open(environment: ["EBINDA_PASSWORD_FILE": "/nowhere/x"])
        await #expect(throws: absent.fault("passwordFile", "/nowhere/x must be a readable file")) {
            _ = try await absent.secret("password")
        }
    }

    @Test func `a secret prints as dots whichever way it is printed`() async throws {
        let secret = Secret(Self.sentinel)
        var dumped = ""
        dump(["key": secret], to: &dumped)
        let ways = [
            "\(secret)", String(reflecting: secret), "\([secret])", dumped,
            "\(Mirror(reflecting: secret).children.map(\.value))",
        ]
        for way in ways { #expect(!way.contains(Self.sentinel) && !way.contains("s3cr3t")) }
        #expect("\(secret)" == "…")
        let settings = try await ConfigurationSources.open(environment: ["EBINDA_PASSWORD": Self.sentinel])
        var all = ""
        dump(settings, to: &all)
        #expect(!all.contains("s3cr3t"))
    }
}
