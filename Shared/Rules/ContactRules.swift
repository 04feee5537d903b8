package import Calendar
package import Contracts

/// Whether a department must have spoken with whoever raised a matter before it answers (面商), and until when it should have.
package struct ContactRule: Codable, Sendable, Hashable {
    /// Of which kind of suggestion.
    package var kind: SuggestionKind
    /// Whether the leg that leads is answered only when a contact of its round is recorded.
    package var required: Bool
    /// From the beginning of the round, as its clock counts; nil where no term is named.
    ///
    /// A later contact counts, and is late.
    package var term: Term?
    /// What it rests on.
    package var basis: LegalTerms.Basis

    /// What is wrong with a pack's entries, a line each, naming the path.
    static func faults(of rules: [Self]) -> [String] {
        let counts = Dictionary(grouping: rules, by: \.kind)
        return SuggestionKind.allCases.compactMap { kind in
            let count = counts[kind]?.count ?? 0
            return count == 1 ? nil : "/contacts: \(count) entries of kind \(kind.rawValue); one wanted"
        }
    }
}

extension LegalTerms {
    /// What a pack says of contacts in matters of a kind.
    package func contactRule(for kind: SuggestionKind) -> ContactRule {
        guard let rule = contacts.first(where: { $0.kind == kind }) else {
            preconditionFailure("the initializer has seen to it that there is one")
        }
        return rule
    }
}

extension CountedTerms {
    /// Until when a contact of a leg's round is wanted.
    ///
    /// - Parameter start: the beginning of the round.
    /// - Returns: nil where the pack names no term, or asks nothing of such a leg.
    package func contactDue(for kind: SuggestionKind, _ role: AssignmentRole, from start: Timestamp) -> Timestamp? {
        let rule = terms.contactRule(for: kind)
        guard role != .assisting, let term = rule.term else { return nil }
        let clock = Clock(startedAt: start, term: term.description, dueAt: start, basis: rule.basis.words)
        return counted(clock).dueAt
    }
}
