/// Hides personal data that people write into free text: a star for each hidden character.
///
/// Mobile numbers, land lines with their area code, identity cards, bank cards, number plates and mail addresses, in pieces, in full
/// width, with or without country code. A figure in a text that has the same form is hidden too. What an author hands in keeps its
/// original in Intake's schema alone; what an officer writes as a reason is masked before it is kept at all.
package enum Masking {
    /// The text with every find hidden, as many characters as before.
    package static func masked(_ text: String) -> String {
        guard mayHold(text) else { return text }
        var scalars = Array(text.unicodeScalars)
        // What is looked at: full width as half width, so that one rule serves both.
        let plain = scalars.map(narrow)
        var hidden = [Bool](repeating: false, count: scalars.count)
        hideNumbers(in: plain, &hidden)
        hidePlates(in: plain, &hidden)
        hideMail(in: plain, &hidden)
        guard hidden.contains(true) else { return text }
        for index in scalars.indices where hidden[index] { scalars[index] = "＊" }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars)
        return String(result)
    }

    /// Whether there is a digit of either width, or a mail address's sign: most texts have none and are spared the rest.
    private static func mayHold(_ text: String) -> Bool {
        var last: UInt8 = 0
        for byte in text.utf8 {
            if (48...57).contains(byte) || byte == UInt8(ascii: "@") { return true }
            // Digits of full width are EF BC 90 to 99, their sign EF BC A0.
            if last == 0xbc, (0x90...0x99).contains(byte) || byte == 0xa0 { return true }
            last = byte
        }
        return false
    }

    /// ASCII for what is ASCII in full width (U+FF01 to U+FF5E), and a space for the ideographic one.
    private static func narrow(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0xff01...0xff5e: Unicode.Scalar(scalar.value - 0xfee0) ?? scalar
        case 0x3000, 0xa0: " "
        default: scalar
        }
    }

    // MARK: Numbers

    /// What people write between the pieces of a number.
    private static let separators = Set(" -.·•_()（）‐‑–—－".unicodeScalars)
    /// Between two pieces there are at most so many of them, as in `(0571) 8765`.
    private static let gapLimit = 2
    /// The most characters of a number: a bank card's 19, or a telephone's with `0086`.
    private static let lengthLimit = 19

    private static func hideNumbers(in text: [Unicode.Scalar], _ hidden: inout [Bool]) {
        let groups = digitGroups(in: text)
        var index = 0
        while index < groups.count {
            if let last = window(from: index, groups, text) {
                for position in groups[index].lowerBound..<groups[last].upperBound { hidden[position] = true }
                index = last + 1
            } else {
                index += 1
            }
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    /// Runs of digits; the check character X of an identity card belongs to its run.
    private static func digitGroups(in text: [Unicode.Scalar]) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var start: Int?
        for (index, scalar) in text.enumerated() {
            if isDigit(scalar) {
                start = start ?? index
            } else if let begin = start {
                // Seventeen digits stand before it; in pieces, three at least in the last one (GB 11643).
                let isCheck = (scalar == "X" || scalar == "x") && index - begin >= 3
                groups.append(begin..<(isCheck ? index + 1 : index))
                start = nil
            }
        }
        if let begin = start { groups.append(begin..<text.count) }
        return groups
    }

    /// The last group of the longest number that begins with a group.
    private static func window(from first: Int, _ groups: [Range<Int>], _ text: [Unicode.Scalar]) -> Int? {
        var last = first
        var number: [UInt8] = []
        var found: Int?
        while last < groups.count {
            if last > first {
                let gap = groups[last - 1].upperBound..<groups[last].lowerBound
                guard gap.count <= gapLimit, text[gap].allSatisfy(separators.contains) else { break }
            }
            number += text[groups[last]].map { UInt8(truncatingIfNeeded: $0.value) }
            guard number.count <= lengthLimit else { break }
            // The X may be a word's beginning, as in `13800001234x2`.
            if isPersonal(number[...]) || number.last.map({ $0 > 57 }) == true && isPersonal(number.dropLast()) {
                found = last
            }
            last += 1
        }
        return found
    }

    private static func isPersonal(_ number: ArraySlice<UInt8>) -> Bool {
        isTelephone(number) || isIdentityCard(number) || isBankCard(number)
    }

    private static func digits(_ number: ArraySlice<UInt8>) -> [Int]? {
        let values = number.map { Int($0) - 48 }
        return values.allSatisfy { (0...9).contains($0) } ? values : nil
    }

    /// Mobile: 11 digits from 13 to 19.
    ///
    /// Land line: an area code (010, 02x, 03xx to 09xx) and seven or eight digits that do not begin
    /// with 0, 1 or 9. Either with 86 or 0086 before it, where a land line loses its 0.
    private static func isTelephone(_ number: ArraySlice<UInt8>) -> Bool {
        guard let all = digits(number) else { return false }
        for (prefix, isAbroad) in [([], false), ([8, 6], true), ([0, 0, 8, 6], true)] where all.starts(with: prefix) {
            var rest = Array(all.dropFirst(prefix.count))
            if rest.count == 11, rest[0] == 1, rest[1] >= 3 { return true }
            if isAbroad, let first = rest.first, first != 0 { rest.insert(0, at: 0) }
            guard rest.count >= 10, rest[0] == 0 else { continue }
            let area = rest[1] == 1 || rest[1] == 2 ? 3 : 4
            if rest[1] == 1 && rest[2] != 0 || rest[1] == 0 { continue }
            let own = rest.dropFirst(area)
            if (7...8).contains(own.count), let first = own.first, (2...8).contains(first) { return true }
        }
        return false
    }

    /// The first two digits of an identity card: provinces from 11 to 65, 71, 81, 82 and 83, and 91 of foreigners (GB/T 2260).
    private static let provincesOfCards = 11...91

    /// 18 characters with a date of birth, or 15 of before 1999.
    ///
    /// The date tells a card from other figures better than its check character does, one of eleven by chance; and somebody who has
    /// mistyped a digit wants it hidden all the same. Where the check character agrees, any date will do.
    private static func isIdentityCard(_ number: ArraySlice<UInt8>) -> Bool {
        let count = number.count
        guard count == 18 || count == 15, let all = digits(count == 18 ? number.dropLast() : number) else {
            return false
        }
        let last = number[number.endIndex - 1]
        guard count == 15 || isDigit(Unicode.Scalar(last)) || last == UInt8(ascii: "X") || last == UInt8(ascii: "x")
        else {
            return false
        }
        guard provincesOfCards.contains(all[0] * 10 + all[1]) else { return false }
        let start = count == 18 ? 10 : 8
        let (month, day) = (all[start] * 10 + all[start + 1], all[start + 2] * 10 + all[start + 3])
        guard (1...12).contains(month), (1...31).contains(day) else { return false }
        guard count == 18 else { return true }
        let year = all[6..<10].reduce(0) { $0 * 10 + $1 }
        return (1900...2099).contains(year) || checks(all, last)
    }

    /// The check character of GB 11643: ISO 7064, MOD 11-2.
    private static func checks(_ digits: [Int], _ last: UInt8) -> Bool {
        let sum = digits.reduce(0) { ($0 + $1) * 2 % 11 }
        let wanted = (12 - sum) % 11
        return wanted == 10 ? last == UInt8(ascii: "X") || last == UInt8(ascii: "x") : last == UInt8(48 + wanted)
    }

    /// 16 to 19 digits from 3, 4, 5, 6 or 9, as banks have them, whose sum is right (ISO/IEC 7812-1, annex B): of other figures of
    /// that length, nineteen in twenty stay.
    private static func isBankCard(_ number: ArraySlice<UInt8>) -> Bool {
        guard (16...19).contains(number.count), let all = digits(number), [3, 4, 5, 6, 9].contains(all[0]) else {
            return false
        }
        let sum = all.reversed().enumerated().reduce(0) { sum, next in
            let value = next.offset.isMultiple(of: 2) ? next.element : next.element * 2
            return sum + (value > 9 ? value - 9 : value)
        }
        return sum.isMultiple(of: 10)
    }

    // MARK: Plates and addresses

    /// The provinces of number plates (GA 36).
    private static let provinces = Set("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼".unicodeScalars)
    /// What may stand last: police, driving schools, trailers, Hong Kong, Macao, embassies, consulates.
    private static let lastOfPlates = Set("警学挂港澳使领".unicodeScalars)

    private static func isCapital(_ scalar: Unicode.Scalar) -> Bool {
        ("A"..."Z").contains(scalar) || ("a"..."z").contains(scalar)
    }

    /// Province, letter, perhaps a separator, then five or six letters and digits with one digit at least; the last may be a word.
    private static func hidePlates(in text: [Unicode.Scalar], _ hidden: inout [Bool]) {
        var index = 0
        while index + 6 < text.count {
            guard provinces.contains(text[index]), isCapital(text[index + 1]) else {
                index += 1
                continue
            }
            let start = index
            index += 2
            if separators.contains(text[index]) { index += 1 }
            let serial = text[index...].prefix(7).prefix { isCapital($0) || isDigit($0) }
            let isEnded = serial.endIndex < text.endIndex && lastOfPlates.contains(text[serial.endIndex])
            let count = serial.count + (isEnded ? 1 : 0)
            if (5...6).contains(count), serial.contains(where: isDigit) {
                for position in start..<index + count { hidden[position] = true }
            }
            index += serial.count
        }
    }

    /// Letters, digits and marks around an @, with a point behind it.
    private static func hideMail(in text: [Unicode.Scalar], _ hidden: inout [Bool]) {
        func isPart(_ scalar: Unicode.Scalar) -> Bool {
            isCapital(scalar) || isDigit(scalar) || "._%+-".unicodeScalars.contains(scalar)
        }
        for (index, scalar) in text.enumerated() where scalar == "@" {
            let before = text[..<index].reversed().prefix(while: isPart).count
            let behind = text[(index + 1)...].prefix(while: isPart)
            guard before > 0, let point = behind.firstIndex(of: "."), point > behind.startIndex else { continue }
            for position in index - before..<behind.endIndex { hidden[position] = true }
        }
    }
}
