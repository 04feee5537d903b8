import Contracts

/// A department's account at the broker (承办单位接入账号): one queue that it reads, one exchange that it writes to with keys
/// of its own, and nothing else.
struct DepartmentAccount: Sendable, Hashable {
    /// Whose it is; the account has the same name, because the sender of a letter is told by it.
    let department: DepartmentCode
    /// What its events are about.
    let id: SuggestionID
    /// The version of its last event.
    var version: Int
    /// Whether it may connect.
    var state: DepartmentAccountChanged.State
    /// When it was last changed.
    var changedAt: Timestamp

    /// What is told of it.
    var event: DepartmentAccountChanged {
        DepartmentAccountChanged(department: department, state: state, changedAt: changedAt)
    }

    /// Connections at a time: a system in two halves, and each once more while a dead connection has not been noticed.
    static let connectionLimit = 4
    /// Channels over all of them.
    static let channelLimit = 16

    /// Whether a code is the name of an account that is no department's.
    static func isReserved(_ code: DepartmentCode, beside others: [String]) -> Bool {
        ServiceName.all.map(\.rawValue).contains(code.rawValue) || others.contains(code.rawValue)
    }

    /// What an account may do, in the broker's regular expressions.
    struct Rights: Sendable, Hashable {
        /// Declares nothing.
        let configure = "^$"
        /// The exchange that it writes to.
        let write: String
        /// Its queue.
        let read: String
        /// The exchange whose routing keys are checked.
        let exchange: String
        /// The routing keys.
        let keys: String

        init(of department: DepartmentCode, in topology: Topology) {
            exchange = topology.departmentsIn
            write = "^\(Self.literal(exchange))$"
            read = "^\(Self.literal(topology.departmentQueue(of: department.rawValue)))$"
            keys = "^\(Self.literal(department.rawValue))\\."
        }

        /// Names hold letters, digits, hyphens and points; a point alone means something else in a pattern.
        private static func literal(_ name: String) -> String { name.replacing(".", with: "\\.") }
    }
}
