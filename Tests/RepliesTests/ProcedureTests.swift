import Calendar
import Contracts
import Foundation
import Rules
import Support
import Testing

@testable import Replies

/// The same deed under two jurisdictions' packs: what each allows, and what it says when it does not.
struct ProcedureTests {
    private static let packs = ["zhejiang-hangzhou", "chongqing"]
    private let leg = AssignmentID.make()

    private func terms(_ pack: String) throws -> CountedTerms {
        let file = Documents.root.appending(path: "Deploy/Rules/\(pack).json")
        return try RulePack(json: Data(contentsOf: file)).terms.counted(in: .china)
    }

    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(text + "+08:00")) }

    /// A matter with one leg, assigned on Monday, 2 March 2026.
    private func handling(_ terms: CountedTerms, _ kind: SuggestionKind = .formal) throws -> Handling {
        let start = try at("2026-03-02T11:20:00")
        var handling = Handling(
            id: .make(),
            number: "JY-1",
            kind: kind,
            title: "t",
            text: "x",
            proposal: nil,
            committee: .init(rawValue: "chengjian")
        )
        let clock = terms.clock(for: kind, .single, round: 1, from: start)
        let legs = [Leg(assignment: leg, department: .init(rawValue: "chengguan"), role: .single, clock: clock)]
        _ = handling.assign(
            SuggestionAssigned(
                number: "JY-1",
                kind: kind,
                title: "t",
                text: "x",
                committee: handling.committee,
                legs: legs,
                reason: "r",
                assignedAt: start
            )
        )
        return handling
    }

    /// An answer that brings the contact along which both packs want before a deputy's suggestion is answered.
    private func answer(at now: Timestamp) -> Handling.Command {
        let contact = ContactRecord(mode: .telephone, heldAt: now, officer: "李某", with: .author, text: "听取了意见")
        return .reply(leg, outcome: .solved, text: "已办", commitmentDueAt: nil, contact: contact)
    }

    /// What a command is refused with, as `pointer rule`; nothing when it is done.
    private func refusal(
        of command: Handling.Command,
        _ handling: inout Handling,
        at now: Timestamp,
        _ terms: CountedTerms
    ) -> Impossible? {
        do {
            _ = try handling.apply(command, at: now, terms: terms)
            return nil
        } catch {
            return error
        }
    }

    /// A return at a moment, and how each pack answers it: "" when it takes it.
    static let returns: [(at: String, unit: String?, zhejiang: String, chongqing: String)] = [
        // The ninth calendar day.
        ("2026-03-11T09:00:00", "zhujian", "", ""),
        ("2026-03-11T09:00:00", nil, "", "/proposedDepartment required"),
        // The last moment of ten days.
        ("2026-03-12T23:59:59", "zhujian", "", ""),
        // The eleventh day, which is the ninth working day.
        ("2026-03-13T00:00:00", "zhujian", " return-term", ""),
        // The last moment of ten working days, behind two weekends.
        ("2026-03-16T23:59:59", "zhujian", " return-term", ""),
        // What cannot be mended is said before what can.
        ("2026-03-17T00:00:00", nil, " return-term", " return-term"),
    ]

    @Test(arguments: returns.indices) func `a return is taken or refused as each pack says`(index: Int) throws {
        let row = Self.returns[index]
        for (pack, expected) in zip(Self.packs, [row.zhejiang, row.chongqing]) {
            let terms = try terms(pack)
            var handling = try handling(terms)
            let unit = row.unit.map(DepartmentCode.init(rawValue:))
            let command = Handling.Command.giveBack(leg, reason: "不属于本单位", proposed: unit)
            let refused = refusal(of: command, &handling, at: try at(row.at), terms)
            #expect(refused.map { "\($0.pointer) \($0.rule)" } ?? "" == expected, "\(pack) \(row.at)")
            #expect(handling.legs[0].state == (expected.isEmpty ? .returned : .issued))
            #expect(handling.version == (expected.isEmpty ? 1 : 0), "what is refused leaves nothing behind")
        }
    }

    @Test func `a refusal names the number and its ground`() throws {
        let terms = try terms("zhejiang-hangzhou")
        var handling = try handling(terms)
        let command = Handling.Command.giveBack(leg, reason: "r", proposed: nil)
        let late = try #require(refusal(of: command, &handling, at: try at("2026-03-20T09:00:00"), terms))
        #expect(late.words.contains("退办期限10日已于2026-03-12届满") && late.words.contains("第十四条"))
        #expect(late.words.contains("（依据待核）") && late.words.contains("within 10 days, which ended on 2026-03-12"))
        #expect(!late.namesMember, "the moment is at fault, and no member")
        let theirs = try self.terms("chongqing")
        var other = try self.handling(theirs)
        let bare = try #require(refusal(of: command, &other, at: try at("2026-03-03T09:00:00"), theirs))
        #expect(bare.namesMember && bare.words.contains("玉林市"))
    }

    @Test func `a term in which nobody works is carried on, and pauses of the answer's clock do not stretch it`() throws
    {
        let terms = try terms("zhejiang-hangzhou")
        var handling = try handling(terms)
        // A Saturday: ten days from 25 February end on Saturday, 7 March, and so on Monday.
        handling.legs[0].leg.clock.startedAt = try at("2026-02-25T09:00:00")
        handling.legs[0].leg.clock.pauses = [
            Clock.Pause(from: try at("2026-02-26T09:00:00"), until: try at("2026-03-05T09:00:00"))
        ]
        let command = Handling.Command.giveBack(leg, reason: "r", proposed: nil)
        var late = handling
        #expect(refusal(of: command, &late, at: try at("2026-03-10T00:00:00"), terms)?.rule == "return-term")
        #expect(refusal(of: command, &handling, at: try at("2026-03-09T23:59:59"), terms) == nil)
    }

    /// A verdict on attitude and result, whether words stand beside it, and how each pack answers.
    static let verdicts: [(attitude: Verdict, result: Verdict, words: String?, zhejiang: String, chongqing: String)] = [
        (.satisfied, .satisfied, nil, "", ""), (.accepted, .accepted, nil, "", ""),
        (.satisfied, .dissatisfied, nil, "/comment required", "/comment required"),
        (.satisfied, .dissatisfied, "没有办", "", ""),
        // Chongqing's form asks for one verdict, on the answer.
        (.dissatisfied, .satisfied, nil, "/comment required", ""), (.dissatisfied, .satisfied, "态度差", "", ""),
    ]

    @Test(arguments: verdicts.indices) func `a verdict without words counts where the pack lets it`(index: Int) throws {
        let row = Self.verdicts[index]
        for (pack, expected) in zip(Self.packs, [row.zhejiang, row.chongqing]) {
            for kind in SuggestionKind.allCases {
                let terms = try terms(pack)
                var handling = try handling(terms, kind)
                let now = try at("2026-03-05T09:00:00")
                let reply = answer(at: now)
                #expect(refusal(of: reply, &handling, at: now, terms) == nil)
                let verdict = Handling.Command.evaluate(attitude: row.attitude, result: row.result, comment: row.words)
                let refused = refusal(of: verdict, &handling, at: now, terms)
                #expect(refused.map { "\($0.pointer) \($0.rule)" } ?? "" == expected, "\(pack) \(kind)")
                let isOver = expected.isEmpty && row.result != .dissatisfied
                #expect(handling.state == (isOver ? .closed : expected.isEmpty ? .open : .answered))
            }
        }
    }

    @Test func `a verdict counts from whom the pack names`() throws {
        var terms = try terms("zhejiang-hangzhou").terms
        for index in terms.evaluation.indices { terms.evaluation[index].judges.roles = [.deputy] }
        let counted = terms.counted(in: .china)
        var handling = try handling(counted)
        let now = try at("2026-03-05T09:00:00")
        let reply = answer(at: now)
        #expect(refusal(of: reply, &handling, at: now, counted) == nil)
        func verdict(_ role: Role) -> Handling.Command {
            .evaluate(attitude: .satisfied, result: .satisfied, comment: nil, as: role)
        }
        let refused = try #require(refusal(of: verdict(.committee), &handling, at: now, counted))
        #expect(refused.rule == "verdict-role" && refused.words.contains("第二十三条"))
        #expect(refusal(of: verdict(.deputy), &handling, at: now, counted) == nil && handling.state == .closed)
    }

    /// A reply, and how each pack answers it.
    static let replies: [(outcome: ReplyOutcome, isDated: Bool, reason: String?, zhejiang: String, chongqing: String)] =
        [
            (.solved, false, nil, "", ""), (.planned, true, nil, "", ""),
            (.planned, false, nil, "/commitmentDueAt required", "/commitmentDueAt required"),
            (.reference, false, "因管线无法迁移", "", ""),
            (.reference, false, nil, "/reason required", "/reason required"),
            (.reference, false, "因经费不足", "/reason passage", "/reason passage"),
            (.reference, false, " ", "/reason length", "/reason length"),
            (.reference, true, "因管线无法迁移", "/commitmentDueAt only-with-B", "/commitmentDueAt only-with-B"),
            (.solved, false, "因管线无法迁移", "/reason only-with-C", "/reason only-with-C-D"),
            // The fourth outcome is Chongqing's.
            (.referred, false, "因管线无法迁移", "/outcome letter", ""),
            (.referred, false, nil, "/outcome letter", "/reason required"),
        ]

    @Test(arguments: replies.indices) func `a reply gives what its letter demands, and nothing else`(index: Int) throws
    {
        let row = Self.replies[index]
        let now = try at("2026-03-05T09:00:00")
        for (pack, expected) in zip(Self.packs, [row.zhejiang, row.chongqing]) {
            let message = ReplyMessage(
                assignment: leg,
                outcome: row.outcome,
                text: "收悉。因管线无法迁移，暂不能解决。",
                commitmentDueAt: row.isDated ? now + .seconds(86_400) : nil,
                reason: row.reason
            )
            var faults: [Impossible] = []
            do {
                _ = try Fields.reply(message, under: try terms(pack).terms.letters, at: now)
            } catch let error as Faults {
                faults = error.faults
            }
            #expect(faults.map { "\($0.pointer) \($0.rule)" }.joined(separator: ", ") == expected, "\(pack) \(row)")
            if let fault = faults.first, fault.rule == "required" {
                #expect(fault.words.contains("（") && fault.words.contains("第"), "its ground: \(fault.words)")
            }
        }
    }
}
