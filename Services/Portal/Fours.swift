/// Text as people copy it letter by letter.
enum Fours {
    /// In groups of four letters.
    static func spaced(_ text: String) -> String {
        let letters = Array(text)
        return stride(from: 0, to: letters.count, by: 4).map { String(letters[$0..<min($0 + 4, letters.count)]) }
            .joined(separator: " ")
    }
}
