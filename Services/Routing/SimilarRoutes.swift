import Bootstrap
import Contracts
import Hummingbird
import Messaging
import PostgreSQL

extension Routes {
    /// The matters whose words are like this one's, for who triages it.
    func similar(_ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let officer = Self.officer(permit)
        let id: SuggestionID = try context.id("id")
        let (words, candidates) = try await database.transaction { transaction in
            guard let matter = try await RoutingStore.matters([id], locking: false, in: transaction)[id] else {
                throw Problem.notFound()
            }
            guard matter.isOpen(to: officer) else { throw Self.foreign }
            let words = MatterWords(matter, without: Erasure.mark)
            guard let fingerprint = words.fingerprint else { return (words, [SimilarMatter.Candidate]()) }
            return (words, try await FingerprintStore.candidates(like: fingerprint, of: id, in: transaction))
        }
        let similar = SimilarMatter.among(candidates, of: words)
        return try .json(SimilarAnswer(id: id, similar: similar.map { SimilarAnswer.Item($0, for: officer) }))
    }
}

private struct SimilarAnswer: Encodable {
    /// A matter as an officer may see it.
    struct Item: Encodable {
        let number: String
        let committee: CommitteeCode?
        let similarity: Double
        /// What follows is nil of another committee's matter.
        let id: SuggestionID?
        let title: String?
        let state: Matter.State?
        let passages: [PassageAnswer]?

        init(_ similar: SimilarMatter, for officer: CommitteeCode) {
            let candidate = similar.candidate
            (number, committee) = (candidate.number, candidate.committee)
            similarity = (similar.similarity * 100).rounded() / 100
            let isOpen = candidate.committee == nil || candidate.committee == officer
            id = isOpen ? candidate.id : nil
            title = isOpen ? candidate.title : nil
            state = isOpen ? candidate.state : nil
            passages = isOpen ? similar.passages.map(PassageAnswer.init) : nil
        }
    }

    struct PassageAnswer: Encodable {
        let words: String
        let here: SimilarMatter.Passage.Place
        let there: SimilarMatter.Passage.Place

        init(_ passage: SimilarMatter.Passage) {
            (words, here, there) = (passage.words, passage.here, passage.there)
        }
    }

    let id: SuggestionID
    let similar: [Item]
}
