package import Contracts
import Foundation
import HTTPTypes

/// Asks every operation that the table of rights opens to a unit's own (本单位), once as the unit that a thing belongs to and once as
/// another.
///
/// The first must get through, the second as if the thing were not there. So with what is a person's own (本人), of which a system in
/// that role has nothing either.
///
/// An operation that is added to the document is asked without anybody thinking of it.
package struct OwnershipSweep: Sendable {
    /// What an operation is about.
    package struct Thing: Sendable {
        /// The unit that it belongs to; of what is a person's own, `person:` with the id.
        package var owner: String
        /// What fits, by the names of members and parameters.
        package var values: [String: String]
        /// Words that only an answer about it has; none where the answer is a picture.
        package var marks: [String]
        /// How it is refused to others that write.
        package var refusals: Set<Int>

        /// Names it.
        package init(
            owner: String,
            values: [String: String] = [:],
            marks: [String] = [],
            refusals: Set<Int> = [403, 404]
        ) {
            (self.owner, self.values, self.marks, self.refusals) = (owner, values, marks, refusals)
        }
    }

    /// What was found.
    package struct Outcome: Sendable {
        /// An operation, a role, and the own or another unit each.
        package var cells = 0
        /// One line for each cell that is not as the table says; must be empty.
        package var breaches: [String] = []

        /// For the test's output.
        package func line(_ service: String) -> String {
            "own and foreign: \(service): \(cells) cells, \(breaches.count) failures"
        }
    }

    private let operations: [RequestSketch]
    private let client: ServiceClient

    /// - Parameter document: the text of `openapi.yaml`.
    /// - Throws: what reading the document throws.
    package init(document: String, client: ServiceClient) throws {
        operations = RequestSketch.all(of: try JSON(yaml: document))
        self.client = client
    }

    /// Asks all of it.
    ///
    /// - Parameters:
    ///   - own: the operations that are about nothing of others and make something of the caller's own, by their names: each of the
    ///     table's that is asked within a unit is either here or prepared.
    ///   - prepare: makes what an operation is about, before each request; nil for one that is not limited to a unit.
    package func run(
        own: Set<String> = [],
        prepare: (_ operation: String, _ role: Role) async throws -> Thing?
    ) async throws -> Outcome {
        var outcome = Outcome()
        for operation in operations {
            let grants = operation.right.flatMap(Right.init(rawValue:))?.grants ?? [:]
            let name = "\(operation.method) \(operation.template)"
            for role in grants.keys.sorted() {
                func note(_ who: String, _ answer: ServiceClient.Answer, _ isRight: Bool) {
                    outcome.cells += 1
                    outcome.breaches += answer.breaches.map { "\(name) as \(who) \(role): \($0)" }
                    if !isRight { outcome.breaches.append("\(name) as \(who) \(role): \(answer.status)") }
                }
                guard let thing = try await prepare(name, role) else {
                    // What nobody has prepared would pass untried.
                    if grants[role] != .all, !own.contains(name) {
                        outcome.breaches.append("\(name) as \(role): not tried")
                    }
                    continue
                }
                for stranger in grants[role] == .own ? [Staff.sweepUnit, Staff.sweepPerson] : [Staff.sweepUnit] {
                    let other = try await ask(operation, thing, as: "\(stranger)/\(role.rawValue)")
                    if grants[role] == .all {
                        note("anyone", other, ![401, 403, 404].contains(other.status))
                        continue
                    }
                    let isTold = thing.marks.contains { other.text.contains($0) }
                    let isRead = operation.method == .get && (200...299).contains(other.status)
                    note("another's", other, !isTold && (isRead || thing.refusals.contains(other.status)))
                }
                if grants[role] == .all { continue }
                let own = try await ask(operation, thing, as: "\(thing.owner)/\(role.rawValue)")
                let isSeen = operation.method != .get || thing.marks.allSatisfy { own.text.contains($0) }
                note("its own", own, isThrough(own) && isSeen)
            }
        }
        return outcome
    }

    /// Whether it was done, or could have been at another time.
    private func isThrough(_ answer: ServiceClient.Answer) -> Bool {
        (200...299).contains(answer.status) || answer.status == 409
    }

    private func ask(_ operation: RequestSketch, _ thing: Thing, as caller: String) async throws -> ServiceClient.Answer
    {
        let body = operation.body(nil, values: thing.values)
        return try await client.send(
            operation.method,
            operation.address(nil, values: thing.values),
            as: caller,
            headers: operation.headers(nil, values: thing.values),
            body: body.map { Array($0.utf8) }
        )
    }
}

extension ServiceClient.Answer {
    fileprivate var text: String { String(decoding: body, as: UTF8.self) }
}
