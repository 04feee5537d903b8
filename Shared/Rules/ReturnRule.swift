package import Calendar
package import Contracts

/// How a department gives a leg back (退办): until when, and what it must give with it.
package struct ReturnRule: Codable, Sendable, Hashable {
    /// What a return can have beside its leg, as the message names it.
    package enum Member: String, Codable, Sendable, Hashable, CaseIterable {
        /// Why it is not within the department's duty (理由).
        case reason
        /// The department to which it belongs instead (建议承办单位).
        case proposedDepartment

        /// As people call it.
        package var words: Words {
            switch self {
            case .reason: Words(zh: "理由", en: "the reason")
            case .proposedDepartment: Words(zh: "建议承办单位", en: "the department to which it belongs instead")
            }
        }
    }

    /// Until when.
    package struct Within: Codable, Sendable, Hashable {
        /// How long from the moment at which the leg stands on the department's desk, which is that of its assignment: a message is
        /// received when it enters the system that its receiver has named (电子签名法第十一条).
        package var term: Term
        /// What it rests on.
        package var basis: LegalTerms.Basis
    }

    /// What must be given.
    package struct Gives: Codable, Sendable, Hashable {
        /// The reason always, which no return can do without.
        package var members: [Member]
        /// What it rests on.
        package var basis: LegalTerms.Basis
    }

    /// Of which kind of suggestion; absent for both.
    package var kind: SuggestionKind?
    /// Until when.
    package var within: Within
    /// What must be given.
    package var gives: Gives

    // MARK: Checks

    /// What is wrong with a pack's section, a line each, naming the path.
    static func faults(of rules: [Self]) -> [String] {
        coverage(of: rules.map(\.kind), at: "/returns")
            + rules.enumerated().flatMap { index, rule in
                let path = "/returns/\(index)/gives/members"
                var faults: [String] = []
                if Set(rule.gives.members).count != rule.gives.members.count {
                    faults.append("\(path): names a member twice")
                }
                if !rule.gives.members.contains(.reason) {
                    faults.append("\(path): must name reason, without which the program takes no return")
                }
                return faults
            }
    }

    /// The kinds that have no entry, or several.
    static func coverage(of kinds: [SuggestionKind?], at path: String) -> [String] {
        SuggestionKind.allCases.compactMap { kind in
            let count = kinds.count { $0 ?? kind == kind }
            return count == 1 ? nil : "\(path): \(count) entries cover kind \(kind.rawValue); one wanted"
        }
    }
}
