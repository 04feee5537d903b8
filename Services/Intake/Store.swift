import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// All SQL of Intake.
enum IntakeStore {
    static let migrations = [
        Migration("V001_suggestions", PackageResources.V001_suggestions_sql),
        Migration("V002_contact_keys", PackageResources.V002_contact_keys_sql),
        Migration("V003_codes", PackageResources.V003_codes_sql),
        Migration("V004_attachments", PackageResources.V004_attachments_sql),
        Migration("V005_author_modes", PackageResources.V005_author_modes_sql),
        Migration("V006_quarantine", PackageResources.V006_quarantine_sql),
        Migration("V010_erased_items", PackageResources.V010_erased_items_sql),
        Migration("V020_keyed_digests", PackageResources.V020_keyed_digests_sql),
        Migration("V021_released_files", PackageResources.V021_released_files_sql),
        Migration("V038_deputies", PackageResources.V038_deputies_sql),
        Migration("V039_sealed_words", PackageResources.V039_sealed_words_sql),
        Migration("V041_machine_refusals", PackageResources.V041_machine_refusals_sql),
        Migration("V042_retention_runs", PackageResources.V042_retention_runs_sql),
    ]

    /// The constraint that no two receipts have one number.
    static let numberIsUnique = "suggestions_number_unique"
    /// The constraint that no request key has two owners.
    static let keyIsUnique = "request_keys_pkey"

    /// A submission with everything that is stored beside it.
    struct NewRow: Sendable {
        let id: SuggestionID
        let receipt: Receipt
        let submission: Submission
        /// The words as they leave, and, where those are not what was written, what was, sealed.
        let shown: WrittenWords
        let words: SealedWords?
        let contact: SealedContact?
        let receivedAt: Timestamp
        let key: String
        let digest: [UInt8]
        /// Why it is held back, and with what; nil when it goes on.
        let held: Held?
    }

    /// What is known of a request key.
    struct KnownKey: Sendable, Hashable {
        let digest: [UInt8]
        let suggestion: SuggestionID
    }

    /// Queues the claim of request keys; the transaction fails by ``keyIsUnique`` when one is known.
    static func claimNew(_ rows: [NewRow], in transaction: Transaction) {
        let sorted = inOrder(rows)
        transaction.enqueue(
            """
            INSERT INTO request_keys (key, digest, suggestion)
            SELECT * FROM unnest(\(sorted.map(\.key)), \(sorted.map(\.digest)), \(sorted.map(\.id.rawValue)))
            """
        )
    }

    /// In one order everywhere, so that two batches that share keys wait for each other and never both ways.
    private static func inOrder(_ rows: [NewRow]) -> [NewRow] { rows.sorted { $0.key < $1.key } }

    /// Claims request keys; those that were claimed before, or are at this moment elsewhere, come back with their owners.
    ///
    /// - Returns: the keys claimed now, and the known ones.
    static func claim(
        _ rows: [NewRow],
        in transaction: Transaction
    ) async throws -> (claimed: Set<String>, known: [String: KnownKey]) {
        let sorted = inOrder(rows)
        let results = try await transaction.query([
            """
            INSERT INTO request_keys (key, digest, suggestion)
            SELECT * FROM unnest(\(sorted.map(\.key)), \(sorted.map(\.digest)), \(sorted.map(\.id.rawValue)))
            ON CONFLICT DO NOTHING RETURNING key
            """,
            "SELECT key, digest, suggestion FROM request_keys WHERE key = ANY(\(sorted.map(\.key)))",
        ])
        var known: [String: KnownKey] = [:]
        for row in results[1] {
            known[try row.value(at: 0, as: String.self)] = KnownKey(
                digest: try row.value(at: 1, as: [UInt8].self),
                suggestion: SuggestionID(rawValue: try row.value(at: 2, as: UUID.self))
            )
        }
        return (Set(try results[0].map { try $0.value(at: 0, as: String.self) }), known)
    }

    /// Queues the rows of submissions: one statement, whatever their number.
    static func insert(_ rows: [NewRow], in transaction: Transaction) {
        guard !rows.isEmpty else { return }
        transaction.enqueue(
            """
            INSERT INTO suggestions (id, number, secret, kind, submitter, station, title, body, analysis, proposal, contact,
                                     contact_key, contact_index, received_at, code, deputy, mode, on_behalf, version, deputies, words, words_key)
            SELECT id, number, secret, kind, submitter, station, title, body, analysis, proposal, contact, contact_key,
                   contact_index, received_at, code, deputy, mode, on_behalf, version, string_to_array(deputies, ',')::uuid[],
                   words, words_key
            FROM unnest(\(rows.map(\.id.rawValue)), \(rows.map(\.receipt.number)),
                                 \(rows.map { Receipt.hash($0.receipt.secret) }), \(rows.map(\.submission.kind.rawValue)),
                                 \(rows.map(\.submission.submitter.rawValue)), \(rows.map(\.submission.station.rawValue)),
                                 \(rows.map(\.shown.title)), \(rows.map(\.shown.text)),
                                 \(rows.map(\.shown.analysis)), \(rows.map(\.shown.proposal)),
                                 \(rows.map(\.contact?.box)), \(rows.map(\.contact?.key)), \(rows.map(\.contact?.index)),
                                 \(rows.map(\.receivedAt)), \(rows.map(\.submission.code?.id.rawValue)),
                                 \(rows.map(\.submission.deputy?.rawValue)), \(rows.map(\.submission.mode.rawValue)),
                                 \(rows.map(\.submission.onBehalf?.manner.rawValue)),
                                 \(rows.map { $0.held == nil ? 1 : 0 }),
                                 \(rows.map { NamedDeputies.text($0.submission.deputies) }), \(rows.map(\.words?.box)),
                                 \(rows.map(\.words?.key)))
                 AS row (id, number, secret, kind, submitter, station, title, body, analysis, proposal, contact, contact_key,
                         contact_index, received_at, code, deputy, mode, on_behalf, version, deputies, words, words_key)
            """
        )
    }

    /// Counts another event of an item.
    ///
    /// - Returns: its version and the contact as it is stored.
    static func reveal(_ id: SuggestionID, in transaction: Transaction) async throws -> (version: Int, SealedContact?) {
        let row = try await transaction.query(
            """
            UPDATE suggestions SET version = version + 1 WHERE id = \(id.rawValue)
            RETURNING version, contact, contact_key, contact_index
            """
        )[0]
        return (try row["version", as: Int.self], try contact(row))
    }

    /// The words of an item as they are stored, and its contact.
    static func words(of id: SuggestionID, in transaction: Transaction) async throws -> OwnCopy.StoredWords {
        let row = try await transaction.query(
            """
            SELECT title, body, analysis, proposal, words, words_key, contact, contact_key, contact_index
            FROM suggestions WHERE id = \(id.rawValue)
            """
        )[0]
        return OwnCopy.StoredWords(shown: try shown(row), sealed: try sealed(row), contact: try contact(row))
    }

    /// The words of a row's columns.
    static func shown(_ row: Row) throws -> WrittenWords {
        WrittenWords(
            title: try row["title", as: String.self],
            text: try row["body", as: String.self],
            analysis: try row["analysis", as: String?.self],
            proposal: try row["proposal", as: String?.self]
        )
    }

    /// What a row has sealed.
    static func sealed(_ row: Row) throws -> SealedWords? {
        guard let box = try row["words", as: [UInt8]?.self] else { return nil }
        return SealedWords(key: try row["words_key", as: String.self], box: box)
    }

    /// Contacts that another key than this one seals, locked; those that are being sealed anew elsewhere are passed over.
    static func contacts(
        notUnder key: String,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [(SuggestionID, SealedContact)] {
        try await transaction.query(
            """
            SELECT id, contact, contact_key, contact_index FROM suggestions
            WHERE contact IS NOT NULL AND contact_key IS DISTINCT FROM \(key) ORDER BY id LIMIT \(limit) FOR UPDATE SKIP LOCKED
            """
        ).compactMap { row in try contact(row).map { (try row.id("id"), $0) } }
    }

    private static func contact(_ row: Row) throws -> SealedContact? {
        try row["contact", as: [UInt8]?.self].map { box in
            SealedContact(
                key: try row["contact_key", as: String?.self],
                box: box,
                index: try row["contact_index", as: [UInt8]?.self]
            )
        }
    }

    /// Queues contacts as they are sealed now.
    static func put(_ contacts: [(SuggestionID, SealedContact)], in transaction: Transaction) {
        transaction.enqueue(
            """
            UPDATE suggestions SET contact = row.box, contact_key = row.key, contact_index = row.index
            FROM unnest(\(contacts.map(\.0.rawValue)), \(contacts.map(\.1.box)), \(contacts.map(\.1.key)),
                        \(contacts.map(\.1.index))) AS row (id, box, key, index)
            WHERE suggestions.id = row.id
            """
        )
    }

    /// The items with one of these hashes, oldest first, each with the version of the event that it was found.
    static func items(
        withContact indexes: [[UInt8]],
        in transaction: Transaction
    ) async throws -> [(id: SuggestionID, number: String, version: Int)] {
        try await transaction.query(
            """
            WITH found AS (
                UPDATE suggestions SET version = version + 1 WHERE contact_index = ANY(\(indexes))
                RETURNING id, number, version, received_at
            )
            SELECT id, number, version FROM found ORDER BY received_at, id
            """
        ).map { (try $0.id("id"), try $0["number", as: String.self], try $0["version", as: Int.self]) }
    }

    static func onBehalf(_ row: Row) throws -> OnBehalf? {
        try row["on_behalf", as: String?.self].flatMap(Manner.init).map(OnBehalf.init)
    }

    /// Queues rows of progress.
    static func record(_ entries: [(suggestion: SuggestionID, entry: ProgressEntry)], in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO progress (suggestion, owner, version, name, occurred_at, body)
            SELECT * FROM unnest(\(entries.map(\.suggestion.rawValue)), \(entries.map(\.entry.owner.rawValue)),
                                 \(entries.map(\.entry.version)), \(entries.map(\.entry.name.rawValue)),
                                 \(entries.map(\.entry.time)), \(entries.map(\.entry.body)))
            """
        )
    }

    /// The item of a number, with what has become of it, in one round trip; nil when there is none.
    ///
    /// The secret is compared where the item is looked for: whoever has a wrong one makes the same work as where there is no such
    /// number, and is told as little by its time. What is compared is a hash of 60 random bits, from which nobody gets on.
    ///
    /// - Parameter secret: the hash of the receipt's secret, which the item must have too; nil for one who needs no receipt.
    static func item(
        number: String,
        secret: [UInt8]? = nil,
        in transaction: Transaction
    ) async throws -> IntakeItem? {
        let results = try await transaction.query([
            """
            SELECT suggestions.id, number, kind, title, suggestions.station, suggestions.received_at, mode, on_behalf,
                   words, words_key, quarantine.suggestion IS NOT NULL AS is_held, refusal
            FROM suggestions LEFT JOIN quarantine ON quarantine.suggestion = suggestions.id WHERE number = \(number) AND (\(secret) IS NULL OR suggestions.secret = \(secret))
            """,
            """
            SELECT attachments.id, name, type, size, attachments.sha256
            FROM attachments JOIN suggestions ON suggestions.id = attachments.suggestion
            WHERE number = \(number) AND (\(secret) IS NULL OR suggestions.secret = \(secret)) ORDER BY position
            """,
            """
            SELECT progress.* FROM progress JOIN suggestions ON suggestions.id = progress.suggestion
            WHERE number = \(number) AND (\(secret) IS NULL OR suggestions.secret = \(secret)) ORDER BY occurred_at, owner, version
            """,
        ])
        guard let row = results[0].first else { return nil }
        let id: SuggestionID = try row.id("id")
        return IntakeItem(
            id: id,
            number: try row["number", as: String.self],
            kind: try row.listed("kind"),
            title: try row["title", as: String.self],
            station: try row.code("station"),
            receivedAt: try row["received_at", as: Timestamp.self],
            mode: try row["mode", as: String?.self].flatMap(AuthorMode.init),
            onBehalf: try onBehalf(row),
            words: try sealed(row),
            isHeld: try row["is_held", as: Bool.self],
            refusal: try row["refusal", as: String?.self],
            attachments: try results[1].map { try AttachmentStore.file($0) },
            progress: try results[2].map { row in
                ProgressEntry(
                    owner: ServiceName(rawValue: try row["owner", as: String.self]),
                    version: try row["version", as: Int.self],
                    name: EventName(rawValue: try row["name", as: String.self]),
                    time: try row["occurred_at", as: Timestamp.self],
                    body: try row["body", as: [UInt8].self]
                )
            }
        )
    }
}
