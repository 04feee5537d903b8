import Contracts
package import Foundation
package import PostgreSQL

/// What is wrong with a service's acts, and where.
package enum SealFault: Sendable, Hashable {
    /// An act that a seal covers is gone.
    case missing(UUID, seal: Int)
    /// An act says something else than when it was sealed.
    case changed(UUID, seal: Int)
    /// An act's words were erased, and nobody has told of such an erasure.
    case erasedUnasked(UUID, cause: UUID)
    /// An act was put behind the end of the chain after that part was sealed.
    case slippedIn(UUID)
    /// A seal is gone from between two others.
    case sealMissing(Int)
    /// A seal does not follow from the one before it.
    case chainBroken(at: Int)
    /// A seal's head is not the one that was published.
    case headReplaced(Int)
    /// The chain ends before a head that was published.
    case tailCut(lastSeal: Int, published: Int)
}

extension SealFault: CustomStringConvertible {
    /// What is wrong and where, as an auditor reads it.
    package var description: String {
        switch self {
        case .missing(let id, let seal): "act \(EventID(rawValue: id)) is gone, which seal \(seal) covers"
        case .changed(let id, let seal): "act \(EventID(rawValue: id)) is not what seal \(seal) covers"
        case .erasedUnasked(let id, let cause):
            "the words of act \(EventID(rawValue: id)) were erased because of \(EventID(rawValue: cause)), which nobody has told"
        case .slippedIn(let id): "act \(EventID(rawValue: id)) was put into a part that was sealed before"
        case .sealMissing(let number): "seal \(number) is gone"
        case .chainBroken(let number): "seal \(number) does not follow from the one before it"
        case .headReplaced(let number): "the head of seal \(number) is not the one that was published"
        case .tailCut(let last, let published): "the chain ends at seal \(last), and seal \(published) was published"
        }
    }
}

/// What a verification found.
package struct SealVerification: Sendable, Hashable {
    /// The number of seals looked at.
    package let seals: Int
    /// Acts that are not sealed yet.
    package let unsealed: Int
    /// Acts whose words were erased on record: the rest of them is as it was written.
    package let erased: Int
    /// Everything that is wrong; empty when all is well.
    package let faults: [SealFault]

    /// Creates a finding.
    package init(seals: Int, unsealed: Int, erased: Int = 0, faults: [SealFault]) {
        self.seals = seals
        self.unsealed = unsealed
        self.erased = erased
        self.faults = faults
    }

    /// Seals looked at with one statement: their rows are read and hashed by the server meanwhile.
    private static let page = 100

    /// Holds a service's acts against their seals, and the seals against the heads that were published.
    ///
    /// - Parameters:
    ///   - database: the service's, with its schema on the path.
    ///   - published: the heads that another service has kept, in hexadecimal, by their numbers.
    ///   - told: the erasures that Intake and Directory have told: each event's id, with the item or person it is about.
    /// - Throws: `DatabaseError`.
    package static func of(
        _ database: Database,
        published: [Int: String],
        told: [UUID: UUID] = [:]
    ) async throws -> Self {
        var (last, faults): (Int, [SealFault]) = (0, [])
        let erasures = try await database.transaction { try await SealStore.erasures(in: $0) }
        let byAct = Dictionary(grouping: erasures, by: \.id)
        for erasure in erasures where told[erasure.cause] != erasure.suggestion {
            faults.append(.erasedUnasked(erasure.id, cause: erasure.cause))
        }
        while true {
            let after = last
            let page = try await database.transaction {
                try await SealStore.compare(after: after, limit: Self.page, in: $0)
            }
            guard !page.isEmpty else { break }
            for seal in page {
                if seal.number > last + 1 { faults += (last + 1..<seal.number).map(SealFault.sealMissing) }
                if seal.head != seal.expectedHead { faults.append(.chainBroken(at: seal.number)) }
                if let head = published[seal.number], head != seal.head.hexadecimal {
                    faults.append(.headReplaced(seal.number))
                }
                faults += seal.missing.map { .missing($0, seal: seal.number) }
                faults += seal.changed.filter { !Self.isErasure($0, byAct[$0.id] ?? []) }
                    .map { .changed($0.id, seal: seal.number) }
                last = seal.number
            }
        }
        if let newest = published.keys.max(), newest > last {
            faults.append(.tailCut(lastSeal: last, published: newest))
        }
        let (slippedIn, unsealed) = try await database.transaction { try await SealStore.outside(in: $0) }
        return Self(
            seals: last,
            unsealed: unsealed,
            erased: byAct.count,
            faults: faults + slippedIn.map(SealFault.slippedIn)
        )
    }

    /// Whether recorded erasures, and nothing else, lead from what was sealed to what is there.
    private static func isErasure(_ change: SealStore.Change, _ erasures: [SealStore.Erased]) -> Bool {
        var digest = change.sealed.hexadecimal
        // Each step is taken once: an item's words can be erased again where more were written since.
        for _ in erasures {
            guard let step = erasures.first(where: { $0.before == digest }) else { break }
            digest = step.after
        }
        return digest == change.present.hexadecimal
    }

    /// The erasures that a service's acts tell: each event's id, with the item or person it is about.
    ///
    /// - Throws: `DatabaseError`.
    package static func told(in database: Database) async throws -> [UUID: UUID] {
        let rows = try await database.query(
            "SELECT id, aggregate FROM acts WHERE name = ANY(\([SuggestionErased.name, PersonErased.name].map(\.rawValue)))"
        )
        return Dictionary(
            uniqueKeysWithValues: try rows.map { (try $0["id", as: UUID.self], try $0["aggregate", as: UUID.self]) }
        )
    }
}
