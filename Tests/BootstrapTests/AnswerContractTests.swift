import HTTPSupport
import HTTPTypes
import Testing

/// The checker of answers finds what is planted; one that finds nothing here would find nothing anywhere.
struct AnswerContractTests {
    private static let document = """
        openapi: 3.1.0
        paths:
          /items/{id}:
            get:
              responses:
                "200":
                  headers: {ETag: {required: true, schema: {type: string}}}
                  content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}
                "304": {description: Nothing new}
            post:
              requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}
              responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}}
        components:
          schemas:
            Item:
              type: object
              required: [name]
              properties:
                name: {type: string, minLength: 1, maxLength: 3}
                state: {type: string, enum: [open, closed]}
                count: {type: integer, minimum: 0}
                at: {type: string, format: date-time}
                tags: {type: array, items: {type: string}}
                names: {type: object, additionalProperties: {type: integer}}
                odd: {oneOf: []}
        """

    private func differences(
        _ body: String,
        method: HTTPRequest.Method = .get,
        path: String = "/items/7",
        status: Int = 200,
        headers: HTTPFields = [.contentType: "application/json", .eTag: "x"],
        sent: String? = nil
    ) throws -> [String] {
        try AnswerContract(document: Self.document).differences(
            method,
            path,
            sent: sent.map { Array($0.utf8) },
            status: status,
            headers: headers,
            body: Array(body.utf8)
        )
    }

    @Test(arguments: [
        #"{"name":"a"}"#, #"{"name":"路灯二","state":"open","count":0,"at":"2026-01-02T03:04:05.000000Z","tags":["x"]}"#,
        #"{"name":"a","names":{"b":1,"c":2}}"#,
    ])
    func `what the document says is in order`(body: String) throws { #expect(try differences(body) == []) }

    @Test(arguments: [
        ("{}", "/name: missing"), (#"{"name":1}"#, "/name: not string"), (#"{"name":null}"#, "/name: not string"),
        (#"{"name":""}"#, "/name: of a length that the document forbids"),
        (#"{"name":"abcd"}"#, "/name: of a length that the document forbids"),
        (#"{"name":"a","more":1}"#, "/more: not in the document"),
        (#"{"name":"a","state":"lost"}"#, "/state: not one of those listed"),
        (#"{"name":"a","count":-1}"#, "/count: out of bounds"), (#"{"name":"a","count":1.5}"#, "/count: not integer"),
        (#"{"name":"a","at":"yesterday"}"#, "/at: no date-time"),
        (#"{"name":"a","tags":["x",1]}"#, "/tags/1: not string"),
        (#"{"name":"a","names":{"b":"c"}}"#, "/names/b: not integer"),
        (#"{"name":"a","odd":1}"#, "/odd: keywords not known: oneOf"), ("[]", ": not object"),
        ("{", "the body is no JSON"),
    ])
    func `what it does not say is found`(body: String, line: String) throws {
        #expect(try differences(body) == ["GET /items/7 200 \(line)"])
    }

    @Test func `headers, statuses, bodies that should not be, addresses and requests are looked at too`() throws {
        let json: HTTPFields = [.contentType: "application/json"]
        #expect(try differences(#"{"name":"a"}"#, headers: json) == ["GET /items/7 200 header ETag: missing"])
        #expect(try differences("", status: 304, headers: [:]) == [])
        #expect(try differences("x", status: 304).count == 1)
        #expect(try differences("{}", status: 500).count == 1)
        #expect(try differences("{}", path: "/other").count == 1)
        #expect(try differences("{}", path: "/other", status: 404) == [])
        #expect(try differences(#"{"name":"a"}"#, method: .post, headers: json, sent: #"{"name":"a"}"#) == [])
        #expect(
            try differences(#"{"name":"a"}"#, method: .post, headers: json, sent: "{}")
                == ["POST /items/7 200 request /name: missing"]
        )
    }
}
