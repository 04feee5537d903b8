import Contracts

/// A matter's words, part by part, as they are compared with others'.
struct MatterWords: Sendable {
    /// A member of the matter, as the answer names it.
    enum Member: String, Listed {
        case title, text, analysis, proposal
    }

    /// Those that there are.
    let members: [Member]
    /// What each says.
    let parts: [String]

    /// - Parameter mark: what erased words begin with; a member that does says nothing.
    init(title: String, text: String, analysis: String?, proposal: String?, without mark: String) {
        let all: [(Member, String?)] = [(.title, title), (.text, text), (.analysis, analysis), (.proposal, proposal)]
        let said = all.compactMap { member, words in words.flatMap { $0.hasPrefix(mark) ? nil : (member, $0) } }
        (members, parts) = (said.map(\.0), said.map(\.1))
    }

    /// The same of a matter on the desk.
    init(_ matter: Matter, without mark: String) {
        self.init(
            title: matter.title,
            text: matter.text,
            analysis: matter.analysis,
            proposal: matter.proposal,
            without: mark
        )
    }

    /// What is stored of them; nil where there are hardly any.
    var fingerprint: Fingerprint? { Fingerprint(of: FoldedText.characters(of: parts)) }
}

/// A matter whose words may be those of another that is being triaged.
struct SimilarMatter: Sendable {
    /// What is known of one before its words are compared.
    struct Candidate: Sendable {
        let id: SuggestionID
        let number: String
        let title: String
        let state: Matter.State
        let committee: CommitteeCode?
        let words: MatterWords
    }

    /// A passage that both have, as it stands in the matter that is being triaged.
    struct Passage: Sendable, Hashable {
        /// In Unicode scalars, in one of the members.
        struct Place: Codable, Sendable, Hashable {
            let member: MatterWords.Member
            let start: Int
            let length: Int
        }
        let words: String
        let here: Place
        let there: Place
    }

    /// What is shown at most.
    static let most = 5
    /// Less alike than this is not shown.
    ///
    /// Words that everybody begins and ends with do not make two short texts so much alike.
    static let least = 0.6

    let candidate: Candidate
    /// From 0 to 1.
    let similarity: Double
    let passages: [Passage]

    /// Those of the candidates that are alike indeed, most alike first, then the newest.
    static func among(_ candidates: [Candidate], of words: MatterWords) -> [SimilarMatter] {
        let likeness = Likeness(words.parts)
        let compared = candidates.map { candidate in
            let text = FoldedText(candidate.words.parts)
            return (candidate: candidate, text: text, similarity: likeness.similarity(to: text))
        }
        let alike = compared.filter { $0.similarity >= least }.sorted {
            ($1.similarity, $1.candidate.id.description) < ($0.similarity, $0.candidate.id.description)
        }
        return alike.prefix(most).map { alike in
            SimilarMatter(
                candidate: alike.candidate,
                similarity: alike.similarity,
                passages: likeness.passages(with: alike.text).map { passage in
                    let scalars = Array(words.parts[passage.here.part].unicodeScalars)[passage.here.range]
                    return Passage(
                        words: String(String.UnicodeScalarView(scalars)),
                        here: place(passage.here, in: words),
                        there: place(passage.there, in: alike.candidate.words)
                    )
                }
            )
        }
    }

    private static func place(_ place: Likeness.Passage.Place, in words: MatterWords) -> Passage.Place {
        Passage.Place(member: words.members[place.part], start: place.range.lowerBound, length: place.range.count)
    }
}
