import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// An answer over HTTP.
struct Answer: Sendable {
    var status: Int
    var text: String
    var body: [String: any Sendable]

    subscript(_ name: String) -> String? { body[name] as? String }
    var calendarSync: [String: any Sendable] { body["calendarSync"] as? [String: any Sendable] ?? [:] }
    var syncStatus: String? { calendarSync["status"] as? String }
}

func call(
    _ method: HTTPMethod, _ url: String, _ body: String? = nil, token: String? = nil, timeout: TimeAmount = .seconds(30)
) async throws -> Answer {
    var request = HTTPClientRequest(url: url)
    request.method = method
    if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    if let body { request.body = .bytes(ByteBuffer(string: body)) }
    let answer = try await HTTPClient.shared.execute(request, timeout: timeout)
    let data = Data(try await answer.body.collect(upTo: 64 << 20).readableBytesView)
    let json = try? JSONSerialization.jsonObject(with: data) as? [String: any Sendable]
    return Answer(status: Int(answer.status.code), text: String(decoding: data, as: UTF8.self), body: json ?? [:])
}

/// Looks again and again until something is so, for at most a minute.
func eventually(
    _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ isSo: () async throws -> Bool
) async throws {
    for _ in 0..<1_200 {
        if try await isSo() { return }
        try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("did not come true: \(what)", sourceLocation: sourceLocation)
}

/// An emulator and a server, each a process, set up the way an operator does it: by settings alone.
final class Deployment: Sendable {
    static let secret = "an acceptance secret that is long enough"

    let folder: URL
    let emulatorURL: String
    let emulator: Program
    private let settings: [String: String]

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(component: "acceptance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        emulator = try Program("emulator", "--port", "0")
        emulatorURL = String(try await emulator.wrote(/emulated, at (http:\/\/127\.0\.0\.1:\d+)/).1)
        let key = try await call(.POST, emulatorURL + "/emulator/service-accounts", #"{"project": "p", "name": "sync"}"#)
        try #require(key.status == 201)
        settings = [
            "GOOGLE_SERVICE_ACCOUNT_KEY": Data(key.text.utf8).base64EncodedString(),
            "GOOGLE_CALENDAR_API_URL": emulatorURL,
            "LOOM_AUTH_SECRET": Self.secret,
            "LOOM_PUBLIC_URL": "https://platform.example",
            "LOOM_DATABASE_URL": "sqlite:" + folder.appending(component: "loom.sqlite").path(),
            "LOOM_LOG_LEVEL": "debug",
        ]
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Starts the server; several times, one after another, for restarts.
    func serve() async throws -> Server {
        let program = try Program("serve", "--port", "0", environment: settings)
        let url = String(try await program.wrote(/url=(http:\/\/127\.0\.0\.1:\d+).* ready/).1)
        return Server(program: program, url: url, token: try await token(role: "coach"))
    }

    func token(user: String = "coach-1", role: String) async throws -> String {
        let program = try Program(
            "token", "--user", user, "--email", "\(user)@example.com", "--role", role, "--time-zone", "Europe/Berlin",
            environment: settings)
        let ended = try await program.ended()
        #expect(ended.status == 0)
        return ended.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func fault(_ body: String) async throws {
        try #require(try await call(.POST, emulatorURL + "/emulator/faults", body).status == 201)
    }

    var state: Answer { get async throws { try await call(.GET, emulatorURL + "/emulator/state") } }

    private var calendars: [[String: any Sendable]] {
        get async throws { try await state.body["calendars"] as? [[String: any Sendable]] ?? [] }
    }

    /// The names of calendars that people see.
    var calendarNames: [String] {
        get async throws {
            try await calendars.filter { $0["primary"] as? Bool != true }.compactMap { $0["summary"] as? String }
        }
    }

    /// Events that are not deleted, in all calendars, as the emulator holds them.
    var events: [[String: any Sendable]] {
        get async throws {
            try await calendars.flatMap { $0["events"] as? [[String: any Sendable]] ?? [] }.filter {
                $0["status"] as? String != "cancelled"
            }
        }
    }

    /// The calls of the Calendar API that the emulator answered, as in `POST /calendar/v3/calendars`.
    var calls: [String] {
        get async throws {
            let log = try await call(.GET, emulatorURL + "/emulator/requests")
            return (log.body["items"] as? [[String: any Sendable]] ?? []).compactMap { request in
                guard let path = request["path"] as? String, path.hasPrefix("/calendar/v3") else { return nil }
                return "\(request["method"] as? String ?? "") \(path)"
            }
        }
    }
}

/// A running server, and a coach who talks to it.
struct Server: Sendable {
    let program: Program
    let url: String
    let token: String

    func call(_ method: HTTPMethod, _ path: String, _ body: String? = nil) async throws -> Answer {
        try await AcceptanceTests.call(method, url + path, body, token: token)
    }

    func connect() async throws {
        #expect(try await call(.POST, "/v1/google-calendar/connection").status == 201)
    }

    /// - Parameter fields: besides the time.
    func put(_ id: String, _ fields: String = #""topic": "Topic""#) async throws -> Answer {
        try await call(
            .PUT, "/v1/sessions/\(id)", #"{"startsAt": "2027-02-01T10:00:00", "timeZone": "Europe/Berlin", \#(fields)}"#)
    }

    func status(of id: String) async throws -> String? { try await call(.GET, "/v1/sessions/\(id)").syncStatus }
}
