package import Contracts
package import Foundation

/// The liaison stations that exist: those of the routing data, and what has been told of units since.
package struct Stations: Sendable {
    /// A unit as it was told last.
    package struct Unit: Sendable, Hashable {
        let code: String
        let kind: UnitKind
        let name: String
        let parent: String?
        let joinedTo: String?
        let isEnded: Bool

        /// Creates one.
        ///
        /// - Parameters:
        ///   - parent: the unit above it.
        ///   - joinedTo: of a station: the one that it has been joined to (融合).
        package init(code: String, kind: UnitKind, name: String, parent: String?, joinedTo: String?, isEnded: Bool) {
            (self.code, self.kind, self.name, self.parent) = (code, kind, name, parent)
            (self.joinedTo, self.isEnded) = (joinedTo, isEnded)
        }
    }

    /// A station where one can turn to.
    package struct Entrance: Sendable, Hashable {
        /// Its code.
        package let code: StationCode
        /// In Chinese.
        package let name: String
        /// In English; in Chinese where it has no English name.
        package let english: String
    }

    /// Whether something can be handed in at a station.
    package enum Standing: Sendable, Hashable {
        /// It can.
        case open
        /// It has ended; the station that is there instead, where there is one.
        case closed(instead: Entrance?)
        /// There never was such a station.
        case unknown
    }

    private struct File: Decodable {
        struct Name: Decodable {
            let zh: String
            let en: String
        }
        struct Entry: Decodable {
            let code: StationCode
            let subdistrict: String?
            let name: Name?
        }
        struct Subdistrict: Decodable {
            let code: String
            let congress: String?
        }
        let stations: [Entry]
        let subdistricts: [Subdistrict]?
    }

    private struct Station: Sendable {
        let entrance: Entrance
        let subdistrict: String?
        /// The units above it, the nearest first.
        let above: [String]
        var isEnded = false
        var joinedTo: StationCode?
    }

    /// As the file has them.
    private let shipped: [StationCode: Station]
    /// The subdistrict whose committee (街道工委) a unit is.
    private let committees: [String: String]
    /// The station for whoever knows no other: the district's own (区级总站), which lies in no subdistrict.
    private let general: StationCode?
    private var stations: [StationCode: Station]

    /// Reads them from a file's content.
    ///
    /// - Throws: `DecodingError`.
    package init(json: Data) throws {
        let file = try JSONDecoder().decode(File.self, from: json)
        let subdistricts = file.subdistricts ?? []
        let entries = file.stations.map { entry in
            let name = entry.name ?? File.Name(zh: entry.code.rawValue, en: entry.code.rawValue)
            let entrance = Entrance(code: entry.code, name: name.zh, english: name.en)
            let committee = subdistricts.first { $0.code == entry.subdistrict }?.congress
            let above = committee.map { [$0] } ?? []
            return (entry.code, Station(entrance: entrance, subdistrict: entry.subdistrict, above: above))
        }
        shipped = Dictionary(entries) { first, _ in first }
        committees = Dictionary(
            subdistricts.compactMap { subdistrict in subdistrict.congress.map { ($0, subdistrict.code) } }
        ) { first, _ in first }
        general = file.stations.first { $0.subdistrict == nil }?.code
        stations = shipped
    }

    /// The same with what was told of units since; a station that was told of is as it was told.
    package func with(_ units: [Unit]) -> Self {
        let told = Dictionary(units.map { ($0.code, $0) }) { first, _ in first }
        var all = self
        all.stations = shipped
        for unit in units where unit.kind == .station {
            let code = StationCode(rawValue: unit.code)
            let before = shipped[code]?.entrance
            // A renamed station has no English name any more: the file's is of the name before.
            let english = before.flatMap { $0.name == unit.name ? $0.english : nil } ?? unit.name
            let above = above(unit, told)
            all.stations[code] = Station(
                entrance: Entrance(code: code, name: unit.name, english: english),
                subdistrict: above.lazy.compactMap { self.subdistrict(at: $0, told) }.first,
                above: above,
                isEnded: unit.isEnded,
                joinedTo: unit.joinedTo.map(StationCode.init(rawValue:))
            )
        }
        return all
    }

    /// The units above one, the nearest first; of one that was not told of, those that the file has.
    private func above(_ unit: Unit, _ told: [String: Unit]) -> [String] {
        var chain: [String] = []
        var next = unit.parent
        // No chain is longer than there are units, whatever was told.
        while let code = next, chain.count <= told.count {
            chain.append(code)
            guard let parent = told[code] else {
                return chain + (shipped[StationCode(rawValue: code)]?.above ?? [])
            }
            next = parent.parent
        }
        return chain
    }

    /// The subdistrict that a unit is, or for which it is the committee.
    private func subdistrict(at code: String, _ told: [String: Unit]) -> String? {
        committees[code] ?? (told[code]?.kind == .subdistrict ? code : nil)
    }

    /// The stations that are a unit or stand somewhere below it, those that have ended too, by code.
    package func within(_ unit: String) -> [StationCode] {
        stations.filter { $0.key.rawValue == unit || $0.value.above.contains(unit) }.keys.sorted()
    }

    /// Whether something can be handed in there.
    package func standing(of code: StationCode) -> Standing {
        guard let station = stations[code] else { return .unknown }
        guard station.isEnded else { return .open }
        let instead = [station.joinedTo, general].compactMap { $0.flatMap { stations[$0] } }.first { !$0.isEnded }
        return .closed(instead: instead?.entrance)
    }

    /// The subdistrict (街道) a station lies in; nil for the district's own and for one that does not exist.
    package func subdistrict(of code: StationCode) -> String? { stations[code]?.subdistrict }

    /// How many there are, those that have ended left out.
    package var count: Int { stations.values.count { !$0.isEnded } }
}
