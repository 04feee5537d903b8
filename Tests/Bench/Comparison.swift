import Fleet
import Foundation

/// What the comparable system publishes of itself, beside what was measured here.
///
/// egovernments/Citizen-Complaint-Resolution-System, pull request 248 and its `performance/` folder: one life is create, assign,
/// resolve, search (four calls over HTTP), on 8 vCPU and 16 GB. Ours is hand in (HTTP), placed by rules, signed for and
/// answered by each department (AMQP), judged (HTTP), looked at (HTTP), and shown.
struct Comparison {
    private static let published: [(measure: String, theirs: String, ours: String)] = [
        ("lives a second, near-empty tables", "37", "lifecycle.rate.empty"),
        ("lives a second, beside finished items (theirs: 1 million)", "6.3", "lifecycle.rate.million"),
        ("burst 1-15-1-25-2-35-10-0 a second: failed", "57 %", "burst.errors"),
        ("burst: p95 of a hand-in", "37,000 ms", "burst.p95"),
        ("burst: drained", "never", "burst.drain_seconds"),
    ]

    /// Prints both, with both machines.
    static func print(_ figures: [Figure], items: Int) {
        let known = Dictionary(figures.map { ($0.name, $0) }) { $1 }
        guard published.contains(where: { known[$0.ours] != nil }) else { return }
        say("beside CCRS (published, 8 vCPU, 16 GB); here \(Figure.hardware), \(items) finished items, burst times 20:")
        for (measure, theirs, ours) in published {
            guard let figure = known[ours] else { continue }
            say("  \(measure): theirs \(theirs), ours \(String(format: "%.4g", figure.value)) \(figure.unit)")
        }
    }
}
