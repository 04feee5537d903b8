import PostgreSQL
import Support
import Testing

/// What text is compared by in every database that there is.
struct DatabaseLocaleTests {
    @Test func `every database of the stack, and each that a test makes, is in C.UTF-8`() async throws {
        let stack = TestStack()
        try await stack.withDatabase { name in
            let database = Database(configuration: try stack.database(name, poolSize: 1), logger: .silent)
            let rows = try await database.query(
                """
                SELECT datname::text AS name, concat_ws(' ', pg_encoding_to_char(encoding), datcollate, datctype) AS locale
                FROM pg_database
                """
            )
            let text = try await database.query("SELECT 'B' < 'a' AS bytes, lower('Ä') = 'ä' AS letters")[0]
            await database.close()
            #expect(try rows.contains { try $0["name", as: String.self] == name })
            for row in rows {
                let (name, locale) = (try row["name", as: String.self], try row["locale", as: String.self])
                #expect(locale == "UTF8 C.UTF-8 C.UTF-8", "\(name)")
            }
            #expect(try text["bytes", as: Bool.self] && text["letters", as: Bool.self])
        }
    }
}
