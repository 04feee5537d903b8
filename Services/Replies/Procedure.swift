import Calendar
import Contracts
import Rules

/// What the rule pack asks of returns, verdicts and replies, beside what every pack does; what it forbids is refused with the number
/// and its ground.
extension Handling {
    /// Whether a leg may be given back now, with what is given (退办).
    func checkReturn(
        of leg: Leg,
        _ proposed: DepartmentCode?,
        at now: Timestamp,
        terms: CountedTerms
    ) throws(Impossible) {
        let rule = terms.terms.returnRule(for: kind)
        // In the first round its clock began with the assignment, which is when it came to stand on the department's desk.
        if let last = terms.end(of: rule.within.term, from: leg.clock.startedAt), now > last {
            let (term, day) = (rule.within.term.words, FixedZone.china.text(of: last).prefix(10))
            throw Impossible(
                "",
                "return-term",
                "退办期限\(term.zh)已于\(day)届满，不能再退办（\(rule.within.basis.words)） · "
                    + "too late to give it back: within \(term.en), which ended on \(day)"
            )
        }
        if rule.gives.members.contains(.proposedDepartment), proposed == nil {
            throw Impossible(
                "/proposedDepartment",
                "required",
                "退办须提出建议承办单位（\(rule.gives.basis.words)） · a return must name the department to which it belongs"
            )
        }
    }

    /// Whether a verdict of somebody in a role counts, with what is said (评价).
    func checkVerdict(
        _ attitude: Verdict,
        _ result: Verdict,
        _ comment: String?,
        as role: Role,
        under rule: EvaluationRule
    ) throws(Impossible) {
        guard rule.judges.roles.contains(role) else {
            let names = rule.judges.roles.map { "\($0.chinese) \($0.rawValue)" }.joined(separator: "、")
            throw Impossible(
                "",
                "verdict-role",
                "评价以\(names)的为准（\(rule.judges.basis.words)） · a verdict of \(role.rawValue) does not count"
            )
        }
        let bad = [(EvaluationRule.Aspect.attitude, attitude), (.result, result)].filter { $1 == .dissatisfied }.map(
            \.0
        )
        guard comment == nil, let aspect = bad.first(where: rule.reasons.of.contains) else { return }
        throw Impossible(
            "/comment",
            "required",
            "对\(aspect.words.zh)不满意须说明理由（\(rule.reasons.basis.words)） · dissatisfied with \(aspect.words.en) wants a reason"
        )
    }
}

extension LetterRule {
    /// What is wrong with a reply that has this letter, by what the pack demands (答复类型).
    ///
    /// - Parameter text: the reply, in which the passage stands that is given as the reason.
    func faults(of message: ReplyMessage, text: String, among letters: [Self], at now: Timestamp) -> [Impossible] {
        var faults: [Impossible] = []
        let isDated = message.commitmentDueAt != nil
        check(.commitmentDueAt, isGiven: isDated, among: letters, &faults)
        if let due = message.commitmentDueAt, demand(.commitmentDueAt) != nil, due <= now {
            faults.append(Impossible("/commitmentDueAt", "future", "须在今后 · must lie in the future"))
        }
        check(.reason, isGiven: message.reason != nil, among: letters, &faults)
        guard let given = message.reason, demand(.reason) != nil else { return faults }
        let (reason, breaches) = TextRule(limit: Fields.reasonLimit).read(given)
        faults += breaches.map { Impossible("/reason", $0.rule, $0.words) }
        if breaches.isEmpty, !text.contains(reason) {
            faults.append(Impossible("/reason", "passage", "须为答复正文中的原文 · must be a passage of the text"))
        }
        return faults
    }

    private func check(_ member: Member, isGiven: Bool, among letters: [Self], _ faults: inout [Impossible]) {
        let pointer = "/\(member.rawValue)"
        switch (demand(member), isGiven) {
        case (let demand?, false):
            let words =
                "\(letter.rawValue)类答复须有\(demand.name.zh)（\(demand.basis.words)） · \(letter.rawValue) must give \(demand.name.en)"
            faults.append(Impossible(pointer, "required", words))
        case (nil, true):
            let names = letters.filter { $0.demand(member) != nil }.map(\.letter.rawValue)
            let words = "\(letter.rawValue)类答复不填此项 · \(letter.rawValue) gives none"
            // Packs without such a letter have nothing that it could go with.
            faults.append(
                Impossible(pointer, names.isEmpty ? "not-asked" : "only-with-\(names.joined(separator: "-"))", words)
            )
        case (nil, false), (_?, true): break
        }
    }
}
