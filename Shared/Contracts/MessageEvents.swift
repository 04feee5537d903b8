/// A message to a phone waits for a gateway (短信).
package struct MessageAsked: Event {
    package static let name: EventName = "message.asked"
    package static let owner = ServiceName.directory
    package static let summary =
        "A message to a phone waits for a gateway, which fetches it at Directory, once. About the message; carries neither number nor text."

    /// What the message is for.
    package enum Template: String, Listed {
        /// The code that confirms a phone; to a number that is known, that it is.
        case phoneCode = "phone-code"
    }

    /// The message.
    package var message: SuggestionID
    /// What it is for.
    package var template: Template
    /// Until when it may be fetched.
    package var expiresAt: Timestamp

    /// Creates the event.
    package init(message: SuggestionID, template: Template, expiresAt: Timestamp) {
        self.message = message
        self.template = template
        self.expiresAt = expiresAt
    }
}

/// A gateway has a message to a phone, and sends it (短信已取).
package struct MessageFetched: Event {
    package static let name: EventName = "message.fetched"
    package static let owner = ServiceName.directory
    package static let summary =
        "A gateway has fetched a message to a phone: nobody gets it again. About the message; carries neither number nor text."

    /// The message.
    package var message: SuggestionID
    /// When.
    package var fetchedAt: Timestamp

    /// Creates the event.
    package init(message: SuggestionID, fetchedAt: Timestamp) {
        self.message = message
        self.fetchedAt = fetchedAt
    }
}
