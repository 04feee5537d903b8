import Support
import Testing

@testable import Portal

struct MultipartTests {
    private static let type = "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxk"
    private static let body = """
        ------WebKitFormBoundary7MA4YWxk\r
        Content-Disposition: form-data; name="title"\r
        \r
        公交站--\r
        太远\r
        ------WebKitFormBoundary7MA4YWxk\r
        Content-Disposition: form-data; name="empty"\r
        \r
        \r
        ------WebKitFormBoundary7MA4YWxk\r
        Content-Disposition: form-data; name="photos"; filename="a %22b%22.jpg"\r
        Content-Type: image/jpeg\r
        \r
        \u{0}\u{1}\r
        ------WebKitFormBoundaryOTHER\r
        ------WebKitFormBoundary7MA4YWxk--\r

        """

    private func parts(_ body: String, in chunk: Int, limits: Multipart.Limits = .init()) throws -> [Multipart.Part] {
        var reader = try #require(Multipart(contentType: Self.type, limits: limits))
        let bytes = Array(body.utf8)
        var parts: [Multipart.Part] = []
        for start in stride(from: 0, to: bytes.count, by: chunk) {
            parts += try reader.read(bytes[start..<min(start + chunk, bytes.count)])
        }
        #expect(reader.isComplete)
        return parts
    }

    @Test func `a form is the same however its bytes are cut`() throws {
        let whole = try parts(Self.body, in: 10_000)
        #expect(whole.map(\.name) == ["title", "empty", "photos"])
        #expect(String(decoding: whole[0].bytes, as: UTF8.self) == "公交站--\r\n太远")
        #expect(whole[1].bytes == [] && whole[1].fileName == nil)
        #expect(whole[2].fileName == "a %22b%22.jpg" && whole[2].contentType == "image/jpeg")
        #expect(whole[2].bytes == Array("\u{0}\u{1}\r\n------WebKitFormBoundaryOTHER".utf8))
        for chunk in 1...97 { #expect(try parts(Self.body, in: chunk) == whole, "\(chunk)") }
    }

    @Test func `what is no form with files is refused`() {
        for type in [
            "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=a",
            "multipart/form-data; boundary=a b", "multipart/form-data; boundary=a; boundary=b", "text/plain",
            "multipart/form-data; boundary=" + String(repeating: "a", count: 71),
            "multipart/form-data; boundary=\"a\r\nb\"",
        ] {
            #expect(Multipart(contentType: type) == nil, "\(type)")
        }
        #expect(Multipart(contentType: "Multipart/Form-Data; Boundary=\"ab\"") != nil)
    }

    @Test(arguments: [
        ("no delimiter at the beginning", "hello"),
        ("no name", "------WebKitFormBoundary7MA4YWxk\r\nContent-Type: a/b\r\n\r\nx"),
        ("no colon", "------WebKitFormBoundary7MA4YWxk\r\nnonsense\r\n\r\nx"),
        (
            "another disposition",
            "------WebKitFormBoundary7MA4YWxk\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx"
        ),
        ("something behind the delimiter", "------WebKitFormBoundary7MA4YWxkXX\r\n"),
    ]) func `a body that is malformed is refused`(name: String, body: String) throws {
        var reader = try #require(Multipart(contentType: Self.type))
        let padded = body + String(repeating: "x", count: 100)
        #expect(throws: Multipart.Fault.malformed, "\(name)") { try reader.read(Array(padded.utf8)) }
    }

    @Test func `each limit holds, before the rest is read`() throws {
        var small = Multipart.Limits()
        (small.field, small.file, small.header, small.parts) = (8, 16, 256, 2)
        func fault(_ body: String) -> Multipart.Fault? {
            guard var reader = Multipart(contentType: "multipart/form-data; boundary=B", limits: small) else {
                return nil
            }
            // Byte by byte, and without an end: the fault must come before any.
            for byte in body.utf8 {
                do { _ = try reader.read([byte]) } catch { return error }
            }
            return nil
        }
        let long = String(repeating: "x", count: 64)
        #expect(fault("--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\(long)") == .fieldTooLarge)
        #expect(
            fault("--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n\r\n\(long)") == .fileTooLarge
        )
        #expect(fault("--B\r\nX: " + String(repeating: "x", count: 300)) == .malformed)
        let part = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n"
        #expect(fault(part + part) == nil)
        #expect(fault(part + part + part) == .tooManyParts)
    }

    @Test func `broken bodies end in parts or in a fault`() throws {
        var generator = SeededGenerator(seed: 21)
        let seed = Array(Self.body.utf8)
        var (faults, complete) = (0, 0)
        for _ in 0..<Fuzzing.count(20_000) {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(contentsOf: "\r\n--".utf8, at: index)
                default: bytes.removeSubrange(index..<min(bytes.count, index + 9))
                }
            }
            var reader = try #require(Multipart(contentType: Self.type))
            let cut = Int.random(in: 0...bytes.count, using: &generator)
            do {
                let parts = try reader.read(bytes[..<cut]) + reader.read(bytes[cut...])
                #expect(parts.count <= 4)
                complete += reader.isComplete ? 1 : 0
            } catch {
                faults += 1
            }
        }
        print(
            "fuzz: multipart forms: \(Fuzzing.count(20_000)) inputs, \(complete) complete, \(faults) faults, 0 failures"
        )
        // Both happen, so that the mutations try something.
        #expect(faults > 500 && complete > 500, "\(faults) \(complete)")
    }
}
