import Contracts
import Messaging

extension Toy {
    /// Does acts about things of their own.
    package func act(_ count: Int) async throws {
        for _ in 0..<count {
            try await outbox.transaction { transaction in
                try transaction.publish(
                    Ponged(sentAt: .now, filler: "字"),
                    about: .make(),
                    version: 1,
                    act: Act(actor: "unit:toy", authority: "代表法 §51")
                )
            }
        }
    }

    /// Waits until so many acts have been sealed, and no more; those of an era that is over do not wait for transactions that run.
    package func seal(_ count: Int) async throws {
        var sealed = 0
        try await eventually("\(count) acts are sealed") {
            sealed += try await sealer.seal()
            return sealed == count
        }
    }
}
