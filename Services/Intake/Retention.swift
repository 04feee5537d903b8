import Contracts
import Foundation

/// How long what is personal is kept, as data: every number with what it rests on.
struct Retention: Decodable, Sendable, Hashable {
    /// A period and its ground.
    struct Rule: Decodable, Sendable, Hashable {
        /// Whole days, counted from the end it speaks of.
        let days: Int
        /// How firm the ground is: as in the rule pack, `law`, `custom` or `assumption`.
        let standing: Standing
        /// The article, or why this number.
        let source: String
    }

    /// How firm the ground of a number is.
    enum Standing: String, Decodable, Sendable {
        case law, custom, assumption
    }

    /// Contacts, after the item was closed or refused.
    let contacts: Rule
    /// Request keys, after they were used.
    let requestKeys: Rule
    /// When an item that was answered whole, and of which no verdict ever came, counts as ended.
    ///
    /// From then on it is as if it had been closed. None of an older file: such an item's contact stays.
    let unjudged: Rule?

    /// Why a file is none.
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads a rule file.
    init(json: Data) throws {
        self = try JSONDecoder().decode(Self.self, from: json)
        let named =
            [("contacts", contacts), ("requestKeys", requestKeys)] + (unjudged.map { [("unjudged", $0)] } ?? [])
        for (name, rule) in named {
            guard (1...36_500).contains(rule.days) else {
                throw Unusable(description: "\(name).days: must be from 1 to 36500")
            }
            guard !rule.source.isEmpty else { throw Unusable(description: "\(name).source: must say what it rests on") }
        }
    }

    /// The moments before which an item must have ended to lose its contact now.
    func limits(at now: Timestamp) -> ContactLimits {
        let closed = Self.limit(contacts, at: now)
        return ContactLimits(closedBefore: closed, answeredBefore: unjudged.map { Self.limit($0, at: closed) })
    }

    /// The moment before which something must have ended to be removed now.
    static func limit(_ rule: Rule, at now: Timestamp) -> Timestamp {
        // Days of 24 hours: a day more or less of daylight saving does not exist here, and no right hangs on the hour.
        now + .seconds(-rule.days * 86_400)
    }
}

/// Before which moments an item must have ended for its contact to go.
struct ContactLimits: Sendable, Hashable {
    /// Closed or refused.
    let closedBefore: Timestamp
    /// Answered by every department of its last round, without a verdict since; nil where that is no end.
    var answeredBefore: Timestamp?
}
