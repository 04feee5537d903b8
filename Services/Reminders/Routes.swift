import Bootstrap
import Contracts
import Hummingbird
import PostgreSQL

/// The HTTP contract of Reminders; `openapi.yaml` says the same in prose.
struct Routes: Sendable {
    private static let pageLimit = 100

    let database: Database
    let stages: Stages

    func add(to router: GuardedRouter) {
        router.on(.get, "/v1/clocks", .readClocks) { try await clocks($0, $2) }
        router.on(.get, "/v1/notices", .readClocks) { try await notices($0, $2) }
    }

    private func clocks(_ request: Request, _ permit: Permit) async throws -> Response {
        let own = permit.unit.map(DepartmentCode.init(rawValue:))
        let query = request.uri.queryParameters
        var department = own
        if let text = query["department"].map(String.init) {
            guard let code = DepartmentCode(text) else { throw Problem.badRequest("department must be a code") }
            guard own == nil || own == code else { throw Problem.forbidden("a department sees its own clocks") }
            department = code
        }
        let dueBefore = try query["due-before"].map { text in
            guard let moment = Timestamp(String(text)) else {
                throw Problem.badRequest("due-before must be an RFC 3339 date and time")
            }
            return moment
        }
        guard let after = Cursor(query["after"].map(String.init)) else {
            throw Problem.badRequest("after must be the next of an earlier page")
        }
        let (only, place) = (department, after.position.map { (time: $0.time, id: $0.id.rawValue) })
        let page = try await database.transaction {
            try await Listing.open(
                department: only,
                dueBefore: dueBefore,
                after: place,
                limit: Self.pageLimit,
                in: $0
            )
        }
        // A leg has one open clock, so that its id finds the place in the list.
        let next = page.count == Self.pageLimit ? page.last.map(Self.cursor) : nil
        return try .json(ClockPage(items: page.map(ClockAnswer.init), next: next))
    }

    private func notices(_ request: Request, _ permit: Permit) async throws -> Response {
        let own = permit.unit.map(DepartmentCode.init(rawValue:))
        guard let assignment = request.uri.queryParameters["assignment"].flatMap({ AssignmentID(String($0)) }) else {
            throw Problem.badRequest("assignment must be given, a UUID")
        }
        let entries = try await database.transaction { try await Listing.notices(of: assignment, in: $0) }
            .filter { own == nil || $0.department == own }
        return try .json(NoticeList(items: entries.map { NoticeAnswer($0, stages[$0.stage]) }))
    }

    private static func cursor(_ row: Listing.OpenClock) -> String {
        Cursor.text(row.clock.dueAt, SuggestionID(rawValue: row.clock.id.assignment.rawValue))
    }
}

private struct ClockPage: Encodable {
    let items: [ClockAnswer]
    let next: String?
}

/// An open clock as it is answered.
private struct ClockAnswer: Encodable {
    let suggestion: SuggestionID
    let assignment: AssignmentID
    let round: Int
    let department: DepartmentCode
    let startedAt: Timestamp
    let dueAt: Timestamp
    let missed: Bool
    let nextStage: String?
    let nextAt: Timestamp?

    init(_ row: Listing.OpenClock) {
        let clock = row.clock
        (suggestion, assignment, round) = (row.suggestion, clock.id.assignment, clock.id.round)
        (department, startedAt, dueAt) = (clock.department, clock.startedAt, clock.dueAt)
        (missed, nextStage, nextAt) = (clock.missed, clock.next?.stage, clock.next?.at)
    }
}

private struct NoticeList: Encodable {
    let items: [NoticeAnswer]
}

/// A line of the ledger as it is answered.
private struct NoticeAnswer: Encodable {
    let round: Int
    let stage: String
    /// Of a stage that the present rules know.
    let name: Stages.Name?
    let basis: String?
    let noticedAt: Timestamp
    let outcome: Watch.Notice.Outcome

    init(_ entry: Listing.Entry, _ known: Stages.Stage?) {
        (round, stage, noticedAt, outcome) = (entry.round, entry.stage, entry.noticedAt, entry.outcome)
        (name, basis) = (known?.name, known?.authority)
    }
}
