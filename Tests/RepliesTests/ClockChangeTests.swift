import Calendar
import Contracts
import Foundation
import Rules
import Support
import Testing

@testable import Replies

/// What a committee's officer may do to a running clock: each limit, and each refusal with its member and rule.
struct ClockChangeTests {
    private let id = AssignmentID.make()
    /// Monday 2 March 2026, ten o'clock.
    private let start = Timestamp("2026-03-02T10:00:00+08:00") ?? Timestamp(microseconds: 0)

    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(text + "+08:00")) }

    private func terms() throws -> CountedTerms { try RepliesWorld.terms.counted(in: .china) }

    private func handling(_ kind: SuggestionKind = .formal, _ role: AssignmentRole = .single) throws -> Handling {
        var handling = Handling(
            id: .make(),
            number: "BJ-1",
            kind: kind,
            title: "t",
            text: "x",
            proposal: nil,
            committee: .init(rawValue: "chengjian")
        )
        let leg = Leg(
            assignment: id,
            department: DepartmentCode(rawValue: "chengguan"),
            role: role,
            clock: try terms().clock(for: kind, role, round: 1, from: start)
        )
        _ = handling.assign(
            SuggestionAssigned(
                number: "BJ-1",
                kind: kind,
                title: "t",
                text: "x",
                committee: handling.committee,
                legs: [leg],
                withdrawn: [],
                reason: "r",
                assignedAt: start
            )
        )
        return handling
    }

    private func ask(_ action: ClockChange.Action, as role: Role = .committee) -> Handling.Command {
        .changeClock(id, ClockChange(action: action, text: "理由", role: role, office: "committee:chengjian"))
    }

    /// The change that a command tells; nil when it changes nothing.
    private func change(_ handling: inout Handling, _ action: ClockChange.Action, at moment: String) throws
        -> ClockChanged?
    {
        let told = try handling.apply(ask(action), at: at(moment), terms: terms())
        guard let first = told.first else { return nil }
        guard told.count == 1, case .moved(let change) = first else {
            Issue.record("something else is told")
            return nil
        }
        return change
    }

    /// The member and rule that a command is refused with.
    private func refusal(_ handling: Handling, _ command: Handling.Command, at moment: String) throws -> String? {
        var handling = handling
        do {
            _ = try handling.apply(command, at: at(moment), terms: terms())
            return nil
        } catch let error as Impossible {
            return "\(error.pointer) \(error.rule)"
        }
    }

    private func due(_ handling: Handling) -> String { FixedZone.china.text(of: handling.legs[0].leg.clock.dueAt) }

    @Test func `a pause moves the end by the days that it took, and by no other`() throws {
        var handling = try handling()
        #expect(due(handling) == "2026-06-02T23:59:59+08:00")
        let paused = try #require(try change(&handling, .pause, at: "2026-03-16T10:00:00"))
        #expect(paused.reason == .paused && paused.text == "理由" && paused.basis?.contains("补充情况") == true)
        #expect(paused.clock.pausedSince == paused.changedAt && paused.clock.dueAt == paused.previousDueAt)
        // Weeks behind the old end it still runs out nowhere.
        let resumed = try #require(try change(&handling, .resume, at: "2026-06-22T15:00:00"))
        #expect(resumed.reason == .resumed && resumed.clock.pausedSince == nil)
        // From 17 March to 22 June are 98 days; 2 June and 98 days are 8 September, a Tuesday.
        #expect(due(handling) == "2026-09-08T23:59:59+08:00" && handling.version == 2)
    }

    /// Terms of a pack that lets a period begin anew, once.
    private func restartable() throws -> CountedTerms { try RepliesWorld.restartableTerms.counted(in: .china) }

    @Test func `a period begins anew where the pack lets it, once, and forgets what was before`() throws {
        let terms = try restartable()
        var handling = try handling()
        func restart(_ moment: String) throws -> [Handling.Told] {
            try handling.apply(ask(.restart), at: at(moment), terms: terms)
        }
        guard case .moved(let change) = try restart("2026-04-10T10:00:00").first else {
            Issue.record("nothing is told")
            return
        }
        #expect(change.reason == .restarted && change.basis == "补充重大情况的重新计算（依据待核）" && change.text == "理由")
        #expect(change.clock.restarts == [try at("2026-04-10T10:00:00")] && change.clock.restartBasis == change.basis)
        // Three months from 10 April.
        #expect(due(handling) == "2026-07-10T23:59:59+08:00")
        #expect(try restart("2026-04-10T10:00:05").isEmpty, "sent again")
        #expect(throws: Impossible.self) { try restart("2026-04-11T10:00:00") }
        let words = Period(change.clock)?.words().map(\.zh)
        #expect(words == ["2026-04-10 起重新计算（补充重大情况的重新计算（依据待核））"])
    }

    @Test func `what does not begin anew is said: by the pack, while it stands still, behind its end, for others`()
        throws
    {
        func refusal(_ handling: Handling, _ moment: String, _ terms: CountedTerms, as role: Role = .committee) throws
            -> String?
        {
            var handling = handling
            do {
                _ = try handling.apply(ask(.restart, as: role), at: at(moment), terms: terms)
                return nil
            } catch let error as Impossible {
                return "\(error.pointer) \(error.rule)"
            }
        }
        let terms = try restartable()
        var handling = try handling()
        #expect(try refusal(handling, "2026-04-10T10:00:00", self.terms()) == "/action not-allowed")
        #expect(try refusal(handling, "2026-04-10T10:00:00", terms, as: .department) == "/action asks")
        #expect(try refusal(handling, "2026-06-03T10:00:00", terms) == " over")
        _ = try change(&handling, .pause, at: "2026-03-16T10:00:00")
        #expect(try refusal(handling, "2026-04-10T10:00:00", terms) == " paused")
    }

    @Test func `more time is the law's six months in all, from the beginning and with the pauses, and once`() throws {
        var handling = try handling()
        _ = try change(&handling, .pause, at: "2026-03-16T10:00:00")
        _ = try change(&handling, .resume, at: "2026-03-20T10:00:00")
        let extended = try #require(try change(&handling, .extend(Term(6, .months)), at: "2026-05-11T10:00:00"))
        #expect(extended.reason == .extended && extended.basis?.contains("第五十一条") == true)
        #expect(extended.clock.extensions?.map(\.to) == ["P6M"] && extended.clock.extensions?.first?.by == nil)
        // Who has granted it and what allows it stay with it, as with the pause.
        #expect(extended.clock.extensions?.first?.grantedBy == "committee:chengjian")
        #expect(extended.clock.extensions?.first?.basis == extended.basis)
        #expect(extended.clock.pauses?.first?.by == "committee:chengjian")
        #expect(extended.clock.pauses?.first?.basis?.contains("补充情况") == true)
        // Six months from the start are 2 September; four days stood still: Sunday the 6th, and so Monday.
        #expect(due(handling) == "2026-09-07T23:59:59+08:00")
        #expect(try change(&handling, .extend(Term(6, .months)), at: "2026-05-11T10:00:01") == nil, "sent again")
        #expect(handling.version == 3)
        #expect(
            try refusal(handling, ask(.extend(Term(5, .months))), at: "2026-05-12T10:00:00") == "/term shorter"
        )
    }

    @Test func `an extension that the pack does not allow names the member and the rule`() throws {
        let formal = try handling()
        for (term, rule) in [
            (Term(7, .months), "/term limit"), (Term(180, .days), "/term unit"), (Term(3, .months), "/term shorter"),
        ] {
            #expect(try refusal(formal, ask(.extend(term)), at: "2026-03-10T10:00:00") == rule, "\(term)")
        }
        #expect(
            try refusal(handling(.formal, .assisting), ask(.extend(Term(3, .months))), at: "2026-03-10T10:00:00")
                == "/action not-allowed"
        )
        var opinion = try handling(.opinion)
        #expect(try refusal(opinion, ask(.extend(Term(31, .days))), at: "2026-03-10T10:00:00") == "/term limit")
        _ = try change(&opinion, .extend(Term(10, .days)), at: "2026-03-10T10:00:00")
        // Thirty days and ten are 11 April, a Saturday.
        #expect(due(opinion) == "2026-04-13T23:59:59+08:00")
        #expect(try refusal(opinion, ask(.extend(Term(10, .days))), at: "2026-03-10T10:00:01") == "/action times")
        // A second answer has the term that the dissatisfied verdict gives it, and no more.
        var rework = try handling(.opinion)
        let reply = Handling.Command.reply(id, outcome: .solved, text: "已办", commitmentDueAt: nil)
        _ = try rework.apply(reply, at: at("2026-03-10T10:00:00"), terms: terms())
        let verdict = Handling.Command.evaluate(attitude: .satisfied, result: .dissatisfied, comment: "没有办")
        _ = try rework.apply(verdict, at: at("2026-03-11T10:00:00"), terms: terms())
        #expect(try refusal(rework, ask(.extend(Term(5, .days))), at: "2026-03-12T10:00:00") == "/action not-allowed")
        #expect(try refusal(rework, ask(.pause), at: "2026-03-12T10:00:00") == nil)
    }

    @Test func `behind the end nothing is paused or extended, to the microsecond`() throws {
        let handling = try handling(.opinion)
        #expect(due(handling) == "2026-04-01T23:59:59+08:00")
        for action in [ClockChange.Action.pause, .extend(Term(10, .days))] {
            #expect(try refusal(handling, ask(action), at: "2026-04-01T23:59:59.999999") == nil)
            #expect(try refusal(handling, ask(action), at: "2026-04-02T00:00:00") == " over")
        }
        // A date that is agreed on afterwards can still be set; what was missed stays missed at Reminders.
        #expect(try refusal(handling, ask(.set(at("2026-04-20T17:30:00"))), at: "2026-04-02T00:00:00") == nil)
    }

    @Test func `what stands still does so once, and runs again once`() throws {
        var handling = try handling()
        #expect(try refusal(handling, ask(.resume), at: "2026-03-10T10:00:00") == " not-paused")
        for day in ["10", "12", "14"] {
            _ = try change(&handling, .pause, at: "2026-03-\(day)T10:00:00")
            #expect(try refusal(handling, ask(.pause), at: "2026-03-\(day)T11:00:00") == " paused")
            #expect(
                try refusal(handling, ask(.set(at("2026-04-20T17:30:00"))), at: "2026-03-\(day)T11:00:00") == " paused"
            )
            _ = try change(&handling, .resume, at: "2026-03-\(day)T12:00:00")
            #expect(try refusal(handling, ask(.resume), at: "2026-03-\(day)T13:00:00") == " not-paused")
        }
        #expect(due(handling) == "2026-06-02T23:59:59+08:00", "within a day nothing stands still")
        #expect(try refusal(handling, ask(.pause), at: "2026-03-16T10:00:00") == "/action times")
    }

    @Test func `another replica's clock that is ahead ends no pause before it began`() throws {
        var handling = try handling()
        let paused = try #require(try change(&handling, .pause, at: "2026-03-16T10:00:00.5"))
        let resumed = try #require(try change(&handling, .resume, at: "2026-03-16T10:00:00.2"))
        #expect(resumed.clock.pauses?.map(\.from) == [paused.changedAt])
        #expect(resumed.clock.pauses?.map(\.until) == [paused.changedAt])
    }

    @Test func `an end set by hand lies ahead, within the law, and stays until another is set`() throws {
        var handling = try handling()
        for (moment, rule) in [("2026-03-10T10:00:00", "/dueAt future"), ("2026-09-03T00:00:00", "/dueAt limit")] {
            #expect(try refusal(handling, ask(.set(at(moment))), at: "2026-03-10T10:00:00") == rule)
        }
        let dueAt = try at("2026-09-02T23:59:59.999999")
        let fixed = try #require(try change(&handling, .set(dueAt), at: "2026-03-10T10:00:00"))
        #expect(fixed.reason == .fixed && fixed.clock.dueAt == dueAt && fixed.clock.provisional == nil)
        #expect(fixed.clock.fixed == Clock.Fixed(dueAt: dueAt, by: "committee:chengjian", at: fixed.changedAt))
        #expect(try change(&handling, .set(dueAt), at: "2026-03-10T10:00:01") == nil, "sent again")
        for action in [ClockChange.Action.pause, .extend(Term(6, .months))] {
            #expect(try refusal(handling, ask(action), at: "2026-03-11T10:00:00") == " fixed")
        }
        _ = try change(&handling, .set(at("2026-05-29T17:30:00")), at: "2026-03-11T10:00:00")
        #expect(due(handling) == "2026-05-29T17:30:00+08:00" && handling.version == 2)
        #expect(
            try refusal(self.handling(.formal, .assisting), ask(.set(dueAt)), at: "2026-03-10T10:00:00")
                == "/action not-allowed"
        )
    }

    @Test func `nobody but whom the pack names asks for anything`() throws {
        for action in [ClockChange.Action.pause, .extend(Term(6, .months)), .set(try at("2026-05-29T17:30:00"))] {
            #expect(
                try refusal(handling(), ask(action, as: .director), at: "2026-03-10T10:00:00") == "/action asks"
            )
        }
    }

    @Test func `a leg that is over has no clock to change`() throws {
        let moment = "2026-03-10T10:00:00"
        let contact = ContactRecord(
            mode: .telephone,
            heldAt: try at(moment),
            officer: "李某",
            with: .author,
            text: "听取了意见"
        )
        let reply = Handling.Command.reply(
            id,
            outcome: .solved,
            text: "已办",
            commitmentDueAt: nil,
            contact: contact
        )
        let giveBack = Handling.Command.giveBack(id, reason: "r", proposed: nil)
        for (end, rule) in [(reply, "/assignment replied"), (giveBack, "/assignment returned")] {
            var handling = try handling()
            _ = try handling.apply(end, at: at(moment), terms: terms())
            for action in [ClockChange.Action.pause, .resume, .extend(Term(6, .months))] {
                #expect(try refusal(handling, ask(action), at: moment) == rule)
            }
        }
        var withdrawn = try handling()
        let event = SuggestionAssigned(
            number: "BJ-1",
            kind: .formal,
            title: "t",
            text: "x",
            committee: withdrawn.committee,
            legs: [],
            withdrawn: [id],
            reason: "r",
            assignedAt: start
        )
        _ = withdrawn.assign(event)
        #expect(try refusal(withdrawn, ask(.pause), at: moment) == "/assignment withdrawn")
        var closed = try handling()
        _ = try closed.apply(reply, at: at(moment), terms: terms())
        let satisfied = Handling.Command.evaluate(attitude: .satisfied, result: .satisfied, comment: nil)
        _ = try closed.apply(satisfied, at: at(moment), terms: terms())
        #expect(try refusal(closed, ask(.pause), at: moment) == " closed")
    }

    @Test func `an answer while it stands still is in time, weeks behind the end that was counted last`() throws {
        var handling = try handling(.opinion)
        _ = try change(&handling, .pause, at: "2026-03-20T10:00:00")
        let reply = Handling.Command.reply(id, outcome: .solved, text: "已办", commitmentDueAt: nil)
        let told = try handling.apply(reply, at: at("2026-05-06T10:00:00"), terms: terms())
        guard told.count == 2, case .moved(let change) = told[0], case .issued(let event) = told[1] else {
            return #expect(Bool(false), "the end of the pause and the answer are told")
        }
        #expect(change.reason == .resumed && change.text == nil && change.clock.dueAt == event.dueAt)
        #expect(event.issuedAt <= event.dueAt)
        // 1 April and the 47 days from 21 March to 6 May.
        #expect(FixedZone.china.text(of: event.dueAt) == "2026-05-18T23:59:59+08:00")
        #expect(handling.legs[0].leg.clock.pausedSince == nil && handling.version == 3)
    }

    @Test func `what is sent is read with every fault of it`() throws {
        func faults(
            _ action: Fields.ClockAction,
            _ reason: String = "理由",
            term: String? = nil,
            dueAt: Timestamp? = nil
        ) -> [String] {
            do {
                _ = try Fields.clockChange(action, reason: reason, term: term, dueAt: dueAt, as: .committee, of: "x")
                return []
            } catch {
                return error.faults.map { "\($0.pointer) \($0.rule)" }
            }
        }
        #expect(faults(.pause) == [] && faults(.resume) == [] && faults(.extend, term: "P6M") == [])
        #expect(faults(.set, dueAt: start) == [])
        #expect(
            faults(.pause, " ", term: "P6M", dueAt: start) == [
                "/reason length", "/term only-with-extend", "/dueAt only-with-set",
            ]
        )
        #expect(faults(.extend, dueAt: start) == ["/term required", "/dueAt only-with-set"])
        #expect(faults(.extend, term: "six months") == ["/term format"])
        #expect(faults(.set, term: "P6M") == ["/term only-with-extend", "/dueAt required"])
        #expect(faults(.restart) == [])
        #expect(
            faults(.restart, term: "P6M", dueAt: start) == ["/term only-with-extend", "/dueAt only-with-set"]
        )
    }
}
