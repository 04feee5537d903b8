import Contracts

/// Starts the clocks of the round that a dissatisfied verdict opens.
///
/// Tells nothing. Each round has a clock of its own, so that an older one heard of later overwrites nothing.
struct StartNextRound: ClockReaction {
    func concerns(_ event: ReplyEvaluated) -> Bool { !event.reopened.isEmpty }

    func change(_ watch: inout Watch, by event: ReplyEvaluated, version _: Int, stages: Stages) -> Watch.Notice? {
        for leg in event.reopened { watch.start(leg, round: event.round + 1, stages: stages) }
        return nil
    }
}
