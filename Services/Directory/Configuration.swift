import Bootstrap
import Contracts
import Foundation

/// What Directory reads of its configuration, beside what every service does (`http`, `database`, `broker`, `log`). Keys, in
/// the section `directory`:
///
/// - `masterKey` (secret, required): 32 bytes in hexadecimal, which seal the keys that sign tokens.
/// - `publicAddress` (text, `http://127.0.0.1:8080`): what codes lead to: scheme, host, perhaps a port.
/// - `districtStation` (text, `ST-00`): the code of the station that is there for whoever comes with no good code.
/// - `tokenLifetime` (seconds, `600`): how long a token is good; also how long an ended account's last one still is.
struct Configuration: Sendable {
    let seal: KeySeal
    let tokenLifetime: Duration
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
    }
}
