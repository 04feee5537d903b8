import CoreMetrics
import Synchronization

/// The kinds of metric, as `# TYPE` names them.
enum MetricKind: String, Sendable {
    case counter, gauge, histogram
}

/// One series of a metric.
protocol MetricSeries: Sendable {
    /// Adds the series' lines.
    func write(name: String, labels: MetricLabels, into text: inout String)
}

/// A counter of whole numbers.
final class CounterSeries: CounterHandler, MetricSeries {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }

    func write(name: String, labels: MetricLabels, into text: inout String) {
        text += "\(name)\(labels) \(value.load(ordering: .relaxed))\n"
    }
}

/// A fraction: a counter, a gauge, or a meter.
final class NumberSeries: FloatingPointCounterHandler, MeterHandler, RecorderHandler, MetricSeries {
    private let value = Mutex(0.0)

    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func reset() { set(0.0) }

    func write(name: String, labels: MetricLabels, into text: inout String) {
        text += "\(name)\(labels) \(MetricNumber.text(of: value.withLock { $0 }))\n"
    }
}

/// A value read a moment ago.
struct FixedSeries: MetricSeries {
    let value: Double

    func write(name: String, labels: MetricLabels, into text: inout String) {
        text += "\(name)\(labels) \(MetricNumber.text(of: value))\n"
    }
}

/// How often values fell below each of some fixed bounds.
///
/// The bounds are 1, 2 and 5 of each power of ten: the same everywhere, so that series can be added up, and never off by
/// more than a factor of 2.5.
final class HistogramSeries: TimerHandler, RecorderHandler, MetricSeries {
    /// From half a millisecond, below which nothing here is slow, to the longest request that is waited for.
    static let seconds = [
        0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50,
    ]
    /// Counts and bytes.
    static let amounts: [Double] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000, 10_000_000,
    ]

    private struct State {
        var counts: [Int]
        var total = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        // A NaN would turn the sum into one for ever.
        guard !value.isNaN else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[index] += 1
            $0.total += value
        }
    }

    func write(name: String, labels: MetricLabels, into text: inout String) {
        let state = state.withLock { $0 }
        var count = 0
        for (index, bound) in (bounds + [.infinity]).enumerated() {
            count += state.counts[index]
            let bucket = labels.adding("le", MetricNumber.text(of: bound))
            text += "\(name)_bucket\(bucket) \(count)\n"
        }
        text += "\(name)_sum\(labels) \(MetricNumber.text(of: state.total))\n\(name)_count\(labels) \(count)\n"
    }
}

/// Numbers as the text format writes them.
enum MetricNumber {
    static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Up to 2^53 a whole number is exact, and reads better without its point.
        return value == value.rounded() && abs(value) < 9_007_199_254_740_992 ? String(Int64(value)) : "\(value)"
    }
}
