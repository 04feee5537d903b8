import Contracts
import Foundation
package import PostgreSQL
import RabbitMQ

extension DeadLetters {
    /// Takes letters away for good, and records who did so and why in the service's acts before the first goes.
    ///
    /// A version of an owner's order that is thrown away counts as heard, at once or when its turn comes: what follows it need
    /// not wait for it any more, and what waits goes on. All of it can be done again after a crash, since the letters go last.
    ///
    /// - Returns: the number taken away.
    /// - Throws: ``NotFound`` before anything happens, `BrokerError`, `DatabaseError`.
    package func discard(_ ids: Set<String>, by act: Act, recordingIn database: Database) async throws -> Int {
        let letters = try await list()
        if let absent = ids.subtracting(letters.map(\.id)).sorted().first { throw NotFound(id: absent) }
        let discarded = letters.filter { ids.contains($0.id) }
        let released = try await database.transaction { transaction in
            for letter in discarded {
                // The letter as it lies there, so that what was thrown away can still be read.
                transaction.enqueue(
                    """
                    INSERT INTO acts (id, aggregate, version, name, actor, authority, occurred_at, body, subject)
                    SELECT \(UUIDv7.make()), letter, 1 + coalesce((SELECT max(version) FROM acts WHERE aggregate = letter), 0),
                           'dead-letter.discarded', \(act.actor), \(act.authority), now(), \(letter.delivery.body),
                           \(letter.subject?.rawValue)
                    FROM (VALUES (\(UUID(hyphenated: letter.id) ?? UUIDv7.make()))) AS subject (letter)
                    """
                )
            }
            return try await passOver(discarded, in: transaction)
        }
        for row in released { try await release(row, from: database) }
        return try await takeAway(ids) { _, _ in }
    }

    /// Moves the positions of aggregates over versions that were thrown away, or notes those whose turn is yet to come.
    ///
    /// - Returns: the events that waited for them and whose turn it is now.
    private func passOver(_ letters: [Letter], in transaction: Transaction) async throws -> [WaitingRow] {
        let passed = letters.compactMap { metadata(of: $0) }.map { InboxStore.passedOver($0) }
        guard !passed.isEmpty else { return [] }
        let standing = try await InboxStore.lock(Set(passed.map(\.key)), in: transaction)
        // A copy of a letter may wait as well.
        for item in passed { InboxStore.release(item.metadata.id, in: transaction) }
        let ids = Set(passed.map(\.metadata.id))
        let waiting = standing.waiting.filter { !ids.contains($0.metadata.id) }
        let plan = OrderPlan(
            passed,
            positions: standing.positions,
            lastIDs: standing.lastIDs,
            waiting: waiting.filter(\.isPassedOver).map { InboxStore.passedOver($0.metadata) }
        )
        InboxStore.store(plan, in: transaction)
        return waiting.filter { row in
            !row.isPassedOver
                && row.metadata.version == (plan.positions[row.key] ?? standing.positions[row.key] ?? 0) + 1
        }
    }

    /// What a letter is in its owner's order; nil for one outside any order, and for one that its sender has forged: the version
    /// that it claims is another's.
    private func metadata(of letter: Letter) -> EventMetadata? {
        guard let subscription,
            let metadata = try? Envelope.metadata(
                of: letter.delivery,
                own: senderAccount(service),
                account: senderAccount
            ),
            metadata.version > 0
        else { return nil }
        let isSingle = subscription.kinds.contains { $0.owner == metadata.owner && $0.name == metadata.name }
        let isSeal = subscription.keepsSeals && metadata.name == ActsSealed.name
        return isSeal || (subscription.owners.contains(metadata.owner) && !isSingle) ? metadata : nil
    }

    /// Sends an event that waited to the work queue, under the account of its owner as a replayed letter goes.
    private func release(_ row: WaitingRow, from database: Database) async throws {
        let sender = senderAccount(row.metadata.owner)
        let message = Releasing.message(of: row, to: service, topology: topology, account: sender, sender: sender)
        try await BrokerAdministration.connected(broker) { try await $0.publishConfirmed(message) }
        try await database.transaction { InboxStore.release(row.metadata.id, in: $0) }
    }
}
