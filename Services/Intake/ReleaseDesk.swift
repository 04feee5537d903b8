import Contracts
import Messaging
import PostgreSQL

/// Lets the departments that handle an item see a file of an author who is not named (附件转交): a picture shows a door, a face, a
/// plate, and who has left it would be known by it.
struct ReleaseDesk: Sendable {
    /// There is no such file, or it goes with nothing.
    struct NotFound: Error {}
    /// Another committee has the item, or none yet.
    struct Foreign: Error {}

    let outbox: Outbox

    /// Releases a file; once, which is an act; again changes nothing.
    ///
    /// - Throws: ``NotFound``, ``Foreign``, `DatabaseError`.
    func release(_ id: AttachmentID, for committee: CommitteeCode, by actor: String) async throws {
        try await outbox.transaction { transaction in
            guard let attached = try await AttachmentStore.attached(id, in: transaction),
                let item = try await IntakeStore.item(number: attached.number, in: transaction)
            else { throw NotFound() }
            guard try StatusView(item).committee == committee else { throw Foreign() }
            let now = Timestamp.now
            guard let version = try await AttachmentStore.release(id, of: item.id, at: now, in: transaction) else {
                return
            }
            try transaction.publish(
                AttachmentReleased(number: item.number, attachment: id, releasedAt: now),
                about: item.id,
                version: version,
                act: Act(actor: actor, authority: Right.releaseAttachments.rawValue)
            )
        }
    }
}
