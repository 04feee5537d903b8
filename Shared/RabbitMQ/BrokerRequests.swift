import CRabbitMQ

/// Requests that wait for their answer; only while nothing is being delivered on the channel.
///
/// The library's own waiting for an answer drops frames that are queued ahead of it for other channels, and knows no
/// deliveries between: everything of this kind happens on a fresh channel, before `basic.consume`.
extension BrokerHandle {
    func selectConfirms() throws(BrokerError) {
        _ = amqp_confirm_select(state, Self.channel)
        try checkReply(amqp_get_rpc_reply(state), "confirm.select")
    }

    func consume(_ queue: String, prefetch: Int) throws(BrokerError) {
        _ = amqp_basic_qos(state, Self.channel, 0, UInt16(clamping: prefetch), 0)
        try checkReply(amqp_get_rpc_reply(state), "basic.qos")
        _ = amqp_basic_consume(
            state,
            Self.channel,
            bytes(queue),
            amqp_empty_bytes,
            0,
            0,
            0,
            amqp_empty_table
        )
        recycle_amqp_pool(&arena)
        try checkReply(amqp_get_rpc_reply(state), "basic.consume \(queue)")
    }

    func declareExchange(_ name: String, kind: String, passive: Bool, arguments: [Header]) throws(BrokerError) {
        _ = amqp_exchange_declare(
            state,
            Self.channel,
            bytes(name),
            bytes(kind),
            passive ? 1 : 0,
            1,
            0,
            0,
            TableCoding.table(arguments, in: &arena)
        )
        recycle_amqp_pool(&arena)
        try checkReply(amqp_get_rpc_reply(state), "exchange.declare \(name)")
    }

    /// Declares a durable queue, or asks for one; returns the number of its ready messages.
    func declareQueue(_ name: String, passive: Bool, arguments: [Header]) throws(BrokerError) -> Int {
        let answer = amqp_queue_declare(
            state,
            Self.channel,
            bytes(name),
            passive ? 1 : 0,
            1,
            0,
            0,
            TableCoding.table(arguments, in: &arena)
        )
        let count = answer.map { Int($0.pointee.message_count) } ?? 0
        recycle_amqp_pool(&arena)
        try checkReply(amqp_get_rpc_reply(state), "queue.declare \(name)")
        return count
    }

    func bindQueue(_ queue: String, to exchange: String, key: String) throws(BrokerError) {
        _ = amqp_queue_bind(state, Self.channel, bytes(queue), bytes(exchange), bytes(key), amqp_empty_table)
        recycle_amqp_pool(&arena)
        try checkReply(amqp_get_rpc_reply(state), "queue.bind \(queue)")
    }

    func unbindQueue(_ queue: String, from exchange: String, key: String) throws(BrokerError) {
        _ = amqp_queue_unbind(state, Self.channel, bytes(queue), bytes(exchange), bytes(key), amqp_empty_table)
        recycle_amqp_pool(&arena)
        try checkReply(amqp_get_rpc_reply(state), "queue.unbind \(queue)")
    }

    func deleteQueue(_ name: String) throws(BrokerError) {
        _ = amqp_queue_delete(state, Self.channel, bytes(name), 0, 0)
        recycle_amqp_pool(&arena)
        try checkReply(amqp_get_rpc_reply(state), "queue.delete \(name)")
    }

    func deleteExchange(_ name: String) throws(BrokerError) {
        _ = amqp_exchange_delete(state, Self.channel, bytes(name), 0)
        recycle_amqp_pool(&arena)
        try checkReply(amqp_get_rpc_reply(state), "exchange.delete \(name)")
    }

    func purgeQueue(_ name: String) throws(BrokerError) {
        _ = amqp_queue_purge(state, Self.channel, bytes(name))
        recycle_amqp_pool(&arena)
        try checkReply(amqp_get_rpc_reply(state), "queue.purge \(name)")
    }

    /// Says goodbye; blocks this thread within the request's time.
    func close() {
        _ = amqp_connection_close(state, AMQP_REPLY_SUCCESS)
    }
}
