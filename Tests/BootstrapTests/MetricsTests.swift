import CoreMetrics
import Metrics
import Testing

@testable import Bootstrap

struct MetricsTests {
    @Test func `the text is exactly this`() {
        let registry = MetricsRegistry(help: ["b_total": "Counts b\\ and\nmore."])
        Counter(label: "b_total", dimensions: [("z", "1"), ("a", "x\"\\\n")], factory: registry).increment(by: 3)
        Counter(label: "b_total", dimensions: [("a", "w")], factory: registry).increment()
        Gauge(label: "a", factory: registry).record(1.5)
        Meter(label: "c", factory: registry).increment(by: 2)
        registry.gauge("a", [("from", "closure")]) { .infinity }
        registry.gauge("left_out") { nil }
        let expected = """
            # TYPE a gauge
            a 1.5
            a{from="closure"} +Inf
            # HELP b_total Counts b\\\\ and\\nmore.
            # TYPE b_total counter
            b_total{a="w"} 1
            b_total{a="x\\"\\\\\\n",z="1"} 3
            # TYPE c gauge
            c 2

            """
        #expect(registry.text() == expected)
        #expect(registry.text() == expected, "the same when asked again")
    }

    @Test func `a timer is a histogram in seconds`() {
        let registry = MetricsRegistry()
        let timer = Timer(label: "t_seconds", dimensions: [("le", "mine")], factory: registry)
        timer.recordMilliseconds(1)
        timer.recordMilliseconds(3)
        timer.recordSeconds(100)
        let lines = registry.text().split(separator: "\n").map(String.init)
        #expect(lines.first == "# TYPE t_seconds histogram")
        #expect(lines.contains(#"t_seconds_bucket{_le="mine",le="0.0005"} 0"#))
        #expect(lines.contains(#"t_seconds_bucket{_le="mine",le="0.001"} 1"#))
        #expect(lines.contains(#"t_seconds_bucket{_le="mine",le="0.005"} 2"#))
        #expect(lines.contains(#"t_seconds_bucket{_le="mine",le="50"} 2"#))
        #expect(lines.contains(#"t_seconds_bucket{_le="mine",le="+Inf"} 3"#))
        #expect(lines.contains(#"t_seconds_count{_le="mine"} 3"#))
        #expect(lines.contains { $0.hasPrefix(#"t_seconds_sum{_le="mine"} 100.004"#) })
        #expect(lines.filter { $0.contains("_bucket") }.count == HistogramSeries.seconds.count + 1)
    }

    @Test func `the bounds rise and never leap by more than ten`() {
        for bounds in [HistogramSeries.seconds, HistogramSeries.amounts] {
            for (low, high) in zip(bounds, bounds.dropFirst()) { #expect(low < high && high <= 10 * low) }
        }
    }

    @Test func `names and labels are made to fit the format`() {
        let registry = MetricsRegistry()
        Counter(label: "9 lives.of-a:cat\u{e9}", dimensions: [("a b:c", "v"), ("", "e")], factory: registry).increment()
        #expect(registry.text().hasSuffix("_9_lives_of_a:cat_{_=\"e\",a_b_c=\"v\"} 1\n"))
    }

    @Test func `the same label is the same series`() {
        let registry = MetricsRegistry()
        for _ in 0..<3 { Counter(label: "n", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment() }
        Counter(label: "n", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        #expect(registry.text().contains("n{a=\"1\",b=\"2\"} 4\n"))
    }

    @Test func `labels out of input cannot fill the memory`() {
        let registry = MetricsRegistry()
        for number in 0..<MetricsRegistry.seriesLimit + 50 {
            Counter(label: "n", dimensions: [("input", "\(number)")], factory: registry).increment()
        }
        let lines = registry.text().split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("n{") }.count == MetricsRegistry.seriesLimit)
        #expect(lines.contains("\(MetricsRegistry.droppedName) 50"))
    }

    @Test func `a name keeps its first kind`() {
        let registry = MetricsRegistry()
        Counter(label: "n", factory: registry).increment()
        Timer(label: "n", factory: registry).recordSeconds(1)
        registry.gauge("n") { 7 }
        #expect(
            registry.text()
                == "# TYPE \(MetricsRegistry.droppedName) counter\n\(MetricsRegistry.droppedName) 1\n# TYPE n counter\nn 1\n"
        )
    }

    @Test func `nothing is lost between tasks`() async {
        let registry = MetricsRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "n", factory: registry)
                    let timer = Timer(label: "t_seconds", factory: registry)
                    for _ in 0..<1000 {
                        counter.increment()
                        timer.recordNanoseconds(1)
                    }
                }
            }
        }
        #expect(registry.text().contains("\nn 8000\n") || registry.text().contains("n 8000\n"))
        #expect(registry.text().contains("t_seconds_count 8000\n"))
    }

    @Test func `the process tells about itself`() {
        let registry = MetricsRegistry()
        ProcessMetrics.add(to: registry)
        let names = [
            "process_resident_memory_bytes", "process_open_fds", "process_threads", "process_cpu_seconds_total",
        ]
        let lines = registry.text().split(separator: "\n")
        for name in names {
            let value = lines.first { $0.hasPrefix(name + " ") }.flatMap { Double($0.dropFirst(name.count + 1)) }
            #expect((value ?? 0) > 0, "\(name)")
        }
    }
}
