/// What a thread waits for between two jobs.
package struct Waiting: Sendable, Equatable {
    /// The descriptor to watch; nil when there is none (not connected).
    package var descriptor: Int32?
    /// Whether room in the send buffer is waited for as well as input.
    package var forWriting: Bool
    /// When to call back at the latest, on the clock of ``MonotonicTime``; nil for no limit.
    package var deadline: MonotonicTime?

    /// Creates a wait; the default waits for jobs alone.
    package init(descriptor: Int32? = nil, forWriting: Bool = false, deadline: MonotonicTime? = nil) {
        self.descriptor = descriptor
        self.forWriting = forWriting
        self.deadline = deadline
    }
}

/// An actor whose thread also watches a descriptor for it.
package protocol DescriptorActor: Actor {
    /// Says what to wait for next; asked on the actor's own thread each time its jobs have run out.
    func waiting() -> Waiting
    /// Called on the actor's own thread when the descriptor is ready or has failed, or the deadline has passed.
    func wake()
}
