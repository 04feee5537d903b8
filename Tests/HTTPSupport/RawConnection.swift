import NIOCore
import NIOPosix

/// A connection that says byte for byte what a test wants said.
package struct RawConnection: Sendable {
    private let inbound: NIOAsyncChannelInboundStream<ByteBuffer>
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

    /// Connects to a port of this machine, lends the connection, and closes it.
    package static func open<Result: Sendable>(
        port: Int,
        _ body: @Sendable (Self) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(Self(inbound: inbound, outbound: outbound))
        }
    }

    /// Sends a text; line feeds become the CR LF of HTTP.
    package func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text.replacing("\n", with: "\r\n")))
    }

    /// Reads until the other end closes.
    package func rest() async throws -> String {
        var all = ByteBuffer()
        for try await var part in inbound { all.writeBuffer(&part) }
        return String(buffer: all)
    }

    /// Reads until the text so far contains another, or the other end closes.
    package func read(until end: String) async throws -> String {
        var text = ""
        for try await part in inbound {
            text += String(buffer: part)
            if text.contains(end) { break }
        }
        return text
    }
}
