import Contracts
import Foundation
import HTTPSupport
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Directory

/// Binjiang's units and people in a running Directory.
extension DirectoryWorld {
    static func file(_ name: String) -> String { Documents.root.appending(path: "Deploy/Directory/\(name).csv").path }

    /// Takes the shipped units, and the shipped people too where asked.
    @discardableResult
    func settle(people: Bool = false) async throws -> [ImportOutcome] {
        let (units, folk) = (
            try UnitsFile.read(Self.file("units")).map(\.form), try PeopleFile.read(Self.file("people")).map(\.form)
        )
        return try await engine.outbox.transaction { transaction in
            let outcomes = try await UnitsFile.take(units, isDry: false, in: transaction)
            guard people else { return outcomes }
            return outcomes + (try await PeopleFile.take(folk, isDry: false, in: transaction))
        }
    }

    /// A person whom there must be.
    func known(_ login: String) async throws -> Dossier {
        try #require(
            try await engine.database.transaction {
                try await DirectoryStore.dossier(login: login, locking: false, in: $0)
            }
        )
    }

    /// Asks for a role as a person would, and gives the id of what was asked for.
    func register(_ login: String, _ role: String, _ unit: String, more: String = "") async throws -> String {
        let answer = try await client.post("/v1/registrations", Self.form(login, role, unit, more: more))
        #expect(answer.breaches == [])
        #expect(answer.status == 202, "\(answer.faults)")
        return try #require(answer.json["registration"]?.text)
    }

    static func form(_ login: String, _ role: String, _ unit: String, more: String = "") -> String {
        #"{"login":"\#(login)","name":"张三","role":"\#(role)","unit":"\#(unit)"\#(more)}"#
    }

    /// Each act about a person: who, under which right.
    func peopleActs() async throws -> [String] {
        try await engine.database.query(
            "SELECT actor, authority FROM acts WHERE name = 'person.changed' ORDER BY occurred_at, id"
        )
        .map { try $0["actor", as: String.self] + " " + $0["authority", as: String.self] }
    }
}
