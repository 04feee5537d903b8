import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Testing

@testable import Operator

/// `ebinda` as an operator types it: a process, its output, its exit status.
@Suite(.timeLimit(.minutes(5)))
struct CommandTests {
    @Test(arguments: [
        (["dead-letters", "list", "nobody"], "ebinda: "), (["dance"], "ebinda: "), (["seed"], "ebinda: "),
        (["dead-letters", "replay", "routing"], "ebinda: "), (["dead-letters", "discard", "routing", "x"], "ebinda: "),
        (["status", "--verbose"], "ebinda: "),
        (["status", "--configuration", "/nowhere/x"], "ebinda: configuration: "),
        (["migrate", "--configuration", "/nowhere/x"], "ebinda: configuration: "),
        (
            ["seed", "--rules", "/nowhere/x", "--secrets", "/nowhere/t"],
            "directory: --rules: /nowhere/x cannot be read"
        ),
    ])
    func `a wrong argument or configuration is one line and status 2`(arguments: [String], beginning: String)
        async throws
    {
        let result = try await Command(arguments).run()
        #expect(result.status == 2)
        #expect(result.output == "")
        #expect(
            result.errors.hasPrefix(beginning) && result.errors.split(separator: "\n").count == 1,
            "\(result.errors)"
        )
    }

    @Test func `what is wrong in the environment is named by its variable`() async throws {
        let result = try await Command(["status"], ["EBINDA_DATABASE_HOSTS": "nowhere"]).run()
        #expect(result.status == 2)
        #expect(
            result.errors
                == "ebinda: configuration: database.hosts (EBINDA_DATABASE_HOSTS): must be host:port, several separated by commas\n"
        )
    }

    @Test func `servers that are away are one line and status 1`() async throws {
        let result = try await Command(
            ["dead-letters", "list", "routing"],
            ["EBINDA_BROKER_ADDRESSES": "127.0.0.1:1", "EBINDA_BROKER_PASSWORD": "hush-hush"]
        ).run()
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("ebinda: ") && result.errors.split(separator: "\n").count == 1)
        #expect(!result.errors.contains("hush-hush"))
    }

    @Test func `help is help, and asks for nothing`() async throws {
        let result = try await Command(["--help"]).run()
        #expect(result.status == 0 && result.errors == "")
        for word in ["migrate", "seed", "status", "dead-letters", "dashboard"] { #expect(result.output.contains(word)) }
    }

    @Test func `seed makes an account a system once, with a secret for its owner's eyes alone, and none for people`()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName()).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let rules = Documents.root.appending(path: "Deploy/Rules/routing.json").path
        let arguments = ["seed", "--rules", rules, "--secrets", folder]
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            let first = try await world.command(arguments)
            #expect(first.status == 0 && first.output.hasSuffix(" of them new\n"), "\(first.errors)")
            func secrets() throws -> [String: String] {
                let names = try FileManager.default.contentsOfDirectory(atPath: folder)
                return try names.reduce(into: [:]) {
                    $0[$1] = try String(contentsOfFile: "\(folder)/\($1)", encoding: .utf8)
                }
            }
            let made = try secrets()
            #expect(["chengguan", "operator", "screen"].allSatisfy { made[$0] != nil })
            #expect(["chengjian", "deputy"].allSatisfy { made[$0] == nil }, "officers and deputies sign in")
            let roles = try await world.command(["accounts", "list"]).output.split(separator: "\n").map {
                String($0.split(separator: " ")[2])
            }
            #expect(Set(roles) == ["department", "operator", "screen"])
            #expect(Set(made.values).count == made.count)
            for (name, secret) in made {
                #expect(!first.output.contains(secret))
                let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.posixPermissions]
                #expect(mode as? Int == 0o600, "\(name)")
            }
            let second = try await world.command(arguments)
            #expect(second.status == 0 && second.output.hasSuffix(", 0 of them new\n"))
            #expect(try secrets() == made)
            let listed = try await world.command(["accounts", "list"])
            #expect(listed.output.contains("zhujian zhujian department active\n"), "\(listed.errors)")
            #expect(try await world.command(["accounts", "end", "zhujian"]).status == 0)
            #expect(
                try await world.command(["accounts", "list"]).output.contains("zhujian zhujian department ended\n")
            )
            #expect(try await world.command(["accounts", "end", "nobody"]).status == 2)
            let renewed = try await world.command(["accounts", "renew", "jiaoyu"])
            #expect(renewed.status == 0 && !made.values.contains(renewed.output), "\(renewed.errors)")
            #expect(try await world.command(arguments).output.hasSuffix(", 0 of them new\n"))
            let after = try await world.command(["accounts", "list"])
            #expect(after.output.contains("zhujian zhujian department ended\n"), "ended is ended")
        }
    }

    /// What Kerberos leaves in a thread made commands abort that had done their work: its lock is gone while the thread still ends.
    @Test func `a connection to the database asks no Kerberos`() async throws {
        // The library writes here as soon as anything uses it (krb5.conf(5), KRB5_TRACE).
        let trace = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName()).path
        defer { try? FileManager.default.removeItem(atPath: trace) }
        try await OperatedWorld.with { world in
            let migrated = try await world.command(["migrate"], ["KRB5_TRACE": trace])
            #expect(migrated.status == 0, "\(migrated.errors)")
            #expect(!FileManager.default.fileExists(atPath: trace))
        }
    }

    @Test
    func `units and people come from files: a line for each, status 2 when some are refused, the same the second time`()
        async throws
    {
        let file = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName())
        defer { try? FileManager.default.removeItem(at: file) }
        func shipped(_ name: String) -> String { Documents.root.appending(path: "Deploy/Directory/\(name).csv").path }
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            let dry = try await world.command(["units", "import", shipped("units"), "--dry-run"])
            #expect(dry.status == 0 && dry.output.hasPrefix("2 made\n3 made\n"), "\(dry.errors)")
            #expect(dry.output.hasSuffix("\n113 made, 0 changed, 0 same, 0 refused; nothing written\n"))
            for summary in ["113 made, 0 changed, 0 same", "0 made, 0 changed, 113 same"] {
                let units = try await world.command(["units", "import", shipped("units")])
                #expect(units.status == 0 && units.output.hasSuffix("\n\(summary), 0 refused\n"), "\(units.errors)")
            }
            let lines = [
                "login,name,role,unit", "zhang.san,张三,clerk,zhujian", "li.si,李四,king,zhujian",
                "x,\"王,五\",signer,xixing",
            ]
            try ("\u{FEFF}" + lines.joined(separator: "\r\n")).write(to: file, atomically: true, encoding: .utf8)
            let people = try await world.command(["people", "import", file.path])
            #expect(people.status == 2)
            #expect(
                people.output == """
                    2 made
                    3 refused: role unknown
                    4 refused: login login
                    1 made, 0 changed, 0 same, 2 refused

                    """,
                "\(people.errors)"
            )
            #expect(try await world.command(["people", "end", "zhang.san"]).status == 0)
            let ended = try await world.command(["people", "import", file.path])
            #expect(ended.output.hasPrefix("2 refused: login ended\n"), "\(ended.output)")
            #expect(try await world.command(["people", "end", "nobody"]).status == 2)
            let missing = try await world.command(["people", "import", "/nowhere/x"])
            #expect(missing.status == 2 && missing.errors == "directory: FILE: /nowhere/x cannot be read\n")
        }
    }

    @Test func `seed makes the shipped units and people once and leaves what was changed since`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName()).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func shipped(_ path: String) -> String { Documents.root.appending(path: "Deploy/\(path)").path }
        let arguments = [
            "seed", "--rules", shipped("Rules/routing.json"), "--secrets", folder, "--units",
            shipped("Directory/units.csv"), "--people", shipped("Directory/people.csv"),
        ]
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            let first = try await world.command(arguments)
            #expect(first.status == 0, "\(first.errors)")
            #expect(first.output.hasPrefix("units: 113 made, 0 changed, 0 same, 0 refused\npeople: 420 made, "))
            // What Directory tells lies with each that listens.
            #expect(try await world.count("intake.work") >= 533)
            let second = try await world.command(arguments)
            #expect(second.output.hasPrefix("units: 0 made, 0 changed, 0 same, 0 refused\npeople: 0 made, "))
        }
    }

    @Test func `keys are listed, rotated and revoked, and somebody can always sign`() async throws {
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            func keys() async throws -> [[Substring]] {
                try await world.command(["keys", "list"]).output.split(separator: "\n").map { $0.split(separator: " ") }
            }
            let first = try await keys()
            #expect(first.count == 1 && first[0].last == "signs")
            let rotated = try await world.command(["keys", "rotate"])
            #expect(rotated.status == 0, "\(rotated.errors)")
            let both = try await keys()
            #expect(
                both.count == 2 && both[0].last == "signs" && both[1].count == 2,
                "the new one is told before it signs"
            )
            #expect(try await world.command(["keys", "revoke", String(first[0][0])]).status == 0)
            let left = try await keys()
            #expect(left.contains { $0.last == "signs" } && !left.contains { $0[0] == first[0][0] })
            #expect(try await world.command(["keys", "revoke", "k-none"]).status == 2)
        }
    }

    @Test func `migrate, status, and dead letters to their end`() async throws {
        try await OperatedWorld.with { world in
            let first = try await world.command(["migrate"])
            #expect(first.status == 0, "\(first.errors)")
            for service in ServiceName.all {
                #expect(
                    first.output.contains("\(service): applied") && first.output.contains("\(service): queues declared")
                )
            }
            let second = try await world.command(["migrate"])
            #expect(second.status == 0 && !second.output.contains("applied"))

            let calm = try await world.command(["status"])
            #expect(calm.status == 0 && calm.output.hasSuffix("nothing wants an operator\n"))

            try await world.park(["a", "b", "c"])
            let troubled = try await world.command(["status"])
            #expect(troubled.status == 1)
            #expect(troubled.output.contains("- routing: 3 parked messages (ebinda dead-letters list routing)"))

            let list = try await world.command(["dead-letters", "list", "routing"])
            #expect(list.status == 0 && list.output.hasSuffix("3 parked\n"))
            let ids = list.output.split(separator: "\n").dropLast().map { String($0.prefix { $0 != " " }) }
            #expect(Set(ids).count == 3)
            let show = try await world.command(["dead-letters", "show", "routing", ids[0]])
            #expect(show.output.contains("reason: unknown-type") && show.output.contains(#"{"word":"a"}"#))

            #expect(try await world.command(["dead-letters", "show", "routing", "none"]).status == 1)
            #expect(try await world.command(["dead-letters", "replay", "routing", ids[0], "none"]).status == 1)
            // The keys of tokens were told when Directory was set up, and nobody listens here.
            let told = try await world.count("routing.work")
            #expect(told == 1, "nothing is sent when one of them is not there")

            let replayed = try await world.command(["dead-letters", "replay", "routing", ids[0]])
            #expect(replayed.status == 0 && replayed.output == "1 sent back\n")
            #expect(try await world.count("routing.work") == told + 1)

            let discarded = try await world.command([
                "dead-letters", "discard", "routing", ids[1], "--by", "wang", "--reason", "a test",
            ])
            #expect(discarded.status == 0 && discarded.output == "1 discarded\n", "\(discarded.errors)")
            #expect(try await world.acts() == ["operator:wang dead-letters.discard: a test"])

            let all = try await world.command(["dead-letters", "replay", "routing", "--all"])
            #expect(all.output == "1 sent back\n")
            #expect(try await world.command(["dead-letters", "list", "routing"]).output == "0 parked\n")
        }
    }

    @Test func `the screen is rebuilt by the same command`() async throws {
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            let rebuilt = try await world.command(["dashboard", "rebuild"])
            #expect(rebuilt.status == 0 && rebuilt.output.hasSuffix("equal\n"), "\(rebuilt.errors)")
            #expect(rebuilt.output.hasPrefix("0 acts folded\n"))
        }
    }

    @Test func `an audit finds a change, a gap, a swap and a cut tail, and says where`() async throws {
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            let ids = try await world.act(4).map { EventID(rawValue: $0).description }
            let sound = try await world.command(["audit", "verify"])
            #expect(sound.status == 0 && sound.output.hasSuffix("all acts are as they were written\n"), "\(sound)")
            let late = EventID.make()
            try await world.tamper(
                """
                INSERT INTO routing.acts (id, aggregate, version, name, actor, authority, occurred_at, body)
                VALUES ('\(late)', '\(late)', 1, 'n', 'unit:a', 'r', now(), 'x')
                """
            )
            let unsealed = try await world.command(["audit", "verify"])
            #expect(unsealed.status == 0 && unsealed.output.contains(", 1 acts not yet sealed"), "\(unsealed)")
            try await world.tamper("DELETE FROM routing.acts WHERE id = '\(late)'")
            let heads = try await world.command(["audit", "heads", "--all"])
            let exported = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName())
            try heads.output.write(to: exported, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(at: exported) }

            let swap = """
                UPDATE routing.seals SET ids = ARRAY[ids[2], ids[1]] || ids[3:],
                                         digests = ARRAY[digests[2], digests[1]] || digests[3:]
                """
            try await world.tamper(swap)
            let swapped = try await world.command(["audit", "verify"])
            #expect(swapped.output.contains("- routing: seal 1 does not follow from the one before it"), "\(swapped)")
            try await world.tamper(swap)

            try await world.tamper("UPDATE routing.acts SET body = 'y' WHERE id = '\(ids[0])'")
            try await world.tamper("DELETE FROM routing.acts WHERE id = '\(ids[1])'")
            let found = try await world.command(["audit", "verify"])
            #expect(found.status == 1)
            let lines = found.output.split(separator: "\n").filter { $0.hasPrefix("- ") }
            #expect(
                Set(lines) == [
                    "- routing: act \(ids[0]) is not what seal 1 covers",
                    "- routing: act \(ids[1]) is gone, which seal 1 covers",
                ]
            )

            // Whoever cuts the tail off at both places still has the export against him.
            try await world.tamper(
                "DELETE FROM routing.acts; DELETE FROM routing.seals; DELETE FROM dashboard.kept_seals"
            )
            #expect(try await world.command(["audit", "verify"]).status == 0)
            let cut = try await world.command(["audit", "verify", "--heads", exported.path])
            #expect(cut.status == 1)
            #expect(cut.output.contains("- routing: the chain ends at seal 0, and seal"), "\(cut.output)")
            #expect(cut.output.contains("was exported and is not kept"))
        }
    }

    @Test func `heads that cannot be read are named by their line`() async throws {
        try await OperatedWorld.with { world in
            #expect(try await world.command(["migrate"]).status == 0)
            let file = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName())
            let lines = """
                {"owner":"routing","number":1,"head":"00"}
                {"owner":"routing"}

                """
            try lines.write(to: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(at: file) }
            let result = try await world.command(["audit", "verify", "--heads", file.path])
            #expect(result.status == 2)
            #expect(result.errors == "ebinda: --heads: line 2 must be an object with owner, number and head\n")
        }
    }

    @Test func `a service's program that is not there is one line`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName())
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let alone = folder.appending(path: "ebinda")
        try FileManager.default.copyItem(at: Command.program(), to: alone)
        let result = try await Command(["migrate"], program: alone).run()
        #expect(result.status == 1)
        #expect(result.errors == "ebinda: \(folder.path)/Intake is not there or cannot be run\n")
    }
}
