import Contracts
import Fleet
import Foundation
import PostgreSQL
import Support

/// What became of everything that was handed in.
struct Accounts: Sendable {
    private let sent: Int
    private let stored: Int
    private let routed: Int
    private let answered: Int
    private let shown: Int
    private let parked: [String]
    private let pending: String
    /// What ran twice: acts or receipts beyond one of each kind an item.
    let doubled: Int
    /// Numbers of documents that are missing or stand there twice.
    let gaps: Int
    private let kills: [String: Int]
    private let rebuild: String

    /// How long nothing may get further: what is left behind by a crash waits for leases and for the brokers' own time-outs.
    ///
    /// Some of those are a minute. While matters are being closed the queues run empty at the machine's own pace.
    private static let patience: Duration = .seconds(240)
    /// The end of all patience.
    private static let longestWait: Duration = .seconds(1_800)

    /// Waits until nothing is on its way any more, then counts.
    ///
    /// - Parameter sent: receipts given out.
    static func settle(
        _ fleet: Fleet,
        _ client: FleetClient,
        sent: Int,
        kills: [String: Int]
    ) async throws -> Accounts {
        var pending = ""
        var last = (closed: -1, shown: -1, at: ContinuousClock.now)
        try? await eventually("everything is closed and shown", within: longestWait, every: .milliseconds(500)) {
            let closed = try await fleet.number("SELECT count(*) FROM suggestions WHERE state = 'closed'", of: .replies)
            let shown = try await client.overview().states["closed"] ?? 0
            if closed != last.closed || shown != last.shown { last = (closed, shown, .now) }
            guard closed >= sent, shown == closed else { return .now - last.at > patience }
            pending = try await fleet.pending()
            return pending.isEmpty || .now - last.at > patience
        }
        return Accounts(
            sent: sent,
            stored: try await fleet.number("SELECT count(*) FROM suggestions", of: .intake),
            routed: try await fleet.number("SELECT count(*) FROM suggestions WHERE state = 'closed'", of: .routing),
            answered: try await fleet.number("SELECT count(*) FROM suggestions WHERE state = 'closed'", of: .replies),
            shown: try await client.overview().states["closed"] ?? 0,
            parked: try await fleet.parked() + reasons(fleet),
            pending: pending,
            doubled: try await doubled(fleet, total: sent),
            gaps: try await gaps(fleet),
            kills: kills,
            rebuild: try await rebuild(fleet)
        )
    }

    /// Why letters were set aside, as an operator sees it: the first few of each service.
    private static func reasons(_ fleet: Fleet) async throws -> [String] {
        guard try await !fleet.parked().isEmpty else { return [] }
        var lines: [String] = []
        for service in Subscription.all.map(\.service) {
            lines += try await fleet.operate(["dead-letters", "list", service.rawValue])
                .split(separator: "\n").prefix(5).map(String.init)
        }
        return lines
    }

    /// How many receipts, closings and replies there are beyond what may be.
    private static func doubled(_ fleet: Fleet, total: Int) async throws -> Int {
        let stored = try await fleet.number("SELECT count(*) FROM suggestions", of: .intake)
        let twiceClosed = try await fleet.number(
            """
            SELECT coalesce(sum(count - 1), 0)::int8
            FROM (SELECT count(*) FROM acts WHERE name = 'suggestion.closed' GROUP BY aggregate) AS closings
            """,
            of: .replies
        )
        let replies = try await fleet.number("SELECT count(*) FROM acts WHERE name = 'reply.issued'", of: .replies)
        let legs = try await fleet.number("SELECT count(*) FROM assignments WHERE state = 'replied'", of: .replies)
        let shown = try await fleet.number(
            "SELECT coalesce(sum(value), 0)::int8 FROM counters WHERE dimension = 'total'",
            of: .dashboard
        )
        return max(0, stored - total) + twiceClosed + max(0, replies - legs) + max(0, shown - total)
    }

    /// How far the numbers of documents are from one each without a gap.
    private static func gaps(_ fleet: Fleet) async throws -> Int {
        try await fleet.number(
            """
            SELECT coalesce(sum(abs(coalesce(series.last, 0) - coalesce(given.count, 0))), 0)::int8
                   + (SELECT count(*) FROM replies WHERE document_number IS NULL)
            FROM (SELECT department, sum(last) AS last FROM document_series GROUP BY department) AS series
                 FULL JOIN (SELECT department, count(DISTINCT document_number) FROM replies WHERE NOT own_number
                            GROUP BY department) AS given USING (department)
            """,
            of: .replies
        )
    }

    private static func rebuild(_ fleet: Fleet) async throws -> String {
        do {
            let output = try await fleet.runToEnd(.dashboard, ["rebuild"])
            return output.split(separator: "\n").last.map(String.init) ?? ""
        } catch {
            return "\(error)"
        }
    }

    /// Items that did not come as far as they must, and what lies aside or on the way.
    var lost: Int { sent - min(stored, routed, answered, shown) }

    /// Whether nothing is lost, doubled, set aside, still on its way, or shown otherwise than the acts say, and no document's number is missing.
    var isGood: Bool {
        lost == 0 && doubled == 0 && gaps == 0 && parked.isEmpty && pending.isEmpty && rebuild == "equal"
    }

    /// The counts.
    var lines: [String] {
        let killed = kills.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return [
            "processes killed: \(kills.values.reduce(0, +)) (\(killed))",
            "set aside: \(parked.isEmpty ? "nothing" : parked.joined(separator: ", "))",
            "on its way: \(pending.isEmpty ? "nothing" : pending)",
            "screen rebuilt from the acts: \(rebuild)",
            "gaps in documents' numbers: \(gaps)",
            "sent \(sent), stored \(stored), routed \(routed), answered \(answered), shown \(shown)",
        ]
    }
}
