import Contracts
import Crypto
import Foundation

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
    init(version: Int, asOf: Timestamp, counters: [CounterKey: Int]) throws {
        (self.version, self.asOf) = (version, asOf)
        let figures = FigureTable(counters)
        pages = [
            .overview: try Page(Overview(asOf: asOf, figures)),
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
    let onTime: Rate
    let satisfaction: Rate
    let overdue: Int
    let missedEnds: Int
    let handling: Handling

    init(asOf: Timestamp, _ figures: FigureTable) {
        self.asOf = asOf
        kinds = figures.values("total", "items")
        states = figures.values("state", "items")
        outcomes = figures.values("outcome", "items")
        let (inTime, late) = (figures.sum("department", "inTime"), figures.sum("department", "late"))
        onTime = Rate(
            inTime,
            of: inTime + late,
            zh: "按时答复率：期限内作出的答复占全部答复之比，每轮各计一次",
            en: "replies issued by their due instant, of all replies; each round counts once"
        )
        let verdicts = figures.values("verdict", "items")
        satisfaction = Rate(
            (verdicts["satisfied"] ?? 0) + (verdicts["accepted"] ?? 0),
            of: verdicts.values.reduce(0, +),
            zh: "满意率：最近一次评价结果为满意或基本满意的件数占已评价件数之比",
            en: "items whose latest verdict on the result is satisfied or basically satisfied, of all judged items"
        )
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
