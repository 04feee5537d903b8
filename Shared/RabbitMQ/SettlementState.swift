/// Which deliveries of a channel are settled, and with how few acknowledgements the broker can be told.
struct SettlementState {
    /// One `basic.ack`.
    struct Acknowledgement: Equatable {
        let tag: UInt64
        let multiple: Bool
    }

    /// Counts the channel's lives; tags of another are dropped.
    private(set) var generation: UInt64
    /// Every tag below it is acknowledged.
    private var low: UInt64 = 1
    /// Settled tags that unsettled ones lie below of.
    private var ahead: Set<UInt64> = []
    /// Of these, the ones that were acknowledged one by one.
    private var flushed: Set<UInt64> = []

    init(generation: UInt64) {
        self.generation = generation
    }

    /// Whether tags wait for a gap below them to close.
    var hasDeferred: Bool { ahead.count > flushed.count }

    /// How many of the deliveries up to a tag are not settled.
    func open(upTo last: UInt64) -> Int { last < low ? 0 : Int(last - low) + 1 - ahead.count }

    /// Settles tags; what forms an unbroken run from the lowest open tag is acknowledged at once and with one frame.
    ///
    /// What lies above a gap waits for it: batches that run side by side close each other's gaps within milliseconds.
    mutating func settle(_ tags: [DeliveryTag]) -> Acknowledgement? {
        for tag in tags where tag.generation == generation && tag.number >= low { ahead.insert(tag.number) }
        var highest: UInt64?
        while ahead.remove(low) != nil {
            // The broker knows a tag no longer once it was acknowledged alone, and closes the channel at its sight.
            if flushed.remove(low) == nil { highest = low }
            low += 1
        }
        return highest.map { Acknowledgement(tag: $0, multiple: true) }
    }

    /// Acknowledges what has waited above a gap for too long, one by one.
    ///
    /// The tags stay noted, so that the run below can close over them.
    mutating func flushDeferred() -> [Acknowledgement] {
        let tags = ahead.subtracting(flushed).sorted()
        flushed.formUnion(tags)
        return tags.map { Acknowledgement(tag: $0, multiple: false) }
    }
}
