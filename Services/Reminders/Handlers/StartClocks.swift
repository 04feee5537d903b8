import Contracts

/// Starts the clocks of the legs that were given out, and ends those of the legs that were taken back.
///
/// Tells nothing; the sweep does when a stage is reached. Heard after the reply that ended it, a clock begins as one that has ended.
struct StartClocks: ClockReaction {
    func matter(in event: SuggestionAssigned) -> Watch.Matter? {
        Watch.Matter(number: event.number, committee: event.committee)
    }

    func change(_ watch: inout Watch, by event: SuggestionAssigned, version _: Int, stages: Stages) -> Watch.Notice? {
        for leg in event.withdrawn { watch.end(leg, at: event.assignedAt, stages: stages) }
        // A leg is given out once; further rounds of it are Replies' to open.
        for leg in event.legs { watch.start(leg, round: 1, stages: stages) }
        return nil
    }
}
