import Contracts

/// A counter's name.
struct CounterKey: Hashable, Sendable, Comparable {
    /// What is counted by: `total`, `state`, `committee`, `department`, `category`, `station`, `days`.
    let dimension: String
    /// Which of them.
    let key: String
    /// What is counted.
    let measure: String

    /// The order in which counters are always touched, so that two writers wait for each other and never both ways.
    static func < (first: Self, second: Self) -> Bool {
        (first.dimension, first.key, first.measure) < (second.dimension, second.key, second.measure)
    }
}

extension Fact {
    /// What this item adds to the figures; a change of the fact changes them by the difference.
    var contributions: [CounterKey: Int] {
        var counts: [CounterKey: Int] = [:]
        func add(_ dimension: String, _ key: String, _ measure: String, _ value: Int = 1) {
            guard value != 0 else { return }
            counts[CounterKey(dimension: dimension, key: key, measure: measure), default: 0] += value
        }
        let state = state.rawValue
        add("state", state, "items")
        if let receipt {
            add("total", receipt.kind.rawValue, "items")
            add("station", receipt.station.rawValue, state)
        }
        if let committee = decision?.committee { add("committee", committee.rawValue, state) }
        if let category = decision?.category { add("category", category.rawValue, state) }
        for leg in legs.values {
            let department = leg.department.rawValue
            if leg.isGiven == true { add("department", department, "legs") }
            if leg.isOpen { add("department", department, "open") }
            if leg.isReturned == true { add("department", department, "returned") }
            add("department", department, "inTime", leg.inTime ?? 0)
            add("department", department, "late", leg.late ?? 0)
            add("department", department, "missed", leg.lateRounds)
            // A measure of what comes on top, and not of all: figures from before it are right without a rebuild.
            add("department", department, "missedAgain", leg.furtherMissedEnds)
        }
        if let verdict = outcome?.verdict { add("verdict", verdict.rawValue, "items") }
        if let letter = outcome?.letter { add("outcome", letter.rawValue, "items") }
        if let closedAt = outcome?.closedAt, let receivedAt = receipt?.receivedAt {
            add("handling", HandlingTime.bucket(of: closedAt - receivedAt), "items")
        }
        return counts
    }
}

/// The distribution of handling times (从收到到办结): counts in buckets that grow by 5 %, so that a percentile read from them is
/// at most 5 % too high.
enum HandlingTime {
    private static let growth = 1.05

    /// The bucket that a time falls into, four digits so that buckets sort as they are long.
    static func bucket(of time: Duration) -> String {
        let seconds = max(1, Double(time.components.seconds))
        var exponent = 0
        var bound = 1.0
        // Ten years are bucket 402: a loop of additions is exact where a logarithm may round a bound into its neighbour.
        while bound < seconds {
            bound *= growth
            exponent += 1
        }
        let digits = String(exponent)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The upper bound of a bucket, in seconds.
    static func bound(of bucket: String) -> Double {
        (0..<(Int(bucket) ?? 0)).reduce(1.0) { bound, _ in bound * growth }
    }

    /// The time below which that share of items was handled, in seconds; nil when there are none.
    static func percentile(_ share: Double, of counts: [(bucket: String, count: Int)]) -> Double? {
        let total = counts.reduce(0) { $0 + $1.count }
        guard total > 0 else { return nil }
        var rest = max(1, Int((Double(total) * share).rounded(.up)))
        for (bucket, count) in counts.sorted(by: { $0.bucket < $1.bucket }) {
            rest -= count
            if rest <= 0 { return bound(of: bucket) }
        }
        return nil
    }
}
