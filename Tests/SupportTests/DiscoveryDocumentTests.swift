import Foundation
import HTTPTypes
import Support
import Testing

/// A validator that finds nothing is worth something only if it can find. The document here describes a small library,
/// so that every rule has a case and none depends on Google's text.
@Suite struct DiscoveryDocumentTests {
    let library: DiscoveryDocument

    init() throws {
        library = try DiscoveryDocument(json: Data(libraryDocument.utf8))
    }

    @Test(arguments: [
        ("GET /library/v1/shelves", "library.shelves.list"),
        ("GET /library/v1/shelves/a%2Fb/books/1?fields=title", "library.books.get"),
        ("PUT /library/v1/shelves/a/books/1", "library.books.update"),
        ("PUT /library/v1/shelves/a/books/import", "library.books.import"),
        ("GET /library/v1/shelves/a/b/books/1", nil),
        ("PUT /library/v1/shelves", nil),
        ("GET /shelves", nil),
    ])
    func findsTheMethod(line: String, id: String?) throws {
        #expect(library.method(for: try request(line))?.id == id)
    }

    @Test func listsAllMethods() {
        #expect(
            library.methods.map(\.id) == [
                "library.books.delete", "library.books.get", "library.books.import", "library.books.insert",
                "library.books.lend", "library.books.patch", "library.books.update", "library.shelves.list",
            ])
        #expect(library.methods.first?.pathTemplate == "shelves/{shelfId}/books/{bookId}")
    }

    @Test(arguments: DiscoveryCase.goodRequests)
    func allowsRequest(_ good: DiscoveryCase) throws {
        #expect(library.violations(request: try request(good.line, good.mediaType), body: good.body) == [])
    }

    @Test(arguments: DiscoveryCase.badRequests)
    func findsViolationOfRequest(_ bad: DiscoveryCase) throws {
        let sentences = library.violations(request: try request(bad.line, bad.mediaType), body: bad.body)
        #expect(sentences == bad.sentences)
    }

    @Test(arguments: DiscoveryCase.goodAnswers)
    func allowsAnswer(_ good: DiscoveryCase) throws {
        #expect(library.violations(answer: good.answer, body: good.body, to: try request(good.line)) == [])
    }

    @Test(arguments: DiscoveryCase.badAnswers)
    func findsViolationOfAnswer(_ bad: DiscoveryCase) throws {
        let sentences = library.violations(answer: bad.answer, body: bad.body, to: try request(bad.line))
        #expect(sentences == bad.sentences)
    }

    @Test(arguments: ["", "<html></html>", "{}"])
    func refusesWhatIsNoDiscoveryDocument(text: String) {
        #expect(throws: DecodingError.self) { try DiscoveryDocument(json: Data(text.utf8)) }
    }

    @Test(arguments: [
        (#""date-time""#, #""date-tome""#),
        (#""boolean""#, #""bool""#),
        ("^[a-z]+$", "[a-z"),
        (#""maximum": "50""#, #""maximum": "many""#),
        (#""PATCH""#, #""PA TCH""#),
    ])
    func refusesDocumentWithWordsItDoesNotKnow(known: String, unknown: String) {
        let document = libraryDocument.replacing(known, with: unknown)
        #expect(throws: DecodingError.self) { try DiscoveryDocument(json: Data(document.utf8)) }
    }

    @Test func endsTheProcessWhenThePathInTheEnvironmentIsWrong() async throws {
        let exit = try await #require(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            setenv("CALENDAR_DISCOVERY_DOCUMENT", "/no/such/document.json", 1)
            _ = DiscoveryDocument.fromEnvironment
        }
        let message = String(decoding: exit.standardErrorContent, as: UTF8.self)
        #expect(message.contains("CALENDAR_DISCOVERY_DOCUMENT is “/no/such/document.json”, which cannot be read"))
    }

    private func request(_ line: String, _ mediaType: String = "application/json") throws -> HTTPRequest {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        let verb = try #require(HTTPRequest.Method(words[0]))
        return HTTPRequest(
            method: verb, scheme: "https", authority: "library.example", path: words[1],
            headerFields: [.contentType: mediaType])
    }
}

/// One exchange and the sentences it deserves.
struct DiscoveryCase: Sendable, CustomTestStringConvertible {
    let line: String
    let status: Int
    let text: String
    let mediaType: String
    let sentences: [String]

    init(
        _ line: String, status: Int = 200, _ text: String = "", as mediaType: String = "application/json",
        finds sentences: String...
    ) {
        self.line = line
        self.status = status
        self.text = text
        self.mediaType = mediaType
        self.sentences = sentences
    }

    var body: Data { Data(text.utf8) }
    var answer: HTTPResponse {
        HTTPResponse(status: .init(code: status), headerFields: [.contentType: mediaType])
    }
    var testDescription: String { "\(line) \(status) \(text)" }
}

extension DiscoveryCase {
    private static let shelves = "GET /library/v1/shelves"
    private static let books = "/library/v1/shelves/a/books"
    private static let insert = "POST \(books)"
    private static let get = "GET \(books)/1"

    static let goodRequests = [
        DiscoveryCase(shelves),
        DiscoveryCase("\(shelves)?pageSize=50&genre=prose&genre=verse&label=new&alt=json&prettyPrint=false"),
        DiscoveryCase("\(shelves)?since=2026-02-28T23:59:59.125%2B02:00"),
        DiscoveryCase("\(shelves)?fields=*"),
        DiscoveryCase("\(shelves)?fields=kind,items(title,authors/name,labels/any,extra/deep(er)),nextPageToken"),
        DiscoveryCase("GET /library/v1/shelves/a%23b%40c.d/books/1"),
        DiscoveryCase(insert, #"{"title":"A"}"#, as: "application/json; charset=UTF-8"),
        DiscoveryCase(
            insert,
            """
            {"kind":"library#book","title":"A","pages":0,"isLent":false,"price":1.5,"size":"9007199254740993",
            "printed":"2024-02-29","added":"2026-01-01T00:00:00Z","authors":[{"name":"B"}],"labels":{"x y":"z"},
            "extra":[null,{"a":1}]}
            """),
        DiscoveryCase("PATCH \(books)/1", #"{"pages":null,"labels":{"x":null}}"#),
        DiscoveryCase("DELETE \(books)/1"),
        DiscoveryCase("POST \(books)/1/lend?to=Ada+L"),
    ]

    static let badRequests = [
        DiscoveryCase("GET /library/v1/shelf", finds: "GET /library/v1/shelf: the document has no such method"),
        DiscoveryCase(
            "POST /library/v1/shelves//books", #"{"title":"A"}"#,
            finds: "library.books.insert: path.shelfId: required, but empty"),
        DiscoveryCase(
            "GET /library/v1/shelves/a/books/one",
            finds: "library.books.get: path.bookId: does not match ^[0-9]+$: “one”"),
        DiscoveryCase(
            "GET /library/v1/shelves/a%zz/books/1",
            finds: "library.books.get: target: not a percent-encoding of UTF-8: “/library/v1/shelves/a%zz/books/1”"),
        DiscoveryCase(
            "GET /library/v1/shelves/a#b/books/1",
            finds: "library.books.get: target: “#” must be percent-encoded: “/library/v1/shelves/a#b/books/1”"),
        DiscoveryCase("\(shelves)?page=1", finds: "library.shelves.list: query.page: unknown parameter"),
        DiscoveryCase("\(shelves)?pageSize=0", finds: "library.shelves.list: query.pageSize: below the minimum 1: 0"),
        DiscoveryCase("\(shelves)?pageSize=51", finds: "library.shelves.list: query.pageSize: above the maximum 50: 51"),
        DiscoveryCase(
            "\(shelves)?pageSize=3000000000",
            finds: "library.shelves.list: query.pageSize: not of the format int32: “3000000000”"),
        DiscoveryCase(
            "\(shelves)?genre=drama",
            finds: "library.shelves.list: query.genre: not one of prose, verse: “drama”"),
        DiscoveryCase("\(shelves)?label=1", finds: "library.shelves.list: query.label: does not match ^[a-z]+$: “1”"),
        DiscoveryCase(
            "\(shelves)?label=a&label=b",
            finds: "library.shelves.list: query.label: given 2 times, but it cannot be repeated"),
        DiscoveryCase("\(shelves)?prettyPrint=1", finds: "library.shelves.list: query.prettyPrint: not true or false: “1”"),
        DiscoveryCase("\(shelves)?alt=media", finds: "library.shelves.list: query.alt: not one of json: “media”"),
        DiscoveryCase("\(shelves)?since=2026-01-01", finds: notDateTime("2026-01-01")),
        DiscoveryCase("\(shelves)?since=2026-01-01T00:00:00", finds: notDateTime("2026-01-01T00:00:00")),
        DiscoveryCase("\(shelves)?since=2026-01-01T24:00:00Z", finds: notDateTime("2026-01-01T24:00:00Z")),
        DiscoveryCase("\(shelves)?since=2026-02-29T00:00:00Z", finds: notDateTime("2026-02-29T00:00:00Z")),
        DiscoveryCase("\(shelves)?since=2026-01-01T00:00:00%2B0200", finds: notDateTime("2026-01-01T00:00:00+0200")),
        DiscoveryCase("\(shelves)?since=2026-01-01T00:00:00+02:00", finds: notDateTime("2026-01-01T00:00:00 02:00")),
        DiscoveryCase(
            "\(shelves)?fields=items(name)",
            finds: "library.shelves.list: query.fields: Books.items has no field “name”"),
        DiscoveryCase(
            "\(shelves)?fields=kind/a",
            finds: "library.shelves.list: query.fields: Books.kind has no field “a”"),
        DiscoveryCase(
            "\(shelves)?fields=items(title",
            finds: "library.shelves.list: query.fields: not a selector of fields: “items(title”"),
        DiscoveryCase(
            "\(shelves)?fields=kind)",
            finds: "library.shelves.list: query.fields: not a selector of fields: “kind)”"),
        DiscoveryCase("POST \(books)/1/lend", finds: "library.books.lend: query.to: required, but missing"),
        DiscoveryCase("POST \(books)/1/lend?to=A", "{}", finds: "library.books.lend: body: must be empty, but has 2 bytes"),
        DiscoveryCase(insert, finds: "library.books.insert: body: empty where a JSON Book belongs"),
        DiscoveryCase(insert, "title=A", finds: "library.books.insert: body: not JSON: “title=A”"),
        DiscoveryCase(
            insert, #"{"title":"A"}"#, as: "text/plain",
            finds: "library.books.insert: header Content-Type: not application/json: “text/plain”"),
        DiscoveryCase(insert, "[]", finds: "library.books.insert: body: an array where a JSON object belongs"),
        DiscoveryCase(insert, #"{"pages":1}"#, finds: "library.books.insert: body.title: required, but missing"),
        DiscoveryCase(insert, #"{"title":"A","colour":1}"#, finds: "library.books.insert: body.colour: unknown property"),
        DiscoveryCase(insert, #"{"title":null}"#, finds: "library.books.insert: body.title: null where a JSON string belongs"),
        DiscoveryCase(
            "PATCH \(books)/1", #"{"authors":[null]}"#,
            finds: "library.books.patch: body.authors[0]: null where a JSON object belongs"),
        DiscoveryCase("PATCH \(books)/1", #"{"colour":null}"#, finds: "library.books.patch: body.colour: unknown property"),
        DiscoveryCase(
            update, #"{"pages":true,"isLent":1}"#,
            finds: "library.books.update: body.isLent: a number where a JSON boolean belongs",
            "library.books.update: body.pages: a boolean where a JSON integer belongs"),
        DiscoveryCase(update, #"{"pages":0.5}"#, finds: "library.books.update: body.pages: not of the format int32: “0.5”"),
        DiscoveryCase(
            update, #"{"price":"1"}"#,
            finds: "library.books.update: body.price: a string where a JSON number belongs"),
        DiscoveryCase(update, #"{"size":1}"#, finds: "library.books.update: body.size: a number where a JSON string belongs"),
        DiscoveryCase(update, #"{"size":"+1"}"#, finds: "library.books.update: body.size: not of the format int64: “+1”"),
        DiscoveryCase(
            update, #"{"printed":"2026-2-1"}"#,
            finds: "library.books.update: body.printed: not an RFC 3339 full-date: “2026-2-1”"),
        DiscoveryCase(
            update, #"{"authors":{"name":"B"}}"#,
            finds: "library.books.update: body.authors: an object where a JSON array belongs"),
        DiscoveryCase(
            update, #"{"authors":[{},{"name":7,"age":7}]}"#,
            finds: "library.books.update: body.authors[1].age: unknown property",
            "library.books.update: body.authors[1].name: a number where a JSON string belongs"),
        DiscoveryCase(
            update, #"{"labels":{"x y":1}}"#,
            finds: #"library.books.update: body.labels["x y"]: a number where a JSON string belongs"#),
        DiscoveryCase(
            update, #"{"kind":"library#shelf"}"#,
            finds: "library.books.update: body.kind: not one of library#book: “library#shelf”"),
    ]

    private static let update = "PUT \(books)/1"

    private static func notDateTime(_ text: String) -> String {
        "library.shelves.list: query.since: not an RFC 3339 date-time: “\(text)”"
    }

    static let goodAnswers = [
        DiscoveryCase(shelves, #"{"kind":"library#books","items":[{"title":"A","size":"5"}]}"#),
        DiscoveryCase("\(shelves)?fields=nextPageToken", #"{"nextPageToken":"x"}"#),
        DiscoveryCase(get, "{}", as: "application/json; charset=UTF-8"),
        DiscoveryCase("DELETE \(books)/1", status: 204),
        DiscoveryCase(get, status: 304),
        DiscoveryCase(get, status: 404, backEnd(404)),
        DiscoveryCase(get, status: 400, backEnd(400, more: #","locationType":"parameter","location":"since""#)),
        DiscoveryCase(get, status: 403, frontEnd(403, "PERMISSION_DENIED")),
        DiscoveryCase(get, status: 401, frontEnd(401, "UNAUTHENTICATED", more: #","details":[{"@type":"t","reason":"R"}]"#)),
        DiscoveryCase("GET /elsewhere", status: 404, backEnd(404)),
        DiscoveryCase(get, status: 502, "<html></html>", as: "text/html"),
        DiscoveryCase(get, status: 503),
        DiscoveryCase(get, status: 413),
    ]

    static let badAnswers = [
        DiscoveryCase(
            "GET /elsewhere", "{}",
            finds: "GET /elsewhere (answer 200): status: the document has no such method that could succeed"),
        DiscoveryCase(
            shelves, #"{"items":[{"titel":"A"}]}"#,
            finds: "library.shelves.list (answer 200): body.items[0].titel: unknown property"),
        DiscoveryCase(
            "\(shelves)?fields=items(title)", #"{"items":[{"name":"A"}]}"#,
            finds: "library.shelves.list (answer 200): body.items[0].name: unknown property"),
        DiscoveryCase(
            get, #"{"size":5}"#,
            finds: "library.books.get (answer 200): body.size: a number where a JSON string belongs"),
        DiscoveryCase(
            get, #"{"pages":null}"#,
            finds: "library.books.get (answer 200): body.pages: null where a JSON integer belongs"),
        DiscoveryCase(
            get, #"{"added":"2026-01-01 00:00:00Z"}"#,
            finds: "library.books.get (answer 200): body.added: not an RFC 3339 date-time: “2026-01-01 00:00:00Z”"),
        DiscoveryCase(
            get, "{}", as: "text/html",
            finds: "library.books.get (answer 200): header Content-Type: not application/json: “text/html”"),
        DiscoveryCase(get, status: 204, finds: "library.books.get (answer 204): body: empty where a JSON Book belongs"),
        DiscoveryCase(
            "DELETE \(books)/1", "{}",
            finds: "library.books.delete (answer 200): body: must be empty, but has 2 bytes"),
        DiscoveryCase(get, status: 304, "{}", finds: "library.books.get (answer 304): body: must be empty, but has 2 bytes"),
        DiscoveryCase(get, status: 302, finds: "library.books.get (answer 302): status: the API gives no such answer"),
        DiscoveryCase(get, status: 404, finds: "library.books.get (answer 404): body: a refusal must say why in JSON: “”"),
        DiscoveryCase(get, status: 500, "{", finds: "library.books.get (answer 500): body: not JSON: “{”"),
        DiscoveryCase(
            get, status: 404, #"{"error":{"message":"M"}}"#, as: "text/plain",
            finds: "library.books.get (answer 404): body.error.code: required, but missing",
            "library.books.get (answer 404): body.error.errors: required, but missing"),
        DiscoveryCase(
            get, status: 400, #"{"error":"invalid_grant"}"#,
            finds: "library.books.get (answer 400): body.error: a string where a JSON object belongs"),
        DiscoveryCase(
            get, status: 404, backEnd(410),
            finds: "library.books.get (answer 404): body.error.code: not one of 404: “410”"),
        DiscoveryCase(
            get, status: 404, backEnd(404, more: #","extendedHelp":"H""#),
            finds: "library.books.get (answer 404): body.error.errors[0].extendedHelp: unknown property"),
        DiscoveryCase(
            get, status: 500, #"{"error":{"code":500,"message":"M","errors":[]}}"#,
            finds: "library.books.get (answer 500): body.error.errors: empty, but callers act on its first item"),
        DiscoveryCase(
            get, status: 403, frontEnd(403, "NOT_FOUND"),
            finds: "library.books.get (answer 403): body.error.status: not one of PERMISSION_DENIED: “NOT_FOUND”"),
        DiscoveryCase(
            get, status: 403, backEnd(403).replacing(#""code""#, with: #""details":[{}],"code""#),
            finds: "library.books.get (answer 403): body.error.status: required, but missing",
            #"library.books.get (answer 403): body.error.details[0]["@type"]: required, but missing"#),
    ]

    private static func backEnd(_ code: Int, more: String = "") -> String {
        #"{"error":{"errors":[{"domain":"D","reason":"R","message":"M"\#(more)}],"code":\#(code),"message":"M"}}"#
    }

    private static func frontEnd(_ code: Int, _ status: String, more: String = "") -> String {
        backEnd(code).replacing(#""code""#, with: #""status":"\#(status)"\#(more),"code""#)
    }
}

private let libraryDocument = """
    {
      "basePath": "/library/v1/",
      "parameters": {
        "alt": {"type": "string", "location": "query", "enum": ["json"]},
        "fields": {"type": "string", "location": "query"},
        "prettyPrint": {"type": "boolean", "location": "query"}
      },
      "schemas": {
        "Author": {"type": "object", "properties": {"name": {"type": "string"}}},
        "Book": {"type": "object", "properties": {
          "kind": {"type": "string", "default": "library#book"},
          "title": {"type": "string", "annotations": {"required": ["library.books.insert"]}},
          "pages": {"type": "integer", "format": "int32"},
          "isLent": {"type": "boolean", "default": "false"},
          "price": {"type": "number", "format": "double"},
          "size": {"type": "string", "format": "int64"},
          "printed": {"type": "string", "format": "date"},
          "added": {"type": "string", "format": "date-time"},
          "authors": {"type": "array", "items": {"$ref": "Author"}},
          "labels": {"type": "object", "additionalProperties": {"type": "string"}},
          "extra": {"type": "any"}
        }},
        "Books": {"type": "object", "properties": {
          "kind": {"type": "string", "default": "library#books"},
          "items": {"type": "array", "items": {"$ref": "Book"}},
          "nextPageToken": {"type": "string"}
        }}
      },
      "resources": {"shelves": {
        "methods": {"list": {
          "id": "library.shelves.list", "httpMethod": "GET", "path": "shelves", "response": {"$ref": "Books"},
          "parameters": {
            "pageSize": {"type": "integer", "format": "int32", "minimum": "1", "maximum": "50", "location": "query"},
            "since": {"type": "string", "format": "date-time", "location": "query"},
            "label": {"type": "string", "pattern": "^[a-z]+$", "location": "query"},
            "genre": {"type": "string", "enum": ["prose", "verse"], "repeated": true, "location": "query"}
          }
        }},
        "resources": {"books": {"methods": {
          "insert": {
            "id": "library.books.insert", "httpMethod": "POST", "path": "shelves/{shelfId}/books",
            "request": {"$ref": "Book"}, "response": {"$ref": "Book"}
          },
          "import": {
            "id": "library.books.import", "httpMethod": "PUT", "path": "shelves/{shelfId}/books/import",
            "request": {"$ref": "Book"}, "response": {"$ref": "Book"}
          },
          "get": {
            "id": "library.books.get", "httpMethod": "GET", "path": "shelves/{shelfId}/books/{bookId}",
            "response": {"$ref": "Book"},
            "parameters": {
              "shelfId": {"type": "string", "location": "path", "required": true},
              "bookId": {"type": "string", "pattern": "^[0-9]+$", "location": "path", "required": true}
            }
          },
          "update": {
            "id": "library.books.update", "httpMethod": "PUT", "path": "shelves/{shelfId}/books/{bookId}",
            "request": {"$ref": "Book"}, "response": {"$ref": "Book"}
          },
          "patch": {
            "id": "library.books.patch", "httpMethod": "PATCH", "path": "shelves/{shelfId}/books/{bookId}",
            "request": {"$ref": "Book", "parameterName": "resource"}, "response": {"$ref": "Book"}
          },
          "delete": {
            "id": "library.books.delete", "httpMethod": "DELETE", "path": "shelves/{shelfId}/books/{bookId}"
          },
          "lend": {
            "id": "library.books.lend", "httpMethod": "POST", "path": "shelves/{shelfId}/books/{bookId}/lend",
            "response": {"$ref": "Book"},
            "parameters": {"to": {"type": "string", "location": "query", "required": true}}
          }
        }}}
      }}
    }
    """
