import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

/// Facts 11.3 row 15.
@Suite("Batches")
struct BatchTests {
    let google = Google()

    struct Part {
        var id: String?
        var status: Int
        var headers: HTTPFields
        var text: String
        var json: JSON { (try? JSONParser.parse(Data(text.utf8))) ?? .null }
        var reason: String? { json["error"]?["errors"]?[0]?["reason"]?.string }
    }

    private func send(_ body: String, type: String = "multipart/mixed; boundary=\"b 1\"", token: String?) -> Exchange {
        google.send(.post, "/batch/calendar/v3", token: token, headers: ["Content-Type": type], body: body)
    }

    /// The parts of an answer, read with another reader than the emulator's.
    private func parts(_ answer: Exchange) throws -> [Part] {
        #expect(answer.status == 200, "\(answer.text)")
        let type = try #require(answer.reply.response.headerFields[.contentType])
        let boundary = try #require(type.split(separator: "=").last)
        #expect(answer.text.hasSuffix("--\(boundary)--\r\n"))
        return try answer.text.components(separatedBy: "--\(boundary)\r\n").dropFirst().map { text in
            let blocks = text.components(separatedBy: "\r\n\r\n")
            #expect(blocks[0].contains("Content-Type: application/http"))
            let id = blocks[0].components(separatedBy: "\r\n").first { $0.hasPrefix("Content-ID: ") }
            let lines = blocks[1].components(separatedBy: "\r\n")
            var fields = HTTPFields()
            for line in lines.dropFirst() {
                let pair = line.components(separatedBy: ": ")
                fields[try #require(HTTPField.Name(pair[0]))] = pair.dropFirst().joined(separator: ": ")
            }
            let content = blocks.dropFirst(2).joined(separator: "\r\n\r\n")
            let length = try #require(fields[.contentLength].flatMap { Int($0) })
            return Part(
                id: id.map { String($0.dropFirst("Content-ID: ".count)) },
                status: try #require(Int(lines[0].split(separator: " ")[1])), headers: fields,
                text: String(decoding: content.utf8.prefix(length), as: UTF8.self))
        }
    }

    private func part(_ request: String, id: String? = nil, type: String = "application/http") -> String {
        "--b 1\r\nContent-Type: \(type)\r\n" + (id.map { "Content-ID: \($0)\r\n" } ?? "") + "\r\n" + request + "\r\n"
    }

    private let insert = "POST /calendar/v3/calendars/primary/events HTTP/1.1\r\nContent-Type: application/json\r\n\r\n"

    @Test("Answers come in order under the ids of their calls, each with its own status")
    func order() throws {
        let token = try google.person("coach@example.com")
        let body =
            "preamble\r\n" + part(insert + event(#""id":"first","summary":"ä--b 1""#), id: "<item1>")
            + part("GET /calendar/v3/calendars/primary/events/none", id: "item:2 + x")
            + part("GET /calendar/v3/calendars/primary/events?maxResults=1&prettyPrint=false HTTP/1.1\r\nAccept: */*\r\n\r\n")
            + part("DELETE /calendar/v3/calendars/primary/events/first HTTP/1.1\r\n\r\n", id: "<a + 4>") + "--b 1--\r\nend"
        let parts = try parts(send(body, token: token))
        #expect(parts.map(\.status) == [200, 404, 200, 204])
        #expect(parts.map(\.id) == ["<response-item1>", "response-item:2 + x", nil, "<response-a + 4>"])
        #expect(parts[0].json["summary"] == "ä--b 1")
        #expect(parts[0].headers[.eTag] == parts[0].json["etag"]?.string)
        #expect(parts[0].headers[.contentType] == "application/json; charset=UTF-8")
        #expect(parts[1].reason == "notFound")
        #expect(parts[2].json["items"]?[0]?["id"] == "first")
        #expect(parts[3].text.isEmpty)
        let log = google.send(.get, "/emulator/requests").items
        #expect(
            log.compactMap { $0["api"]?.string } == ["events.insert", "events.get", "events.list", "events.delete", "batch"])
        #expect(log.compactMap { $0["status"]?.integer } == [200, 404, 200, 204, 200])
    }

    @Test("Bare line feeds and folded headers, as Google's Python client writes them")
    func lineFeeds() throws {
        let token = try google.person("coach@example.com")
        let body = """
            --===============12==
            Content-Type: application/http
            MIME-Version: 1.0
            Content-Transfer-Encoding: binary
            Content-ID: <8a7d
             + 1>

            POST /calendar/v3/calendars/primary/events?alt=json HTTP/1.1
            Content-Type: application/json
            MIME-Version: 1.0
            content-length: 9999
            Host: 127.0.0.1:8085

            \(event(#""summary":"A""#))
            --===============12==--

            """
        let parts = try parts(send(body, type: #"multipart/mixed; boundary="===============12==""#, token: token))
        #expect(parts.map(\.status) == [200])
        #expect(parts[0].id == "<response-8a7d + 1>")
        #expect(parts[0].json["summary"] == "A")
    }

    @Test("The outer headers apply to a part that has none of its own, but for those of the outer body")
    func outerHeaders() throws {
        let (coach, other) = (try google.person("coach@example.com"), try google.person("other@example.com"))
        let get = "GET /calendar/v3/calendars/primary HTTP/1.1\r\n"
        let body =
            part(get + "\r\n") + part(get + "authorization: Bearer \(other)\r\n\r\n") + part(get + "Authorization: x\r\n\r\n")
            + part("POST /calendar/v3/calendars HTTP/1.1\r\n\r\n{\"summary\":\"A\"}") + "--b 1--"
        let asCoach = try parts(send(body, token: coach))
        #expect(asCoach.map { $0.json["id"]?.string }.prefix(2) == ["coach@example.com", "other@example.com"])
        #expect(asCoach[2].status == 401)
        #expect(asCoach[2].headers[.wwwAuthenticate]?.contains("Bearer") == true)
        #expect(asCoach[3].status == 200)
        #expect(try parts(send(body, token: nil)).map(\.status) == [401, 200, 401, 401])
    }

    @Test(
        "A part that cannot be read is refused alone",
        arguments: [
            ("GET", 400), ("", 400), ("GET http://127.0.0.1/calendar/v3/colors HTTP/1.1\r\n\r\n", 400),
            ("GET //calendar/v3/colors HTTP/1.1\r\n\r\n", 400), ("G@T /calendar/v3/colors HTTP/1.1\r\n\r\n", 400),
            ("GET /calendar/v3/colors HTTP/1.1\r\nno header\r\n\r\n", 400), ("GET /calendar/v3/colors FTP/1\r\n\r\n", 400),
            ("POST /batch/calendar/v3 HTTP/1.1\r\n\r\n", 400), ("POST /emulator/reset HTTP/1.1\r\n\r\n", 404),
            ("POST /token HTTP/1.1\r\n\r\n", 404), ("GET /calendar/v3/nothing HTTP/1.1\r\n\r\n", 404),
        ])
    func unreadable(_ request: String, _ status: Int) throws {
        let token = try google.person("coach@example.com")
        let body = part(request) + part("GET /calendar/v3/colors") + part("GET /calendar/v3/colors", type: "text/plain")
        let parts = try parts(send(body + "--b 1--", token: token))
        #expect(parts.map(\.status) == [status, 200, 400])
        #expect(google.send(.get, "/emulator/state").json["users"]?.array?.count == 1)
    }

    @Test("A batch that cannot be read is refused whole")
    func broken() throws {
        let token = try google.person("coach@example.com")
        let good = part("GET /calendar/v3/colors")
        for type in ["multipart/mixed", "application/json", "multipart/form-data; boundary=b", "multipart/mixed; boundary="] {
            #expect(send(good + "--b 1--", type: type, token: token).status == 400)
        }
        #expect(send("", token: token).status == 400)
        #expect(send("--b 1--", token: token).status == 400)
        #expect(try parts(send(good, token: token)).map(\.status) == [200])
        let many = String(repeating: good, count: 1001)
        #expect(send(many + "--b 1--", token: token).message?.contains("1001") == true)
        #expect(
            google.send(.get, "/emulator/requests").items.compactMap { $0["api"]?.string }.filter { $0 != "batch" }.count == 1)
    }

    @Test(
        "The address for all APIs is gone, and so are those of others",
        arguments: ["/batch", "/batch/drive/v3", "/batch/calendar"])
    func global(_ path: String) {
        let answer = google.send(.post, path, headers: ["Content-Type": "multipart/mixed; boundary=b"], body: "--b--")
        #expect(answer.status == 404)
        #expect(answer.text.contains("<title>"))
    }

    @Test("Each part counts: a batch at one calendar trips its limit")
    func quota() throws {
        let token = try google.person("coach@example.com")
        google.control("quotas", #"{"writesPerMinutePerCalendar":3,"perMinutePerUser":5}"#)
        let body = String(repeating: part(insert + event()), count: 7) + "--b 1--"
        let parts = try parts(send(body, token: token))
        #expect(parts.map(\.status) == [200, 200, 200, 403, 403, 403, 403])
        #expect(parts.map(\.reason).suffix(4).allSatisfy { $0 == "rateLimitExceeded" })
    }

    @Test("Faults strike parts; the whole batch only by its name")
    func faults() throws {
        let token = try google.person("coach@example.com")
        let body = (1...4).map { part(insert + event(#""id":"event\#($0)""#)) }.joined() + "--b 1--"
        google.control("faults", #"{"status":503,"count":1}"#)
        google.control("faults", #"{"method":"events.insert","effect":"afterCommit","count":1,"delayMilliseconds":70}"#)
        google.control("faults", #"{"effect":"cut","count":1,"delayMilliseconds":30}"#)
        let answer = send(body, token: token)
        let parts = try parts(answer)
        #expect(parts.map(\.status) == [503, 503, 200, 200])
        #expect(parts[2].json == .null)
        #expect(parts[3].json["id"] == "event4")
        #expect(answer.reply.delay == .milliseconds(70))
        let ids = google.send(.get, "/calendar/v3/calendars/primary/events", token: token).items.compactMap { $0["id"]?.string }
        #expect(ids == ["event2", "event3", "event4"])
        google.control("faults", #"{"method":"batch","effect":"reset","count":1}"#)
        #expect(send(body, token: token).reply.delivery == .reset)
    }

    @Test("A large batch is read, a large part is refused alone")
    func size() throws {
        let token = try google.person("coach@example.com")
        let padding = String(repeating: " ", count: Emulator.maximumBodySize)
        let body = part(insert + event() + padding) + part("GET /calendar/v3/colors") + "--b 1--"
        #expect(try parts(send(body, token: token)).map(\.status) == [413, 200])
        #expect(send(String(repeating: " ", count: Emulator.maximumBatchSize + 1), token: token).status == 413)
    }

    @Test("By a switch the calls are done in any order; their answers keep theirs")
    func anyOrder() throws {
        let token = try google.person("coach@example.com")
        google.switches(#"{"batchOrderShuffled":true}"#)
        let ids = (0..<12).map { "event" + String($0, radix: 22) }
        let body = ids.map { part(insert + event(#""id":"\#($0)""#), id: "<\($0)>") }.joined() + "--b 1--\r\n"
        let parts = try parts(send(body, token: token))
        #expect(parts.map { $0.json["id"]?.string } == ids)
        #expect(parts.map(\.id) == ids.map { "<response-\($0)>" })
        let done = google.send(.get, "/calendar/v3/calendars/primary/events", token: token).items
        #expect(done.compactMap { $0["id"]?.string } != ids)
        #expect(Set(done.compactMap { $0["id"]?.string }) == Set(ids))
    }
}
