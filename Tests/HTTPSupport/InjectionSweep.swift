package import Contracts
import Foundation
import HTTPTypes

/// Writes hostile texts into every place of every operation of a service's document, one at a time: members of bodies, fields of
/// forms, parameters of addresses and headers.
///
/// An operation that is added to the document is tried without anybody thinking of it.
package struct InjectionSweep: Sendable {
    /// What was found.
    package struct Outcome: Sendable {
        /// Requests that were sent.
        package var inputs = 0
        /// Operations and places that they went to.
        package var operations = 0
        package var places = 0
        /// Requests with something hostile in a body that were taken.
        package var accepted = 0
        /// What was taken in bodies: the operation and member, and the text, which must be stored as it was given.
        package var kept: [(place: String, text: String)] = []
        /// One line for each answer that is not as it must be; must be empty.
        package var breaches: [String] = []

        /// For the test's output.
        package func line(_ service: String) -> String {
            "injection: \(service): \(inputs) inputs into \(places) places of \(operations) operations, "
                + "\(accepted) taken, \(breaches.count) failures"
        }
    }

    /// Headers that services read and no document names; all carry the text at once.
    private static let common = [
        "Accept-Language", "Forwarded", "If-None-Match", "Range", "traceparent", "tracestate", "User-Agent",
        "X-Forwarded-For", "X-Request-Id",
    ]

    private let operations: [RequestSketch]
    private let client: ServiceClient
    private let callers: [Role: String]
    private let values: [String: String]
    private let seldom: Set<String>

    /// - Parameters:
    ///   - document: the text of `openapi.yaml`.
    ///   - callers: the units of whoever asks, by role; others ask as somebody of a unit that owns nothing.
    ///   - values: what fits, by the names of members and parameters.
    ///   - seldom: operations whose every request costs a process or a password's hash: each place gets every fifth text.
    /// - Throws: what reading the document throws.
    package init(
        document: String,
        client: ServiceClient,
        callers: [Role: String] = [:],
        values: [String: String] = [:],
        seldom: Set<String> = []
    ) throws {
        operations = RequestSketch.all(of: try JSON(yaml: document))
        (self.client, self.callers, self.values, self.seldom) = (client, callers, values, seldom)
    }

    /// Asks all of it.
    ///
    /// - Parameter prepare: makes what an operation is about, before each request to it, and gives what fits by names.
    package func run(
        prepare: (_ operation: String) async throws -> [String: String] = { _ in [:] }
    ) async throws -> Outcome {
        var outcome = Outcome()
        for operation in operations {
            outcome.operations += 1
            let name = "\(operation.method) \(operation.template)"
            let places = operation.places
            outcome.places += places.count + 1
            for (index, hostile) in HostileText.all.enumerated()
            where !seldom.contains(name) || index.isMultiple(of: 5) {
                for place in places {
                    let own = values.merging(try await prepare(name)) { $1 }
                    try await ask(operation, place, hostile, own, &outcome)
                }
                guard let text = hostile.text else { continue }
                var headers = operation.headers(nil, values: values)
                for name in Self.common { HTTPField.Name(name).map { headers[$0] = text } }
                let own = values.merging(try await prepare(name)) { $1 }
                let body = operation.body(nil, values: own) ?? operation.form(nil, values: own)
                let path = operation.address(nil, values: own)
                let answer = try await send(
                    operation,
                    path,
                    headers,
                    body,
                    isForm: operation.body(nil, values: own) == nil
                )
                note(answer, "\(name) headers", hostile, &outcome)
            }
        }
        return outcome
    }

    private func ask(
        _ operation: RequestSketch,
        _ place: RequestSketch.Place,
        _ hostile: HostileText,
        _ own: [String: String],
        _ outcome: inout Outcome
    ) async throws {
        var body = operation.body(nil, values: own)
        var form = operation.form(nil, values: own)
        var path = operation.address(nil, values: own)
        var headers = operation.headers(nil, values: own)
        // Known again among all that is stored.
        let mark = "h\(outcome.inputs)-"
        var member: String?
        switch place {
        case .member(let way):
            member = "/" + way.joined(separator: "/")
            body = operation.body((way, "\"\(mark)\(hostile.json)\""), values: own)
        case .field(let name):
            guard let text = hostile.text else { return }
            form = operation.form((name, text), values: own)
        case .query, .path:
            guard let text = hostile.text else { return }
            path = operation.address((place, text), values: own)
        case .header(let name):
            guard let text = hostile.text else { return }
            headers = operation.headers((name, text), values: own)
        }
        let answer = try await send(operation, path, headers, body ?? form, isForm: body == nil)
        let name = "\(operation.method) \(operation.template)"
        note(answer, "\(name) \(place)", hostile, &outcome)
        guard let member, (200...299).contains(answer.status) else { return }
        outcome.accepted += 1
        if let text = hostile.text {
            outcome.kept.append(("\(name) \(member)", (mark + text).trimmingCharacters(in: .whitespacesAndNewlines)))
        } else if hostile.name != "an escaped zero" {
            outcome.breaches.append("\(name) \(member): \(hostile.name) was taken")
        }
    }

    private func send(
        _ operation: RequestSketch,
        _ path: String,
        _ headers: HTTPFields,
        _ body: String?,
        isForm: Bool
    ) async throws -> ServiceClient.Answer {
        var headers = headers
        if body != nil, isForm { headers[.contentType] = "application/x-www-form-urlencoded" }
        return try await client.send(
            operation.method,
            path,
            as: caller(operation.right),
            headers: headers,
            body: body.map { Array($0.utf8) }
        )
    }

    private func caller(_ right: String?) -> String? {
        switch right {
        case nil, "anyone", "receipt": return nil
        case "person": return "\(Staff.sweepPerson)/registrar"
        case let name?:
            guard let right = Right(rawValue: name) else { return nil }
            let roles = right.grants.keys.sorted()
            let role = roles.first { callers[$0] != nil } ?? roles.first
            return role.map { "\(callers[$0] ?? Staff.sweepUnit)/\($0.rawValue)" }
        }
    }

    private func note(
        _ answer: ServiceClient.Answer,
        _ place: String,
        _ hostile: HostileText,
        _ outcome: inout Outcome
    ) {
        outcome.inputs += 1
        var wrong = answer.breaches
        if answer.status >= 500 { wrong.append("answers \(answer.status)") }
        for field in answer.headers {
            let isSplit = field.value.utf8.contains { $0 == 13 || $0 == 10 || $0 == 0 }
            if isSplit || ["x-injected", "set-cookie"].contains(field.name.canonicalName) {
                wrong.append("header \(field.name)")
            }
        }
        outcome.breaches += wrong.map { "\(place), \(hostile.name): \($0)" }
    }
}
