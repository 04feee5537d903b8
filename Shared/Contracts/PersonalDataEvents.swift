/// What Directory held of a person is taken away, at their request (删除个人信息, 个人信息保护法 §47).
package struct PersonErased: Event {
    package static let name: EventName = "person.erased"
    package static let owner = ServiceName.directory
    package static let summary =
        "A person's name, login, telephone, credentials and sessions are erased; whoever keeps a name of theirs erases it too. Which roles they held stays, under their id."

    /// Who it was.
    package var person: PersonID
    /// When.
    package var erasedAt: Timestamp

    /// Creates the event.
    package init(person: PersonID, erasedAt: Timestamp) {
        (self.person, self.erasedAt) = (person, erasedAt)
    }
}

/// What Directory holds of a person was handed out, at their request (查阅、复制个人信息, 个人信息保护法 §45).
package struct PersonExported: Event {
    package static let name: EventName = "person.exported"
    package static let owner = ServiceName.directory
    package static let summary =
        "What is held of a person was handed out; to whom and why stands in the act. About the export, one event each; carries none of it."

    /// Of whom.
    package var person: PersonID
    /// When.
    package var exportedAt: Timestamp

    /// Creates the event.
    package init(person: PersonID, exportedAt: Timestamp) {
        (self.person, self.exportedAt) = (person, exportedAt)
    }
}
