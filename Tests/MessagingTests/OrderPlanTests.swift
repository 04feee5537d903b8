import Contracts
import Support
import Testing

@testable import Messaging

struct OrderPlanTests {
    private func item(_ version: Int, of aggregate: SuggestionID, name: EventName = "a.b") -> Item {
        Item(
            metadata: EventMetadata(
                id: .make(),
                name: name,
                owner: .routing,
                aggregate: aggregate,
                version: version,
                time: .now
            ),
            event: version,
            body: []
        )
    }

    @Test func `versions in order are applied and move the position`() {
        let id = SuggestionID.make()
        let plan = OrderPlan([item(1, of: id), item(2, of: id)], positions: [:], waiting: [])
        #expect(plan.applied.map(\.metadata.version) == [1, 2])
        #expect(plan.positions == [.init(owner: .routing, aggregate: id): 2])
        #expect(plan.ahead.isEmpty)
    }

    @Test func `a repeat is neither applied nor stored`() {
        let id = SuggestionID.make()
        let plan = OrderPlan(
            [item(2, of: id), item(2, of: id)],
            positions: [.init(owner: .routing, aggregate: id): 2],
            waiting: []
        )
        #expect(plan.applied.isEmpty)
        #expect(plan.ahead.isEmpty)
        #expect(plan.positions.isEmpty)
    }

    @Test func `another event under the last version is a conflict, under an earlier one nobody can tell`() {
        let id = SuggestionID.make()
        let key = OrderPlan.Key(owner: .routing, aggregate: id)
        let (known, other, early, next) = (item(2, of: id), item(2, of: id), item(1, of: id), item(3, of: id))
        let plan = OrderPlan(
            [other, known, early, next],
            positions: [key: 2],
            lastIDs: [key: known.metadata.id],
            waiting: []
        )
        #expect(plan.conflicts.map(\.metadata.id) == [other.metadata.id])
        #expect(plan.applied.map(\.metadata.id) == [next.metadata.id])
        #expect(plan.positions == [key: 3] && plan.lastIDs == [key: next.metadata.id])
    }

    @Test func `a version ahead of its turn waits`() {
        let id = SuggestionID.make()
        let plan = OrderPlan([item(3, of: id)], positions: [.init(owner: .routing, aggregate: id): 1], waiting: [])
        #expect(plan.applied.isEmpty)
        #expect(plan.ahead.map(\.metadata.version) == [3])
    }

    @Test func `the missing version lets all that waited behind it through`() {
        let id = SuggestionID.make()
        let plan = OrderPlan(
            [item(2, of: id)],
            positions: [.init(owner: .routing, aggregate: id): 1],
            waiting: [item(4, of: id), item(3, of: id), item(6, of: id)]
        )
        #expect(plan.applied.map(\.metadata.version) == [2, 3, 4])
        #expect(plan.drained.map(\.metadata.version) == [3, 4])
        #expect(plan.ahead.isEmpty, "6 is stored already")
    }

    @Test(arguments: 0..<50) func `any order of delivery applies every version once and in order`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let ids = (0..<4).map { _ in SuggestionID.make() }
        var stream = ids.flatMap { id in (1...12).map { item($0, of: id) } }
        stream += stream.filter { _ in Bool.random(using: &generator) }
        stream.shuffle(using: &generator)
        var (positions, waiting, applied): ([OrderPlan.Key: Int], [Item], [SuggestionID: [Int]]) = ([:], [], [:])
        while !stream.isEmpty {
            let batch = Array(stream.prefix(Int.random(in: 1...7, using: &generator)))
            stream.removeFirst(batch.count)
            let plan = OrderPlan(batch, positions: positions, waiting: waiting)
            for item in plan.applied { applied[item.metadata.aggregate, default: []].append(item.metadata.version) }
            positions.merge(plan.positions) { $1 }
            waiting.removeAll { row in plan.drained.contains { $0.metadata.id == row.metadata.id } }
            // The table's key lets one row a version in.
            for item in plan.ahead
            where !waiting.contains(where: {
                $0.metadata.aggregate == item.metadata.aggregate && $0.metadata.version == item.metadata.version
            }) {
                waiting.append(item)
            }
        }
        #expect(waiting.filter { $0.metadata.version > 12 }.isEmpty)
        for id in ids { #expect(applied[id] == Array(1...12)) }
    }

    @Test func `a wave never has two events of an aggregate, and waves keep its order`() {
        let (one, two) = (SuggestionID.make(), SuggestionID.make())
        let waves = Waves.of([item(1, of: one), item(1, of: two), item(2, of: one, name: "c.d"), item(3, of: one)])
        #expect(waves.count == 3)
        #expect(waves[0]["a.b"]?.map(\.metadata.aggregate) == [one, two])
        #expect(waves[1]["c.d"]?.map(\.metadata.version) == [2])
        #expect(waves[2]["a.b"]?.map(\.metadata.version) == [3])
    }
}
