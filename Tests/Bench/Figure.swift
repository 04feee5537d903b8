import Foundation

/// One line of the report and of `.local/bench.json`.
struct Figure: Codable, Sendable {
    let name: String
    let value: Double
    let unit: String
    var baseline: Double?
    var ratio: Double?

    init(_ name: String, _ value: Double, _ unit: String, baseline: Double? = nil, ratio: Double? = nil) {
        (self.name, self.value, self.unit, self.baseline, self.ratio) = (name, value, unit, baseline, ratio)
    }

    /// As it is printed.
    var line: String {
        func text(_ value: Double) -> String { String(format: "%.4g", value) }
        let baseline = baseline.map { "  beside \(text($0))" } ?? ""
        let ratio = ratio.map { "  ratio \(String(format: "%.2f", $0))" } ?? ""
        return "  \(name)  \(text(value)) \(unit)\(baseline)\(ratio)"
    }

    /// The middle of several measurements of one thing.
    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
    }

    /// Writes figures where other programs look for them; those of the same name are replaced.
    static func keep(_ figures: [Figure]) throws {
        let file = URL(fileURLWithPath: ".local/bench.json")
        try FileManager.default.createDirectory(atPath: ".local", withIntermediateDirectories: true)
        let kept = (try? JSONDecoder().decode([Figure].self, from: Data(contentsOf: file))) ?? []
        let names = Set(figures.map(\.name))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes]
        try encoder.encode(kept.filter { !names.contains($0.name) } + figures).write(to: file)
    }

    /// The machine in one line.
    static var hardware: String {
        let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = information.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name =
            model?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown processor"
        let memory = ProcessInfo.processInfo.physicalMemory >> 30
        return "\(ProcessInfo.processInfo.processorCount) x \(name), \(memory) GiB, broker and database beside it"
    }
}
