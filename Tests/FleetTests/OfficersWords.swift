import Contracts
import Fleet
import Foundation
import Support
import Testing

/// Writes personal data into everything that officers may write as a reason, in every service that takes one.
struct OfficersWords {
    let fleet: Fleet
    let client: FleetClient
    /// What they write.
    let words: String

    private static let opinion = #"{"kind":"opinion","station":"ST-X02","title":"无题","text":"无"}"#

    private struct Answer: Decodable {
        struct Item: Decodable {
            struct Holding: Decodable {
                let holding: String
                let role: String
                let state: String
            }
            let id: String?
            let number: String?
            let assignment: String?
            let holdings: [Holding]?
        }
        struct Flood: Decodable { let flood: String }
        let items: [Item]?
        let floods: [Flood]?
        let code: String?
    }

    /// Does it all; each must be taken.
    func write() async throws {
        try await decide()
        try await holdBack()
        try await lookAfterPeople()
    }

    private func post(_ service: ServiceName, _ path: String, _ body: String, as account: String) async throws {
        let answer = try await ask(.post, service, path, body, as: account)
        #expect((200...299).contains(answer.status), "\(path): \(String(decoding: answer.body, as: UTF8.self))")
    }

    private func read(_ service: ServiceName, _ path: String, as account: String) async throws -> Answer {
        try JSONDecoder().decode(Answer.self, from: Data(try await ask(.get, service, path, "", as: account).body))
    }

    private func ask(
        _ method: FleetClient.Method,
        _ service: ServiceName,
        _ path: String,
        _ body: String,
        as account: String
    ) async throws -> FleetClient.Answer {
        let headers = ["Content-Type": "application/json", "Authorization": "Bearer \(fleet.token(of: account))"]
        return try await client.ask(method, service, path, headers: headers, body: body)
    }

    /// What no rule has placed, as the committee finds it.
    private func waiting(_ receipt: FleetClient.Receipt) async throws -> String {
        var id: String?
        try await eventually("the committee has it") {
            id = try await read(.routing, "/v1/suggestions?unplaced=true", as: "chengjian").items?.first {
                $0.number == receipt.number
            }?.id
            return id != nil
        }
        return try #require(id)
    }

    /// The leg that a department's desk has.
    private func leg(of receipt: FleetClient.Receipt) async throws -> String {
        var leg: String?
        try await eventually("the department has it") {
            leg = try await read(.replies, "/v1/assignments", as: "chengguan").items?.first {
                $0.number == receipt.number
            }?.assignment
            return leg != nil
        }
        return try #require(leg)
    }

    /// Refuses one; accepts another, has it given back and gives it to somebody else; lets a third's clock stand still, looks at its
    /// author's contact, and judges its reply.
    private func decide() async throws {
        let contact = #","contact":{"name":"钱某"}}"#
        let refused = try await client.submit(Self.opinion, key: "officers-words-1")
        let returned = try await client.submit(Self.opinion, key: "officers-words-2")
        let judged = try await client.submit(Self.opinion.dropLast() + contact, key: "officers-words-3")
        let refusal = #"{"reason":"emergency","explanation":"\#(words)"}"#
        let first = try await waiting(refused)
        try await post(.routing, "/v1/suggestions/\(first)/refusal", refusal, as: "chengjian")
        let acceptance = #"{"category":"transport","lead":"chengguan","reason":"\#(words)"}"#
        var items: [String] = []
        for receipt in [returned, judged] {
            items.append(try await waiting(receipt))
            try await post(.routing, "/v1/suggestions/\(items.last ?? "")/acceptance", acceptance, as: "chengjian")
        }
        let back = try await leg(of: returned)
        let reason = #"{"reason":"\#(words)"}"#
        try await post(.replies, "/v1/assignments/\(back)/return", reason, as: "chengguan")
        try await eventually("it has come back") {
            try await read(.routing, "/v1/suggestions?state=returned", as: "chengjian").items?.contains {
                $0.number == returned.number
            } == true
        }
        let given = #"{"withdraw":["\#(back)"],"lead":"quban","reason":"\#(words)"}"#
        try await post(.routing, "/v1/suggestions/\(items[0])/reassignment", given, as: "chengjian")

        let leg = try await leg(of: judged)
        let pause = #"{"action":"pause","reason":"\#(words)"}"#
        try await post(.replies, "/v1/assignments/\(leg)/clock", pause, as: "chengjian")
        try await eventually("its author's view knows who has it") {
            try await client.status(judged).state == "assigned"
        }
        try await post(.intake, "/v1/suggestions/\(judged.number)/contact", reason, as: "chengjian")
        try await post(.replies, "/v1/assignments/\(leg)/reply", #"{"outcome":"A","text":"办好了"}"#, as: "chengguan")
        let verdict = #"{"attitude":"dissatisfied","result":"dissatisfied","comment":"\#(words)"}"#
        try await post(.replies, "/v1/suggestions/\(items[1])/evaluation", verdict, as: "deputy")
    }

    /// Refuses a flood; the fleet's measure for one address through one entrance is ``pair``.
    private func holdBack() async throws {
        for index in 0...Self.pair {
            _ = try await client.submit(
                Self.opinion.replacing("ST-X02", with: "ST-X03"),
                key: "officers-flood-\(index)"
            )
        }
        let flood = try #require(try await read(.intake, "/v1/quarantine", as: "operator").floods?.first?.flood)
        let body = #"{"flood":"\#(flood)","reason":"\#(words)"}"#
        try await post(.intake, "/v1/quarantine/refuse", body, as: "operator")
    }

    /// What flows of one address through one entrance in an hour, in a fleet whose officers write.
    static let pair = 20

    /// Revokes a code, and ends a role.
    private func lookAfterPeople() async throws {
        let issued = try await ask(.post, .directory, "/v1/codes", #"{"kind":"station","of":"ST-X01"}"#, as: "operator")
        let code = try #require(try JSONDecoder().decode(Answer.self, from: Data(issued.body)).code)
        let reason = #"{"reason":"\#(words)"}"#
        try await post(.directory, "/v1/codes/\(code)/revoke", reason, as: "operator")
        let people = try await read(.directory, "/v1/people?unit=chengguan", as: "operator").items ?? []
        let holding = people.flatMap { $0.holdings ?? [] }.first { $0.role == "registrar" && $0.state == "confirmed" }
        let id = try #require(holding?.holding, "a unit has its registrar")
        try await post(.directory, "/v1/holdings/\(id)/end", reason, as: "operator")
    }
}
