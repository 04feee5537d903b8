import Contracts
import Foundation
import NIOCore

/// Something that people hand in, from `Tests/Samples`, as it is sent.
package struct Sample: Sendable {
    /// As the file names it.
    package let id: String
    /// Whether a clerk must refuse it.
    package let isRefused: Bool
    /// The request's body, encoded once.
    let form: ByteBuffer

    private struct Entry: Decodable {
        struct Label: Decodable { let refuse: Refusal? }
        struct Refusal: Decodable {}
        struct Contact: Codable {
            let name: String?
            let phone: String?
        }
        let id: String
        let kind: SuggestionKind
        let title: String
        let text: String?
        /// What a formal suggestion has in the place of a text.
        let situation: String?
        let analysis: String?
        let proposal: String?
        let station: String
        let contact: Contact?
        let label: Label
    }

    private struct Form: Encodable {
        let kind: SuggestionKind
        let station: String
        let title: String
        let text: String
        let analysis: String?
        let proposal: String?
        let contact: Entry.Contact?
    }

    /// All samples, in the order of their files.
    package static func all() throws -> [Sample] {
        let folder = FleetSettings.root.appending(path: "Tests/Samples/suggestions")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.flatMap { file in
            try JSONDecoder().decode([Entry].self, from: Data(contentsOf: file)).map { entry in
                let form = Form(
                    kind: entry.kind,
                    station: entry.station,
                    title: entry.title,
                    text: entry.text ?? entry.situation ?? "",
                    analysis: entry.analysis,
                    proposal: entry.proposal,
                    contact: entry.contact
                )
                return Sample(
                    id: entry.id,
                    isRefused: entry.label.refuse != nil,
                    form: ByteBuffer(bytes: Array(try JSONEncoder().encode(form)))
                )
            }
        }
    }
}
