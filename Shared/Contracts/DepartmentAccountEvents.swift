/// A department's account at the broker was made, got a new secret, or was taken away (承办单位接入账号).
package struct DepartmentAccountChanged: Event {
    package static let name: EventName = "department-account.changed"
    package static let owner = ServiceName.directory
    package static let summary =
        "The account with which a department's own system reaches the broker was made, got a new secret, or was taken away. Carries no secret."

    /// Whether it may connect.
    package enum State: String, Listed {
        /// It may, with the newest secret.
        case active
        /// It may no more, and its connections are closed.
        case revoked
    }

    /// The department, and the account's name.
    package var department: DepartmentCode
    /// Whether it may connect.
    package var state: State
    /// When.
    package var changedAt: Timestamp

    /// Creates the event.
    package init(department: DepartmentCode, state: State, changedAt: Timestamp) {
        self.department = department
        self.state = state
        self.changedAt = changedAt
    }
}
