import Contracts
import Fleet
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

extension FleetTests {
    /// Drives everything with marked personal data, and then looks for the marks wherever something is kept or said.
    struct ScannerTests {
        /// Nobody may find these anywhere: what is kept as it was written is sealed.
        private static let personal = [
            Traces.Mark("contact's name", "钱塘江畔七三九"), Traces.Mark("contact's phone", "13957162839"),
            Traces.Mark("mobile in a title", "13588127364"), Traces.Mark("mobile in a text", "18657140283"),
            Traces.Mark("mobile in pieces", "138 5716 2947"), Traces.Mark("identity card", "330108199003076531"),
            Traces.Mark("bank card", "6222021202041234569"), Traces.Mark("number plate", "浙A9K7X2"),
            Traces.Mark("land line", "0571-87654321"), Traces.Mark("mobile in an analysis", "15968140927"),
            Traces.Mark("mobile in a proposal", "13736582910"),
            // These are put in with digits of full width, which the search looks for as well.
            Traces.Mark("mobile in full width", "13967284510"),
            Traces.Mark("mobile in both widths", "18９5７1４6２0８"),
            Traces.Mark("identity card in full width", "330108198507123456"),
            Traces.Mark("land line in full width", "0571-86543219"),
            Traces.Mark("mobile in a wide title", "15867093421"),
            voter, waiting, officers,
        ]
        /// What officers write into reasons and comments.
        private static let officers = Traces.Mark("mobile in a reason", "13758216403")
        /// Whose code has come, and whose message still waits for a gateway.
        private static let (voter, waiting) = (
            Traces.Mark("voter's phone", "13675820417"), Traces.Mark("waiting voter's phone", "15267418390")
        )
        /// What people write is no secret to those who handle it, and yet nothing for a log or a screen.
        private static let written = [Traces.Mark("words of a text", "蓝鲸路九十九弄")]

        private static let contact = #""contact":{"name":"钱塘江畔七三九","phone":"13957162839"}"#
        private static let opinion = """
            {"kind":"opinion","station":"ST-X01","title":"路灯不亮 13588127364 １５８６７０９３４２１",\(contact),
             "text":"蓝鲸路九十九弄路灯不亮，城管市容请修。手机18657140283，或138 5716 2947；身份证330108199003076531，\
            卡号6222021202041234569，车牌浙A9K7X2，座机0571-87654321。\
            全角手机１３９６７２８４５１０，混写18９5７1４6２0８，身份证３３０１０８１９８５０７１２３４５６。"}
            """
        private static let formal = """
            {"kind":"formal","station":"ST-X01","title":"关于路灯的建议",\(contact),"text":"蓝鲸路九十九弄路灯不亮，城管市容。",
             "analysis":"请致电15968140927或０５７１－８６５４３２１９。","proposal":"修好路灯，再告知13736582910。"}
            """

        /// Requests that must be refused, each with personal data in it.
        private static let refused: [(path: String, headers: [String: String], body: String)] = [
            ("/v1/suggestions", [:], opinion.replacing("ST-X01", with: "13957162839")),
            ("/v1/suggestions", [:], opinion.replacing("\"13957162839\"", with: "\"phone 13957162839\"")),
            ("/v1/suggestions", [:], opinion.replacing("opinion", with: "13957162839")),
            ("/v1/suggestions", [:], String(opinion.dropLast(3))),
            ("/v1/suggestions", [:], opinion.replacing("\"text\"", with: "\"13957162839\"")),
            ("/v1/suggestions", ["Content-Type": "text/plain"], opinion),
            ("/v1/suggestions", ["Idempotency-Key": "scanner-opinion"], formal),
            ("/v1/suggestions/13957162839/contact", [:], #"{"reason":"13957162839"}"#),
            ("/v1/suggestions/13957162839/erasure", ["Receipt-Secret": "13957162839"], ""),
            ("/v1/13957162839?phone=13957162839", [:], opinion),
        ]

        @Test(.timeLimit(.minutes(10)))
        func `personal data stand nowhere in the open, however they are spelled`() async throws {
            let pair = ["EBINDA_INTAKE_LIMITS_PAIR": "\(OfficersWords.pair)"]
            try await Fleet.with(departments: FleetTests.departments, adding: pair) { fleet in
                try await FleetClient.with(fleet) { client in
                    try await fleet.startAll()
                    let players = try await Players.start(fleet, client)
                    var receipts: [FleetClient.Receipt] = []
                    for (key, body) in [("scanner-opinion", Self.opinion), ("scanner-formal", Self.formal)] {
                        receipts.append(try await client.submit(body, key: key, byDeputy: key.hasSuffix("formal")))
                    }
                    for receipt in receipts {
                        try await eventually("it is closed", within: .seconds(60)) {
                            try await client.status(receipt).state == "closed"
                        }
                    }
                    var everything = Traces(fleet, Self.personal)
                    var words = Traces(fleet, Self.written)
                    try await refuse(client, &everything, &words)
                    try await registerVoters(fleet, client, &everything)
                    try await park(fleet)
                    await players.leave()
                    try await OfficersWords(fleet: fleet, client: client, words: "请致电\(Self.officers.text)").write()

                    // That the search finds what is there: words that hide nothing stand with Intake and those who handle them.
                    var own = Traces(fleet, Self.written)
                    try await own.searchTables(except: [])
                    let places = Set(own.findings.compactMap { $0.split(separator: ": ").last.map(String.init) })
                    #expect(places.isSuperset(of: ["intake.suggestions.body", "routing.suggestions.body"]))

                    try await everything.searchTables(except: [])
                    try await everything.searchDump(except: [])
                    try await everything.searchQueues()
                    try everything.searchLogs()
                    try words.searchLogs()
                    try everything.searchServerLogs()
                    try words.searchServerLogs()
                    try await ask(fleet, client, receipts, &everything)
                    let others = ScannedReaders(fleet: fleet, client: client)
                    try await others.readAsEveryRole(receipts, &everything)
                    try await others.readPages(&everything)
                    try await others.readMetrics(&everything, &words)
                    #expect(everything.findings == [])
                    #expect(words.findings == [])
                    let extent = everything.extent
                    #expect(extent.rows > 100 && extent.columns > 100 && extent.messages > 0 && extent.files > 6)
                    print(
                        "scanner: \(Self.personal.count) marks in \(Self.personal.reduce(0) { $0 + $1.spellings.count }) spellings; "
                            + "\(extent.columns) columns with \(extent.rows) values, \(extent.messages) messages, "
                            + "\(extent.files) files, \(extent.answers) answers; \(extent.bytes) bytes; "
                            + "found \(everything.findings.count + words.findings.count)"
                    )
                }
            }
        }

        /// Provokes refusals, whose answers must not repeat what was sent.
        private func refuse(_ client: FleetClient, _ everything: inout Traces, _ words: inout Traces) async throws {
            for (path, headers, body) in Self.refused {
                let defaults = ["Content-Type": "application/json", "Idempotency-Key": UUID().uuidString]
                let answer = try await client.ask(
                    .post,
                    .intake,
                    path,
                    headers: defaults.merging(headers) { $1 },
                    body: body
                )
                #expect((400..<500).contains(answer.status), "\(path): \(answer.status)")
                everything.search(answer: answer, to: "a refusal of \(path)")
                words.search(answer: answer, to: "a refusal of \(path)")
            }
        }

        /// Registers a voter with a phone by a played gateway, and lets another number wait.
        ///
        /// What a gateway fetches has a number in it; no other answer may.
        private func registerVoters(_ fleet: Fleet, _ client: FleetClient, _ everything: inout Traces) async throws {
            struct Token: Decodable { let access_token: String }
            struct Asked: Decodable { let registration: String }
            struct Waiting: Decodable {
                struct Item: Decodable { let message: String }
                let items: [Item]
            }
            struct Fetched: Decodable {
                let to: String
                let text: String
            }
            func send(
                _ method: FleetClient.Method,
                _ path: String,
                _ body: String = "",
                _ headers: [String: String] = ["Content-Type": "application/json"],
                status: Int
            ) async throws -> FleetClient.Answer {
                let answer = try await client.ask(method, .directory, path, headers: headers, body: body)
                #expect(answer.status == status, "\(path): \(String(decoding: answer.body, as: UTF8.self))")
                return answer
            }
            func read<Value: Decodable>(_ answer: FleetClient.Answer) throws -> Value {
                try JSONDecoder().decode(Value.self, from: Data(answer.body))
            }
            let added = ["accounts", "add", "gateway", "--unit", "binjiang", "--role", "gateway"]
            let secret = try await fleet.runToEnd(.directory, added).trimmingCharacters(in: .whitespacesAndNewlines)
            let form = "grant_type=client_credentials&client_id=gateway&client_secret=\(secret)"
            let kind = ["Content-Type": "application/x-www-form-urlencoded"]
            let token: Token = try read(try await send(.post, "/v1/token", form, kind, status: 200))
            let gateway = ["Authorization": "Bearer \(token.access_token)"]

            var answers = [try await send(.post, "/v1/voters", #"{"phone":"\#(Self.voter.text)"}"#, status: 202)]
            let asked: Asked = try read(answers[0])
            answers.append(try await send(.get, "/v1/messages", "", gateway, status: 200))
            let message = try #require(try (read(answers[1]) as Waiting).items.first?.message)
            let fetched: Fetched = try read(try await send(.post, "/v1/messages/\(message)", "", gateway, status: 200))
            #expect(fetched.to == Self.voter.text)
            let code = try #require(fetched.text.firstMatch(of: /[0-9]{6}/)).output
            for (login, status) in [(Self.waiting.text, 422), ("scanned.voter", 201)] {
                let person = """
                    {"code":"\(code)","login":"\(login)","name":"钱某","password":"四月的湖 under slow rain"}
                    """
                let path = "/v1/voters/\(asked.registration)/confirmation"
                answers.append(try await send(.post, path, person, status: status))
            }
            for (phone, status) in [("\(Self.waiting.text)x", 422), (Self.waiting.text, 202), (Self.voter.text, 202)] {
                answers.append(try await send(.post, "/v1/voters", #"{"phone":"\#(phone)"}"#, status: status))
            }
            let role = #"{"login":"\#(Self.waiting.text)","name":"钱某","role":"observer","unit":"ST-X01"}"#
            answers.append(try await send(.post, "/v1/registrations", role, status: 422))
            for (index, answer) in answers.enumerated() {
                everything.search(answer: answer, to: "voter's answer \(index)")
            }
        }

        /// Leaves an event behind that cannot be read, with what people wrote in it, as a broken publisher would.
        private func park(_ fleet: Fleet) async throws {
            let row = try await fleet.look(.intake) { database in
                try await database.query("SELECT aggregate, body FROM acts WHERE name = 'suggestion.received' LIMIT 1")[
                    0
                ]
            }
            let body = Array(try row["body", as: [UInt8].self].dropLast(2))
            let message = Envelope.message(
                EventMetadata(
                    id: .make(),
                    name: SuggestionReceived.name,
                    owner: .intake,
                    aggregate: .make(),
                    version: 1,
                    time: .now
                ),
                body: body,
                exchange: fleet.topology.events,
                routingKey: fleet.topology.routingKey(owner: .intake, name: SuggestionReceived.name),
                isMandatory: true,
                account: fleet.broker.user
            )
            try await BrokerAdministration.connected(fleet.broker) { try await $0.publishConfirmed(message) }
            try await eventually("it is parked") { try await !fleet.parked().isEmpty }
        }

        /// Asks every address that can be read, as everybody who has an account here.
        private func ask(
            _ fleet: Fleet,
            _ client: FleetClient,
            _ receipts: [FleetClient.Receipt],
            _ everything: inout Traces
        ) async throws {
            let number = receipts[0].number
            let item = try await fleet.text("SELECT id::text FROM suggestions WHERE number = \(number)", of: .intake)
            let leg = try await fleet.text("SELECT id::text FROM assignments LIMIT 1", of: .replies)
            for service in ServiceName.all {
                let paths = try Self.readable(of: service)
                #expect(!paths.isEmpty, "\(service)")
                for path in paths {
                    let values = [
                        "{number}": number,
                        "{id}": path.contains("assignments") || path.contains("clocks") ? leg : item,
                        "{assignment}": leg, "{suggestion}": item,
                    ]
                    let filled = values.reduce(path) { $0.replacing($1.key, with: $1.value) }
                    let queries = ["", "?state=closed", "?state=answered", "?state=waiting", "?limit=100"]
                    for account in FleetClient.accounts + [nil] {
                        for query in queries {
                            let token = account.map { ["Authorization": "Bearer \(fleet.token(of: $0))"] } ?? [:]
                            let answer = try await client.ask(.get, service, filled + query, headers: token, body: "")
                            #expect(answer.status < 500, "\(service) \(filled)\(query)")
                            everything.search(
                                answer: answer,
                                to: "\(service) \(path)\(query) as \(account ?? "nobody")"
                            )
                        }
                    }
                }
            }
        }

        /// The addresses of a service's document that answer GET.
        static func readable(of service: ServiceName, below start: String = "/v1/") throws -> [String] {
            let lines = try Documents.openAPI(of: service).split(separator: "\n").map(String.init)
            var path: String?
            var found: [String] = []
            for line in lines {
                if line.hasPrefix("  \(start)") { path = line.trimmingCharacters(in: CharacterSet(charactersIn: " :")) }
                if line == "    get:", let path { found.append(path) }
            }
            return found
        }
    }
}
