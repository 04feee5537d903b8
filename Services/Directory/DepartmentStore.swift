import Bootstrap
import Contracts
import Messaging
import PostgreSQL

/// The SQL of departments' accounts at the broker.
extension DirectoryStore {
    /// A department's account, locked until this transaction ends; nil when it never had one.
    static func departmentAccount(
        _ code: DepartmentCode,
        in transaction: Transaction
    ) async throws -> DepartmentAccount? {
        // Two operators at a time would both find none.
        _ = try await transaction.query("LOCK TABLE department_accounts IN SHARE ROW EXCLUSIVE MODE")
        let rows = try await transaction.query(
            "SELECT * FROM department_accounts WHERE department = \(code.rawValue)"
        )
        return try rows.first.map(departmentAccount)
    }

    /// All of them, by code.
    static func departmentAccounts(in transaction: Transaction) async throws -> [DepartmentAccount] {
        try await transaction.query("SELECT * FROM department_accounts ORDER BY department").map(departmentAccount)
    }

    private static func departmentAccount(_ row: Row) throws -> DepartmentAccount {
        DepartmentAccount(
            department: try row.code("department"),
            id: try row.id("id"),
            version: try row["version", as: Int.self],
            state: try row.listed("state"),
            changedAt: try row["changed_at", as: Timestamp.self]
        )
    }

    /// Queues an account as it is now.
    static func put(_ account: DepartmentAccount, in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO department_accounts (department, id, version, state, changed_at)
            VALUES (\(account.department.rawValue), \(account.id.rawValue), \(account.version),
                    \(account.state.rawValue), \(account.changedAt))
            ON CONFLICT (department) DO UPDATE
            SET version = excluded.version, state = excluded.state, changed_at = excluded.changed_at
            """
        )
    }
}
