import Bootstrap
import Foundation
import Rules

/// What the Dashboard reads of its configuration, beside what every service does. Keys, in the section `dashboard`:
///
/// - `packFile` (text, required): the rule pack, whose rates the screen shows.
/// - `renewal` (seconds, `0.2`): between two looks at whether the figures have moved.
/// - `headsFolder` (text, none): where the heads of all chains of acts are written once a day, as `heads-YYYY-MM-DD.json`; without it
///   they are not.
struct Configuration: Sendable {
    let rates: [RateRule]
    let renewal: Duration
    let headsFolder: URL?

    init(settings: Settings) async throws {
        rates = try await settings.file("packFile") { try RulePack(json: $0) }.rates
        renewal = try await settings.duration(
            "renewal",
            in: .milliseconds(10)...(.seconds(60)),
            default: .milliseconds(200)
        )
        let folder = try await settings.text("headsFolder")
        guard folder?.hasPrefix("/") ?? true else { throw settings.fault("headsFolder", "must be an absolute path") }
        headsFolder = folder.map { URL(filePath: $0, directoryHint: .isDirectory) }
    }
}
