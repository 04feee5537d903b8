import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Reads the hand-in form as it comes, and gives each photo to Intake at once: at no time is more than one of a form in memory.
struct Uploads: Sendable {
    /// What came.
    struct Read: Sendable {
        var form = Form()
        var photos: [IntakeService.Photo] = []
        /// What is wrong with the photos: a key of the catalogue and the file's name.
        var faults: [(key: String, name: String)] = []
        /// Why no more are taken.
        fileprivate var isClosed = false
    }

    /// All photos at ten megabytes each, and the texts.
    private static let limit = HandIn.photoLimit * 10 * 1_024 * 1_024 + 1_048_576
    /// Photos in memory at once in this process, each up to ten megabytes: more wait for their turn in the edge's buffer.
    private static let atOnce = 8

    let front: Front
    private let room = Room(limit: Self.atOnce)

    init(front: Front) { self.front = front }

    /// Reads a form.
    ///
    /// - Throws: ``Trouble``; what is wrong with a photo is no error, since the rest of the form must not be lost.
    func read(_ call: Front.Call) async throws -> Read {
        try front.checkOrigin(call.request)
        let type = call.request.headers[.contentType] ?? ""
        guard let reader = Multipart(contentType: type) else { throw Trouble.malformed }
        if let length = call.request.headers[.contentLength].flatMap({ Int($0) }), length > Self.limit {
            throw Trouble.tooLarge
        }
        // Eight times what a small form gets: the edge has the whole of it before it comes here.
        let time = call.context.bodyRules.timeout * 8
        guard let read = try await BodyArrival.within(time, { try await consume(call, reader) }) else {
            throw Trouble.tooSlow
        }
        return read
    }

    private func consume(_ call: Front.Call, _ multipart: Multipart) async throws -> Read {
        var reader = multipart
        var read = Read()
        var isChecked = false
        var size = 0
        // Read to its end even when a photo is too large: what was typed goes back with the answer.
        var isBroken = false
        for try await buffer in call.request.body {
            size += buffer.readableBytes
            guard size <= Self.limit else { throw Trouble.tooLarge }
            guard !isBroken else { continue }
            do {
                for part in try reader.read(buffer.readableBytesView) {
                    // The token stands before the files in the form: nothing is uploaded for another site.
                    if part.fileName != nil, !isChecked {
                        try check(&read, call)
                        isChecked = true
                    }
                    guard read.form.take(part) else { throw Trouble.malformed }
                    if let file = read.form.files.popLast() { try await upload(file, &read, call) }
                }
            } catch let fault as Multipart.Fault {
                guard fault == .fileTooLarge else { throw fault == .malformed ? Trouble.malformed : .tooLarge }
                read.faults.append(("photoTooLarge", ""))
                isBroken = true
            }
        }
        guard reader.isComplete || isBroken else { throw Trouble.malformed }
        if !isChecked { try check(&read, call) }
        return read
    }

    private func check(_ read: inout Read, _ call: Front.Call) throws {
        try front.checkToken(read.form["csrf"], of: call.visitor)
        if let kept = read.form.given("kept") {
            read.photos = front.pages.seal.open([IntakeService.Photo].self, kept, for: .photos) ?? []
        }
    }

    private func upload(_ file: Form.File, _ read: inout Read, _ call: Front.Call) async throws {
        guard !read.isClosed else { return }
        func refuse(_ key: String, isLast: Bool = false) {
            read.faults.append((key, file.name))
            read.isClosed = read.isClosed || isLast
        }
        guard read.photos.count < HandIn.photoLimit else { return refuse("photosTooMany", isLast: true) }
        guard room.enter() else { return refuse("photosCrowded", isLast: true) }
        defer { room.leave() }
        do {
            let answer = try await front.intake.attach(file, address: call.visitor.address)
            switch answer.status {
            case 200, 201: read.photos.append(try answer.decode())
            case 404, 405: refuse("photosUnavailable", isLast: true)
            case 429: refuse("photosCrowded", isLast: true)
            case 413: refuse("photoTooLarge")
            default: refuse("photoRefused")
            }
        } catch is Trouble {
            refuse("photosUnavailable", isLast: true)
        }
    }
}

/// Room for a number of things at once.
private final class Room: Sendable {
    private let limit: Int
    private let taken = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// Whether there was room.
    func enter() -> Bool {
        taken.withLock { taken in
            guard taken < limit else { return false }
            taken += 1
            return true
        }
    }

    func leave() { taken.withLock { $0 -= 1 } }
}

/// Receipts of the last minutes by what they were handed in under, for a button that was pressed twice.
final class RecentReceipts: Sendable {
    /// Kept at most, and for how long.
    private static let (limit, age): (Int, Duration) = (2_000, .seconds(600))
    private let state = Mutex<[String: (receipt: IntakeService.Receipt, at: ContinuousClock.Instant)]>([:])

    func keep(_ receipt: IntakeService.Receipt, of owner: String) {
        state.withLock { known in
            if known.count >= Self.limit { known = known.filter { ContinuousClock.now - $0.value.at < Self.age } }
            if known.count >= Self.limit { known = [:] }
            known[owner] = (receipt, .now)
        }
    }

    func receipt(of owner: String) -> IntakeService.Receipt? {
        state.withLock { known in known[owner].flatMap { ContinuousClock.now - $0.at < Self.age ? $0.receipt : nil } }
    }
}
