import Calendar
import Contracts
import Testing

@testable import Replies

/// Contacts of departments with authors and deputies: which round they belong to, and which answers wait for one.
struct ContactTests {
    private let start = Timestamp("2026-03-04T02:00:00Z") ?? .now
    private let lead = AssignmentID.make()
    private let assisting = AssignmentID.make()

    private func handling(_ kind: SuggestionKind = .formal) throws -> Handling {
        GivenOut.handling(kind, [(lead, .lead), (assisting, .assisting)], at: start, try GivenOut.terms())
    }

    private func record(_ day: Int, _ text: String = "听取了意见") -> ContactRecord {
        ContactRecord(mode: .telephone, heldAt: start.days(day), officer: "李某", with: .author, text: text)
    }

    private func reply(_ id: AssignmentID, contact: ContactRecord? = nil) -> Handling.Command {
        .reply(id, outcome: .solved, text: "已办", commitmentDueAt: nil, contact: contact)
    }

    /// The rule that a command is refused by; nil when it is done.
    private func rule(
        _ command: Handling.Command,
        _ handling: inout Handling,
        day: Int,
        pack: String = "zhejiang-hangzhou"
    )
        throws -> String?
    {
        let terms = try GivenOut.terms(pack)
        do {
            _ = try handling.apply(command, at: start.days(day), terms: terms)
            return nil
        } catch {
            return "\(error.pointer) \(error.rule)"
        }
    }

    @Test(arguments: ["zhejiang-hangzhou", "chongqing"])
    func `who leads the answer to a deputy has spoken with them, who assists need not`(pack: String) throws {
        var handling = try handling()
        #expect(try rule(reply(assisting), &handling, day: 1, pack: pack) == nil)
        #expect(try rule(reply(lead), &handling, day: 1, pack: pack) == " contact-required")
        #expect(handling.legs[0].state == .issued && handling.newReplies.count == 1, "nothing has changed")
        #expect(try rule(.contact(lead, record(1)), &handling, day: 1, pack: pack) == nil)
        #expect(try rule(reply(lead), &handling, day: 1, pack: pack) == nil)
        #expect(handling.state == .answered && handling.version == 3)
        var opinion = try self.handling(.opinion)
        #expect(try rule(reply(lead), &opinion, day: 1, pack: pack) == nil, "an opinion needs none")
    }

    @Test func `the refusal says what the rule rests on`() throws {
        var handling = try handling()
        let terms = try GivenOut.terms()
        let error = #expect(throws: Impossible.self) { try handling.apply(reply(lead), at: start, terms: terms) }
        #expect(error?.words.contains("代表法（2025年修正）第五十一条") == true)
    }

    @Test func `a reply brings its contact along, and both are taken or neither`() throws {
        var handling = try handling()
        let late = reply(lead, contact: record(9))
        #expect(try rule(late, &handling, day: 1) == "/contact/heldAt future")
        #expect(try rule(reply(lead, contact: record(-2)), &handling, day: 1) == "/contact/heldAt early")
        #expect(handling.version == 0 && handling.newContacts.isEmpty && handling.newReplies.isEmpty)
        #expect(try rule(late, &handling, day: 9) == nil)
        #expect(handling.version == 2 && handling.newContacts.count == 1 && handling.newReplies.count == 1)
        var other = try self.handling()
        #expect(try rule(reply(lead, contact: record(1)), &other, day: 1) == nil)
        #expect(try rule(reply(lead, contact: record(1, "别的")), &other, day: 1) == "/assignment replied")
        #expect(other.newContacts.count == 1 && other.version == 2, "of a refused reply nothing is recorded")
    }

    @Test func `a contact belongs to the round in which it was held, by its day`() throws {
        var handling = try handling()
        let dissatisfied = Handling.Command.evaluate(attitude: .satisfied, result: .dissatisfied, comment: "没有办")
        #expect(try rule(reply(lead, contact: record(3)), &handling, day: 3) == nil)
        #expect(try rule(reply(assisting), &handling, day: 3) == nil)
        #expect(try rule(dissatisfied, &handling, day: 10) == nil)
        // Recorded late: it was about the answer before.
        #expect(try rule(.contact(lead, record(9, "补记")), &handling, day: 11) == nil)
        #expect(handling.contacts.map(\.round) == [1, 1])
        #expect(try rule(reply(lead), &handling, day: 11) == " contact-required", "nobody has heard why")
        #expect(try rule(reply(lead, contact: record(9, "同日")), &handling, day: 11) == " contact-required")
        #expect(try rule(.contact(lead, record(10, "重新听取")), &handling, day: 11) == nil, "the day counts, not the hour")
        #expect(handling.legs[0].contactedRound == 2)
        #expect(try rule(reply(lead), &handling, day: 11) == nil)
    }

    @Test func `out of order it is harmless, again it is nothing`() throws {
        var handling = try handling(.opinion)
        #expect(try rule(reply(lead), &handling, day: 1) == nil)
        #expect(try rule(.contact(lead, record(1)), &handling, day: 2) == nil, "overtaken by its reply")
        #expect(handling.version == 2 && handling.legs[0].state == .replied)
        #expect(try rule(.contact(lead, record(1)), &handling, day: 3) == nil)
        #expect(handling.version == 2 && handling.newContacts.count == 1)
        #expect(try rule(.giveBack(assisting, reason: "r", proposed: nil), &handling, day: 3) == nil)
        #expect(try rule(.contact(assisting, record(1)), &handling, day: 3) == nil, "overtaken by its return")
        #expect(try rule(.contact(.make(), record(1)), &handling, day: 3) == "/assignment unknown")
        for number in 1..<Handling.contactLimit {
            #expect(try rule(.contact(lead, record(1, "第\(number)次")), &handling, day: 3) == nil)
        }
        #expect(try rule(.contact(lead, record(1, "再一次")), &handling, day: 3) == " contacts")
    }

    @Test func `where the pack names a term, a later contact counts and is late`() throws {
        var handling = try handling()
        let terms = try GivenOut.terms("chongqing")
        let owed = try #require(OwedContact(handling.legs[0], of: handling, terms))
        // Twenty working days behind 4 March 2026.
        #expect(owed.required && owed.dueAt?.description == "2026-04-01T15:59:59.999999Z")
        #expect(OwedContact(handling.legs[1], of: handling, terms) == nil)
        #expect(try OwedContact(handling.legs[0], of: handling, GivenOut.terms())?.dueAt == nil)
        #expect(try rule(.contact(lead, record(27)), &handling, day: 60, pack: "chongqing") == nil)
        #expect(try rule(.contact(lead, record(30)), &handling, day: 60, pack: "chongqing") == nil)
        #expect(handling.contacts.map(\.isLate) == [false, true])
        #expect(OwedContact(handling.legs[0], of: handling, terms) == nil)
        #expect(try rule(reply(lead), &handling, day: 60, pack: "chongqing") == nil)
    }
}

extension Timestamp {
    fileprivate func days(_ count: Int) -> Timestamp { self + .seconds(86_400 * count) }
}
