/// The grammar of `tracestate`, section 3.3 of W3C Trace Context.
enum TraceState {
    /// The standard's limits: members of the list, characters of a key and of a value; and the length that every
    /// system must pass on.
    private static let (memberLimit, keyLimit, valueLimit, lengthLimit) = (32, 256, 256, 512)

    /// The list without empty members, or nil when a rule is broken, a key comes twice, or it is too long.
    static func checked(_ text: String) -> String? {
        var keys: Set<Substring> = []
        var members: [Substring] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: true) {
            let member = part.trimmingSpaces()
            if member.isEmpty { continue }
            guard let equals = member.firstIndex(of: "=") else { return nil }
            let (key, value) = (member[..<equals], member[member.index(after: equals)...])
            guard isKey(key), isValue(value), keys.insert(key).inserted else { return nil }
            members.append(member)
        }
        guard !members.isEmpty, members.count <= memberLimit else { return nil }
        let joined = members.joined(separator: ",")
        return joined.utf8.count <= lengthLimit ? joined : nil
    }

    private static func isKey(_ key: Substring) -> Bool {
        let parts = key.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), key.utf8.count <= keyLimit else { return false }
        return parts.allSatisfy { part in
            guard let first = part.first else { return false }
            // With a tenant in front, its id may begin with a digit; the system's may not.
            let mayBeginWithDigit = parts.count == 2 && part.startIndex == key.utf8.startIndex
            guard isLetter(first) || (mayBeginWithDigit && isDigit(first)) else { return false }
            return part.allSatisfy { isLetter($0) || isDigit($0) || "_-*/".utf8.contains($0) }
        }
    }

    private static func isValue(_ value: Substring) -> Bool {
        guard let last = value.utf8.last, value.utf8.count <= valueLimit, last != UInt8(ascii: " ") else {
            return false
        }
        return value.utf8.allSatisfy {
            (0x20...0x7e).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=")
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        let isInk = { (character: Character) in character != " " && character != "\t" }
        guard let first = firstIndex(where: isInk), let last = lastIndex(where: isInk) else { return "" }
        return self[first...last]
    }
}
