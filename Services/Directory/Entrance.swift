import Contracts
import Foundation

/// What somebody gets who has scanned a code: where it leads, or that it leads nowhere any more and who is there all the same.
struct Entrance: Encodable, Sendable, Hashable {
    /// Whether the code leads where it says.
    enum State: String, Encodable, Sendable, Hashable {
        /// It does.
        case good
        /// It does not at this moment: too early, too late, replaced; ``Entrance/reason`` says which.
        case expired
        /// It was ended.
        case revoked
        /// There never was such a code.
        case forged
    }

    /// A station as everybody may know it.
    struct Station: Encodable, Sendable, Hashable {
        let code: StationCode
        let name: String
    }

    /// What the law has published of a deputy (代表信息公示).
    struct DeputyCard: Encodable, Sendable, Hashable {
        let name: String
        /// The delegation (代表团).
        let delegation: String?
        /// The congress they sit in.
        let level: String?
        /// Where they receive people.
        let stations: [Station]
    }

    /// What is known of a code that was shown.
    struct Shown: Sendable, Hashable {
        let code: EntryCode
        /// Until when the token that was shown is good.
        let tokenUntil: Timestamp?
        /// The code's station; the one it was joined to (融合) once it has ended.
        let station: Station?
        let isStationOpen: Bool
        /// nil when the person is no deputy any more.
        let deputy: DeputyCard?
        /// The stations where the deputy receives people today.
        let receivesAt: Set<StationCode>

        /// Whether what it leads to is there still, whatever was known when it was made.
        var isBacked: Bool { isStationOpen && (code.kind != .deputy || receivesAt.contains(code.station)) }
    }

    let state: State
    /// Of an expired one: `not-yet`, `expired` or `replaced`; `ended` when the station is closed, or the deputy holds the office no
    /// more or receives nobody there.
    var reason: String?
    var kind: CodeKind?
    /// Where one can turn to in any case: the code's station, or the district's for a code that is none.
    var station: Station?
    var deputy: DeputyCard?
    var activity: String?
    var place: String?
    var validFrom: Timestamp?

    /// The way in by a code that is not known.
    init(otherwise district: Station?) {
        (state, station) = (.forged, district)
    }

    /// The way in by a known code: its own where it is good, the station's general one where it is not.
    ///
    /// - Parameter district: the district's station, where the code's has ended without another.
    init(_ shown: Shown, otherwise district: Station?, at now: Timestamp) {
        let code = shown.code
        let found = code.term(tokenUntil: shown.tokenUntil).state(at: now)
        (kind, station) = (code.kind, shown.station ?? district)
        switch found {
        case .revoked: state = .revoked
        case .notYet, .expired, .replaced:
            (state, reason) = (.expired, found.rawValue)
            if found == .notYet { validFrom = code.validFrom }
        case .good where !shown.isBacked:
            (state, reason) = (.expired, "ended")
        case .good:
            state = .good
            (deputy, activity, place) = (shown.deputy, code.activity, code.place)
        }
    }
}
