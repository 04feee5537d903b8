import Contracts
import Foundation

/// What somebody has written, in all its parts (原文).
struct WrittenWords: Codable, Sendable, Hashable {
    var title: String
    var text: String
    var analysis: String?
    var proposal: String?

    /// With personal data hidden: as everybody but its author sees it, and those to whom it was revealed.
    var masked: Self {
        Self(
            title: Masking.masked(title),
            text: Masking.masked(text),
            analysis: analysis.map(Masking.masked),
            proposal: proposal.map(Masking.masked)
        )
    }
}

extension Submission {
    /// Its words as they were written.
    var words: WrittenWords { WrittenWords(title: title, text: text, analysis: analysis, proposal: proposal) }
}

/// Words as they are stored: nobody reads them without a key that is not in the database.
struct SealedWords: Sendable, Hashable {
    /// The id of the key that seals them.
    let key: String
    /// AES-256-GCM: nonce, JSON, tag.
    let box: [UInt8]
}

extension ContactSeal {
    /// Seals words, bound to their item and to being words: they open in no other row, and nowhere as a contact.
    func seal(_ words: WrittenWords, of id: SuggestionID) throws -> SealedWords {
        SealedWords(key: activeKey, box: try box(JSONEncoder().encode(words), boundTo: Self.place(of: id)))
    }

    /// What was written.
    ///
    /// - Throws: ``KeyMissing``; `CryptoKitError` when it was changed or belongs to another item.
    func open(_ sealed: SealedWords, of id: SuggestionID) throws -> WrittenWords {
        try JSONDecoder().decode(
            WrittenWords.self,
            from: plain(sealed.box, under: sealed.key, boundTo: Self.place(of: id))
        )
    }

    private static func place(of id: SuggestionID) -> String { "words \(id)" }
}
