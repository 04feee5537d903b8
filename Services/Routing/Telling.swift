import Contracts
import Messaging

extension EventTransaction {
    /// Publishes what a decision about a matter tells, in the order in which it was decided.
    func tell(_ told: [Matter.Told], about matter: Matter, by act: Act, following origin: Origin = .here) throws {
        // The matter's version is that of the last event: the ones before it count back from there.
        for (index, event) in told.enumerated() {
            let version = matter.version - told.count + index + 1
            switch event {
            case .accepted(let body):
                try publish(body, about: matter.id, version: version, act: act, following: origin)
            case .refused(let body):
                try publish(body, about: matter.id, version: version, act: act, following: origin)
            case .assigned(let body):
                try publish(body, about: matter.id, version: version, act: act, following: origin)
            }
        }
    }
}
