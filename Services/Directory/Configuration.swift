import Bootstrap
import Contracts
import Foundation

/// What Directory reads of its configuration, beside what every service does (`http`, `database`, `broker`, `log`). Keys, in
/// the section `directory`:
///
/// - `masterKey` (secret, required): 32 bytes in hexadecimal, which seal the keys that sign tokens and people's second factors.
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

    init(settings: Settings) async throws(ConfigurationError) {
        seal = KeySeal(key: try await settings.key("masterKey"))
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
