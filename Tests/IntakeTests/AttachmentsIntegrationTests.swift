import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Intake

/// Files: sent, named, read, and what is refused.
@Suite(.timeLimit(.minutes(5)))
struct AttachmentsIntegrationTests {
    private static let pdf = Array("%PDF-1.4\n1 0 obj<</JS (app.alert\\(1\\))>>endobj\ntrailer<<>>\n%%EOF\n".utf8)

    /// Sends a file.
    private func send(
        _ bytes: [UInt8],
        _ type: String,
        name: String? = nil,
        to intake: IntakeWorld
    ) async throws -> ServiceClient.Answer {
        var headers: HTTPFields = [.contentType: type]
        if let name { headers[IntakeWorld.fileName] = name }
        let answer = try await intake.client.send(.post, "/v1/attachments", headers: headers, body: bytes)
        #expect(answer.breaches == [])
        return answer
    }

    private static func body(_ files: [JSON]) throws -> String {
        let claims = try files.map {
            #"{"id":"\#(try #require($0["id"]?.text))","secret":"\#(try #require($0["secret"]?.text))"}"#
        }
        let named = #","contact":{"name":"王某"}"#
        return IntakeWorld.opinion.dropLast() + named + #","attachments":[\#(claims.joined(separator: ","))]}"#
    }

    /// A JPEG as a telephone makes it: lying on its side, with a place and a maker.
    private static func photograph() async throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ebinda-photograph-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(Pictures.whole(3_000, 200, seed: 3)).write(to: folder.appending(path: "in"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/vips")
        process.arguments = ["copy", folder.appending(path: "in").path, folder.appending(path: "out.jpg").path]
        try process.run()
        process.waitUntilExit()
        let jpeg = [UInt8](try Data(contentsOf: folder.appending(path: "out.jpg")))
        return Array(jpeg.prefix(2)) + Pictures.exif("SECRETMAKER 13800001234") + Array(jpeg.dropFirst(2))
    }

    @Test
    func `a photograph is kept upright, small and without its place, and read by its author and the committee alone`()
        async throws
    {
        try await IntakeWorld.with { intake in
            let photograph = try await Self.photograph()
            #expect(
                String(decoding: photograph, as: UTF8.self).contains("SECRETMAKER"),
                "there is something to take out"
            )
            let name = "%E6%89%93%E6%88%9113800001234.jpg"
            let stored = try await send(photograph, "image/jpeg", name: name, to: intake)
            #expect(stored.status == 201 && stored.json["name"]?.text == "打我13800001234.jpg")
            let paper = try await send(Self.pdf, "application/pdf", to: intake)
            #expect(paper.status == 201 && paper.json["size"]?.whole == Self.pdf.count)
            let receipt = try await intake.submit(try Self.body([stored.json, paper.json]))
            #expect(receipt.status == 201)
            let status = try await intake.status(receipt.json)
            #expect(status.json["attachments"]?.elements.map { $0["name"]?.text } == ["打我13800001234.jpg", "附件.pdf"])
            // What is told of it.
            let told = try #require(try await intake.told().first)
            #expect(told["attachments"]?[0]?["name"]?.text == "打我＊＊＊＊＊＊＊＊＊＊＊.jpg")
            #expect(told["attachments"]?[0]?["sha256"] == stored.json["sha256"])
            #expect(told["attachments"]?[1]?["type"]?.text == "application/pdf")
            // Reading.
            let id = try #require(stored.json["id"]?.text)
            let path = "\(try #require(receipt.json["status"]?.text))/attachments"
            let secret = try #require(receipt.json["secret"]?.text)
            let seen = try await intake.client.send(.get, "\(path)/\(id)", headers: [IntakeWorld.secret: secret])
            #expect(seen.status == 200 && seen.breaches == [] && seen.headers[.contentType] == "image/jpeg")
            #expect(seen.headers[.contentDisposition]?.hasPrefix("inline; filename*=UTF-8''%E6%89%93") == true)
            #expect(seen.headers[.contentSecurityPolicy] == "default-src 'none'; sandbox")
            let text = String(decoding: seen.body, as: UTF8.self)
            #expect(!text.contains("SECRETMAKER") && !text.contains("Exif") && !text.contains("13800001234"))
            let size = try #require(ImageSize(head: seen.body, kind: .jpeg))
            #expect(size.height == 2_560 && size.width < 200, "turned upright, and no longer than a page needs")
            #expect(seen.body.count == stored.json["size"]?.whole)
            let download = try await intake.client.send(
                .get,
                "\(path)/\(try #require(paper.json["id"]?.text))",
                headers: [IntakeWorld.secret: secret]
            )
            #expect(
                download.body == Self.pdf && download.headers[.contentDisposition]?.hasPrefix("attachment;") == true
            )
            #expect(download.headers[.xContentTypeOptions] == "nosniff")
            // Others.
            func ask(_ path: String, _ caller: String? = nil, _ secret: String? = nil) async throws -> Int {
                let headers: HTTPFields = secret.map { [IntakeWorld.secret: $0] } ?? [:]
                let answer = try await intake.client.send(.get, path, as: caller, headers: headers)
                #expect(answer.breaches == [])
                return answer.status
            }
            #expect(try await ask("\(path)/\(id)", nil, "000000000000") == 404)
            #expect(try await ask("\(path)/\(id)") == 401)
            let other = try await intake.submit(IntakeWorld.opinion)
            let elsewhere = "\(try #require(other.json["status"]?.text))/attachments/\(id)"
            #expect(try await ask(elsewhere, nil, other.json["secret"]?.text) == 404, "another item's file")
            for odd in ["..%2f..%2fetc%2fpasswd", "%00", "1", "../\(id)", String(repeating: "a", count: 300)] {
                #expect(try await ask("\(path)/\(odd)", nil, secret) == 404, "\(odd)")
            }
            let desk = "/v1/attachments/\(id)"
            #expect(try await ask(desk, "chengjian/committee") == 403, "nobody has accepted it")
            try await intake.accept(receipt.json)
            #expect(try await ask(desk, "chengjian/committee") == 200)
            #expect(try await ask(desk, "fazhi/committee") == 403)
            #expect(try await ask(desk, "zhujian/department") == 404)
            try await intake.assign(receipt.json, to: "zhujian")
            for role in ["department", "clerk", "reviewer", "signer"] {
                #expect(try await ask(desk, "zhujian/\(role)") == 200)
            }
            let handed = try await intake.client.send(.get, desk, as: "zhujian/clerk")
            #expect(handed.headers[.contentDisposition]?.contains("13800001234") == false, "its name is masked")
            #expect(try await ask(desk, "gongan/department") == 404)
            #expect(try await ask(desk, "zhujian/deputy") == 403)
            #expect(try await ask("/v1/attachments/01890000-0000-7000-8000-000000000000", "chengjian/committee") == 404)
        }
    }

    @Test func `a file goes with one item, and one that is not there is named by its place`() async throws {
        try await IntakeWorld.with { intake in
            let (first, second) = (
                try await send(Self.pdf, "application/pdf", to: intake).json,
                try await send(Self.pdf, "application/pdf", to: intake).json
            )
            let id = try #require(second["id"]?.text)
            let wrong = try JSON(Array(#"{"id":"\#(id)","secret":"\#(String(repeating: "0", count: 32))"}"#.utf8))
            let refused = try await intake.submit(try Self.body([first, wrong]))
            #expect(refused.status == 422 && refused.faults == ["/attachments/1 unknown"])
            #expect(try await intake.stored() == 0)
            let body = try Self.body([first])
            let taken = try await intake.submit(body, key: "with-a-file")
            #expect(taken.status == 201, "what was refused had bound nothing")
            #expect(try await intake.submit(body, key: "with-a-file").json == taken.json, "repeated, the same receipt")
            #expect(try await intake.submit(body).faults == ["/attachments/0 unknown"], "used already")
            #expect(try await intake.submit(try Self.body([second, second])).faults == ["/attachments/1 unique"])
            let ten = try await intake.submit(try Self.body(Array(repeating: second, count: 10)))
            #expect(ten.faults == ["/attachments count"])
            // Of many that want one file at the same moment, one gets it.
            let wanted = try Self.body([second])
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await intake.submit(wanted).status } }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [201: 1, 422: 19])
        }
    }

    @Test func `files that nothing names go, those that are named stay`() async throws {
        try await IntakeWorld.with { intake in
            let kept = try await send(Self.pdf, "application/pdf", to: intake).json
            #expect(try await intake.submit(try Self.body([kept])).status == 201)
            for _ in 0..<3 { #expect(try await send(Self.pdf, "application/pdf", to: intake).status == 201) }
            let database = intake.engine.database
            let sweep = SweepUploads(database: database, logger: .silent)
            #expect(try await sweep.sweep() == 0, "not a day old")
            try await database.execute("UPDATE attachments SET created_at = now() - interval '2 days'")
            let removed = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { try await sweep.sweep() } }
                return try await group.reduce(0, +)
            }
            #expect(removed == 3, "each once, whoever sweeps")
            #expect(try await intake.world.number("SELECT count(*) FROM attachments", of: .intake) == 1)
            #expect(try await intake.world.number("SELECT count(*) FROM attachment_chunks", of: .intake) == 1)
        }
    }

    @Test func `lying, broken, huge and dangerous files are refused, and leave nothing`() async throws {
        try await IntakeWorld.with { intake in
            let picture = Pictures.whole(64, 64, seed: 1)
            let cases: [(name: String, bytes: [UInt8], type: String, status: Int)] = [
                ("a PNG called JPEG", picture, "image/jpeg", 415),
                ("a page called picture", Array("<html>".utf8), "image/png", 415),
                ("a program called PDF", Array("MZ\u{90}".utf8), "application/pdf", 415),
                ("nothing", [], "image/png", 415),
                ("a drawing with script", Array("<svg onload='x'/>".utf8), "image/svg+xml", 415),
                ("another type", picture, "image/gif", 415),
                ("no type that is known", picture, "application/octet-stream", 415),
                ("a PDF that is cut off", Array(Self.pdf.dropLast(8)), "application/pdf", 422),
                ("a PNG that is cut off", Array(picture.prefix(picture.count / 2)), "image/png", 422),
                ("a header without a picture", Pictures.png(64, 64), "image/png", 422),
                (
                    "900 million pixels in 20 kB", Pictures.png(30_000, 30_000) + Array(repeating: 0, count: 20_000),
                    "image/png", 422
                ),
                ("a side of 20,001", Pictures.png(20_001, 1), "image/png", 422),
                ("no width", Pictures.png(0, 9), "image/png", 422),
                ("a JPEG of rubbish", [0xff, 0xd8, 0xff] + Array(repeating: 0x41, count: 5_000), "image/jpeg", 422),
                (
                    "more than 10 MiB", Array(repeating: 0x25, count: AttachmentDesk.sizeLimit + 1), "application/pdf",
                    413
                ),
            ]
            for bad in cases {
                let answer = try await send(bad.bytes, bad.type, to: intake)
                #expect(answer.status == bad.status, "\(bad.name)")
            }
            // More is unpacked than the header says: only what it says is looked at.
            var liar = Pictures.whole(2_000, 2_000)
            liar.replaceSubrange(16..<33, with: Pictures.whole(16, 16)[16..<33])
            #expect([201, 422].contains(try await send(liar, "image/png", to: intake).status))
            // Just below the limit of pixels: made anew within the limits of the process.
            let large = try await send(Pictures.whole(7_000, 7_000, bits: 1), "image/png", to: intake)
            #expect(large.status == 201)
            for name in ["a%0d%0aSet-Cookie:%20x=1.png", "..%2f..%2fetc%2fpasswd", "%00%00", "%ff%fe", "\u{7f}"] {
                let answer = try await send(picture, "image/png", name: name, to: intake)
                #expect(answer.status == 201, "\(name)")
                let kept = try #require(answer.json["name"]?.text)
                #expect(
                    !kept.contains("/") && !kept.unicodeScalars.contains { $0.properties.generalCategory == .control }
                )
            }
            let packed: HTTPFields = [.contentType: "image/png", .contentEncoding: "gzip"]
            #expect(
                try await intake.client.send(.post, "/v1/attachments", headers: packed, body: picture).status == 415
            )
        }
    }

    @Test func `no bytes of any kind make the making of pictures answer otherwise than it may`() async throws {
        var measures = Allowance.Measures()
        measures.uploads = 1_000
        try await IntakeWorld.with(measures: measures) { intake in
            var generator = SeededGenerator(seed: 5)
            let photograph = Array(try await Self.photograph())
            let seeds = [
                ("image/jpeg", photograph), ("image/png", Pictures.whole(40, 40, seed: 9)),
                ("application/pdf", Self.pdf),
            ]
            var statuses: [Int: Int] = [:]
            for index in 0..<90 {
                let (type, seed) = seeds[index % seeds.count]
                var bytes = seed
                for _ in 0..<Int.random(in: 1...20, using: &generator) {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
                }
                if index.isMultiple(of: 4) {
                    bytes = Array(bytes.prefix(.random(in: 0...bytes.count, using: &generator)))
                }
                statuses[try await send(bytes, type, to: intake).status, default: 0] += 1
            }
            #expect(statuses.keys.allSatisfy { [201, 415, 422].contains($0) }, "\(statuses)")
            #expect((statuses[422] ?? 0) > 5 && (statuses[201] ?? 0) > 5, "\(statuses)")
        }
    }

    @Test func `one address may send so many files, and all together so many bytes`() async throws {
        var measures = Allowance.Measures()
        measures.uploads = 2
        try await IntakeWorld.with(measures: measures, capacity: Self.pdf.count * 2) { intake in
            for _ in 0..<2 { #expect(try await send(Self.pdf, "application/pdf", to: intake).status == 201) }
            let third = try await send(Self.pdf, "application/pdf", to: intake)
            #expect(third.status == 429 && third.headers[.retryAfter] == "1800")
        }
        try await IntakeWorld.with(capacity: Self.pdf.count * 2) { intake in
            for _ in 0..<2 { #expect(try await send(Self.pdf, "application/pdf", to: intake).status == 201) }
            let third = try await send(Self.pdf, "application/pdf", to: intake)
            #expect(third.status == 503 && third.headers[.retryAfter] == "3600")
            #expect(try await intake.submit(IntakeWorld.opinion).status == 201, "who hands in is not refused")
        }
    }
}
