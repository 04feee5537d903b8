import Bootstrap
import Contracts
import HTTPSupport
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Directory

/// What strangers try at Directory's endpoints, all of them by the document and the table of rights.
@Suite(.timeLimit(.minutes(5)))
struct AttacksIntegrationTests {
    @Test func `no forged token comes in anywhere`() async throws {
        try await DirectoryWorld.with { directory in
            let forged = try await ForgedTokens()
            let tokens = AccessTokens(logger: .silent) { [forged.key] }
            let outcome = try await ForgerySweep.run(
                { directory.add(to: $0) },
                tokens: tokens,
                good: forged.good,
                forged: forged.all,
                logger: .silent
            )
            print(outcome.line("directory"))
            #expect(outcome.breaches == [] && outcome.inputs > 100)
        }
    }

    @Test func `whatever is written into a field stays text`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            let before = try await StoredTexts(of: directory.engine.database)
            let sweep = try InjectionSweep(
                document: Documents.openAPI(of: .directory),
                client: directory.client,
                callers: [.registrar: "binjiang", .operator: "operator", .liaison: "ST-X01"],
                values: [
                    "unit": "ST-X01", "role": "observer", "station": "ST-X01", "of": "ST-X01", "kind": "station",
                    "grant_type": "refresh_token", "size": "A4",
                ],
                // Those that start a process for a page, or hash a password.
                seldom: [
                    "GET /v1/sheets.pdf", "GET /v1/sheets/{station}.pdf", "GET /v1/codes/{code}/qr.png",
                    "POST /v1/sign-in", "POST /v1/invitation", "POST /v1/me/password", "DELETE /v1/me/factor",
                ]
            )
            let outcome = try await sweep.run { _ in ["login": "h.\(UUIDv7.make().lowercaseText.suffix(12))"] }
            print(outcome.line("directory"))
            #expect(outcome.breaches == [] && outcome.inputs > 1_000 && outcome.accepted > 10)
            let after = try await StoredTexts(of: directory.engine.database)
            #expect(after.losses(since: before) == [] && after.missing(outcome.kept) == [])
        }
    }
}
