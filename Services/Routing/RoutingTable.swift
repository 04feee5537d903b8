import Contracts
import Foundation

/// The routing rules as data (`Deploy/Rules/routing.json`).
///
/// Words point to a category, a committee and departments, or to a lawful refusal. Both only propose; whether a proposal is
/// applied at once is configuration.
struct RoutingTable: Decodable, Sendable {
    /// Chinese and English.
    struct Words: Codable, Sendable, Hashable {
        var zh: String
        var en: String
    }

    /// A word and how strongly it points.
    struct Word: Decodable, Sendable {
        var text: String
        var weight: Int
    }

    /// How scores come about.
    struct Model: Decodable, Sendable {
        /// Below it nothing is proposed.
        var threshold: Int
        /// How many times more an occurrence in the title counts.
        var titleFactor: Int
        /// Occurrences beyond it count no more.
        var occurrenceCap: Int
        /// Stands for the office of the station's subdistrict.
        var officeToken: String
    }

    /// A subdistrict (街道) and its office.
    struct Subdistrict: Decodable, Sendable {
        var code: String
        var office: String
    }

    /// A unit with its names.
    struct Unit: Decodable, Sendable {
        var code: String
        var name: Words
    }

    /// Words that point to who handles a matter.
    struct Rule: Decodable, Sendable {
        var id: String
        var category: CategoryCode
        var committee: CommitteeCode
        var lead: String
        var assisting: [String]
        var priority: Int
        var words: [Word]
        var notWords: [String]?
        var subdistricts: [String]?
        var reason: Words
    }

    /// Words that point to a lawful refusal.
    struct RefusalRule: Decodable, Sendable {
        /// Where the reason is written, and how firm that ground is.
        struct Article: Codable, Sendable, Hashable {
            var text: String
            var basis: String
        }
        var id: String
        var reason: String
        var kinds: [SuggestionKind]
        var threshold: Int
        var articleRef: [Article]
        var words: [Word]
        var notWords: [String]?
        /// Only where no routing rule scores this much.
        var routingScoreBelow: Int?
        /// Only of texts shorter than this, in characters.
        var textShorterThan: Int?
        var whereToGo: Words
    }

    var version: Int
    var model: Model
    var subdistricts: [Subdistrict]
    var committees: [Unit]
    var departments: [Unit]
    var categories: [Unit]
    var rules: [Rule]
    var refusals: [RefusalRule]

    /// The most that a weight, a factor or a cap may be, and a score that something is compared with: no sum of them overflows.
    private static let (factorLimit, scoreLimit) = (1_000, 1_000_000)

    /// What is wrong with a table, all of it.
    struct Faults: Error, CustomStringConvertible {
        let lines: [String]
        var description: String { lines.joined(separator: "; ") }
    }

    /// Reads and checks a file's content.
    ///
    /// - Throws: `DecodingError`, ``Faults`` naming every place.
    init(json: Data) throws {
        self = try JSONDecoder().decode(Self.self, from: json)
        let (units, boards) = (Set(departments.map(\.code)), Set(committees.map(\.code)))
        let kinds = Set(categories.map(\.code))
        var lines: [String] = []
        for (index, rule) in rules.enumerated() {
            for code in [rule.lead] + rule.assisting where code != model.officeToken && !units.contains(code) {
                lines.append("/rules/\(index) (\(rule.id)): no department \(code)")
            }
            if !boards.contains(rule.committee.rawValue) {
                lines.append("/rules/\(index) (\(rule.id)): no committee \(rule.committee)")
            }
            if !kinds.contains(rule.category.rawValue) {
                lines.append("/rules/\(index) (\(rule.id)): no category \(rule.category)")
            }
            if rule.words.isEmpty { lines.append("/rules/\(index) (\(rule.id)): no words") }
        }
        lines += numberFaults
        for (index, subdistrict) in subdistricts.enumerated() where !units.contains(subdistrict.office) {
            lines.append("/subdistricts/\(index): no department \(subdistrict.office)")
        }
        if Set(rules.map(\.id)).count != rules.count { lines.append("/rules: two with one id") }
        guard lines.isEmpty else { throw Faults(lines: lines) }
    }

    /// Numbers that are not as they must be, and words without a text.
    private var numberFaults: [String] {
        var lines: [String] = []
        func check(_ value: Int, _ range: ClosedRange<Int>, _ place: String) {
            guard !range.contains(value) else { return }
            lines.append("\(place): must be from \(range.lowerBound) to \(range.upperBound)")
        }
        check(model.threshold, 1...Self.scoreLimit, "/model/threshold")
        check(model.titleFactor, 1...Self.factorLimit, "/model/titleFactor")
        check(model.occurrenceCap, 1...Self.factorLimit, "/model/occurrenceCap")
        for (index, refusal) in refusals.enumerated() {
            check(refusal.threshold, 0...Self.scoreLimit, "/refusals/\(index)/threshold")
        }
        let all =
            rules.map(\.words).enumerated().map { ("/rules/\($0)", $1) }
            + refusals.map(\.words).enumerated().map { ("/refusals/\($0)", $1) }
        for (place, words) in all {
            for (index, word) in words.enumerated() {
                check(word.weight, 1...Self.factorLimit, "\(place)/words/\(index)/weight")
                if word.text.isEmpty { lines.append("\(place)/words/\(index)/text: must not be empty") }
            }
        }
        return lines
    }

    /// The office of a subdistrict.
    func office(of subdistrict: String?) -> String? { subdistricts.first { $0.code == subdistrict }?.office }
}
