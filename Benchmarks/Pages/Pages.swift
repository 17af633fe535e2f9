import AsyncHTTPClient
import CalendarEmulator
import CalendarSync
import Coaching
import Foundation
import GoogleCalendar
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Storage
import Web

/// How long each page takes and what it weighs, with 1,000 and with 100,000 sessions in the database.
///
///     pages [ROUNDS]
///
/// Two servers with a database file each, asked in turn over HTTP by one browser.
@main
struct PagesBenchmark {
    static func main() async throws {
        let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 60
        let folder = FileManager.default.temporaryDirectory.appending(component: "pages-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let small = try await Site(path: folder.appending(component: "small").path(), coaches: 1)
        let large = try await Site(path: folder.appending(component: "large").path(), coaches: 100)
        try await withThrowingTaskGroup { group in
            for site in [small, large] { group.addTask { try await site.serve() } }
            try await measure(small, large, rounds)
            group.cancelAll()
        }
    }

    private static func measure(_ small: Site, _ large: Site, _ rounds: Int) async throws {
        let assets = try await large.assetBytes()
        print("Styles, script and icon together: \(assets) bytes. Times are medians of \(rounds) in milliseconds.")
        print("page                 page bytes  in all KB    1,000  100,000  ratio")
        var worst: (time: Double, weight: Int) = (0, 0)
        for page in Site.pages {
            var (ofSmall, ofLarge): ([Double], [Double]) = ([], [])
            for round in 0..<rounds + 3 {
                // Which comes first changes, so that whatever else the machine does meets both.
                for site in round.isMultiple(of: 2) ? [small, large] : [large, small] {
                    let began = ContinuousClock.now
                    _ = try await site.get(page.path, as: page.person)
                    let taken = (ContinuousClock.now - began) / .milliseconds(1)
                    // The first few fill caches.
                    guard round >= 3 else { continue }
                    if site.coaches == 1 { ofSmall.append(taken) } else { ofLarge.append(taken) }
                }
            }
            let size = try await large.get(page.path, as: page.person)
            let (few, many) = (median(ofSmall), median(ofLarge))
            worst = (max(worst.time, many), max(worst.weight, size + assets))
            print(
                page.name.padding(toLength: 20, withPad: " ", startingAt: 0)
                    + String(
                        format: " %10d %10.1f %8.2f %8.2f %6.2f", size, Double(size + assets) / 1000, few, many, many / few))
        }
        print(
            String(
                format:
                    "The slowest page takes %.2f ms with 100,000 sessions (ratio to 20 ms: %.2f); the heaviest is %.1f KB in all "
                    + "(ratio to 100 KB: %.2f).", worst.time, worst.time / 20, Double(worst.weight) / 1000,
                Double(worst.weight) / 100_000))
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

/// A server and its database.
final class Site: Sendable {
    struct Page {
        var name: String
        var path: String
        var person: Person
    }

    static let coach = Person(
        id: "c0", email: "c0@example.com", name: "Coach", role: .coach, timeZone: "Europe/Berlin", locale: "en")
    static let client = Person(id: "client", name: "Client", role: .client, timeZone: "America/New_York", locale: "he")
    static let admin = Person(id: "admin", role: .admin)

    static let pages = [
        Page(name: "week", path: "/sessions", person: coach),
        Page(name: "month", path: "/sessions?view=month", person: coach),
        Page(name: "session", path: "/sessions/s-500", person: coach),
        Page(name: "edit a session", path: "/sessions/s-500/edit", person: coach),
        Page(name: "new session", path: "/new-session", person: coach),
        Page(name: "settings", path: "/settings/calendar", person: coach),
        Page(name: "disconnect", path: "/settings/calendar/disconnect", person: coach),
        Page(name: "a client's list", path: "/sessions", person: client),
        Page(name: "book", path: "/book/c0", person: client),
        Page(name: "operator", path: "/operator", person: admin),
        Page(name: "one coach", path: "/operator/coaches/c0", person: admin),
    ]

    private static let sessionsOfOne = 1_000
    private static let secretText = "a secret for benchmarks that is long enough"

    let coaches: Int
    private let sync: CalendarSyncService
    private let secret: TokenSecret
    private let port: AsyncStream<Int>
    private let tellPort: AsyncStream<Int>.Continuation
    private let cookies = Cookies()

    /// Which address it has, and who is signed in.
    private actor Cookies {
        var base = ""
        var cookies: [String: String] = [:]
        func set(base: String) { self.base = base }
        func set(_ cookie: String, of person: String) { cookies[person] = cookie }
    }

    /// Nobody is to be asked here.
    private struct Nobody: HTTPTransport {
        struct Asked: Error {}
        func send(_ request: HTTPRequest, body: Data?) async throws -> (HTTPResponse, Data) { throw Asked() }
    }

    init(path: String, coaches: Int) async throws {
        self.coaches = coaches
        let database = try SQLiteDatabase(path: path)
        let request = HTTPRequest(
            method: .post, scheme: "http", authority: "127.0.0.1:8085", path: "/emulator/service-accounts")
        let keyFile = Emulator().respond(to: request, body: Data(#"{"project": "p", "name": "sync"}"#.utf8)).body
        guard let publicURL = URL(string: "http://127.0.0.1"), let secret = await TokenSecret(Self.secretText) else {
            fatalError("no address or secret")
        }
        self.secret = secret
        let google = GoogleCalendarClient(key: try ServiceAccountKey(json: keyFile), transport: Nobody())
        sync = CalendarSyncService(
            database: database, google: google, publicURL: publicURL,
            logger: Logger(label: "pages") { _ in SwiftLogNoOpLogHandler() })
        (port, tellPort) = AsyncStream.makeStream()
        try await sync.migrate()
        for person in [Self.coach, Self.client, Self.admin] { try await sync.recognise(person) }
        let account = google.serviceAccount
        try await database.write { try Self.fill($0, account, coaches) }
    }

    /// Five sessions a day of each coach, as many before today as after, all of them sent to Google within the last day.
    private static func fill(_ transaction: any Transaction, _ account: String, _ coaches: Int) throws {
        let now = Int(Date().timeIntervalSince1970 * 1000)
        let day = 86_400_000
        let begin = now / day * day
        let count = coaches * sessionsOfOne
        func numbers(_ count: Int) -> SQL {
            "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < \(count))"
        }
        try transaction.execute(
            "\(numbers(coaches)) INSERT OR IGNORE INTO person (id, role, name) SELECT 'c' || i, 'coach', 'Coach ' || i FROM n")
        try transaction.execute(
            """
            \(numbers(coaches)) INSERT INTO user_calendar_connection (
                user_id, mode, state, generation, marker, calendar_id, calendar_name, service_account, connected_at, detail_level,
                last_sync_at)
            SELECT 'c' || i, 'dedicated', 'connected', 1, 'm', 'calendar-' || i, 'Loom Platform', \(account), 0, 'full', \(now)
            FROM n
            """)
        let start: SQL = "\(begin) + (i / \(coaches) / 5 - 100) * \(day) + (i / \(coaches) % 5 * 2 + 7) * 3600000"
        try transaction.execute(
            """
            \(numbers(count)) INSERT INTO coaching_session (
                id, coach_id, client_id, topic, starts_at, ends_at, taken_until, time_zone, status, revision, created_at, updated_at)
            SELECT CASE WHEN i % \(coaches) = 0 THEN 's-' || (i / \(coaches)) ELSE 'o-' || i END, 'c' || (i % \(coaches)),
                CASE WHEN i % 10 = 0 THEN 'client' END, 'A topic of usual length', \(start), \(start) + 3600000,
                \(start) + 3600000, 'Europe/Berlin', 'scheduled', 1, 0, i
            FROM n
            """)
        try transaction.execute(
            """
            INSERT INTO google_calendar_event (
                session_id, calendar_id, google_event_id, generation, etag, content_hash, html_link, synced_at)
            SELECT id, 'calendar-' || SUBSTR(coach_id, 2), 'event-' || id, 0, 'e', 'h', 'https://calendar.google.com/event', \(now)
            FROM coaching_session
            """)
        for (number, what) in [(1, "sessionCreated"), (2, "eventInserted")] {
            try transaction.execute(
                """
                INSERT INTO session_timeline (session_id, number, at, what, sequence)
                SELECT id, \(number), \(now) - updated_at * \(day) / \(count), \(what), updated_at * 2 + \(number)
                FROM coaching_session
                """)
        }
        try transaction.execute("ANALYZE")
    }

    func serve() async throws {
        let web = try await WebServer(sync: sync, verifier: .secret(secret)).application(
            host: "127.0.0.1", port: 0, logger: Logger(label: "pages") { _ in SwiftLogNoOpLogHandler() }
        ) { [tellPort] in tellPort.yield($0) }
        try await web.run()
    }

    private var base: String {
        get async {
            if await cookies.base.isEmpty {
                for await number in port {
                    await cookies.set(base: "http://127.0.0.1:\(number)")
                    break
                }
            }
            return await cookies.base
        }
    }

    /// - Returns: how many bytes the page has.
    func get(_ path: String, as person: Person) async throws -> Int {
        if await cookies.cookies[person.id] == nil {
            let token = try await secret.sign(PersonClaims(person, expiresAt: Date(timeIntervalSinceNow: 600)))
            let answer = try await ask("/sign-in?token=\(token)", nil)
            guard let cookie = answer.headers["Set-Cookie"].first(where: { $0.hasPrefix("loom=") }) else {
                fatalError("nobody was signed in")
            }
            await cookies.set(String(cookie.prefix { $0 != ";" }), of: person.id)
        }
        let answer = try await ask(path, await cookies.cookies[person.id])
        let body = try await answer.body.collect(upTo: 1 << 20)
        guard answer.status == .ok else { fatalError("\(path) answered \(answer.status.code)") }
        return body.readableBytes
    }

    /// What a browser fetches once for all pages.
    func assetBytes() async throws -> Int {
        let page = String(buffer: try await ask("/sign-in", nil).body.collect(upTo: 1 << 20))
        var bytes = 0
        for match in page.matches(of: /"(\/assets\/[^"]+)"/) {
            bytes += try await ask(String(match.1), nil).body.collect(upTo: 1 << 20).readableBytes
        }
        return bytes
    }

    private func ask(_ path: String, _ cookie: String?) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: await base + path)
        if let cookie { request.headers.add(name: "Cookie", value: cookie) }
        return try await Self.http.execute(request, timeout: .seconds(30))
    }

    private static let http = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        return HTTPClient(configuration: configuration)
    }()
}
