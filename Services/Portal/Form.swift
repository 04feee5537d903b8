import Foundation

/// What a form of ours has sent: each field's text, and its files.
struct Form: Sendable {
    /// A file that was chosen.
    struct File: Sendable, Hashable {
        let name: String
        let contentType: String
        let bytes: [UInt8]
    }

    /// The texts by name.
    var fields: [String: String] = [:]
    /// The files in their order; inputs without a file are left out.
    var files: [File] = []

    /// Reads `application/x-www-form-urlencoded`; nil when it is none, or names a field twice.
    init?(encoded text: String) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = Percent.decoded(parts[0]), let value = Percent.decoded(parts[1]),
                fields.updateValue(value, forKey: name) == nil
            else { return nil }
        }
    }

    /// An empty one, for parts that follow.
    init() {}

    /// Takes a part; false when it is no text in UTF-8 or a field that came before.
    mutating func take(_ part: Multipart.Part) -> Bool {
        if let fileName = part.fileName {
            guard !(fileName.isEmpty && part.bytes.isEmpty) else { return true }
            files.append(
                File(name: fileName, contentType: part.contentType ?? "application/octet-stream", bytes: part.bytes)
            )
            return true
        }
        guard let text = String(validating: part.bytes, as: UTF8.self) else { return false }
        return fields.updateValue(text, forKey: part.name) == nil
    }

    /// A field without the white space around it; empty when it is not there.
    subscript(_ name: String) -> String {
        (fields[name] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A field, or nil when it is empty.
    func given(_ name: String) -> String? {
        let text = self[name]
        return text.isEmpty ? nil : text
    }
}

/// Where a person may be sent after signing in: a page of ours, never another site's.
enum LocalPath {
    /// The path if it is one of ours, else `/`.
    ///
    /// `//host` and `/\host` are another site's to a browser.
    static func checked(_ text: String?, else standard: String = "/") -> String {
        guard let text, text.wholeMatch(of: /\/(?:[A-Za-z0-9_-][A-Za-z0-9_\/.-]*)?/) != nil, text.utf8.count <= 256
        else {
            return standard
        }
        return text
    }
}
