import Contracts
import PostgreSQL
import RabbitMQ
import Support
import Testing

@testable import Messaging
@testable import Replies

/// A letter has no ladder to rest on: what may pass by itself is waited for, and an operator is asked only when it does not.
@Suite(.timeLimit(.minutes(5)))
struct LetterPatienceIntegrationTests {
    /// Makes the database refuse to store an answered leg so many times, with an SQLSTATE.
    private static func refusing(_ times: Int, with state: String) -> String {
        """
        CREATE SEQUENCE refusals;
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- A sequence counts whatever is rolled back.
            IF nextval('refusals') <= \(times) THEN RAISE EXCEPTION 'refused' USING ERRCODE = '\(state)'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON replies FOR EACH ROW EXECUTE FUNCTION refuse();
        """
    }

    /// Lost to a neighbour again and again; ended by the server's own limit on a machine that has too much to do.
    @Test(arguments: [("40P01", 6), ("57014", 3), ("55P03", 3)])
    func `what may pass by itself is tried again, and nothing is parked`(state: String, times: Int) async throws {
        try await LettersWorld.with { letters in
            let leg = try await letters.leg()
            try await letters.engine.database.runScript(Self.refusing(times, with: state))
            try await letters.world.tell([
                letters.letter("reply", #"{"assignment":"\#(leg)","outcome":"A","text":"已办"}"#)
            ])
            let parked = letters.world.topology.parkedQueue(of: .replies)
            try await eventually("it is answered or parked") {
                if try await letters.number("SELECT count(*) FROM replies") == 1 { return true }
                return try await BrokerAdministration.connected(letters.world.broker) {
                    try await $0.messageCount(of: parked)
                } > 0
            }
            #expect(try await letters.number("SELECT count(*) FROM replies") == 1)
            #expect(try await letters.number("SELECT last_value FROM refusals") == times + 1)
        }
    }

    @Test func `what does not pass is parked, and letters behind it are taken`() async throws {
        try await LettersWorld.with { letters in
            let (first, second) = (try await letters.leg(), try await letters.leg())
            try await letters.engine.database.runScript(Self.refusing(1_000_000, with: "57014"))
            try await letters.world.tell([
                letters.letter("reply", #"{"assignment":"\#(first)","outcome":"A","text":"已办"}"#),
                letters.letter("receipt", #"{"assignment":"\#(second)"}"#),
            ])
            let parked = letters.world.topology.parkedQueue(of: .replies)
            try await eventually("the one is parked and the other taken") {
                let count = try await BrokerAdministration.connected(letters.world.broker) {
                    try await $0.messageCount(of: parked)
                }
                let taken = try await letters.number("SELECT count(*) FROM assignments WHERE state = 'received'")
                return count == 1 && taken == 1
            }
            #expect(try await letters.number("SELECT count(*) FROM replies") == 0)
        }
    }
}
