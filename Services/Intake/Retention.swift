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

    /// Why a file is none.
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads a rule file.
    init(json: Data) throws {
        self = try JSONDecoder().decode(Self.self, from: json)
        for (name, rule) in [("contacts", contacts), ("requestKeys", requestKeys)] {
            guard (1...36_500).contains(rule.days) else {
                throw Unusable(description: "\(name).days: must be from 1 to 36500")
            }
            guard !rule.source.isEmpty else { throw Unusable(description: "\(name).source: must say what it rests on") }
        }
    }

    /// The moment before which something must have ended to be removed now.
    static func limit(_ rule: Rule, at now: Timestamp) -> Timestamp {
        // Days of 24 hours: a day more or less of daylight saving does not exist here, and no right hangs on the hour.
        now + .seconds(-rule.days * 86_400)
    }
}
