import Contracts
import Fleet
import Foundation
import Messaging
import PostgreSQL
import Support
import Testing

/// Reads what a fleet answers as everybody there can be: every role's account, people at the pages, who looks at the metrics.
struct ScannedReaders {
    let fleet: Fleet
    let client: FleetClient

    private struct Token: Decodable { let access_token: String }

    private static let form = ["Content-Type": "application/x-www-form-urlencoded"]
    private static let json = ["Content-Type": "application/json"]
    private static let password = "四月的湖 under slow rain"

    /// The unit in which a role sees the most of what was driven here.
    private static func unit(of role: Role) -> String {
        switch role {
        case .committee: "chengjian"
        case .clerk, .reviewer, .signer, .department: "chengguan"
        case .liaison, .observer: "ST-X01"
        default: "binjiang"
        }
    }

    /// Asks every address that can be read, with an account of each role.
    func readAsEveryRole(_ receipts: [FleetClient.Receipt], _ traces: inout Traces) async throws {
        let number = receipts[0].number
        let item = try await fleet.text("SELECT id::text FROM suggestions WHERE number = \(number)", of: .intake)
        let leg = try await fleet.text("SELECT id::text FROM assignments LIMIT 1", of: .replies)
        let person = try await fleet.text("SELECT id::text FROM people WHERE login = 'scanned.voter'", of: .directory)
        let holding = try await fleet.text("SELECT id::text FROM holdings LIMIT 1", of: .directory)
        let file = try await fleet.text("SELECT coalesce(max(flood::text), '') FROM quarantine", of: .intake)
        for role in Role.allCases {
            let token = try await token(of: role)
            for service in ServiceName.all {
                for path in try FleetTests.ScannerTests.readable(of: service) {
                    let id = path.contains("people") ? person : path.contains("clocks") ? leg : item
                    let values = [
                        "{number}": number, "{id}": id, "{assignment}": leg, "{suggestion}": item, "{holding}": holding,
                        "{flood}": file, "{station}": "ST-X01",
                    ]
                    let filled = values.reduce(path) { $0.replacing($1.key, with: $1.value) }
                    let headers = ["Authorization": "Bearer \(token)"]
                    let answer = try await client.ask(.get, service, filled, headers: headers, body: "")
                    #expect(answer.status < 500, "\(service) \(path) as \(role)")
                    traces.search(answer: answer, to: "\(service) \(path) as a \(role.rawValue)")
                }
            }
            // What is held of a person, too: whoever may have it.
            for path in ["/v1/people/\(person)/export"] {
                let headers = Self.json.merging(["Authorization": "Bearer \(token)"]) { $1 }
                let answer = try await client.ask(.post, .directory, path, headers: headers, body: #"{"reason":"抽查"}"#)
                #expect([200, 403, 404].contains(answer.status), "\(role): \(answer.status)")
                traces.search(answer: answer, to: "an export as a \(role.rawValue)")
            }
        }
    }

    private func token(of role: Role) async throws -> String {
        let name = "scan-\(role.rawValue)"
        let added = ["accounts", "add", name, "--unit", "binjiang", "--role", role.rawValue]
        let secret = try await fleet.runToEnd(.directory, added).trimmingCharacters(in: .whitespacesAndNewlines)
        // No account is made for a station, whose people have their own: what they see is looked at all the same.
        let unit = Self.unit(of: role)
        try await fleet.look(.directory) { database in
            _ = try await database.execute("UPDATE accounts SET unit = \(unit) WHERE name = \(name)")
        }
        let body = "grant_type=client_credentials&client_id=\(name)&client_secret=\(secret)"
        let answer = try await client.ask(.post, .directory, "/v1/token", headers: Self.form, body: body)
        return try JSONDecoder().decode(Token.self, from: Data(answer.body)).access_token
    }

    /// Opens every page: as nobody, as a voter whose phone is marked, as a station's officer.
    func readPages(_ traces: inout Traces) async throws {
        try fleet.start(fleet.portal)
        try await fleet.ready(fleet.portal)
        let invitation = try await fleet.runToEnd(.directory, ["people", "invite", "liaison.st-x0"])
        let token = try #require(invitation.split(whereSeparator: \.isWhitespace).last.map(String.init))
        let set = #"{"token":"\#(token)","password":"\#(Self.password)"}"#
        let answer = try await client.ask(.post, .directory, "/v1/invitation", headers: Self.json, body: set)
        #expect(answer.status == 204)
        let pages = try FleetTests.ScannerTests.readable(of: .portal, below: "/")
        #expect(pages.count > 20)
        for login in [nil, "scanned.voter", "liaison.st-x0"] {
            let cookies = try await login.mapped { try await signIn($0) }
            if let login { #expect(cookies?.contains("ebinda-session") == true, "\(login) has signed in") }
            for path in pages {
                let filled = path.replacing(/\{[a-z]+\}/, with: "A4")
                for language in ["zh", "en"] {
                    let answer = try await client.ask(
                        .get,
                        .portal,
                        "\(filled)?lang=\(language)",
                        headers: cookies.map { ["Cookie": $0] } ?? [:],
                        body: ""
                    )
                    #expect(answer.status < 500, "\(path): \(answer.status)")
                    traces.search(answer: answer, to: "the page \(path) as \(login ?? "nobody")")
                }
            }
        }
    }

    /// Signs in at the pages as a browser does.
    ///
    /// - Returns: the cookies.
    private func signIn(_ login: String) async throws -> String {
        let page = try await client.ask(.get, .portal, "/sign-in", headers: [:], body: "")
        let html = String(decoding: page.body, as: UTF8.self)
        let token = try #require(html.firstMatch(of: /name="csrf" value="([^"]+)"/)).1
        let visit = Self.cookies(of: page)
        let fields = [("csrf", String(token)), ("login", login), ("password", Self.password)].map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
        }
        let headers = Self.form.merging(["Cookie": visit.joined(separator: "; ")]) { $1 }
        let answer = try await client.ask(
            .post,
            .portal,
            "/sign-in",
            headers: headers,
            body: fields.joined(separator: "&")
        )
        #expect(answer.status == 303, "\(login): \(answer.status)")
        return (visit + Self.cookies(of: answer)).joined(separator: "; ")
    }

    private static func cookies(of answer: FleetClient.Answer) -> [String] {
        answer.headers.split(separator: "\n").filter { $0.lowercased().hasPrefix("set-cookie: ") }.compactMap { line in
            line.dropFirst("set-cookie: ".count).split(separator: ";").first.map(String.init)
        }
    }

    /// Reads what every service tells those who watch it.
    func readMetrics(_ traces: inout Traces, _ words: inout Traces) async throws {
        for service in ServiceName.all + [.portal] {
            let answer = try await client.ask(.get, service, "/metrics", headers: [:], body: "")
            #expect(answer.status == 200 && answer.body.count > 500, "\(service)")
            traces.search(answer: answer, to: "\(service)'s metrics")
            words.search(answer: answer, to: "\(service)'s metrics")
        }
    }
}

extension Optional where Wrapped: Sendable {
    /// As `map`, with a body that waits.
    fileprivate func mapped<Value>(_ body: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await body(self)
    }
}
