import CRabbitMQ
import Glibc

/// What the broker has sent, assembled from its frames.
enum Incoming {
    /// Nothing more for now.
    case none
    case delivery(tag: UInt64, isRedelivered: Bool, exchange: String, routingKey: String, MessageProperties, [UInt8])
    case confirmed(tag: UInt64, multiple: Bool, isRefused: Bool)
    case returned(messageID: String?, code: Int, reason: String)
    /// The broker has ended the subscription: the queue is gone, or its leader.
    case cancelled
    case blocked(String)
    case unblocked
    case closed(BrokerError)
    /// A heartbeat, or an answer that means nothing here.
    case other
}

/// A librabbitmq connection with one open channel.
///
/// Not Sendable: «You cannot share a socket, an amqp_connection_state_t, or a channel between threads» (its README).
final class BrokerHandle {
    static let channel: amqp_channel_t = 1
    let state: amqp_connection_state_t
    var arena = amqp_pool_t()
    private var names = NameCache()
    /// A content that has begun: its method, then its properties, then as much of its body as has come.
    private var partial: Partial?

    private struct Partial {
        enum Kind {
            case delivery(tag: UInt64, isRedelivered: Bool, exchange: String, routingKey: String)
            case returned(code: Int, reason: String)
            case unexpected
        }
        let kind: Kind
        var properties: MessageProperties?
        var remaining = 0
        var body: [UInt8] = []
    }

    /// The connected descriptor; -1 once the library has closed it by itself.
    var descriptor: Int32 { amqp_get_sockfd(state) }

    /// Connects to one address and logs in; blocks this thread within the configured times.
    ///
    /// - Parameter connected: told the descriptor before the login, so that a watchdog can break a hanging one.
    init(
        _ configuration: BrokerConfiguration,
        _ address: BrokerConfiguration.Address,
        connected: (Int32) -> Void
    ) throws(BrokerError) {
        guard let state = amqp_new_connection() else { throw BrokerError(.connectionFailed, "out of memory") }
        self.state = state
        init_amqp_pool(&arena, 4_096)
        var timeout = timeval(configuration.connectTimeout)
        var requestTimeout = timeval(configuration.requestTimeout)
        try Self.open(state, configuration, address, &timeout)
        connected(amqp_get_sockfd(state))
        _ = amqp_set_handshake_timeout(state, &timeout)
        _ = amqp_set_rpc_timeout(state, &requestTimeout)
        try logIn(configuration)
        _ = amqp_channel_open(state, Self.channel)
        try checkReply(amqp_get_rpc_reply(state), "channel.open")
    }

    /// Wraps a descriptor that is connected already, for tests with a scripted peer.
    init(adopting descriptor: Int32, _ configuration: BrokerConfiguration) throws(BrokerError) {
        guard let state = amqp_new_connection(), let socket = amqp_tcp_socket_new(state) else {
            throw BrokerError(.connectionFailed, "out of memory")
        }
        self.state = state
        init_amqp_pool(&arena, 4_096)
        amqp_tcp_socket_set_sockfd(socket, descriptor)
        var timeout = timeval(configuration.connectTimeout)
        var requestTimeout = timeval(configuration.requestTimeout)
        _ = amqp_set_handshake_timeout(state, &timeout)
        _ = amqp_set_rpc_timeout(state, &requestTimeout)
        try logIn(configuration)
        _ = amqp_channel_open(state, Self.channel)
        try checkReply(amqp_get_rpc_reply(state), "channel.open")
    }

    deinit {
        empty_amqp_pool(&arena)
        amqp_destroy_connection(state)
    }

    private static func open(
        _ state: amqp_connection_state_t,
        _ configuration: BrokerConfiguration,
        _ address: BrokerConfiguration.Address,
        _ timeout: inout timeval
    ) throws(BrokerError) {
        let socket: OpaquePointer?
        if let tls = configuration.tls {
            socket = amqp_ssl_socket_new(state)
            guard let socket else { throw BrokerError(.connectionFailed, "no TLS socket") }
            amqp_ssl_socket_set_verify_peer(socket, 1)
            amqp_ssl_socket_set_verify_hostname(socket, 1)
            // The library's own floor excludes no version above SSL 3.
            amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
            guard amqp_ssl_socket_set_cacert(socket, tls.rootCertificateFile) == 0 else {
                throw BrokerError(.connectionFailed, "the file of root certificates cannot be used")
            }
            if let certificate = tls.certificateFile, let key = tls.keyFile {
                guard amqp_ssl_socket_set_key(socket, certificate, key) == 0 else {
                    throw BrokerError(.connectionFailed, "the client certificate or its key cannot be used")
                }
            }
        } else {
            socket = amqp_tcp_socket_new(state)
        }
        guard let socket else { throw BrokerError(.connectionFailed, "no socket") }
        let status = amqp_socket_open_noblock(socket, address.host, Int32(address.port), &timeout)
        guard status == AMQP_STATUS_OK.rawValue else { throw BrokerError(.connectionFailed, words(status)) }
    }

    private func logIn(_ configuration: BrokerConfiguration) throws(BrokerError) {
        // Not all of these are advertised by default, and without them the broker says nothing of what they are about.
        let capabilities = [
            "authentication_failure_close", "basic.nack", "connection.blocked", "consumer_cancel_notify",
            "publisher_confirms",
        ]
        let properties: [Header] = [
            Header("product", .string("eBinda")),
            Header("connection_name", .string(configuration.connectionName)),
            Header("capabilities", .table(capabilities.map { Header($0, .bool(true)) })),
        ]
        var table = TableCoding.table(properties, in: &arena)
        // 131,072 is the frame size both sides use by default; RabbitMQ 4.1 and later refuse less than 8,192.
        let heartbeat = Int32(configuration.heartbeat.components.seconds)
        let (host, user) = (configuration.virtualHost, configuration.user)
        let reply =
            configuration.tls?.logsIn == true
            ? ebinda_amqp_login_external(state, host, 8, 131_072, heartbeat, &table, user)
            : ebinda_amqp_login_plain(state, host, 8, 131_072, heartbeat, &table, user, configuration.password)
        recycle_amqp_pool(&arena)
        try checkReply(reply, "login")
    }

    /// Hands a message to the kernel.
    ///
    /// Only after ``next()`` has said `.none`: a publish on a connection whose receive deadline has passed would wait for
    /// ever inside librabbitmq 0.11 (rabbitmq-c #780).
    func publish(_ message: OutgoingMessage) throws(BrokerError) {
        var properties = TableCoding.properties(message.properties, in: &arena)
        let status = message.body.withUnsafeBytes { body in
            amqp_basic_publish(
                state,
                Self.channel,
                bytes(message.exchange),
                bytes(message.routingKey),
                message.isMandatory ? 1 : 0,
                0,
                &properties,
                amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress))
            )
        }
        recycle_amqp_pool(&arena)
        guard status == AMQP_STATUS_OK.rawValue else { throw failure(status) }
        // A body that fills its last frame leaves MSG_MORE set (amqp_api.c of 0.11), and the kernel may keep it back for
        // 200 ms. 8 bytes of each frame are not payload.
        if !message.body.isEmpty, message.body.count % (131_072 - 8) == 0 { uncork() }
    }

    func acknowledge(_ tag: UInt64, multiple: Bool) throws(BrokerError) {
        let status = amqp_basic_ack(state, Self.channel, tag, multiple ? 1 : 0)
        guard status == AMQP_STATUS_OK.rawValue else { throw failure(status) }
    }

    /// Whether the kernel would take another message now.
    var hasRoom: Bool {
        var descriptor = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&descriptor, 1, 0) == 1
    }

    /// Waits for the broker to send something; blocks this thread.
    ///
    /// - Throws: `.connectionLost` when nothing has come within the confirm's time.
    func waitForInput() throws(BrokerError) {
        var descriptor = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        // 30 s, the age from which on a confirm counts as lost everywhere else too.
        guard poll(&descriptor, 1, 30_000) == 1 else { throw BrokerError(.connectionLost, "no answer within 30 s") }
    }

    /// The next thing the broker has sent, without waiting; also sends a heartbeat that is due.
    func next() -> Incoming {
        var frame = amqp_frame_t()
        var zero = timeval(tv_sec: 0, tv_usec: 0)
        amqp_maybe_release_buffers(state)
        let status = amqp_simple_wait_frame_noblock(state, &frame, &zero)
        switch status {
        case AMQP_STATUS_OK.rawValue: return read(frame)
        case AMQP_STATUS_TIMEOUT.rawValue: return .none
        default: return .closed(failure(status))
        }
    }

    private func read(_ frame: amqp_frame_t) -> Incoming {
        switch Int32(frame.frame_type) {
        case Int32(AMQP_FRAME_METHOD): return read(frame.payload.method, channel: frame.channel)
        case Int32(AMQP_FRAME_HEADER):
            guard var partial, partial.properties == nil, let decoded = frame.payload.properties.decoded else {
                return .closed(BrokerError(.protocolViolation, "a content header without its method"))
            }
            let properties = decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee
            partial.properties = TableCoding.properties(properties, &names)
            partial.remaining = Int(frame.payload.properties.body_size)
            partial.body.reserveCapacity(min(partial.remaining, 1 << 20))
            return finish(partial)
        case Int32(AMQP_FRAME_BODY):
            guard var partial, partial.properties != nil else {
                return .closed(BrokerError(.protocolViolation, "a content body without its header"))
            }
            let fragment = frame.payload.body_fragment
            guard fragment.len <= partial.remaining else {
                return .closed(BrokerError(.protocolViolation, "a content body longer than its header says"))
            }
            self.partial = nil
            partial.body.append(contentsOf: UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len))
            partial.remaining -= fragment.len
            return finish(partial)
        // Heartbeats may be queued as ordinary frames (amqp_try_recv).
        default: return .other
        }
    }

    private func finish(_ partial: Partial) -> Incoming {
        guard partial.remaining == 0 else {
            self.partial = partial
            return .other
        }
        self.partial = nil
        let properties = partial.properties ?? MessageProperties()
        return switch partial.kind {
        case .delivery(let tag, let isRedelivered, let exchange, let key):
            .delivery(
                tag: tag,
                isRedelivered: isRedelivered,
                exchange: exchange,
                routingKey: key,
                properties,
                partial.body
            )
        case .returned(let code, let reason): .returned(messageID: properties.messageID, code: code, reason: reason)
        case .unexpected: .other
        }
    }

    private func read(_ method: amqp_method_t, channel: amqp_channel_t) -> Incoming {
        func decoded<Method>(_: Method.Type) -> Method { method.decoded.assumingMemoryBound(to: Method.self).pointee }
        switch method.id {
        case UInt32(AMQP_BASIC_DELIVER_METHOD):
            let deliver = decoded(amqp_basic_deliver_t.self)
            partial = Partial(
                kind: .delivery(
                    tag: deliver.delivery_tag,
                    isRedelivered: deliver.redelivered != 0,
                    exchange: names.text(deliver.exchange),
                    routingKey: names.text(deliver.routing_key)
                )
            )
            return .other
        case UInt32(AMQP_BASIC_ACK_METHOD):
            let ack = decoded(amqp_basic_ack_t.self)
            return .confirmed(tag: ack.delivery_tag, multiple: ack.multiple != 0, isRefused: false)
        case UInt32(AMQP_BASIC_NACK_METHOD):
            let nack = decoded(amqp_basic_nack_t.self)
            return .confirmed(tag: nack.delivery_tag, multiple: nack.multiple != 0, isRefused: true)
        case UInt32(AMQP_BASIC_RETURN_METHOD):
            let returned = decoded(amqp_basic_return_t.self)
            partial = Partial(
                kind: .returned(code: Int(returned.reply_code), reason: TableCoding.text(returned.reply_text))
            )
            return .other
        case UInt32(AMQP_BASIC_CANCEL_METHOD): return .cancelled
        case UInt32(AMQP_CHANNEL_CLOSE_METHOD):
            let close = decoded(amqp_channel_close_t.self)
            return .closed(
                BrokerError(.channelClosed, TableCoding.text(close.reply_text), replyCode: Int(close.reply_code))
            )
        case UInt32(AMQP_CONNECTION_CLOSE_METHOD):
            let close = decoded(amqp_connection_close_t.self)
            return .closed(
                BrokerError(.connectionLost, TableCoding.text(close.reply_text), replyCode: Int(close.reply_code))
            )
        case UInt32(AMQP_CONNECTION_BLOCKED_METHOD):
            return .blocked(TableCoding.text(decoded(amqp_connection_blocked_t.self).reason))
        case UInt32(AMQP_CONNECTION_UNBLOCKED_METHOD): return .unblocked
        default: return .other
        }
    }

    func checkReply(_ reply: amqp_rpc_reply_t, _ request: String) throws(BrokerError) {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_LIBRARY_EXCEPTION:
            // A broker without authentication_failure_close just drops the socket at a wrong password.
            throw BrokerError(.connectionLost, "\(request): \(Self.words(reply.library_error))")
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            guard let decoded = reply.reply.decoded else { break }
            if reply.reply.id == UInt32(AMQP_CHANNEL_CLOSE_METHOD) {
                let close = decoded.assumingMemoryBound(to: amqp_channel_close_t.self).pointee
                throw BrokerError(.refused, TableCoding.text(close.reply_text), replyCode: Int(close.reply_code))
            }
            let close = decoded.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
            // 403 ACCESS_REFUSED during login: user or password.
            throw BrokerError(
                close.reply_code == 403 ? .authenticationFailed : .connectionLost,
                TableCoding.text(close.reply_text),
                replyCode: Int(close.reply_code)
            )
        default: break
        }
        throw BrokerError(.protocolViolation, "\(request): no answer")
    }

    private func failure(_ status: Int32) -> BrokerError {
        let code: BrokerError.Code =
            switch status {
            case AMQP_STATUS_HEARTBEAT_TIMEOUT.rawValue: .heartbeatTimeout
            case AMQP_STATUS_BAD_AMQP_DATA.rawValue, AMQP_STATUS_UNEXPECTED_STATE.rawValue,
                AMQP_STATUS_WRONG_METHOD.rawValue, AMQP_STATUS_UNKNOWN_METHOD.rawValue:
                .protocolViolation
            default: .connectionLost
            }
        return BrokerError(code, Self.words(status))
    }

    private static func words(_ status: Int32) -> String { String(cString: amqp_error_string2(status)) }

    func bytes(_ text: String) -> amqp_bytes_t { TableCoding.bytes(text, in: &arena) }

    private func uncork() {
        var one: Int32 = 1
        // Setting TCP_NODELAY again sends what is corked (tcp(7)).
        _ = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }
}

extension timeval {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}
