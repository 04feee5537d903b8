import Contracts
import PostgreSQL

/// What becomes of a delivery once its handling has ended.
package enum Disposition: Sendable, Hashable {
    /// Its effect is committed, or was before: acknowledge.
    case done
    /// It rests on a rung and comes back.
    case retry(rung: Int)
    /// It lies in the parked queue until an operator decides.
    case park(Refusal)
    /// The database or the broker is away: keep it, spend no attempt, try the same again.
    case hold
}

/// Classifies failures; the only place that does.
package enum FailureClass: Sendable, Hashable {
    /// The same attempt will fail for ever.
    case lasting(Refusal)
    /// Another attempt, later, may succeed.
    case repeatable(String)
    /// Nothing is wrong with the message.
    case infrastructure
    /// A conflict with a neighbour (deadlock, serialization): at once again.
    case conflict
    /// A statement took longer than it may: the server's fault or the message's own, which only attempts can tell.
    case overtime(String)

    /// The class of an error thrown while a message was handled.
    package init(_ error: any Error) {
        self =
            switch error {
            case let refusal as Refusal: .lasting(refusal)
            case let error as DecodingError: .lasting(Refusal(error))
            case let error as DatabaseError where error.isInfrastructure: .infrastructure
            case let error as DatabaseError where error.isRetryable: .conflict
            case let error as DatabaseError where error.state == .queryCanceled: .overtime(error.description)
            case let error as DatabaseError: .repeatable(error.description)
            case is CancellationError: .infrastructure
            // The type alone: an error of a handler may carry what a person wrote.
            default: .repeatable(String(describing: type(of: error)))
            }
    }

    /// What follows for a message that has failed `attempt` times before, on a ladder of `rungs` rungs.
    package func disposition(attempt: Int, rungs: Int) -> Disposition {
        switch self {
        case .lasting(let refusal): .park(refusal)
        case .infrastructure: .hold
        case .repeatable(let text), .overtime(let text): Self.next(attempt, rungs, text)
        case .conflict: Self.next(attempt, rungs, "conflicts with its neighbours")
        }
    }

    private static func next(_ attempt: Int, _ rungs: Int, _ text: String) -> Disposition {
        attempt < rungs ? .retry(rung: attempt) : .park(Refusal(.attemptsSpent, "\(attempt + 1) attempts; \(text)"))
    }
}
