import Foundation

/// The stations for which somebody may make codes, in groups to choose from.
///
/// What is offered is what Directory grants: a registrar's unit with all below it, everybody else's own alone, an operator's all.
struct OwnStations: Sendable, Hashable {
    /// A unit as Directory lists it.
    struct Unit: Decodable, Sendable, Hashable {
        let unit: String
        let kind: String
        let unitName: String
        let parent: String?
        let state: String
    }

    /// A central station with those below it, or one that stands alone.
    struct Group: Sendable, Hashable {
        /// Of the station that heads it.
        let title: String
        let stations: [Unit]
    }

    /// In the order of their codes, each headed by the first.
    let groups: [Group]

    /// Finds them among all units.
    ///
    /// - Parameters:
    ///   - role: in which somebody acts.
    ///   - own: the unit that they act in.
    init(_ units: [Unit], for role: String, in own: String) {
        let known = Dictionary(units.map { ($0.unit, $0) }) { first, _ in first }
        func above(_ unit: Unit) -> [Unit] {
            var (chain, next) = ([unit], unit.parent)
            // No chain is longer than there are units, whatever was sent.
            while let code = next, let parent = known[code], chain.count <= known.count {
                chain.append(parent)
                next = parent.parent
            }
            return chain
        }
        var heads: [String: [Unit]] = [:]
        for unit in units where unit.kind == "station" && unit.state == "active" {
            let chain = above(unit)
            switch role {
            case "operator": break
            case "registrar": guard chain.contains(where: { $0.unit == own }) else { continue }
            default: guard unit.unit == own else { continue }
            }
            let head = chain.last { $0.kind == unit.kind } ?? unit
            heads[head.unit, default: []].append(unit)
        }
        groups = heads.sorted { $0.key < $1.key }.map { head, stations in
            // The head first, though another's code may come before its own.
            let sorted = stations.sorted { ($0.unit == head ? 0 : 1, $0.unit) < ($1.unit == head ? 0 : 1, $1.unit) }
            return Group(title: known[head]?.unitName ?? head, stations: sorted)
        }
    }

    /// The one that there is; nil when there are several or none.
    var only: Unit? {
        let all = groups.flatMap(\.stations)
        return all.count == 1 ? all[0] : nil
    }

    /// Whether a station is among them.
    func contains(_ code: String) -> Bool { groups.contains { $0.stations.contains { $0.unit == code } } }
}
