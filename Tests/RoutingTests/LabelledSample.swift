import Contracts
import Foundation
import Rules
import Support

@testable import Routing

/// A sample of `Tests/Samples` with what a clerk would decide.
struct LabelledSample: Decodable {
    /// A clerk's decision.
    struct Label: Decodable {
        /// To be refused, and why.
        struct Refuse: Decodable { let reason: String }
        let category: String
        let committee: String
        let lead: String
        let refuse: Refuse?
    }

    let id: String
    let kind: SuggestionKind
    let title: String
    let text: String?
    let situation: String?
    let analysis: String?
    let proposal: String?
    let station: StationCode
    let label: Label

    /// What the rules read, as the service puts it together.
    var body: String { text ?? [situation, analysis, proposal].compactMap { $0 }.joined(separator: "\n") }

    /// Even numbers below 205: the rules were never adjusted on their misses (`Deploy/Rules/README.md`).
    var isHeld: Bool {
        let number = Int(id.dropFirst()) ?? 1
        return number % 2 == 0 && number < 205
    }

    /// Every sample, file by file.
    static func all() throws -> [LabelledSample] {
        let folder = Documents.root.appending(path: "Tests/Samples/suggestions")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().flatMap {
            try JSONDecoder().decode([LabelledSample].self, from: Data(contentsOf: folder.appending(path: $0)))
        }
    }

    /// The routing data as it is deployed.
    static func rules() throws -> Data {
        try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/routing.json"))
    }

    /// The classifier of the deployed rules.
    static func classifier() throws -> Classifier { Classifier(table: try RoutingTable(json: try rules())) }
}
