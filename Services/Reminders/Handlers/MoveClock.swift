import Contracts

/// Lets a running period stand still, run again or end at another moment as its owner tells, and moves the stages that lie ahead
/// with it.
///
/// That it does is recorded once and put before its department and committee; no event follows, since the owner's is one. What was
/// told stays told, and of one end a stage never comes twice. Heard before the period itself a change begins it, and one that arrives
/// behind a later one changes nothing and is not news: the two owners promise no order between each other, nor do two replicas.
struct MoveClock: ClockReaction {
    func change(_ watch: inout Watch, by event: ClockChanged, version: Int, stages: Stages) -> Watch.Notice? {
        let clock = RunningClock.ID(assignment: event.assignment, round: event.round)
        watch.move(clock, of: event.department, to: event.clock, change: version, stages: stages)
        guard let moved = watch.clocks.first(where: { $0.id == clock }), moved.change == version,
            let stage = Stages.moved(by: event, change: version)
        else { return nil }
        return Watch.Notice(clock: moved, fired: stage, skipped: [])
    }
}
