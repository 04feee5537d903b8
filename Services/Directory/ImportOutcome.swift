import Contracts

/// What became of a line of a file.
enum ImportOutcome: Sendable, Hashable, CustomStringConvertible {
    /// What it names is new.
    case made
    /// What it names is there and was another.
    case changed
    /// It is as the line says.
    case same
    /// It is not taken; everything that is wrong with it.
    case refused([FieldFault])

    /// One word, and of a refusal each field with the rule.
    var description: String {
        switch self {
        case .made: "made"
        case .changed: "changed"
        case .same: "same"
        case .refused(let faults):
            "refused: " + faults.map { $0.field.isEmpty ? $0.rule : "\($0.field) \($0.rule)" }.joined(separator: ", ")
        }
    }

    var isRefused: Bool { if case .refused = self { true } else { false } }

    /// Takes lines one after the other; what is refused is tried again after the rest, because a line may name what a later one
    /// makes.
    ///
    /// - Parameter take: takes a line, or says what is wrong with it and changes nothing.
    /// - Returns: what became of each, in their order.
    static func all<Line>(
        of lines: [Line],
        _ take: (Line) throws(FieldFaults) -> ImportOutcome
    ) -> [ImportOutcome] {
        var outcomes = [ImportOutcome](repeating: .refused([]), count: lines.count)
        var left = Array(lines.indices)
        while true {
            let before = left.count
            left = left.filter { index in
                do throws(FieldFaults) {
                    outcomes[index] = try take(lines[index])
                    return false
                } catch {
                    outcomes[index] = .refused(error.faults)
                    return true
                }
            }
            guard !left.isEmpty, left.count < before else { return outcomes }
        }
    }
}
