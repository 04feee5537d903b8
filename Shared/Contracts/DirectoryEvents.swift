import Foundation

/// An account of a system was made, changed or ended (服务账号).
package struct AccountChanged: Event {
    package static let name: EventName = "account.changed"
    package static let owner = ServiceName.directory
    package static let summary =
        "An account with which a system signs in was made, got a new secret, or was ended. Carries no secret."

    /// Whether it may sign in.
    package enum State: String, Listed {
        /// It may.
        case active
        /// It may no more; a token it has lasts minutes at most.
        case ended
    }

    /// The account's name.
    package var account: String
    /// The unit it acts for.
    package var unit: String
    /// In which role.
    package var role: Role
    /// Whether it may sign in.
    package var state: State
    /// When.
    package var changedAt: Timestamp

    /// Creates the event.
    package init(account: String, unit: String, role: Role, state: State, changedAt: Timestamp) {
        self.account = account
        self.unit = unit
        self.role = role
        self.state = state
        self.changedAt = changedAt
    }
}

/// A public key that verifies tokens: Ed25519 (RFC 8037).
package struct SigningKey: Codable, Sendable, Hashable {
    /// The key's id, as tokens name it (`kid`).
    package var id: String
    /// The public key: 32 bytes, base64url without padding (`x` of a JWK).
    package var x: String

    /// Creates a key.
    package init(id: String, x: String) {
        self.id = id
        self.x = x
    }
}

/// The keys that verify tokens have changed: these and no others are good now (验签公钥).
package struct SigningKeysPublished: Event {
    package static let name: EventName = "signing-keys.published"
    package static let owner = ServiceName.directory
    package static let summary =
        "The whole set of keys that verify tokens; every service keeps it and verifies by itself. A new key is in the set before it signs."

    /// All that are good.
    package var keys: [SigningKey]
    /// When.
    package var publishedAt: Timestamp

    /// Creates the event.
    package init(keys: [SigningKey], publishedAt: Timestamp) {
        self.keys = keys
        self.publishedAt = publishedAt
    }

    /// What the set of keys is called where an event says what it is about: there is one.
    package static let aggregate = SuggestionID(
        rawValue: UUID(uuid: (0, 0, 0, 0, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, 1))
    )
}
