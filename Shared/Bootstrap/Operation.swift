package import Messaging

extension Runtime {
    /// Something that an operator does from the command line, in one transaction.
    ///
    /// It is announced before the command ends, or by the running service where the broker is away.
    ///
    /// - Throws: what the work throws; `ConfigurationError`, `DatabaseError`.
    package func operate<Value: Sendable>(
        _ work: (EventTransaction) async throws -> Value
    ) async throws -> Value {
        try await operate(through: { outbox in try await outbox.transaction { try await work($0) } })
    }

    /// Something that an operator does from the command line through a desk, which has transactions of its own.
    ///
    /// - Throws: what the work throws; `ConfigurationError`, `DatabaseError`.
    package func operate<Value: Sendable>(
        through work: (Outbox) async throws -> Value
    ) async throws -> Value {
        let engine = try await engine(speakingFor: try await senderAccount()(service))
        // A task of its own: once it is cancelled, what was committed leaves first.
        let running = Task { await engine.run(seals: false) }
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await work(engine.outbox)) } catch { outcome = .failure(error) }
        running.cancel()
        await running.value
        return try outcome.get()
    }
}
