import Contracts
import Foundation
import Logging
import Messaging
import PostgreSQL

/// Removes what is kept too long: by an operator's command, and once a day by itself (decision 0044).
struct RetentionDesk: Sendable {
    /// What goes, or has gone.
    struct Counts: Sendable, Hashable {
        var contacts = 0
        var keys = 0
    }

    /// Keys a transaction.
    private static let batch = 5_000

    let outbox: Outbox
    let rules: Retention

    /// How much would go; nothing is changed.
    func count(at now: Timestamp) async throws -> Counts {
        try await outbox.database.transaction { transaction in
            Counts(
                contacts: try await IntakeStore.countContacts(rules.limits(at: now), in: transaction),
                keys: try await IntakeStore.countKeys(
                    before: Retention.limit(rules.requestKeys, at: now),
                    in: transaction
                )
            )
        }
    }

    /// Removes it, a batch after the other; every contact is an act.
    func remove(at now: Timestamp) async throws -> Counts {
        var counts = Counts()
        let retention = ContactRetention(outbox: outbox)
        let limits = rules.limits(at: now)
        while case let count = try await retention.removeSome(limits, under: rules.contacts.source), count > 0 {
            counts.contacts += count
        }
        let keys = Retention.limit(rules.requestKeys, at: now)
        while case let count = try await outbox.database.transaction({
            try await IntakeStore.removeKeys(before: keys, limit: Self.batch, in: $0)
        }), count > 0 { counts.keys += count }
        return counts
    }

    /// The database's clock: every replica has the same.
    func now() async throws -> Timestamp {
        try await outbox.database.query("SELECT now() AS now")[0]["now", as: Timestamp.self]
    }

    /// The day's run, by whichever replica comes first: from an hour of the day on, once.
    ///
    /// A run that broke off is begun again after an hour, by any of them.
    /// - Parameter hour: of the day in Chinese time.
    /// - Returns: what was removed; nil when it was another's, is done, or it is too early.
    func runOnce(from hour: Int) async throws -> Counts? {
        let claimed = try await outbox.database.query(
            """
            INSERT INTO retention_runs (day, claimed_at)
            SELECT local::date, now() FROM (SELECT now() AT TIME ZONE 'Asia/Shanghai' AS local) AS clock
            WHERE extract(hour FROM local) >= \(hour)
            ON CONFLICT (day) DO UPDATE SET claimed_at = excluded.claimed_at
            WHERE retention_runs.finished_at IS NULL AND retention_runs.claimed_at < now() - interval '1 hour'
            RETURNING claimed_at, day::text AS day
            """
        )
        guard let row = claimed.first else { return nil }
        let counts = try await remove(at: try row["claimed_at", as: Timestamp.self])
        try await outbox.database.execute(
            """
            UPDATE retention_runs SET finished_at = now(), contacts = \(counts.contacts), keys = \(counts.keys)
            WHERE day = \(try row["day", as: String.self])::date
            """
        )
        return counts
    }

    /// Looks every ten minutes whether the day's run is due, until cancelled.
    func run(from hour: Int, logger: Logger) async {
        while !Task.isCancelled {
            do {
                if let counts = try await runOnce(from: hour) {
                    logger.info(
                        "removed what was kept too long",
                        metadata: ["contacts": "\(counts.contacts)", "requestKeys": "\(counts.keys)"]
                    )
                }
            } catch {
                logger.warning("retention broke off", metadata: ["error": "\(type(of: error))"])
            }
            try? await Task.sleep(for: .seconds(600))
        }
    }
}
