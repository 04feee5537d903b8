import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird
import Synchronization

/// Plays Intake's quarantine for the pages, as its interface is agreed; notes what was decided.
final class QuarantinePlayer: Sendable {
    static let flood = "01930000-0000-7000-8000-00000000f100"
    static let item = "01930000-0000-7000-8000-00000000f101"

    /// Each decision as it was asked for.
    let decisions = Mutex<[String]>([])
    /// How many of what is asked about are still there.
    let left = Mutex(2)

    private static let row =
        #"{"id":"\#(item)","title":"<script>公交","text":"公交站太远<b>","receivedAt":"2026-11-24T01:00:00.000000Z"}"#

    private struct Choice: Decodable {
        let flood: String?
        let items: [String]?
        let reason: String?
    }

    func add(to router: Router<HTTPContext>) {
        router.get("/v1/quarantine") { _, _ in
            Self.json(
                #"{"waiting":201,"floods":[{"flood":"\#(Self.flood)","station":"ST-X01","reason":"pair","count":201,"firstAt":"2026-11-24T01:00:00.000000Z","lastAt":"2026-11-24T02:00:00.000000Z","samples":[\#(Self.row)]}]}"#
            )
        }
        router.get("/v1/quarantine/:flood") { _, context in
            guard try context.parameters.require("flood") == Self.flood else { throw Problem.notFound() }
            return Self.json(#"{"items":[\#(Self.row)],"next":"2026-11-24T01:00:00.000000Z~\#(Self.item)"}"#)
        }
        for what in ["release", "refuse"] {
            router.post("/v1/quarantine/\(what)") { [self] request, context in
                let form: Choice = try await request.decodeBody(context: context)
                guard (form.flood == nil) != (form.items == nil), what == "release" || form.reason != nil else {
                    throw Problem.invalid([.init(pointer: "", rule: "one-of", message: "须指定之一 · one of them")])
                }
                guard form.reason != "太长" else {
                    throw Problem.invalid([.init(pointer: "/reason", rule: "length", message: "太长 · too long")])
                }
                let of = form.flood.map { "flood \($0)" } ?? "items \((form.items ?? []).joined(separator: ","))"
                decisions.withLock { $0.append("\(what) \(of) \(form.reason ?? "-")") }
                return Self.json(#"{"count":\#(left.withLock { $0 })}"#)
            }
        }
    }

    private static func json(_ text: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: .init(string: text))
        )
    }
}
