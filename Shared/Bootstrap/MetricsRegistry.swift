package import CoreMetrics
import Synchronization

/// A backend of swift-metrics that keeps every series in memory and writes them as Prometheus text 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
///
/// Counters stay counters; gauges and meters become gauges; timers become histograms in seconds, so their labels end in
/// `_seconds`; aggregating recorders become histograms of their values. A handler is looked up when it is made and costs an atomic or
/// a short lock when it is used.
package final class MetricsRegistry: MetricsFactory, Sendable {
    /// The most series that one name may have; what comes after is counted in ``droppedName`` alone, so that a label
    /// filled from input cannot fill the memory.
    package static let seriesLimit = 1000
    /// Counts handlers that were refused: one series too many, or a name that is another kind already.
    package static let droppedName = "ebinda_metrics_series_refused_total"

    private struct Family {
        let kind: MetricKind
        var series: [MetricLabels: any MetricSeries] = [:]
    }

    private struct Gathered {
        let kind: MetricKind
        let name: String
        let labels: MetricLabels
        let read: @Sendable () -> Double?
    }

    private let families = Mutex<[String: Family]>([:])
    private let gathered = Mutex<[Gathered]>([])
    private let help: [String: String]
    private let refused = Atomic<Int>(0)

    /// Creates an empty registry.
    ///
    /// - Parameter help: one line on each metric, by its name.
    package init(help: [String: String] = [:]) {
        self.help = help
    }

    /// Adds a gauge whose value is asked for at each reading, such as a queue's length; nil leaves it out.
    package func gauge(
        _ name: String,
        _ labels: [(String, String)] = [],
        read: @escaping @Sendable () -> Double?
    ) {
        gather(.gauge, name, labels, read)
    }

    /// Adds a counter that something else keeps, read at each reading.
    package func counter(
        _ name: String,
        _ labels: [(String, String)] = [],
        read: @escaping @Sendable () -> Double?
    ) {
        gather(.counter, name, labels, read)
    }

    private func gather(
        _ kind: MetricKind,
        _ name: String,
        _ labels: [(String, String)],
        _ read: @escaping @Sendable () -> Double?
    ) {
        let name = MetricLabels.metricName(name)
        gathered.withLock { $0.append(Gathered(kind: kind, name: name, labels: MetricLabels(labels), read: read)) }
    }

    /// All series: names in order, each with its labels in order.
    package func text() -> String {
        var samples: [String: (kind: MetricKind, lines: [(labels: MetricLabels, series: any MetricSeries)])] = [:]
        families.withLock { families in
            for (name, family) in families {
                samples[name] = (family.kind, family.series.map { ($0.key, $0.value) })
            }
        }
        // Outside the lock: the closures are others' code.
        for item in gathered.withLock({ $0 }) where samples[item.name]?.kind ?? item.kind == item.kind {
            guard let value = item.read() else { continue }
            samples[item.name, default: (item.kind, [])].lines.append((item.labels, FixedSeries(value: value)))
        }
        let count = refused.load(ordering: .relaxed)
        if count > 0 {
            samples[Self.droppedName] = (.counter, [(MetricLabels([]), FixedSeries(value: Double(count)))])
        }
        var text = ""
        for (name, family) in samples.sorted(by: { $0.key < $1.key }) {
            if let line = help[name] { text += "# HELP \(name) \(MetricLabels.escapedHelp(line))\n" }
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, series) in family.lines.sorted(by: { $0.labels < $1.labels }) {
                series.write(name: name, labels: labels, into: &text)
            }
        }
        return text
    }

    /// The series of a name and labels, made when it is new; a detached one when it is refused.
    private func series<Series: MetricSeries>(
        _ label: String,
        _ dimensions: [(String, String)],
        _ kind: MetricKind,
        _ make: () -> Series
    ) -> Series {
        let (name, labels) = (MetricLabels.metricName(label), MetricLabels(dimensions))
        let found: Series? = families.withLock { families in
            var family = families[name] ?? Family(kind: kind)
            guard family.kind == kind else { return nil }
            if let known = family.series[labels] { return known as? Series }
            guard family.series.count < Self.seriesLimit else { return nil }
            let series = make()
            family.series[labels] = series
            families[name] = family
            return series
        }
        if let found { return found }
        refused.wrappingAdd(1, ordering: .relaxed)
        return make()
    }
}

extension MetricsRegistry {
    /// A counter of whole numbers.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { CounterSeries() }
    }

    /// A counter of fractions.
    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { NumberSeries() }
    }

    /// A gauge that can also go up and down.
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { NumberSeries() }
    }

    /// A gauge, or with `aggregate` a histogram of the recorded values.
    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? series(label, dimensions, .histogram) { HistogramSeries(bounds: HistogramSeries.amounts) }
            : series(label, dimensions, .gauge) { NumberSeries() }
    }

    /// A histogram in seconds.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram) { HistogramSeries(bounds: HistogramSeries.seconds) }
    }

    // A series outlives its handler: others may hold the same one, and a counter that vanishes and comes back at
    // zero reads as a reset.

    /// Does nothing.
    package func destroyCounter(_: any CounterHandler) {}
    /// Does nothing.
    package func destroyFloatingPointCounter(_: any FloatingPointCounterHandler) {}
    /// Does nothing.
    package func destroyMeter(_: any MeterHandler) {}
    /// Does nothing.
    package func destroyRecorder(_: any RecorderHandler) {}
    /// Does nothing.
    package func destroyTimer(_: any TimerHandler) {}
}
