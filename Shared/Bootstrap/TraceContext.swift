package import ServiceContextModule

/// Where a request stands in its trace: the W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context-1/).
///
/// A pure value, the same in the headers of HTTP and of AMQP. It travels in swift-distributed-tracing's
/// `ServiceContext`, so a real tracer can be attached beside it.
package struct TraceContext: Sendable, Hashable {
    /// The whole trace, 16 bytes, never zero.
    package let traceID: TraceID
    /// This step of it, 8 bytes, never zero; the standard's `parent-id`.
    package let spanID: UInt64
    /// The standard's `trace-flags`; bit 0 says that the caller may have recorded the trace.
    package let flags: UInt8
    /// The vendors' `tracestate`, passed on as it came; nil when there is none or it was not well formed.
    package let state: String?

    /// The 16 bytes of a trace's id.
    package struct TraceID: Sendable, Hashable, CustomStringConvertible {
        /// The first 8 bytes.
        package let high: UInt64
        /// The last 8 bytes.
        package let low: UInt64

        /// 32 lower-case hexadecimal digits.
        package var description: String { Hexadecimal.text(of: high) + Hexadecimal.text(of: low) }
    }

    /// The first step of a new trace, with random ids.
    package static func begin() -> Self {
        Self(
            traceID: TraceID(high: RandomIdentifiers.next(), low: RandomIdentifiers.next()),
            spanID: RandomIdentifiers.next(),
            flags: sampled,
            state: nil
        )
    }

    /// The next step of the same trace.
    package func child() -> Self {
        Self(traceID: traceID, spanID: RandomIdentifiers.next(), flags: flags, state: state)
    }

    /// The value of the `traceparent` header, version 00.
    package var traceparent: String { "00-\(traceID)-\(spanText)-\(Hexadecimal.text(of: flags))" }

    /// The step's id as 16 lower-case hexadecimal digits.
    package var spanText: String { Hexadecimal.text(of: spanID) }

    /// The standard's flag `sampled`.
    private static let sampled: UInt8 = 1
}

extension TraceContext {
    /// Reads the headers `traceparent` and `tracestate` as strictly as the standard does.
    ///
    /// A version above 00 is read by the rules of 00 as far as they reach (section 4.3), version ff and everything that
    /// breaks a rule gives nil: the receiver begins a new trace. A bad `tracestate` alone is left out.
    package init?(traceparent: String, tracestate: String? = nil) {
        let bytes = Array(traceparent.utf8)
        // Version, trace id, parent id, flags, and three dashes: 2 + 32 + 16 + 2 + 3.
        guard bytes.count >= 55, bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash,
            let version = Hexadecimal.value(of: bytes[0..<2]), version != 0xff,
            version == 0 ? bytes.count == 55 : bytes.count == 55 || bytes[55] == Self.dash,
            let high = Hexadecimal.value(of: bytes[3..<19]), let low = Hexadecimal.value(of: bytes[19..<35]),
            let span = Hexadecimal.value(of: bytes[36..<52]), let flags = Hexadecimal.value(of: bytes[53..<55]),
            high | low != 0, span != 0
        else {
            return nil
        }
        self.init(
            traceID: TraceID(high: high, low: low),
            spanID: span,
            // Later versions may give the other bits a meaning that is not known here.
            flags: version == 0 ? UInt8(flags) : UInt8(flags) & Self.sampled,
            state: tracestate.flatMap(TraceState.checked)
        )
    }

    private static let dash = UInt8(ascii: "-")
}

extension ServiceContext {
    private enum TraceKey: ServiceContextKey {
        typealias Value = TraceContext
        static var nameOverride: String? { "ebinda-trace" }
    }

    private enum SuggestionKey: ServiceContextKey {
        typealias Value = String
        static var nameOverride: String? { "ebinda-suggestion" }
    }

    /// The step of the trace that the task works on.
    package var trace: TraceContext? {
        get { self[TraceKey.self] }
        set { self[TraceKey.self] = newValue }
    }

    /// The suggestion that the task works on, named in every log line.
    package var suggestion: String? {
        get { self[SuggestionKey.self] }
        set { self[SuggestionKey.self] = newValue }
    }
}
