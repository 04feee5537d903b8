/// Everything that travels, in one list: what the document is made from and what consumers check themselves against.
package enum Catalog {
    /// Every event, in the order of a suggestion's life.
    package static let events: [any Event.Type] = [
        SuggestionReceived.self, SuggestionDismissed.self, ContactRevealed.self, TextRevealed.self, ContactRemoved.self,
        AttachmentReleased.self,
        SuggestionErased.self, SuggestionAccepted.self, SuggestionRefused.self, SuggestionAssigned.self,
        AssignmentReceived.self, AssignmentReturned.self, ContactRecorded.self, ReplyIssued.self, ReplyEvaluated.self,
        SuggestionClosed.self,
        ReminderDue.self, DeadlineMissed.self, BreachExcused.self, DigestDue.self, FeedEnded.self, ClockChanged.self,
        CalendarPublished.self,
        AccountChanged.self,
        SigningKeysPublished.self, UnitChanged.self, PersonChanged.self, PersonErased.self, PersonExported.self,
        SessionStarted.self, SessionEnded.self,
        SignInLocked.self, CredentialChanged.self,
        CodeIssued.self, CodeRevoked.self, DepartmentAccountChanged.self, MessageAsked.self, MessageFetched.self,
    ]
    /// What a department's queue receives.
    package static let toDepartments: [any DepartmentMessage.Type] = [
        AssignmentNotice.self, ReminderNotice.self, DigestNotice.self, MovedNotice.self, EvaluationNotice.self,
        MessageRejected.self,
        RedactionNotice.self,
    ]
    /// What a department may send.
    package static let fromDepartments: [any DepartmentMessage.Type] = [
        ReceiptMessage.self, ReturnMessage.self, ContactMessage.self, ReplyMessage.self,
    ]

    /// The owners whose events are about suggestions.
    package static let ownersOfSuggestions: [ServiceName] = [.intake, .routing, .replies, .reminders]

    /// The names under which those owners tell of something else: the calendar, a department's digest, an address for a calendar program.
    package static let namesOfOthers: Set<EventName> = [CalendarPublished.name, DigestDue.name, FeedEnded.name]

    /// The names of the events about suggestions.
    package static let namesOfSuggestions = names(of: ownersOfSuggestions).subtracting(namesOfOthers)

    /// The names an owner publishes under.
    package static func names(of owners: [ServiceName]) -> Set<EventName> {
        Set(events.filter { owners.contains($0.owner) }.map { $0.name })
    }
}

extension Subscription {
    /// Who listens to whom.
    package static let all: [Subscription] = [
        // The author's view of their item: what becomes of it.
        Subscription(
            service: .intake,
            owners: [.routing, .replies, .directory],
            events: [CalendarPublished.self]
        ),
        Subscription(
            service: .routing,
            events: [
                SuggestionReceived.self, AssignmentReturned.self, SuggestionClosed.self, SuggestionErased.self,
                ClockChanged.self, CalendarPublished.self, SigningKeysPublished.self, UnitChanged.self,
            ]
        ),
        Subscription(
            service: .replies,
            owners: [.routing, .reminders, .directory],
            events: [SuggestionErased.self]
        ),
        Subscription(
            service: .reminders,
            events: [
                SuggestionAssigned.self, AssignmentReturned.self, ReplyIssued.self, ReplyEvaluated.self,
                ClockChanged.self, SuggestionClosed.self, SuggestionErased.self, SigningKeysPublished.self,
                PersonChanged.self, PersonErased.self, AccountChanged.self, SignInLocked.self,
            ]
        ),
        Subscription(
            service: .dashboard,
            owners: [.intake, .routing, .replies, .reminders, .directory],
            keepsSeals: true
        ),
    ]

    /// The subscription of a service; each that listens has one.
    package static func of(_ service: ServiceName) -> Subscription? { all.first { $0.service == service } }
}
