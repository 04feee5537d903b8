package import Contracts
import Foundation
import NIOCore

/// Something that people hand in, from `Tests/Samples`, as it is sent.
package struct Sample: Sendable {
    /// As the file names it.
    package let id: String
    /// Whether a clerk must refuse it.
    package let isRefused: Bool
    /// Whether it is a deputy's, who hands it in signed in.
    package let isFormal: Bool
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

    /// What the rules propose, as `Tests/Samples/proposals.json` has it; a test holds that against the services' own reading.
    private struct Proposal: Decodable {
        struct Route: Decodable {
            let lead: DepartmentCode
            let assisting: [DepartmentCode]
        }
        struct Refusal: Decodable {}
        let id: String
        let route: Route?
        let refusal: Refusal?
    }

    /// The samples that the rules place without a person, with none but these departments.
    package static func placed(with departments: [DepartmentCode]) throws -> [Sample] {
        let file = FleetSettings.root.appending(path: "Tests/Samples/proposals.json")
        let proposals = try JSONDecoder().decode([Proposal].self, from: Data(contentsOf: file))
        let placed = proposals.filter { proposal in
            guard let route = proposal.route, proposal.refusal == nil else { return false }
            return ([route.lead] + route.assisting).allSatisfy(departments.contains)
        }
        let ids = Set(placed.map(\.id))
        return try all().filter { ids.contains($0.id) }
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
                    isFormal: entry.kind == .formal,
                    form: ByteBuffer(bytes: Array(try JSONEncoder().encode(form)))
                )
            }
        }
    }
}
