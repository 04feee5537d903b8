import Foundation
import Support
import Testing

@testable import Operator

/// `ebinda codes …` as an operator types it.
@Suite(.timeLimit(.minutes(5)))
struct CodesCommandTests {
    private static let units = """
        INSERT INTO directory.units (code, id, version, kind, name, state, changed_at) VALUES
        ('ST-00', gen_random_uuid(), 1, 'station', '总站', 'active', now()),
        ('ST-X01', gen_random_uuid(), 1, 'station', '一站', 'active', now()),
        ('ST-X02', gen_random_uuid(), 1, 'station', '二站', 'ended', now())
        """

    @Test func `codes are made for every station, rotated, printed and ended`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(TestStack.uniqueName()).pdf").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            try await world.fill(Self.units)
            func lines(_ arguments: [String]) async throws -> [[String]] {
                let result = try await world.command(["codes"] + arguments)
                #expect(result.status == 0, "\(result.errors)")
                return result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            }
            let made = try await lines(["issue", "--stations"])
            #expect(made.count == 2, "one for each that is open")
            #expect(made.allSatisfy { $0[1].wholeMatch(of: /HTTP:\/\/127\.0\.0\.1:8080\/C\/[0-9A-Z]{24}/) != nil })
            #expect(try await lines(["issue", "--stations"]) == [])
            let code = made[0][0]
            let rotated = try await lines(["rotate", code, "--grace-days", "14"])
            #expect(rotated.count == 1 && rotated[0][0] != made[0][1])
            #expect(try await lines(["sheet", "--size", "A6", "--output", file]) == [])
            let pdf = try Data(contentsOf: URL(filePath: file))
            #expect(pdf.starts(with: Array("%PDF-".utf8)))
            #expect(try await lines(["revoke", code, "--reason", "海报丢失"]) == [])
            #expect(try await lines(["list", "--unit", "ST-00"]) == [[code, "station", "ST-00", "revoked", "0", "0"]])
            // Behind what the log says of connections.
            for (arguments, words) in [
                (["rotate", code], "directory: CODE: it has been revoked; make another\n"),
                (["revoke", "01890000-0000-7000-8000-000000000000"], "directory: CODE: there is no such code\n"),
                (
                    ["sheet", "--station", "ST-00", "--output", file],
                    "directory: --station: no station has a good code"
                ),
                (["sheet", "--output", "/nowhere/x"], "directory: --output: /nowhere/x cannot be written\n"),
                (["issue", "--kind", "station", "--of", "ST-X02"], "directory: --of: 没有这个站点或代表"),
                (
                    [
                        "issue", "--kind", "station", "--of", "ST-X01", "--place", " ", "--until",
                        "2020-01-01T00:00:00Z",
                    ],
                    "directory: --place: 不能为空 · must not be empty; --until: 须晚于"
                ),
            ] {
                let refused = try await world.command(["codes"] + arguments)
                #expect(refused.status == 2 && refused.errors.contains(words), "\(arguments): \(refused.errors)")
            }
        }
    }
}
