import Contracts
import Fleet
import Foundation
import PostgreSQL
import Support
import Threads

/// How soon an officer sees which matters are like the one they triage, beside a million, and how many of the copies are found.
///
/// The matters are put together from what people write in `Tests/Samples`, several sentences each between the words that everybody
/// begins and ends with: so many of them share a sentence, and hundreds of thousands the ends. The service's own program reads them as
/// it reads matters from before.
struct TwinsBench: Sendable {
    /// What was measured.
    struct Outcome: Sendable {
        let lookups: Latencies
        /// Of copies that share at least 0.7 of their trigrams with their original, the part whose original was shown.
        let recall: Double
        let copies: Int
        /// Matters a second that `migrate` has read.
        let reading: Double
        /// Bytes of the table and its indexes, a matter.
        let bytes: Double
    }

    private struct Entry: Decodable {
        let title: String
        let text: String?
        let situation: String?
        let analysis: String?
        let proposal: String?
    }

    let fleet: Fleet
    let client: FleetClient

    /// Makes the matters and the copies, and asks for each copy's original.
    func run(matters: Int, copies: Int) async throws -> Outcome {
        try await fill(matters)
        let begin = MonotonicTime.now
        try await fleet.runToEnd(.routing, ["migrate"])
        let reading = Double(matters) / (MonotonicTime.now - begin).inSeconds
        let planted = try await plant(copies, among: matters)
        try await fleet.runToEnd(.routing, ["migrate"])
        let bytes = try await fleet.look(.routing, atMuch: true) { database in
            try await database.runScript("VACUUM ANALYZE fingerprints, suggestions")
            return try await database.query("SELECT pg_total_relation_size('fingerprints')")[0].value(
                at: 0,
                as: Int.self
            )
        }
        var (times, close, found) = ([Double](), 0, 0)
        for (index, copy) in planted.enumerated() {
            let begin = MonotonicTime.now
            let answer = try await client.ask(
                .get,
                .routing,
                "/v1/suggestions/\(copy.id)/similar",
                headers: ["Authorization": "Bearer \(fleet.token(of: "chengjian"))"],
                body: ""
            )
            let time = (MonotonicTime.now - begin).inSeconds * 1_000
            guard answer.status == 200 else { throw PollBench.Failure(description: "\(answer.status)") }
            // The first ones open connections and prepare statements.
            if index >= 20 { times.append(time) }
            guard copy.similarity >= 0.7 else { continue }
            close += 1
            if String(decoding: answer.body, as: UTF8.self).contains("\"\(copy.original)\"") { found += 1 }
        }
        return Outcome(
            lookups: Latencies(times),
            recall: Double(found) / Double(close),
            copies: close,
            reading: reading,
            bytes: Double(bytes) / Double(matters + copies)
        )
    }

    /// Ten years of matters, of two to six sentences, every second one between what everybody begins and ends with.
    private func fill(_ count: Int) async throws {
        let folder = URL(fileURLWithPath: "Tests/Samples/suggestions")
        let texts = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
            .flatMap { try JSONDecoder().decode([Entry].self, from: Data(contentsOf: $0)) }
            .flatMap { [$0.title, $0.text, $0.situation, $0.analysis, $0.proposal].compactMap { $0 } }
        let sentences = Array(Set(texts.flatMap { $0.split { "。；！？\n".contains($0) }.map(String.init) })).sorted()
        try await fleet.look(.routing, atMuch: true) { database in
            try await database.runScript("CREATE TEMP TABLE sentences (k bigint PRIMARY KEY, words text NOT NULL)")
            _ = try await database.execute(
                "INSERT INTO sentences SELECT k, words FROM unnest(\(sentences)) WITH ORDINALITY AS row (words, k)"
            )
            try await database.runScript("ANALYZE sentences")
            _ = try await database.execute(
                """
                WITH spoken AS (
                    SELECT n, now() - make_interval(mins => ((\(count) - n) * 5)::int) AS moment,
                           (SELECT words FROM sentences WHERE k = 1 + abs(hashint8(n * 8)::bigint) % \(sentences.count)) AS title,
                           (SELECT string_agg(words, '。' ORDER BY part)
                            FROM generate_series(1, 2 + abs(hashint8(-n)::bigint) % 5) AS part
                                JOIN sentences ON k = 1 + abs(hashint8(n * 8 + part)::bigint) % \(sentences.count)) AS body
                    FROM generate_series(1, \(count)) AS n
                ), stored AS (
                    INSERT INTO suggestions (id, number, kind, title, body, station, received_at, state, committee, version)
                    SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7'
                            || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
                           'TW-' || n, 'opinion', title,
                           CASE WHEN n % 2 = 0 THEN '我是本小区的居民，想反映一个问题。' || body || '。希望有关部门尽快处理，谢谢代表。'
                                ELSE body END,
                           'ST-X01', moment, 'closed', CASE n % 3 WHEN 0 THEN 'chengjian' ELSE 'fazhi' END, 1
                    FROM spoken RETURNING id
                )
                INSERT INTO fingerprints_due SELECT id FROM stored
                """
            )
        }
    }

    private struct Copy {
        let id: SuggestionID
        let original: String
        let similarity: Double
    }

    /// Copies of some of them, with up to a quarter of the characters written over by another's.
    private func plant(_ count: Int, among matters: Int) async throws -> [Copy] {
        var generator = SeededGenerator(seed: 9)
        let numbers = (0...count).map { _ in "TW-\(Int.random(in: 1...matters, using: &generator))" }
        let rows = try await fleet.look(.routing, atMuch: true) {
            try await $0.query(
                "SELECT number, title, body FROM suggestions WHERE number = ANY(\(numbers)) ORDER BY number"
            )
        }
        let originals = try rows.map {
            (try $0["number", as: String.self], try $0["title", as: String.self], try $0["body", as: String.self])
        }
        var (copies, titles, bodies) = ([Copy](), [String](), [String]())
        for (original, filling) in zip(originals, originals.dropFirst()) {
            var characters = Array(original.2)
            let length = max(1, Int(Double(characters.count) * Double.random(in: 0.02...0.25, using: &generator)))
            let place = Int.random(in: 0...characters.count - length, using: &generator)
            characters.replaceSubrange(place..<place + length, with: Array(filling.2).prefix(length))
            let body = String(characters)
            copies.append(
                Copy(
                    id: .make(),
                    original: original.0,
                    similarity: Self.similarity(original.1 + "\n" + original.2, original.1 + "\n" + body)
                )
            )
            titles.append(original.1)
            bodies.append(body)
        }
        let made = (copies: copies, titles: titles, bodies: bodies)
        try await fleet.look(.routing) { database in
            _ = try await database.execute(
                """
                WITH stored AS (
                    INSERT INTO suggestions (id, number, kind, title, body, station, received_at, state, committee, version)
                    SELECT id, 'CP-' || n, 'opinion', title, body, 'ST-X01', now(), 'waiting', 'chengjian', 1
                    FROM unnest(\(made.copies.map(\.id.rawValue)), \(made.titles), \(made.bodies)) WITH ORDINALITY
                         AS row (id, title, body, n)
                    RETURNING id
                )
                INSERT INTO fingerprints_due SELECT id FROM stored
                """
            )
        }
        return copies
    }

    private static func similarity(_ one: String, _ other: String) -> Double {
        func trigrams(_ text: String) -> Set<String> {
            let letters = text.filter { $0.isLetter || $0.isNumber || $0 == "\n" }
            return Set(zip(zip(letters, letters.dropFirst()), letters.dropFirst(2)).map { "\($0.0)\($0.1)\($1)" })
        }
        let (first, second) = (trigrams(one), trigrams(other))
        return Double(first.intersection(second).count) / Double(first.union(second).count)
    }
}

extension ServicesBench {
    /// Similar matters beside as many as there may ever be.
    func twins() async throws -> [Figure] {
        var figures: [Figure] = []
        try await Fleet.with { fleet in
            try await FleetClient.with(fleet) { client in
                try await fleet.startAll([.routing, .directory])
                let outcome = try await TwinsBench(fleet: fleet, client: client)
                    .run(matters: size.finished, copies: size.finished / 500)
                say(
                    "  beside \(size.finished) matters: p50 \(String(format: "%.2f", outcome.lookups.percentile(0.5))) ms, p99 "
                        + "\(String(format: "%.2f", outcome.lookups.percentile(0.99))) ms; \(outcome.copies) copies that are alike "
                        + "by 0.7 and more, \(String(format: "%.3f", outcome.recall)) of them found"
                )
                figures = [
                    Figure("twins.lookup.p50", outcome.lookups.percentile(0.5), "ms", baseline: 20),
                    Figure("twins.lookup.p99", outcome.lookups.percentile(0.99), "ms"),
                    Figure("twins.recall", outcome.recall, "", baseline: 0.9),
                    Figure("twins.reading", outcome.reading, "1/s"),
                    Figure("twins.bytes", outcome.bytes, "B"),
                ]
            }
        }
        return figures
    }
}
