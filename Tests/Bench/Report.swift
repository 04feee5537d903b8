import Foundation

/// Several rounds of the hop and its baseline in turn, and what they amount to.
struct Report {
    /// One line of the report and of `.local/bench.json`.
    private struct Figure: Codable {
        let name: String
        let value: Double
        let unit: String
        let baseline: Double?
        let ratio: Double?
    }

    /// What a measuring process prints; each leaves out what it does not measure.
    private struct Measurement: Decodable {
        let rate: Double?
        let cpu_per_1000: Double?
        let p50: Double?
        let p99: Double?
    }

    /// A measuring process that failed.
    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let rounds: Int
    let count: Int
    let seconds: Int

    /// Measures, prints a table, and writes the figures.
    func run() throws {
        print(Self.hardware)
        var (hops, bares, latencies): ([Measurement], [Measurement], [Measurement]) = ([], [], [])
        for round in 1...rounds {
            print("round \(round) of \(rounds): \(count) hops, bare and ours in turn; \(seconds) s at 200 a second")
            bares.append(try measure("bare", count))
            hops.append(try measure("hop", count))
            latencies.append(try measure("latency", seconds))
        }
        let rate = median(hops.compactMap(\.rate))
        let bareRate = median(bares.compactMap(\.rate))
        let ratio = median(zip(hops, bares).map { ($0.rate ?? 0) / ($1.rate ?? 1) })
        let figures = [
            Figure(name: "hop.rate", value: rate, unit: "1/s", baseline: bareRate, ratio: ratio),
            figure("hop.p50", latencies.compactMap(\.p50), "ms"),
            figure("hop.p99", latencies.compactMap(\.p99), "ms"),
            Figure(
                name: "hop.cpu_per_1000",
                value: median(hops.compactMap(\.cpu_per_1000)),
                unit: "s",
                baseline: median(bares.compactMap(\.cpu_per_1000)),
                ratio: nil
            ),
        ]
        for figure in figures {
            let baseline = figure.baseline.map { "  bare C \(String(format: "%.4g", $0))" } ?? ""
            let ratio = figure.ratio.map { "  ratio \(String(format: "%.2f", $0))" } ?? ""
            print("  \(figure.name)  \(String(format: "%.4g", figure.value)) \(figure.unit)\(baseline)\(ratio)")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes]
        try FileManager.default.createDirectory(atPath: ".local", withIntermediateDirectories: true)
        try encoder.encode(figures).write(to: URL(fileURLWithPath: ".local/bench.json"))
    }

    private func figure(_ name: String, _ values: [Double], _ unit: String) -> Figure {
        Figure(name: name, value: median(values), unit: unit, baseline: nil, ratio: nil)
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
    }

    private func measure(_ what: String, _ argument: Int) throws -> Measurement {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = [what, String(argument)]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        print("  " + String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        guard process.terminationStatus == 0 else { throw Failure(description: "\(what) failed") }
        return try JSONDecoder().decode(Measurement.self, from: data)
    }

    /// The machine in one line.
    private static var hardware: String {
        let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = information.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name =
            model?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
        let memory = ProcessInfo.processInfo.physicalMemory >> 30
        return "\(ProcessInfo.processInfo.processorCount) x \(name), \(memory) GiB, broker and database beside it"
    }
}
