import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// An emulator and a server, each a process, with a coach who is connected.
struct Stage: Sendable {
    private let folder: URL
    private let processes: [Process]
    private let emulator = "http://127.0.0.1:28185"
    private let server = "http://127.0.0.1:28180"
    private let coachToken: String
    private let googleToken: String
    private let calendar: String

    init(executable: String) async throws {
        folder = FileManager.default.temporaryDirectory.appending(component: "landing-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let google = try Self.start(executable, ["emulator", "--port", "28185"], [:])
        try await Self.waitFor(emulator + "/emulator/state")
        let key = try await Self.call(.POST, emulator + "/emulator/service-accounts", #"{"project": "p", "name": "sync"}"#)
        let settings = [
            "GOOGLE_SERVICE_ACCOUNT_KEY": key.text, "GOOGLE_CALENDAR_API_URL": emulator,
            "LOOM_REQUESTS_PER_MINUTE": "1000000", "LOOM_AUTH_SECRET": "a secret of a benchmark, long enough",
            "LOOM_PUBLIC_URL": "https://platform.example",
            "LOOM_DATABASE_URL": "sqlite:" + folder.appending(component: "loom.sqlite").path(), "LOOM_LOG_LEVEL": "warning",
        ]
        let loom = try Self.start(executable, ["serve", "--port", "28180"], settings)
        processes = [google, loom]
        try await Self.waitFor(server + "/readyz")
        let output = Pipe()
        let token = try Self.start(
            executable, ["token", "--user", "coach", "--email", "coach@example.com", "--role", "coach"], settings,
            output: output)
        token.waitUntilExit()
        coachToken = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let connection = try await Self.call(.POST, server + "/v1/google-calendar/connection", nil, token: coachToken)
        calendar = connection["calendarId"]?.replacingOccurrences(of: "@", with: "%40") ?? ""
        googleToken =
            try await Self.call(.POST, emulator + "/emulator/users", #"{"email": "coach@example.com"}"#)["accessToken"] ?? ""
    }

    func end() {
        for process in processes { process.terminate() }
        for process in processes { process.waitUntilExit() }
        try? FileManager.default.removeItem(at: folder)
    }

    func session(_ number: Int) async throws {
        let answer = try await Self.call(
            .PUT, server + "/v1/sessions/s\(number + 100)",
            #"{"startsAt": "2027-02-01T10:00:00Z", "timeZone": "UTC", "topic": "Topic", "allowOverlap": true}"#,
            token: coachToken)
        precondition(answer.status == 201)
    }

    func isReadable(session number: Int) async throws -> Bool {
        let found = try await Self.call(
            .GET, "\(emulator)/calendar/v3/calendars/\(calendar)/events?privateExtendedProperty=loomSession%3Ds\(number + 100)",
            nil,
            token: googleToken)
        return found.text.contains("loomScheme")
    }

    func event(_ number: Int) async throws {
        let time = #"{"dateTime": "2027-02-01T10:00:00Z"}"#
        let answer = try await Self.call(
            .POST, "\(emulator)/calendar/v3/calendars/\(calendar)/events",
            #"{"start": \#(time), "end": {"dateTime": "2027-02-01T11:00:00Z"}, "extendedProperties": {"private": {"straight": "s\#(number)"}}}"#,
            token: googleToken)
        precondition(answer.status == 200)
    }

    func isReadable(event number: Int) async throws -> Bool {
        let found = try await Self.call(
            .GET, "\(emulator)/calendar/v3/calendars/\(calendar)/events?privateExtendedProperty=straight%3Ds\(number)", nil,
            token: googleToken)
        return found.text.contains("straight")
    }

    private struct Answer {
        var status: Int
        var text: String
        subscript(_ name: String) -> String? {
            (try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])?[name] as? String
        }
    }

    private static func call(_ method: HTTPMethod, _ url: String, _ body: String?, token: String? = nil) async throws -> Answer
    {
        var request = HTTPClientRequest(url: url)
        request.method = method
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        return Answer(status: Int(answer.status.code), text: String(buffer: try await answer.body.collect(upTo: 64 << 20)))
    }

    private static func call(_ method: HTTPMethod, _ url: String, _ body: String) async throws -> Answer {
        try await call(method, url, Optional(body))
    }

    private static func waitFor(_ url: String) async throws {
        for _ in 0..<600 {
            if let answer = try? await call(.GET, url, nil), answer.status == 200 { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        print("\(url) never answered")
        exit(1)
    }

    private static func start(
        _ executable: String, _ arguments: [String], _ environment: [String: String], output: Pipe? = nil
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardOutput = output ?? FileHandle.nullDevice
        try process.run()
        return process
    }
}
