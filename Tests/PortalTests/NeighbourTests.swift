import AsyncHTTPClient
import Bootstrap
import NIOCore
import Testing

@testable import Portal

struct NeighbourTests {
    @Test func `a connection is given up long before the service behind it closes it`() {
        let pages = Neighbour.clientConfiguration(nil).connectionPool.idleTimeout
        let services = TimeAmount.nanoseconds(Int64(HTTPConfiguration().idleTimeout / .nanoseconds(1)))
        // Both count from the end of an answer, by clocks that a busy machine lets go late by seconds.
        #expect(pages + .seconds(30) <= services, "\(pages)")
    }
}
