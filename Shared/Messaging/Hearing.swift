import RabbitMQ

extension Consumption {
    /// How well a consumer hears what it is told, by what it knows itself: nobody is asked.
    package enum Hearing: Sendable, Hashable {
        /// Its hands have room for more: the broker has handed over whatever waited.
        case everything
        /// Its hands are full: more may wait.
        case part
        /// It is not connected.
        case nothing
    }

    /// How well this one hears at this moment.
    package var hearing: Hearing {
        get async {
            guard case .ready = subscriber.status else { return .nothing }
            return await subscriber.hasRoom ? .everything : .part
        }
    }
}
