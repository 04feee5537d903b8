import Contracts
import Fleet
import Foundation
import PostgreSQL
import Support

/// Fills the tables with finished items: copies of lives that were really played, each with ids, numbers and keys of its own.
///
/// The rows are made inside the server, from one statement a table, so that they do not have to pass through a client; a test
/// compares them with the played ones, shape by shape. Bodies keep the ids of the life that they were copied from: nothing
/// that is measured reads into the bodies of finished items.
struct Finished: Sendable {
    /// How many lives are copied; more of them make the copies more various, fewer make the statements smaller.
    static let models = 500

    let fleet: Fleet

    /// Makes `count` finished items out of those that are closed now.
    ///
    /// - Returns: how many there are now beside the played ones.
    func load(_ count: Int) async throws -> Int {
        let models = min(
            Self.models,
            try await fleet.number("SELECT count(*) FROM suggestions WHERE state = 'closed'", of: .replies)
        )
        let copies = (count + models - 1) / models
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Two at a time: as many as there are processors.
            group.addTask {
                for service in [ServiceName.intake, .routing] { try await fill(service, models, copies) }
            }
            group.addTask {
                for service in [ServiceName.replies, .reminders, .dashboard] { try await fill(service, models, copies) }
            }
            try await group.waitForAll()
        }
        return models * copies
    }

    private func fill(_ service: ServiceName, _ models: Int, _ copies: Int) async throws {
        try await fleet.look(service, atMuch: true) { database in
            try await database.runScript(Self.preparation(models: models))
            // A hundred thousand items a transaction, roughly: short enough not to hold up the cleaning.
            let slice = max(1, 100_000 / models)
            for first in stride(from: 1, through: copies, by: slice) {
                let last = min(copies, first + slice - 1)
                for statement in Self.statements[service] ?? [] {
                    try await database.runScript(
                        "WITH model AS (SELECT id FROM replies.models), copy AS (SELECT n, replies.prefix(n) AS prefix "
                            + "FROM generate_series(\(first), \(last)) AS n) " + statement
                    )
                }
            }
            try await database.runScript("VACUUM (ANALYZE)")
        }
    }

    /// The lives to copy, and how a copy's ids are made: the time that an id of version 7 begins with is another for each
    /// copy, so that ids stay unique and rows arrive in the order of their keys, as they would have.
    private static func preparation(models: Int) -> String {
        """
        SELECT pg_advisory_xact_lock(4711);
        CREATE TABLE IF NOT EXISTS replies.models AS
            SELECT id, number, row_number() OVER (ORDER BY id) AS ordinal
            FROM replies.suggestions WHERE state = 'closed' ORDER BY id LIMIT \(models);
        CREATE UNIQUE INDEX IF NOT EXISTS models_number ON replies.models (number);
        CREATE OR REPLACE FUNCTION replies.prefix(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
            $$ SELECT substr(lpad(to_hex(1700000000000 + n * 60000), 12, '0'), 1, 8) || '-'
                      || substr(lpad(to_hex(1700000000000 + n * 60000), 12, '0'), 9, 4) $$;
        CREATE OR REPLACE FUNCTION replies.copied(prefix text, id uuid) RETURNS uuid LANGUAGE sql IMMUTABLE AS
            $$ SELECT (prefix || substr(id::text, 14))::uuid $$;
        CREATE OR REPLACE FUNCTION replies.renumbered(n bigint, number text) RETURNS text LANGUAGE sql STABLE AS
            $$ SELECT 'BJ-' || lpad(upper(to_hex(n)), 4, '0') || lpad(upper(to_hex(
                   (SELECT ordinal FROM replies.models WHERE models.number = renumbered.number))), 6, '0') $$;
        """
    }

    /// What is inserted, by service, in the order of the columns.
    static let statements: [ServiceName: [String]] = [
        .intake: [
            """
            INSERT INTO suggestions SELECT replies.copied(prefix, row.id), replies.renumbered(n, number), secret, kind,
                submitter, station, title, body, analysis, proposal, contact, received_at, contact_key, contact_index, version,
                code, deputy, mode, on_behalf, erased, deputies, words, words_key
            FROM copy, model JOIN suggestions AS row USING (id) ORDER BY n
            """,
            """
            INSERT INTO request_keys SELECT key || ':' || n, digest, replies.copied(prefix, suggestion), created_at
            FROM copy, model JOIN request_keys AS row ON suggestion = id ORDER BY n
            """,
            """
            INSERT INTO progress SELECT replies.copied(prefix, suggestion), owner, version, name, occurred_at, row.body
            FROM copy, model JOIN progress AS row ON suggestion = id ORDER BY n
            """,
        ],
        .routing: [
            """
            INSERT INTO suggestions SELECT replies.copied(prefix, row.id), replies.renumbered(n, number), kind, title, body,
                analysis, proposal, station, received_at, state, committee, category, proposed, version,
                attachments, contact, deputies
            FROM copy, model JOIN suggestions AS row USING (id) ORDER BY n
            """,
            """
            INSERT INTO assignments (id, suggestion, department, role, state, started_at, term, due_at, basis, calendar,
                                     provisional, pack, pack_version)
            SELECT replies.copied(prefix, row.id), replies.copied(prefix, suggestion), department, role,
                state, started_at, term, due_at, basis, calendar, provisional, pack, pack_version
            FROM copy, model JOIN assignments AS row ON suggestion = model.id ORDER BY n
            """,
            """
            INSERT INTO fingerprints SELECT replies.copied(prefix, suggestion), sketch, band1, band2, band3, band4, band5, band6,
                band7
            FROM copy, model JOIN fingerprints AS row ON suggestion = model.id ORDER BY n
            """,
            inbox,
        ],
        .replies: [
            """
            INSERT INTO suggestions SELECT replies.copied(prefix, row.id), replies.renumbered(n, number), kind, title, body,
                proposal, committee, state, round, version, answered_at, attachments, contact, station, deputies
            FROM copy, model JOIN suggestions AS row USING (id) ORDER BY n
            """,
            """
            INSERT INTO assignments (id, suggestion, department, role, state, started_at, term, due_at, basis, outcome,
                                     calendar, provisional, pack, pack_version, contacted_round)
            SELECT replies.copied(prefix, row.id), replies.copied(prefix, suggestion), department, role,
                state, started_at, term, due_at, basis, outcome, calendar, provisional, pack, pack_version,
                contacted_round
            FROM copy, model JOIN assignments AS row ON suggestion = model.id ORDER BY n
            """,
            """
            INSERT INTO replies SELECT replies.copied(prefix, assignment), row.round, row.outcome, row.body, commitment_due_at,
                issued_at, row.department,
                regexp_replace(document_number, '〔[0-9]{4}〕', '〔' || lpad(n::text, 4, '0') || '〕'), own_number
            FROM copy, model JOIN assignments ON suggestion = model.id JOIN replies AS row ON assignment = assignments.id
            ORDER BY n
            """,
            """
            INSERT INTO contacts SELECT gen_random_uuid(), replies.copied(prefix, assignment), row.round, mode, held_at, officer,
                partner, row.body, row.due_at, recorded_at
            FROM copy, model JOIN assignments ON suggestion = model.id JOIN contacts AS row ON assignment = assignments.id
            ORDER BY n
            """,
            """
            INSERT INTO inbox SELECT gen_random_uuid(), issued_at
            FROM copy, model JOIN assignments ON suggestion = model.id JOIN replies AS row ON assignment = assignments.id
                CROSS JOIN generate_series(1, 2)
            """,
        ],
        .reminders: [
            """
            INSERT INTO suggestions SELECT replies.copied(prefix, row.id), version, closed_at,
                replies.renumbered(n, number), committee
            FROM copy, model JOIN suggestions AS row USING (id) ORDER BY n
            """,
            """
            INSERT INTO clocks SELECT replies.copied(prefix, assignment), round, replies.copied(prefix, suggestion), department,
                started_at, due_at, next_stage, next_at, ended_at, missed, term, basis, calendar, provisional, missed_due_at
            FROM copy, model JOIN clocks AS row ON suggestion = id ORDER BY n
            """,
            """
            INSERT INTO ends SELECT replies.copied(prefix, assignment), through_round, replies.copied(prefix, suggestion),
                ended_at
            FROM copy, model JOIN ends AS row ON suggestion = id ORDER BY n
            """,
            inbox,
        ],
        .dashboard: [
            """
            INSERT INTO facts SELECT replies.copied(prefix, suggestion), fact, replies.renumbered(n, number), state, committee,
                category, station, received_at, deputies
            FROM copy, model JOIN facts AS row ON suggestion = id ORDER BY n
            """,
            """
            INSERT INTO timeline SELECT replies.copied(prefix, suggestion), owner, version, name, occurred_at, detail
            FROM copy, model JOIN timeline AS row ON suggestion = id ORDER BY n
            """,
        ],
    ].mapValues { $0 + everywhere }

    /// The messages that a service without an order has heard; those of the played lives, which are the later ones.
    private static let inbox = """
        INSERT INTO inbox (id, received_at) SELECT replies.copied(prefix, row.id), received_at
        FROM copy, inbox AS row WHERE row.id > '01900000-0000-0000-0000-000000000000' ORDER BY n
        """

    /// The engine's own tables, alike in every schema: how far each owner's order was heard, and what was done.
    ///
    /// A seal covers the acts of its transaction, so that the sealer has nothing to make up for.
    private static let everywhere = [
        """
        INSERT INTO positions (owner, aggregate, version, last_id)
        SELECT owner, replies.copied(prefix, aggregate), version, replies.copied(prefix, last_id)
        FROM copy, model JOIN positions AS row ON aggregate = id ORDER BY n
        """,
        """
        , acted AS (
            INSERT INTO acts (id, aggregate, version, name, actor, authority, occurred_at, traceparent, cause, body, era,
                              origin)
            SELECT replies.copied(prefix, row.id), replies.copied(prefix, aggregate), version, name, actor, authority,
                   occurred_at, traceparent, cause, row.body, era, origin
            FROM copy, model JOIN acts AS row ON aggregate = model.id ORDER BY n
            RETURNING id, xid, body
        ), numbered AS (
            SELECT id, xid, sha256(body) AS digest, (row_number() OVER (ORDER BY id) - 1) / 1000 AS part FROM acted
        )
        INSERT INTO seals (number, last_xid, last_id, ids, digests, head)
        SELECT (SELECT coalesce(max(number), 0) FROM seals) + part + 1, (array_agg(xid))[1],
               -- The last of them stands for all: no id of the transaction lies behind it.
               'ffffffff-ffff-ffff-ffff-ffffffffffff', array_agg(id), array_agg(digest),
               sha256(string_agg(digest, ''::bytea))
        FROM numbered GROUP BY part
        """,
    ]
}
