import Configuration
import Foundation

/// Where configuration comes from, the first that has a key winning: environment variables, then one JSON file.
///
/// The key `intake.http.bodyLimit` is the variable `EBINDA_INTAKE_HTTP_BODY_LIMIT`, or in the file
/// `{"intake": {"http": {"bodyLimit": …}}}`. A variable that is empty counts as not set, as compose files leave them so.
package enum ConfigurationSources {
    /// In front of every variable.
    package static let prefix = "EBINDA_"
    /// The variable that names the file.
    package static let fileVariable = "EBINDA_CONFIGURATION"
    /// The largest file that is read, in bytes.
    static let fileLimit = 1 << 20

    /// Opens the sources.
    ///
    /// - Parameters:
    ///   - environment: variable names and values; those without the prefix are not looked at.
    ///   - file: the file's path; else the variable ``fileVariable`` names it; else there is none.
    /// - Throws: ``ConfigurationError`` when the file cannot be read or is not a JSON object.
    package static func open(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        file: String? = nil
    ) async throws -> Settings {
        let own = environment.filter { $0.key.hasPrefix(prefix) && !$0.value.isEmpty }
        let section = ConfigKey(String(prefix.dropLast()).lowercased())
        var providers: [any ConfigProvider] = [
            // Whether a variable is secret is known to the reader of the key, not to its name.
            EnvironmentVariablesProvider(environmentVariables: own, secretsSpecifier: .all).prefixKeys(with: section)
        ]
        if let path = file ?? own[fileVariable] { providers.append(try await json(path)) }
        return Settings(reader: ConfigReader(providers: providers))
    }

    private static func json(_ path: String) async throws(ConfigurationError) -> FileProvider<JSONSnapshot> {
        // Read once before, because a missing file and a malformed one call for different words.
        _ = try read(path, key: fileVariable)
        do {
            return try await FileProvider(
                parsingOptions: .init(secretsSpecifier: .all),
                config: ConfigReader(
                    provider: InMemoryProvider(values: ["filePath": .init(.string(path), isSecret: false)])
                )
            )
        } catch {
            throw ConfigurationError(fileVariable, "\(path) must hold one JSON object")
        }
    }

    /// The bytes of a file that a key names.
    static func read(_ path: String, key: String) throws(ConfigurationError) -> Data {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw ConfigurationError(key, "\(path) must be a readable file")
        }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: fileLimit + 1) ?? Data(), data.count <= fileLimit else {
            throw ConfigurationError(key, "\(path) must be a readable file of at most \(fileLimit) bytes")
        }
        return data
    }
}

/// A value that the service cannot start with: one line that names the key and the rule, never the value.
package struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible, SafelyDescribed {
    /// The status that a process ends with which cannot start for its configuration.
    package static let exitStatus: Int32 = 2

    /// The key or the variable.
    package let key: String
    /// What must hold, in words that follow the key.
    package let rule: String

    /// Creates the error of a key.
    package init(_ key: String, _ rule: String) {
        self.key = key
        self.rule = rule
    }

    /// `configuration: <key> (<variable>): <rule>`, on one line.
    package var description: String {
        let name = key.hasPrefix(ConfigurationSources.prefix) ? key : "\(key) (\(Self.variable(of: key)))"
        return "configuration: \(name): \(rule)".replacing(/[\r\n]+/, with: " ")
    }

    /// The variable of a key: `intake.http.bodyLimit` is `EBINDA_INTAKE_HTTP_BODY_LIMIT`.
    private static func variable(of key: String) -> String {
        var name = ConfigurationSources.prefix
        for (index, character) in zip(key.indices, key) {
            if character.isUppercase, index > key.startIndex, key[key.index(before: index)].isLowercase { name += "_" }
            name += character == "." ? "_" : character.uppercased()
        }
        return name
    }
}
