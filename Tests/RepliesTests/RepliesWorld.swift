import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import PostgreSQL
import Rules
import Support
import Testing

@testable import Messaging
@testable import Replies

/// A running Replies: its routes, its engine, its tables.
struct RepliesWorld: Sendable {
    static let department = DepartmentCode(rawValue: "chengguan")
    /// Whose matters are unless said otherwise.
    static let deputy = PersonID(rawValue: UUID(hyphenated: Staff.deputyID) ?? UUID())

    static var terms: LegalTerms {
        get throws {
            try LegalTerms(
                json: Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/zhejiang-hangzhou.json"))
            )
        }
    }

    let world: ServiceWorld
    let engine: Engine
    let routes: Routes
    let client: ServiceClient

    /// The shipped terms, but that every period of a first answer may begin anew once.
    static var restartableTerms: LegalTerms {
        get throws {
            let file = Documents.root.appending(path: "Deploy/Rules/zhejiang-hangzhou.json")
            let basis = #"{"standing": "assumption", "text": "补充重大情况的重新计算"}"#
            let limit = #""restart": {"asks": ["committee"], "times": 1, "basis": \#(basis)},"#
            let text = try String(contentsOf: file, encoding: .utf8).replacing(
                #""restarts": [],"#,
                with: #""restarts": ["clock.changed"], \#(limit)"#
            )
            return try RulePack(json: Data(text.utf8)).terms
        }
    }

    /// Lends one.
    ///
    /// - Parameter terms: those that ship unless others are given.
    static func with(
        terms given: LegalTerms? = nil,
        _ body: @escaping @Sendable (Self) async throws -> Void
    ) async throws {
        let terms = try given ?? terms
        try await ServiceWorld.with([.replies: RepliesStore.migrations], queues: false) { world in
            let engine = try world.engine(.replies)
            let notices = Notices(queued: [], topology: world.topology)
            let routes = Routes(
                desk: Desk(outbox: engine.outbox, terms: terms, notices: notices),
                database: engine.database
            )
            try await ServiceClient.with(
                document: Documents.openAPI(of: .replies),
                logger: .silent,
                routes: { router in
                    routes.add(to: router)
                    ActsRoutes(engine: engine).add(to: router)
                },
                { client in try await body(Self(world: world, engine: engine, routes: routes, client: client)) }
            )
            await engine.database.close()
        }
    }

    /// Hears that departments were given a matter: the first leads.
    func hear(
        _ departments: [String] = ["chengguan"],
        kind: SuggestionKind = .opinion,
        daysLeft: Int = 30,
        attachments: [AttachedFile]? = nil,
        contact: String? = nil,
        station: StationCode? = StationCode(rawValue: "ST-X01"),
        deputies: [PersonID]? = [deputy]
    ) async throws -> (SuggestionID, [AssignmentID]) {
        let suggestion = SuggestionID.make()
        var clock = Clock(
            startedAt: .now,
            term: "P30D",
            dueAt: .now + .seconds(86_400 * daysLeft),
            basis: "约定",
            calendar: 1
        )
        // Counted by the editions that ship, so that nothing counts it anew.
        clock.pack = try Self.terms.edition
        let legs = departments.enumerated().map { index, code in
            Leg(
                assignment: .make(),
                department: DepartmentCode(rawValue: code),
                role: departments.count == 1 ? .single : index == 0 ? .lead : .assisting,
                clock: clock
            )
        }
        let event = SuggestionAssigned(
            number: "BJ-1",
            kind: kind,
            title: "路灯",
            text: "不亮",
            committee: CommitteeCode(rawValue: "chengjian"),
            legs: legs,
            reason: "r",
            assignedAt: .now,
            attachments: attachments,
            contact: contact,
            station: station,
            deputies: deputies
        )
        let metadata = EventMetadata(
            id: .make(),
            name: SuggestionAssigned.name,
            owner: .routing,
            aggregate: suggestion,
            version: 2,
            time: .now
        )
        try await engine.outbox.transaction { transaction in
            try await OpenLegs(
                notices: Notices(queued: [], topology: world.topology),
                terms: Self.terms,
                calendar: KnownCalendar()
            )
            .handle([try Received(metadata: metadata, body: event)], in: transaction)
        }
        return (suggestion, legs.map(\.assignment))
    }

    /// Hears that somebody is a deputy.
    func hear(
        _ person: PersonID = deputy,
        version: Int = 1,
        state: PersonChanged.Holding.State = .confirmed,
        from: String = "2022-01-10",
        until: String? = nil,
        at stations: [String]
    ) async throws {
        let holding = PersonChanged.Holding(
            holding: HoldingID(rawValue: person.rawValue),
            role: .deputy,
            unit: UnitCode(rawValue: "binjiang"),
            state: state,
            from: from,
            until: until,
            level: .district,
            stations: stations.map(StationCode.init(rawValue:))
        )
        let body = PersonChanged(
            person: person,
            state: .active,
            publicName: "何宁",
            holdings: [holding],
            changedAt: .now
        )
        let metadata = EventMetadata(
            id: .make(),
            name: PersonChanged.name,
            owner: .directory,
            aggregate: SuggestionID(rawValue: person.rawValue),
            version: version,
            time: .now
        )
        try await engine.outbox.transaction {
            try await KeepHoldings().handle([try Received(metadata: metadata, body: body)], in: $0)
        }
    }

    /// Asks.
    func get(_ path: String, as caller: String?) async throws -> ServiceClient.Answer {
        let answer = try await client.send(.get, path, as: caller)
        #expect(answer.breaches == [], "\(path)")
        return answer
    }

    /// Does something with a leg; its department unless said otherwise.
    func act(
        _ assignment: AssignmentID,
        _ action: String,
        _ body: String? = nil,
        as caller: String? = "chengguan/department"
    ) async throws -> ServiceClient.Answer {
        try await post("/v1/assignments/\(assignment)/\(action)", body, as: caller)
    }

    /// Judges a matter.
    func judge(
        _ suggestion: SuggestionID,
        _ body: String,
        as caller: String? = Staff.deputy
    ) async throws -> ServiceClient.Answer {
        try await post("/v1/suggestions/\(suggestion)/evaluation", body, as: caller)
    }

    private func post(_ path: String, _ body: String?, as caller: String?) async throws -> ServiceClient.Answer {
        let answer = try await client.send(.post, path, as: caller, body: body.map { Array($0.utf8) })
        #expect(answer.breaches == [], "\(path)")
        return answer
    }

    /// What commands have stored.
    func stored() async throws -> Int {
        try await world.number(
            """
            SELECT (SELECT count(*) FROM acts) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM replies)
                   + (SELECT count(*) FROM rejected_messages)
            """,
            of: .replies
        )
    }
}
