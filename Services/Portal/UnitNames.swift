import Foundation

/// The names of units and roles as the routing data says them: what the pages say when Directory is away.
struct UnitNames: Sendable {
    /// A liaison station to choose.
    struct Station: Sendable, Hashable {
        let code: String
        let names: [Language: String]
        /// The subdistrict it lies in; nil for the district's own.
        let subdistrict: String?
    }

    private struct File: Decodable {
        struct Name: Decodable {
            let zh: String
            let en: String
        }
        struct Entry: Decodable {
            let code: String
            let name: Name
            let subdistrict: String?
        }
        let stations: [Entry]
        let departments: [Entry]
        let committees: [Entry]
        let subdistricts: [Entry]?
    }

    /// In the order of the data.
    let stations: [Station]
    /// Codes of committees and of departments, in the order of the data.
    let committees: [String]
    let departments: [String]
    private let names: [String: [Language: String]]

    /// Reads the routing data.
    ///
    /// - Throws: `DecodingError`.
    init(json: Data) throws {
        let file = try JSONDecoder().decode(File.self, from: json)
        func both(_ name: File.Name) -> [Language: String] { [.chinese: name.zh, .english: name.en] }
        stations = file.stations.map { Station(code: $0.code, names: both($0.name), subdistrict: $0.subdistrict) }
        committees = file.committees.map(\.code)
        departments = file.departments.map(\.code)
        names = Dictionary(
            (file.stations + file.departments + file.committees + (file.subdistricts ?? [])).map {
                ($0.code, both($0.name))
            }
        ) { first, _ in first }
    }

    /// A unit's name; its code when it has none.
    func name(_ code: String, _ language: Language) -> String { names[code]?[language] ?? code }

    /// Whether there is such a unit.
    func knows(_ code: String) -> Bool { names[code] != nil }
}
