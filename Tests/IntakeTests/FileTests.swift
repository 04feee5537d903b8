import Foundation
import Support
import Testing

@testable import Intake

/// Files of strangers: what they are, what they are called, how large they unpack.
struct FileTests {
    @Test(arguments: [
        (nil, "附件.jpg"), ("", "附件.jpg"), ("台阶.jpg", "台阶.jpg"), ("../../etc/passwd", "passwd.jpg"),
        ("..\\..\\windows\\system.ini", "system.jpg"), ("a/b/照片.JPEG", "照片.jpg"), (".htaccess", "htaccess.jpg"),
        ("a\r\nSet-Cookie: x=1", "aSet-Cookie x=1.jpg"), ("a\u{0}b.png", "ab.jpg"), ("\u{202E}gpj.exe", "gpj.jpg"),
        ("\"quoted\";x=<y>", "quotedx=y.jpg"), ("...", "附件.jpg"), ("/", "附件.jpg"), ("photo.tar.gz", "photo.tar.jpg"),
        ("我的 照片 (1).webp", "我的 照片 (1).jpg"),
    ])
    func `a name has no folders, no controls and its kind's ending`(given: String?, kept: String) {
        #expect(FileName.cleaned(given, .jpeg) == kept)
    }

    @Test func `a name is short, whatever was given`() {
        for length in [10, 119, 120, 121, 5_000] {
            let name = FileName.cleaned(String(repeating: "长", count: length), .webp)
            #expect(name.unicodeScalars.count <= FileName.limit && name.hasSuffix(".webp"))
        }
    }

    @Test func `a kind is known by its bytes`() {
        #expect(FileKind(head: [0xff, 0xd8, 0xff, 0xe0]) == .jpeg)
        #expect(FileKind(head: Array("RIFF\u{1}\u{0}\u{0}\u{0}WEBPVP8 ".utf8)) == .webp)
        #expect(FileKind(head: Array("%PDF-1.7\n".utf8)) == .pdf)
        for other in [
            "", "GIF89a", "<svg xmlns", "<html>", "PK\u{3}\u{4}", "RIFF1234WAVE", " %PDF-1.4", "%!PS-Adobe", "MZ",
        ] {
            #expect(FileKind(head: Array(other.utf8)) == nil, "\(other)")
        }
        #expect(FileKind(contentType: "Image/JPEG; q=1") == .jpeg)
        for other in ["image/svg+xml", "image/gif", "text/html", "application/octet-stream", ""] {
            #expect(FileKind(contentType: other) == nil, "\(other)")
        }
    }

    @Test func `a picture's size is read from its header`() {
        #expect(ImageSize(head: Pictures.png(30_000, 30_000), kind: .png)?.isAcceptable == false)
        #expect(
            ImageSize(head: Pictures.png(640, 480), kind: .png) == ImageSize(head: Pictures.png(640, 480), kind: .png)
        )
        #expect(ImageSize(head: Pictures.png(640, 480), kind: .png)?.width == 640)
        let frame: [UInt8] = [
            0xff, 0xd8, 0xff, 0xe1, 0, 4, 9, 9, 0xff, 0xff, 0xc2, 0, 17, 8, 0x01, 0x02, 0x03, 0x04, 3, 0, 0,
        ]
        let jpeg = ImageSize(head: frame, kind: .jpeg)
        #expect(jpeg?.width == 0x0304 && jpeg?.height == 0x0102)
        let riff = Array("RIFF\u{1}\u{0}\u{0}\u{0}WEBP".utf8)
        let extended = ImageSize(
            head: riff + Array("VP8X".utf8) + [10, 0, 0, 0, 0, 0, 0, 0, 0x2f, 0x75, 0, 0x1f, 0x03, 0],
            kind: .webp
        )
        #expect(extended?.width == 30_000 && extended?.height == 800)
        let lossless = ImageSize(
            head: riff + Array("VP8L".utf8) + [9, 0, 0, 0, 0x2f, 0x0f, 0xc0, 0x04, 0, 0, 0, 0, 0, 0],
            kind: .webp
        )
        #expect(lossless?.width == 16 && lossless?.height == 20)
    }

    @Test func `no bytes make the readers of headers fail`() {
        var generator = SeededGenerator(seed: 11)
        let seeds: [(FileKind, [UInt8])] = [
            (.png, Pictures.png(64, 64)), (.jpeg, [0xff, 0xd8, 0xff, 0xe0, 0, 16] + Array(repeating: 7, count: 40)),
            (.webp, Array("RIFF\u{1}\u{0}\u{0}\u{0}WEBPVP8X".utf8) + Array(repeating: 3, count: 30)),
            (.pdf, Array("%PDF-".utf8)),
        ]
        var (tried, read) = (0, 0)
        for _ in 0..<Fuzzing.count(12_500) {
            for (kind, seed) in seeds {
                var bytes = seed
                for _ in 0..<Int.random(in: 0...8, using: &generator) where !bytes.isEmpty {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
                }
                bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
                _ = FileKind(head: bytes)
                if let size = ImageSize(head: bytes, kind: kind), size.isAcceptable { read += 1 }
                tried += 1
            }
        }
        print("fuzz: headers of files: \(tried) inputs, \(read) read, 0 failures")
        #expect(tried >= 50_000 && read > 500, "some of them were pictures: \(read)")
    }
}

/// Pictures made for tests, byte by byte.
enum Pictures {
    /// The header of a PNG of a size that it need not have.
    static func png(_ width: UInt32, _ height: UInt32) -> [UInt8] {
        func big(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13] + Array("IHDR".utf8) + big(width)
            + big(height)
            + [1, 0, 0, 0, 0, 0, 0, 0, 0]
    }
}

extension Pictures {
    /// A grey PNG with its pixels not packed, so that it can be made here: noise where a seed is given, black otherwise.
    ///
    /// - Parameter bits: a pixel's, 8 or 1.
    static func whole(_ width: Int, _ height: Int, bits: UInt8 = 8, seed: UInt64? = nil) -> [UInt8] {
        var generator = SeededGenerator(seed: seed ?? 0)
        let row = (width * Int(bits) + 7) / 8
        var pixels: [UInt8] = []
        pixels.reserveCapacity((row + 1) * height)
        for _ in 0..<height {
            pixels.append(0)
            for _ in 0..<row { pixels.append(seed == nil ? 0 : .random(in: 0...255, using: &generator)) }
        }
        let header = png(UInt32(width), UInt32(height))[16..<24] + [bits, 0, 0, 0, 0]
        return Array(png(1, 1).prefix(8)) + chunk("IHDR", Array(header)) + chunk("IDAT", stored(pixels))
            + chunk("IEND", [])
    }

    /// A JPEG's segment with a place, a turn to the right, and a text to look for (Exif 2.3: GPS in a directory of its own).
    static func exif(_ text: String) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
        func entry(_ tag: Int, _ type: Int, _ count: Int, _ value: Int) -> [UInt8] {
            little(tag, 2) + little(type, 2) + little(count, 4) + little(value, 4)
        }
        let words = Array(text.utf8) + [0]
        // Header 8, directory 2 + 3 entries + 4, GPS directory 2 + 1 entry + 4, then the text.
        let (gps, behind) = (8 + 2 + 36 + 4, 8 + 2 + 36 + 4 + 2 + 12 + 4)
        let body =
            Array("II".utf8) + little(42, 2) + little(8, 4) + little(3, 2) + entry(0x010f, 2, words.count, behind)
            + entry(0x0112, 3, 1, 6) + entry(0x8825, 4, 1, gps) + little(0, 4) + little(1, 2)
            + entry(0x0001, 2, 2, Int(UInt8(ascii: "N"))) + little(0, 4) + words
        let payload = Array("Exif".utf8) + [0, 0] + body
        let length = payload.count + 2
        return [0xff, 0xe1, UInt8(length >> 8), UInt8(length & 255)] + payload
    }

    /// A PNG's chunk of a text under a keyword (ISO/IEC 15948 §11.3.4.3).
    static func text(_ keyword: String, _ text: String) -> [UInt8] {
        chunk("tEXt", Array(keyword.utf8) + [0] + Array(text.utf8))
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        return big(UInt32(data.count)) + body + big(crc(body))
    }

    private static func big(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    /// Deflate that packs nothing (RFC 1951 §3.2.4) in a zlib stream.
    private static func stored(_ data: [UInt8]) -> [UInt8] {
        var (out, position): ([UInt8], Int) = ([0x78, 0x01], 0)
        out.reserveCapacity(data.count + data.count / 6_000 + 16)
        repeat {
            let part = data[position..<min(position + 65_535, data.count)]
            position += part.count
            let (low, high) = (UInt8(part.count & 255), UInt8(part.count >> 8))
            out += [position == data.count ? 1 : 0, low, high, ~low, ~high] + part
        } while position < data.count
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in data {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return out + big(b << 16 | a)
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { table[Int(($0 ^ UInt32($1)) & 255)] ^ ($0 >> 8) }
    }
}
