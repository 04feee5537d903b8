import Metrics

/// Every metric of this module, by its one name.
enum MessagingMetrics {
    private static let publishedCounter = Counter(label: "ebinda_messages_published_total")
    private static let unconfirmedCounter = Counter(label: "ebinda_messages_unconfirmed_total")
    private static let relayedCounter = Counter(label: "ebinda_messages_relayed_total")
    private static let heldCounter = Counter(label: "ebinda_messages_held_total")
    private static let batchTimer = Timer(label: "ebinda_batch_seconds")
    private static let handledCounter = Counter(label: "ebinda_messages_handled_total")
    private static let retriedCounter = Counter(label: "ebinda_messages_retried_total")
    private static let parkedCounter = Counter(label: "ebinda_messages_parked_total")

    /// Messages published straight after their commit, and how many of them were confirmed.
    static func published(_ count: Int, confirmed: Int) {
        publishedCounter.increment(by: count)
        if confirmed < count { unconfirmedCounter.increment(by: count - confirmed) }
    }

    /// Messages that the relay published, and those that no queue took.
    static func relayed(_ count: Int, held: Int) {
        relayedCounter.increment(by: count)
        if held > 0 { heldCounter.increment(by: held) }
    }

    /// A batch of deliveries, from their arrival to their acknowledgement.
    static func batch(_ dispositions: [Disposition], _ duration: Duration) {
        batchTimer.record(duration: duration)
        var (retried, parked) = (0, 0)
        for disposition in dispositions {
            switch disposition {
            case .retry: retried += 1
            case .park: parked += 1
            case .done, .hold: break
            }
        }
        handledCounter.increment(by: dispositions.count - retried - parked)
        if retried > 0 { retriedCounter.increment(by: retried) }
        if parked > 0 { parkedCounter.increment(by: parked) }
    }
}
