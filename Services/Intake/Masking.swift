/// Hides personal data that people write into free text: it leaves this service with a star for each hidden character.
///
/// Found by form alone: mobile numbers, identity cards, bank cards, land lines with area code, and number plates. A figure in
/// a text that has the same form is hidden too; the original stays in this service's schema.
enum Masking {
    /// The text with every find hidden, as many characters as before.
    static func masked(_ text: String) -> String {
        // Every find has digits; most texts without any are spared the rest.
        guard text.utf8.contains(where: { (48...57).contains($0) }) else { return text }
        var scalars = Array(text.unicodeScalars)
        let groups = digitGroups(in: scalars)
        var index = 0
        while index < groups.count {
            if let last = window(from: index, groups, scalars) {
                hide(groups[index].lowerBound..<groups[last].upperBound, in: &scalars)
                index = last + 1
            } else {
                index += 1
            }
        }
        hidePlates(in: &scalars)
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars)
        return String(result)
    }

    /// Runs of ASCII digits; the check character X of an identity card belongs to its run.
    private static func digitGroups(in scalars: [Unicode.Scalar]) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var start: Int?
        for (index, scalar) in scalars.enumerated() {
            if ("0"..."9").contains(scalar) {
                start = start ?? index
            } else if let begin = start {
                let isCheck = (scalar == "X" || scalar == "x") && index - begin == 17
                groups.append(begin..<(isCheck ? index + 1 : index))
                start = nil
            }
        }
        if let begin = start { groups.append(begin..<scalars.count) }
        return groups
    }

    /// The last group of the longest number that begins with a group: people write numbers in up to five pieces.
    private static func window(from first: Int, _ groups: [Range<Int>], _ scalars: [Unicode.Scalar]) -> Int? {
        var last = first
        var digits = ""
        var found: Int?
        while last < groups.count, last - first < 5 {
            if last > first {
                // Pieces of one number have one space or hyphen between them.
                let gap = groups[last - 1].upperBound..<groups[last].lowerBound
                guard gap.count == 1, scalars[gap.lowerBound] == " " || scalars[gap.lowerBound] == "-" else { break }
            }
            digits.unicodeScalars.append(contentsOf: scalars[groups[last]])
            if isPersonal(digits, inPieces: last > first) { found = last }
            last += 1
        }
        return found
    }

    private static func isPersonal(_ digits: String, inPieces: Bool) -> Bool {
        let count = digits.count
        func isMobile(_ digits: Substring) -> Bool {
            digits.count == 11 && digits.first == "1" && (digits.dropFirst().first.map { $0 >= "3" } ?? false)
        }
        // With or without the country code.
        if isMobile(digits[...]) || digits.hasPrefix("86") && isMobile(digits.dropFirst(2)) { return true }
        // Identity cards have 18 characters (GB 11643), bank cards 16 to 19 digits.
        if (16...19).contains(count) { return true }
        // Land lines: area code from 0, then seven or eight digits.
        return inPieces && digits.hasPrefix("0") && (10...12).contains(count)
    }

    private static func hide(_ range: Range<Int>, in scalars: inout [Unicode.Scalar]) {
        for index in range { scalars[index] = "＊" }
    }

    /// The provinces of number plates (GA 36).
    private static let provinces = Set("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼".unicodeScalars)

    /// Province, letter, perhaps a point, then five or six letters and digits.
    private static func hidePlates(in scalars: inout [Unicode.Scalar]) {
        var index = 0
        while index + 6 < scalars.count {
            guard provinces.contains(scalars[index]), ("A"..."Z").contains(scalars[index + 1]) else {
                index += 1
                continue
            }
            let start = index
            index += 2
            if scalars[index] == "·" { index += 1 }
            let serial = scalars[index...].prefix(7).prefix { ("A"..."Z").contains($0) || ("0"..."9").contains($0) }
                .count
            if serial == 5 || serial == 6 { hide(start..<index + serial, in: &scalars) }
            index += serial
        }
    }
}
