import Bootstrap

/// What the Dashboard reads of its configuration, beside what every service does. Keys, in the section `dashboard`:
///
/// - `renewal` (seconds, `0.2`): between two looks at whether the figures have moved.
struct Configuration: Sendable {
    let renewal: Duration

    init(settings: Settings) async throws {
        renewal = try await settings.duration(
            "renewal",
            in: .milliseconds(10)...(.seconds(60)),
            default: .milliseconds(200)
        )
    }
}
