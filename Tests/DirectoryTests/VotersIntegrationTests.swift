import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Directory

/// Voters register with a phone, and a played gateway brings them their codes, over the real routes.
@Suite(.timeLimit(.minutes(5)))
struct VotersIntegrationTests {
    private static let phone = "13800001234"
    private static let gateway = "nobody/gateway"
    private static let wrong = ["/code wrong"]

    /// A world with the shipped units.
    private func with(_ body: @escaping @Sendable (DirectoryWorld) async throws -> Void) async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            try await body(directory)
        }
    }

    private func ask(_ directory: DirectoryWorld, _ phone: String = phone) async throws -> ServiceClient.Answer {
        try await directory.send(.post, "/v1/voters", ["phone": phone])
    }

    private func registration(_ directory: DirectoryWorld, _ phone: String = phone) async throws -> String {
        let answer = try await ask(directory, phone)
        #expect(answer.status == 202, "\(answer.faults)")
        return try #require(answer.json["registration"]?.text)
    }

    /// Fetches the oldest message, as a gateway does.
    private func fetched(_ directory: DirectoryWorld) async throws -> (id: String, to: String, text: String) {
        let waiting = try await directory.send(.get, "/v1/messages", as: Self.gateway)
        #expect(waiting.status == 200)
        let id = try #require(waiting.json["items"]?.elements.first?["message"]?.text)
        let message = try await directory.send(.post, "/v1/messages/\(id)", as: Self.gateway)
        #expect(message.status == 200)
        return (id, try #require(message.json["to"]?.text), try #require(message.json["text"]?.text))
    }

    /// The code in a message.
    private func code(_ text: String) throws -> String { String(try #require(text.firstMatch(of: /[0-9]{6}/)).output) }

    private func confirm(
        _ directory: DirectoryWorld,
        _ registration: String,
        _ code: String,
        login: String = "zhang.san",
        password: String = "四月的湖 under slow rain"
    ) async throws -> ServiceClient.Answer {
        try await directory.send(
            .post,
            "/v1/voters/\(registration)/confirmation",
            ["code": code, "login": login, "name": "张三", "password": password]
        )
    }

    /// Every table of the service with every row as text, bytes as the text that they would be.
    private func everything(_ directory: DirectoryWorld) async throws -> String {
        let tables = try await directory.engine.database.query(
            "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema()"
        )
        .map { try $0["name", as: String.self] }
        #expect(tables.contains("phones") && tables.contains("acts"))
        var text = ""
        for table in tables {
            text += try await directory.engine.database.query("SELECT kept::text AS line FROM \(unsafe: table) AS kept")
                .map { try $0["line", as: String.self] }.joined(separator: "\n")
        }
        return text
    }

    @Test func `a voter registers with the code that a gateway brings, and signs in`() async throws {
        try await with { directory in
            let registration = try await registration(directory, "+86 138 0000 1234")
            let message = try await fetched(directory)
            #expect(message.to == Self.phone)
            let again = try await directory.send(.post, "/v1/messages/\(message.id)", as: Self.gateway)
            #expect(again.status == 404)
            #expect(try await directory.send(.get, "/v1/messages", as: Self.gateway).json["items"]?.elements == [])

            let code = try code(message.text)
            let simple = try await confirm(directory, registration, code, password: "zhang.san 张三")
            #expect(simple.status == 422 && simple.faults.allSatisfy { $0.hasPrefix("/password ") })
            #expect(try await confirm(directory, registration, code, login: "Z").faults == ["/login login"])
            let made = try await confirm(directory, registration, code)
            #expect(made.status == 201, "\(made.faults)")
            let person = try #require(made.json["person"]?.text)
            #expect(try await confirm(directory, registration, code, login: "li.si").faults == Self.wrong)

            let enrolled = Enrolled(id: try #require(SuggestionID(person)), login: "zhang.san")
            let me = try await directory.send(
                .get,
                "/v1/me",
                token: try await directory.goodToken(of: try await directory.session(enrolled))
            )
            #expect(me.json["holdings"]?.elements.compactMap { $0["role"]?.text } == ["voter"])
            let act = "registration:\(registration) registration"
            #expect(try await directory.peopleActs() == [act])
            #expect(try await directory.acts("message.asked") == [act])
            #expect(try await directory.acts("message.fetched") == ["account:nobody@nobody message.send"])
            #expect(try await directory.acts("credential.changed") == [act])
        }
    }

    @Test func `a voter signs in with their own number if they like, and with nobody else's`() async throws {
        try await with { directory in
            let registration = try await registration(directory)
            let code = try code(try await fetched(directory).text)
            for login in ["13900001234", "139-0000-1234", "8613900001234"] {
                let foreign = try await confirm(directory, registration, code, login: login)
                #expect(foreign.status == 422 && foreign.faults == ["/login phone"], "\(login)")
            }
            #expect(try await confirm(directory, registration, code, login: Self.phone).status == 201)
            // Whether somebody signs in with a number is told to nobody who does not know whose it is.
            for (login, name) in [(Self.phone, "李四"), ("13900001234", "张三")] {
                let form = #"{"login":"\#(login)","name":"\#(name)","role":"observer","unit":"ST-X01"}"#
                for (path, caller) in [("/v1/registrations", nil), ("/v1/people", "xixing-gongwei/registrar")] {
                    let answer = try await directory.client.post(path, form, as: caller)
                    #expect(answer.breaches == [])
                    #expect(answer.status == 422 && answer.faults == ["/login phone"], "\(path) \(login)")
                }
            }
            let known = #"{"login":"\#(Self.phone)","name":"张三","role":"observer","unit":"ST-X01"}"#
            let added = try await directory.client.post("/v1/people", known, as: "xixing-gongwei/registrar")
            #expect(added.breaches == [] && (200..<300).contains(added.status), "\(added.faults)")
        }
    }

    @Test func `nothing that is kept, told or logged has the number or the code`() async throws {
        let log = RecordedLog()
        try await DirectoryWorld.with(log: log) { directory in
            try await directory.settle()
            let registration = try await registration(directory)
            func check(_ secrets: [String], _ when: String) async throws {
                let kept = try await everything(directory)
                #expect(kept.contains(registration), "\(when)")
                for secret in secrets {
                    let hexadecimal = secret.utf8.map { String($0, radix: 16) }.joined()
                    #expect(!kept.contains(hexadecimal), "\(when)")
                }
                #expect(!kept.contains(Self.phone), "\(when)")
            }
            try await check([Self.phone], "asked")
            let code = try code(try await fetched(directory).text)
            try await check([Self.phone, code], "fetched")
            #expect(try await confirm(directory, registration, code).status == 201)
            try await check([Self.phone, code], "confirmed")
            let left = try await directory.world.number("SELECT count(*) FROM phone_registrations", of: .directory)
            #expect(left == 0)
            #expect(log.writes > 0 && !log.text.contains(Self.phone))
        }
    }

    @Test func `a number that is known is answered alike, and its phone alone is told`() async throws {
        try await with { directory in
            let first = try await registration(directory)
            #expect(try await confirm(directory, first, try code(try await fetched(directory).text)).status == 201)
            let known = try await ask(directory)
            let message = try await fetched(directory)
            let unknown = try await ask(directory, "13900001234")
            #expect(known.status == unknown.status)
            #expect(known.json["registration"]?.text != nil && unknown.json["registration"]?.text != nil)
            #expect(message.to == Self.phone && message.text.contains("已注册"))
            #expect(message.text.firstMatch(of: /[0-9]{6}/) == nil)
            for answer in [known, unknown] {
                let id = try #require(answer.json["registration"]?.text)
                let refused = try await confirm(directory, id, "00000x", login: "li.si")
                #expect(refused.status == 422 && refused.faults == Self.wrong)
            }
        }
    }

    @Test func `of two registrations of one number one makes the person`() async throws {
        try await with { directory in
            let first = try await registration(directory)
            let firstCode = try code(try await fetched(directory).text)
            let second = try await registration(directory)
            let secondCode = try code(try await fetched(directory).text)
            #expect(try await confirm(directory, second, secondCode).status == 201)
            #expect(try await confirm(directory, first, firstCode, login: "li.si").faults == Self.wrong)
            #expect(try await directory.world.number("SELECT count(*) FROM people", of: .directory) == 1)
        }
    }

    @Test func `wrong codes, five of them, an old code and no registration are answered alike`() async throws {
        try await with { directory in
            let id = try await registration(directory)
            let right = try code(try await fetched(directory).text)
            var answers: [ServiceClient.Answer] = []
            for _ in 0..<5 { answers.append(try await confirm(directory, id, right == "000000" ? "1" : "000000")) }
            answers.append(try await confirm(directory, id, right))
            answers.append(try await confirm(directory, SuggestionID.make().description, right))
            let late = try await registration(directory)
            let old = try code(try await fetched(directory).text)
            directory.clock.advance(.seconds(600))
            answers.append(try await confirm(directory, late, old))
            #expect(answers.allSatisfy { $0.status == 422 && $0.faults == Self.wrong })
            #expect(try await directory.world.number("SELECT count(*) FROM people", of: .directory) == 0)
        }
    }

    @Test func `a message that has ended is not given, and goes with what was sealed`() async throws {
        try await with { directory in
            _ = try await registration(directory)
            let waiting = try await directory.send(.get, "/v1/messages", as: Self.gateway)
            let id = try #require(waiting.json["items"]?.elements.first?["message"]?.text)
            directory.clock.advance(.seconds(600))
            #expect(try await directory.send(.post, "/v1/messages/\(id)", as: Self.gateway).status == 404)
            try await directory.engine.outbox.transaction { VoterStore.sweep(at: directory.clock.now, in: $0) }
            let left = try await directory.world.number("SELECT count(*) FROM phone_registrations", of: .directory)
            #expect(left == 0)
        }
    }

    @Test func `a number gets three messages in an hour, an address asks for ten at once`() async throws {
        try await with { directory in
            for _ in 0..<3 { #expect(try await ask(directory).status == 202) }
            let fourth = try await ask(directory)
            #expect(fourth.status == 429 && fourth.headers[.retryAfter] == "3600")
            var statuses: [Int] = []
            for number in 0..<8 { statuses.append(try await ask(directory, "1390000000\(number)").status) }
            #expect(statuses.count { $0 == 202 } >= 6 && statuses.last == 429)
            #expect(try await ask(directory, "057188888888").faults == ["/phone phone"])
            directory.clock.advance(.seconds(3_600))
            #expect(try await ask(directory).status == 202)
        }
    }
}
