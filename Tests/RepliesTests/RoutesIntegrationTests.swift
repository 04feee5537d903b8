import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Replies

/// The department's desk and the deputy's verdict over the real routes.
@Suite(.timeLimit(.minutes(5)))
struct RoutesIntegrationTests {
    private static let solved = #"{"outcome":"A","text":"已经解决"}"#
    private static let satisfied = #"{"attitude":"satisfied","result":"satisfied"}"#
    private static let dissatisfied = #"{"attitude":"accepted","result":"dissatisfied","comment":"没有解决"}"#

    @Test func `the document names the routes that there are`() async throws {
        try await RepliesWorld.with { replies in
            let differences = try RouteContract.differences(document: Documents.openAPI(of: .replies)) { router in
                replies.routes.add(to: router)
                ActsRoutes(engine: replies.engine).add(to: router)
            }
            #expect(differences == [])
        }
    }

    @Test func `every right is granted to its roles and refused to all others`() async throws {
        try await RepliesWorld.with { service in
            let outcome = try await RightsSweep.run(
                { router in
                    service.routes.add(to: router)
                    ActsRoutes(engine: service.engine).add(to: router)
                },
                service.client
            )
            #expect(outcome.breaches == [])
            #expect(outcome.cells >= Role.allCases.count + 2)
        }
    }

    @Test func `signed, answered, judged dissatisfied, answered again, closed`() async throws {
        try await RepliesWorld.with { replies in
            let (suggestion, legs) = try await replies.hear()
            #expect(try await replies.act(legs[0], "receipt").json["legs"]?[0]?["state"]?.text == "received")
            #expect(try await replies.act(legs[0], "receipt").status == 200, "signing again is no mistake")
            let early = try await replies.judge(suggestion, Self.satisfied)
            #expect(early.status == 409)
            let promised = "\(Timestamp.now + .seconds(86_400))"
            let planned = #"{"outcome":"B","text":"列入计划","commitmentDueAt":"\#(promised)"}"#
            #expect(try await replies.act(legs[0], "reply", planned).json["state"]?.text == "answered")
            #expect(try await replies.act(legs[0], "reply", Self.solved).status == 409, "once a round")
            let next = try await replies.judge(suggestion, Self.dissatisfied).json
            #expect(next["round"]?.whole == 2 && next["state"]?.text == "open")
            #expect(try await replies.act(legs[0], "return", #"{"reason":"不办了"}"#).status == 409, "in the first round")
            #expect(try await replies.act(legs[0], "reply", Self.solved).status == 200)
            let closed = try await replies.judge(suggestion, Self.satisfied).json
            #expect(closed["state"]?.text == "closed")
            #expect(closed["replies"]?.elements.compactMap { $0["outcome"]?.text } == ["B", "A"])
            #expect(closed["replies"]?[0]?["commitmentDueAt"]?.text == promised)
            let names = try await replies.engine.database.query("SELECT name FROM acts ORDER BY version")
            #expect(
                try names.map { try $0["name", as: String.self] } == [
                    "assignment.received", "reply.issued", "reply.evaluated", "reply.issued", "reply.evaluated",
                    "suggestion.closed",
                ]
            )
        }
    }

    @Test func `a desk comes page by page, the most urgent first, and its own alone`() async throws {
        try await RepliesWorld.with { replies in
            var expected: [String] = []
            for days in 1...130 { expected.append(try await replies.hear(daysLeft: days).1[0].description) }
            _ = try await replies.hear(["zhujian"])
            let done = try await replies.hear(daysLeft: 1).1[0]
            #expect(try await replies.act(done, "reply", Self.solved).status == 200)
            var listed: [String] = []
            var path: String? = "/v1/assignments"
            while let now = path {
                let page = try await replies.get(now, as: "chengguan/department").json
                listed += page["items"]?.elements.compactMap { $0["assignment"]?.text } ?? []
                path = page["next"]?.text.map { "/v1/assignments?after=\($0)" }
            }
            #expect(listed == expected)
        }
    }

    @Test func `a desk names the files and where the contact is asked for, to who has the item in hands alone`()
        async throws
    {
        try await RepliesWorld.with { replies in
            let file = AttachedFile(
                id: .make(),
                name: "路灯＊＊.jpg",
                type: "image/jpeg",
                size: 81_920,
                sha256: String(repeating: "0a", count: 32)
            )
            let contact = "/v1/suggestions/BJ-1/contact"
            let (suggestion, legs) = try await replies.hear(attachments: [file], contact: contact)
            _ = try await replies.hear(daysLeft: 31)
            let desk = try await replies.get("/v1/assignments", as: "chengguan/department")
            let items = desk.json["items"]?.elements ?? []
            #expect(items.count == 2)
            #expect(items[0]["contact"]?.text == contact && items[0]["attachments"]?.elements.count == 1)
            let shown = try #require(items[0]["attachments"]?[0])
            #expect(shown["id"]?.text == file.id.description && shown["name"]?.text == file.name)
            #expect(shown["type"]?.text == file.type && shown["size"]?.whole == file.size)
            #expect(shown["sha256"]?.text == file.sha256 && shown.members.count == 5, "the reference, and no bytes")
            #expect(items[1]["contact"] == nil && items[1]["attachments"] == nil, "there are none")
            for caller in [Staff.deputy, "chengjian/committee"] {
                let leg = try await replies.get("/v1/suggestions/\(suggestion)", as: caller).json["legs"]?[0]
                #expect(leg?["title"]?.text == "路灯" && leg?["contact"] == nil && leg?["attachments"] == nil)
            }
            #expect(try await replies.act(legs[0], "return", #"{"reason":"不属于本单位"}"#).status == 200)
            let left = try await replies.get("/v1/assignments", as: "chengguan/department").json["items"]?.elements
            #expect(left?.count == 1 && left?.first?["contact"] == nil, "with the leg its references have gone")
        }
    }

    @Test func `reasons and comments are masked before they are kept or told, a reply is a department's own word`()
        async throws
    {
        try await RepliesWorld.with { replies in
            let (suggestion, legs) = try await replies.hear(["chengguan", "zhujian"])
            let back = #"{"reason":"住户王某13800001234不在本辖区"}"#
            #expect(try await replies.act(legs[1], "return", back, as: "zhujian/department").status == 200)
            let pause = #"{"action":"pause","reason":"等住户13800001234回来"}"#
            #expect(try await replies.act(legs[0], "clock", pause, as: "chengjian/committee").status == 200)
            let solved = #"{"outcome":"A","text":"已修复，请拨打0571-87654321。"}"#
            #expect(try await replies.act(legs[0], "reply", solved).status == 200)
            try await replies.engine.database.execute(
                "UPDATE assignments SET state = 'withdrawn' WHERE id = \(legs[1].rawValue)"
            )
            try await replies.engine.database.execute(
                "UPDATE suggestions SET state = 'answered', answered_at = now() WHERE id = \(suggestion.rawValue)"
            )
            let verdict = #"{"attitude":"satisfied","result":"satisfied","comment":"电13800001234已问过"}"#
            #expect(try await replies.judge(suggestion, verdict).status == 200)
            let told = try await replies.engine.database.query(
                "SELECT body FROM acts UNION ALL SELECT body FROM outbox WHERE body IS NOT NULL"
            )
            .map { String(decoding: try $0["body", as: [UInt8].self], as: UTF8.self) }.joined()
            #expect(!told.contains("13800001234") && told.contains("0571-87654321"))
            for begin in ["住户王某＊", "等住户＊", "电＊"] { #expect(told.contains(begin), "\(begin)") }
        }
    }

    @Test func `a department whose leg was given back or taken back sees no more of the matter`() async throws {
        try await RepliesWorld.with { replies in
            let (suggestion, legs) = try await replies.hear(["chengguan", "zhujian", "nobody"])
            let path = "/v1/suggestions/\(suggestion)"
            #expect(try await replies.act(legs[0], "reply", Self.solved).status == 200)
            for unit in ["chengguan", "zhujian", "nobody"] {
                let seen = try await replies.get(path, as: "\(unit)/clerk")
                #expect(seen.status == 200 && seen.json["replies"]?.elements.count == 1, "\(unit)")
            }
            let back = try await replies.act(legs[1], "return", #"{"reason":"不属于"}"#, as: "zhujian/department")
            #expect(back.status == 200)
            try await replies.engine.database.execute(
                "UPDATE assignments SET state = 'withdrawn' WHERE id = \(legs[2].rawValue)"
            )
            for role in ["clerk", "reviewer", "signer", "department"] {
                for unit in ["zhujian", "nobody"] {
                    #expect(try await replies.get(path, as: "\(unit)/\(role)").status == 404, "\(unit)/\(role)")
                }
                #expect(try await replies.get(path, as: "chengguan/\(role)").status == 200, "it has answered")
            }
            #expect(try await replies.get(path, as: "chengjian/committee").status == 200)
        }
    }

    @Test func `what awaits a verdict is listed, the longest first, to deputies and to its own committee`() async throws
    {
        try await RepliesWorld.with { replies in
            var answered: [String] = []
            for _ in 0..<103 {
                let (suggestion, legs) = try await replies.hear()
                #expect(try await replies.act(legs[0], "reply", Self.solved).status == 200)
                answered.append(suggestion.description)
            }
            _ = try await replies.hear()
            let (judged, legs) = try await replies.hear()
            #expect(try await replies.act(legs[0], "reply", Self.solved).status == 200)
            #expect(try await replies.judge(judged, Self.dissatisfied).status == 200)
            for role in [Staff.deputy, "chengjian/committee"] {
                var listed: [String] = []
                var path: String? = "/v1/suggestions?state=answered"
                while let now = path {
                    let page = try await replies.get(now, as: role).json
                    listed += page["items"]?.elements.compactMap { $0["suggestion"]?.text } ?? []
                    path = page["next"]?.text.map { "/v1/suggestions?state=answered&after=\($0)" }
                }
                #expect(listed == answered, "\(role)")
            }
            let others = try await replies.get("/v1/suggestions?state=answered", as: "fazhi/committee")
            #expect(others.json["items"]?.elements.isEmpty == true)
            #expect(try await replies.get("/v1/suggestions?state=answered", as: "chengguan/department").status == 403)
            #expect(try await replies.get("/v1/suggestions", as: "deputy/deputy").status == 400)
        }
    }

    @Test func `an export of acts has what was decided, by whom`() async throws {
        try await RepliesWorld.with { replies in
            let (_, legs) = try await replies.hear()
            _ = try await replies.act(legs[0], "receipt")
            // An export ends before the oldest transaction that runs anywhere on the server, other tests' included.
            try await eventually("the act is in the export") {
                let page = try await replies.get("/v1/acts?limit=1", as: "operator/operator").json
                return page["acts"]?[0]?["actor"]?.text == "account:chengguan@chengguan"
            }
        }
    }

    @Test func `a stranger learns nothing, and each has its own`() async throws {
        try await RepliesWorld.with { replies in
            let (suggestion, legs) = try await replies.hear()
            let rows = try await replies.stored()
            for caller in [nil, "screen/screen", "station-1/liaison", "chengjian/committee", "deputy/deputy"] {
                let status = caller == nil ? 401 : 403
                #expect(try await replies.get("/v1/assignments", as: caller).status == status)
                for action in ["receipt", "return", "reply"] {
                    #expect(try await replies.act(legs[0], action, "{}", as: caller).status == status)
                }
            }
            let own = try await replies.act(legs[0], "reply", Self.solved, as: "zhujian/department")
            let none = try await replies.act(.make(), "reply", Self.solved, as: "zhujian/department")
            #expect(own.status == 404 && none.status == 404 && own.json["detail"] == none.json["detail"])
            for (caller, status) in [
                ("chengguan/department", 200), ("chengjian/committee", 200), (Staff.deputy, 200),
                ("deputy/deputy", 404),
                ("zhujian/department", 404), ("fazhi/committee", 404), ("screen/screen", 403),
            ] {
                #expect(
                    try await replies.get("/v1/suggestions/\(suggestion)", as: caller).status == status,
                    "\(caller)"
                )
            }
            #expect(try await replies.stored() == rows)
            #expect(try await replies.act(legs[0], "reply", Self.solved).status == 200)
            for (caller, status) in [
                ("chengguan/department", 403), ("screen/screen", 403), ("fazhi/committee", 404),
                ("chengjian/committee", 200),
            ] {
                #expect(try await replies.judge(suggestion, Self.satisfied, as: caller).status == status, "\(caller)")
            }
        }
    }
}
