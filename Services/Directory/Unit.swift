import Contracts
import Foundation

/// A unit (单位): the congress, a committee, a department, a station and so on.
struct Unit: Sendable, Hashable {
    let code: String
    /// What its events are about.
    let id: SuggestionID
    /// The version of its last event.
    var version: Int
    var kind: UnitKind
    var name: String
    /// The unit above it.
    var parent: String?
    /// Of a station: what it is for.
    var category: StationCategory?
    /// Of a station: the one that it has been joined to.
    var joinedTo: String?
    /// Of a unit that answers: what stands before the year in the numbers of its documents (机关代字).
    var documentWord: String?
    var state: UnitChanged.State
    var changedAt: Timestamp

    /// What is told of it.
    var event: UnitChanged {
        UnitChanged(
            unit: UnitCode(rawValue: code),
            kind: kind,
            unitName: name,
            parent: parent.map(UnitCode.init(rawValue:)),
            category: category,
            joinedTo: joinedTo.map(UnitCode.init(rawValue:)),
            state: state,
            changedAt: changedAt,
            documentWord: documentWord
        )
    }
}

extension UnitKind {
    /// What may stand above a unit of this kind; `nil` among them: it may stand at the top.
    ///
    /// The stations follow 1+3+N: the district's own below the congress, a subdistrict's central one below its working committee
    /// (or the subdistrict), the others below it.
    var parents: Set<UnitKind?> {
        switch self {
        case .congress: [nil]
        case .committee: [.congress]
        // The congress supervises the government; nobody in it decides about the government's people.
        case .office: [nil]
        case .department: [nil, .office, .department]
        case .subdistrict: [nil, .office]
        case .community: [.subdistrict]
        case .station: [.congress, .committee, .subdistrict, .community, .station]
        }
    }

    /// Whether it answers matters, under numbers of its own.
    var answers: Bool { [.department, .office, .subdistrict].contains(self) }

    /// In Chinese.
    var chinese: String {
        switch self {
        case .congress: "人大"
        case .committee: "工委"
        case .department: "承办单位"
        case .office: "政府办"
        case .subdistrict: "街道"
        case .community: "社区"
        case .station: "联络站"
        }
    }
}

/// A unit as somebody wants it to be; every field as it was written.
struct UnitForm: Sendable, Hashable {
    var code: String
    var kind: String
    var name: String
    var parent: String?
    var category: String?
    var joinedTo: String?
    var documentWord: String?
    /// `active` when nil.
    var state: String?
}
