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
    _ method: HTTPMethod, _ url: String, _ body: String? = nil, token: String? = nil, timeout: TimeAmount = .seconds(30),
    through client: HTTPClient = .shared
) async throws -> Answer {
    var request = HTTPClientRequest(url: url)
    request.method = method
    if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    if let body { request.body = .bytes(ByteBuffer(string: body)) }
    let answer = try await client.execute(request, timeout: timeout)
    let data = Data(try await answer.body.collect(upTo: 64 << 20).readableBytesView)
    let json = try? JSONSerialization.jsonObject(with: data) as? [String: any Sendable]
    return Answer(status: Int(answer.status.code), text: String(decoding: data, as: UTF8.self), body: json ?? [:])
}

/// Looks again and again until something is so.
func eventually(
    _ what: String, within patience: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
    _ isSo: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + patience
    while ContinuousClock.now < end {
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

    /// - Parameter changed: settings that differ from the usual ones.
    init(changing changed: [String: String] = [:]) async throws {
        folder = FileManager.default.temporaryDirectory.appending(component: "acceptance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        emulator = try Program("emulator", "--port", "0")
        emulatorURL = String(try await emulator.wrote(/emulated, at (http:\/\/127\.0\.0\.1:\d+)/).1)
        let usual = [
            "GOOGLE_SERVICE_ACCOUNT_KEY": try await Self.newKey(named: "sync", emulatorURL),
            "GOOGLE_CALENDAR_API_URL": emulatorURL,
            "LOOM_AUTH_SECRET": Self.secret,
            "LOOM_PUBLIC_URL": "https://platform.example",
            "LOOM_DATABASE_URL": "sqlite:" + folder.appending(component: "loom.sqlite").path(),
            "LOOM_LOG_LEVEL": "debug",
            // The emulator has no limits, and tests do not wait for quotas.
            "LOOM_REQUESTS_PER_MINUTE": "1000000",
            "LOOM_CALENDARS_PER_DAY": "1000000",
            "LOOM_SECONDS_BETWEEN_CALENDARS": "0",
        ]
        settings = usual.merging(changed) { _, new in new }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// A key of a service account, as the setting takes it.
    func newKey(named name: String) async throws -> String { try await Self.newKey(named: name, emulatorURL) }

    private static func newKey(named name: String, _ emulatorURL: String) async throws -> String {
        let key = try await call(
            .POST, emulatorURL + "/emulator/service-accounts", #"{"project": "p", "name": "\#(name)"}"#)
        try #require(key.status == 201)
        return Data(key.text.utf8).base64EncodedString()
    }

    /// Starts the server; several times, one after another, for restarts.
    func serve(port: Int = 0) async throws -> Server {
        let program = try startServer(port: port)
        return Server(program: program, url: try await program.servedURL, token: try await token(role: "coach"))
    }

    /// A server that need not be ready yet.
    func startServer(port: Int = 0) throws -> Program { try Program("serve", "--port", "\(port)", environment: settings) }

    /// A call of the Calendar API by a person, beside the platform.
    func act(as email: String, _ method: HTTPMethod, _ path: String, _ body: String? = nil) async throws -> Answer {
        let person = try await call(.POST, emulatorURL + "/emulator/users", #"{"email": "\#(email)"}"#)
        return try await call(method, emulatorURL + "/calendar/v3/" + path, body, token: person["accessToken"])
    }

    var serviceAccount: String {
        get async throws {
            let data = try #require(settings["GOOGLE_SERVICE_ACCOUNT_KEY"].flatMap { Data(base64Encoded: $0) })
            let key = try JSONSerialization.jsonObject(with: data) as? [String: Any]
            return try #require(key?["client_email"] as? String)
        }
    }

    /// Runs another command with the same settings, to its end.
    func run(_ arguments: String..., changing changed: [String: String] = [:]) async throws -> Program.Ended {
        try await Program(arguments: arguments, environment: settings.merging(changed) { _, new in new }).ended()
    }

    func token(user: String = "coach-1", role: String) async throws -> String {
        let ended = try await run(
            "token", "--user", user, "--email", "\(user)@example.com", "--role", role, "--time-zone", "Europe/Berlin")
        #expect(ended.status == 0)
        return ended.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func fault(_ body: String) async throws {
        try #require(try await call(.POST, emulatorURL + "/emulator/faults", body).status == 201)
    }

    func endFaults() async throws {
        try #require(try await call(.DELETE, emulatorURL + "/emulator/faults").status == 204)
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
        get async throws { try await eventsByCalendar.flatMap(\.value) }
    }

    /// The same, by the id of the calendar; those without events included.
    var eventsByCalendar: [String: [[String: any Sendable]]] {
        get async throws {
            let pairs = try await calendars.map { calendar in
                let events = calendar["events"] as? [[String: any Sendable]] ?? []
                return (calendar["id"] as? String ?? "", events.filter { $0["status"] as? String != "cancelled" })
            }
            return Dictionary(uniqueKeysWithValues: pairs)
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

extension Program {
    /// Where a server takes calls, once it does.
    var servedURL: String {
        get async throws { String(try await wrote(/url=(http:\/\/127\.0\.0\.1:\d+).* ready/).1) }
    }
}

/// A running server, and a coach who talks to it.
struct Server: Sendable {
    let program: Program
    let url: String
    let token: String

    /// The same server, as somebody else.
    func with(token: String) -> Server { Server(program: program, url: url, token: token) }

    func call(_ method: HTTPMethod, _ path: String, _ body: String? = nil) async throws -> Answer {
        try await AcceptanceTests.call(method, url + path, body, token: token)
    }

    func connect() async throws {
        #expect(try await call(.POST, "/v1/google-calendar/connection").status == 201)
    }

    /// A session at a time that all of them have.
    /// - Parameter fields: besides the time.
    func put(_ id: String, _ fields: String = #""topic": "Topic""#) async throws -> Answer {
        try await call(
            .PUT, "/v1/sessions/\(id)",
            #"{"startsAt": "2027-02-01T10:00:00", "timeZone": "Europe/Berlin", "allowOverlap": true, \#(fields)}"#)
    }

    /// How many sessions are on their way.
    var pendingCount: Int? {
        get async throws { try await call(.GET, "/v1/google-calendar/connection").body["pendingCount"] as? Int }
    }

    func status(of id: String) async throws -> String? { try await call(.GET, "/v1/sessions/\(id)").syncStatus }
}
