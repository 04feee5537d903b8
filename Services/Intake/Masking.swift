/// Hides personal data that people write into free text: it leaves this service with a star for each hidden character.
///
/// Found by form alone: mobile numbers, identity cards, bank cards, land lines with area code, and number plates. A figure in
/// a text that has the same form is hidden too; the original stays in this service's schema.
enum Masking {
    /// The text with every match hidden, its length in characters unchanged.
    static func masked(_ text: String) -> String {
        // Nearly every text has neither eleven digits in a row nor a plate; the cheap look spares the search.
        guard text.utf8.contains(where: { (48...57).contains($0) }) else { return text }
        var result = text
        for pattern in patterns {
            result.replace(pattern) { match in String(repeating: "＊", count: match.output.count) }
        }
        return result
    }

    private static var patterns: [Regex<Substring>] {
        [
            // Identity card (GB 11643): seventeen digits and a check character; spaces and hyphens are left out of account.
            /(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])/,
            // Bank cards have 16 to 19 digits, often in groups of four.
            /(?<![0-9])[0-9]{4}[ \-]?[0-9]{4}[ \-]?[0-9]{4}[ \-]?[0-9]{4}[0-9]{0,3}(?![0-9])/,
            // Mobile numbers, with or without country code, in one piece or 3-4-4.
            /(?<![0-9])(?:\+?86[ \-]?)?1[3-9][0-9][ \-]?[0-9]{4}[ \-]?[0-9]{4}(?![0-9])/,
            // Land lines with area code.
            /(?<![0-9])0[1-9][0-9]{1,2}[ \-][0-9]{7,8}(?![0-9])/,
            // Plates (GA 36): province, letter, five or six letters and digits.
            /[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z]·?[A-HJ-NP-Z0-9]{5,6}/,
        ]
    }
}
