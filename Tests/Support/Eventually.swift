/// What was waited for did not come about.
package struct TookTooLong: Error, CustomStringConvertible {
    /// What it was.
    package let description: String
}

/// Asks again and again until the answer is yes: for edges that no signal of ours marks, such as a queue's length.
///
/// The one place of the tests where time passes idly.
///
/// - Throws: ``TookTooLong`` after `limit`; what `condition` throws.
package func eventually(
    _ what: String,
    within limit: Duration = .seconds(60),
    every pause: Duration = .milliseconds(20),
    _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while try await !condition() {
        guard clock.now < end else { throw TookTooLong(description: "not within \(limit): \(what)") }
        try await clock.sleep(for: pause)
    }
}
