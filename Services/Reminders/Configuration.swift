import Bootstrap
import Calendar
import Foundation
import Rules

/// What Reminders reads of its configuration, beside what every service does. Keys, in the section `reminders`:
///
/// - `packFile` (text, required): the rule pack, whose way of counting explains the owners' dates, and whose stages are told; the
///   calculator knows those that lie beside it, too.
/// - `settling` (seconds, `60`): how long after the end of a period it is judged, so that a reply issued in its last moments
///   has been heard of by then.
/// - `webhooksFile` (text): the gateways that notices are sent to; none unless it is given.
/// - `quietHours` (flag, `true`): whether gateways and digests wait for the calendar's working windows.
/// - `webhooksEndurance` (seconds, `604800`): how long a delivery is tried before it is parked.
struct Configuration: Sendable {
    let rule: CountingRule
    /// How the packs count that the calculator knows, by their names.
    let packs: [String: CountingRule]
    let stages: Stages
    let webhooks: Webhooks
    let endurance: Duration
    let keepsQuiet: Bool

    init(settings: Settings) async throws(ConfigurationError) {
        // An hour is far more than any message takes while the servers are up.
        let settling = try await settings.duration("settling", in: .zero ... .seconds(3_600), default: .seconds(60))
        (rule, stages) = try await settings.file("packFile") { file in
            (try RulePack(json: file).terms.rule, try Stages(pack: file, settling: settling))
        }
        packs = Self.packs(beside: try await settings.requiredText("packFile"))
        if try await settings.text("webhooksFile") == nil {
            webhooks = .none
        } else {
            webhooks = try await settings.file("webhooksFile") { file in
                try Webhooks(json: file) { FileManager.default.contents(atPath: $0) }
            }
        }
        keepsQuiet = try await settings.flag("quietHours", default: true)
        // A minute to a month: seven days unless said otherwise.
        endurance = try await settings.duration(
            "webhooksEndurance",
            in: .seconds(60) ... .seconds(2_592_000),
            default: .seconds(604_800)
        )
    }

    /// How the packs count that lie in a file's folder, by their names; what there is no pack is left out.
    private static func packs(beside file: String) -> [String: CountingRule] {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let packs = names.filter { $0.hasSuffix(".json") }.compactMap { name in
            FileManager.default.contents(atPath: folder.appending(path: name).path).flatMap { try? RulePack(json: $0) }
        }
        return Dictionary(packs.map { ($0.name, $0.terms.rule) }) { first, _ in first }
    }
}
