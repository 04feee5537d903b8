import Support
import Testing

/// Schedule 26 with the broker's own rhythm.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ConsumerTimeoutTests {
    @Test func `a handler that outlasts the manual's shortest timeout has one effect`()
        async throws
    {
        // «The minimum allowed value is one minute»; channels are looked at once a minute.
        try await ConsumerTimeout.outlasted(seconds: 60, tick: 60)
    }
}
