import Contracts
import Foundation
import HTTPSupport
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Intake

/// Contacts: sealed at rest, found by a keyed hash, shown to whoever is entitled and says why.
@Suite(.timeLimit(.minutes(5)))
struct ContactTests {
    private static let (old, new): ([UInt8], [UInt8]) = (Array(repeating: 9, count: 32), Array(repeating: 8, count: 32))
    private static let contact = Submission.Contact(name: "王某", phone: "138-0000-1234")
    private static let handedIn =
        #"{"kind":"opinion","station":"ST-X01","title":"题","text":"文","contact":{"name":"王某","phone":"+86 138 0000 1234"}}"#

    @Test func `a contact opens under its key and in its row alone`() throws {
        let (id, seal) = (SuggestionID.make(), ContactSeal(key: Self.old))
        let sealed = try seal.seal(Self.contact, of: id)
        #expect(try seal.open(sealed, of: id) == Self.contact)
        #expect(throws: (any Error).self) { try seal.open(sealed, of: .make()) }
        for index in sealed.box.indices {
            var box = sealed.box
            box[index] ^= 1
            let changed = SealedContact(key: sealed.key, box: box, index: sealed.index)
            #expect(throws: (any Error).self) { try seal.open(changed, of: id) }
        }
        #expect(throws: ContactSeal.KeyMissing.self) { try ContactSeal(key: Self.new).open(sealed, of: id) }
        let next = ContactSeal(key: Self.new, retired: [Self.old])
        #expect(try next.open(sealed, of: id) == Self.contact)
        let unnamed = SealedContact(key: nil, box: sealed.box, index: nil)
        #expect(try next.open(unnamed, of: id) == Self.contact, "sealed before keys had ids")
        #expect(try seal.seal(Self.contact, of: id).box != sealed.box, "the same contact looks otherwise each time")
    }

    @Test(arguments: ["13800001234", "+86 138 0000 1234", "138-0000-1234", "86 13800001234"])
    func `a number is found however it is written, under every key`(phone: String) throws {
        let (id, seal) = (SuggestionID.make(), ContactSeal(key: Self.new, retired: [Self.old]))
        let sealed = try ContactSeal(key: Self.old).seal(Self.contact, of: id)
        let index = try #require(sealed.index)
        #expect(seal.indexes(of: phone).contains(index))
        #expect(!seal.indexes(of: "13800001235").contains(index))
        #expect(!ContactSeal(key: Self.new).indexes(of: phone).contains(index), "keyed")
    }

    @Test func `the key is changed while everything runs, and the same items are found`() async throws {
        try await IntakeWorld.with { intake in
            for _ in 0..<3 { #expect(try await intake.submit(Self.handedIn).status == 201) }
            #expect(try await intake.submit(IntakeWorld.opinion).status == 201)
            let next = ContactSeal(key: Self.new, retired: [Self.old])
            let database = intake.engine.database
            func found(_ seal: ContactSeal) async throws -> [String] {
                let indexes = seal.indexes(of: "13800001234")
                return try await intake.engine.outbox.transaction {
                    try await ContactsCommand.Find.find(indexes, reason: "本人查询", in: $0)
                }
            }
            let before = try await found(IntakeWorld.seal)
            #expect(before.count == 3)
            #expect(try await found(next) == before, "between the change of the key and the sealing anew")
            #expect(try await ContactsCommand.Reseal.reseal(next, in: database) == 3)
            #expect(try await ContactsCommand.Reseal.reseal(next, in: database) == 0)
            #expect(try await found(next) == before)
            #expect(try await found(IntakeWorld.seal) == [])
            let keys = try await database.query(
                "SELECT DISTINCT contact_key FROM suggestions WHERE contact IS NOT NULL"
            )
            #expect(try keys.map { try $0["contact_key", as: String.self] } == [next.activeKey])
        }
    }

    @Test func `whoever looks for a person's items by the number is on record at each, and nobody's else`() async throws
    {
        try await IntakeWorld.with { intake in
            var numbers: [String] = []
            for _ in 0..<2 { numbers.append(try #require(try await intake.submit(Self.handedIn).json["number"]?.text)) }
            #expect(try await intake.submit(IntakeWorld.opinion).status == 201)
            func found(_ phone: String) async throws -> [String] {
                try await intake.engine.outbox.transaction {
                    try await ContactsCommand.Find.find(IntakeWorld.seal.indexes(of: phone), reason: "本人查询", in: $0)
                }
            }
            #expect(try await found("13800001235") == [])
            #expect(try await found("138 0000 1234") == numbers)
            let acts = try await intake.engine.database.query(
                """
                SELECT actor, authority, acts.version, number FROM acts JOIN suggestions ON aggregate = suggestions.id
                WHERE name = 'contact.revealed' ORDER BY number
                """
            )
            #expect(try acts.map { try $0["number", as: String.self] } == numbers.sorted())
            for act in acts {
                #expect(try act["actor", as: String.self] == "operator:command-line")
                #expect(try act["authority", as: String.self] == "contact.find: 本人查询")
                #expect(try act["version", as: Int.self] == 2)
            }
        }
    }

    @Test func `the committee that has the item sees the contact, says why, and is on record; nobody else does`()
        async throws
    {
        try await IntakeWorld.with { intake in
            let receipt = try await intake.submit(Self.handedIn).json
            let number = try #require(receipt["number"]?.text)
            let path = "/v1/suggestions/\(number)/contact"
            let body = #"{"reason":"核实地点"}"#
            func ask(_ caller: String?, _ body: String) async throws -> ServiceClient.Answer {
                let answer = try await intake.client.post(path, body, as: caller)
                #expect(answer.breaches == [])
                return answer
            }
            #expect(try await ask("chengjian/committee", body).status == 403, "nobody has accepted it")
            let id: SuggestionID = try await intake.engine.database.query("SELECT id FROM suggestions")[0].id("id")
            let accepted = SuggestionAccepted(
                number: number,
                committee: CommitteeCode(rawValue: "chengjian"),
                category: CategoryCode(rawValue: "traffic"),
                acceptedAt: .now
            )
            try await intake.engine.outbox.transaction { transaction in
                let metadata = EventMetadata(
                    id: .make(),
                    name: SuggestionAccepted.name,
                    owner: .routing,
                    aggregate: id,
                    version: 1,
                    time: .now
                )
                try await RecordProgress<SuggestionAccepted>()
                    .handle([try Received(metadata: metadata, body: accepted)], in: transaction)
            }
            #expect(try await ask(nil, body).status == 401)
            for caller in ["fazhi/committee", "deputy/deputy", "operator/operator"] {
                let answer = try await ask(caller, body)
                #expect(answer.status == 403)
                #expect(!String(decoding: answer.body, as: UTF8.self).contains("1234"))
            }
            #expect(try await ask("chengjian/committee", #"{"reason":" "}"#).faults == ["/reason length"])
            #expect(
                try await intake.client.post("/v1/suggestions/BJ-0000000000/contact", body, as: "chengjian/committee")
                    .status == 404
            )
            let seen = try await ask("chengjian/committee", body)
            #expect(seen.status == 200)
            #expect(seen.json["name"]?.text == "王某" && seen.json["phone"]?.text == "+86 138 0000 1234")
            let acts = try await intake.engine.database.query(
                "SELECT version, actor, authority, body FROM acts ORDER BY version"
            )
            #expect(acts.count == 2, "handed in, and looked at once")
            #expect(try acts[1]["version", as: Int.self] == 2)
            #expect(try acts[1]["actor", as: String.self] == "account:chengjian@chengjian")
            #expect(try acts[1]["authority", as: String.self] == "contact.reveal: 核实地点")
            let told = String(decoding: try acts[1]["body", as: [UInt8].self], as: UTF8.self)
            #expect(!told.contains("1234") && !told.contains("王"))
        }
    }
}
