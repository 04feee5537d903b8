import Contracts
import Fleet
import Foundation
import PostgreSQL
import Support
import Testing

extension FleetTests {
    /// One matter under each jurisdiction's pack, every service a process of its own.
    struct PacksTests {
        private struct Answer: Decodable {
            struct Item: Decodable {
                let id: String?
                let number: String?
                let assignment: String?
            }
            struct Fault: Decodable {
                let pointer: String
                let rule: String
            }
            struct Rate: Decodable {
                let numerator: Int
                let denominator: Int
            }
            let items: [Item]?
            let errors: [Fault]?
            let solved: Rate?
        }

        /// What is done in order, and how each pack answers: the rule that it is refused by, or nothing.
        private static let deeds: [(path: String, body: String, zhejiang: String?, chongqing: String?)] = [
            (
                "/v1/assignments/LEG/reply", #"{"outcome":"C","text":"因管线无法迁移，暂不能解决。"}"#, "/reason required",
                "/reason required"
            ),
            (
                "/v1/assignments/LEG/reply",
                #"{"outcome":"D","text":"已向市交通局反映。","reason":"已向市交通局反映"}"#, "/outcome letter", nil
            ),
            ("/v1/assignments/LEG/reply", #"{"outcome":"A","text":"已经办好。"}"#, nil, "/assignment replied"),
            (
                "/v1/suggestions/MATTER/evaluation", #"{"attitude":"dissatisfied","result":"satisfied"}"#,
                "/comment required", nil
            ),
            (
                "/v1/suggestions/MATTER/evaluation",
                #"{"attitude":"dissatisfied","result":"satisfied","comment":"态度差"}"#, nil, " closed"
            ),
        ]

        @Test(.timeLimit(.minutes(5)), arguments: ["zhejiang-hangzhou", "chongqing"])
        func `the same matter has a lawful course of its own under each pack`(pack: String) async throws {
            let file = Documents.root.appending(path: "Deploy/Rules/\(pack).json").path
            let services = ["INTAKE", "ROUTING", "REPLIES", "REMINDERS", "DASHBOARD"]
            let adding = Dictionary(uniqueKeysWithValues: services.map { ("EBINDA_\($0)_PACK_FILE", file) })
            try await Fleet.with(adding: adding) { fleet in
                try await FleetClient.with(fleet) { client in
                    try await fleet.startAll()
                    func ask(_ path: String, _ body: String?, as account: String, of service: ServiceName)
                        async throws -> (status: Int, answer: Answer)
                    {
                        let token = "Bearer \(fleet.token(of: account))"
                        let headers = ["Content-Type": "application/json", "Authorization": token]
                        let answer = try await client.ask(
                            body == nil ? .get : .post,
                            service,
                            path,
                            headers: headers,
                            body: body ?? ""
                        )
                        return (answer.status, try JSONDecoder().decode(Answer.self, from: Data(answer.body)))
                    }
                    let opinion = #"{"kind":"opinion","station":"ST-X02","title":"无题","text":"无"}"#
                    let receipt = try await client.submit(opinion, key: "packs-0001")
                    var (matter, leg) = (String?.none, String?.none)
                    try await eventually("the committee has it") {
                        let path = "/v1/suggestions?unplaced=true"
                        let items = try await ask(path, nil, as: "chengjian", of: .routing).answer.items
                        matter = items?.first { $0.number == receipt.number }?.id
                        return matter != nil
                    }
                    let id = try #require(matter)
                    let acceptance = #"{"category":"transport","lead":"chengguan","reason":"按职责交办。"}"#
                    let path = "/v1/suggestions/\(id)/acceptance"
                    #expect(try await ask(path, acceptance, as: "chengjian", of: .routing).status == 200)
                    try await eventually("the department has it") {
                        let items = try await ask("/v1/assignments", nil, as: "chengguan", of: .replies).answer.items
                        leg = items?.first { $0.number == receipt.number }?.assignment
                        return leg != nil
                    }
                    for deed in Self.deeds {
                        let path = deed.path.replacing("LEG", with: leg ?? "").replacing("MATTER", with: id)
                        let isVerdict = deed.path.hasSuffix("evaluation")
                        let expected = pack == "chongqing" ? deed.chongqing : deed.zhejiang
                        let (status, answer) = try await ask(
                            path,
                            deed.body,
                            as: isVerdict ? "deputy" : "chengguan",
                            of: .replies
                        )
                        let rule = answer.errors?.first.map { "\($0.pointer) \($0.rule)" }
                        #expect(rule == expected && (status == 200) == (expected == nil), "\(pack) \(deed.body)")
                    }
                    try await eventually("the author and the screen see how it ended") {
                        guard try await client.status(receipt).state == "closed" else { return false }
                        let overview = try await ask("/v1/overview", nil, as: "screen", of: .dashboard).answer
                        // Letter A is solved; the fourth letter is not.
                        return overview.solved?.denominator == 1
                            && overview.solved?.numerator == (pack == "chongqing" ? 0 : 1)
                    }
                    let named = try await fleet.text("SELECT pack FROM assignments", of: .replies)
                    #expect(named == pack, "the clock names the pack that it was counted by")
                    #expect(try await fleet.parked() == [])
                }
            }
        }
    }
}
