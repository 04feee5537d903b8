/// An argument that cannot be used, found out later than the parser can: one line, and exit status 2.
package struct WrongArgument: Error, SafelyDescribed, CustomStringConvertible {
    /// The option and its rule.
    package let description: String

    /// Says what is wrong with an option.
    package init(_ option: String, _ rule: String) { description = "\(option): \(rule)" }
}
