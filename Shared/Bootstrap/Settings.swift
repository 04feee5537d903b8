package import Configuration
import Foundation

/// One section of the configuration, read strictly: a value that is there but wrong is an error, never the default.
///
/// A thin layer over `ConfigReader`, whose `get` methods fall back to the default in silence. Every error names the whole key.
package struct Settings: Sendable {
    private let reader: ConfigReader
    private let path: [String]

    /// Reads from a reader's top.
    package init(reader: ConfigReader) {
        self.init(reader: reader, path: [])
    }

    private init(reader: ConfigReader, path: [String]) {
        self.reader = reader
        self.path = path
    }

    /// A section of this one.
    package func scoped(to section: String) -> Self {
        Self(reader: reader.scoped(to: ConfigKey([section])), path: path + [section])
    }

    /// The whole key, as documents and errors name it.
    package func name(of key: String) -> String { (path + [key]).joined(separator: ".") }

    /// A text, or nil when the key is not set.
    package func text(_ key: String) async throws(ConfigurationError) -> String? {
        do {
            return try await reader.fetchString(forKey: ConfigKey([key]))
        } catch {
            throw fault(key, "must be a text")
        }
    }

    /// A text that must be set.
    package func requiredText(_ key: String) async throws(ConfigurationError) -> String {
        guard let value = try await text(key), !value.isEmpty else { throw fault(key, "must be set") }
        return value
    }

    /// A whole number within bounds.
    package func number(
        _ key: String,
        in bounds: ClosedRange<Int>,
        default standard: Int
    ) async throws(ConfigurationError) -> Int {
        let rule = "must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        do {
            guard let value = try await reader.fetchInt(forKey: ConfigKey([key])) else { return standard }
            guard bounds.contains(value) else { throw fault(key, rule) }
            return value
        } catch {
            throw fault(key, rule)
        }
    }

    /// A time, written as a number of seconds such as `30` or `0.25`.
    package func duration(
        _ key: String,
        in bounds: ClosedRange<Duration>,
        default standard: Duration
    ) async throws(ConfigurationError) -> Duration {
        let rule = "must be seconds from \(Self.seconds(bounds.lowerBound)) to \(Self.seconds(bounds.upperBound))"
        do {
            guard let value = try await reader.fetchDouble(forKey: ConfigKey([key])) else { return standard }
            // Before the conversion, which traps on what is not finite.
            guard value.isFinite, abs(value) < 1e9, bounds.contains(.seconds(value)) else { throw fault(key, rule) }
            return .seconds(value)
        } catch {
            throw fault(key, rule)
        }
    }

    /// `true`, `false`, `yes`, `no`, `1` or `0`.
    package func flag(_ key: String, default standard: Bool) async throws(ConfigurationError) -> Bool {
        do {
            return try await reader.fetchBool(forKey: ConfigKey([key])) ?? standard
        } catch {
            throw fault(key, "must be true or false")
        }
    }

    /// One of some words.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        default standard: Choice
    ) async throws(ConfigurationError) -> Choice {
        guard let text = try await text(key) else { return standard }
        guard let choice = Choice(rawValue: text) else {
            throw fault(key, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// A secret, given by `<key>` or in the file that `<key>File` names (`…_FILE`, as Docker mounts secrets); nil when
    /// neither is set.
    ///
    /// One line feed at the file's end is not part of the secret. Both at once is an error: one of them would be stale.
    package func secret(_ key: String) async throws(ConfigurationError) -> Secret? {
        let direct: String?
        do {
            direct = try await reader.fetchString(forKey: ConfigKey([key]), isSecret: true)
        } catch {
            throw fault(key, "must be a text")
        }
        guard let path = try await text("\(key)File") else { return direct.map(Secret.init) }
        guard direct == nil else { throw fault(key, "must not be set together with \(key)File") }
        let data = try ConfigurationSources.read(path, key: name(of: "\(key)File"))
        guard var text = String(validating: data, as: UTF8.self) else {
            throw fault("\(key)File", "must name a file in UTF-8")
        }
        if text.hasSuffix("\n") { text.removeLast() }
        guard !text.isEmpty else { throw fault("\(key)File", "must name a file that is not empty") }
        return Secret(text)
    }

    /// A secret that must be set.
    package func requiredSecret(_ key: String) async throws(ConfigurationError) -> Secret {
        guard let secret = try await secret(key) else { throw fault(key, "must be set, here or by \(key)File") }
        return secret
    }

    /// The error of a key in this section, for rules that the caller checks.
    package func fault(_ key: String, _ rule: String) -> ConfigurationError {
        ConfigurationError(name(of: key), rule)
    }

    private static func seconds(_ duration: Duration) -> String {
        String(format: "%g", duration / .seconds(1))
    }
}

extension Settings: CustomStringConvertible, CustomReflectable {
    /// The section's name; the sources behind it hold secrets.
    package var description: String { "configuration \(path.joined(separator: "."))" }
    /// The same.
    package var customMirror: Mirror { Mirror(self, children: ["section": path]) }
}

/// A text that must not be printed: descriptions, debuggers, `dump` and string interpolation show three dots.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    /// Wraps a secret.
    package init(_ text: String) { self.text = text }

    /// The secret itself; ask for it only where it is handed to a server or compared.
    package func revealed() -> String { text }

    /// Never the secret.
    package var description: String { "…" }
    /// Never the secret.
    package var debugDescription: String { "…" }
    /// Never the secret.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
