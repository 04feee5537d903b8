import Bootstrap
import Contracts
import Hummingbird

/// The HTTP contract of excuses: what a department says beside an end that it has missed (说明逾期原因).
struct ExcuseRoutes: Sendable {
    /// Characters of an excuse.
    private static let textLimit = 2_000

    let desk: ExcuseDesk

    func add(to router: GuardedRouter) {
        router.on(.post, "/v1/clocks/{assignment}/breaches/{round}/excuses", .excuseBreaches) {
            try await excuse($0, $1, $2)
        }
    }

    private func excuse(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let assignment: AssignmentID = try context.id("assignment")
        // What is no number is no round of anything.
        guard let round = Int32(try context.parameters.require("round")), round > 0 else { throw Problem.notFound() }
        let form: ExcuseForm = try await request.decodeBody(context: context)
        let (text, breaches) = TextRule(limit: Self.textLimit).readMasked(form.text)
        guard breaches.isEmpty else {
            throw Problem.invalid(breaches.map { .init(pointer: "/text", rule: $0.rule, message: $0.words) })
        }
        do {
            let excuse = try await desk.excuse(
                RunningClock.ID(assignment: assignment, round: Int(round)),
                text: text,
                for: DepartmentCode(rawValue: permit.caller.unit),
                by: permit.caller.actor
            )
            return try .json(excuse, status: .created)
        } catch let refusal as ExcuseDesk.Refusal {
            switch refusal {
            case .unknown: throw Problem.notFound("no such leg")
            case .noBreach: throw Problem.conflict("没有逾期，无须说明 · this end was not missed")
            case .full: throw Problem.conflict("已说明\(ExcuseDesk.limit)次 · said \(ExcuseDesk.limit) times already")
            }
        }
    }
}

private struct ExcuseForm: Decodable {
    let text: String
}
