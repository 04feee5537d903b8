import Bootstrap
import Contracts
import Hummingbird
import PostgreSQL
import Rules

/// What a station asks Intake about its codes.
struct CodeRoutes: Sendable {
    let database: Database
    let stations: KnownStations

    func add(to router: GuardedRouter) {
        router.on(.get, "/v1/hand-ins", .readCodes) { _, _, permit in try await counts(permit) }
        router.on(.get, "/v1/codes/:code/hand-ins", .readCodes) { try await handIns($1, $2) }
    }

    private func handIns(_ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let code: CodeID = try context.id("code")
        let reach = reach(of: permit)
        let count = try await database.transaction { try await CodeStore.handIns(code, at: reach, in: $0) }
        guard let count else { throw Problem.notFound() }
        return try .json(HandIns(code: code, handIns: count))
    }

    private func counts(_ permit: Permit) async throws -> Response {
        let reach = reach(of: permit)
        let counts = try await database.transaction { try await CodeStore.handIns(at: reach, in: $0) }
        return try .json(HandInsList(items: counts.map { HandIns(code: $0.code, handIns: $0.count) }))
    }

    /// The stations whose codes are the caller's: a registrar's are all below their unit, as with the codes themselves; nil for all.
    private func reach(of permit: Permit) -> [String]? {
        permit.unit.map { unit in
            permit.caller.role == .registrar ? stations.current.within(unit).map(\.rawValue) : [unit]
        }
    }
}

private struct HandInsList: Encodable {
    let items: [HandIns]
}

private struct HandIns: Encodable {
    let code: CodeID
    let handIns: Int
}
