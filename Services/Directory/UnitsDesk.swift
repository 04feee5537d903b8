import Contracts
import Messaging
import PostgreSQL

/// Tells units anew, each whole as it is: for services that keep them and have not heard of them.
enum UnitsDesk {
    /// Tells all units.
    ///
    /// - Returns: how many there are.
    @discardableResult
    static func tellAnew(_ act: Act, in transaction: EventTransaction) async throws -> Int {
        DirectoryStore.lockUnits(in: transaction)
        let units = try await DirectoryStore.units(in: transaction).sorted.map { known in
            var unit = known
            unit.version += 1
            return unit
        }
        DirectoryStore.put(units, in: transaction)
        for unit in units {
            try transaction.publish(unit.event, about: unit.id, version: unit.version, act: act)
        }
        return units.count
    }

    /// Tells all units once to those who keep them since stations are known by what is told: before, nobody did.
    ///
    /// - Returns: how many were told; none the second time.
    static func settle(_ act: Act, in transaction: EventTransaction) async throws -> Int {
        guard try await DirectoryStore.claimTelling(of: "units", in: transaction) else { return 0 }
        return try await tellAnew(act, in: transaction)
    }
}
