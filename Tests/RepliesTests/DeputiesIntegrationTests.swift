import Contracts
import Foundation
import HTTPSupport
import PostgreSQL
import Support
import Testing

@testable import Replies

/// Whose verdict a matter awaits: a deputy's own are those that name them, and those of their stations that name nobody who sits.
@Suite(.timeLimit(.minutes(5)))
struct DeputiesIntegrationTests {
    private static let solved = #"{"outcome":"A","text":"已经解决"}"#
    private static let satisfied = #"{"attitude":"satisfied","result":"satisfied"}"#
    private static let station = StationCode(rawValue: "ST-X01")

    /// An answered matter.
    private func answered(
        _ replies: RepliesWorld,
        at station: StationCode? = station,
        naming deputies: [PersonID]?
    ) async throws -> SuggestionID {
        let (suggestion, legs) = try await replies.hear(station: station, deputies: deputies)
        #expect(try await replies.act(legs[0], "reply", Self.solved).status == 200)
        return suggestion
    }

    /// Whether the deputy has it: in the list, by itself, and to be judged; all three alike.
    private func isOwn(_ suggestion: SuggestionID, _ replies: RepliesWorld) async throws -> Bool {
        let list = try await replies.get("/v1/suggestions?state=answered", as: Staff.deputy).json["items"]?.elements
        let isListed = list?.contains { $0["suggestion"]?.text == suggestion.description } == true
        let shown = try await replies.get("/v1/suggestions/\(suggestion)", as: Staff.deputy).status
        let stored = try await replies.stored()
        let judged = try await replies.judge(suggestion, Self.satisfied).status
        #expect(shown == (isListed ? 200 : 404) && judged == shown)
        if !isListed { #expect(try await replies.stored() == stored, "a refused verdict leaves nothing") }
        return isListed
    }

    @Test func `a deputy judges what names them and what their stations received, and nothing else`() async throws {
        try await RepliesWorld.with { replies in
            let other = PersonID.make()
            try await replies.hear(at: ["ST-X01", "ST-X02"])
            try await replies.hear(other, at: ["ST-X01"])
            let me = RepliesWorld.deputy
            for (station, named, isMine) in [
                ("ST-C01", [me], true), ("ST-C01", [other, me], true), ("ST-X02", nil, true), ("ST-X01", nil, true),
                ("ST-X01", [other], false), ("ST-C01", nil, false),
            ] as [(String, [PersonID]?, Bool)] {
                let matter = try await answered(replies, at: StationCode(rawValue: station), naming: named)
                #expect(try await isOwn(matter, replies) == isMine, "\(station) \(named ?? [])")
            }
            let old = try await answered(replies, at: nil, naming: nil)
            #expect(try await !isOwn(old, replies), "told before matters had their deputies")
            let committee = try await replies.judge(old, Self.satisfied, as: "chengjian/committee")
            #expect(committee.status == 200, "the committee that answers for it judges it")
        }
    }

    @Test func `where nobody who is named sits any more the station's deputies have it`() async throws {
        try await RepliesWorld.with { replies in
            let gone = PersonID.make()
            try await replies.hear(at: ["ST-X01"])
            let unheard = try await answered(replies, naming: [gone])
            #expect(try await isOwn(unheard, replies), "nobody has heard of a mandate")
            try await replies.hear(gone, at: ["ST-C01"])
            let theirs = try await answered(replies, naming: [gone])
            #expect(try await !isOwn(theirs, replies))
            try await replies.hear(gone, version: 2, until: "2025-12-31", at: ["ST-C01"])
            #expect(try await isOwn(theirs, replies), "the mandate is over")
        }
    }

    @Test func `a mandate counts from its first to its last day, once confirmed, by its newest telling`() async throws {
        try await RepliesWorld.with { replies in
            for (state, from, until, isMine) in [
                (.asked, "2022-01-10", nil, false), (.refused, "2022-01-10", nil, false),
                (.ended, "2022-01-10", nil, false), (.confirmed, "2999-01-01", nil, false),
                (.confirmed, "2022-01-10", "2022-12-31", false), (.confirmed, "2022-01-10", "2999-12-31", true),
            ] as [(PersonChanged.Holding.State, String, String?, Bool)] {
                let matter = try await answered(replies, naming: nil)
                let version = try await replies.world.number(
                    "SELECT coalesce(max(version), 0)::int8 FROM known_holdings",
                    of: .replies
                )
                try await replies.hear(version: version + 1, state: state, from: from, until: until, at: ["ST-X01"])
                #expect(try await isOwn(matter, replies) == isMine, "\(state) \(from) \(until ?? "")")
            }
            try await replies.hear(version: 2, state: .ended, at: ["ST-X01"])
            let matter = try await answered(replies, naming: nil)
            #expect(try await isOwn(matter, replies), "an older telling that comes late replaces nothing")
        }
    }
}
