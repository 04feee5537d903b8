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
struct Configuration: Sendable {
    let seal: KeySeal
    let tokenLifetime: Duration
    let dictionary: String
    let terms: Session.Terms
    let mint: CodeMint
    let codeAddress: CodeAddress
    let districtStation: StationCode

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
    }
}
