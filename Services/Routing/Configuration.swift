import Bootstrap
import Contracts
import Foundation
import Rules

/// What Routing reads of its configuration, beside what every service does. Keys, in the section `routing`:
///
/// - `rulesFile` (text, required): the routing rules, and the stations that there are until others are told.
/// - `packFile` (text, required): the rule pack, of which the legal periods are read.
/// - `applied` (text, empty): the kinds, separated by commas, whose sure proposals need no person: `opinion`, `formal`.
struct Configuration: Sendable {
    let classifier: Classifier
    let stations: Stations
    let terms: LegalTerms
    let applied: Set<SuggestionKind>

    init(settings: Settings) async throws {
        classifier = Classifier(table: try await settings.file("rulesFile") { try RoutingTable(json: $0) })
        stations = try await settings.file("rulesFile") { try Stations(json: $0) }
        terms = try await settings.file("packFile") { try RulePack(json: $0) }.terms
        let words = (try await settings.text("applied") ?? "").split(separator: ",").map(String.init)
        applied = Set(words.compactMap(SuggestionKind.init(rawValue:)))
        guard applied.count == words.count else {
            throw settings.fault("applied", "must be kinds (opinion, formal) separated by commas")
        }
    }
}
