import Calendar
package import Contracts

/// An act that a pack would not have taken, and why: as the owner of the legs refuses it (decision 0049).
///
/// Told of what was done alone: what was refused when it was tried has left no act behind.
package struct PackRefusal: Codable, Sendable, Hashable {
    /// What was done.
    package enum Deed: String, Codable, Sendable, Hashable {
        /// A leg was given back (退办).
        case returned = "return"
        /// A leg was answered (答复).
        case reply
        /// An answer was judged (评价).
        case verdict
        /// A clock stood still (中止).
        case pause
        /// A clock had more time (延期).
        case extended = "extension"
        /// A clock began anew (重新计算).
        case restart
        /// A clock's end was set by hand (定期).
        case setting
    }

    /// What was done.
    package let deed: Deed
    /// The leg; nil of a verdict, which is about all of them.
    package let assignment: AssignmentID?
    /// The round.
    package let round: Int
    /// When; nil where only the number of times is known to have been too many.
    package let at: Timestamp?
    /// The rule's name, as the refusal has it: `return-term`, `contact-required`.
    package let rule: String
    /// In Chinese, with the ground.
    package let zh: String
    /// In English.
    package let en: String

    /// Whether it is the same act and rule, whichever number the rule has.
    fileprivate var key: [String] {
        [deed.rawValue, assignment?.description ?? "", "\(round)", at?.description ?? "", rule]
    }

    /// Those of the first that the second has not.
    package static func difference(_ first: [Self], without second: [Self]) -> [Self] {
        let known = Set(second.map(\.key))
        return first.filter { !known.contains($0.key) }
    }
}

extension PastItem {
    /// The acts of it that terms would not have taken, period by period, and the verdicts behind them.
    package func refusals(under terms: CountedTerms) -> [PackRefusal] {
        periods.flatMap { stretch in
            returnRefusals(stretch, terms) + replyRefusals(stretch, terms) + clockRefusals(stretch, terms)
        } + verdicts.flatMap { verdictRefusals($0, terms) }
    }

    private func returnRefusals(_ stretch: Stretch, _ terms: CountedTerms) -> [PackRefusal] {
        guard let returned = stretch.returned else { return [] }
        let rule = terms.terms.returnRule(for: kind)
        var refusals: [PackRefusal] = []
        func refuse(_ name: String, _ words: Words, _ basis: LegalTerms.Basis) {
            refusals.append(stretch.refusal(.returned, returned.at, name, words, basis))
        }
        if let last = terms.end(of: rule.within.term, from: stretch.clock.startedAt), returned.at > last {
            let term = rule.within.term.words
            refuse(
                "return-term",
                Words(zh: "退办期限为\(term.zh)", en: "to be given back within \(term.en)"),
                rule.within.basis
            )
        }
        if rule.gives.members.contains(.proposedDepartment), !returned.proposed {
            let words = Words(zh: "退办须提出建议承办单位", en: "a return must name the department to which it belongs")
            refuse("required", words, rule.gives.basis)
        }
        return refusals
    }

    private func replyRefusals(_ stretch: Stretch, _ terms: CountedTerms) -> [PackRefusal] {
        guard let reply = stretch.reply else { return [] }
        var refusals: [PackRefusal] = []
        func refuse(_ name: String, _ words: Words, _ basis: LegalTerms.Basis?) {
            refusals.append(stretch.refusal(.reply, reply.at, name, words, basis))
        }
        let letter = reply.outcome.rawValue
        if let rule = terms.terms.letters.first(where: { $0.letter == reply.outcome }) {
            switch (rule.demand(.commitmentDueAt), reply.commitment) {
            case (let demand?, false):
                let words = Words(zh: "\(letter)类须有\(demand.name.zh)", en: "\(letter) must give \(demand.name.en)")
                refuse("required", words, demand.basis)
            case (nil, true):
                refuse("not-asked", Words(zh: "\(letter)类不填完成时限", en: "\(letter) gives no date"), rule.basis)
            case (nil, false), (_?, true): break
            }
        } else {
            let names = terms.terms.letters.map(\.letter.rawValue).joined(separator: "、")
            refuse("letter", Words(zh: "规则包的答复类型为\(names)", en: "the rule pack's letters are \(names)"), nil)
        }
        let contact = terms.terms.contactRule(for: kind)
        if contact.required, stretch.role != .assisting, !reply.contacted {
            let words = Words(zh: "答复前须与提出者联系沟通并记录面商", en: "a contact of the round must be recorded before")
            refuse("contact-required", words, contact.basis)
        }
        return refusals
    }

    private func verdictRefusals(_ verdict: Judgement, _ terms: CountedTerms) -> [PackRefusal] {
        let rule = terms.terms.evaluationRule(for: kind)
        func refusal(_ name: String, _ words: Words, _ basis: LegalTerms.Basis) -> PackRefusal {
            PackRefusal(.verdict, nil, verdict.round, verdict.at, name, words, basis)
        }
        guard rule.judges.roles.contains(verdict.by) else {
            let words = Words(
                zh: "\(verdict.by.chinese)的评价不作数",
                en: "a verdict of \(verdict.by.rawValue) does not count"
            )
            return [refusal("verdict-role", words, rule.judges.basis)]
        }
        let bad = [(EvaluationRule.Aspect.attitude, verdict.attitude), (.result, verdict.result)]
            .filter { $1 == .dissatisfied }.map(\.0)
        guard !verdict.reasoned, let aspect = bad.first(where: rule.reasons.of.contains) else { return [] }
        let words = Words(
            zh: "对\(aspect.words.zh)不满意须说明理由",
            en: "dissatisfied with \(aspect.words.en) wants a reason"
        )
        return [refusal("required", words, rule.reasons.basis)]
    }

    private func clockRefusals(_ stretch: Stretch, _ terms: CountedTerms) -> [PackRefusal] {
        let (clock, rule) = (stretch.clock, terms.terms.clockRule(for: kind, stretch.role, round: stretch.round))
        var refusals: [PackRefusal] = []
        func refuse(
            _ deed: PackRefusal.Deed,
            _ at: Timestamp?,
            _ name: String,
            _ words: Words,
            _ basis: LegalTerms.Basis? = nil
        ) {
            refusals.append(stretch.refusal(deed, at, name, words, basis))
        }
        for (index, pause) in (clock.pauses ?? []).enumerated() {
            guard let limit = rule.pause else {
                refuse(
                    .pause,
                    pause.from,
                    "not-allowed",
                    Words(zh: "这类期限不得中止", en: "the rules let no such period stand still")
                )
                continue
            }
            if index >= limit.times { refuse(.pause, pause.from, "times", .times("中止", limit.times), limit.basis) }
        }
        for (index, granted) in (clock.extensions ?? []).enumerated() {
            guard let limit = rule.extension, let longest = limit.to ?? limit.by else {
                let words = Words(zh: "这类期限不得延长", en: "the rules grant no more time for such a period")
                refuse(.extended, nil, "not-allowed", words)
                continue
            }
            if index >= limit.times { refuse(.extended, nil, "times", .times("延长", limit.times), limit.basis) }
            let words = Words(
                zh: "\(limit.to == nil ? "延长" : "延长至")最多\(longest.words.zh)",
                en: "at most \(limit.to == nil ? "by" : "to") \(longest.words.en)"
            )
            let given = (limit.to == nil ? granted.by : granted.to).flatMap(Term.init)
            if given.map({ $0.unit != longest.unit || $0.count > longest.count }) ?? true {
                refuse(.extended, nil, "limit", words, limit.basis)
            }
        }
        for (index, moment) in (clock.restarts ?? []).sorted().enumerated() {
            guard let limit = rule.restart else {
                refuse(
                    .restart,
                    moment,
                    "not-allowed",
                    Words(zh: "这类期限不得重新计算", en: "the rules let no such period begin anew")
                )
                continue
            }
            if index >= limit.times { refuse(.restart, moment, "times", .times("重新计算", limit.times), limit.basis) }
        }
        guard let fixed = clock.fixed else { return refusals }
        guard let limit = rule.setting else {
            refuse(.setting, fixed.at, "not-allowed", Words(zh: "这类期限不得另定", en: "the rules let nobody set such an end"))
            return refusals
        }
        if let latest = terms.end(of: clock, within: limit.within), fixed.dueAt > latest {
            let within = limit.within.words
            refuse(.setting, fixed.at, "limit", Words(zh: "最迟\(within.zh)", en: "within \(within.en)"), limit.basis)
        }
        return refusals
    }
}

extension PastItem.Stretch {
    fileprivate func refusal(
        _ deed: PackRefusal.Deed,
        _ at: Timestamp?,
        _ rule: String,
        _ words: Words,
        _ basis: LegalTerms.Basis?
    ) -> PackRefusal {
        PackRefusal(deed, assignment, round, at, rule, words, basis)
    }
}

extension PackRefusal {
    fileprivate init(
        _ deed: Deed,
        _ assignment: AssignmentID?,
        _ round: Int,
        _ at: Timestamp?,
        _ rule: String,
        _ words: Words,
        _ basis: LegalTerms.Basis?
    ) {
        (self.deed, self.assignment, self.round, self.at, self.rule) = (deed, assignment, round, at, rule)
        (zh, en) = (words.zh + (basis.map { "（\($0.words)）" } ?? ""), words.en)
    }
}

extension Words {
    fileprivate static func times(_ deed: String, _ count: Int) -> Self {
        Self(zh: "最多\(deed)\(count)次", en: "at most \(count == 1 ? "once" : "\(count) times")")
    }
}
