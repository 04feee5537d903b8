import Contracts
import Foundation

/// What a file may be, known by its first bytes and never by what its sender says.
enum FileKind: String, Sendable, CaseIterable {
    case jpeg = "image/jpeg"
    case png = "image/png"
    case webp = "image/webp"
    case pdf = "application/pdf"

    /// The kind of a content type, without its parameters; nil for any other.
    init?(contentType: String) {
        self.init(rawValue: contentType.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased())
    }

    /// The kind of a file by its first bytes; nil for any other.
    ///
    /// - Parameter head: at least 12 bytes, where the file has so many.
    init?(head: some Collection<UInt8>) {
        let head = Array(head.prefix(12))
        if head.starts(with: [0xff, 0xd8, 0xff]) {
            self = .jpeg
        } else if head.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
            self = .png
        } else if head.starts(with: "RIFF".utf8), head.dropFirst(8).elementsEqual("WEBP".utf8) {
            self = .webp
        } else if head.starts(with: "%PDF-".utf8) {
            self = .pdf
        } else {
            return nil
        }
    }

    /// Whether it is a picture, which is made anew before it is kept.
    var isImage: Bool { self != .pdf }

    /// The ending of its name.
    var ending: String {
        switch self {
        case .jpeg: "jpg"
        case .png: "png"
        case .webp: "webp"
        case .pdf: "pdf"
        }
    }
}

/// The names of files, as people give them.
enum FileName {
    /// Characters of a name.
    static let limit = 120

    /// A name without folders, control characters and invisible ones that turn its direction, with the ending of its kind.
    static func cleaned(_ text: String?, _ kind: FileKind) -> String {
        let last = (text ?? "").split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
        var scalars = String.UnicodeScalarView()
        for scalar in last.unicodeScalars where !isHidden(scalar) { scalars.append(scalar) }
        var stem = String(scalars).trimmingCharacters(
            in: CharacterSet(charactersIn: ". ").union(.whitespacesAndNewlines)
        )
        if let point = stem.lastIndex(of: "."), stem.distance(from: point, to: stem.endIndex) <= 6 {
            stem = String(stem[..<point]).trimmingCharacters(in: CharacterSet(charactersIn: ". "))
        }
        var short = String.UnicodeScalarView()
        for scalar in stem.unicodeScalars.prefix(limit - kind.ending.count - 1) { short.append(scalar) }
        return "\(short.isEmpty ? "附件" : String(short)).\(kind.ending)"
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
        // What some file systems, shells and headers give a meaning to.
        default: "\"<>|:*?%;".unicodeScalars.contains(scalar)
        }
    }
}

/// A file that was sent before and is now named by what is handed in.
struct AttachmentClaim: Codable, Sendable, Hashable {
    /// The most files of an item.
    static let limit = 9

    let id: AttachmentID
    /// What the sender got with the id: nobody takes another's file by guessing.
    let secret: String

    /// What is wrong with a list of them.
    static func faults(_ claims: [AttachmentClaim]) -> [Submission.Fault] {
        guard claims.count <= limit else {
            let words = "最多\(limit)个附件 · at most \(limit) files"
            return [Submission.Fault(pointer: "/attachments", rule: "count", words: words)]
        }
        return claims.indices.filter { index in claims[..<index].contains { $0.id == claims[index].id } }.map {
            Submission.Fault(pointer: "/attachments/\($0)", rule: "unique", words: "附件重复 · named twice")
        }
    }

    /// The fault of a claim that no file answers to.
    static func unknown(at index: Int) -> Submission.Fault {
        Submission.Fault(
            pointer: "/attachments/\(index)",
            rule: "unknown",
            words: "没有这个附件，或已被使用 · there is no such file, or it is used already"
        )
    }
}
