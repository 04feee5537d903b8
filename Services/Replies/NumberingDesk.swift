import Calendar
import Contracts
import Messaging
import PostgreSQL

/// Documents' numbers in the transaction that issues them (文号).
///
/// A series is held from the moment a number of it is taken until the commit, so that a transaction that fails leaves no gap. Everything
/// is decided before, and what is left to do waits for nothing but the commit. Matters are locked first, then series in one order.
extension Desk {
    /// What a call has led to, before anything of it is told.
    struct Decided {
        /// The matter as it was behind it.
        let handling: Handling
        var told: [Handling.Told]
        let call: Call
    }

    /// Of the numbers that departments give themselves, those that are used already.
    ///
    /// Who gives one holds all series of the batch from here on: an answer that is being issued elsewhere under the same number is waited for.
    static func usedNumbers(
        of calls: [Call],
        in zone: FixedZone,
        _ transaction: Transaction
    ) async throws -> Set<UsedNumber> {
        let own = calls.compactMap(\.ownNumber)
        guard !own.isEmpty else { return [] }
        let year = CivilDate(of: .now, in: zone).year
        let departments = Set(calls.filter(\.isReply).compactMap(\.department))
        let needs = departments.map { (series: DocumentSeries(department: $0, year: year), count: 0) }
        _ = try await RepliesStore.take(
            needs.sorted { $0.series < $1.series },
            own: Set(own.map(\.department)),
            in: transaction
        )
        return try await RepliesStore.used(own.map { ($0.department, $0.number) }, in: transaction)
    }

    /// Gives every reply that has none its number.
    static func number(
        _ decided: inout [Decided],
        _ handlings: inout [SuggestionID: Handling],
        in zone: FixedZone,
        _ transaction: Transaction
    ) async throws {
        var numbering = Numbering()
        for (step, event) in decided.flatMap({ step in step.told.map { (step, $0) } }) {
            guard case .issued(let event) = event, event.documentNumber == nil else { continue }
            let year = CivilDate(of: event.issuedAt, in: zone).year
            numbering.ask(
                event.place(in: step.handling.id),
                of: DocumentSeries(department: event.department, year: year)
            )
        }
        try await RepliesStore.number(&numbering, in: transaction)
        for (place, number) in numbering.numbers {
            handlings[place.suggestion]?.give(number, to: place.assignment, round: place.round)
        }
        for index in decided.indices {
            let id = decided[index].handling.id
            decided[index].told = decided[index].told.map { told in
                guard case .issued(var event) = told, event.documentNumber == nil else { return told }
                event.documentNumber = numbering.numbers[event.place(in: id)]?.text
                return .issued(event)
            }
        }
    }
}

extension ReplyIssued {
    fileprivate func place(in suggestion: SuggestionID) -> Numbering.Place {
        Numbering.Place(suggestion: suggestion, assignment: assignment, round: round)
    }
}

extension Desk.Call {
    /// The number that the department gives its document itself.
    var ownNumber: UsedNumber? {
        guard case .reply(_, _, _, _, let number?, _) = command, let department else { return nil }
        return UsedNumber(department: department, number: number)
    }

    fileprivate var isReply: Bool {
        if case .reply = command { true } else { false }
    }
}

extension Handling.Command {
    /// The leg of which it records a contact.
    var contacted: AssignmentID? {
        switch self {
        case .contact(let id, _), .reply(let id, _, _, _, _, _?): id
        default: nil
        }
    }
}
