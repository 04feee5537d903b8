/// What somebody has written is taken away: text and contact (删除个人信息, 个人信息保护法 §47).
package struct SuggestionErased: Event {
    package static let name: EventName = "suggestion.erased"
    package static let owner = ServiceName.intake
    package static let summary =
        "The author's words are erased; every service that keeps some of them erases them too, and the handling goes on without them."

    /// The number on the receipt.
    package var number: String
    /// When.
    package var erasedAt: Timestamp

    /// Creates the event.
    package init(number: String, erasedAt: Timestamp) {
        self.number = number
        self.erasedAt = erasedAt
    }
}

/// A contact is taken away when its time is over (联系方式到期删除).
package struct ContactRemoved: Event {
    package static let name: EventName = "contact.removed"
    package static let owner = ServiceName.intake
    package static let summary =
        "The author's contact is removed, because the rule's time after the end is over. Carries no contact."

    /// The number on the receipt.
    package var number: String
    /// When.
    package var removedAt: Timestamp

    /// Creates the event.
    package init(number: String, removedAt: Timestamp) {
        self.number = number
        self.removedAt = removedAt
    }
}

/// An item's words are erased, and the department's own system must erase its copies (删除通知).
package struct RedactionNotice: DepartmentMessage {
    package static let name: EventName = "suggestion.redacted"
    package static let summary =
        "What was sent about this matter must be erased where the department keeps it: title, text, proposal, and whatever was copied from them. The legs go on."

    /// The matter.
    package var suggestion: SuggestionID
    /// The number on the author's receipt.
    package var number: String
    /// The department's legs of it.
    package var assignments: [AssignmentID]
    /// When.
    package var erasedAt: Timestamp

    /// Creates the message.
    package init(suggestion: SuggestionID, number: String, assignments: [AssignmentID], erasedAt: Timestamp) {
        self.suggestion = suggestion
        self.number = number
        self.assignments = assignments
        self.erasedAt = erasedAt
    }
}
