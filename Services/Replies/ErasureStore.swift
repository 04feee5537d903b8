import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of erasure.
extension RepliesStore {
    /// Queues that a matter's words go: the author's, and those of contacts, of the replies and of what departments sent that could not be
    /// taken, since they may repeat them.
    static func erase(_ handling: Handling, in transaction: Transaction) {
        transaction.enqueue(
            """
            UPDATE suggestions
            SET title = \(Erasure.mark), body = \(Erasure.mark),
                proposal = CASE WHEN proposal IS NULL THEN NULL ELSE \(Erasure.mark) END, attachments = NULL, contact = NULL
            WHERE id = \(handling.id.rawValue)
            """
        )
        let legs = handling.legs.map(\.leg.assignment)
        transaction.enqueue(
            """
            UPDATE contacts SET body = \(Erasure.mark), officer = \(Erasure.mark)
            WHERE assignment = ANY(\(legs.map(\.rawValue)))
            """
        )
        transaction.enqueue(
            "UPDATE replies SET body = \(Erasure.mark) WHERE assignment = ANY(\(legs.map(\.rawValue)))"
        )
        transaction.enqueue(
            """
            UPDATE rejected_messages SET body = redacted_letter(body)
            WHERE department = ANY(\(handling.legs.map(\.leg.department.rawValue)))
                  AND EXISTS (SELECT FROM unnest(\(legs.map(\.description))) AS leg (id)
                              WHERE position(convert_to(leg.id, 'UTF8') IN body) > 0)
            """
        )
    }
}
