import Calendar
import Contracts
import Foundation
import Rules

/// A comparison as it is printed: for people, Chinese first, or an object a line.
struct ComparisonReport {
    private let comparison: PackComparison
    private let old: RulePack
    private let new: RulePack
    private let calendar: String

    init(_ comparison: PackComparison, _ old: RulePack, _ new: RulePack, calendar: String) {
        (self.comparison, self.old, self.new, self.calendar) = (comparison, old, new, calendar)
    }

    // MARK: For people

    /// A head, a block an item, the summary last.
    ///
    /// - Parameter all: whether those that come out alike are told of too.
    func lines(all: Bool) -> [String] {
        let head = "\(old.name) v\(old.version) → \(new.name) v\(new.version) · \(calendar)"
        let told = comparison.lines.filter { all || $0.differs }
        return [head] + told.flatMap { block($0, all: all) } + [""] + summary
    }

    private func block(_ line: PackComparison.Line, all: Bool) -> [String] {
        let kind = line.item.kind.words
        var lines = ["", "\(line.item.number) \(kind.zh) · \(kind.en)"]
        for row in line.rows where all || row.isMoved { lines += periodLines(row) }
        for refusal in line.newlyRefused {
            lines.append("  \(Self.line(refusal, zh: "新包不准", en: "refused by the new pack"))")
        }
        for refusal in line.noLongerRefused {
            lines.append("  \(Self.line(refusal, zh: "旧包不准，新包准", en: "refused by the old pack alone"))")
        }
        return lines
    }

    private func periodLines(_ row: PackComparison.Row) -> [String] {
        let stretch = row.stretch
        let start = old.zone.text(of: stretch.clock.startedAt)
        var lines = [
            "  \(stretch.department.rawValue) \(stretch.role.rawValue) 第\(stretch.round)轮 · round \(stretch.round)，\(start) 起 · from then on"
        ]
        lines.append("  - \(line(row.old))")
        lines.append("  + \(line(row.new))")
        lines += row.reasons.map { "    \($0.zh) · \($0.en)" }
        if let inTime = row.inTime, inTime.old != inTime.new {
            lines.append(
                "    \(inTime.new ? "由逾期变为按时 · late before, in time now" : "由按时变为逾期 · in time before, late now")"
            )
        }
        return lines
    }

    private func line(_ counted: PackComparison.Counted) -> String {
        let due = counted.dueAt.map { old.zone.text(of: $0) } ?? "中止中 · stands still"
        let doubt = counted.provisional == true ? "，暂定 · provisional" : ""
        return "\(due)\(doubt)，\(counted.term.words.zh) · \(counted.term.words.en)（\(counted.basis)）"
    }

    private static func line(_ refusal: PackRefusal, zh: String, en: String) -> String {
        let moment = refusal.at.map { " \(FixedZone.china.text(of: $0))" } ?? ""
        return "! \(refusal.deed.rawValue) 第\(refusal.round)轮 · round \(refusal.round)\(moment) \(refusal.rule)："
            + "\(zh)：\(refusal.zh) · \(en): \(refusal.en)"
    }

    private var summary: [String] {
        let figures = Figures(comparison)
        var lines = [
            """
            \(figures.items)件，\(figures.periods)个期限：\(figures.earlier)个提前，\(figures.later)个延后；\
            \(figures.becomeLate)个答复由按时变为逾期，\(figures.becomeInTime)个由逾期变为按时；\
            新包另不准\(figures.newlyRefused)项，另准\(figures.noLongerRefused)项
            """,
            """
            \(figures.items) items, \(figures.periods) periods: \(figures.earlier) end earlier, \(figures.later) later; \
            \(figures.becomeLate) answers become late, \(figures.becomeInTime) come in time; \
            \(figures.newlyRefused) acts more refused, \(figures.noLongerRefused) no longer
            """,
        ]
        for rate in comparison.rates {
            let (id, name) = (rate.rule.id.rawValue, rate.rule.name)
            lines.append("\(id) \(name.zh) · \(name.en): \(Self.text(rate.old)) → \(Self.text(rate.new))")
        }
        return lines
    }

    private static func text(_ share: PackComparison.Share) -> String {
        guard share.denominator > 0 else { return "0/0 -" }
        // Hundredths of a per cent, by whole numbers: the same on every machine.
        let hundredths = (share.numerator * 20_000 + share.denominator) / (share.denominator * 2)
        let rest = hundredths % 100
        return "\(share.numerator)/\(share.denominator) \(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
    }

    // MARK: For programs

    /// An object for each item, and the summary's last.
    func objects() throws -> [String] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        func text(_ value: some Encodable) throws -> String {
            String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        let summary = Summary(
            old: old.terms.edition,
            new: new.terms.edition,
            calendar: calendar,
            figures: Figures(comparison),
            rates: Dictionary(
                uniqueKeysWithValues: comparison.rates.map { ($0.rule.id.rawValue, ["old": $0.old, "new": $0.new]) }
            )
        )
        return try comparison.lines.map { try text(Item($0)) } + [text(["summary": summary])]
    }
}

/// What the summary counts.
private struct Figures: Encodable {
    let items: Int
    let periods: Int
    private(set) var earlier = 0
    private(set) var later = 0
    private(set) var becomeLate = 0
    private(set) var becomeInTime = 0
    let newlyRefused: Int
    let noLongerRefused: Int

    init(_ comparison: PackComparison) {
        let rows = comparison.lines.flatMap(\.rows)
        (items, periods) = (comparison.lines.count, rows.count)
        newlyRefused = comparison.lines.reduce(0) { $0 + $1.newlyRefused.count }
        noLongerRefused = comparison.lines.reduce(0) { $0 + $1.noLongerRefused.count }
        for row in rows {
            if let old = row.old.dueAt, let new = row.new.dueAt {
                if new < old { earlier += 1 }
                if new > old { later += 1 }
            }
            guard let inTime = row.inTime, inTime.old != inTime.new else { continue }
            if inTime.new { becomeInTime += 1 } else { becomeLate += 1 }
        }
    }
}

private struct Summary: Encodable {
    let old: Clock.Pack
    let new: Clock.Pack
    let calendar: String
    let figures: Figures
    let rates: [String: [String: PackComparison.Share]]
}

private struct Item: Encodable {
    struct Reason: Encodable {
        let zh: String
        let en: String
    }

    struct Row: Encodable {
        let assignment: AssignmentID
        let department: DepartmentCode
        let role: AssignmentRole
        let round: Int
        let startedAt: Timestamp
        let old: PackComparison.Counted
        let new: PackComparison.Counted
        let reasons: [Reason]
        let inTimeOld: Bool?
        let inTimeNew: Bool?
    }

    let number: String
    let kind: SuggestionKind
    let periods: [Row]
    let newlyRefused: [PackRefusal]
    let noLongerRefused: [PackRefusal]

    init(_ line: PackComparison.Line) {
        (number, kind) = (line.item.number, line.item.kind)
        (newlyRefused, noLongerRefused) = (line.newlyRefused, line.noLongerRefused)
        periods = line.rows.map { row in
            Row(
                assignment: row.stretch.assignment,
                department: row.stretch.department,
                role: row.stretch.role,
                round: row.stretch.round,
                startedAt: row.stretch.clock.startedAt,
                old: row.old,
                new: row.new,
                reasons: row.reasons.map { Reason(zh: $0.zh, en: $0.en) },
                inTimeOld: row.inTime?.old,
                inTimeNew: row.inTime?.new
            )
        }
    }
}
