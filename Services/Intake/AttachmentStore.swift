import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of files.
enum AttachmentStore {
    /// A file as it is kept, before it belongs to anything.
    struct NewFile: Sendable {
        let id: AttachmentID
        /// SHA-256 of the secret.
        let secret: [UInt8]
        let name: String
        let kind: FileKind
        let size: Int
        let sha256: [UInt8]
    }

    /// Bytes of files that belong to nothing yet.
    static func unattachedBytes(in transaction: Transaction) async throws -> Int {
        try await transaction.query(
            "SELECT coalesce(sum(size), 0)::bigint AS bytes FROM attachments WHERE suggestion IS NULL"
        )[0]["bytes", as: Int.self]
    }

    /// Queues the row of a file.
    static func insert(_ file: NewFile, in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO attachments (id, secret, name, type, size, sha256)
            VALUES (\(file.id.rawValue), \(file.secret), \(file.name), \(file.kind.rawValue), \(file.size), \(file.sha256))
            """
        )
    }

    /// Stores a piece, and returns once the server has it: no more than one is on its way.
    static func insert(_ bytes: [UInt8], at position: Int, of id: AttachmentID, in transaction: Transaction)
        async throws
    {
        try await transaction.execute(
            """
            INSERT INTO attachment_chunks (attachment, position, bytes) VALUES (\(id.rawValue), \(position), \(bytes))
            """
        )
    }

    /// Gives files to an item.
    ///
    /// - Returns: them in the order of the claims.
    /// - Throws: ``Desk/UnknownAttachments`` when one is not there, has another secret, or belongs to an item already.
    static func bind(
        _ claims: [AttachmentClaim],
        to suggestion: SuggestionID,
        in transaction: Transaction
    ) async throws -> [AttachedFile] {
        let rows = try await transaction.query(
            """
            UPDATE attachments SET suggestion = \(suggestion.rawValue), position = claim.position
            FROM unnest(\(claims.map(\.id.rawValue)), \(claims.map { Receipt.hash($0.secret) }), \(Array(claims.indices)))
                 AS claim (id, secret, position)
            WHERE attachments.id = claim.id AND attachments.secret = claim.secret AND attachments.suggestion IS NULL
            RETURNING attachments.id, name, type, size, sha256
            """
        ).map { try file($0) }
        let found = Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
        let missing = claims.indices.filter { found[claims[$0].id] == nil }
        guard missing.isEmpty else { throw Desk.UnknownAttachments(positions: missing) }
        return claims.compactMap { found[$0.id] }
    }

    /// A file of a row.
    static func file(_ row: Row) throws -> AttachedFile {
        AttachedFile(
            id: try row.id("id"),
            name: try row["name", as: String.self],
            type: try row["type", as: String.self],
            size: try row["size", as: Int.self],
            sha256: hexadecimal(try row["sha256", as: [UInt8].self])
        )
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// A file that goes with an item.
    struct Attached: Sendable {
        let file: AttachedFile
        /// The item's number.
        let number: String
        /// Whether its committee lets departments see it, whoever the author is.
        let isReleased: Bool
    }

    /// A file that goes with an item; nil when there is none.
    static func attached(_ id: AttachmentID, in transaction: Transaction) async throws -> Attached? {
        try await transaction.query(
            """
            SELECT attachments.id, name, type, size, sha256, number, released_at IS NOT NULL AS is_released
            FROM attachments JOIN suggestions ON suggestions.id = attachments.suggestion WHERE attachments.id = \(id.rawValue)
            """
        ).first.map { row in
            Attached(
                file: try file(row),
                number: try row["number", as: String.self],
                isReleased: try row["is_released", as: Bool.self]
            )
        }
    }

    /// The files of an item that were released.
    static func released(of suggestion: SuggestionID, in transaction: Transaction) async throws -> Set<AttachmentID> {
        let rows = try await transaction.query(
            "SELECT id FROM attachments WHERE suggestion = \(suggestion.rawValue) AND released_at IS NOT NULL"
        )
        return Set(try rows.map { try $0.id("id") })
    }

    /// Releases a file, and counts another event of its item.
    ///
    /// - Returns: the event's version; nil when it was released before.
    static func release(
        _ id: AttachmentID,
        of suggestion: SuggestionID,
        at moment: Timestamp,
        in transaction: Transaction
    ) async throws -> Int? {
        try await transaction.query(
            """
            WITH released AS (
                UPDATE attachments SET released_at = \(moment)
                WHERE id = \(id.rawValue) AND suggestion = \(suggestion.rawValue) AND released_at IS NULL RETURNING id
            )
            UPDATE suggestions SET version = version + 1
            WHERE id = \(suggestion.rawValue) AND EXISTS (SELECT FROM released) RETURNING version
            """
        ).first.map { try $0["version", as: Int.self] }
    }

    /// A piece of a file; nil behind the last.
    static func chunk(_ position: Int, of id: AttachmentID, in database: Database) async throws -> [UInt8]? {
        try await database.query(
            "SELECT bytes FROM attachment_chunks WHERE attachment = \(id.rawValue) AND position = \(position)"
        ).first.map { try $0["bytes", as: [UInt8].self] }
    }

    /// Removes files that nothing has named in time, passing over those that another replica removes.
    ///
    /// - Returns: how many.
    static func sweep(olderThan age: Duration, limit: Int, in database: Database) async throws -> Int {
        try await database.execute(
            """
            DELETE FROM attachments WHERE id IN (
                SELECT id FROM attachments
                WHERE suggestion IS NULL AND created_at < now() - make_interval(secs => \(age / .seconds(1)))
                ORDER BY created_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
            )
            """
        )
    }
}
