import Contracts
import Foundation

/// A code that somebody asks for, checked as far as that goes without the directory.
struct CodeDraft: Sendable, Hashable {
    /// One field that is not as it must be.
    struct Fault: Error, Sendable, Hashable {
        /// JSON pointer to the field.
        let pointer: String
        /// The rule's code.
        let rule: String
        /// In words, Chinese first.
        let words: String
    }

    /// All faults at once.
    struct Unacceptable: Error, Sendable, Hashable {
        let faults: [Fault]
    }

    /// Characters of an activity's title and of a place: a line of the sheet.
    private static let line = TextRule(limit: 40, isOneLine: true)

    let kind: CodeKind
    /// nil: a deputy's first station.
    let station: StationCode?
    let deputy: PersonID?
    let activity: String?
    let place: String?
    let validFrom: Timestamp?
    let validUntil: Timestamp?

    /// Checks what is asked for.
    ///
    /// - Parameters:
    ///   - subject: what it is of: the station's code, the deputy's id, the activity's title.
    ///   - station: an activity's, and if need be a deputy's.
    init(
        _ kind: CodeKind,
        of subject: String,
        station: String? = nil,
        place: String? = nil,
        validFrom: Timestamp? = nil,
        validUntil: Timestamp? = nil,
        at now: Timestamp
    ) throws(Unacceptable) {
        var faults: [Fault] = []
        func line(_ text: String?, _ pointer: String) -> String? {
            guard let text else { return nil }
            let (read, breaches) = Self.line.read(text)
            faults += breaches.map { Fault(pointer: pointer, rule: $0.rule, words: $0.words) }
            return read
        }
        var named = station.flatMap { StationCode($0) }
        if station != nil, named == nil { faults.append(.unknownStation) }
        var (deputy, activity): (PersonID?, String?)
        switch kind {
        case .station:
            let own = StationCode(subject)
            if own == nil { faults.append(.unknownSubject) }
            if let named, named != own { faults.append(.otherStation) }
            named = own
        case .deputy:
            deputy = PersonID(subject)
            if deputy == nil { faults.append(.unknownSubject) }
        case .activity:
            activity = line(subject, "/of")
            if station == nil {
                faults.append(
                    Fault(pointer: "/station", rule: TextRule.missing.rule, words: TextRule.missing.words)
                )
            }
        }
        self.place = line(place, "/place")
        if let validUntil, validUntil <= max(now, validFrom ?? now) {
            faults.append(
                Fault(
                    pointer: "/validUntil",
                    rule: "order",
                    words: "须晚于起始时间和现在 · must be after the beginning and after now"
                )
            )
        }
        (self.kind, self.station, self.deputy, self.activity) = (kind, named, deputy, activity)
        (self.validFrom, self.validUntil) = (validFrom, validUntil)
        guard faults.isEmpty else { throw Unacceptable(faults: faults) }
    }
}

extension CodeDraft.Fault {
    /// There is no such station, or it has ended.
    static let unknownStation = Self(pointer: "/station", rule: "unknown", words: "没有这个站点 · there is no such station")
    /// There is nothing of the kind that the code could be of.
    static let unknownSubject = Self(
        pointer: "/of",
        rule: "unknown",
        words: "没有这个站点或代表 · there is no such station or deputy"
    )
    /// The station is not the one that the code is of, or not one of the deputy's.
    static let otherStation = Self(
        pointer: "/station",
        rule: "mismatch",
        words: "与二维码所属的站点或代表不符 · is not that of the code or the deputy"
    )
}
