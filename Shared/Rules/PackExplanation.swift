package import Calendar
package import Contracts

/// A pack's procedure as people read it, Chinese first, with the ground of each number.
package struct PackExplanation: Sendable {
    /// One thing that the pack says.
    package struct Item: Sendable, Hashable {
        /// In two languages.
        package let words: Words
        /// What it rests on; none of a heading.
        package let bases: [LegalTerms.Basis]

        /// In lines, as they are printed.
        package var lines: [String] {
            ["\(bases.isEmpty ? "" : "  ")\(words.zh) · \(words.en)"]
                + bases.map { "    \($0.standing.words.zh) · \($0.standing.words.en)：\($0.text)" }
        }
    }

    /// In their order.
    package private(set) var items: [Item] = []

    /// What a pack says of some kinds of suggestions.
    package init(of pack: RulePack, kinds: [SuggestionKind] = SuggestionKind.allCases) {
        let terms = pack.terms
        head("\(pack.title.zh) \(pack.name) v\(pack.version)", pack.title.en)
        head("怎样计算期限", "how periods are counted")
        explain(terms.counting)
        for kind in kinds {
            head(kind.words.zh, kind.words.en)
            for (role, round) in [(AssignmentRole.single, 1), (.assisting, 1), (.single, 2), (.assisting, 2)] {
                explain(terms.entry(for: kind, role, round: round))
                explain(terms.clockRule(for: kind, role, round: round))
            }
            explain(terms.returnRule(for: kind))
            explain(terms.contactRule(for: kind))
            explain(terms.evaluationRule(for: kind))
        }
        head("答复类型", "outcome letters")
        for letter in terms.letters { explain(letter) }
        head("提醒与督办", "reminders and supervision")
        explain(pack.stages)
        head("指标", "rates")
        for rate in pack.rates { explain(rate) }
    }

    private mutating func head(_ zh: String, _ en: String) {
        items.append(Item(words: Words(zh: zh, en: en), bases: []))
    }

    private mutating func say(_ zh: String, _ en: String, _ bases: LegalTerms.Basis...) {
        items.append(Item(words: Words(zh: zh, en: en), bases: bases))
    }

    private mutating func explain(_ counting: CountingTerms) {
        let moves = counting.lastDay == .nextWorkingDay
        let closes = counting.closing == .midnight
        say(
            "末日为休息日的\(moves ? "顺延至次一工作日" : "不顺延")，末日至\(closes ? "二十四时" : "下班时")届满",
            "a last day off \(moves ? "moves to the next working day" : "stays the last"), and ends \(closes ? "at midnight" : "with the day's work")",
            counting.basis
        )
        if let first = counting.firstDay {
            let counts = first.rule == .counted
            say("开始的当日\(counts ? "计入" : "不计入")", "the first day \(counts ? "counts" : "does not count")", first.basis)
        }
        if let missing = counting.missingDay {
            let stays = missing.rule == .lastOfMonth
            say(
                "末月没有对应日的，以\(stays ? "该月末日" : "次日")为最后一日",
                "where the final month has no such day, \(stays ? "its last" : "the day behind it") is the last",
                missing.basis
            )
        }
        if let hours = counting.hours {
            let windows = hours.windows
            say(
                "工作时间 \(windows.joined(separator: "、"))",
                "working hours \(windows.joined(separator: ", "))",
                hours.basis
            )
        }
    }

    private mutating func explain(_ entry: LegalTerms.Entry) {
        let part = entry.assisting ? Words(zh: "会办意见", en: "the assisting opinion") : Words(zh: "答复", en: "the answer")
        say(
            "\(entry.rework ? "重新办理的" : "")\(part.zh)：\(entry.term.words.zh)",
            "\(part.en)\(entry.rework ? ", handled again" : ""): \(entry.term.words.en)",
            entry.basis
        )
    }

    private mutating func explain(_ rule: ClockRule) {
        func names(_ roles: [Role]) -> (zh: String, en: String) {
            (roles.map(\.chinese).joined(separator: "、"), roles.map(\.rawValue).joined(separator: ", "))
        }
        if let pause = rule.pause {
            let who = names(pause.asks)
            say(
                "其期限可由\(who.zh)中止，最多\(pause.times)次",
                "its period may be let stand still by \(who.en), at most \(Self.times(pause.times))",
                pause.basis
            )
        }
        if let granted = rule.extension, let length = granted.to ?? granted.by {
            let (who, isWhole) = (names(granted.asks), granted.to != nil)
            say(
                "可由\(who.zh)延长\(isWhole ? "至" : "")\(length.words.zh)，最多\(granted.times)次",
                "\(who.en) may extend it \(isWhole ? "to" : "by") \(length.words.en), at most \(Self.times(granted.times))",
                granted.basis
            )
        }
        if let setting = rule.setting {
            let who = names(setting.asks)
            say(
                "可由\(who.zh)另定期限，最迟\(setting.within.words.zh)",
                "\(who.en) may set its end, within \(setting.within.words.en)",
                setting.basis
            )
        }
        if let restart = rule.restart {
            let who = names(restart.asks)
            say(
                "可由\(who.zh)重新计算，最多\(restart.times)次",
                "\(who.en) may let it begin anew, at most \(Self.times(restart.times))",
                restart.basis
            )
        }
    }

    private mutating func explain(_ rule: ReturnRule) {
        let term = rule.within.term.words
        say("退办：交办后\(term.zh)内", "given back: within \(term.en) from the assignment", rule.within.basis)
        let members = rule.gives.members.map(\.words)
        say(
            "退办须写明\(members.map(\.zh).joined(separator: "、"))",
            "a return must give \(members.map(\.en).joined(separator: ", "))",
            rule.gives.basis
        )
    }

    private mutating func explain(_ rule: ContactRule) {
        let term = rule.term?.words
        say(
            (rule.required ? "答复前须与提出者联系沟通" : "答复前不要求与提出者联系沟通") + (term.map { "，交办后\($0.zh)内" } ?? ""),
            (rule.required ? "the answer waits for a contact with who raised it" : "the answer waits for no contact")
                + (term.map { ", wanted within \($0.en) from the assignment" } ?? ""),
            rule.basis
        )
    }

    private mutating func explain(_ rule: EvaluationRule) {
        let roles = rule.judges.roles
        say(
            "评价以\(roles.map(\.chinese).joined(separator: "、"))的为准",
            "whose verdict counts: \(roles.map(\.rawValue).joined(separator: ", "))",
            rule.judges.basis
        )
        let aspects = rule.reasons.of.map(\.words)
        say(
            aspects.isEmpty ? "不满意的，不要求说明理由" : "对\(aspects.map(\.zh).joined(separator: "、"))不满意的，须说明理由",
            aspects.isEmpty
                ? "dissatisfied wants no reason"
                : "dissatisfied with \(aspects.map(\.en).joined(separator: " or ")) wants a reason",
            rule.reasons.basis
        )
        let term = rule.within.term.words
        say("评价期限：答复后\(term.zh)", "a verdict is looked for within \(term.en) from the answer", rule.within.basis)
        let silence = rule.silence
        let reminders = silence.reminders == 1 ? "1 reminder" : "\(silence.reminders) reminders"
        say(
            "逾期未评价，经\(silence.reminders)次催促仍不评价的，视为未表态，\(silence.counts ? "计入" : "不计入")满意率",
            "still silent after \(reminders): lawful, and \(silence.counts ? "counted in" : "left out of") the rate of satisfaction",
            silence.basis
        )
        let step = rule.again.then.words
        say("再次不满意的：\(step.zh)", "dissatisfied a second time: \(step.en)", rule.again.basis)
    }

    private mutating func explain(_ rule: LetterRule) {
        let solved = rule.solved.counts
        say("\(rule.letter.rawValue)类：\(rule.name.zh)", "\(rule.letter.rawValue): \(rule.name.en)", rule.basis)
        for demand in rule.demands {
            say(
                "\(rule.letter.rawValue)类须有\(demand.name.zh)",
                "\(rule.letter.rawValue) must give \(demand.name.en)",
                demand.basis
            )
        }
        say(
            "\(rule.letter.rawValue)类\(solved ? "计入" : "不计入")解决",
            "\(rule.letter.rawValue) \(solved ? "counts" : "does not count") as solved",
            rule.solved.basis
        )
    }

    private mutating func explain(_ stages: StageRules) {
        for stage in stages.before { say(stage.name.zh, stage.name.en, stage.basis) }
        say(stages.overdue.name.zh, stages.overdue.name.en, stages.overdue.basis)
        for stage in stages.after ?? [] { say(stage.name.zh, stage.name.en, stage.basis) }
        if let paused = stages.paused { say(paused.name.zh, paused.name.en, paused.basis) }
    }

    private mutating func explain(_ rate: RateRule) {
        say("\(rate.name.zh)：\(rate.definition.zh)", "\(rate.name.en): \(rate.definition.en)", rate.basis)
    }

    private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }
}

extension SuggestionKind {
    /// As people call it.
    package var words: Words {
        switch self {
        case .opinion: Words(zh: "社情民意", en: "opinions")
        case .formal: Words(zh: "代表建议", en: "formal suggestions")
        }
    }
}

extension LegalTerms.Standing {
    /// As people call it; what is not law in force is to be checked.
    package var words: Words {
        switch self {
        case .law: Words(zh: "现行法律", en: "law in force")
        case .superseded: Words(zh: "旧文本，待核", en: "a superseded text, to be checked")
        case .elsewhere: Words(zh: "外地规定，待核", en: "another jurisdiction's, to be checked")
        case .custom: Words(zh: "通行做法，待核", en: "custom, to be checked")
        case .assumption: Words(zh: "约定，待核", en: "an assumption, to be checked")
        }
    }
}
