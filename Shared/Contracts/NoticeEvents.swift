/// Many notices for one department, collected into one (汇总): stages that were reached together, beyond those that were sent
/// by themselves.
package struct DigestDue: Event {
    package static let name: EventName = "digest.due"
    package static let owner = ServiceName.reminders
    package static let summary =
        "Notices for one department that came all at once, collected; each stage and each end is in one digest or was told by itself. About the digest."

    /// One notice.
    package struct Line: Codable, Sendable, Hashable {
        /// The leg.
        package var assignment: AssignmentID
        /// The number on the author's receipt; nil when it is not known.
        package var number: String?
        /// Which stage, as the rules name it.
        package var stage: String
        /// When the leg is, or was, due.
        package var dueAt: Timestamp

        /// Creates a line.
        package init(assignment: AssignmentID, number: String?, stage: String, dueAt: Timestamp) {
            (self.assignment, self.number, self.stage, self.dueAt) = (assignment, number, stage, dueAt)
        }
    }

    /// The digest.
    package var digest: SuggestionID
    /// The department.
    package var department: DepartmentCode
    /// How many it holds.
    package var count: Int
    /// The first 200 of them, the one that ends first at the top; a department's desk lists all.
    package var notices: [Line]
    /// When it began to collect.
    package var openedAt: Timestamp
    /// When it was closed.
    package var closedAt: Timestamp

    /// Creates the event.
    package init(
        digest: SuggestionID,
        department: DepartmentCode,
        count: Int,
        notices: [Line],
        openedAt: Timestamp,
        closedAt: Timestamp
    ) {
        (self.digest, self.department, self.count) = (digest, department, count)
        (self.notices, self.openedAt, self.closedAt) = (notices, openedAt, closedAt)
    }
}

/// An officer has ended the address at which somebody's calendar program read what falls due (停用日历订阅).
package struct FeedEnded: Event {
    package static let name: EventName = "feed.ended"
    package static let owner = ServiceName.reminders
    package static let summary =
        "An officer has ended the address at which a reader's calendar program read a unit's clocks. Carries no address."

    /// Whose it was: `person:<id>` or `account:<name>`.
    package var reader: String
    /// For which unit.
    package var unit: UnitCode
    /// When.
    package var endedAt: Timestamp

    /// Creates the event.
    package init(reader: String, unit: UnitCode, endedAt: Timestamp) {
        (self.reader, self.unit, self.endedAt) = (reader, unit, endedAt)
    }
}
