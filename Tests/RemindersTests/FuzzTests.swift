import Contracts
import Foundation
import Support
import Testing

@testable import Reminders

/// The stages as data, with changed bytes: a slip in a file is told, and never a crash later.
struct FuzzTests {
    @Test func `stages are read whole or refused, and lead every clock to its end once`() throws {
        let start = Timestamp.now
        let words = ["P3650D", "P3651D", "P0D", "P1M", "5wd", "\"id\":", "\"overdue\""]
        let outcome = Fuzzing("stages", seeds: [Array(try RemindersWorld.shippedStages)], words: words).run { bytes in
            guard let stages = try? Stages(pack: Data(bytes), settling: .seconds(60)) else { return .refused }
            let ids = stages.ordered.map(\.id)
            guard Set(ids).count == ids.count, stages.ordered.filter(\.isEnd) == [stages.end] else {
                return .wrong("\(ids)")
            }
            // Looked at each time that it asks for, a clock of thirty days passes each stage once and ends.
            let due = start + .seconds(30 * 86_400)
            var next: Stages.Next? = stages.first(startedAt: start, dueAt: due)
            var fired: [String] = []
            while let now = next, fired.count <= ids.count {
                let decision = stages.decision(dueAt: due, next: now, now: now.at)
                guard let only = decision.fires.first, decision.fires.count == 1, only.overtaken.isEmpty else {
                    return .wrong("nothing, or several, at \(now)")
                }
                fired.append(only.stage.id)
                next = decision.next
            }
            return fired.last == ids.last && Set(fired).count == fired.count ? .taken : .wrong("\(fired)")
        }
        #expect(outcome.failures == [] && outcome.taken > 20)
    }
}
