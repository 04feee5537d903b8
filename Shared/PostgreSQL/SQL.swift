/// A statement whose interpolated values are binds: `"SELECT 1 WHERE id = \(id)"` sends the id apart from the text.
///
/// The only way to paste text is spelled `\(unsafe:)`.
package struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// The text with `$1`, `$2` … in the values' places.
    package let text: String
    /// The values in order.
    let binds: BindBuffer

    /// A statement without values.
    package init(stringLiteral value: String) {
        text = value
        binds = BindBuffer()
    }

    /// A statement with values.
    package init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        binds = stringInterpolation.binds
    }

    /// Collects text and values.
    package struct StringInterpolation: StringInterpolationProtocol {
        var text: String
        var binds = BindBuffer()

        /// Reserves room for the text.
        package init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 3)
        }

        /// Adds text as it stands.
        package mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        /// Adds a value as a bind.
        package mutating func appendInterpolation<Value: BindConvertible>(_ value: Value) {
            binds.append(value)
            text += "$\(binds.count)"
            // The cast gives unnest() and NULLs their type without a look at the statement's context.
            text += Value.bindType.cast
        }

        /// Adds a value or NULL as a bind.
        package mutating func appendInterpolation<Value: BindConvertible>(_ value: Value?) {
            binds.append(value)
            text += "$\(binds.count)"
            text += Value.bindType.cast
        }

        /// Pastes text; for identifiers that the program itself has made, never for input.
        package mutating func appendInterpolation(unsafe pasted: String) {
            text += pasted
        }
    }
}

/// The binary values of one statement in one buffer, so that sending it takes no allocation a value.
struct BindBuffer: Sendable {
    /// Begins with a byte of no value: an empty value must point somewhere, because libpq takes NULL for SQL's NULL.
    private(set) var bytes: [UInt8] = [0]
    /// For each value its first byte, or -1 for NULL, and its length.
    private(set) var spans: [(start: Int, length: Int32)] = []
    private(set) var types: [UInt32] = []

    var count: Int { spans.count }

    mutating func append<Value: BindConvertible>(_ value: Value) {
        types.append(Value.bindType.oid)
        let start = bytes.count
        if value.encode(into: &bytes) {
            spans.append((start, Int32(bytes.count - start)))
        } else {
            spans.append((-1, 0))
        }
    }
}
