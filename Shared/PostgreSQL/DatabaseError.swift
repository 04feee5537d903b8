/// What went wrong with the database.
///
/// `description` says nothing of data; the server's own words, which may quote a row, are in `debugDescription`.
package struct DatabaseError: Error, Sendable {
    /// The kinds of failure.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case connectionFailed, connectionLost, outcomeUnknown, timeout, server, unexpectedNull, columnMismatch
            case unexpectedRowCount, migrationMismatch, misuse
        }
        private let kind: Kind

        /// No connection could be made.
        package static let connectionFailed = Self(kind: .connectionFailed)
        /// The connection broke; what was in flight is rolled back by the server.
        package static let connectionLost = Self(kind: .connectionLost)
        /// The connection broke while a commit was in flight: committed or not, ask by the id that the client made.
        package static let outcomeUnknown = Self(kind: .outcomeUnknown)
        /// No answer within the statement's time; the connection was given up.
        package static let timeout = Self(kind: .timeout)
        /// The server refused a statement; see ``DatabaseError/state``.
        package static let server = Self(kind: .server)
        /// A column that may not be null was.
        package static let unexpectedNull = Self(kind: .unexpectedNull)
        /// A column is missing or not of the type asked for.
        package static let columnMismatch = Self(kind: .columnMismatch)
        /// A statement touched another number of rows than it had to.
        package static let unexpectedRowCount = Self(kind: .unexpectedRowCount)
        /// The migrations applied are not those of this program.
        package static let migrationMismatch = Self(kind: .migrationMismatch)
        /// A call that the state of the transaction does not allow.
        package static let misuse = Self(kind: .misuse)

        /// The kind's name.
        package var description: String { kind.rawValue }
    }

    /// A SQLSTATE (manual, appendix A).
    package struct State: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
        /// Five characters; the first two are the class.
        package let code: String

        /// Wraps a code.
        package init(stringLiteral value: String) {
            code = value
        }

        init(_ code: String) {
            self.code = code
        }

        /// A unique constraint was violated.
        package static let uniqueViolation: Self = "23505"
        /// Concurrent transactions could not be put into an order.
        package static let serializationFailure: Self = "40001"
        /// Transactions waited for each other.
        package static let deadlockDetected: Self = "40P01"
        /// A prepared statement's result type has changed (also other unsupported features).
        package static let featureNotSupported: Self = "0A000"
        /// A statement was ended, as one that takes longer than it may.
        package static let queryCanceled: Self = "57014"
        /// Somebody else has held a lock for longer than this session waits for one.
        package static let lockNotAvailable: Self = "55P03"
        /// A prepared statement is not known to this session.
        package static let invalidStatementName: Self = "26000"

        /// The code itself.
        package var description: String { code }
    }

    /// The kind of failure.
    package let code: Code
    /// The server's SQLSTATE, for ``Code/server``.
    package let state: State?
    /// The violated constraint's name, when the server gave one.
    package let constraint: String?
    /// Words without data.
    package let message: String
    private let detail: String?

    /// Creates an error; the message must be safe to log.
    package init(_ code: Code, _ message: String, state: State? = nil, constraint: String? = nil, detail: String? = nil)
    {
        self.code = code
        self.state = state
        self.constraint = constraint
        self.message = message
        self.detail = detail
    }

    /// Whether the database rather than the statement is at fault: waiting may help, another attempt costs nothing.
    package var isInfrastructure: Bool {
        switch code {
        case .connectionFailed, .connectionLost, .outcomeUnknown, .timeout: true
        // 08 connection exceptions, 53 out of disk, memory or connections, 57P shutdown and crash, 58 system errors,
        // 25006 a server that has become read-only in a failover; 55P03 a lock that somebody else holds for long, such as a rebuild.
        case .server:
            state.map { state in
                ["08", "53", "58"].contains { state.code.hasPrefix($0) } || state.code.hasPrefix("57P")
                    || state.code == "25006" || state == .lockNotAvailable
            } ?? false
        default: false
        }
    }

    /// Whether the same transaction may succeed at once: it lost against a neighbour.
    package var isRetryable: Bool {
        state == .serializationFailure || state == .deadlockDetected
    }
}

extension DatabaseError: CustomStringConvertible, CustomDebugStringConvertible {
    /// Kind, SQLSTATE, constraint and harmless words.
    package var description: String {
        [code.description, state?.code, constraint, message].compactMap { $0 }.joined(separator: " ")
    }

    /// The same with the server's own words, which may quote data: never for a log.
    package var debugDescription: String {
        description + (detail.map { "\n" + $0 } ?? "")
    }
}
