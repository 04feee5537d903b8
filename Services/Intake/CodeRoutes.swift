import Bootstrap
import Contracts
import Hummingbird
import PostgreSQL

/// What a station asks Intake about its codes.
struct CodeRoutes: Sendable {
    let database: Database

    func add(to router: GuardedRouter) {
        router.on(.get, "/v1/codes/:code/hand-ins", .readCodes) { try await handIns($1, $2) }
    }

    private func handIns(_ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let code: CodeID = try context.id("code")
        let count = try await database.transaction {
            try await CodeStore.handIns(code, at: permit.unit, in: $0)
        }
        guard let count else { throw Problem.notFound() }
        return try .json(HandIns(code: code, handIns: count))
    }
}

private struct HandIns: Encodable {
    let code: CodeID
    let handIns: Int
}
