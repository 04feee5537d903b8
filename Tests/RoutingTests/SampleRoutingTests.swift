import Contracts
import Foundation
import Rules
import Support
import Testing

@testable import Routing

/// Every sample, read by the rules as the service reads it: held against its label, and against the reference reading.
struct SampleRoutingTests {
    /// What `Deploy/Rules/evaluate.py --proposals` has written of a sample.
    private struct Reference: Decodable {
        struct Route: Decodable, Equatable {
            let rule: String
            let category: String
            let committee: String
            let lead: String
            let assisting: [String]
            let score: Int
        }
        let id: String
        let route: Route?
        let refusal: String?
    }

    private typealias Reading = (sample: LabelledSample, proposal: Proposal)

    private static func readings() throws -> [Reading] {
        let classifier = try LabelledSample.classifier()
        let stations = try Stations(json: try LabelledSample.rules())
        return try LabelledSample.all().map { sample in
            let proposal = classifier.proposal(
                kind: sample.kind,
                title: sample.title,
                text: sample.body,
                subdistrict: stations.subdistrict(of: sample.station)
            )
            return (sample, proposal)
        }
    }

    @Test func `each sample is read exactly as the reference reads it`() throws {
        let file = Documents.root.appending(path: "Tests/Samples/proposals.json")
        let references = try JSONDecoder().decode([Reference].self, from: Data(contentsOf: file))
        let readings = try Self.readings()
        #expect(Set(references.map(\.id)) == Set(readings.map(\.sample.id)), "evaluate.py --proposals writes it anew")
        let proposals = Dictionary(uniqueKeysWithValues: readings.map { ($0.sample.id, $0.proposal) })
        for reference in references {
            let proposal = try #require(proposals[reference.id])
            let route = proposal.route.map {
                Reference.Route(
                    rule: $0.rule,
                    category: $0.category.rawValue,
                    committee: $0.committee.rawValue,
                    lead: $0.lead.rawValue,
                    assisting: $0.assisting.map(\.rawValue),
                    score: $0.score
                )
            }
            #expect(route == reference.route, "\(reference.id)")
            #expect(proposal.refusal?.rule == reference.refusal, "\(reference.id)")
        }
    }

    @Test func `rules and labels agree no less often than when they were measured`() throws {
        let due = try Self.readings().filter { $0.sample.label.refuse == nil }
        let held = due.filter(\.sample.isHeld)
        #expect((due.count, held.count) == (191, 91))
        func right(_ readings: [Reading], _ agrees: (LabelledSample.Label, Proposal.Route) -> Bool) -> Int {
            readings.count { reading in reading.proposal.route.map { agrees(reading.sample.label, $0) } ?? false }
        }
        // The figures of Deploy/Rules/README.md, its columns «now» and «held».
        #expect(right(due) { $0.lead == $1.lead.rawValue } >= 173)
        #expect(right(due) { $0.committee == $1.committee.rawValue } >= 177)
        #expect(right(due) { $0.category == $1.category.rawValue } >= 174)
        #expect(right(held) { $0.lead == $1.lead.rawValue } >= 79)
        #expect(due.count { $0.proposal.refusal != nil } <= 4)
    }

    @Test func `refusals that are due are proposed with the right reason no less often than when they were measured`()
        throws
    {
        let due = try Self.readings().filter { $0.sample.label.refuse != nil }
        #expect(due.count == 29)
        #expect(due.count { $0.proposal.refusal?.reason == $0.sample.label.refuse?.reason } >= 21)
    }
}
