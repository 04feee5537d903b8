import Bootstrap
import Contracts
import Foundation

/// What Directory reads of its configuration, beside what every service does (`http`, `database`, `broker`, `log`). Keys, in
/// the section `directory`:
///
/// - `masterKey` (secret, required): 32 bytes in hexadecimal, which seal the keys that sign tokens.
/// - `tokenLifetime` (seconds, `600`): how long a token is good; also how long an ended account's last one still is.
struct Configuration: Sendable {
    let seal: KeySeal
    let tokenLifetime: Duration

    init(settings: Settings) async throws(ConfigurationError) {
        seal = KeySeal(key: try await settings.key("masterKey"))
        tokenLifetime = try await settings.duration(
            "tokenLifetime",
            in: .seconds(30)...(.seconds(3_600)),
            default: .seconds(600)
        )
    }
}
