import Contracts

/// One field of a form or of a line that is not as it must be.
struct FieldFault: Sendable, Hashable {
    /// The field's name; empty for the whole.
    let field: String
    /// The rule's code.
    let rule: String
    /// In words, Chinese first.
    let words: String

    init(_ field: String, _ rule: String, _ words: String) {
        (self.field, self.rule, self.words) = (field, rule, words)
    }

    init(_ field: String, _ breach: TextRule.Breach) { self.init(field, breach.rule, breach.words) }
}

/// All faults of a form at once.
struct FieldFaults: Error, Sendable, Hashable {
    let faults: [FieldFault]
}

/// Something that cannot be done as things stand now, although it was asked for in good form.
struct Hindrance: Error, Sendable, Hashable {
    /// The rule's code.
    let rule: String
    /// In words, Chinese first.
    let words: String

    init(_ rule: String, _ words: String) { (self.rule, self.words) = (rule, words) }
}
