import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Directory

/// What is printed is read by another program than the one that made it: zbar, through poppler's rendering.
@Suite(.timeLimit(.minutes(5)))
struct SheetIntegrationTests {
    /// The addresses that a reader sees on each page of a PDF, rendered at so many dots an inch.
    private static func read(_ pdf: [UInt8], dots: Int, in folder: URL) throws -> [String] {
        let file = folder.appending(path: "sheet.pdf")
        try Data(pdf).write(to: file)
        let pages = folder.appending(path: "page")
        _ = try Program.output("pdftoppm", ["-r", "\(dots)", "-gray", file.path, pages.path])
        let pictures = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".pgm") }
        return try Program.output(
            "zbarimg",
            ["--quiet", "--raw"] + pictures.sorted().map { folder.appending(path: $0).path }
        )
        .split(separator: "\n").map(String.init)
    }

    @Test func `a sheet of either size is of that size and reads as exactly the address`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.stations([("station-1", "长河街道<第1>联络站 & 民生")])
            _ = try await directory.code(#"{"kind":"station","of":"station-1"}"#)
            let made = try await directory.code(#"{"kind":"station","of":"station-1","place":"大厅"}"#)
            // The media box in points: 210 by 297 and 105 by 148 mm.
            for (size, points) in [("A4", (595, 842)), ("A6", (298, 420))] {
                let path = "/v1/sheets/station-1.pdf?size=\(size)"
                let answer = try await directory.get(path, as: "station-1/liaison")
                #expect(answer.status == 200 && answer.headers[.contentType] == "application/pdf")
                #expect(answer.headers[.contentDisposition] == "inline; filename=\"station-1-\(size).pdf\"")
                try await Program.inFolder { folder in
                    #expect(try Self.read(answer.body, dots: 100, in: folder) == [made.url])
                    let text = try Program.output("pdftotext", [folder.appending(path: "sheet.pdf").path, "-"])
                    for words in ["代表联络站", "长河街道<第1>联络站 & 民生", "扫码说事", "No account and no name needed", made.id] {
                        #expect(text.contains(words), "\(words)")
                    }
                    #expect(text.contains(directory.codes.address.typed(made.token)))
                    let facts = try Program.output("pdfinfo", [folder.appending(path: "sheet.pdf").path])
                    let found = try #require(facts.firstMatch(of: /Page size: +([0-9.]+) x ([0-9.]+) pts/))
                    #expect(abs((Double(found.1) ?? 0) - Double(points.0)) < 1.5, "\(found.0)")
                    #expect(abs((Double(found.2) ?? 0) - Double(points.1)) < 1.5, "\(found.0)")
                    // Nothing within 5 mm of the edge: 19 dots of 100 an inch on A6.
                    let picture = try Data(contentsOf: folder.appending(path: "page-1.pgm"))
                    #expect(try Self.edgeIsClean(picture, dots: 19))
                }
            }
            #expect(try await directory.get("/v1/sheets/station-1.pdf?size=A5", as: "operator/operator").status == 400)
            #expect(try await directory.get("/v1/sheets/ST-00.pdf", as: "operator/operator").status == 404)
        }
    }

    /// Whether so many dots from each edge of a grey picture (PGM, P5) all are white.
    private static func edgeIsClean(_ picture: Data, dots: Int) throws -> Bool {
        let head = try #require(
            String(decoding: picture.prefix(40), as: UTF8.self).firstMatch(of: /^P5\s(\d+)\s(\d+)\s255\s/)
        )
        let (width, height) = (try #require(Int(head.1)), try #require(Int(head.2)))
        let pixels = Array(picture.suffix(width * height))
        return pixels.indices.allSatisfy { index in
            let (x, y) = (index % width, index / width)
            let isEdge = min(x, width - 1 - x, y, height - 1 - y) < dots
            return !isEdge || pixels[index] == 255
        }
    }

    @Test func `all 72 stations come in one document, and every page reads`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.stations((1...71).map { ("ST-T\(String(format: "%02d", $0))", "长河街道第\($0)联络站（民生）") })
            var addresses: [String] = []
            let codes = [CodeParts.district] + (1...71).map { "ST-T\(String(format: "%02d", $0))" }
            for code in codes {
                addresses.append(try await directory.code(#"{"kind":"station","of":"\#(code)"}"#).url)
            }
            let all = try await directory.get("/v1/sheets.pdf?size=A6", as: "operator/operator")
            #expect(all.status == 200)
            try await Program.inFolder { folder in
                let read = try Self.read(all.body, dots: 60, in: folder)
                #expect(read == addresses)
            }
            let own = try await directory.get("/v1/sheets.pdf?size=A6", as: "station-1/liaison")
            #expect(own.status == 404, "it has none")
        }
    }

    @Test func `a symbol reads as a drawing and as a picture`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.stations([("station-1", "站")])
            let made = try await directory.code(#"{"kind":"station","of":"station-1"}"#)
            let picture = try await directory.get("/v1/codes/\(made.id)/qr.png", as: "station-1/liaison")
            #expect(picture.status == 200 && picture.headers[.contentType] == "image/png")
            // IHDR: 29 modules and twice the quiet zone of four, 24 pixels each.
            #expect(Array(picture.body[16..<24]) == [0, 0, 3, 120, 0, 0, 3, 120])
            let drawing = try await directory.get("/v1/codes/\(made.id)/qr.svg", as: "station-1/liaison")
            #expect(drawing.status == 200 && drawing.headers[.contentType] == "image/svg+xml")
            try await Program.inFolder { folder in
                let files = [("a.png", picture.body), ("b.svg", drawing.body)]
                for (name, bytes) in files { try Data(bytes).write(to: folder.appending(path: name)) }
                _ = try Program.output("rsvg-convert", ["-o", folder.path + "/b.png", folder.path + "/b.svg"])
                for name in ["a.png", "b.png"] {
                    let text = try Program.output("zbarimg", ["--quiet", "--raw", folder.appending(path: name).path])
                    #expect(text == made.url + "\n", "\(name)")
                }
            }
        }
    }

    @Test func `a code that another master key made is not printed as something else`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.stations([("station-1", "站")])
            let made = try await directory.code(#"{"kind":"station","of":"station-1"}"#)
            try await directory.engine.database.execute("UPDATE code_tokens SET serial = serial # 1")
            for path in ["codes/\(made.id)/qr.svg", "codes/\(made.id)/qr.png", "sheets/station-1.pdf", "sheets.pdf"] {
                #expect(try await directory.get("/v1/\(path)", as: "operator/operator").status == 409, "\(path)")
            }
            #expect(try await directory.enter(made.token).json["state"]?.text == "good", "what hangs is still good")
        }
    }

    @Test func `a program that fails or takes too long is an error, and nothing is left behind`() async throws {
        try await Program.inFolder { folder in try await Self.strain(Typesetter(folder: folder), folder) }
    }

    private static func strain(_ typesetter: Typesetter, _ folder: URL) async throws {
        await #expect(throws: Typesetter.Failed.self) { try await typesetter.pdf(of: ["<svg"]) }
        let svg = #"<svg xmlns="http://www.w3.org/2000/svg" width="9mm" height="9mm"/>"#
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    do { return try await !typesetter.pdf(of: [svg]).isEmpty } catch { return error is Typesetter.Busy }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.allSatisfy { $0 })
        let again = try await typesetter.pdf(of: [svg])
        #expect(again.starts(with: Array("%PDF-".utf8)), "those that were refused took no place")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }
}
