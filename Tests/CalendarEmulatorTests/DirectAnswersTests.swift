import AsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypesHTTP1
import Testing

@testable import CalendarEmulator

@Suite("Answers on the event loop, and what is left to the server behind")
struct DirectAnswersTests {
    /// One connection with nothing but the handler, and an account.
    private struct Connection {
        let google = Google()
        let channel = EmbeddedChannel()
        let token: String

        init() throws {
            token = try google.person("coach@example.com")
            try channel.pipeline.syncOperations.addHandler(DirectAnswers(emulator: google.emulator))
        }

        func send(
            _ method: HTTPRequest.Method, _ path: String, body: [String] = [], headers: HTTPFields = [:]
        ) throws {
            let target = path.contains("://") ? path : "/calendar/v3/" + path
            var request = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: target)
            request.headerFields = headers
            request.headerFields[.authorization] = "Bearer " + token
            try channel.writeInbound(HTTPServerRequestPart.head(HTTPRequestHead(request)))
            for part in body { try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(string: part))) }
            try channel.writeInbound(HTTPServerRequestPart.end(nil))
        }

        /// What was answered here: the head and the body.
        func answer() throws -> (HTTPResponse, String)? {
            channel.embeddedEventLoop.run()
            guard case .head(let head)? = try channel.readOutbound(as: HTTPServerResponsePart.self) else { return nil }
            var text = ""
            while case .body(.byteBuffer(let part))? = try channel.readOutbound(as: HTTPServerResponsePart.self) {
                text += String(buffer: part)
            }
            return (try HTTPResponse(head), text)
        }

        /// What went on to the server behind, in short.
        func passed() throws -> [String] {
            var parts: [String] = []
            while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
                switch part {
                case .head(let head): parts.append(head.method.rawValue)
                case .body(let body): parts.append(String(body.readableBytes))
                case .end: parts.append("end")
                }
            }
            return parts
        }
    }

    private let path = "calendars/primary/events"

    @Test("An ordinary request is answered at once, with the length and the time, however its body arrives")
    func ordinary() throws {
        let connection = try Connection()
        let text = event(#""summary":"In two parts""#)
        try connection.send(.post, path, body: [String(text.prefix(40)), String(text.dropFirst(40))])
        let (head, body) = try #require(try connection.answer())
        #expect(head.status == .ok)
        #expect(head.headerFields[.contentLength] == String(body.utf8.count))
        #expect(head.headerFields[.date]?.hasSuffix(" GMT") == true)
        #expect(try JSONParser.parse(Data(body.utf8))["summary"] == "In two parts")
        #expect(try connection.passed() == [])
    }

    @Test("An answer without a body has no length")
    func noBody() throws {
        let connection = try Connection()
        try connection.send(.post, path, body: [event(#""id":"first""#)])
        _ = try connection.answer()
        try connection.send(.delete, path + "/first")
        let (head, body) = try #require(try connection.answer())
        #expect(head.status == .noContent)
        #expect(head.headerFields[.contentLength] == nil)
        #expect(body.isEmpty)
    }

    @Test("What is answered in one turn of the event loop is sent at its end")
    func together() throws {
        let connection = try Connection()
        for _ in 1...2 { try connection.send(.get, "colors") }
        #expect(try connection.channel.readOutbound(as: HTTPServerResponsePart.self) == nil)
        for _ in 1...2 { #expect(try connection.answer() != nil) }
    }

    @Test("What is not ordinary goes on as it came, and so does all that follows on the connection")
    func passing() throws {
        let long = String(repeating: " ", count: 40_000)
        let cases: [(HTTPRequest.Method, String, [String], HTTPFields, [String])] = [
            (.head, "colors", [], [:], ["HEAD", "end"]),
            (.get, "colors", [], [.connection: "close"], ["GET", "end"]),
            (.get, "http://localhost/calendar/v3/colors", [], [:], ["GET", "end"]),
            (.post, path, [event()], [.expect: "100-continue"], ["POST", String(event().utf8.count), "end"]),
            (.post, path, [long, long, long], [:], ["POST", "80000", "40000", "end"]),
            (.post, path + "/watch?alt=json", ["{}"], [:], ["POST", "2", "end"]),
        ]
        for (method, path, body, headers, expected) in cases {
            let connection = try Connection()
            try connection.send(method, path, body: body, headers: headers)
            #expect(try connection.passed() == expected)
            try connection.send(.get, "colors")
            #expect(try connection.passed() == ["GET", "end"])
            #expect(try connection.answer() == nil)
        }
    }

    @Test("While a fault is set nothing is answered here, and nothing is done twice")
    func faults() throws {
        let connection = try Connection()
        connection.google.control("faults", #"{"status":503,"method":"colors.get","count":1}"#)
        try connection.send(.post, path, body: [event(#""id":"first""#)])
        #expect(try connection.passed().count == 3)
        #expect(connection.google.send(.get, "/calendar/v3/" + path, token: connection.token).items.isEmpty)
    }

    @Test(
        "The time as HTTP writes it",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (1_793_696_400_999, "Tue, 03 Nov 2026 09:00:00 GMT"),
            (1_709_251_199_000, "Thu, 29 Feb 2024 23:59:59 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        ] as [(Int64, String)])
    func date(_ milliseconds: Int64, _ text: String) {
        #expect(HTTPDate.text(Instant(milliseconds: milliseconds)) == text)
    }
}
