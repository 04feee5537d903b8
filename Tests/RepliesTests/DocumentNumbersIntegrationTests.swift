import Bootstrap
import Calendar
import Contracts
import Foundation
import HTTPSupport
import Messaging
import PostgreSQL
import Rules
import Support
import Synchronization
import Testing

@testable import Replies

/// Documents' numbers on a real database: one each, without a gap, whoever writes, fails or dies.
@Suite(.timeLimit(.minutes(5)))
struct DocumentNumbersIntegrationTests {
    private static let departments = ["chengguan", "gongan", "jiaoyu", "weijian", "xixing", "zhujian"]
    private static let year = CivilDate(of: .now).year
    private struct Withdrawn: Error {}

    /// What a writer does behind its decisions.
    private enum Ending: CaseIterable {
        /// Commits.
        case commits
        /// Fails at the last moment.
        case fails
        /// Its connection is cut by the server with everything in hand, as that of a process that was killed.
        case dies
    }

    /// What eight writers take from, and put back when they have failed.
    private final class Work: Sendable {
        private struct State {
            var calls: [Desk.Call]
            var deaths = 0
        }

        private let state: Mutex<State>
        init(_ calls: [Desk.Call]) { state = Mutex(State(calls: calls)) }
        var deaths: Int { state.withLock { $0.deaths } }

        func take(_ count: Int) -> [Desk.Call] {
            state.withLock { state in
                let batch = Array(state.calls.suffix(count))
                state.calls.removeLast(batch.count)
                return batch
            }
        }

        func giveBack(_ batch: [Desk.Call]) { state.withLock { $0.calls += batch } }
        func noteDeath() { state.withLock { $0.deaths += 1 } }
    }

    private func reply(_ leg: AssignmentID, _ department: String, number: String? = nil) -> Desk.Call {
        Desk.Call(
            command: .reply(leg, outcome: .solved, text: "已办", commitmentDueAt: nil, documentNumber: number),
            actor: "department:\(department)",
            department: DepartmentCode(rawValue: department),
            suggestion: nil,
            origin: .here
        )
    }

    @Test func `eight writers, some of which fail and some die, leave a series of each department without a gap`()
        async throws
    {
        try await RepliesWorld.with { replies in
            let terms = try RepliesWorld.terms.counted(in: .china)
            let notices = Notices(queued: [], topology: replies.world.topology)
            // Matters with legs of several departments each: a batch takes of many series, and meets others' in every order.
            var calls: [Desk.Call] = []
            for index in 0..<240 {
                let codes = (0..<3).map { Self.departments[(index * 5 + $0) % Self.departments.count] }
                let legs = try await replies.hear(codes).1
                calls += zip(legs, codes).map { reply($0, $1) }
            }
            let expected = Dictionary(grouping: calls, by: \.department).mapValues(\.count)
            let work = Work(calls.shuffled())
            let failures = try await withThrowingTaskGroup(of: Int.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        let engine = try replies.world.engine(.replies)
                        var failures = 0
                        for turn in 0... {
                            let batch = work.take(1 + (writer + turn) % 12)
                            guard !batch.isEmpty else { break }
                            let ending =
                                (writer * 7 + turn) % 5 == 1 ? Ending.fails : (turn % 7 == 3 ? .dies : .commits)
                            do {
                                try await engine.outbox.transaction { transaction in
                                    let outcomes = try await Desk.work(batch, terms, notices, in: transaction)
                                    for outcome in outcomes { _ = try outcome.get() }
                                    switch ending {
                                    case .commits: break
                                    case .fails: throw Withdrawn()
                                    case .dies:
                                        work.noteDeath()
                                        try await transaction.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                                    }
                                }
                            } catch {
                                // A deadlock would be an error of its own, of a writer that was to commit.
                                #expect(ending != .commits, "\(error)")
                                failures += 1
                                work.giveBack(batch)
                            }
                        }
                        await engine.database.close()
                        return failures
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(failures > 20 && work.deaths > 5, "\(failures) failed, of which some died")
            for code in Self.departments {
                let department = DepartmentCode(rawValue: code)
                let numbers = try await replies.numbers(of: code)
                let wanted = (1...(expected[department] ?? 0)).map { "\(code)〔\(Self.year)〕\($0)号" }
                #expect(Set(numbers) == Set(wanted) && numbers.count == wanted.count, "\(code)")
                #expect(try await replies.last(of: code) == wanted.count)
            }
            // What was told is what is kept.
            let told = try await replies.engine.database.query(
                "SELECT convert_from(body, 'UTF8')::jsonb ->> 'documentNumber' AS number FROM acts WHERE name = 'reply.issued'"
            )
            let kept = try await replies.engine.database.query("SELECT document_number AS number FROM replies")
            let (first, second) = (
                try told.map { try $0["number", as: String.self] }, try kept.map { try $0["number", as: String.self] }
            )
            #expect(first.count == calls.count && first.sorted() == second.sorted())
        }
    }

    @Test func `the number stands in the answer, after the word that Directory tells, and a repeat gets no second one`()
        async throws
    {
        try await RepliesWorld.with { replies in
            let (_, legs) = try await replies.hear()
            try await replies.hearWord("滨综执函", of: "chengguan", version: 2)
            try await replies.hearWord("旧", of: "chengguan", version: 1)
            let solved = #"{"outcome":"A","text":"已经解决"}"#
            let answer = try await replies.act(legs[0], "reply", solved).json
            #expect(answer["replies"]?[0]?["documentNumber"]?.text == "滨综执函〔\(Self.year)〕1号")
            #expect(try await replies.act(legs[0], "reply", solved).status == 409)
            let (_, next) = try await replies.hear()
            let second = try await replies.act(next[0], "reply", solved).json
            #expect(second["replies"]?[0]?["documentNumber"]?.text == "滨综执函〔\(Self.year)〕2号")
        }
    }

    @Test func `a department's own number is kept as its own, each once, and passed over in its series`() async throws {
        try await RepliesWorld.with { replies in
            func answer(_ number: String?, as department: String = "chengguan") async throws -> ServiceClient.Answer {
                let leg = try await replies.hear([department]).1[0]
                let own = number.map { #","documentNumber":"\#($0)""# } ?? ""
                return try await replies.act(
                    leg,
                    "reply",
                    #"{"outcome":"A","text":"已办"\#(own)}"#,
                    as: "\(department)/department"
                )
            }
            let second = "chengguan〔\(Self.year)〕2号"
            for number in ["滨执〔2026〕7号", second] {
                let taken = try await answer(number)
                #expect(taken.json["replies"]?[0]?["documentNumber"]?.text == number)
            }
            let again = try await answer(second)
            #expect(again.status == 422 && again.faults == ["/documentNumber used"])
            #expect(try await answer(second, as: "zhujian").status == 200, "another department's numbers are its own")
            for bad in ["", String(repeating: "字", count: 61), #"a\nb"#] {
                #expect(try await answer(bad).status == 422, "\(bad)")
            }
            var given: [String] = []
            for _ in 0..<3 { given.append(try await answer(nil).json["replies"]?[0]?["documentNumber"]?.text ?? "") }
            #expect(given == [1, 3, 4].map { "chengguan〔\(Self.year)〕\($0)号" }, "with its own there is no gap")
            #expect(try await answer(given[0]).faults == ["/documentNumber used"])
            #expect(
                try await replies.world.number("SELECT count(*) FROM replies WHERE own_number", of: .replies) == 3
            )
        }
    }

    @Test func `two answers under one number of the department's own do not both win`() async throws {
        try await RepliesWorld.with { replies in
            let terms = try RepliesWorld.terms.counted(in: .china)
            let notices = Notices(queued: [], topology: replies.world.topology)
            var legs: [AssignmentID] = []
            for _ in 0..<16 { legs += try await replies.hear().1 }
            let taken = try await withThrowingTaskGroup(of: Int.self) { group in
                for (index, leg) in legs.enumerated() {
                    // Every second one asks for a number of the series beside it.
                    let number = index.isMultiple(of: 2) ? "chengguan〔\(Self.year)〕1号" : nil
                    let calls = [reply(leg, "chengguan", number: number)]
                    group.addTask {
                        let outcomes = try await replies.engine.outbox.transaction {
                            try await Desk.work(calls, terms, notices, in: $0)
                        }
                        return outcomes.count { if case .success = $0 { true } else { false } }
                    }
                }
                return try await group.reduce(0, +)
            }
            let numbers = try await replies.numbers(of: "chengguan")
            #expect(numbers.count == taken && Set(numbers).count == taken && (8...9).contains(taken))
            #expect(Set(numbers) == Set((1...taken).map { "chengguan〔\(Self.year)〕\($0)号" }))
        }
    }
}

extension RepliesWorld {
    /// The numbers of a department's documents.
    fileprivate func numbers(of department: String) async throws -> [String] {
        try await engine.database.query(
            "SELECT document_number FROM replies WHERE department = \(department) ORDER BY issued_at"
        ).map { try $0["document_number", as: String.self] }
    }

    /// How far a department's series has come.
    fileprivate func last(of department: String) async throws -> Int {
        try await world.number(
            "SELECT last::bigint FROM document_series WHERE department = \(department)",
            of: .replies
        )
    }

    /// Hears what stands before the year in a unit's numbers.
    fileprivate func hearWord(_ word: String, of unit: String, version: Int) async throws {
        let body = UnitChanged(
            unit: UnitCode(rawValue: unit),
            kind: .department,
            unitName: "局",
            parent: nil,
            category: nil,
            joinedTo: nil,
            state: .active,
            changedAt: .now,
            documentWord: word
        )
        let metadata = EventMetadata(
            id: .make(),
            name: UnitChanged.name,
            owner: .directory,
            aggregate: .make(),
            version: version,
            time: .now
        )
        try await engine.outbox.transaction {
            try await KeepWords().handle([try Received(metadata: metadata, body: body)], in: $0)
        }
    }
}
