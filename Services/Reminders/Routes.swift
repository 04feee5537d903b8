import Bootstrap
import Calendar
import Contracts
import Hummingbird
import PostgreSQL

/// The HTTP contract of Reminders; `openapi.yaml` says the same in prose.
struct Routes: Sendable {
    private static let pageLimit = 100

    let database: Database
    let stages: Stages
    /// How the owners count, to explain their dates.
    var rule = CountingRule.civilCode
    /// How the packs count that the calculator knows, by their names.
    var packs: [String: CountingRule] = [:]
    var calendar = KnownCalendar()

    func add(to router: GuardedRouter) {
        router.on(.get, "/v1/clocks", .readClocks) { try await clocks($0, $2) }
        router.on(.get, "/v1/clocks/{assignment}", .readClocks) { try await explained($0, $1, $2) }
        router.on(.get, "/v1/inbox", .readClocks) { try await inbox($0, $2) }
        router.on(.get, "/v1/notices", .readClocks) { try await notices($0, $2) }
        router.open(.get, "/v1/due-dates", .anyone) { request, _ in try dueDate(request) }
        router.open(.get, "/v1/calendar", .anyone) { _, _ in try .json(CalendarAnswer(calendar.current)) }
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
        let dueBefore = try moment(query, "due-before")
        guard let after = Cursor(query["after"].map(String.init)) else {
            throw Problem.badRequest("after must be the next of an earlier page")
        }
        let (only, place) = (department, after.position.map { (time: $0.time, id: $0.id.rawValue) })
        let dueFrom = try moment(query, "due-from")
        let page = try await database.transaction {
            try await Listing.open(
                department: only,
                dueFrom: dueFrom,
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

    private func moment(_ query: Parameters, _ name: Substring) throws -> Timestamp? {
        try query[name].map { text in
            guard let moment = Timestamp(String(text)) else {
                throw Problem.badRequest("\(name) must be an RFC 3339 date and time")
            }
            return moment
        }
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

    private func inbox(_ request: Request, _ permit: Permit) async throws -> Response {
        guard let after = Cursor(request.uri.queryParameters["after"].map(String.init)) else {
            throw Problem.badRequest("after must be the next of an earlier page")
        }
        // An operator may see every clock, and no notice is meant for them.
        guard let reader = NoticeStore.Reader(permit.caller.role, of: permit.caller.unit) else {
            return try .json(InboxPage(items: [], next: nil))
        }
        let place = after.position.map { (time: $0.time, id: $0.id.rawValue) }
        let page = try await database.transaction {
            try await NoticeStore.page(of: reader, after: place, limit: Self.pageLimit, in: $0)
        }
        let next = page.count == Self.pageLimit ? page.last : nil
        return try .json(
            InboxPage(
                items: page.map { InboxAnswer($0, stages[$0.stage]) },
                next: next.map { Cursor.text($0.noticedAt, SuggestionID(rawValue: $0.id)) }
            )
        )
    }

    /// Every period of a leg, with what was made of each day.
    private func explained(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let own = permit.unit.map(DepartmentCode.init(rawValue:))
        let assignment: AssignmentID = try context.id("assignment")
        let (clocks, excuses) = try await database.transaction {
            transaction -> ([Listing.OpenClock], [ExcuseStore.Excuse]) in
            let clocks = try await Listing.clocks(of: assignment, in: transaction)
            guard let suggestion = clocks.first(where: \.clock.missed)?.suggestion else { return (clocks, []) }
            return (clocks, try await ExcuseStore.excuses(of: assignment, in: suggestion, transaction))
        }
        let shown = clocks.filter { own == nil || $0.clock.department == own }
        guard !shown.isEmpty else { throw Problem.notFound("no such leg") }
        let calendar = calendar.current
        return try .json(
            ExplainedClocks(items: shown.map { ExplainedClock($0, excuses: excuses, in: calendar, under: rule) })
        )
    }

    /// The longest term that is explained to strangers: an answer of a tenth of a megabyte.
    private static func limit(_ unit: Term.Unit) -> Int { unit == .months ? 36 : 366 }

    /// Says from a day and a term when a period ends, and why (计算器).
    private func dueDate(_ request: Request) throws -> Response {
        let query = request.uri.queryParameters
        func given(_ name: String) -> String { query[Substring(name)].map(String.init) ?? "" }
        func fault(_ field: String, _ rule: String) -> Problem { .badRequest("\(field) \(rule)") }
        do {
            let question = try DueQuestion(start: given("start"), term: given("term"))
            let limit = Self.limit(question.term.unit)
            guard question.term.count <= limit else { throw fault("term", "must be at most \(limit) of these here") }
            return try .json(question.answer(in: calendar.current, under: try counting(query["pack"].map(String.init))))
        } catch let wrong as DueQuestion.Wrong {
            throw fault(wrong.field, wrong.rule)
        }
    }

    /// How a pack counts; the one in force unless another is named.
    private func counting(_ pack: String?) throws -> CountingRule {
        guard let pack else { return rule }
        guard let found = packs[pack] else {
            throw Problem.badRequest("pack must be one of \(packs.keys.sorted().joined(separator: ", "))")
        }
        return found
    }

    private static func cursor(_ row: Listing.OpenClock) -> String {
        Cursor.text(row.clock.dueAt, SuggestionID(rawValue: row.clock.id.assignment.rawValue))
    }
}
