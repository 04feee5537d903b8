/// What went wrong with the broker; the words are the broker's or this program's and never a message's content.
package struct BrokerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case notConnected, connectionFailed, connectionLost, channelClosed, authenticationFailed, blocked
            case heartbeatTimeout, confirmTimeout, protocolViolation, refused
        }
        private let kind: Kind

        /// There is no connection at present.
        package static let notConnected = Self(kind: .notConnected)
        /// No connection could be made.
        package static let connectionFailed = Self(kind: .connectionFailed)
        /// The connection broke or was closed.
        package static let connectionLost = Self(kind: .connectionLost)
        /// The broker closed the channel; see ``BrokerError/replyCode``.
        package static let channelClosed = Self(kind: .channelClosed)
        /// User or password were refused.
        package static let authenticationFailed = Self(kind: .authenticationFailed)
        /// The broker takes no messages at present: an alarm.
        package static let blocked = Self(kind: .blocked)
        /// The peer was silent for two heartbeats.
        package static let heartbeatTimeout = Self(kind: .heartbeatTimeout)
        /// No confirm came within the limit.
        package static let confirmTimeout = Self(kind: .confirmTimeout)
        /// The peer sent what the protocol does not allow.
        package static let protocolViolation = Self(kind: .protocolViolation)
        /// The broker refused a request; see ``BrokerError/replyCode``.
        package static let refused = Self(kind: .refused)

        /// The kind's name.
        package var description: String { kind.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// AMQP's reply code, such as 404; nil when the broker gave none.
    package let replyCode: Int?
    /// What the broker or the library said.
    package let message: String

    init(_ code: Code, _ message: String, replyCode: Int? = nil) {
        self.code = code
        self.replyCode = replyCode
        self.message = message
    }

    /// Kind, reply code and words.
    package var description: String {
        [code.description, replyCode.map(String.init), message].compactMap { $0 }.joined(separator: " ")
    }
}
