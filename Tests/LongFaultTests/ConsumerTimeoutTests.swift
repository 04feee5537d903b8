import Support
import Testing

/// Schedule 26 with the broker's own rhythm.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ConsumerTimeoutTests {
    @Test func `a handler that outlasts the shortest timeout in the manual is delivered to again, and its effect is one`()
        async throws
    {
        // «The minimum allowed value is one minute»; channels are looked at once a minute.
        try await ConsumerTimeout.outlasted(seconds: 60, tick: 60)
    }
}
