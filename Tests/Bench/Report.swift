import Foundation

/// Several rounds of the hop and its baseline in turn, and what they amount to.
struct Report {
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

    /// Processor seconds a thousand messages above which the bare loop is not as lean as C would be.
    private static let leanLimit = 0.010

    let rounds: Int
    let count: Int
    let seconds: Int

    /// Measures, prints a table, and writes the figures.
    func run() throws {
        print(Figure.hardware)
        var (hops, bares, latencies): ([Measurement], [Measurement], [Measurement]) = ([], [], [])
        for round in 1...rounds {
            print("round \(round) of \(rounds): \(count) hops, bare and ours in turn; \(seconds) s at 200 a second")
            bares.append(try measure("bare", count))
            hops.append(try measure("hop", count))
            latencies.append(try measure("latency", seconds))
        }
        let ratio = Figure.median(zip(hops, bares).map { ($0.rate ?? 0) / ($1.rate ?? 1) })
        func median(_ measurements: [Measurement], _ value: (Measurement) -> Double?) -> Double {
            Figure.median(measurements.compactMap(value))
        }
        let figures = [
            Figure("hop.rate", median(hops, \.rate), "1/s", baseline: median(bares, \.rate), ratio: ratio),
            Figure("hop.p50", median(latencies, \.p50), "ms"),
            Figure("hop.p99", median(latencies, \.p99), "ms"),
            Figure(
                "hop.cpu_per_1000",
                median(hops, \.cpu_per_1000),
                "s",
                baseline: median(bares, \.cpu_per_1000)
            ),
        ]
        for figure in figures { print(figure.line) }
        let lean = figures[3].baseline ?? .infinity
        print(
            "  the bare loop took \(String(format: "%.4f", lean)) s of processor a thousand: "
                + (lean <= Self.leanLimit ? "it counts as a baseline" : "TOO MUCH, IT DOES NOT COUNT AS A BASELINE")
        )
        try Figure.keep(figures)
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
}
