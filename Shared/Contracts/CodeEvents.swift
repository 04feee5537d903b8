/// What a code leads to.
package enum CodeKind: String, Listed {
    /// A liaison station (站点码).
    case station
    /// One deputy at a station (代表码).
    case deputy
    /// An activity of a station (活动码).
    case activity
}

/// A token of a code as others may know it: enough to recognise it, not enough to print it.
package struct CodeTokenMark: Codable, Sendable, Hashable {
    /// SHA-256 of the canonical token (``CodeText/canonical(_:)``), 64 hexadecimal digits in lower case.
    package var sha256: String
    /// Until when it is good, once another has taken its place; nil for the present one.
    package var goodUntil: Timestamp?

    /// Creates the mark.
    package init(sha256: String, goodUntil: Timestamp? = nil) {
        self.sha256 = sha256
        self.goodUntil = goodUntil
    }
}

/// A code was made, or got another token (制发、更换二维码).
package struct CodeIssued: Event {
    package static let name: EventName = "code.issued"
    package static let owner = ServiceName.directory
    package static let summary =
        "A code was made, got another token or a nearer last day. Told whole, newest token first; carries hashes of tokens and no token."

    /// The code.
    package var code: CodeID
    /// What it leads to.
    package var kind: CodeKind
    /// The station that what is handed in through it belongs to.
    package var station: StationCode
    /// Of a deputy's code: whose it is.
    package var deputy: PersonID?
    /// Of an activity's code: its title.
    package var activity: String?
    /// Where it hangs.
    package var place: String?
    /// From when on it is good; nil from the beginning.
    package var validFrom: Timestamp?
    /// Until when it is good, that moment left out; nil until it is revoked.
    package var validUntil: Timestamp?
    /// Its tokens, the newest first; one that is not listed is not good.
    package var tokens: [CodeTokenMark]
    /// When.
    package var issuedAt: Timestamp

    /// Creates the event.
    package init(
        code: CodeID,
        kind: CodeKind,
        station: StationCode,
        deputy: PersonID? = nil,
        activity: String? = nil,
        place: String? = nil,
        validFrom: Timestamp? = nil,
        validUntil: Timestamp? = nil,
        tokens: [CodeTokenMark],
        issuedAt: Timestamp
    ) {
        self.code = code
        self.kind = kind
        self.station = station
        self.deputy = deputy
        self.activity = activity
        self.place = place
        self.validFrom = validFrom
        self.validUntil = validUntil
        self.tokens = tokens
        self.issuedAt = issuedAt
    }
}

/// A code was ended for good, with all its tokens (停用二维码).
package struct CodeRevoked: Event {
    package static let name: EventName = "code.revoked"
    package static let owner = ServiceName.directory
    package static let summary =
        "A code was ended for good: none of its tokens is good any more. Why stands in the act."

    /// The code.
    package var code: CodeID
    /// The station that it led to.
    package var station: StationCode
    /// When.
    package var revokedAt: Timestamp

    /// Creates the event.
    package init(code: CodeID, station: StationCode, revokedAt: Timestamp) {
        self.code = code
        self.station = station
        self.revokedAt = revokedAt
    }
}
