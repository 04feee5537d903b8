import Contracts

/// What a line of a timeline says beside its event: nothing that anybody has written, and nobody's name.
struct LineDetail: Codable, Sendable, Equatable {
    /// Of a reply and of a contact: whose.
    var department: DepartmentCode?
    /// Of a reply: the number of its document (文号).
    var documentNumber: String?
    /// Of a contact: how it was held (面商).
    var mode: ContactMode?
    /// Of a contact: with whom.
    var with: ContactPartner?
    /// Of a contact: when it was held.
    var heldAt: Timestamp?
    /// Of a contact: until when it was wanted; nil where the rule pack names no term.
    var dueAt: Timestamp?

    /// What an event's line says.
    ///
    /// - Returns: nil where it says no more than its name.
    /// - Throws: `DecodingError` when the body is not what the name says.
    static func of(_ name: EventName, _ body: [UInt8]) throws -> Self? {
        switch name {
        case ContactRecorded.name:
            let event = try EventCoding.decode(ContactRecorded.self, from: body)
            return Self(
                department: event.department,
                mode: event.mode,
                with: event.with,
                heldAt: event.heldAt,
                dueAt: event.dueAt
            )
        case ReplyIssued.name:
            let event = try EventCoding.decode(Numbered.self, from: body)
            return event.documentNumber.map { Self(department: event.department, documentNumber: $0) }
        default: return nil
        }
    }

    /// Of a reply what a line says, and not its text of thousands of characters.
    private struct Numbered: Decodable {
        let department: DepartmentCode
        let documentNumber: String?
    }
}
