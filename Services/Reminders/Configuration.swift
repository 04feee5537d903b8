import Bootstrap

/// What Reminders reads of its configuration, beside what every service does. Keys, in the section `reminders`:
///
/// - `stagesFile` (text, required): the stages of a period.
/// - `settling` (seconds, `60`): how long after the end of a period it is judged, so that a reply issued in its last moments
///   has been heard of by then.
struct Configuration: Sendable {
    let stages: Stages

    init(settings: Settings) async throws(ConfigurationError) {
        // An hour is far more than any message takes while the servers are up.
        let settling = try await settings.duration("settling", in: .zero ... .seconds(3_600), default: .seconds(60))
        stages = try await settings.file("stagesFile") { try Stages(json: $0, settling: settling) }
    }
}
