package import Foundation

/// Identifies a role that a person holds in a unit (任职).
package struct HoldingID: Identifier {
    /// The id itself.
    package let rawValue: UUID
    /// Wraps a UUID.
    package init(rawValue: UUID) { self.rawValue = rawValue }
}

/// A unit of any kind (单位); of a station, a committee or a department the same text as its own code.
package struct UnitCode: Code {
    /// The code itself.
    package let rawValue: String
    /// Wraps a code.
    package init(rawValue: String) { self.rawValue = rawValue }
}

/// What a unit is.
package enum UnitKind: String, Listed {
    /// The people's congress with its standing committee (人大及其常委会).
    case congress
    /// A working committee, of the district or of a subdistrict (工委).
    case committee
    /// A handling department (承办单位).
    case department
    /// The government office that hands over and coordinates; handles matters of its own too (政府办).
    case office
    /// A subdistrict with its office, which handles matters as a department does (街道).
    case subdistrict
    /// A residents' community (社区).
    case community
    /// A deputies' liaison station (代表联络站).
    case station
}

/// What a station is for: one of the six categories (六大类目).
package enum StationCategory: String, Listed {
    /// 产业
    case industry
    /// 民生
    case livelihood
    /// 国际
    case international
    /// 共富
    case commonProsperity = "common-prosperity"
    /// 人才
    case talent
    /// 学校
    case school
}

/// The congress that a deputy sits in (代表层级).
package enum CongressLevel: String, Listed {
    /// 全国
    case national
    /// 省
    case provincial
    /// 市
    case city
    /// 区、县
    case district
    /// 乡镇
    case township
}

/// A unit was made, changed or ended: the whole of it as it is now, so that whoever needs it keeps a copy (单位变更).
package struct UnitChanged: Event {
    package static let name: EventName = "unit.changed"
    package static let owner = ServiceName.directory
    package static let summary =
        "A unit – congress, committee, department, office, subdistrict, community or station – as it is now, whole."

    /// Whether it is there.
    package enum State: String, Listed {
        /// It is.
        case active
        /// It is no more; its code is not used again.
        case ended
    }

    /// Its code.
    package var unit: UnitCode
    /// What it is.
    package var kind: UnitKind
    /// In Chinese.
    package var unitName: String
    /// The unit above it; nil at the top.
    package var parent: UnitCode?
    /// Of a station: what it is for; nil where it has no category, as the district's own and the subdistricts' central ones.
    package var category: StationCategory?
    /// Of a station: the station that it has been joined to (融合).
    package var joinedTo: UnitCode?
    /// Whether it is there.
    package var state: State
    /// When.
    package var changedAt: Timestamp
    /// Of a unit that answers: what stands before the year in the numbers of its documents (机关代字); nil: its code does.
    package var documentWord: String?

    /// Creates the event.
    package init(
        unit: UnitCode,
        kind: UnitKind,
        unitName: String,
        parent: UnitCode?,
        category: StationCategory?,
        joinedTo: UnitCode?,
        state: State,
        changedAt: Timestamp,
        documentWord: String? = nil
    ) {
        (self.unit, self.kind, self.unitName, self.parent) = (unit, kind, unitName, parent)
        (self.category, self.joinedTo, self.state, self.changedAt) = (category, joinedTo, state, changedAt)
        self.documentWord = documentWord
    }
}

/// A person, or a role of theirs, was changed: all their roles as they are now (人员与任职变更).
///
/// It has no login and nothing by which a person can be reached. A name is in it where the law has it published: of deputies
/// and of stations' liaison officers.
package struct PersonChanged: Event {
    package static let name: EventName = "person.changed"
    package static let owner = ServiceName.directory
    package static let summary =
        "A person's roles as they are now, whole: each with its unit and term. The name of deputies and liaison officers alone."

    /// Whether the person may sign in.
    package enum State: String, Listed {
        /// Has registered and waits for their unit's officer.
        case pending
        /// May sign in.
        case active
        /// May no more.
        case ended
    }

    /// A role held in a unit for a term.
    package struct Holding: Codable, Sendable, Hashable {
        /// How far it has come.
        package enum State: String, Listed {
            /// Asked for; the unit's officer has not decided.
            case asked
            /// Holds.
            case confirmed
            /// Refused by the unit's officer.
            case refused
            /// Held no more.
            case ended
        }

        /// The holding.
        package var holding: HoldingID
        /// The role.
        package var role: Role
        /// In which unit.
        package var unit: UnitCode
        /// How far it has come.
        package var state: State
        /// The first day on which it is good, in Chinese time: `2026-03-02`.
        package var from: String
        /// The last day; nil until it is ended.
        package var until: String?
        /// The holding whose holder is away (代理).
        package var substituteFor: HoldingID?
        /// Of a deputy: the delegation (代表团).
        package var delegation: String?
        /// Of a deputy: the congress they sit in.
        package var level: CongressLevel?
        /// Of a deputy: where they receive people.
        package var stations: [StationCode]
        /// Of an observer: the deputies fixed to them (定点联系代表).
        package var deputies: [PersonID]

        /// Creates one.
        package init(
            holding: HoldingID,
            role: Role,
            unit: UnitCode,
            state: State,
            from: String,
            until: String? = nil,
            substituteFor: HoldingID? = nil,
            delegation: String? = nil,
            level: CongressLevel? = nil,
            stations: [StationCode] = [],
            deputies: [PersonID] = []
        ) {
            (self.holding, self.role, self.unit, self.state) = (holding, role, unit, state)
            (self.from, self.until, self.substituteFor) = (from, until, substituteFor)
            (self.delegation, self.level) = (delegation, level)
            (self.stations, self.deputies) = (stations, deputies)
        }
    }

    /// Who.
    package var person: PersonID
    /// Whether they may sign in.
    package var state: State
    /// Of deputies and liaison officers.
    package var publicName: String?
    /// All roles there ever were.
    package var holdings: [Holding]
    /// When.
    package var changedAt: Timestamp

    /// Creates the event.
    package init(
        person: PersonID,
        state: State,
        publicName: String?,
        holdings: [Holding],
        changedAt: Timestamp
    ) {
        (self.person, self.state, self.publicName) = (person, state, publicName)
        (self.holdings, self.changedAt) = (holdings, changedAt)
    }
}
