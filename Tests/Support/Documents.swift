package import Contracts
package import Foundation

/// The documents that are generated from the code and kept beside it: one place says where they are and what is in them.
package enum Documents {
    /// The checkout, found from this file.
    package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// The golden examples, `<name>.<number>.json`.
    package static let examples = root.appending(path: "Shared/Contracts/Examples")
    /// The AsyncAPI document.
    package static let asyncAPI = root.appending(path: "Shared/Contracts/asyncapi.json")

    /// The table of rights.
    package static let rights = root.appending(path: "Shared/Contracts/rights.md")

    /// The text of a service's HTTP contract.
    ///
    /// - Throws: when the file cannot be read.
    package static func openAPI(of service: ServiceName) throws -> String {
        let path = "Services/\(service.rawValue.capitalized)/openapi.yaml"
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The golden examples of a message, oldest first.
    ///
    /// - Throws: when the folder cannot be read.
    package static func examples(of name: EventName) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: examples.path)
            .filter { $0.dropLast(".json".count).replacing(/\.[0-9]+$/, with: "") == name.rawValue }
            .sorted { $0.localizedStandardCompare($1) == .orderedAscending }
            .map { try String(contentsOf: examples.appending(path: $0), encoding: .utf8) }
    }

    /// What the AsyncAPI document must say.
    ///
    /// - Throws: `DecodingError` of a type that is no contract, or when an example cannot be read.
    package static func writtenAsyncAPI() throws -> String {
        let texts = try Dictionary(
            uniqueKeysWithValues: (Catalog.events.map { $0.name }
                + (Catalog.toDepartments + Catalog.fromDepartments).map { $0.name })
                .map { ($0, try examples(of: $0)) }
        )
        return try AsyncAPI { texts[$0] ?? [] }.document().text() + "\n"
    }
}
