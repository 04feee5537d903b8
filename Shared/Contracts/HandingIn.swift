/// Who may know who the author is.
package enum AuthorMode: String, Listed {
    /// Everybody who handles the item may, where they are entitled to contacts (实名).
    case named
    /// The committee alone, with a reason; a department never (保密).
    case confidential
    /// Nobody: no contact was left (匿名).
    case anonymous
}

/// How a person said what somebody else has handed in for them (代为提交).
package enum Manner: String, Listed {
    /// In words (口述).
    case spoken
    /// On paper (书面).
    case paper
}

/// Says of an item that a liaison officer or an observer has handed it in for its author; who did stands in the act.
package struct OnBehalf: Codable, Sendable, Hashable {
    /// How the author said it.
    package var manner: Manner

    /// Says how.
    package init(manner: Manner) { self.manner = manner }
}

/// A file that goes with an item (附件), as those who handle it know it; its bytes stay with Intake.
package struct AttachedFile: Codable, Sendable, Hashable {
    /// Its id.
    package var id: AttachmentID
    /// What its author called it, with personal data masked.
    package var name: String
    /// Its media type: `image/jpeg`, `image/png`, `image/webp` or `application/pdf`.
    package var type: String
    /// In bytes.
    package var size: Int
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    package var sha256: String

    /// Describes a file.
    package init(id: AttachmentID, name: String, type: String, size: Int, sha256: String) {
        (self.id, self.name, self.type, self.size, self.sha256) = (id, name, type, size, sha256)
    }
}

/// What was held back as a flood is refused by the station: it goes no further (不予转办).
package struct SuggestionDismissed: Event {
    package static let name: EventName = "suggestion.dismissed"
    package static let owner = ServiceName.intake
    package static let summary =
        "What was held back as a flood is refused and goes no further; who decided stands in the act. The first event of its item."

    /// The number on the receipt.
    package var number: String
    /// The station whose entrance it came through.
    package var station: StationCode
    /// When it was handed in.
    package var receivedAt: Timestamp
    /// Why, in words for the author.
    package var reason: String
    /// When it was refused.
    package var dismissedAt: Timestamp

    /// Creates the event.
    package init(
        number: String,
        station: StationCode,
        receivedAt: Timestamp,
        reason: String,
        dismissedAt: Timestamp
    ) {
        (self.number, self.station, self.receivedAt) = (number, station, receivedAt)
        (self.reason, self.dismissedAt) = (reason, dismissedAt)
    }
}

/// Departments that handle the item may see a file of an author who is not named (附件转交).
package struct AttachmentReleased: Event {
    package static let name: EventName = "attachment.released"
    package static let owner = ServiceName.intake
    package static let summary =
        "The committee lets the departments that handle the item see one file of an author who is not named; who did stands in the act."

    /// The number on the receipt.
    package var number: String
    /// The file.
    package var attachment: AttachmentID
    /// When.
    package var releasedAt: Timestamp

    /// Creates the event.
    package init(number: String, attachment: AttachmentID, releasedAt: Timestamp) {
        (self.number, self.attachment, self.releasedAt) = (number, attachment, releasedAt)
    }
}
