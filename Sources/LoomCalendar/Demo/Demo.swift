import AsyncHTTPClient
import CalendarEmulator
import Coaching
import Foundation
import GoogleCalendar
import HTTPTypes
import ServiceLifecycle
import Web

/// What `serve --emulator` adds: an emulated Google, a key for it, demo people, and a player of example sessions. It uses the
/// server as any platform would, through the public API.
final class Demo: Service {
    let emulator: Emulator
    let emulatorURL: URL
    let key: ServiceAccountKey
    let secret: TokenSecret
    let databasePath: String

    private let folder: URL?
    private let file: String
    private let listening: AsyncStream<Int>
    private let tellListening: AsyncStream<Int>.Continuation

    static let coach = Person(
        id: "demo-coach", email: "coach@example.com", name: "Demo Coach", role: .coach, timeZone: "Europe/Berlin", locale: "en")
    /// Who can be played: one of each role, and a coach who reads Hebrew and has not connected a calendar yet.
    static let people = [
        coach,
        Person(
            id: "demo-coach-he", email: "coach-he@example.com", name: "מאמן לדוגמה", role: .coach, timeZone: "Asia/Jerusalem",
            locale: "he"),
        Person(
            id: "demo-client", email: "client@example.com", name: "Demo Client", role: .client, timeZone: "America/New_York",
            locale: "en"),
        Person(id: "demo-operator", email: "operator@example.com", name: "Demo Operator", role: .admin, locale: "en"),
    ]

    init(settings: Settings, file: String, emulatorPort: Int) async throws {
        self.file = file
        let origin = "http://127.0.0.1:\(emulatorPort)"
        guard let url = URL(string: origin) else { throw SettingsError("--emulator-port is no port") }
        emulatorURL = url
        // Nobody else can know the tokens: web sites reach this address too.
        let emulator = Emulator(origin: origin, seed: .random(in: 0...UInt64.max))
        self.emulator = emulator
        secret = try await settings.tokenSecret(default: UUID().uuidString + UUID().uuidString)

        func control(_ path: String, _ body: String) -> Data {
            let request = HTTPRequest(
                method: .post, scheme: "http", authority: "127.0.0.1:\(emulatorPort)", path: "/emulator/\(path)")
            return emulator.respond(to: request, body: Data(body.utf8)).body
        }
        key = try ServiceAccountKey(json: control("service-accounts", #"{"project": "demo", "name": "loom-calendar"}"#))
        // Google tells of changes at https addresses only; the server beside it has none.
        _ = control("switches", #"{"allowHttpCallbacks": true}"#)

        // The emulator forgets everything at the end, so a database that remembered would be wrong from the start.
        let folder = FileManager.default.temporaryDirectory.appending(component: "loom-calendar-\(UUID().uuidString)")
        databasePath = try settings.databasePath(default: folder.appending(component: "demo.sqlite").path())
        if databasePath.hasPrefix(folder.path()) {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            self.folder = folder
        } else {
            self.folder = nil
        }
        (listening, tellListening) = AsyncStream.makeStream()
    }

    /// To be called once the API can be reached.
    func play(throughPort port: Int) { tellListening.yield(port) }

    func tidyUp() {
        if let folder { try? FileManager.default.removeItem(at: folder) }
    }

    func run() async throws {
        for await port in listening.cancelOnGracefulShutdown() {
            do {
                try await play(api: "http://127.0.0.1:\(port)")
            } catch {
                say("\nThe demo could not be played: \(error)")
            }
        }
    }

    private func play(api: String) async throws {
        let player = try await DemoPlayer(api: api, emulator: emulatorURL.absoluteString, secret: secret)
        say("\nConnecting the calendar of \(Self.coach.email ?? "") …")
        try await player.connect()
        let lines = try DemoSessions.read(file, today: Date())
        say("Playing \(lines.count) sessions from \(file) …\n")
        for line in lines { try await player.put(line) }
        try await player.printWhatLanded()
    }
}
