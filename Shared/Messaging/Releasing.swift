import Contracts
import PostgreSQL
import RabbitMQ

/// Lets an event that waited go its own way: back into the work queue as a message of its own, which succeeds, rests on the
/// ladder or is parked under its own id and for its own reason.
///
/// The message is confirmed before the row goes. A crash between the two leaves both, and the order absorbs one of them: the
/// version is applied once, whichever comes first, and the row goes with it.
enum Releasing {
    /// The message of a row.
    ///
    /// - Parameters:
    ///   - account: the account that publishes it.
    ///   - sender: the account that published it first.
    static func message(
        of row: WaitingRow,
        to service: ServiceName,
        topology: Topology,
        account: String,
        sender: String
    ) -> OutgoingMessage {
        var message = Envelope.message(
            row.metadata,
            body: row.body,
            exchange: topology.retryExchange(of: service),
            routingKey: "work",
            isMandatory: true,
            account: account
        )
        // As on the ladder: the broker takes a user-id of the publishing account alone.
        if sender != account {
            message.properties.headers.append(Header(Envelope.HeaderName.sender, .string(sender)))
        }
        return message
    }
}
