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

    /// Takes one message out of a queue; nil when it is empty.
    func get(_ queue: String) throws(BrokerError) -> Delivery? {
        amqp_maybe_release_buffers(state)
        let reply = amqp_basic_get(state, Self.channel, bytes(queue), 0)
        recycle_amqp_pool(&arena)
        try checkReply(reply, "basic.get \(queue)")
        guard reply.reply.id == UInt32(AMQP_BASIC_GET_OK_METHOD), let decoded = reply.reply.decoded else { return nil }
        let got = decoded.assumingMemoryBound(to: amqp_basic_get_ok_t.self).pointee
        let (exchange, key) = (TableCoding.text(got.exchange), TableCoding.text(got.routing_key))
        var message = amqp_message_t()
        // Nothing else arrives on this channel: the frames that follow are this message's.
        try checkReply(amqp_read_message(state, Self.channel, &message, 0), "basic.get content")
        defer { amqp_destroy_message(&message) }
        var names = NameCache()
        return Delivery(
            tag: DeliveryTag(generation: 1, number: got.delivery_tag),
            exchange: exchange,
            routingKey: key,
            isRedelivered: got.redelivered != 0,
            properties: TableCoding.properties(message.properties, &names),
            body: Array(UnsafeRawBufferPointer(start: message.body.bytes, count: message.body.len))
        )
    }

    /// Publishes on a channel with confirms and waits for this one's.
    func publishAndWait(_ message: OutgoingMessage) throws(BrokerError) {
        guard case .none = next() else { throw BrokerError(.protocolViolation, "an answer that nobody has asked for") }
        try publish(message)
        var refusal: BrokerError?
        while true {
            switch next() {
            case .confirmed(_, _, let isRefused):
                if isRefused { throw BrokerError(.refused, "the queue is full") }
                if let refusal { throw refusal }
                return
            case .returned(_, let code, let reason): refusal = BrokerError(.refused, reason, replyCode: code)
            case .closed(let error): throw error
            case .none: try waitForInput()
            case .delivery, .cancelled, .blocked, .unblocked, .other: break
            }
        }
    }
}
