import Contracts
import HTTPSupport
import HTTPTypes
import Support
import Testing

/// Every error that a service may answer with is in its document, with an example and with the meaning of each rule.
///
/// What the services really answer is held against the same examples wherever a test asks one (``AnswerContract``).
struct ProblemExampleTests {
    private static let document = """
        openapi: 3.1.0
        paths:
          /items:
            get:
              responses:
                "200": {description: Fine}
                "404": {$ref: "#/components/responses/NotFound"}
        components:
          x-rules:
            length: 太长 · too long
          responses:
            NotFound:
              content:
                application/problem+json:
                  schema: {$ref: "#/components/schemas/Problem"}
                  examples:
                    not-found: {value: {type: /problems/not-found, title: 没有找到, status: 404}}
          schemas:
            Problem:
              type: object
              required: [type, title, status]
              properties:
                type: {type: string}
                title: {type: string}
                status: {type: integer}
                errors: {type: array, items: {type: object, properties: {rule: {type: string}}}}
        """

    @Test(arguments: [ServiceName.portal] + ServiceName.all)
    func `every error response of a service has examples that are as it says, and every rule its meaning`(
        service: ServiceName
    ) throws {
        #expect(try ProblemExamples(document: Documents.openAPI(of: service)).faults == [])
    }

    @Test func `a good document has no fault`() throws {
        #expect(try ProblemExamples(document: Self.document).faults == [])
    }

    @Test(arguments: [
        ("status: 404}}", "status: 409}}", "GET /items 404: an example of status 409"),
        ("title: 没有找到, ", "", "GET /items 404: /title: missing"),
        ("examples:", "x-examples:", "GET /items 404: no example of application/problem+json"),
        ("太长 · too long", "\"\"", "rule length: says nothing"),
        (
            "status: 404}}", "status: 404, errors: [{rule: odd}]}}",
            "GET /items 404: rule odd is not in components/x-rules"
        ),
        (##"{$ref: "#/components/responses/NotFound"}"##, "{description: None}", "GET /items 404: no content"),
        (#""404": {"#, #"default: {"#, "GET /items default: an example of status 404"),
    ])
    func `what is wrong with one is found`(old: String, new: String, fault: String) throws {
        #expect(Self.document.contains(old))
        #expect(try ProblemExamples(document: Self.document.replacing(old, with: new)).faults == [fault])
    }

    @Test(arguments: [
        (#"{"type":"/problems/not-found","title":"没有找到","status":404}"#, []),
        (#"{"type":"/problems/not-found","title":"没有找到","status":404,"errors":[{"rule":"length"}]}"#, []),
        (#"{"type":"/problems/gone","title":"没有找到","status":404}"#, ["/problems/gone has no example"]),
        (
            #"{"type":"/problems/not-found","title":"不在","status":404}"#,
            ["/problems/not-found has another title in its example"]
        ),
        (
            #"{"type":"/problems/not-found","title":"没有找到","status":404,"errors":[{"rule":"odd"}]}"#,
            ["rule odd is not in components/x-rules"]
        ),
    ])
    func `a problem that was answered is held against them`(body: String, faults: [String]) throws {
        let found = try AnswerContract(document: Self.document).differences(
            .get,
            "/items",
            sent: nil,
            status: 404,
            headers: [.contentType: "application/problem+json"],
            body: Array(body.utf8)
        )
        #expect(found == faults.map { "GET /items 404 \($0)" })
    }
}
