package import Calendar
package import Contracts

/// What starts, pauses, extends, restarts and ends the clocks of some kind, part and round, and what may be asked of them: limits as data.
///
/// The events are names that this program acts on. A pack that names others is refused, so that what a lawyer reads in it is what
/// happens.
package struct ClockRule: Codable, Sendable, Hashable {
    /// Standing still (中止).
    package struct Pause: Codable, Sendable, Hashable {
        /// Who may ask for it, and for its end.
        package var asks: [Role]
        /// How often a clock may stand still.
        package var times: Int
        /// What it rests on.
        package var basis: LegalTerms.Basis
    }

    /// More time (延期): up to so much in all, or by so much more.
    package struct Extension: Codable, Sendable, Hashable {
        /// Who may grant it.
        package var asks: [Role]
        /// How often.
        package var times: Int
        /// The longest that the whole may become, from the beginning.
        package var to: Term?
        /// The most that may be added behind the term.
        package var by: Term?
        /// What it rests on.
        package var basis: LegalTerms.Basis
    }

    /// Beginning anew (重新计算).
    package struct Restart: Codable, Sendable, Hashable {
        /// Who may ask for it.
        package var asks: [Role]
        /// How often.
        package var times: Int
        /// What it rests on.
        package var basis: LegalTerms.Basis
    }

    /// An end that is set by hand (定期).
    package struct Setting: Codable, Sendable, Hashable {
        /// Who may set it.
        package var asks: [Role]
        /// The latest end is that of a period as long as this from the same beginning, with the same pauses.
        package var within: Term
        /// What it rests on.
        package var basis: LegalTerms.Basis
    }

    /// Of which kind of suggestion; absent for both.
    package var kind: SuggestionKind?
    /// Of whose part, as ``LegalTerms/Entry/assisting``; absent for both.
    package var assisting: Bool?
    /// Of the first answer or of another, as ``LegalTerms/Entry/rework``.
    package var rework: Bool
    /// What starts it.
    package var starts: [EventName]
    /// What tells that it stands still or runs again.
    package var pauses: [EventName]
    /// What tells that its end was moved.
    package var extends: [EventName]
    /// What makes it begin anew while it runs.
    package var restarts: [EventName]
    /// What ends it.
    package var ends: [EventName]
    /// Absent: it never stands still.
    package var pause: Pause?
    /// Absent: no more time is granted.
    package var `extension`: Extension?
    /// Absent: nobody sets its end.
    package var setting: Setting?
    /// Absent: it never begins anew.
    package var restart: Restart?

    /// Whether it is about such a clock.
    package func covers(_ kind: SuggestionKind, isAssisting: Bool, isRework: Bool) -> Bool {
        self.kind ?? kind == kind && assisting ?? isAssisting == isAssisting && rework == isRework
    }

    // MARK: Checks

    /// What is wrong with a pack's section, a line each, naming the path.
    static func faults(of rules: [Self]) -> [String] {
        var faults = rules.enumerated().flatMap { index, rule in rule.faults(at: "/clocks/\(index)") }
        for kind in SuggestionKind.allCases {
            for assisting in [false, true] {
                for rework in [false, true] {
                    let count = rules.count { $0.covers(kind, isAssisting: assisting, isRework: rework) }
                    guard count != 1 else { continue }
                    faults.append(
                        "/clocks: \(count) entries cover kind \(kind.rawValue), assisting \(assisting), rework \(rework); one wanted"
                    )
                }
            }
        }
        return faults
    }

    private func faults(at path: String) -> [String] {
        let moved: Set<EventName> = [ClockChanged.name]
        var faults: [String] = []
        func check(_ member: String, _ given: [EventName], _ done: Set<EventName>) {
            guard Set(given) != done || given.count != done.count else { return }
            let names = done.map(\.rawValue).sorted().joined(separator: ", ")
            faults.append(
                "\(path)/\(member): must be \(names.isEmpty ? "empty" : names), which is what this program does"
            )
        }
        check("starts", starts, [rework ? ReplyEvaluated.name : SuggestionAssigned.name])
        check("pauses", pauses, pause == nil ? [] : moved)
        check("extends", extends, `extension` == nil && setting == nil ? [] : moved)
        // A rework has a clock of its own: a running one begins anew where somebody may ask for it.
        check("restarts", restarts, restart == nil ? [] : moved)
        // Given back is what is in its first round alone.
        let always: Set<EventName> = [ReplyIssued.name, SuggestionAssigned.name, SuggestionClosed.name]
        check("ends", ends, rework ? always : always.union([AssignmentReturned.name]))
        if let pause {
            faults += Self.faults(pause.asks, at: "\(path)/pause") + Self.faults(pause.times, at: "\(path)/pause")
        }
        if let granted = `extension` {
            let path = "\(path)/extension"
            faults += Self.faults(granted.asks, at: path) + Self.faults(granted.times, at: path)
            if (granted.to == nil) == (granted.by == nil) { faults.append("\(path): must give either to or by") }
            // The second of two alike cannot be told from a request that is sent again.
            if granted.by != nil, granted.times > 1 { faults.append("\(path)/times: must be 1 where time is added") }
        }
        if let restart {
            let path = "\(path)/restart"
            faults += Self.faults(restart.asks, at: path) + Self.faults(restart.times, at: path)
        }
        if let setting { faults += Self.faults(setting.asks, at: "\(path)/setting") }
        return faults
    }

    private static func faults(_ asks: [Role], at path: String) -> [String] {
        guard !asks.isEmpty else { return ["\(path)/asks: must name somebody"] }
        return asks.enumerated().filter { Right.changeClocks.grants[$0.element] == nil }.map { index, role in
            "\(path)/asks/\(index): \(role.rawValue) has no right \(Right.changeClocks.rawValue)"
        }
    }

    private static func faults(_ times: Int, at path: String) -> [String] {
        times < 1 ? ["\(path)/times: must be at least 1"] : []
    }
}
