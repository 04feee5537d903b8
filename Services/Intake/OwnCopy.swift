import Contracts

/// What somebody has handed in, as its author gets it back (查阅、复制): their own words, and the contact with most of it hidden, for
/// a receipt may lie about.
struct OwnCopy: Encodable, Sendable, Equatable {
    let number: String
    let kind: SuggestionKind
    let station: StationCode
    let receivedAt: Timestamp
    let title: String
    let text: String
    let analysis: String?
    let proposal: String?
    let mode: AuthorMode?
    let contact: Submission.Contact?
    let attachments: [AttachedFile]?

    /// Put together from what was written.
    init(_ words: WrittenWords, _ item: IntakeItem, contact: Submission.Contact?) {
        (number, kind, station, receivedAt) = (item.number, item.kind, item.station, item.receivedAt)
        (title, text, analysis, proposal) = (words.title, words.text, words.analysis, words.proposal)
        mode = item.mode
        self.contact = contact.map(Self.hidden)
        attachments = item.attachments.isEmpty ? nil : item.attachments
    }

    /// The words of an item and its contact, as they are stored.
    struct StoredWords: Sendable {
        let shown: WrittenWords
        let sealed: SealedWords?
        let contact: SealedContact?

        /// The words as they were written.
        func written(of id: SuggestionID, _ seal: ContactSeal) throws -> WrittenWords {
            try sealed.map { try seal.open($0, of: id) } ?? shown
        }
    }

    /// A family name and a star; of a number its first three and last four characters.
    ///
    /// No law has a pattern: it is what people know.
    static func hidden(_ contact: Submission.Contact) -> Submission.Contact {
        var hidden = contact
        hidden.name = contact.name.map { "\($0.prefix(1))＊" }
        hidden.phone = contact.phone.map { $0.count > 7 ? "\($0.prefix(3))＊＊＊＊\($0.suffix(4))" : "＊＊＊＊" }
        return hidden
    }
}
