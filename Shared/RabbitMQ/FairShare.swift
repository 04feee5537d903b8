/// How a batch is made up where several senders fill one buffer: of each so many, so that nobody waits behind another's flood.
struct FairShare: Sendable {
    /// Deliveries of one sender in a batch.
    let limit: Int

    /// Takes a batch out of a buffer, in its order, and leaves the rest in its order.
    ///
    /// A sender is the first word of the routing key, as departments' keys begin with their code.
    func take(_ maximum: Int, from buffer: inout [Delivery]) -> [Delivery] {
        var counts: [Substring: Int] = [:]
        var (taken, left): ([Delivery], [Delivery]) = ([], [])
        for delivery in buffer {
            let sender = delivery.routingKey.prefix { $0 != "." }
            guard taken.count < maximum, counts[sender, default: 0] < limit else {
                left.append(delivery)
                continue
            }
            counts[sender, default: 0] += 1
            taken.append(delivery)
        }
        buffer = left
        return taken
    }
}
