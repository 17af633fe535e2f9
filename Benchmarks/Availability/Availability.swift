import CalendarEmulator
import CalendarSync
import Coaching
import Foundation
import GoogleCalendar
import HTTPTypes
import Logging
import Storage

/// What it costs to find the free slots of 60 days for a coach with 10,000 sessions and 5,000 busy times in Google, alone in the database
/// and beside 1,000,000 sessions of others.
///
///     availability [ROUNDS]
///
/// Both databases are files, and are asked in turn.
@main
struct AvailabilityBenchmark {
    private static let askedInARound = 20

    static func main() async throws {
        let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 9
        let folder = FileManager.default.temporaryDirectory.appending(component: "availability-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let alone = try await Calendar(path: folder.appending(component: "alone").path(), sessionsOfOthers: 0)
        let crowded = try await Calendar(path: folder.appending(component: "crowded").path(), sessionsOfOthers: 1_000_000)
        let (one, other) = (try await alone.ask(), try await crowded.ask())
        guard one == other else { fatalError("the two answer differently") }
        print("\(one.slots.count) slots, \(one.busy.count) busy times, \(one.unknown.count) unknown")

        var (ofAlone, ofCrowded): ([Double], [Double]) = ([], [])
        for round in 0..<rounds {
            // Which comes first changes, so that whatever else the machine does meets both.
            for isCrowded in round.isMultiple(of: 2) ? [false, true] : [true, false] {
                for _ in 0..<askedInARound {
                    let began = ContinuousClock.now
                    _ = try await (isCrowded ? crowded : alone).ask()
                    let taken = (ContinuousClock.now - began) / .milliseconds(1)
                    if isCrowded { ofCrowded.append(taken) } else { ofAlone.append(taken) }
                }
            }
        }
        let (few, many) = (median(ofAlone), median(ofCrowded))
        print(
            String(
                format: "60 days: %.2f ms alone, %.2f ms beside 1,000,000 sessions of others, ratio %.2f (medians of %d)", few,
                many,
                many / few, ofAlone.count))
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

/// A database with one coach of interest.
struct Calendar {
    private static let hour: Int64 = 3_600_000
    private static let day = 24 * hour
    private static let now = Date(timeIntervalSince1970: 1_793_000_000)

    private let sync: CalendarSyncService

    /// Nobody is to be asked here.
    private struct Nobody: HTTPTransport {
        struct Asked: Error {}
        func send(_ request: HTTPRequest, body: Data?) async throws -> (HTTPResponse, Data) { throw Asked() }
    }

    init(path: String, sessionsOfOthers: Int) async throws {
        let database = try SQLiteDatabase(path: path)
        let key = try ServiceAccountKey(json: Self.keyFile())
        guard let publicURL = URL(string: "https://platform.example") else { fatalError("no address") }
        let now = Self.now
        let google = GoogleCalendarClient(key: key, transport: Nobody())
        sync = CalendarSyncService(
            database: database, google: google, publicURL: publicURL,
            time: TimeSource(now: { now }, sleep: { try await Task.sleep(for: $0) }),
            logger: Logger(label: "availability") { _ in SwiftLogNoOpLogHandler() })
        try await sync.migrate()
        let account = google.serviceAccount
        try await database.write { try Self.fill($0, account, sessionsOfOthers) }
    }

    private static func keyFile() -> Data {
        let request = HTTPRequest(
            method: .post, scheme: "http", authority: "127.0.0.1:8085", path: "/emulator/service-accounts")
        return Emulator().respond(to: request, body: Data(#"{"project": "p", "name": "sync"}"#.utf8)).body
    }

    private static func fill(_ transaction: any Transaction, _ account: String, _ others: Int) throws {
        let begin = Int64(now.timeIntervalSince1970 * 1000) / day * day
        func numbers(_ count: Int) -> SQL {
            "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < \(count))"
        }
        try transaction.execute("INSERT INTO person (id, role, time_zone) VALUES ('c', 'coach', 'Europe/Berlin')")
        try transaction.execute("\(numbers(1_000)) INSERT INTO person (id, role) SELECT 'o' || i, 'coach' FROM n")
        try transaction.execute(
            """
            INSERT INTO user_calendar_connection (
                user_id, mode, state, generation, marker, calendar_id, service_account, connected_at, detail_level)
            VALUES ('c', 'dedicated', 'connected', 1, 'm', 'calendar', \(account), 0, 'full')
            """)
        // Ten a day, half an hour every hour, for as many days before as after now.
        func sessions(_ id: SQL, _ coach: SQL, _ count: Int, _ start: SQL) throws {
            try transaction.execute(
                """
                \(numbers(count)) INSERT INTO coaching_session (
                    id, coach_id, starts_at, ends_at, taken_until, time_zone, status, revision, created_at, updated_at)
                SELECT \(id) || i, \(coach), \(start), \(start) + 1800000, \(start) + 1800000, 'UTC', 'scheduled', 1, 0, 0 FROM n
                """)
        }
        try sessions("'s'", "'c'", 10_000, "\(Int(begin)) + (i / 10 - 500) * 86400000 + (i % 10 + 7) * 3600000")
        if others > 0 {
            try sessions(
                "'x'", "'o' || (i % 1000)", others,
                "\(Int(begin)) + (i / 10000 - 50) * 86400000 + (i / 1000 % 10 + 7) * 3600000")
        }
        let known = Date(timeIntervalSince1970: Double(begin) / 1000)
        try transaction.execute(
            """
            INSERT INTO availability_source (
                coach_id, calendar_id, service_account, added_at, read_at, known_from, known_to, next_read_at)
            VALUES ('c', 'own', \(account), 0, \(now), \(known - 2 * 86_400), \(known + 100 * 86_400), \(now + 300))
            """)
        // Fifty a day, ten minutes each.
        try transaction.execute(
            """
            \(numbers(5_000)) INSERT INTO busy_block (coach_id, calendar_id, starts_at, ends_at)
            SELECT 'c', 'own', \(Int(begin)) + (i / 50) * 86400000 + (i % 50) * 1500000,
                \(Int(begin)) + (i / 50) * 86400000 + (i % 50) * 1500000 + 600000 FROM n
            """)
    }

    func ask() async throws -> Availability {
        guard let window = TimeRange(Self.now, Self.now + 60 * 86_400) else { fatalError("no time") }
        return try await sync.availability(of: "c", in: window, lasting: .seconds(900), by: Person(id: "c", role: .coach))
    }
}
