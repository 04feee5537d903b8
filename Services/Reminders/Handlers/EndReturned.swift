import Contracts

/// Ends every clock of a leg that its department has given back: what follows is a leg of its own.
///
/// Tells nothing. Heard before the leg was, the end waits for it.
struct EndReturned: ClockReaction {
    func change(_ watch: inout Watch, by event: AssignmentReturned, version _: Int, stages: Stages) -> Watch.Notice? {
        watch.end(event.assignment, at: event.returnedAt, stages: stages)
        return nil
    }
}
