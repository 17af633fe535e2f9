import AsyncHTTPClient
import Coaching
import Foundation
import NIOCore
import NIOHTTP1
import Web

/// Speaks HTTP with the server, as the platform and its people would, and looks at the result in the emulator.
struct DemoPlayer {
    private struct Connection: Decodable {
        var calendarId: String
        var calendarName: String?
        var sharedWith: String?
    }

    private struct SessionList: Decodable {
        struct Session: Decodable {
            struct Sync: Decodable {
                var status: String
                var googleEventId: String?
            }
            var id: String
            var topic: String?
            var startsAt: String
            var calendarSync: Sync
        }
        var items: [Session]
    }

    private struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    private let api: String
    private let emulator: String
    private let coachToken: String

    init(api: String, emulator: String, secret: TokenSecret) async throws {
        self.api = api
        self.emulator = emulator
        coachToken = try await secret.sign(PersonClaims(Demo.coach, expiresAt: Date(timeIntervalSinceNow: 24 * 60 * 60)))
    }

    func connect() async throws {
        let connection: Connection = try await call(.POST, "/v1/google-calendar/connection")
        say("  \"\(connection.calendarName ?? "")\" was made and shared with \(connection.sharedWith ?? "nobody")")
        say("  calendar \(connection.calendarId)")
    }

    func put(_ line: DemoSessions.Line) async throws {
        let id = line.id.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let _: SessionList.Session = try await call(.PUT, "/v1/sessions/\(id)", body: line.body)
    }

    /// Waits until every session is settled, and tells where it is.
    func printWhatLanded() async throws {
        var sessions: [SessionList.Session] = []
        for _ in 0..<100 {
            let list: SessionList = try await call(.GET, "/v1/sessions?pageSize=500")
            sessions = list.items
            if !sessions.contains(where: { $0.calendarSync.status == "pending" }) { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        for session in sessions {
            let sync = session.calendarSync
            say("  \(sync.status.padded(to: 8))\(session.startsAt)  \(session.topic ?? "Coaching Session")")
            if let event = sync.googleEventId { say("          event \(event)") }
        }
        let landed = sessions.filter { $0.calendarSync.googleEventId != nil }.count
        say(
            """

            \(landed) of \(sessions.count) sessions are events in the emulated Google Calendar.

              The pages              \(api)/   (sign in as anybody of the demo by a click)
              The emulator           \(emulator)/
              Everything it holds    \(emulator)/emulator/state
              The API, described     \(api)/openapi.yaml

            Try it as the demo coach (this token is good for a day, and for this demo only):

              TOKEN=\(coachToken)
              curl -H "Authorization: Bearer $TOKEN" \(api)/v1/sessions
              curl -H "Authorization: Bearer $TOKEN" -X DELETE \(api)/v1/sessions/\(sessions.first?.id ?? "ID")

            Stop with Ctrl-C.
            """)
    }

    private func call<Answer: Decodable>(_ method: HTTPMethod, _ path: String, body: Data? = nil) async throws -> Answer {
        var request = HTTPClientRequest(url: api + path)
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(coachToken)")
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = Data(try await answer.body.collect(upTo: 16 << 20).readableBytesView)
        guard (200..<300).contains(answer.status.code) else {
            throw Refused(description: "\(method) \(path): \(answer.status.code) \(String(decoding: bytes, as: UTF8.self))")
        }
        return try JSONDecoder().decode(Answer.self, from: bytes)
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { padding(toLength: max(width, count + 2), withPad: " ", startingAt: 0) }
}
