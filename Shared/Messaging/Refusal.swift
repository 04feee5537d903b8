/// Why a message can never take effect here as it stands; it is parked at once and no attempt is repeated.
package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of lasting failure, as they stand in the header `x-ebinda-reason`.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        /// An attribute of the envelope is missing or wrong.
        case malformedEnvelope = "malformed-envelope"
        /// The body is no JSON, or a field of it is missing or wrong.
        case malformedBody = "malformed-body"
        /// The event's name is not known to this version of the service.
        case unknownType = "unknown-type"
        /// The sender's account is not that of the source the event claims.
        case forgedSender = "forged-sender"
        /// Another event of its owner has had its version: the owner has lost commits and counts anew.
        case versionConflict = "version-conflict"
        /// A rule of the domain refuses it.
        case refusedByRule = "refused-by-rule"
        /// Every rung of the ladder has been tried.
        case attemptsSpent = "attempts-spent"
        /// The process has died with it in its hands, again and again, at last with it alone.
        case crashedProcess = "crashed-process"
    }

    /// The kind.
    package let reason: Reason
    /// What is wrong, naming the field and the rule; never a value, because values may be personal data.
    package let detail: String

    /// Creates a refusal.
    package init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    /// Reason and detail.
    package var description: String { "\(reason.rawValue): \(detail)" }

    /// The refusal that a decoding error amounts to, with the path of the field.
    package init(_ error: DecodingError) {
        func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            let keys = context.codingPath + (last.map { [$0] } ?? [])
            return "/" + keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: "/")
        }
        let detail =
            switch error {
            case .keyNotFound(let key, let context): "\(path(context, key)): missing"
            case .valueNotFound(let type, let context): "\(path(context)): null, \(type) wanted"
            case .typeMismatch(let type, let context): "\(path(context)): not \(type)"
            case .dataCorrupted(let context): "\(path(context)): \(context.debugDescription)"
            @unknown default: "unreadable"
            }
        self.init(.malformedBody, detail)
    }
}
