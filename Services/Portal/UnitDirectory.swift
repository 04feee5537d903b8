import Foundation
import Synchronization

/// Stations and units' names: Directory's where it answers, the routing data's otherwise.
final class UnitDirectory: Sendable {
    /// How old the list may be: a new station is chosen from a minute later.
    private static let freshness: Duration = .seconds(60)

    private let directory: DirectoryService
    private let names: UnitNames
    private let state = Mutex<(stations: [UnitNames.Station]?, askedAt: ContinuousClock.Instant?)>((nil, nil))

    init(directory: DirectoryService, names: UnitNames) { (self.directory, self.names) = (directory, names) }

    /// Codes of what people belong to, in the order of the routing data.
    var committees: [String] { names.committees }
    var departments: [String] { names.departments }

    /// A unit's name.
    func name(_ code: String, _ language: Language) -> String {
        if names.knows(code) { return names.name(code, language) }
        let station = state.withLock { $0.stations?.first { $0.code == code } }
        return station?.names[language] ?? code
    }

    /// All stations to choose from.
    func stations() async -> [UnitNames.Station] {
        let (known, isDue) = state.withLock { state -> ([UnitNames.Station]?, Bool) in
            let isDue = state.askedAt.map { ContinuousClock.now - $0 >= Self.freshness } ?? true
            // Claimed at once: a thousand forms ask once, and while Directory is away once a minute.
            if isDue { state.askedAt = .now }
            return (state.stations, isDue)
        }
        if isDue, let fresh = await ask() {
            state.withLock { $0.stations = fresh }
            return fresh
        }
        return known ?? names.stations
    }

    private func ask() async -> [UnitNames.Station]? {
        struct List: Decodable {
            struct Unit: Decodable {
                let code: String
                let name: String
                let above: String?
            }
            let items: [Unit]
        }
        guard let answer = try? await directory.neighbour.send("GET", "/v1/stations"), answer.isGood,
            let list = try? answer.decode(List.self), !list.items.isEmpty
        else { return nil }
        let subdistricts = Dictionary(names.stations.map { ($0.code, $0.subdistrict) }) { first, _ in first }
        return list.items.map { unit in
            // One that the routing data does not have lies where the one above it lies.
            let known = subdistricts[unit.code] ?? unit.above.flatMap { subdistricts[$0] }
            return UnitNames.Station(
                code: unit.code,
                names: [
                    .chinese: unit.name, .english: names.knows(unit.code) ? names.name(unit.code, .english) : unit.name,
                ],
                subdistrict: known ?? nil
            )
        }
    }
}
