/// How a department spoke with whoever raised a matter (面商方式).
package enum ContactMode: String, Listed {
    /// Face to face (当面).
    case faceToFace = "face-to-face"
    /// By telephone (电话).
    case telephone
    /// In writing (书面).
    case writing

    /// In Chinese.
    package var chinese: String {
        switch self {
        case .faceToFace: "当面"
        case .telephone: "电话"
        case .writing: "书面"
        }
    }
}

/// With whom a department spoke, by their part in the matter; never by name, since an author may be hidden from it.
package enum ContactPartner: String, Listed {
    /// Who raised the matter: of a formal suggestion the deputy who leads it (提出者、领衔代表).
    case author
    /// A deputy whose matter it is beside its author (所在联络站代表).
    case deputy
    /// A deputy who has signed it as well (联名代表).
    case cosigner
}

/// A department's record of a contact, as it is sent with a reply (面商记录).
package struct ContactRecord: Codable, Sendable, Hashable {
    /// How they spoke.
    package var mode: ContactMode
    /// When; its day counts, in the pack's zone.
    package var heldAt: Timestamp
    /// Who spoke for the department, 1 to 60 characters.
    package var officer: String
    /// With whom.
    package var with: ContactPartner
    /// What was said, 1 to 2,000 characters.
    package var text: String

    /// Creates the record.
    package init(mode: ContactMode, heldAt: Timestamp, officer: String, with: ContactPartner, text: String) {
        (self.mode, self.heldAt, self.officer, self.with, self.text) = (mode, heldAt, officer, with, text)
    }
}

/// The department records a contact by itself (面商记录).
package struct ContactMessage: DepartmentMessage {
    package static let name: EventName = "contact"
    package static let summary =
        "The department has spoken with whoever raised the matter. A reply that needs it may carry it instead, "
        + "so that neither can overtake the other."

    /// The leg.
    package var assignment: AssignmentID
    /// How they spoke.
    package var mode: ContactMode
    /// When; its day counts, in the pack's zone.
    package var heldAt: Timestamp
    /// Who spoke for the department, 1 to 60 characters.
    package var officer: String
    /// With whom.
    package var with: ContactPartner
    /// What was said, 1 to 2,000 characters.
    package var text: String

    /// Creates the message.
    package init(assignment: AssignmentID, _ record: ContactRecord) {
        self.assignment = assignment
        (mode, heldAt, officer) = (record.mode, record.heldAt, record.officer)
        (with, text) = (record.with, record.text)
    }

    /// What it records.
    package var record: ContactRecord {
        ContactRecord(mode: mode, heldAt: heldAt, officer: officer, with: with, text: text)
    }
}

/// A department has recorded that it spoke with whoever raised the matter (面商).
///
/// Names nobody: who spoke for the department stands in Replies alone.
package struct ContactRecorded: Event {
    package static let name: EventName = "contact.recorded"
    package static let owner = ServiceName.replies
    package static let summary =
        "A department has recorded a contact with the author or a deputy: when, how, with whom, and what was said. Names nobody."

    /// The leg.
    package var assignment: AssignmentID
    /// The department.
    package var department: DepartmentCode
    /// The round that it belongs to.
    package var round: Int
    /// How they spoke.
    package var mode: ContactMode
    /// With whom.
    package var with: ContactPartner
    /// When.
    package var heldAt: Timestamp
    /// What was said, with personal data masked.
    package var text: String
    /// Until when the rule pack wants it; nil where it names no term.
    package var dueAt: Timestamp?
    /// When it was recorded.
    package var recordedAt: Timestamp

    /// Creates the event.
    package init(
        assignment: AssignmentID,
        department: DepartmentCode,
        round: Int,
        _ record: ContactRecord,
        dueAt: Timestamp?,
        recordedAt: Timestamp
    ) {
        (self.assignment, self.department, self.round) = (assignment, department, round)
        (mode, with, heldAt, text) = (record.mode, record.with, record.heldAt, record.text)
        (self.dueAt, self.recordedAt) = (dueAt, recordedAt)
    }
}
