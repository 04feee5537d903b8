import Bootstrap
import Contracts
import Foundation

/// What Portal reads of its configuration, beside `http` and `log`. Keys, in the section `portal`:
///
/// - `publicBase` (text, required): where people find the pages, such as `https://rd.example.gov.cn`; several separated by
///   commas, the first is the one that is printed. Forms are taken from these origins alone. With `https` cookies are
///   `Secure` and named `__Host-…`.
/// - `key` (secret, required): 32 bytes in hexadecimal, which seal cookies.
/// - `keyRetired` (secret): the key before it, likewise: what it has sealed is still opened.
/// - `intake` (text, `http://127.0.0.1:8080`), `directory` (text, likewise): where the services answer; with `https://` inside TLS.
/// - `tlsRootFile` (text): certificates that the services' must chain to, and then both are asked with `https://` alone; without it those of
///   the machine's authorities.
/// - `tlsCertificateFile` and `tlsKeyFile` (text): its own, for services that ask for one.
/// - `deadline` (seconds, `5`): how long a service may take to answer.
/// - `rulesFile` (text, required): the routing data, for the units' names in both languages.
/// - `stylesFile` (text, Debian's): Bootstrap 5's style sheet.
/// - `providers` (text): outside sign-in, `id=name` separated by commas, such as `zzd=浙政钉`.
struct Configuration: Sendable {
    let origins: [String]
    let seal: Seal
    let intake: String
    let directory: String
    let encryption: HTTPClientEncryption?
    let deadline: Duration
    let names: UnitNames
    let styles: String
    let providers: [Provider]

    /// An outside provider of sign-in.
    struct Provider: Sendable, Hashable {
        let id: String
        let name: String
    }

    init(settings: Settings) async throws(ConfigurationError) {
        let bases = try await settings.requiredText("publicBase").split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        guard !bases.isEmpty, bases.allSatisfy({ $0.wholeMatch(of: /https?:\/\/[A-Za-z0-9.:\[\]-]+/) != nil }),
            Set(bases.map { $0.hasPrefix("https:") }).count == 1
        else {
            throw settings.fault(
                "publicBase",
                "must be http(s)://host[:port], several of one scheme separated by commas"
            )
        }
        origins = bases
        let retired = try await settings.secret("keyRetired") == nil ? nil : settings.key("keyRetired")
        seal = Seal(key: try await settings.key("key"), retired: retired)
        intake = try await settings.text("intake") ?? "http://127.0.0.1:8080"
        directory = try await settings.text("directory") ?? "http://127.0.0.1:8080"
        encryption = try await HTTPClientEncryption(settings: settings)
        for (key, address) in [("intake", intake), ("directory", directory)] {
            guard encryption == nil || address.hasPrefix("https://") else {
                throw settings.fault(key, "must begin with https:// where tlsRootFile is set")
            }
        }
        deadline = try await settings.duration("deadline", in: .milliseconds(50)...(.seconds(60)), default: .seconds(5))
        names = try await settings.file("rulesFile") { try UnitNames(json: $0) }
        styles = try await settings.text("stylesFile") ?? "/usr/share/javascript/bootstrap5/css/bootstrap.min.css"
        providers = try Self.providers(try await settings.text("providers") ?? "", settings)
    }

    private static func providers(_ text: String, _ settings: Settings) throws(ConfigurationError) -> [Provider] {
        var providers: [Provider] = []
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard pair.count == 2, pair[0].wholeMatch(of: /[a-z0-9-]{1,32}/) != nil else {
                throw settings.fault("providers", "must be id=name, several separated by commas")
            }
            providers.append(Provider(id: pair[0], name: pair[1]))
        }
        return providers
    }

    /// Whether cookies are for encrypted connections alone.
    var isSecure: Bool { origins.first?.hasPrefix("https:") == true }
}
