import Bootstrap
import Contracts
import Crypto
import Foundation
import Hummingbird
import Messaging
import PostgreSQL
import Synchronization

/// Takes files in and gives them out again, in pieces.
struct AttachmentDesk: Sendable {
    /// What its sender gets: names the file to whatever is handed in.
    struct Stored: Encodable, Sendable {
        let id: AttachmentID
        let secret: String
        let name: String
        let type: String
        let size: Int
        let sha256: String
    }

    /// Bytes of a file that is sent.
    static let sizeLimit = 10 << 20
    /// Bytes of a piece: a hand's breadth of memory on both sides.
    static let chunk = 256 << 10
    /// Files in hand at once: each may lie in memory as a whole, where the folder for temporary files does.
    private static let hands = 24
    /// Pictures made anew at once: each takes a processor and up to 100 MiB.
    private static let workers = 2
    /// Pictures that may wait for it.
    private static let waiting = 60

    private let database: Database
    private let capacity: Int
    private let patience: Duration
    private let inHand = Counter()
    private let work: Gathering<Job, URL>

    private final class Counter: Sendable {
        private let count = Mutex(0)

        func enter(_ limit: Int) -> Bool {
            count.withLock { count in
                guard count < limit else { return false }
                count += 1
                return true
            }
        }

        func leave() { count.withLock { $0 -= 1 } }
    }

    private struct Job: Sendable {
        let kind: FileKind
        let folder: URL
    }

    /// Creates the desk.
    ///
    /// - Parameters:
    ///   - capacity: bytes of files that may lie here and belong to nothing.
    ///   - patience: how long a file may take to arrive: 10 MiB over a slow telephone take a minute.
    init(database: Database, workshop: ImageWorkshop, capacity: Int, patience: Duration = .seconds(120)) {
        (self.database, self.capacity, self.patience) = (database, capacity, patience)
        work = Gathering(limit: 1, lanes: Self.workers, capacity: Self.waiting) { jobs in
            var outcomes: [Result<URL, any Error>] = []
            for job in jobs {
                do {
                    outcomes.append(.success(try await workshop.makeAnew(job.kind, in: job.folder)))
                } catch {
                    outcomes.append(.failure(error))
                }
            }
            return outcomes
        }
    }

    /// Takes a file in.
    ///
    /// - Throws: ``Problem``: 413, 408, 415 when the bytes are of another kind than said, 422 when they cannot be read or unpack to
    ///   too much, 503 when too many wait or lie here.
    func take(_ request: Request, as kind: FileKind, name: String?) async throws -> Stored {
        guard inHand.enter(Self.hands) else { throw Problem.unavailable(retryAfter: 5) }
        defer { inHand.leave() }
        // Files of strangers stand in a folder of their own that nobody else enters, and go with it.
        let folder = FileManager.default.temporaryDirectory.appending(path: "ebinda-upload-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        let sent = folder.appending(path: "in")
        let length = try await request.writeBody(to: sent, limit: Self.sizeLimit, within: patience)
        try Self.check(sent, length, kind)
        let kept = kind.isImage ? try await anew(kind, folder) : sent
        return try await store(kept, kind, FileName.cleaned(name, kind))
    }

    /// Looks at the bytes themselves.
    private static func check(_ file: URL, _ length: Int, _ kind: FileKind) throws {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        let head = [UInt8](try handle.read(upToCount: kind.isImage ? ImageSize.headLength : 12) ?? Data())
        guard FileKind(head: head) == kind else {
            throw Problem.unsupportedMediaType(
                "the bytes are not what Content-Type says",
                accept: FileKind.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        if kind.isImage {
            guard let size = ImageSize(head: head, kind: kind) else { throw unreadable }
            guard size.isAcceptable else {
                throw Problem.invalid([
                    .init(pointer: "", rule: "pixels", message: "图片像素过多 · at most 50 million pixels, 20,000 a side")
                ])
            }
        } else {
            // ISO 32000-1, annex H.3: readers look for the end in the last 1,024 bytes.
            try handle.seek(toOffset: UInt64(max(0, length - 1_024)))
            let tail = try handle.readToEnd() ?? Data()
            guard tail.firstRange(of: Data("%%EOF".utf8)) != nil else { throw unreadable }
        }
    }

    private static let unreadable = Problem.invalid([
        .init(pointer: "", rule: "file", message: "文件无法读取，可能已损坏 · cannot be read, perhaps cut off")
    ])

    private func anew(_ kind: FileKind, _ folder: URL) async throws -> URL {
        do {
            return try await work.submit(Job(kind: kind, folder: folder))
        } catch is ImageWorkshop.Unreadable {
            throw Self.unreadable
        } catch is ImageWorkshop.Missing {
            throw Problem.unavailable()
        } catch is Gathering<Job, URL>.Overloaded {
            throw Problem.unavailable(retryAfter: 5)
        }
    }

    private func store(_ url: URL, _ kind: FileKind, _ name: String) async throws -> Stored {
        let (size, sha256) = try Self.measured(url)
        let secret = Self.secret()
        let file = AttachmentStore.NewFile(
            id: .make(),
            secret: Receipt.hash(secret),
            name: name,
            kind: kind,
            size: size,
            sha256: sha256
        )
        let capacity = capacity
        try await database.transaction { transaction in
            guard try await AttachmentStore.unattachedBytes(in: transaction) + size <= capacity else {
                throw Problem.unavailable(retryAfter: 3_600)
            }
            AttachmentStore.insert(file, in: transaction)
            let handle = try FileHandle(forReadingFrom: url)
            defer { try? handle.close() }
            var position = 0
            while let bytes = try handle.read(upToCount: Self.chunk), !bytes.isEmpty {
                try await AttachmentStore.insert([UInt8](bytes), at: position, of: file.id, in: transaction)
                position += 1
            }
        }
        return Stored(
            id: file.id,
            secret: secret,
            name: name,
            type: kind.rawValue,
            size: size,
            sha256: AttachmentStore.hexadecimal(sha256)
        )
    }

    private static func measured(_ url: URL) throws -> (Int, [UInt8]) {
        let handle = try FileHandle(forReadingFrom: url)
        defer { try? handle.close() }
        var (size, hash) = (0, SHA256())
        while let bytes = try handle.read(upToCount: chunk), !bytes.isEmpty {
            size += bytes.count
            hash.update(data: bytes)
        }
        return (size, Array(hash.finalize()))
    }

    /// 128 random bits in hexadecimal.
    private static func secret() -> String {
        AttachmentStore.hexadecimal(SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) })
    }

    /// A file as an answer, read piece by piece while it is sent.
    func answer(_ file: AttachedFile) -> Response {
        let database = database
        // An author's own picture may be shown in a page; anything else is laid down, never opened in our name.
        let disposition = FileKind(rawValue: file.type)?.isImage == true ? "inline" : "attachment"
        return Response(
            status: .ok,
            headers: [
                .contentType: file.type, .cacheControl: "private, no-store", .xContentTypeOptions: "nosniff",
                // Nothing in it runs, wherever it is opened.
                .contentSecurityPolicy: "default-src 'none'; sandbox",
                .contentDisposition: "\(disposition); filename*=UTF-8''\(Self.encoded(file.name))",
            ],
            body: ResponseBody(contentLength: file.size) { writer in
                var position = 0
                while let bytes = try await AttachmentStore.chunk(position, of: file.id, in: database) {
                    try await writer.write(ByteBuffer(bytes: bytes))
                    position += 1
                }
                try await writer.finish(nil)
            }
        )
    }

    /// For a header (RFC 8187 §3.2.1): all but letters, digits and three marks as bytes.
    private static func encoded(_ name: String) -> String {
        name.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            default: "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
