import Contracts
import Messaging
import PostgreSQL

/// The SQL of the kept heads of the owners' chains of acts.
enum HeadsStore {
    /// A head as it was kept.
    struct Kept: Sendable {
        let owner: ServiceName
        let seal: ActsSealed
        let keptAt: Timestamp
        /// By the owner's clock; nil where it was kept before that was noted.
        let sealedAt: Timestamp?
    }

    /// Queues the head of an owner's chain.
    static func keep(
        _ seal: ActsSealed,
        of owner: ServiceName,
        sealedAt: Timestamp,
        in transaction: Transaction
    ) {
        transaction.enqueue(
            """
            INSERT INTO kept_seals (owner, number, count, head, sealed_at)
            VALUES (\(owner.rawValue), \(seal.number), \(seal.count), \(seal.head), \(sealedAt)) ON CONFLICT DO NOTHING
            """
        )
    }

    /// All kept heads by owner and number.
    static func all(in transaction: Transaction) async throws -> [Kept] {
        try kept(try await transaction.query("SELECT * FROM kept_seals ORDER BY owner, number"))
    }

    /// The newest head of each owner; a few looks at an index, however many are kept.
    static func newest(in transaction: Transaction) async throws -> [Kept] {
        try kept(
            try await transaction.query(
                """
                WITH RECURSIVE owners AS (
                    (SELECT owner FROM kept_seals ORDER BY owner LIMIT 1)
                    UNION ALL
                    SELECT (SELECT later.owner FROM kept_seals AS later WHERE later.owner > owners.owner
                            ORDER BY later.owner LIMIT 1)
                    FROM owners WHERE owners.owner IS NOT NULL
                )
                SELECT newest.* FROM owners
                CROSS JOIN LATERAL (SELECT * FROM kept_seals WHERE kept_seals.owner = owners.owner
                                    ORDER BY kept_seals.number DESC LIMIT 1) AS newest
                ORDER BY newest.owner
                """
            )
        )
    }

    private static func kept(_ rows: RowSet) throws -> [Kept] {
        try rows.map { row in
            Kept(
                owner: ServiceName(rawValue: try row["owner", as: String.self]),
                seal: ActsSealed(
                    number: try row["number", as: Int.self],
                    count: try row["count", as: Int.self],
                    head: try row["head", as: String.self]
                ),
                keptAt: try row["kept_at", as: Timestamp.self],
                sealedAt: try row["sealed_at", as: Timestamp?.self]
            )
        }
    }

    /// What today's file says: what the first replica that asked on this day was told, for all of them.
    ///
    /// - Returns: the day by the database's clock, in Chinese time; nil while no head is kept, which leaves the day open.
    static func today(in transaction: Transaction) async throws -> (day: String, document: String)? {
        let row = try await transaction.query(
            """
            SELECT today.day::text AS day, now() AS moment, exported_heads.document
            FROM (SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date AS day) AS today LEFT JOIN exported_heads USING (day)
            """
        )[0]
        let day = try row["day", as: String.self]
        if let document = try row["document", as: String?.self] { return (day, document) }
        let newest = try await newest(in: transaction)
        guard !newest.isEmpty else { return nil }
        let document = HeadsDocument(
            day: day,
            exportedAt: try row["moment", as: Timestamp.self],
            heads: newest.map {
                HeadsDocument.Head(
                    owner: $0.owner,
                    number: $0.seal.number,
                    count: $0.seal.count,
                    head: $0.seal.head,
                    sealedAt: $0.sealedAt ?? $0.keptAt
                )
            }
        )
        let text = try document.text()
        // Whoever comes second waits here, and then reads what the first has said.
        let claimed = try await transaction.query([
            """
            INSERT INTO exported_heads (day, document) VALUES (\(day)::date, \(text)) ON CONFLICT DO NOTHING
            """,
            "SELECT document FROM exported_heads WHERE day = \(day)::date",
        ])[1]
        return (day, try claimed[0]["document", as: String.self])
    }
}
