import Foundation

/// One line of the report and of `.local/bench.json`.
struct Figure: Codable, Sendable {
    let name: String
    let value: Double
    let unit: String
    var baseline: Double?
    var ratio: Double?

    private enum CodingKeys: CodingKey {
        case name, value, unit, baseline, ratio
    }

    /// Every key is there; what was not measured, or is no number, is null.
    func encode(to encoder: any Encoder) throws {
        func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(finite(value), forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(finite(baseline), forKey: .baseline)
        try container.encode(finite(ratio), forKey: .ratio)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try container.decode(String.self, forKey: .name),
            try container.decodeIfPresent(Double.self, forKey: .value) ?? .nan,
            try container.decode(String.self, forKey: .unit),
            baseline: try container.decodeIfPresent(Double.self, forKey: .baseline),
            ratio: try container.decodeIfPresent(Double.self, forKey: .ratio)
        )
    }

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
