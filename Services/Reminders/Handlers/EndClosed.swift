import Contracts

/// Ends every clock of a matter that was closed, those too whose beginning has not been heard yet.
///
/// Tells nothing: of what had run out before, the sweep tells.
struct EndClosed: ClockReaction {
    func change(_ watch: inout Watch, by event: SuggestionClosed, version _: Int, stages: Stages) -> Watch.Notice? {
        watch.close(at: event.closedAt, stages: stages)
        return nil
    }
}
