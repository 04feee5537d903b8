import Calendar
import Contracts
import Crypto
import Foundation
import Rules

/// The figures of one moment, encoded once and answered many times: immutable, so that any number of polls read it at once.
struct Screen: Sendable {
    /// A part of the screen with an address of its own.
    enum Part: String, CaseIterable, Sendable {
        case overview, committees, departments, categories, stations
    }

    /// A part as it is answered.
    struct Page: Sendable {
        let body: [UInt8]
        /// Strong: the same bytes have the same tag, and others another (RFC 9110 §8.8.3).
        let etag: String

        /// Encodes a value.
        ///
        /// - Throws: `EncodingError`.
        init(_ value: some Encodable) throws {
            let encoder = JSONEncoder()
            // Sorted, so that the same figures have the same bytes and the same tag, whichever replica answers.
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            body = Array(try encoder.encode(value))
            let digits = SHA256.hash(data: body).prefix(12).map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }
            etag = "\"\(digits.joined())\""
        }
    }

    /// Counts the changes of the figures.
    let version: Int
    /// The newest event that is in them.
    let asOf: Timestamp
    private let pages: [Part: Page]

    /// Encodes the figures.
    ///
    /// - Throws: `EncodingError`.
    init(version: Int, asOf: Timestamp, counters: [CounterKey: Int], rates: [RateRule]) throws {
        (self.version, self.asOf) = (version, asOf)
        let figures = FigureTable(counters)
        pages = [
            .overview: try Page(Overview(asOf: asOf, figures, rates)),
            .committees: try Page(ByState(asOf: asOf, figures.states(by: "committee"))),
            .departments: try Page(Departments(asOf: asOf, figures)),
            .categories: try Page(ByState(asOf: asOf, figures.states(by: "category"))),
            .stations: try Page(ByState(asOf: asOf, figures.states(by: "station"))),
        ]
    }

    /// A part.
    func page(_ part: Part) -> Page? { pages[part] }
}

/// The counters, looked up by what they count.
struct FigureTable: Sendable {
    private let groups: [String: [String: [String: Int]]]

    init(_ counters: [CounterKey: Int]) {
        var groups: [String: [String: [String: Int]]] = [:]
        for (key, value) in counters where value != 0 {
            groups[key.dimension, default: [:]][key.key, default: [:]][key.measure] = value
        }
        self.groups = groups
    }

    /// One measure of a dimension, by key.
    func values(_ dimension: String, _ measure: String) -> [String: Int] {
        (groups[dimension] ?? [:]).compactMapValues { $0[measure] }
    }

    /// Every measure of a dimension, by key.
    func states(by dimension: String) -> [String: [String: Int]] { groups[dimension] ?? [:] }

    /// The sum of a measure over a dimension.
    func sum(_ dimension: String, _ measure: String) -> Int { values(dimension, measure).values.reduce(0, +) }

    /// What a rule pack's rates count, by its names.
    var counts: [String: Int] {
        var counts = [
            RateRule.Count.inTime: sum("department", "inTime"), RateRule.Count.late: sum("department", "late"),
        ]
        for dimension in ["state", "outcome", "verdict"] {
            for (key, value) in values(dimension, "items") { counts["\(dimension).\(key)"] = value }
        }
        return counts
    }
}

/// A share with what it is made of, so that nobody has to guess.
struct Rate: Encodable, Sendable, Equatable {
    let numerator: Int
    let denominator: Int
    /// nil when there is nothing to divide by.
    let value: Double?
    let definition: Definition

    /// What is divided by what.
    struct Definition: Encodable, Sendable, Equatable {
        let zh: String
        let en: String
    }

    init(_ numerator: Int, of denominator: Int, zh: String, en: String) {
        (self.numerator, self.denominator) = (numerator, denominator)
        // Four decimals: hundredths of a per cent.
        value = denominator == 0 ? nil : (Double(numerator) / Double(denominator) * 10_000).rounded() / 10_000
        definition = Definition(zh: zh, en: en)
    }

    /// A rate as a rule pack has it.
    init(_ rule: RateRule, of counts: [String: Int]) {
        let sums = rule.sums(counts)
        self.init(
            sums.numerator,
            of: sums.denominator,
            zh: "\(rule.name.zh)：\(rule.definition.zh)",
            en: rule.definition.en
        )
    }
}

private struct Overview: Encodable {
    struct Handling: Encodable {
        let p50Days: Double?
        let p90Days: Double?
        let p95Days: Double?
        let items: Int
        let definition: Rate.Definition
    }

    let asOf: Timestamp
    let kinds: [String: Int]
    let states: [String: Int]
    let outcomes: [String: Int]
    /// By the rule pack: one it does not have is left out.
    let onTime: Rate?
    let solved: Rate?
    let satisfaction: Rate?
    let overdue: Int
    let missedEnds: Int
    let handling: Handling

    init(asOf: Timestamp, _ figures: FigureTable, _ rules: [RateRule]) {
        self.asOf = asOf
        kinds = figures.values("total", "items")
        states = figures.values("state", "items")
        outcomes = figures.values("outcome", "items")
        let counts = figures.counts
        func rate(_ id: RateRule.ID) -> Rate? { rules.first { $0.id == id }.map { Rate($0, of: counts) } }
        (onTime, solved, satisfaction) = (rate(.onTime), rate(.solved), rate(.satisfaction))
        overdue = figures.sum("department", "missed")
        missedEnds = overdue + figures.sum("department", "missedAgain")
        let buckets = figures.values("handling", "items").map { (bucket: $0.key, count: $0.value) }
        func days(_ share: Double) -> Double? {
            HandlingTime.percentile(share, of: buckets).map { ($0 / 86_400 * 1_000).rounded() / 1_000 }
        }
        handling = Handling(
            p50Days: days(0.5),
            p90Days: days(0.9),
            p95Days: days(0.95),
            items: buckets.reduce(0) { $0 + $1.count },
            definition: .init(
                zh: "办结时长：自收到至办结的日历时间，分位数误差不超过5%",
                en: "calendar time from receipt to closing; percentiles are at most 5 % too high"
            )
        )
    }
}

private struct ByState: Encodable {
    let asOf: Timestamp
    let items: [String: [String: Int]]

    init(asOf: Timestamp, _ items: [String: [String: Int]]) { (self.asOf, self.items) = (asOf, items) }
}

private struct Departments: Encodable {
    struct Line: Encodable {
        let legs: Int
        let open: Int
        let returned: Int
        let missed: Int
        let missedEnds: Int
        let onTime: Rate
    }

    let asOf: Timestamp
    let items: [String: Line]

    init(asOf: Timestamp, _ figures: FigureTable) {
        self.asOf = asOf
        items = figures.states(by: "department").mapValues { counts in
            let (inTime, late) = (counts["inTime"] ?? 0, counts["late"] ?? 0)
            return Line(
                legs: counts["legs"] ?? 0,
                open: counts["open"] ?? 0,
                returned: counts["returned"] ?? 0,
                missed: counts["missed"] ?? 0,
                missedEnds: (counts["missed"] ?? 0) + (counts["missedAgain"] ?? 0),
                onTime: Rate(
                    inTime,
                    of: inTime + late,
                    zh: "期限内作出的答复占其全部答复之比",
                    en: "its replies issued by their due instant, of all its replies"
                )
            )
        }
    }
}
