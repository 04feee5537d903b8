import Contracts

/// Ends the clock of a leg's round with the reply, by the moment at which that was issued.
///
/// Tells nothing itself: of a reply that was late the sweep still tells that the period had ended. Heard before the leg was, the
/// end waits for it.
struct EndAnswered: ClockReaction {
    func change(_ watch: inout Watch, by event: ReplyIssued, version _: Int, stages: Stages) -> Watch.Notice? {
        watch.end(event.assignment, through: event.round, at: event.issuedAt, stages: stages)
        return nil
    }
}
