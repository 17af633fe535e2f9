import CalendarSync
import Coaching
import Foundation
import GoogleCalendar
import HTTPTypes
import Logging
import Storage
import Synchronization

/// A database with a queue of some length, and the worker that works it off.
struct Queue {
    struct Cost {
        /// Microseconds of processor time to find the next lane and take it.
        var claim: Double
        /// … to find one change in it and complete it.
        var change: Double
    }

    /// What the changes are.
    enum Kind: String, CaseIterable {
        /// Cancelled sessions without an event, which a look settles.
        case settled = "a change that needs no call"
        /// New sessions, which Google takes at once.
        case inserted = "a session that is inserted, by a Google that answers at once"
    }

    struct NothingToDo: Error {}

    /// Takes every event, at once.
    private struct InstantGoogle: HTTPTransport {
        func send(_ request: HTTPRequest, body: Data?) async throws -> (HTTPResponse, Data) {
            let answer: String
            if request.path == "/token" {
                answer = #"{"access_token": "t", "expires_in": 3599}"#
            } else {
                let text = String(decoding: body ?? Data(), as: UTF8.self)
                let id = text.firstMatch(of: /"id":"([a-v0-9]+)"/).map { String($0.1) } ?? ""
                answer = #"{"id": "\#(id)", "etag": "\"1\"", "status": "confirmed"}"#
            }
            return (HTTPResponse(status: .ok), Data(answer.utf8))
        }
    }

    /// Ten seconds further at each turn, so that no calendar's pace holds anything up.
    private final class Clock: Sendable {
        private let date = Mutex(Date())
        var now: Date { date.withLock { $0 } }
        func advance() { date.withLock { $0 += 10 } }
    }

    private let database: SQLiteDatabase
    private let worker: SyncWorker
    private let pending: Int
    private let kind: Kind
    private let time = Clock()

    init(path: String, pending: Int, kind: Kind) async throws {
        self.pending = pending
        self.kind = kind
        database = try SQLiteDatabase(path: path)
        let key = try ServiceAccountKey(json: Data(Self.keyFile().utf8))
        let sync = CalendarSyncService(
            database: database, google: GoogleCalendarClient(key: key, transport: InstantGoogle()),
            publicURL: URL(filePath: "/"), limits: .none,
            time: TimeSource(now: { [time] in time.now }, sleep: { try await Task.sleep(for: $0) }),
            logger: Logger(label: "backlog") { _ in SwiftLogNoOpLogHandler() })
        try await sync.migrate()
        worker = sync.workers
        try await fill(account: key.clientEmail)
    }

    private static func keyFile() throws -> String {
        let pem = try Process.output(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        let file = ["type": "service_account", "client_email": "a@b", "private_key_id": "1", "private_key": pem]
        return String(decoding: try JSONSerialization.data(withJSONObject: file), as: UTF8.self)
    }

    private func fill(account: String) async throws {
        let (count, coaches) = (pending, Backlog.coaches)
        let status = kind == .settled ? "cancelled" : "scheduled"
        let far = Date() + 100_000_000
        try await database.write { transaction in
            let numbers: SQL = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))"
            let people: SQL = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < \(coaches - 1))"
            try transaction.execute("\(people) INSERT INTO person (id, role) SELECT 'c' || i, 'coach' FROM n")
            try transaction.execute(
                """
                \(people) INSERT INTO user_calendar_connection (
                    user_id, mode, state, generation, marker, calendar_id, service_account, connected_at, detail_level,
                    last_version, next_audit_at)
                SELECT 'c' || i, 'dedicated', 'connected', 1, 'm', 'calendar' || i, \(account), 0, 'full', \(count), \(far) FROM n
                """)
            try transaction.execute(
                """
                \(numbers) INSERT INTO coaching_session (
                    id, coach_id, starts_at, ends_at, taken_until, allows_overlap, time_zone, status, revision, created_at, updated_at)
                SELECT 's' || i, 'c' || (i % \(coaches)), i, i + 3600000, i + 3600000, 1, 'UTC', \(status), 1, 0, 0 FROM n
                """)
            try transaction.execute(
                """
                \(numbers) INSERT INTO pending_change (session_id, coach_id, version, queued_at, not_before)
                SELECT 's' || i, 'c' || (i % \(coaches)), i, 0, 0 FROM n
                """)
        }
    }

    /// Puts back what was worked off, and measures some turns.
    func round() async throws -> Cost {
        var (claims, changes, count) = (0.0, 0.0, 0)
        // Half of what the short queue has, so that neither runs dry.
        let turns = Backlog.coaches / 2
        for _ in 0..<turns {
            let (claim, change, done) = try await turn()
            claims += claim
            changes += change
            count += done
        }
        try await refill()
        return Cost(claim: claims / Double(turns), change: changes / Double(count))
    }

    /// One lane is taken and worked on for a turn.
    @discardableResult
    func turn() async throws -> (claim: Double, change: Double, count: Int) {
        let before = try await length()
        time.advance()
        let start = clock()
        guard let lease = try await worker.claim() else { throw NothingToDo() }
        let claimed = clock()
        await worker.serve(lease)
        let served = clock()
        return (Self.microseconds(claimed - start), Self.microseconds(served - claimed), before - (try await length()))
    }

    /// The newest thousand changes, a tenth of them in each lane: those that are worked off first. Only they are looked at and put back, so
    /// that a look through a million rows does not push out of memory what a real worker would find there.
    private var newest: Int { pending - 1_000 }

    private func length() async throws -> Int {
        try await database.read { [newest] transaction in
            try (0..<Backlog.coaches).reduce(0) { sum, coach in
                let count = try transaction.row(
                    """
                    SELECT COUNT(*) AS n FROM pending_change
                    WHERE coach_id = \("c\(coach)") AND is_backfill = 0 AND parked_at IS NULL AND version > \(newest)
                    """)
                return sum + (try count?.get("n") ?? 0)
            }
        }
    }

    /// What was worked off becomes pending again.
    private func refill() async throws {
        _ = try await database.write { [newest, pending] in
            try $0.execute("DELETE FROM google_calendar_event")
            try $0.execute("DELETE FROM session_timeline")
            return try $0.execute(
                """
                WITH RECURSIVE n(i) AS (SELECT \(newest + 1) UNION ALL SELECT i + 1 FROM n WHERE i < \(pending))
                INSERT INTO pending_change (session_id, coach_id, version, queued_at, not_before)
                SELECT 's' || i, 'c' || (i % \(Backlog.coaches)), i, 0, 0 FROM n
                WHERE true ON CONFLICT (session_id) DO NOTHING
                """)
        }
    }

    private static func microseconds(_ ticks: clock_t) -> Double { Double(ticks) * 1e6 / Double(CLOCKS_PER_SEC) }
}

extension Process {
    static func output(_ command: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
