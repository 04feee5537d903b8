/// What has happened to a running period since it began: facts, from which its end follows (decision 0024).
extension Clock {
    /// A stretch in which the period does not run (中止).
    package struct Pause: Codable, Sendable, Hashable {
        /// When it begins.
        package var from: Timestamp
        /// When it ends; nil while it lasts.
        package var until: Timestamp?
        /// The office that lets it stand still, `committee:chengjian`; nil of one from before it was kept.
        package var by: String?
        /// What allows it: the rule pack's words; nil of one from before they were kept.
        package var basis: String?

        /// Creates a pause.
        package init(from: Timestamp, until: Timestamp? = nil, by: String? = nil, basis: String? = nil) {
            (self.from, self.until, self.by, self.basis) = (from, until, by, basis)
        }
    }

    /// More time (延期): one of the two is given.
    package struct Extension: Codable, Sendable, Hashable {
        /// So much more, behind the term: `P30D`.
        package var by: String?
        /// So much in all in place of the term, from the beginning: `P6M`.
        package var to: String?
        /// The office that has granted it, `committee:chengjian`; nil of one from before it was kept.
        package var grantedBy: String?
        /// What allows it: the rule pack's words; nil of one from before they were kept.
        package var basis: String?

        /// Creates an extension.
        package init(by: String? = nil, to: String? = nil, grantedBy: String? = nil, basis: String? = nil) {
            (self.by, self.to, self.grantedBy, self.basis) = (by, to, grantedBy, basis)
        }
    }

    /// An end that was set by hand; it stays, whatever else becomes known.
    package struct Fixed: Codable, Sendable, Hashable {
        /// The last moment in time.
        package var dueAt: Timestamp
        /// The office that has set it, `committee:chengjian`; the act says who.
        package var by: String
        /// When.
        package var at: Timestamp

        /// Creates it.
        package init(dueAt: Timestamp, by: String, at: Timestamp) { (self.dueAt, self.by, self.at) = (dueAt, by, at) }
    }

    /// All of these together, as those who keep a clock store them.
    package struct Facts: Codable, Sendable, Hashable {
        /// As ``Clock/pauses``.
        package var pauses: [Pause]?
        /// As ``Clock/extensions``.
        package var extensions: [Extension]?
        /// As ``Clock/restarts``.
        package var restarts: [Timestamp]?
        /// As ``Clock/restartBasis``.
        package var restartBasis: String?
        /// As ``Clock/fixed``.
        package var fixed: Fixed?
    }

    /// What has happened to it; nil when nothing has.
    package var facts: Facts? {
        get {
            let facts = Facts(
                pauses: pauses,
                extensions: extensions,
                restarts: restarts,
                restartBasis: restartBasis,
                fixed: fixed
            )
            return facts == Facts() ? nil : facts
        }
        set {
            (pauses, extensions) = (newValue?.pauses, newValue?.extensions)
            (restarts, restartBasis, fixed) = (newValue?.restarts, newValue?.restartBasis, newValue?.fixed)
        }
    }

    /// Since when it stands still; nil while it runs, and when its end was set by hand.
    package var pausedSince: Timestamp? {
        fixed == nil ? pauses?.last { $0.until == nil }?.from : nil
    }
}
