import Contracts
import Rules

/// What is told while a period stands still (中止), so that nobody forgets to let it run again: one stage of the rules that comes
/// again and again, each time under an id of its own.
extension Stages {
    /// One coming of the stage.
    struct Occurrence: Sendable, Hashable {
        /// Which pause of the period, from 1.
        let pause: Int
        /// Which coming in that pause, from 1.
        let ordinal: Int

        /// As the ledger and events name it: the same coming is told at most once.
        func id(of stage: Stage) -> String { "\(stage.id)-\(pause)-\(ordinal)" }

        /// Reads an id back; nil when it is none of this stage's.
        init?(_ id: String, of stage: Stage) {
            guard id.hasPrefix("\(stage.id)-") else { return nil }
            let numbers = id.dropFirst(stage.id.count + 1).split(separator: "-", omittingEmptySubsequences: false)
                .map { Int($0) }
            guard numbers.count == 2, let pause = numbers[0], let ordinal = numbers[1], pause > 0, ordinal > 0 else {
                return nil
            }
            self.init(pause: pause, ordinal: ordinal)
        }

        /// Creates the coming of a pause.
        init(pause: Int, ordinal: Int) { (self.pause, self.ordinal) = (pause, ordinal) }
    }

    /// What is to be told at `now` of a period that stands still, from `next` on: the latest coming that was reached.
    ///
    /// - Parameters:
    ///   - since: when it began to stand still.
    ///   - pause: its number, from 1.
    ///   - next: what lies ahead as it was placed last; anything but a coming of this pause stands for its first.
    func decision(pausedSince since: Timestamp, pause: Int, next: Next?, now: Timestamp) -> Decision {
        guard let paused, case .paused(let term) = paused.place else { return Decision(fires: [], next: nil) }
        func at(_ ordinal: Int) -> Timestamp { instant(term, times: ordinal, from: since, forward: true) }
        let known = next.flatMap { Occurrence($0.stage, of: paused) }
        let first = known.flatMap { $0.pause == pause ? $0.ordinal : nil } ?? 1
        var ordinal = first
        while at(ordinal) <= now { ordinal += 1 }
        func stage(_ ordinal: Int) -> Stage {
            paused.renamed(Occurrence(pause: pause, ordinal: ordinal).id(of: paused))
        }
        let ahead = Next(stage: stage(ordinal).id, at: at(ordinal))
        guard ordinal > first else { return Decision(fires: [], next: ahead) }
        let fired = Fired(stage: stage(ordinal - 1), overtaken: (first..<ordinal - 1).map(stage))
        return Decision(fires: [fired], next: ahead)
    }

    /// The stage of a coming's id.
    func occurrence(_ id: String) -> Stage? {
        paused.flatMap { stage in Occurrence(id, of: stage).map { _ in stage.renamed(id) } }
    }
}

extension Stages.Stage {
    fileprivate func renamed(_ id: String) -> Self {
        Self(id: id, name: name, basis: basis, place: place, level: level, tells: tells)
    }
}
