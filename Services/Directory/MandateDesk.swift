import Contracts
import Messaging

/// Tells deputies and observers anew, each whole as they are: for services that keep their roles and have not heard of them.
enum MandateDesk {
    /// Tells all who have ever been one, once, to those who keep them since matters have their deputies: before, nobody did.
    ///
    /// - Returns: how many were told; none the second time.
    static func settle(_ act: Act, in transaction: EventTransaction) async throws -> Int {
        guard try await DirectoryStore.claimTelling(of: "mandates", in: transaction) else { return 0 }
        let dossiers = try await DirectoryStore.allDossiers(in: transaction)
            .filter { dossier in dossier.holdings.contains { $0.role == .deputy || $0.role == .observer } }
            .map { known in
                var dossier = known
                (dossier.person.version, dossier.person.changedAt) = (known.person.version + 1, .now)
                return dossier
            }
        DirectoryStore.put(dossiers, in: transaction)
        for dossier in dossiers {
            let person = dossier.person
            try transaction.publish(dossier.event, about: person.id, version: person.version, act: act)
        }
        return dossiers.count
    }
}
