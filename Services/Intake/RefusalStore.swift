import Contracts
import Foundation
import Logging
import Messaging
import PostgreSQL

/// Notes how often machines' accounts were told to wait, for `ebinda status`: a row a machine and day, some seconds behind.
struct RefusalStore: Sendable {
    /// An operator looks once in minutes.
    private static let interval: Duration = .seconds(15)

    let database: Database
    let limiter: Limiter
    let logger: Logger

    /// Notes until cancelled; what is left is noted then.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            await note()
        }
    }

    /// Notes what was counted since the last time; what cannot be noted now is the next time.
    func note() async {
        let taken = limiter.takeRefusals()
        guard !taken.isEmpty else { return }
        do {
            try await database.transaction { Self.add(taken, in: $0) }
        } catch {
            limiter.giveBack(taken)
            logger.debug("refusals of machines cannot be noted", metadata: ["error": "\(type(of: error))"])
        }
    }

    private static func add(_ refusals: [MachineRefusal], in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO machine_refusals (account, day, refused, last_at)
            SELECT account, (last_at AT TIME ZONE 'Asia/Shanghai')::date, refused, last_at
            FROM unnest(\(refusals.map(\.account)), \(refusals.map(\.count)), \(refusals.map(\.lastAt)))
                 AS row (account, refused, last_at)
            ORDER BY account
            ON CONFLICT (account, day) DO UPDATE
            SET refused = machine_refusals.refused + excluded.refused,
                last_at = greatest(machine_refusals.last_at, excluded.last_at)
            """
        )
        // A month is enough to see how it has gone.
        transaction.enqueue("DELETE FROM machine_refusals WHERE day < (now() AT TIME ZONE 'Asia/Shanghai')::date - 31")
    }
}
