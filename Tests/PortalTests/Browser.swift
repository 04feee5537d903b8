import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// A browser as far as tests want one: keeps cookies, sends forms as pages have them, follows nothing by itself.
actor Browser {
    /// A page, or whatever was answered.
    struct Page: Sendable {
        let status: Int
        let headers: [(name: String, value: String)]
        let html: String

        /// The first header of a name.
        func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        /// All of them.
        func all(_ name: String) -> [String] {
            headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        }

        /// The value of a field of the page, as it was escaped.
        func value(_ name: String) -> String? {
            let tag = html.matches(of: /<input [^>]*>/).map { String($0.output) }.first {
                $0.contains("name=\"\(name)\"")
            }
            return tag?.firstMatch(of: /value="([^"]*)"/).map { String($0.1) }
        }
    }

    let base: String
    private(set) var cookies: [String: String] = [:]

    init(port: Int) { base = "http://127.0.0.1:\(port)" }

    /// Puts a cookie in, as somebody who has got hold of the browser could.
    func plant(_ name: String, _ value: String) { cookies[name] = value }

    /// Reads.
    func get(_ path: String, headers: [(String, String)] = []) async throws -> Page {
        try await send("GET", path, headers: headers, body: nil)
    }

    /// Sends a form.
    func post(_ path: String, _ fields: [(String, String)], headers: [(String, String)] = []) async throws -> Page {
        func encoded(_ text: String) -> String {
            text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        }
        let text = fields.map { "\(encoded($0.0))=\(encoded($0.1))" }.joined(separator: "&")
        let headers = [("Content-Type", "application/x-www-form-urlencoded")] + headers
        return try await send("POST", path, headers: headers, body: ByteBuffer(string: text))
    }

    /// A file of a form.
    struct File: Sendable {
        var name = "photo.jpg"
        var type = "image/jpeg"
        var bytes: [UInt8]
    }

    /// Sends a form with files, as browsers write it.
    func upload(
        _ path: String,
        _ fields: [(String, String)],
        files: [File] = [],
        headers: [(String, String)] = []
    ) async throws -> Page {
        let boundary = "----WebKitFormBoundaryAaB03x"
        var body = ByteBuffer()
        for (name, value) in fields {
            body.writeString("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n")
        }
        // Without a choice a browser sends an empty file.
        for file in files.isEmpty ? [File(name: "", type: "application/octet-stream", bytes: [])] : files {
            body.writeString(
                "--\(boundary)\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"\(file.name)\"\r\n"
                    + "Content-Type: \(file.type)\r\n\r\n"
            )
            body.writeBytes(file.bytes)
            body.writeString("\r\n")
        }
        body.writeString("--\(boundary)--\r\n")
        let headers = [("Content-Type", "multipart/form-data; boundary=\(boundary)")] + headers
        return try await send("POST", path, headers: headers, body: body)
    }

    /// Asks with another method than pages are asked with.
    func ask(_ method: String, _ path: String) async throws -> Page {
        try await send(method, path, headers: [], body: nil)
    }

    private func send(
        _ method: String,
        _ path: String,
        headers: [(String, String)],
        body: ByteBuffer?
    ) async throws -> Page {
        var request = HTTPClientRequest(url: base + path)
        request.method = .RAW(value: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if !cookies.isEmpty {
            let line = cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
            request.headers.add(name: "Cookie", value: line)
        }
        if let body { request.body = .bytes(body) }
        let response = try await Self.client.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 8_000_000)
        for line in response.headers["Set-Cookie"] {
            let pair = line.split(separator: ";")[0].split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            cookies[String(pair[0])] = line.contains("Max-Age=0") ? nil : String(pair[1])
        }
        return Page(
            status: Int(response.status.code),
            headers: response.headers.map { ($0.name, $0.value) },
            html: String(buffer: bytes)
        )
    }

    /// One for all tests: it follows no redirect.
    private static let client = HTTPClient(configuration: .init(redirectConfiguration: .disallow))
}
