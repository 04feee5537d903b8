import Threads

/// One connection on a thread of its own; statements cross to it in arrays and come back in arrays.
actor DatabaseConnection: DescriptorActor {
    /// What the next event of the pipeline belongs to.
    private enum Expected {
        case prepared(String)
        case statement(Int)
        case sync
    }

    private struct Request {
        let continuation: CheckedContinuation<[RowSet], any Error>
        var results: [RowSet]
        var failure: (index: Int, error: DatabaseError)?
        let commits: Bool
    }

    /// Statements kept prepared on a connection; beyond it all are forgotten, since so many different texts mean that
    /// somebody pastes values into them.
    private static let preparedLimit = 500
    /// How much longer than the server's own limit the client waits.
    private static let grace: Duration = .seconds(1)

    private let executor = ThreadExecutor(name: "postgresql")
    private let configuration: DatabaseConfiguration
    private var handle: DatabaseHandle?
    private var opening: CheckedContinuation<Void, any Error>?
    private var connectWrites = false
    private var request: Request?
    private var expected: [Expected] = []
    private var expectedStart = 0
    private var prepared: [String: String] = [:]
    private var isFlushing = false
    private var deadline: MonotonicTime?
    private var isLost = false
    /// Makes names of prepared statements unique after a forgetting: the server still has the old ones.
    private var statementCount = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(configuration: DatabaseConfiguration) {
        self.configuration = configuration
        executor.serve(self)
    }

    deinit { executor.stop() }

    /// Whether statements can be sent: connected, and to a server that takes writes.
    var isUsable: Bool {
        guard let handle, !isLost, !handle.isBroken else { return false }
        // After a failover the old primary may come back as a standby under the same address.
        return handle.parameter("in_hot_standby") != "on"
    }

    /// Connects to the first host that will have it; called once.
    ///
    /// The hosts are tried here and not by libpq, whose connect_timeout holds for blocking calls alone: given all of them at
    /// once it would wait for ever for a first one that takes connections and says nothing.
    ///
    /// - Parameter first: where to begin.
    /// - Returns: the index of the host.
    /// - Throws: `DatabaseError` with the last host's reason.
    func open(from first: Int) async throws -> Int {
        var failure = DatabaseError(.connectionFailed, "no host")
        for offset in configuration.hosts.indices {
            let index = (first + offset) % configuration.hosts.count
            do {
                try await open(configuration.hosts[index])
                return index
            } catch let error as DatabaseError {
                failure = error
            }
        }
        throw failure
    }

    private func open(_ host: DatabaseConfiguration.Host) async throws {
        guard let handle = DatabaseHandle(configuration.parameters(for: host)) else {
            throw DatabaseError(.connectionFailed, "out of memory")
        }
        self.handle = handle
        connectWrites = true
        isLost = false
        deadline = .now + configuration.connectTimeout
        try await withCheckedThrowingContinuation { opening = $0 }
    }

    /// Closes at once; the server rolls back what was open.
    func close() {
        lose(DatabaseError(.connectionLost, "closed"))
        handle = nil
    }

    /// Runs statements in one pipeline segment and returns their results in order.
    ///
    /// - Parameter commits: whether a COMMIT is among them, so that a loss leaves its outcome unknown.
    /// - Throws: `DatabaseError` of the first statement that failed; those after it were not run.
    func run(_ statements: [SQL], commits: Bool) async throws -> [RowSet] {
        guard let handle, !isLost else { throw DatabaseError(.connectionLost, "not connected") }
        precondition(request == nil, "a connection serves one caller at a time")
        if prepared.count > Self.preparedLimit {
            prepared.removeAll()
            if let error = handle.execute("DEALLOCATE ALL") { throw error }
        }
        return try await withCheckedThrowingContinuation { continuation in
            // Registered before anything is written, so that no answer can find nobody waiting.
            request = Request(continuation: continuation, results: [], failure: nil, commits: commits)
            deadline = .now + configuration.statementTimeout + Self.grace
            guard send(statements, on: handle) else { return lose(DatabaseError(.connectionLost, handle.errorLine)) }
            isFlushing = handle.flush()
        }
    }

    /// Runs a script of several statements outside the pipeline, blocking this thread.
    func runScript(_ text: String) throws {
        guard let handle, !isLost else { throw DatabaseError(.connectionLost, "not connected") }
        if let error = handle.execute(text) { throw error }
    }

    /// Sends rows to a COPY, blocking this thread.
    func copyIn(_ text: String, _ next: @Sendable () throws -> [UInt8]?) throws -> Int {
        guard let handle, !isLost else { throw DatabaseError(.connectionLost, "not connected") }
        return try handle.copyIn(text, next)
    }

    func waiting() -> Waiting {
        guard !isLost, let handle else { return Waiting() }
        let isWaitingForAnswer = opening != nil || request != nil
        return Waiting(
            descriptor: handle.descriptor,
            forWriting: opening != nil ? connectWrites : isFlushing,
            deadline: isWaitingForAnswer ? deadline : nil
        )
    }

    func wake() {
        guard let handle, !isLost else { return }
        if opening != nil { return continueOpening(handle) }
        if isFlushing { isFlushing = handle.flush() }
        guard handle.consumeInput() else { return lose(DatabaseError(.connectionLost, handle.errorLine)) }
        readEvents(handle)
        if request != nil, let deadline, deadline <= .now {
            lose(DatabaseError(.timeout, "no answer within \(configuration.statementTimeout)"))
        }
    }

    private func continueOpening(_ handle: DatabaseHandle) {
        if let deadline, deadline <= .now {
            return lose(DatabaseError(.connectionFailed, "no connection within \(configuration.connectTimeout)"))
        }
        switch handle.connectPoll() {
        case .reading: connectWrites = false
        case .writing: connectWrites = true
        case .failed(let reason): lose(DatabaseError(.connectionFailed, reason))
        case .connected:
            guard handle.enterPipeline() else { return lose(DatabaseError(.connectionFailed, "no pipeline mode")) }
            opening?.resume()
            opening = nil
        }
    }

    private func send(_ statements: [SQL], on handle: DatabaseHandle) -> Bool {
        expected.removeAll(keepingCapacity: true)
        expectedStart = 0
        for (index, statement) in statements.enumerated() {
            var name = prepared[statement.text]
            if name == nil {
                let new = "s\(statementCount)"
                statementCount += 1
                guard handle.sendPrepare(name: new, text: statement.text, types: statement.binds.types) else {
                    return false
                }
                expected.append(.prepared(statement.text))
                prepared[statement.text] = new
                name = new
            }
            guard let name, handle.sendPrepared(name: name, statement.binds) else { return false }
            expected.append(.statement(index))
        }
        expected.append(.sync)
        return handle.sendSync()
    }

    private func readEvents(_ handle: DatabaseHandle) {
        while request != nil, expectedStart < expected.count, !handle.isBusy {
            let item = expected[expectedStart]
            switch (handle.nextEvent(), item) {
            case (.none, .sync): break
            case (.none, _): expectedStart += 1
            case (.rows(let rows), .statement): request?.results.append(rows)
            case (.rows, _): break
            case (.failure(let error), .statement(let index)): fail(index, error)
            case (.failure(let error), .prepared(let text)):
                prepared[text] = nil
                fail(request?.results.count ?? 0, error)
            case (.aborted, .prepared(let text)): prepared[text] = nil
            case (.aborted, _): break
            case (.synchronized, _): return finish()
            case (.failure(let error), .sync): return lose(error)
            }
            if handle.isBroken { return lose(DatabaseError(.connectionLost, handle.errorLine)) }
        }
    }

    private func fail(_ index: Int, _ error: DatabaseError) {
        if request?.failure == nil { request?.failure = (index, error) }
    }

    private func finish() {
        guard let request else { return }
        self.request = nil
        deadline = nil
        if let failure = request.failure {
            if failure.error.state == .invalidStatementName || failure.error.state == .featureNotSupported {
                prepared.removeAll()
            }
            request.continuation.resume(throwing: failure.error)
        } else {
            request.continuation.resume(returning: request.results)
        }
    }

    /// Marks the connection as lost and fails whoever waits for it; it is never used again.
    private func lose(_ error: DatabaseError) {
        isLost = true
        opening?.resume(throwing: error)
        opening = nil
        guard let request else { return }
        self.request = nil
        let isUnknown = request.commits && (error.code == .connectionLost || error.code == .timeout)
        request.continuation.resume(
            throwing: isUnknown ? DatabaseError(.outcomeUnknown, "lost during a commit: \(error.message)") : error
        )
    }
}
