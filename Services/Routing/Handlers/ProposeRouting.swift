import Bootstrap
import Contracts
import Messaging
import Rules

/// Puts what was handed in on a committee's desk with the rules' proposal, or, for the kinds that the office has said so of,
/// applies a sure proposal at once.
///
/// Tells `suggestion.accepted` and `suggestion.assigned` where it applies one, nothing otherwise. A repeat finds its version
/// applied and never comes here; a late arrival is as good as an early one, since nothing can have been decided before.
struct ProposeRouting: Handler {
    let classifier: Classifier
    let stations: KnownStations
    let terms: LegalTerms
    var calendar = KnownCalendar()
    /// The kinds for which a proposal without a hint of a refusal needs no person.
    let applied: Set<SuggestionKind>

    func handle(_ events: [Received<SuggestionReceived>], in transaction: EventTransaction) async throws {
        let terms = terms.counted(in: calendar.current)
        let stations = stations.current
        var matters: [Matter] = []
        for event in events {
            let body = event.body
            let proposal = classifier.proposal(
                kind: body.kind,
                title: body.title,
                text: [body.text, body.analysis, body.proposal].compactMap { $0 }.joined(separator: "\n"),
                subdistrict: stations.subdistrict(of: body.station)
            )
            var matter = Matter(body, id: event.metadata.aggregate, proposed: proposal)
            if applied.contains(body.kind), let route = proposal.route, proposal.refusal == nil {
                let handling = Matter.Handling(
                    committee: route.committee,
                    category: route.category,
                    lead: route.lead,
                    assisting: route.assisting,
                    reason: route.reason
                )
                let told = try matter.accept(handling, at: .now, terms: terms)
                try transaction.tell(
                    told,
                    about: matter,
                    by: Act(actor: "rule:\(route.rule)", authority: "routing.apply-proposal"),
                    following: .event(event.metadata)
                )
            }
            matters.append(matter)
        }
        try RoutingStore.insert(matters, in: transaction)
    }
}
