import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Rules
import Support
import Testing

@testable import Intake

/// A running Intake: its routes, its engine, its tables.
struct IntakeWorld: Sendable {
    static let receipts = Receipt.Maker(key: Array(repeating: 7, count: 32))
    static let seal = ContactSeal(key: Array(repeating: 9, count: 32))

    let world: ServiceWorld
    let engine: Engine
    let routes: Routes
    let stations: KnownStations
    let attachments: AttachmentRoutes
    let quarantine: QuarantineRoutes
    let client: ServiceClient

    /// Adds every route.
    func add(to router: GuardedRouter) {
        routes.add(to: router)
        attachments.add(to: router)
        quarantine.add(to: router)
        ErasureRoutes(desk: EraseDesk(outbox: engine.outbox), limiter: routes.limiter).add(to: router)
        CopyRoutes(database: engine.database, seal: Self.seal, limiter: routes.limiter).add(to: router)
        ActsRoutes(engine: engine).add(to: router)
    }

    /// Lends one; its routes answer before `engine.run()`, as in a process that cannot reach the broker.
    ///
    /// - Parameters:
    ///   - measures: what flows in an hour.
    ///   - patience: how long a file may take to arrive.
    ///   - isLive: whether requests go over sockets, where `X-Forwarded-For` says where they come from.
    ///   - listener: a service whose queue hears what is told.
    static func with(
        measures: Allowance.Measures = Allowance.Measures(),
        capacity: Int = 1 << 30,
        patience: Duration = .seconds(60),
        isLive: Bool = false,
        listener: ServiceName? = nil,
        _ body: @escaping @Sendable (Self) async throws -> Void
    ) async throws {
        var configuration = HTTPConfiguration()
        configuration.port = 0
        configuration.trustedPeers = try #require(TrustedPeers("127.0.0.1"))
        let limiter = Limiter(measures, names: FloodNames(secret: Array(repeating: 5, count: 32)))
        let workshop = await ImageWorkshop.open()
        let rules = try Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/routing.json"))
        let stations = KnownStations(try Stations(json: rules))
        var services = [ServiceName.intake: IntakeStore.migrations]
        if let listener { services[listener] = [] }
        try await ServiceWorld.with(services, queues: listener != nil) { world in
            let engine = try world.engine(.intake)
            let routes = Routes(
                desk: Desk(outbox: engine.outbox, receipts: receipts, seal: seal),
                revealing: RevealDesk(outbox: engine.outbox, seal: seal),
                database: engine.database,
                stations: stations,
                codes: CodeBook(database: engine.database),
                limiter: limiter,
                digests: RequestDigests(secret: Array(repeating: 6, count: 32))
            )
            let files = AttachmentDesk(
                database: engine.database,
                workshop: workshop,
                capacity: capacity,
                patience: patience
            )
            let attachments = AttachmentRoutes(
                desk: files,
                releasing: ReleaseDesk(outbox: engine.outbox),
                database: engine.database,
                limiter: limiter
            )
            let quarantine = QuarantineRoutes(desk: QuarantineDesk(outbox: engine.outbox))
            try await ServiceClient.with(
                document: Documents.openAPI(of: .intake),
                configuration: configuration,
                logger: .silent,
                isLive: isLive,
                routes: { router in
                    routes.add(to: router)
                    attachments.add(to: router)
                    quarantine.add(to: router)
                    ErasureRoutes(desk: EraseDesk(outbox: engine.outbox), limiter: routes.limiter).add(to: router)
                    CopyRoutes(database: engine.database, seal: Self.seal, limiter: routes.limiter).add(to: router)
                    ActsRoutes(engine: engine).add(to: router)
                },
                { client in
                    try await body(
                        Self(
                            world: world,
                            engine: engine,
                            routes: routes,
                            stations: stations,
                            attachments: attachments,
                            quarantine: quarantine,
                            client: client
                        )
                    )
                }
            )
            await engine.database.close()
        }
    }

    /// Hands something in under a key.
    func submit(_ body: String, key: String? = UUID().uuidString) async throws -> ServiceClient.Answer {
        try await submit(Array(body.utf8), headers: key.map { [Self.key: $0] } ?? [:])
    }

    /// Hands bytes in with any headers.
    func submit(_ body: [UInt8], headers: HTTPFields) async throws -> ServiceClient.Answer {
        let answer = try await client.send(.post, "/v1/suggestions", headers: headers, body: body)
        #expect(answer.breaches == [])
        return answer
    }

    /// Hands a formal suggestion in, as a deputy unless said otherwise.
    func submitFormal(_ body: String, as caller: String? = "deputy/deputy") async throws -> ServiceClient.Answer {
        let headers: HTTPFields = [Self.key: UUID().uuidString]
        let answer = try await client.post("/v1/suggestions/formal", body, as: caller, headers: headers)
        #expect(answer.breaches == [])
        return answer
    }

    /// Asks for the status of a receipt.
    func status(_ receipt: JSON, secret: String? = nil) async throws -> ServiceClient.Answer {
        let path = try #require(receipt["status"]?.text)
        let answer = try await client.send(
            .get,
            path,
            headers: [Self.secret: try secret ?? #require(receipt["secret"]?.text)]
        )
        #expect(answer.breaches == [])
        return answer
    }

    /// Lets a committee take an item on, as Routing would tell it.
    func accept(_ receipt: JSON, by committee: String = "chengjian") async throws {
        let number = try #require(receipt["number"]?.text)
        let id = try await id(of: number)
        let accepted = SuggestionAccepted(
            number: number,
            committee: CommitteeCode(rawValue: committee),
            category: CategoryCode(rawValue: "traffic"),
            acceptedAt: .now
        )
        try await hear(accepted, of: .routing, version: 1, about: id)
    }

    /// Has Routing give an item to a department.
    ///
    /// - Returns: the leg.
    @discardableResult
    func assign(
        _ receipt: JSON,
        to department: String,
        withdrawing: [AssignmentID] = [],
        version: Int = 2
    ) async throws -> AssignmentID {
        let number = try #require(receipt["number"]?.text)
        let leg = Leg(
            assignment: .make(),
            department: DepartmentCode(rawValue: department),
            role: .single,
            clock: Clock(startedAt: .now, term: "P30D", dueAt: .now + .seconds(2_592_000), basis: "x")
        )
        let assigned = SuggestionAssigned(
            number: number,
            kind: .opinion,
            title: "t",
            text: "x",
            committee: CommitteeCode(rawValue: "chengjian"),
            legs: [leg],
            withdrawn: withdrawing,
            reason: "r",
            assignedAt: .now
        )
        try await hear(assigned, of: .routing, version: version, about: try await id(of: number))
        return leg.assignment
    }

    /// Has a department sign for its leg.
    func receive(_ receipt: JSON, _ leg: AssignmentID) async throws {
        let received = AssignmentReceived(
            assignment: leg,
            department: DepartmentCode(rawValue: "zhujian"),
            receivedAt: .now
        )
        let number = try #require(receipt["number"]?.text)
        try await hear(received, of: .replies, version: 1, about: try await id(of: number))
    }

    /// Has a department give its leg back.
    func giveBack(_ receipt: JSON, _ leg: AssignmentID) async throws {
        let returned = AssignmentReturned(
            assignment: leg,
            department: DepartmentCode(rawValue: "zhujian"),
            reason: "r",
            proposedDepartment: nil,
            returnedAt: .now
        )
        let number = try #require(receipt["number"]?.text)
        try await hear(returned, of: .replies, version: 1, about: try await id(of: number))
    }

    func id(of number: String) async throws -> SuggestionID {
        try await engine.database.query("SELECT id FROM suggestions WHERE number = \(number)")[0].id("id")
    }

    private func hear<Body: Event>(
        _ body: Body,
        of owner: ServiceName,
        version: Int,
        about id: SuggestionID
    ) async throws {
        let metadata = EventMetadata(
            id: .make(),
            name: Body.name,
            owner: owner,
            aggregate: id,
            version: version,
            time: .now
        )
        try await engine.outbox.transaction { transaction in
            try await RecordProgress<Body>().handle([try Received(metadata: metadata, body: body)], in: transaction)
        }
    }

    /// The bodies of what was told, in the order of its recording.
    func told() async throws -> [JSON] {
        try await engine.database.query("SELECT body FROM acts ORDER BY xid, id").map {
            try JSON($0["body", as: [UInt8].self])
        }
    }

    /// Rows of everything that handing in stores.
    func stored() async throws -> Int {
        try await world.number(
            """
            SELECT (SELECT count(*) FROM suggestions) + (SELECT count(*) FROM request_keys)
                   + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM acts)
            """,
            of: .intake
        )
    }

    static let opinion = #"{"kind":"opinion","station":"ST-X01","title":"公交站太远","text":"希望增设公交站。"}"#
    static let key = name("Idempotency-Key")
    static let secret = name("Receipt-Secret")
    static let forwardedFor = name("X-Forwarded-For")
    static let fileName = name("X-File-Name")

    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a field name") }
        return name
    }
}
