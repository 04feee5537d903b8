import Threads

/// Which messages wait to be sent, which for a confirm, and which batches are complete: every decision of publishing.
struct PublisherState {
    /// A batch whose every message has an outcome.
    struct Completed {
        let batch: UInt64
        let outcomes: [PublishOutcome]
    }

    private struct Batch {
        var outcomes: [PublishOutcome?]
        var open: Int
    }

    private struct Entry {
        let batch: UInt64
        let index: Int
        let weight: Int
        let sentAt: MonotonicTime
        let messageID: String?
        var returned: (code: Int, reason: String)?
        var isSettled = false
    }

    private let window: Int
    private let byteWindow: Int
    private var batches: [UInt64: Batch] = [:]
    private var nextBatch: UInt64 = 0
    private var queue: [(batch: UInt64, index: Int, message: OutgoingMessage)] = []
    private var queueStart = 0
    /// Sent on the present channel; the first has the tag `firstTag`.
    private var sent: [Entry] = []
    private var sentStart = 0
    private var firstTag: UInt64 = 1
    private var openCount = 0
    private var openBytes = 0
    /// Until the first confirm of a connection, one message is sent alone: a broker under an alarm announces it only to
    /// those who have published, and what follows would fill its buffers.
    private var isProven = false

    init(window: Int, byteWindow: Int) {
        self.window = window
        self.byteWindow = byteWindow
    }

    /// Whether a message may be sent now.
    var maySend: Bool {
        guard queueStart < queue.count else { return false }
        guard isProven else { return openCount == 0 }
        // A message over the whole window goes alone rather than never.
        return openCount < window && (openBytes + queue[queueStart].message.weight <= byteWindow || openCount == 0)
    }

    /// When the oldest message without a confirm was sent.
    var oldest: MonotonicTime? {
        sent[sentStart...].first { !$0.isSettled }?.sentAt
    }

    /// Whether nothing is queued and nothing unconfirmed.
    var isIdle: Bool { batches.isEmpty }

    /// Queues a batch.
    mutating func submit(_ messages: [OutgoingMessage]) -> UInt64 {
        nextBatch += 1
        batches[nextBatch] = Batch(outcomes: Array(repeating: nil, count: messages.count), open: messages.count)
        if queueStart == queue.count {
            queue.removeAll(keepingCapacity: true)
            queueStart = 0
        }
        for (index, message) in messages.enumerated() { queue.append((nextBatch, index, message)) }
        return nextBatch
    }

    /// Takes the next message and registers it as sent, before it is written: a fast confirm must find it.
    mutating func send(at time: MonotonicTime) -> OutgoingMessage {
        let (batch, index, message) = queue[queueStart]
        queueStart += 1
        sent.append(
            Entry(
                batch: batch,
                index: index,
                weight: message.weight,
                sentAt: time,
                messageID: message.isMandatory ? message.properties.messageID : nil
            )
        )
        openCount += 1
        openBytes += message.weight
        return message
    }

    /// Notes a `basic.return`; it comes before the confirm of the same message and carries no tag.
    mutating func noteReturn(messageID: String?, code: Int, reason: String) {
        guard let messageID else { return }
        for index in sent.indices[sentStart...]
        where !sent[index].isSettled && sent[index].returned == nil && sent[index].messageID == messageID {
            sent[index].returned = (code, reason)
            return
        }
    }

    /// Settles one tag, or every tag up to it.
    ///
    /// - Returns: the batches that are complete now; nil when the broker named a tag that was never sent.
    mutating func settle(tag: UInt64, multiple: Bool, isRefused: Bool) -> [Completed]? {
        // A multiple confirm of tag 0 means all (AMQP 0-9-1, basic.ack).
        let end = tag == 0 && multiple ? sent.count : Int(clamping: tag &- firstTag) + 1
        guard tag >= firstTag || (tag == 0 && multiple), end <= sent.count else {
            return multiple && tag < firstTag ? [] : nil
        }
        isProven = true
        var completed: [Completed] = []
        for index in (multiple ? sentStart : end - 1)..<end where !sent[index].isSettled {
            sent[index].isSettled = true
            openCount -= 1
            openBytes -= sent[index].weight
            let outcome: PublishOutcome =
                if isRefused {
                    .refused
                } else if let (code, reason) = sent[index].returned {
                    .returned(code: code, reason: reason)
                } else {
                    .confirmed
                }
            resolve(sent[index].batch, sent[index].index, outcome, &completed)
        }
        while sentStart < sent.count, sent[sentStart].isSettled { sentStart += 1 }
        compact()
        return completed
    }

    /// Fails everything sent and unconfirmed on a channel that is gone, and everything queued with it.
    mutating func fail(_ error: BrokerError) -> [Completed] {
        var completed: [Completed] = []
        for entry in sent[sentStart...] where !entry.isSettled {
            resolve(entry.batch, entry.index, .unknown(error), &completed)
        }
        sent.removeAll(keepingCapacity: true)
        (sentStart, firstTag, openCount, openBytes, isProven) = (0, 1, 0, 0, false)
        return completed + failQueued(error)
    }

    /// Gives up waiting for what is sent, while its channel lives on; a confirm that comes after all changes nothing.
    mutating func expire(_ error: BrokerError) -> [Completed] {
        var completed: [Completed] = []
        for index in sent.indices[sentStart...] where !sent[index].isSettled {
            sent[index].isSettled = true
            openCount -= 1
            openBytes -= sent[index].weight
            resolve(sent[index].batch, sent[index].index, .unknown(error), &completed)
        }
        sentStart = sent.count
        return completed
    }

    /// Fails what has not been sent; the sent may still be confirmed.
    mutating func failQueued(_ error: BrokerError) -> [Completed] {
        var completed: [Completed] = []
        for (batch, index, _) in queue[queueStart...] { resolve(batch, index, .unknown(error), &completed) }
        queue.removeAll(keepingCapacity: true)
        queueStart = 0
        return completed
    }

    private mutating func resolve(
        _ id: UInt64,
        _ index: Int,
        _ outcome: PublishOutcome,
        _ completed: inout [Completed]
    ) {
        guard let slot = batches.index(forKey: id), batches.values[slot].outcomes[index] == nil else { return }
        batches.values[slot].outcomes[index] = outcome
        batches.values[slot].open -= 1
        guard batches.values[slot].open == 0 else { return }
        completed.append(Completed(batch: id, outcomes: batches.values[slot].outcomes.compactMap { $0 }))
        batches.remove(at: slot)
    }

    /// Drops the settled head once it is the larger part, so that the cost a message stays constant.
    private mutating func compact() {
        guard sentStart > 1_024, sentStart * 2 > sent.count else { return }
        firstTag += UInt64(sentStart)
        sent.removeFirst(sentStart)
        sentStart = 0
    }
}
