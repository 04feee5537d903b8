import Contracts
import Rules

/// What is sent.
struct SubmissionForm: Codable, Sendable {
    var kind: SuggestionKind
    var submitter: Submitter?
    var station: String?
    var title: String
    var text: String
    var analysis: String?
    var proposal: String?
    var contact: Submission.Contact?
    /// The token of the code that was scanned.
    var code: String?
    var mode: AuthorMode?
    var onBehalf: OnBehalf?
    var attachments: [AttachmentClaim]?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = try container.decode(SuggestionKind.self, forKey: .kind)
        submitter = try container.decodeIfPresent(Submitter.self, forKey: .submitter)
        code = try container.decodeIfPresent(String.self, forKey: .code)
        // A code has its station.
        station =
            code == nil
            ? try container.decode(String.self, forKey: .station)
            : try container.decodeIfPresent(String.self, forKey: .station)
        title = try container.decode(String.self, forKey: .title)
        text = try container.decode(String.self, forKey: .text)
        analysis = try container.decodeIfPresent(String.self, forKey: .analysis)
        proposal = try container.decodeIfPresent(String.self, forKey: .proposal)
        contact = try container.decodeIfPresent(Submission.Contact.self, forKey: .contact)
        mode = try container.decodeIfPresent(AuthorMode.self, forKey: .mode)
        onBehalf = try container.decodeIfPresent(OnBehalf.self, forKey: .onBehalf)
        attachments = try container.decodeIfPresent([AttachmentClaim].self, forKey: .attachments)
    }

    /// Whose hand it comes from: each has an address of its own, under a right of its own.
    enum Hand: Sendable {
        /// The author, without an account: an opinion of a citizen.
        case author
        /// A deputy, known by a token: a formal suggestion of their own.
        case deputy
        /// An observer, known by a token: an opinion of their own.
        case observer
        /// A liaison officer or an observer, for an author who has spoken or written on paper.
        case officer

        /// What it is done under; nil for an author, who needs no right.
        var right: Right? {
            switch self {
            case .author: nil
            case .deputy: .handInFormal
            case .observer: .reportAsObserver
            case .officer: .handInForAnother
            }
        }

        /// Who the author is by it.
        fileprivate var submitter: Submitter {
            switch self {
            case .author, .officer: .voter
            case .deputy: .deputy
            case .observer: .observer
            }
        }
    }

    /// - Throws: every fault of the fields, or, before them, what this hand must not send: nobody becomes a deputy by saying so.
    func submission(
        scanned: ScannedCode,
        by hand: Hand,
        standing: (StationCode) -> Stations.Standing
    ) throws(Submission.Unacceptable) -> Submission {
        let faults = faults(by: hand)
        guard faults.isEmpty else { throw Submission.Unacceptable(faults: faults) }
        return try Submission(
            kind: kind,
            submitter: hand.submitter,
            station: station,
            title: title,
            text: text,
            analysis: analysis,
            proposal: proposal,
            contact: contact,
            scanned: scanned,
            mode: mode,
            onBehalf: onBehalf,
            attachments: attachments ?? [],
            standing: standing
        )
    }

    private func faults(by hand: Hand) -> [Submission.Fault] {
        var faults: [Submission.Fault] = []
        if (kind == .formal) != (hand == .deputy) {
            let words =
                hand == .deputy
                ? "此处只接收代表建议 · only formal suggestions are handed in here"
                : "代表建议须由代表登录提出 · a deputy's alone, who signs in and hands it in at /v1/suggestions/formal"
            faults.append(
                .init(pointer: "/kind", rule: hand == .deputy ? "formal-only" : "deputies-only", words: words)
            )
        }
        if let submitter, submitter != hand.submitter {
            let words = "身份以登录为准，不能自行填写 · follows from who has signed in, and is not believed"
            faults.append(.init(pointer: "/submitter", rule: "signed-in-only", words: words))
        }
        if (onBehalf != nil) != (hand == .officer) {
            let words =
                hand == .officer
                ? "必填 · must be given"
                : "代为提交须由联络员或民情观察员登录办理 · for liaison officers and observers at /v1/suggestions/on-behalf"
            let rule = hand == .officer ? "required" : "officers-only"
            faults.append(.init(pointer: "/onBehalf", rule: rule, words: words))
        }
        return faults
    }
}
