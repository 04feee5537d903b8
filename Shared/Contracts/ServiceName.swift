/// The wire name of a service: prefix of its queues, its broker account, its database schema and role.
package struct ServiceName: RawRepresentable, Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// Lower-case ASCII letters only, because it becomes a part of queue names, routing keys and SQL identifiers.
    package let rawValue: String

    /// Wraps a name; the value is trusted to come from code, not from input.
    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Takes in what people hand in (收件).
    package static let intake = Self(rawValue: "intake")
    /// The committee's desk: acceptance and assignment (受理, 交办).
    package static let routing = Self(rawValue: "routing")
    /// The department's desk: receipt, return, reply, evaluation (承办, 答复, 评价).
    package static let replies = Self(rawValue: "replies")
    /// Watches every clock and tells whom it concerns (催办).
    package static let reminders = Self(rawValue: "reminders")
    /// The read side of the one screen (一屏).
    package static let dashboard = Self(rawValue: "dashboard")
    /// Who there is and what vouches for them: accounts, keys, tokens (人员与登录).
    package static let directory = Self(rawValue: "directory")

    /// The pages (网页); owns no schema, tells nothing and hears nothing.
    package static let portal = Self(rawValue: "portal")

    /// Every service that owns a schema; Directory last, because what it tells when it is set up must find the others' queues.
    package static let all: [Self] = [.intake, .routing, .replies, .reminders, .dashboard, .directory]

    /// The wire name itself.
    package var description: String { rawValue }

    /// Alphabetical order, for stable documents.
    package static func < (first: Self, second: Self) -> Bool {
        first.rawValue < second.rawValue
    }
}
