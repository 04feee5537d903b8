import Logging
import PostgreSQL
import RabbitMQ
import Support
import Testing

@testable import Bootstrap

@Suite(.timeLimit(.minutes(1)))
struct ServerTests {
    @Test func `every property of the servers is read`() async throws {
        let settings = try await ConfigurationSources.open(environment: [
            "EBINDA_DATABASE_HOST": "a,b", "EBINDA_DATABASE_PORT": "1", "EBINDA_DATABASE_NAME": "n",
            "EBINDA_DATABASE_USER": "u", "EBINDA_DATABASE_PASSWORD": "p", "EBINDA_DATABASE_POOL_SIZE": "9",
            "EBINDA_DATABASE_ROOT_CERTIFICATE_FILE": "/ca", "EBINDA_BROKER_HOST": "c,d", "EBINDA_BROKER_PORT": "2",
            "EBINDA_BROKER_VIRTUAL_HOST": "v", "EBINDA_BROKER_USER": "w", "EBINDA_BROKER_PASSWORD": "q",
            "EBINDA_BROKER_ROOT_CERTIFICATE_FILE": "/cb",
        ])
        let database = try await DatabaseConfiguration(settings: settings.scoped(to: "database"), service: "toy")
        #expect(database.description == "u@a:1,b:1/n")
        #expect((database.password, database.poolSize, database.schema) == ("p", 9, "toy"))
        #expect(database.tls?.rootCertificateFile == "/ca")
        let broker = try await BrokerConfiguration(settings: settings.scoped(to: "broker"), service: "toy")
        #expect(broker.description == "w@c:2,d:2v")
        #expect((broker.password, broker.connectionName) == ("q", "ebinda-toy"))
        #expect(broker.tls?.rootCertificateFile == "/cb")
    }

    @Test func `the servers have defaults for everything but the password`() async throws {
        let settings = try await ConfigurationSources.open(
            environment: ["EBINDA_DATABASE_PASSWORD": "p", "EBINDA_BROKER_PASSWORD": "q"]
        )
        let database = try await DatabaseConfiguration(settings: settings.scoped(to: "database"), service: "toy")
        #expect(database.description == "toy@127.0.0.1:5432/ebinda")
        #expect((database.poolSize, database.tls) == (4, nil))
        let broker = try await BrokerConfiguration(settings: settings.scoped(to: "broker"), service: "toy")
        #expect(broker.description == "toy@127.0.0.1:5672/")
        #expect(broker.tls == nil)
        await #expect(throws: settings.fault("password", "must be set, here or by passwordFile")) {
            _ = try await DatabaseConfiguration(settings: settings, service: "toy")
        }
        await #expect(throws: settings.fault("password", "must be set, here or by passwordFile")) {
            _ = try await BrokerConfiguration(settings: settings, service: "toy")
        }
    }

    @Test func `a broker is ready when every connection is`() async {
        let ready = ReadinessCheck.broker([("publisher", { .ready }), ("consumer", { .ready })])
        #expect(await ready.outcome().ready)
        let away = ReadinessCheck.broker([
            ("publisher", { .blocked(reason: "low on disk") }), ("consumer", { .connecting(reason: "refused") }),
            ("relay", { .closed }), ("other", { .ready }),
        ])
        #expect(
            await away.outcome().reason
                == "publisher: blocked by the broker, low on disk; consumer: connecting, refused; relay: closed"
        )
    }
}

@Suite(.timeLimit(.minutes(1)))
struct ServerIntegrationTests {
    @Test func `a database is ready when it answers, and says why not`() async throws {
        let stack = TestStack()
        let database = Database(configuration: try stack.database("postgres"), logger: .silent)
        #expect(await ReadinessCheck.database(database).outcome() == .init(name: "database", ready: true, reason: nil))
        await database.close()
        let proxy = TCPProxy(to: 1)
        defer { proxy.close() }
        let away = Database(
            configuration: try stack.database("postgres", port: proxy.port),
            logger: .silent
        )
        let outcome = await ReadinessCheck.database(away).outcome()
        #expect(!outcome.ready)
        let password = try stack.variable("EBINDA_DATABASE_PASSWORD")
        #expect(outcome.reason?.isEmpty == false)
        #expect(outcome.reason?.contains(password) == false)
        await away.close()
    }
}
