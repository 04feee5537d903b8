package import Logging
import ServiceContextModule

/// Writes each log record as one line of JSON, in one `write(2)`, so that lines of several threads do not mix.
///
/// Fields: `time` (RFC 3339, UTC, milliseconds), `level`, `label`, `message`, then `trace`, `span` and `suggestion` of the
/// task's `ServiceContext`, then the metadata, each key once: the call's over the provider's over the logger's own. A metadata key
/// that bears a field's name comes as `metadata.<name>`; dictionaries are flattened with dots.
package struct JSONLogHandler: LogHandler {
    /// The logger's own metadata.
    package var metadata: Logger.Metadata = [:]
    /// What the task adds; comes over the logger's own.
    package var metadataProvider: Logger.MetadataProvider?
    /// Records below it are not built.
    package var logLevel: Logger.Level

    private let label: String
    private let output: LogOutput

    /// Creates the handler of one logger.
    ///
    /// - Parameters:
    ///   - level: records below it cost one comparison.
    ///   - output: where the lines go; standard error by default, as standard output belongs to commands' results.
    package init(
        label: String,
        level: Logger.Level = .info,
        output: LogOutput = .standardError,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.label = label
        self.logLevel = level
        self.output = output
        self.metadataProvider = metadataProvider
    }

    /// One value of the logger's own metadata.
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one record.
    package func log(event: LogEvent) {
        var line = JSONLine()
        line.field("time", LogTime.now())
        line.field("level", event.level.rawValue)
        line.field("label", label)
        line.field("message", event.message.description)
        if let context = ServiceContext.current {
            if let trace = context.trace {
                line.field("trace", trace.traceID.description)
                line.field("span", trace.spanText)
            }
            if let suggestion = context.suggestion { line.field("suggestion", suggestion) }
        }
        if let error = event.error { line.field("error", Self.text(of: error)) }
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
        if let own = event.metadata { merged.merge(own) { $1 } }
        for (key, value) in merged.sorted(by: { $0.key < $1.key }) { line.metadata(key, value) }
        output.write(line.finished())
    }

    /// An error's own words when its type chose them, else its type alone: what others put into a description may hold
    /// what people wrote.
    package static func text(of error: any Error) -> String {
        switch error {
        case is any SafelyDescribed: String(describing: error)
        default: String(reflecting: type(of: error))
        }
    }
}

/// An error whose `description` holds neither personal data nor secrets, so that it may be logged.
package protocol SafelyDescribed: Error {}
