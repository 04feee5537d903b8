import Foundation

/// Reads `multipart/form-data` (RFC 7578) as its bytes come, strictly: what browsers send, and nothing beside it.
///
/// Pure: bytes in, parts out. Every limit is one that a person with a form does not meet.
struct Multipart: Sendable {
    /// What a form may hold.
    struct Limits: Sendable {
        /// Parts at most.
        var parts = 64
        /// Bytes of a text field: a text of 10,000 characters has at most 40,000.
        var field = 65_536
        /// Bytes of a file.
        var file = 10 * 1_024 * 1_024
        /// Bytes of a part's header.
        var header = 2_048
    }

    /// One field of the form.
    struct Part: Sendable, Hashable {
        let name: String
        /// Nil for a text field; a browser sends an empty one for an input without a file.
        let fileName: String?
        let contentType: String?
        let bytes: [UInt8]
    }

    /// Why a body is none.
    enum Fault: Error, Sendable, Hashable {
        case malformed, tooManyParts, fieldTooLarge, fileTooLarge
    }

    private enum State: Sendable { case preamble, boundary, header, body, end }

    private let limits: Limits
    /// CR LF, two hyphens, the boundary.
    private let delimiter: [UInt8]
    private var state = State.preamble
    private var pending: [UInt8]
    /// Where in `pending` the search for the delimiter goes on: what is before was looked at.
    private var searched = 0
    private var head: Part?
    private var count = 0

    /// Reads a body whose header names its boundary; nil for another content type.
    init?(contentType: String, limits: Limits = Limits()) {
        guard let boundary = Self.boundary(contentType) else { return nil }
        self.limits = limits
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter may stand at the very beginning, with no line break before it.
        pending = Array("\r\n".utf8)
    }

    /// 1 to 70 letters that browsers use (RFC 2046 §5.1.1 allows a few more, which nobody sends).
    private static func boundary(_ contentType: String) -> String? {
        let parts = contentType.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        guard parts.count == 2, parts[0].lowercased() == "multipart/form-data" else { return nil }
        let pair = parts[1].split(separator: "=", maxSplits: 1)
        guard pair.count == 2, pair[0].lowercased() == "boundary" else { return nil }
        var value = String(pair[1])
        if value.count > 2, value.hasPrefix("\""), value.hasSuffix("\"") {
            value = String(value.dropFirst().dropLast())
        }
        return value.wholeMatch(of: /[A-Za-z0-9'()+_,.\/:=?-]{1,70}/) == nil ? nil : value
    }

    /// Takes more bytes and gives the parts that they complete.
    ///
    /// - Throws: ``Fault``.
    mutating func read(_ bytes: some Sequence<UInt8>) throws(Fault) -> [Part] {
        pending += bytes
        var parts: [Part] = []
        while let part = try step() { if let part { parts.append(part) } }
        return parts
    }

    /// Whether the last delimiter has come; a body that ends before it was cut off.
    var isComplete: Bool { state == .end }

    /// One step; nil when more bytes are wanted.
    private mutating func step() throws(Fault) -> Part?? {
        switch state {
        case .preamble:
            guard pending.count >= delimiter.count else { return nil }
            guard pending.starts(with: delimiter) else { throw .malformed }
            consume(delimiter.count)
            state = .boundary
            return .some(nil)
        case .boundary:
            guard pending.count >= 2 else { return nil }
            let next = pending[0..<2]
            consume(2)
            if next.elementsEqual("--".utf8) {
                state = .end
            } else if next.elementsEqual("\r\n".utf8) {
                count += 1
                guard count <= limits.parts else { throw .tooManyParts }
                state = .header
            } else {
                throw .malformed
            }
            return .some(nil)
        case .header:
            guard let end = find(Array("\r\n\r\n".utf8), within: limits.header) else {
                guard pending.count <= limits.header else { throw .malformed }
                return nil
            }
            head = try Self.head(pending[..<end])
            consume(end + 4)
            state = .body
            return .some(nil)
        case .body:
            guard let head else { throw .malformed }
            let limit = head.fileName == nil ? limits.field : limits.file
            guard let end = find(delimiter, within: limit) else {
                guard pending.count <= limit + delimiter.count else {
                    throw head.fileName == nil ? .fieldTooLarge : .fileTooLarge
                }
                return nil
            }
            let bytes = Array(pending[..<end])
            consume(end + delimiter.count)
            state = .boundary
            self.head = nil
            return Part(name: head.name, fileName: head.fileName, contentType: head.contentType, bytes: bytes)
        case .end:
            // An epilogue is allowed (RFC 2046 §5.1.1) and means nothing.
            pending.removeAll()
            return nil
        }
    }

    private mutating func consume(_ count: Int) {
        pending.removeFirst(count)
        searched = 0
    }

    /// Where a pattern begins, at most `within` bytes in; remembers how far it has looked.
    private mutating func find(_ pattern: [UInt8], within limit: Int) -> Int? {
        let found: Int? = pending.withUnsafeBufferPointer { bytes in
            var index = searched
            let last = min(bytes.count - pattern.count, limit)
            while index <= last {
                if bytes[index] == pattern[0], (1..<pattern.count).allSatisfy({ bytes[index + $0] == pattern[$0] }) {
                    return index
                }
                index += 1
            }
            return nil
        }
        if found == nil { searched = max(0, pending.count - pattern.count + 1) }
        return found
    }

    /// The field's name, and of a file what the browser calls it.
    private static func head(_ bytes: ArraySlice<UInt8>) throws(Fault) -> Part {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
        var name: String?
        var fileName: String?
        var contentType: String?
        for line in text.components(separatedBy: "\r\n") {
            let pair = line.split(separator: ":", maxSplits: 1)
            guard pair.count == 2 else { throw .malformed }
            let value = pair[1].trimmingCharacters(in: .whitespaces)
            switch pair[0].lowercased() {
            case "content-disposition":
                guard name == nil, value.hasPrefix("form-data;") else { throw .malformed }
                name = parameter("name", of: value)
                fileName = parameter("filename", of: value)
            case "content-type": contentType = value
            default: break
            }
        }
        guard let name, !name.isEmpty else { throw .malformed }
        return Part(name: name, fileName: fileName, contentType: contentType, bytes: [])
    }

    /// Browsers write `%22` for a quotation mark inside (URL Standard, multipart/form-data encoding).
    private static func parameter(_ name: String, of value: String) -> String? {
        guard let start = value.range(of: "; \(name)=\"") else { return nil }
        let rest = value[start.upperBound...]
        guard let end = rest.firstIndex(of: "\"") else { return nil }
        return String(rest[..<end])
    }
}
