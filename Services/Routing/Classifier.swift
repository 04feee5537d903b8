import Contracts

/// What the rules propose for a matter.
struct Proposal: Codable, Sendable, Hashable {
    /// Who handles it.
    struct Route: Codable, Sendable, Hashable {
        var rule: String
        var category: CategoryCode
        var committee: CommitteeCode
        var lead: DepartmentCode
        var assisting: [DepartmentCode]
        /// The rule's reason and the words that matched.
        var reason: String
        var score: Int
    }

    /// A lawful refusal that a person should look at.
    struct Refusal: Codable, Sendable, Hashable {
        var rule: String
        var reason: String
        var basis: String
        var whereToGo: RoutingTable.Words
    }

    /// nil when no rule is sure enough.
    var route: Route?
    /// nil when none is near.
    var refusal: Refusal?
}

/// Reads a matter with the rules of the table: one pass over the title, one over the text.
struct Classifier: Sendable {
    private struct Indexed: Sendable {
        let words: [(number: Int, weight: Int, text: String)]
        let forbidden: [Int]
    }

    let table: RoutingTable
    private let index: WordIndex
    private let rules: [Indexed]
    private let refusals: [Indexed]

    init(table: RoutingTable) {
        var index = WordIndex()
        func indexed(_ words: [RoutingTable.Word], _ notWords: [String]?) -> Indexed {
            Indexed(
                words: words.map { (index.add($0.text), $0.weight, $0.text) },
                forbidden: (notWords ?? []).map { index.add($0) }
            )
        }
        rules = table.rules.map { indexed($0.words, $0.notWords) }
        refusals = table.refusals.map { indexed($0.words, $0.notWords) }
        self.index = index
        self.table = table
    }

    /// Proposes.
    ///
    /// - Parameters:
    ///   - subdistrict: the station's; nil for the district's own stations.
    func proposal(kind: SuggestionKind, title: String, text: String, subdistrict: String?) -> Proposal {
        let (inTitle, inText) = (index.counts(in: title), index.counts(in: text))
        func score(_ rule: Indexed) -> (points: Int, hits: [String]) {
            var (points, hits) = (0, [String]())
            if rule.forbidden.contains(where: { inTitle[$0] != nil || inText[$0] != nil }) { return (0, []) }
            for word in rule.words {
                let first = min(inTitle[word.number] ?? 0, table.model.occurrenceCap)
                let second = min(inText[word.number] ?? 0, table.model.occurrenceCap)
                guard first + second > 0 else { continue }
                points += word.weight * (table.model.titleFactor * first + second)
                hits.append(word.text)
            }
            return (points, hits)
        }
        var best: (points: Int, rule: RoutingTable.Rule, hits: [String])?
        for (rule, indexed) in zip(table.rules, rules) {
            if let only = rule.subdistricts, !only.contains(subdistrict ?? "") { continue }
            let (points, hits) = score(indexed)
            guard points > 0 else { continue }
            if let best,
                (best.points, best.rule.priority) > (points, rule.priority)
                    || (best.points, best.rule.priority) == (points, rule.priority) && best.rule.id < rule.id
            {
                continue
            }
            best = (points, rule, hits)
        }
        return Proposal(
            route: best.flatMap { route($0.rule, $0.points, $0.hits, subdistrict) },
            refusal: refusal(kind, text, best?.points ?? 0) { score($0).points }
        )
    }

    private func route(
        _ rule: RoutingTable.Rule,
        _ points: Int,
        _ hits: [String],
        _ subdistrict: String?
    ) -> Proposal.Route? {
        guard points >= table.model.threshold else { return nil }
        func unit(_ code: String) -> DepartmentCode? {
            code == table.model.officeToken
                ? table.office(of: subdistrict).map(DepartmentCode.init(rawValue:)) : DepartmentCode(rawValue: code)
        }
        // The district's own stations lie in no subdistrict: a rule that wants its office proposes nothing there.
        guard let lead = unit(rule.lead) else { return nil }
        return Proposal.Route(
            rule: rule.id,
            category: rule.category,
            committee: rule.committee,
            lead: lead,
            assisting: rule.assisting.compactMap(unit).filter { $0 != lead },
            reason: "规则 \(rule.id)：\(rule.reason.zh)（\(hits.joined(separator: "、"))）",
            score: points
        )
    }

    private func refusal(
        _ kind: SuggestionKind,
        _ text: String,
        _ routed: Int,
        _ score: (Indexed) -> Int
    ) -> Proposal.Refusal? {
        var best: (margin: Int, rule: RoutingTable.RefusalRule)?
        for (rule, indexed) in zip(table.refusals, refusals) where rule.kinds.contains(kind) {
            if let limit = rule.textShorterThan, text.unicodeScalars.count >= limit { continue }
            if let limit = rule.routingScoreBelow, routed >= limit { continue }
            let margin = score(indexed) - rule.threshold
            guard margin >= 0, margin > (best?.margin ?? -1) else { continue }
            best = (margin, rule)
        }
        return best.map { _, rule in
            Proposal.Refusal(
                rule: rule.id,
                reason: rule.reason,
                basis: rule.articleRef.map { $0.basis == "law in force" ? $0.text : "\($0.text)（依据待核）" }
                    .joined(separator: "；"),
                whereToGo: rule.whereToGo
            )
        }
    }
}
