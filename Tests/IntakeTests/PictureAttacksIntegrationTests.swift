import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Intake

/// Pictures that are made to hurt: small files that unpack to hundreds of megabytes, sizes that lie, and files that are two things.
@Suite(.timeLimit(.minutes(5)))
struct PictureAttacksIntegrationTests {
    /// A side whose square is just more pixels than are taken.
    private static let side = 7_200

    /// One of each format, of one colour and so many pixels: some kilobytes that unpack to 50 MB and more.
    private static func bombs() async throws -> [(type: String, bytes: [UInt8])] {
        var bombs: [(String, [UInt8])] = []
        try await Program.inFolder { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path }
            _ = try Program.output("vips", ["black", path("a.v"), "\(side)", "\(side)"])
            for (save, name, more, type) in [
                ("pngsave", "a.png", ["--compression", "9"], "image/png"), ("jpegsave", "a.jpg", [], "image/jpeg"),
                ("webpsave", "a.webp", ["--lossless", "--effort", "0"], "image/webp"),
            ] {
                _ = try Program.output("vips", [save, path("a.v"), path(name)] + more)
                bombs.append((type, [UInt8](try Data(contentsOf: folder.appending(path: name)))))
            }
        }
        return bombs
    }

    private func send(_ bytes: [UInt8], _ type: String, _ intake: IntakeWorld) async throws -> ServiceClient.Answer {
        let answer = try await intake.client.send(.post, "/v1/attachments", headers: [.contentType: type], body: bytes)
        #expect(answer.breaches == [])
        return answer
    }

    @Test func `what unpacks to more than is taken is refused by its header, unpacked by nobody`() async throws {
        try await IntakeWorld.with { intake in
            for (type, bytes) in try await Self.bombs() {
                #expect(bytes.count < 1_000_000, "\(type): it is small")
                let start = ContinuousClock.now
                let answer = try await send(bytes, type, intake)
                #expect(answer.status == 422, "\(type)")
                let time = start.duration(to: .now)
                print("bomb: \(type) of \(bytes.count) bytes for \(Self.side)² pixels refused after \(time)")
                // Unpacking takes a second and more.
                #expect(time < .seconds(1), "\(type)")
            }
            #expect(try await intake.world.number("SELECT count(*) FROM attachments", of: .intake) == 0)
        }
    }

    @Test func `a header that says less than there is gets a small picture or none`() async throws {
        try await IntakeWorld.with { intake in
            for (type, bytes) in try await Self.bombs() {
                let answer = try await send(Self.lying(bytes, type), type, intake)
                #expect([201, 422].contains(answer.status), "\(type)")
                // Of 64 pixels a side and one colour.
                if answer.status == 201 { #expect((answer.json["size"]?.whole ?? .max) < 4_096, "\(type)") }
                print("bomb: \(type) that says 64² pixels: \(answer.status)")
            }
        }
    }

    /// The picture with 64 pixels a side in the first place where its size stands.
    private static func lying(_ bytes: [UInt8], _ type: String) throws -> [UInt8] {
        var liar = bytes
        switch type {
        case "image/png":
            // The whole chunk, with a check sum that is right.
            liar.replaceSubrange(8..<33, with: Pictures.whole(64, 64)[8..<33])
        case "image/jpeg":
            let frame = try #require(bytes.firstRange(of: [0xff, 0xc0])).lowerBound
            liar.replaceSubrange(frame + 5..<frame + 9, with: [0, 64, 0, 64])
        default:
            if bytes[12..<16].elementsEqual("VP8X".utf8) {
                // The canvas; the frame within stays as large as it is.
                liar.replaceSubrange(24..<30, with: [63, 0, 0, 63, 0, 0])
            } else {
                liar.replaceSubrange(21..<25, with: [63, 0xc0, 0x0f, 0])
            }
        }
        return liar
    }

    @Test func `of a file that is two things only the picture is kept, and nothing of it is run`() async throws {
        try await IntakeWorld.with { intake in
            let picture = Pictures.whole(16, 16, seed: 4)
            let page = Array("<html><script>alert(1)</script>PK\u{3}\u{4}<?php system('id') ?>".utf8)
            let chunk =
                Array(picture.dropLast(12)) + Pictures.text("Comment", "<script>alert(1)</script>") + picture.suffix(12)
            let both: [(name: String, bytes: [UInt8], type: String)] = [
                ("a PNG with a page behind it", picture + page, "image/png"),
                ("a PNG with a page within it", chunk, "image/png"),
            ]
            for (name, bytes, type) in both {
                let answer = try await send(bytes, type, intake)
                #expect(answer.status == 201, "\(name)")
                let id = try #require(answer.json["id"]?.text)
                let file = try #require(AttachmentID(id))
                let kept = try #require(try await AttachmentStore.chunk(0, of: file, in: intake.engine.database))
                #expect(kept.count > 50 && kept.firstRange(of: Array("script".utf8)) == nil, "\(name)")
            }
            // What begins as another thing is not what it is called, whatever follows.
            for (name, bytes, type) in [
                ("a page with a PDF within", page + Array("%PDF-1.4\n%%EOF".utf8), "application/pdf"),
                ("a GIF with a PNG behind", Array("GIF89a".utf8) + picture, "image/png"),
                ("a PNG called PDF", picture + Array("%PDF-1.4\n%%EOF".utf8), "application/pdf"),
                ("a PDF called PNG", Array("%PDF-1.4\n%%EOF".utf8) + picture, "image/png"),
            ] as [(String, [UInt8], String)] {
                #expect(try await send(bytes, type, intake).status == 415, "\(name)")
            }
        }
    }
}
