package import Contracts
import Foundation
package import Logging
package import PostgreSQL
package import RabbitMQ
import Synchronization

/// Commits changes together with what they announce, and publishes the fresh announcements straight from memory.
///
/// A message leaves at once from the process that committed it; its row stays until the broker has confirmed. What a crash,
/// a lost confirm or a full queue leaves behind is the ``Relay``'s.
package final class Outbox: Sendable {
    private struct State {
        /// Committed and not yet handed to the broker's connection.
        var fresh: [OutboxMessage] = []
        /// Confirmed by the broker; their rows go with the next transaction, or with the next tidying.
        var confirmed: [UUID] = []
        var wakeUp: CheckedContinuation<Void, Never>?
        var isStopping = false
    }

    /// At most this many messages wait in memory; what comes on top is left to the relay, whose rows are all there.
    private static let freshLimit = 20_000
    /// Messages handed to the broker's connection in one call: its confirm window, so that no call waits for two.
    private static let publishLimit = 200
    /// The longest time a confirmed row stays when no transaction takes its removal along.
    ///
    /// Far below ``OutboxStore/freshSeconds``, from which on the relay would send the message again.
    private static let tidyInterval: Duration = .milliseconds(500)

    /// The database of the service.
    package let database: Database
    let publisher: Publisher
    let topology: Topology
    let service: ServiceName
    let account: String
    private let observe: StepObserver
    private let logger: Logger
    private let state = Mutex(State())

    /// Creates the outbox of a service.
    ///
    /// - Parameters:
    ///   - account: the broker account of `publisher`, put into each message's `user-id`.
    ///   - observe: called at each named step; for fault tests.
    package init(
        database: Database,
        publisher: Publisher,
        topology: Topology,
        service: ServiceName,
        account: String,
        logger: Logger,
        observe: @escaping StepObserver = { _ in }
    ) {
        self.database = database
        self.publisher = publisher
        self.topology = topology
        self.service = service
        self.account = account
        self.logger = logger
        self.observe = observe
    }

    /// Runs `body` in one transaction; what it publishes leaves in the background once it is committed.
    ///
    /// - Throws: what `body` throws, after a rollback; `DatabaseError` with `.outcomeUnknown` when the connection was lost
    ///   during the commit.
    package func transaction<Result>(
        _ body: (EventTransaction) async throws -> Result
    ) async throws -> Result {
        let (result, messages) = try await commit(body)
        publishLater(messages)
        return result
    }

    /// Runs `body` in one transaction and returns once the broker has confirmed what it published, or has not.
    ///
    /// What is not confirmed stays in the outbox for the relay; the caller need not care.
    func transactionWithConfirms<Result>(
        _ body: (EventTransaction) async throws -> Result
    ) async throws -> Result {
        let (result, messages) = try await commit(body)
        await observe(.afterCommit)
        await publish(messages)
        return result
    }

    private func commit<Result>(
        _ body: (EventTransaction) async throws -> Result
    ) async throws -> (Result, [OutboxMessage]) {
        let removable = takeConfirmed()
        do {
            return try await database.transaction { plain in
                let transaction = EventTransaction(sharing: plain, topology: topology, service: service)
                let result = try await body(transaction)
                OutboxStore.remove(removable, in: transaction)
                transaction.store()
                await observe(.beforeCommit)
                return (result, transaction.messages)
            }
        } catch {
            state.withLock { $0.confirmed += removable }
            throw error
        }
    }

    /// Publishes and waits for the confirms.
    private func publish(_ messages: [OutboxMessage]) async {
        guard !messages.isEmpty else { return }
        let outcomes = await publisher.publish(messages.map { $0.outgoing(account: account) })
        await observe(.afterPublish)
        var confirmed: [UUID] = []
        confirmed.reserveCapacity(messages.count)
        for (message, outcome) in zip(messages, outcomes) {
            if case .confirmed = outcome { confirmed.append(message.metadata.id.rawValue) }
        }
        MessagingMetrics.published(messages.count, confirmed: confirmed.count)
        state.withLock { $0.confirmed += confirmed }
        await observe(.afterConfirm)
    }

    private func publishLater(_ messages: [OutboxMessage]) {
        guard !messages.isEmpty else { return }
        let waiter = state.withLock { state in
            if state.fresh.count + messages.count <= Self.freshLimit { state.fresh += messages }
            defer { state.wakeUp = nil }
            return state.wakeUp
        }
        waiter?.resume()
    }

    private func takeConfirmed() -> [UUID] {
        state.withLock { state in
            defer { state.confirmed.removeAll(keepingCapacity: true) }
            return state.confirmed
        }
    }

    /// Publishes fresh messages and tidies confirmed rows until cancelled; then drains what is in memory.
    package func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.tidy() }
                await publishFresh()
                group.cancelAll()
            }
            await removeConfirmed()
        } onCancel: {
            let waiter = state.withLock { state in
                state.isStopping = true
                defer { state.wakeUp = nil }
                return state.wakeUp
            }
            waiter?.resume()
        }
    }

    private func publishFresh() async {
        while true {
            let (batch, isStopping) = state.withLock { state in
                let batch = Array(state.fresh.prefix(Self.publishLimit))
                state.fresh.removeFirst(batch.count)
                return (batch, state.isStopping)
            }
            if !batch.isEmpty {
                await publish(batch)
            } else if isStopping {
                return
            } else {
                await nextFresh()
            }
        }
    }

    private func nextFresh() async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if !state.fresh.isEmpty || state.isStopping { return true }
                state.wakeUp = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    private func tidy() async {
        while (try? await Task.sleep(for: Self.tidyInterval)) != nil { await removeConfirmed() }
    }

    private func removeConfirmed() async {
        let ids = takeConfirmed()
        guard !ids.isEmpty else { return }
        do {
            try await database.transaction { OutboxStore.remove(ids, in: $0) }
        } catch {
            // The rows stay; a later tidying, or at worst a second, deduplicated publication, removes them.
            state.withLock { $0.confirmed += ids }
            logger.debug("confirmed rows not removed", metadata: ["error": "\(error)"])
        }
    }
}
