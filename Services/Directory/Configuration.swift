import Bootstrap
import Contracts
import Foundation

/// What Directory reads of its configuration, beside what every service does (`http`, `database`, `broker`, `log`). Keys, in
/// the section `directory`:
///
/// - `masterKey` (secret, required): 32 bytes in hexadecimal, which seal the keys that sign tokens and people's second factors.
/// - `publicAddress` (text, `http://127.0.0.1:8080`): what codes lead to: scheme, host, perhaps a port.
/// - `districtStation` (text, `ST-00`): the code of the station that is there for whoever comes with no good code.
/// - `tokenLifetime` (seconds, `600`): how long a token is good; also how long an ended account's last one still is.
/// - `dictionary` (text, `/usr/sbin/cracklib-check`): the program that knows passwords that are tried first.
/// - `staffSession`, `staffIdle` (seconds, `43200`, `1800`): how long a session of somebody lasts whose role wants a second
///   factor, and without a token asked for.
/// - `session` (seconds, `2592000`): how long everybody else's lasts.
/// - `providers` (text, none): names of outside providers at which people sign in (OpenID Connect), separated by commas; of
///   each, in the section `oidc.<name>`: `issuer`, `clientId` and `returns` (texts, required; the last the addresses that
///   people come back to, separated by commas), `clientSecret` (secret, required), `label` (text, the name).
struct Configuration: Sendable {
    let seal: KeySeal
    let tokenLifetime: Duration
    let dictionary: String
    let terms: Session.Terms
    let mint: CodeMint
    let codeAddress: CodeAddress
    let districtStation: StationCode
    let providers: [ProviderLink]

    init(settings: Settings) async throws(ConfigurationError) {
        let masterKey = try await settings.key("masterKey")
        seal = KeySeal(key: masterKey)
        mint = CodeMint(masterKey: masterKey)
        guard let address = CodeAddress(try await settings.text("publicAddress") ?? "http://127.0.0.1:8080") else {
            throw settings.fault("publicAddress", "must be http or https, a host, and perhaps a port, without a path")
        }
        codeAddress = address
        guard let station = StationCode(try await settings.text("districtStation") ?? "ST-00") else {
            throw settings.fault("districtStation", "must be a code of letters, digits and hyphens")
        }
        districtStation = station
        tokenLifetime = try await settings.duration(
            "tokenLifetime",
            in: .seconds(30)...(.seconds(3_600)),
            default: .seconds(600)
        )
        dictionary = try await settings.text("dictionary") ?? "/usr/sbin/cracklib-check"
        let (least, most) = (Duration.seconds(60), Duration.seconds(90 * 86_400))
        var terms = Session.Terms()
        terms.staff.whole = try await settings.duration("staffSession", in: least...most, default: terms.staff.whole)
        terms.staff.idle = try await settings.duration("staffIdle", in: least...most, default: terms.staff.idle)
        terms.others.whole = try await settings.duration("session", in: least...most, default: terms.others.whole)
        terms.others.idle = terms.others.whole
        self.terms = terms
        var providers: [ProviderLink] = []
        for name in try await settings.text("providers")?.split(separator: ",").map(String.init) ?? [] {
            guard Provider.isName(name) else {
                throw settings.fault("providers", "must be lower-case letters, digits and hyphens, separated by commas")
            }
            providers.append(try await Self.provider(name, settings.scoped(to: "oidc").scoped(to: name)))
        }
        self.providers = providers
    }

    private static func provider(_ name: String, _ settings: Settings) async throws(ConfigurationError) -> ProviderLink
    {
        let provider = Provider(
            name: name,
            label: try await settings.text("label") ?? name,
            issuer: try await settings.requiredText("issuer"),
            clientID: try await settings.requiredText("clientId"),
            returns: try await settings.requiredText("returns").split(separator: ",").map(String.init)
        )
        guard Provider.isSafe(provider.issuer) else {
            throw settings.fault("issuer", "must be an https address (http on this host alone)")
        }
        return ProviderLink(provider: provider, secret: try await settings.requiredSecret("clientSecret"))
    }
}
