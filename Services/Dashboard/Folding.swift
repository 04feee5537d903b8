import Contracts
import Foundation
import Messaging
import PostgreSQL

/// Folds events into facts and figures: what a handler and a rebuild have in common.
enum Folding {
    /// An event as it is folded.
    struct Input: Sendable {
        let metadata: EventMetadata
        let body: [UInt8]
    }

    /// Folds events, each aggregate's in its owners' order, into a pair of tables.
    ///
    /// The figures change by what the facts contribute now, less what they did before.
    static func fold(
        _ inputs: [Input],
        into tables: DashboardStore.Tables,
        in transaction: Transaction
    ) async throws {
        let ids = Array(Set(inputs.map(\.metadata.aggregate)))
        let before = try await DashboardStore.facts(ids, of: tables, in: transaction)
        var facts = before
        for input in inputs {
            try facts[input.metadata.aggregate, default: Fact()].apply(input.metadata.name, input.body)
        }
        var changes: [CounterKey: Int] = [:]
        for (id, fact) in facts {
            changes.merge(fact.contributions) { $0 + $1 }
            // What is new here has contributed nothing yet.
            if let old = before[id] { changes.merge(old.contributions.mapValues { -$0 }) { $0 + $1 } }
        }
        try DashboardStore.store(facts, in: tables, transaction)
        DashboardStore.add(changes, to: tables, transaction)
    }
}
