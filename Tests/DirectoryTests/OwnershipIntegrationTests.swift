import Contracts
import Foundation
import HTTPSupport
import Messaging
import Support
import Testing

@testable import Directory

/// People and codes of a unit are its registrar's and its liaison officer's alone, at every endpoint of Directory.
@Suite(.timeLimit(.minutes(5)))
struct OwnershipIntegrationTests {
    private static let (unit, station) = ("zhujian", "ST-X01")

    private struct Made {
        let login: String
        let person: String
        let holding: String
    }

    private func login() -> String { "own.\(UUIDv7.make().lowercaseText.suffix(12))" }

    /// Somebody in the unit, in a role that whoever asks may give: an operator's are operators and registrars alone.
    private func member(_ directory: DirectoryWorld, for asker: Role) async throws -> Made {
        let login = login()
        let (role, caller) =
            asker == .operator ? ("registrar", "operator/operator") : ("clerk", "\(Self.unit)/registrar")
        let form = DirectoryWorld.form(login, role, Self.unit)
        let answer = try await directory.client.post("/v1/people", form, as: caller)
        return Made(
            login: login,
            person: try #require(answer.json["person"]?["id"]?.text ?? answer.json["id"]?.text, "\(answer.json)"),
            holding: try #require(answer.json["holding"]?["holding"]?.text, "\(answer.json)")
        )
    }

    private func aboutPeople(
        _ operation: String,
        _ role: Role,
        _ directory: DirectoryWorld
    ) async throws -> OwnershipSweep.Thing? {
        func thing(_ values: [String: String], _ marks: [String] = []) -> OwnershipSweep.Thing {
            OwnershipSweep.Thing(owner: Self.unit, values: values.merging(["reason": "调离"]) { $1 }, marks: marks)
        }
        switch operation {
        case "POST /v1/people":
            return thing([
                "login": login(), "name": "张三", "role": role == .operator ? "registrar" : "clerk", "unit": Self.unit,
            ])
        case "GET /v1/people":
            // The last of all on the page that begins behind the ones before it.
            let made = try await member(directory, for: role)
            return thing(["after": String(made.login.dropLast())], [made.login])
        case "GET /v1/registrations", "POST /v1/registrations/{holding}/confirm",
            "POST /v1/registrations/{holding}/refuse":
            let login = login()
            let holding = try await directory.register(login, "clerk", Self.unit)
            return thing(["holding": holding], [holding])
        case "GET /v1/people/{id}", "POST /v1/people/{id}/invitation", "POST /v1/people/{id}/export",
            "POST /v1/people/{id}/erasure":
            let made = try await member(directory, for: role)
            return thing(["id": made.person], [made.login])
        case "POST /v1/holdings/{holding}/end":
            return thing(["holding": try await member(directory, for: role).holding])
        case "POST /v1/holdings/{holding}/substitute":
            let (away, present) = (try await member(directory, for: role), try await member(directory, for: role))
            return thing(["holding": away.holding, "person": present.person])
        default: return nil
        }
    }

    private func aboutCodes(
        _ operation: String,
        _ role: Role,
        _ directory: DirectoryWorld
    ) async throws -> OwnershipSweep.Thing? {
        let code = try await directory.code(#"{"kind":"station","of":"\#(Self.station)"}"#).id
        func thing(_ values: [String: String], _ marks: [String] = []) -> OwnershipSweep.Thing {
            let owner = role == .registrar ? "binjiang" : Self.station
            return OwnershipSweep.Thing(owner: owner, values: values, marks: marks)
        }
        switch operation {
        case "POST /v1/codes": return thing(["kind": "station", "of": Self.station])
        case "GET /v1/codes": return thing([:], [code])
        case "POST /v1/codes/{code}/rotate", "POST /v1/codes/{code}/revoke":
            return thing(["code": code, "reason": "换新"])
        case "GET /v1/codes/{code}/qr.svg": return thing(["code": code], ["<svg"])
        case "GET /v1/codes/{code}/qr.png": return thing(["code": code], ["IHDR"])
        case "GET /v1/sheets/{station}.pdf": return thing(["station": Self.station], ["%PDF"])
        // What nobody has is no sheet.
        case "GET /v1/sheets.pdf": return thing([:], ["%PDF"])
        default: return nil
        }
    }

    @Test func `what belongs to a unit is as if it were not there for all others, at every endpoint`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle()
            let sweep = try OwnershipSweep(document: Documents.openAPI(of: .directory), client: directory.client)
            let outcome = try await sweep.run { operation, role in
                if operation.contains("/codes") || operation.contains("/sheets") {
                    return try await aboutCodes(operation, role, directory)
                }
                return try await aboutPeople(operation, role, directory)
            }
            print(outcome.line("directory"))
            #expect(outcome.breaches == [] && outcome.cells >= 50)
        }
    }
}
