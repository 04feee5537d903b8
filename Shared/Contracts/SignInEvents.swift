/// A person has signed in (登录).
package struct SessionStarted: Event {
    package static let name: EventName = "session.started"
    package static let owner = ServiceName.directory
    package static let summary =
        "A person has signed in. About the session; carries neither its secret nor a whole address."

    /// How the person has shown who they are.
    package enum Manner: String, Listed {
        /// With a password.
        case password
        /// At an outside provider (OpenID Connect).
        case provider
    }

    /// The session.
    package var session: SuggestionID
    /// Whose it is.
    package var person: SuggestionID
    /// How they have shown who they are.
    package var manner: Manner
    /// Whether with a second factor as well.
    package var factor: Bool
    /// The network that the client's address lies in (/24 of IPv4, /48 of IPv6); nil when it is not known.
    package var network: String?
    /// When.
    package var startedAt: Timestamp

    /// Creates the event.
    package init(
        session: SuggestionID,
        person: SuggestionID,
        manner: Manner,
        factor: Bool,
        network: String?,
        startedAt: Timestamp
    ) {
        self.session = session
        self.person = person
        self.manner = manner
        self.factor = factor
        self.network = network
        self.startedAt = startedAt
    }
}

/// A person's session was ended before its time (退出登录).
package struct SessionEnded: Event {
    package static let name: EventName = "session.ended"
    package static let owner = ServiceName.directory
    package static let summary =
        "A session was ended before its time, by its person or because what it rested on has changed. A token it got lasts minutes at most."

    /// Why.
    package enum Reason: String, Listed {
        /// The person has ended it.
        case signedOut = "signed-out"
        /// The password is another one.
        case password
        /// The second factor is another one, or none.
        case factor
        /// The person, or a role of theirs, has ended.
        case person
    }

    /// The session.
    package var session: SuggestionID
    /// Whose it was.
    package var person: SuggestionID
    /// Why.
    package var reason: Reason
    /// When.
    package var endedAt: Timestamp

    /// Creates the event.
    package init(session: SuggestionID, person: SuggestionID, reason: Reason, endedAt: Timestamp) {
        self.session = session
        self.person = person
        self.reason = reason
        self.endedAt = endedAt
    }
}

/// A person's sign-in was locked after too many failures (登录锁定).
package struct SignInLocked: Event {
    package static let name: EventName = "sign-in.locked"
    package static let owner = ServiceName.directory
    package static let summary =
        "Signing in as a person was tried in vain too often and is refused for a while. About the lock, one event each."

    /// Who is locked out.
    package var person: SuggestionID
    /// Until when.
    package var until: Timestamp
    /// The units whose registrars answer for the person: of each of their roles the nearest, upwards, that has one; nil of one who
    /// holds none.
    package var registrars: [UnitCode]?

    /// Creates the event.
    package init(person: SuggestionID, until: Timestamp, registrars: [UnitCode]? = nil) {
        self.person = person
        self.until = until
        self.registrars = registrars
    }
}

/// What a person signs in with has changed (登录凭据).
package struct CredentialChanged: Event {
    package static let name: EventName = "credential.changed"
    package static let owner = ServiceName.directory
    package static let summary =
        "What a person signs in with was set, used up or removed. About the person's credentials; carries none of them."

    /// What has changed.
    package enum Credential: String, Listed {
        /// The password.
        case password
        /// The second factor.
        case factor
        /// A recovery code in the place of the second factor.
        case recovery
        /// An invitation to set the first, or a new, password.
        case invitation
        /// The link to an identity at an outside provider.
        case identity
        /// The lock after too many failures.
        case lock
    }

    /// How.
    package enum Change: String, Listed {
        /// It is there, or is another one.
        case set
        /// It is gone, or used up.
        case removed
    }

    /// Whose.
    package var person: SuggestionID
    /// What.
    package var credential: Credential
    /// How.
    package var change: Change
    /// When.
    package var changedAt: Timestamp

    /// Creates the event.
    package init(person: SuggestionID, credential: Credential, change: Change, changedAt: Timestamp) {
        self.person = person
        self.credential = credential
        self.change = change
        self.changedAt = changedAt
    }
}
