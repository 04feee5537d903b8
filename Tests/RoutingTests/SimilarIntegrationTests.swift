import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import PostgreSQL
import Support
import Testing

@testable import Messaging
@testable import Routing

/// What is shown beside a matter while it is triaged.
@Suite(.timeLimit(.minutes(5)))
struct SimilarIntegrationTests {
    private static let lamp = "江陵路地铁口往南的路灯坏了三盏，晚上走路看不清，老人孩子都不敢出门，希望尽快修。"
    private static let again = "江陵路地铁口往南的路灯坏了三盏，晚上走路看不清，老人孩子都不敢出门，已经报过一次。"
    private static let well = "浦沿路菜场门口窨井盖松动，电瓶车压过去哐当响，夜里吵得睡不着。"

    private func similar(_ world: RoutingWorld, _ id: SuggestionID, as caller: String = "chengjian/committee")
        async throws
        -> [JSON]
    {
        let answer = try await world.get("/v1/suggestions/\(id)/similar", as: caller)
        #expect(answer.status == 200 && answer.json["id"]?.text == id.description)
        return answer.json["similar"]?.elements ?? []
    }

    private func fingerprints(_ world: RoutingWorld) async throws -> Int {
        try await world.world.number("SELECT count(*) FROM fingerprints", of: .routing)
    }

    @Test func `a copy is shown with its number, state and the passages, and nothing else is`() async throws {
        try await RoutingWorld.with { world in
            let first = try await world.hear(title: "路灯不亮", text: Self.lamp)[0]
            let other = try await world.hear(title: "井盖", text: Self.well)[0]
            let second = try await world.hear(title: "路灯", text: Self.again)[0]
            for id in [first, second, other] { try await world.place(id, with: "chengjian") }
            let shown = try await similar(world, second)
            #expect(shown.compactMap { $0["id"]?.text } == [first.description])
            let item = try #require(shown.first)
            #expect(item["title"]?.text == "路灯不亮" && item["state"]?.text == "waiting")
            #expect(item["committee"]?.text == "chengjian")
            let passage = try #require(item["passages"]?[0])
            #expect(passage["words"]?.text == "江陵路地铁口往南的路灯坏了三盏，晚上走路看不清，老人孩子都不敢出门")
            #expect(passage["here"]?["member"]?.text == "text" && passage["here"]?["start"]?.whole == 0)
            #expect(passage["there"]?["length"]?.whole == 33)
            #expect(try await similar(world, first).compactMap { $0["id"]?.text } == [second.description], "both ways")
            #expect(try await similar(world, other).isEmpty)
        }
    }

    @Test func `of another committee's there is number, committee and likeness alone; of what nobody has, everything`()
        async throws
    {
        try await RoutingWorld.with { world in
            let ids = try await world.hear(title: "路灯不亮", text: Self.lamp, count: 3)
            for (id, committee) in zip(ids, ["chengjian", "fazhi", nil]) { try await world.place(id, with: committee) }
            let shown = try await similar(world, ids[0])
            let foreign = try #require(shown.first { $0["committee"]?.text == "fazhi" })
            #expect(Set(foreign.members.keys) == ["number", "committee", "similarity"])
            #expect(foreign["number"]?.text == "BJ-1")
            let open = try #require(shown.first { $0["committee"] == nil })
            #expect(open["id"]?.text == ids[2].description && open["passages"]?.elements.isEmpty == false)
            #expect(shown.count == 2)
            // Whose own it is not, to them it is closed as the matter itself is.
            #expect(try await world.get("/v1/suggestions/\(ids[0])/similar", as: "fazhi/committee").status == 403)
            #expect(try await world.get("/v1/suggestions/\(SuggestionID.make())/similar").status == 404)
            for caller in ["chengguan/department", "deputy/deputy", "screen/screen"] {
                #expect(try await world.get("/v1/suggestions/\(ids[0])/similar", as: caller).status == 403)
            }
        }
    }

    @Test func `words that are erased are found by nobody, and nothing is kept of them`() async throws {
        try await RoutingWorld.with { world in
            let ids = try await world.hear(title: "路灯不亮", text: Self.lamp, count: 2)
            for id in ids { try await world.place(id, with: "chengjian") }
            #expect(try await similar(world, ids[0]).count == 1)
            #expect(try await fingerprints(world) == 2)
            let erased = SuggestionErased(number: "BJ-0", erasedAt: .now)
            let event = try Received(metadata: metadata(SuggestionErased.name, ids[1], 2), body: erased)
            try await world.engine.outbox.transaction { try await EraseTexts().handle([event], in: $0) }
            #expect(try await fingerprints(world) == 1)
            #expect(try await similar(world, ids[0]).isEmpty)
            #expect(try await similar(world, ids[1]).isEmpty, "it has no words of its own any more")
            // What is told again later comes without its words.
            let mark = Erasure.mark + "sha256:" + String(repeating: "0", count: 64)
            let late = try await world.hear(title: mark, text: mark)[0]
            #expect(try await fingerprints(world) == 1)
            try await world.place(late, with: "chengjian")
            #expect(try await similar(world, late).isEmpty)
        }
    }

    @Test func `a matter that is told twice is kept once`() async throws {
        try await RoutingWorld.with { world in
            let applying = Applying(
                outbox: world.engine.outbox,
                handlers: [SuggestionReceived.name: AnyHandler(world.propose)],
                follower: nil,
                singles: [],
                mode: .byID,
                readsLetters: false
            )
            let metadata = metadata(SuggestionReceived.name, .make(), 1)
            let body = try EventCoding.encode(
                SuggestionReceived(
                    number: "BJ-0",
                    kind: .opinion,
                    submitter: .voter,
                    title: "路灯不亮",
                    text: Self.lamp,
                    station: StationCode(rawValue: "ST-X01"),
                    receivedAt: .now
                )
            )
            for _ in 0..<3 {
                let item = Item(metadata: metadata, event: try applying.event(metadata, body), body: body)
                _ = try await applying.commit([item])
            }
            #expect(try await fingerprints(world) == 1)
        }
    }

    @Test func `matters from before are found once their words were read, those erased meanwhile are not`() async throws
    {
        try await RoutingWorld.with { world in
            let ids = try await world.hear(title: "路灯不亮", text: Self.lamp, count: 700)
            for id in ids.prefix(3) { try await world.place(id, with: "chengjian") }
            let database = world.engine.database
            _ = try await database.query("INSERT INTO fingerprints_due SELECT suggestion FROM fingerprints")
            _ = try await database.query("DELETE FROM fingerprints")
            #expect(try await similar(world, ids[0]).isEmpty)
            try await database.transaction { try await RoutingStore.erase(ids[1], in: $0) }
            var read: [Int] = []
            repeat {
                read.append(try await database.transaction { try await FingerprintStore.readDue(in: $0) })
            } while read.last != 0
            #expect(read == [500, 199, 0])
            #expect(try await fingerprints(world) == 699)
            #expect(try await similar(world, ids[0]).count == SimilarMatter.most)
            #expect(try await similar(world, ids[1]).isEmpty)
        }
    }

    @Test func `two who read matters from before at the same time read each once`() async throws {
        try await RoutingWorld.with { world in
            _ = try await world.hear(title: "路灯不亮", text: Self.lamp, count: 600)
            let database = world.engine.database
            _ = try await database.query("INSERT INTO fingerprints_due SELECT suggestion FROM fingerprints")
            _ = try await database.query("DELETE FROM fingerprints")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        while try await database.transaction({ try await FingerprintStore.readDue(in: $0) }) > 0 {}
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await fingerprints(world) == 600)
            #expect(try await world.world.number("SELECT count(*) FROM fingerprints_due", of: .routing) == 0)
        }
    }

    /// What everybody begins and ends with makes buckets of thousands, of which the copy's own are not part.
    @Test func `a copy is found among a thousand that begin and end alike, in each of several years`() async throws {
        try await RoutingWorld.with { world in
            let (begin, end) = ("我是本小区的居民，想反映一个问题。", "希望有关部门尽快处理，谢谢代表。")
            let samples = try LabelledSample.all().filter { $0.kind == .opinion }
            for sample in samples {
                _ = try await world.hear(title: sample.title, text: begin + sample.body + end, count: 6)
            }
            // Eras that lie apart, as they do after years without any.
            _ = try await world.engine.database.query(
                """
                UPDATE fingerprints SET band1 = band1 - n, band2 = band2 - n, band3 = band3 - n, band4 = band4 - n,
                                        band5 = band5 - n, band6 = band6 - n, band7 = band7 - n
                FROM (SELECT suggestion AS id, (row_number() OVER () % 4 * 7) << 32 AS n FROM fingerprints) AS aged
                WHERE suggestion = id
                """
            )
            var found = 0
            for sample in samples.prefix(60) {
                let copy = try await world.hear(title: "补充：" + sample.title, text: begin + sample.body + "谢谢。")[0]
                try await world.place(copy, with: "chengjian")
                if try await similar(world, copy).count == SimilarMatter.most { found += 1 }
            }
            print("copies found among \(samples.count * 6) that begin and end alike: \(found) of 60")
            #expect(found >= 54)
        }
    }

    private func metadata(_ name: EventName, _ id: SuggestionID, _ version: Int) -> EventMetadata {
        EventMetadata(
            id: .make(),
            name: name,
            owner: .intake,
            aggregate: id,
            version: version,
            time: .now
        )
    }
}
