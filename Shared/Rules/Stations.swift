package import Contracts
package import Foundation

/// The liaison stations that exist, from the routing data.
package struct Stations: Sendable {
    private struct File: Decodable {
        struct Entry: Decodable {
            let code: StationCode
            let subdistrict: String?
        }
        let stations: [Entry]
    }

    private let subdistricts: [StationCode: String?]

    /// Reads them from a file's content.
    ///
    /// - Throws: `DecodingError`.
    package init(json: Data) throws {
        let entries = try JSONDecoder().decode(File.self, from: json).stations
        subdistricts = Dictionary(entries.map { ($0.code, $0.subdistrict) }) { first, _ in first }
    }

    /// Whether there is such a station.
    package func contains(_ code: StationCode) -> Bool { subdistricts[code] != nil }

    /// The subdistrict (街道) a station lies in; nil for the district's own and for one that does not exist.
    package func subdistrict(of code: StationCode) -> String? { subdistricts[code] ?? nil }

    /// How many there are.
    package var count: Int { subdistricts.count }
}
