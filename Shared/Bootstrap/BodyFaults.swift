import Contracts
import Foundation

/// A body, once it is all there: of a request, or of a message from outside.
package enum JSONBody {
    /// Reads bytes.
    ///
    /// - Throws: as for data.
    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try decode(type, from: Data(bytes))
    }

    /// - Throws: ``Problem``: 400 when it is no JSON, 422 when it is not what is asked for; what the type throws itself.
    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        guard !data.isEmpty else { throw Problem.malformedBody(rule: "required", "the body is missing") }
        try BodyScan.check(data)
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw BodyFaults.problem(of: error, decoding: type, from: data)
        }
    }
}

/// All that is wrong with a body, where a decoder stops at the first.
///
/// After each fault something that fits is put in its place and the body is decoded again. What cannot be made to fit ends the
/// search. It costs nothing for a good body, and is bounded for a bad one.
enum BodyFaults {
    /// The most faults that are looked for.
    static let limit = 16
    /// Above this size in bytes only the first fault is told.
    static let searchLimit = 65_536

    /// What may stand for a missing or wrong value, one of which most types take.
    private static let substitutes: [any Sendable] = [
        "", 0, false, [String](), [String: String](), "00000000-0000-7000-8000-000000000000", "2000-01-01",
        "2000-01-01T00:00:00.000000Z",
        // One of each list of the contracts: nothing else stands for a listed value.
        SuggestionKind.opinion.rawValue, Submitter.voter.rawValue, AssignmentRole.single.rawValue,
        ReplyOutcome.solved.rawValue, Verdict.satisfied.rawValue, CodeKind.station.rawValue, AuthorMode.named.rawValue,
        Manner.spoken.rawValue, ContactMode.telephone.rawValue, ContactPartner.author.rawValue,
    ]

    /// The problem of a body that a decoder has refused.
    static func problem<Value: Decodable>(
        of error: DecodingError,
        decoding type: Value.Type,
        from data: Data
    ) -> Problem {
        guard var tree = try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed) else {
            return .malformedBody(rule: "json", "the body must be JSON")
        }
        guard data.count <= searchLimit else { return .invalid([Problem.Fault(error)]) }
        var faults: [Problem.Fault] = []
        var current: DecodingError? = error
        while let error = current, faults.count < limit {
            current = nil
            let path = path(of: error)
            if path.isEmpty, let found = NumberFaults.find(in: tree, decoding: type) {
                // The decoder does not say where a number stands that does not fit.
                faults += found.faults
                (tree, current) = (found.tree, found.next)
            } else {
                faults.append(Problem.Fault(error))
                if let next = step(tree, at: path, decoding: type) { (tree, current) = next }
            }
        }
        return .invalid(Array(faults.prefix(limit)))
    }

    /// The tree with a value in place that fits, and the decoder's next complaint; nil when nothing fits.
    private static func step<Value: Decodable>(
        _ tree: Any,
        at path: [any CodingKey],
        decoding type: Value.Type
    ) -> (tree: Any, error: DecodingError?)? {
        for substitute in substitutes {
            guard let patched = replaced(tree, path[...], substitute),
                let data = try? JSONSerialization.data(withJSONObject: patched, options: .fragmentsAllowed)
            else {
                return nil
            }
            do {
                _ = try JSONDecoder().decode(type, from: data)
                return (patched, nil)
            } catch let error as DecodingError {
                let (old, new) = (Problem.Fault.pointer(path), Problem.Fault.pointer(self.path(of: error)))
                // Below the same place the substitute is only another fault.
                if new != old, !new.hasPrefix(old + "/") { return (patched, error) }
            } catch {
                return nil
            }
        }
        return nil
    }

    /// The tree with a value at a path; nil when the path leads nowhere.
    static func replaced(_ tree: Any, _ path: ArraySlice<any CodingKey>, _ value: any Sendable) -> Any? {
        guard let key = path.first else { return value }
        if var object = tree as? [String: Any] {
            guard let below = replaced(object[key.stringValue] ?? NSNull(), path.dropFirst(), value) else { return nil }
            object[key.stringValue] = below
            return object
        }
        guard var array = tree as? [Any], let index = key.intValue, array.indices.contains(index),
            let below = replaced(array[index], path.dropFirst(), value)
        else {
            return nil
        }
        array[index] = below
        return array
    }

    /// Where a decoder stopped.
    static func path(of error: DecodingError) -> [any CodingKey] {
        switch error {
        case .keyNotFound(let key, let context): context.codingPath + [key]
        case .valueNotFound(_, let context), .typeMismatch(_, let context), .dataCorrupted(let context):
            context.codingPath
        @unknown default: []
        }
    }
}
