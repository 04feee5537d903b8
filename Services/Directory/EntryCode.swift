import Contracts
import Foundation

/// A code that leads people in: to a station, to a deputy, to an activity (二维码).
struct EntryCode: Sendable, Hashable {
    /// A token that was printed for it.
    struct Token: Sendable, Hashable {
        /// What it was made from.
        let serial: UInt32
        /// SHA-256 of its text.
        let hash: [UInt8]
        let issuedAt: Timestamp
        /// Until when it is good, once another has taken its place.
        var goodUntil: Timestamp?
    }

    /// The newest tokens, which are always told, so that whoever hears of them can say that one was replaced.
    static let toldTokens = 8
    /// The most days for which a replaced token may stay good: until new prints hang everywhere.
    static let graceLimit = 90

    let id: CodeID
    /// The version of its last event.
    var version: Int
    let kind: CodeKind
    /// The station that what is handed in through it belongs to.
    let station: StationCode
    /// Of a deputy's code: whose.
    let deputy: PersonID?
    /// Of an activity's code: its title.
    let activity: String?
    /// Where it hangs.
    let place: String?
    let validFrom: Timestamp?
    /// That moment left out.
    private(set) var validUntil: Timestamp?
    let issuedAt: Timestamp
    var revokedAt: Timestamp?
    /// The newest first; at least one.
    var tokens: [Token]

    /// Makes the code that a draft asks for.
    ///
    /// - Parameter term: of a deputy; the code ends with it at the latest.
    init(_ draft: CodeDraft, station: StationCode, within term: CodeTerm? = nil, token: Token, at now: Timestamp) {
        id = .make()
        version = 1
        kind = draft.kind
        self.station = station
        deputy = draft.deputy
        activity = draft.activity
        place = draft.place
        validFrom = draft.validFrom
        validUntil = [draft.validUntil, term?.validUntil].compactMap { $0 }.min()
        issuedAt = now
        tokens = [token]
    }

    /// As it was stored.
    init(
        id: CodeID,
        version: Int,
        kind: CodeKind,
        station: StationCode,
        deputy: PersonID?,
        activity: String?,
        place: String?,
        validFrom: Timestamp?,
        validUntil: Timestamp?,
        issuedAt: Timestamp,
        revokedAt: Timestamp?,
        tokens: [Token]
    ) {
        (self.id, self.version, self.kind, self.station) = (id, version, kind, station)
        (self.deputy, self.activity, self.place) = (deputy, activity, place)
        (self.validFrom, self.validUntil) = (validFrom, validUntil)
        (self.issuedAt, self.revokedAt, self.tokens) = (issuedAt, revokedAt, tokens)
    }

    /// What it is of, as it was asked for: the station's code, the person's id, the activity's title.
    var subject: String { deputy?.description ?? activity ?? station.rawValue }

    /// Its state for whoever shows the newest token.
    func state(at now: Timestamp) -> CodeState { term(tokenUntil: nil).state(at: now) }

    /// What bounds its use, shown by a token that is good until then.
    func term(tokenUntil: Timestamp?) -> CodeTerm {
        CodeTerm(
            validFrom: validFrom,
            validUntil: validUntil,
            isRevoked: revokedAt != nil,
            tokenUntil: tokenUntil
        )
    }

    /// Puts another token in the present one's place, which stays good for the grace; one that ends sooner still does.
    mutating func replaceToken(by token: Token, grace: Duration, at now: Timestamp) {
        let end = now + grace
        for index in tokens.indices { tokens[index].goodUntil = tokens[index].goodUntil.map { min($0, end) } ?? end }
        tokens.insert(token, at: 0)
        version += 1
    }

    /// Lets it end with its deputy's term; one that ends sooner still does.
    ///
    /// - Returns: whether anything has changed.
    mutating func shorten(to term: CodeTerm) -> Bool {
        guard let end = term.validUntil, validUntil.map({ end < $0 }) ?? true else { return false }
        validUntil = end
        version += 1
        return true
    }

    /// Ends it for good.
    mutating func revoke(at now: Timestamp) {
        revokedAt = now
        version += 1
    }

    /// What is told of it.
    func issued(at now: Timestamp) -> CodeIssued {
        let told = tokens.enumerated().filter { index, token in
            index < Self.toldTokens || token.goodUntil.map { now < $0 } == true
        }
        return CodeIssued(
            code: id,
            kind: kind,
            station: station,
            deputy: deputy,
            activity: activity,
            place: place,
            validFrom: validFrom,
            validUntil: validUntil,
            tokens: told.map { CodeTokenMark(hash: $1.hash, goodUntil: $1.goodUntil) },
            issuedAt: now
        )
    }
}
