/// Who has which connection, who waits: every decision of the pool, without a connection.
struct PoolState<Connection, Waiter> {
    /// What a caller that wants a connection does next.
    enum Lease {
        case use(Connection)
        /// Open one; and report with ``lost()`` when that fails.
        case open
        /// Wait to be resumed.
        case wait
    }

    /// What a returned or lost connection means to the first in the queue.
    enum Handover {
        case nobody
        case give(Waiter, Connection)
        /// There is room again; the waiter opens a connection itself.
        case mayOpen(Waiter)
    }

    private let limit: Int
    private var idle: [Connection] = []
    /// Connections that exist or are being opened.
    private(set) var count = 0
    private var waiters: [(id: UInt64, waiter: Waiter)] = []

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// The number of callers in the queue.
    var waiterCount: Int { waiters.count }

    /// Asks for a connection; the most recently used is given, because its caches are warm.
    mutating func lease() -> Lease {
        if let connection = idle.popLast() { return .use(connection) }
        guard count < limit else { return .wait }
        count += 1
        return .open
    }

    /// Puts a caller at the end of the queue.
    mutating func wait(_ id: UInt64, _ waiter: Waiter) {
        waiters.append((id, waiter))
    }

    /// Takes a caller out of the queue; nil when it has been served already.
    mutating func cancel(_ id: UInt64) -> Waiter? {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return nil }
        return waiters.remove(at: index).waiter
    }

    /// Takes a healthy connection back.
    mutating func giveBack(_ connection: Connection) -> Handover {
        guard !waiters.isEmpty else {
            idle.append(connection)
            return .nobody
        }
        return .give(waiters.removeFirst().waiter, connection)
    }

    /// Notes that a leased connection, or one being opened, is gone.
    mutating func lost() -> Handover {
        guard !waiters.isEmpty else {
            count -= 1
            return .nobody
        }
        return .mayOpen(waiters.removeFirst().waiter)
    }

    /// Takes every idle connection out, to close them.
    mutating func drain() -> [Connection] {
        defer { idle = [] }
        count -= idle.count
        return idle
    }
}
