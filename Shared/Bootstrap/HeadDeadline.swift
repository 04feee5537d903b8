import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection whose next request does not begin in time, however busily it trickles: a head that comes one byte at a time
/// resets every timer that waits for silence, and holds one of the connections that others need.
///
/// The time runs from the opening, and from the end of each answer, until a request's head is there; bodies have a time of
/// their own. A value for each connection, used by its event loop alone.
final class HeadDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let time: TimeAmount
    /// Since when a head is waited for; nil while a request is in hand.
    private var waitingSince: NIODeadline?
    /// One for many requests: it looks when it is due, and is set anew for what is left, so that a request costs a glance at the
    /// clock.
    private var look: Scheduled<Void>?

    init(_ time: TimeAmount) { self.time = time }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        look?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { look?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) { waitingSince = nil }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { start(context) }
        context.write(data, promise: promise)
    }

    private func start(_ context: ChannelHandlerContext) {
        waitingSince = .now()
        if look == nil { arm(context, in: time) }
    }

    private func arm(_ context: ChannelHandlerContext, in time: TimeAmount) {
        look = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.judge(context) }
    }

    private func judge(_ context: ChannelHandlerContext) {
        look = nil
        // While a request is in hand nothing is waited for; the end of its answer sets the next look.
        guard let waitingSince else { return }
        let left = waitingSince + time - .now()
        if left > .nanoseconds(0) { arm(context, in: left) } else { context.close(promise: nil) }
    }
}
