import Coaching
import Foundation
import GoogleCalendar
import Storage
import Support
import Testing

@testable import CalendarSync

extension Platform {
    /// Serves every lane that has something to do at this moment, until none has. What Google's own description of the API
    /// does not allow, in requests or in answers, fails the test.
    func deliver(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let worker = sync.workers
        for _ in 0..<200 {
            guard let lease = try await worker.claim() else {
                #expect(google.transport.violations == [], sourceLocation: sourceLocation)
                return
            }
            await worker.serve(lease)
        }
        Issue.record("there is always something more to do", sourceLocation: sourceLocation)
    }

    /// Lets time pass and delivers what became due.
    func deliver(after seconds: TimeInterval, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        clock.advance(by: seconds)
        try await deliver(sourceLocation: sourceLocation)
    }

    /// Connects the coach, delivers what there is, and forgets the calls that took.
    func connect() async throws {
        _ = try await sync.connectGoogleCalendar(for: coach)
        try await deliver()
        google.transport.forgetCalls()
    }

    var connection: UserCalendarConnection {
        get async throws { try await sync.calendarConnection(of: coach.id).connection }
    }

    /// The calls made to Google since they were last forgotten, as in `PATCH event`.
    var calls: [String] {
        google.transport.calls.map { exchange in
            let parts = exchange.line.split(separator: "/").map(String.init)
            let noun =
                switch parts.count {
                case _ where parts.contains("events"): parts.last == "events" ? "events" : "event"
                case _ where parts.contains("acl"): parts.last == "acl" ? "rules" : "rule"
                default: parts.last == "calendars" ? "calendars" : parts.last == "calendarList" ? "calendarList" : "calendar"
                }
            return "\(exchange.request.method.rawValue) \(noun)"
        }
    }

    /// The titles of events that were sent to Google since calls were last forgotten, in order.
    var summariesSent: [String] {
        struct Written: Decodable { var summary: String? }
        return google.transport.calls.compactMap { try? JSONDecoder().decode(Written.self, from: $0.requestBody).summary }
    }

    /// The coach's events in Google, deleted ones included.
    func events() async throws -> [Event] {
        guard let calendar = try await connection.calendarID else { return [] }
        var filter = EventFilter()
        filter.showsDeleted = true
        var events: [Event] = []
        for try await page in google.client().events(in: calendar, matching: filter) { events += page.items ?? [] }
        return events
    }

    func liveEvents() async throws -> [Event] { try await events().filter { $0.status != .cancelled } }
}

/// Work over a stretch of time, as many changes need it.
extension Platform {
    /// Lets time pass as it does beside workers that are a little slow: from one moment at which something is due to the next, a
    /// quarter of a second further, or ten seconds later to look whether there is something that nobody told.
    /// - Parameter isDone: asked after each moment; ends it early.
    func work(
        for seconds: TimeInterval, until isDone: () async throws -> Bool = { false },
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let end = clock.now + seconds
        while true {
            try await deliver(sourceLocation: sourceLocation)
            let now = clock.now
            if try await isDone() || now >= end { return }
            let due = try await nextMoment(after: now) ?? end
            clock.advance(by: min(max(0.25, due.timeIntervalSince(now)), 10, end.timeIntervalSince(now)))
        }
    }

    private func nextMoment(after now: Date) async throws -> Date? {
        let governor = sync.governor
        return try await database.read { transaction in
            let waits = try Urgency.allCases.map { try governor.wait(for: $0, in: transaction, now: now) }
            return try (waits + [transaction.nextWork(after: now)]).compactMap { $0 }.min()
        }
    }

    /// Gives a coach so many sessions in one statement, an hour apart and none in the calendar yet.
    /// - Parameter urgency: whether they fill a calendar, or are what somebody has just done.
    func giveBacklog(_ count: Int, to coach: Person, urgency: Urgency = .backfill) async throws {
        let now = clock.now
        try await database.write { transaction in
            try transaction.execute(
                """
                WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(count))
                INSERT INTO coaching_session (
                    id, coach_id, topic, starts_at, ends_at, taken_until, time_zone, status, revision, created_at, updated_at)
                SELECT \(coach.id) || '-' || n, \(coach.id), 'Backlog', \(now) + n * 3600000, \(now) + (n + 1) * 3600000,
                    \(now) + (n + 1) * 3600000, 'UTC', 'scheduled', 1, \(now), \(now)
                FROM numbers
                """)
            try transaction.markAllPending(of: coach.id, now: now)
            if urgency != .backfill {
                try transaction.execute("UPDATE pending_change SET is_backfill = 0 WHERE coach_id = \(coach.id)")
            }
        }
    }

    /// How many changes wait to be sent, of all coaches.
    var pendingCount: Int {
        get async throws {
            try await database.read { try $0.row("SELECT COUNT(*) AS n FROM pending_change")?.get("n", as: Int.self) ?? 0 }
        }
    }
}

/// What went to Google, as Google counts it.
extension Platform {
    struct Traffic {
        var calls: Int
        var refused: Int
        /// From the first call to the last.
        var duration: TimeInterval
        /// The most calls in any 60 seconds.
        var busiestMinute: Int
        /// Of the answers by rate, in share of all.
        var refusedShare: Double { Double(refused) / Double(max(1, calls)) }

        func share(of limit: Int) -> Double { Double(calls) / duration * 60 / Double(limit) }
    }

    var traffic: Traffic {
        let calls = google.transport.calls
        let times = calls.map(\.at)
        var (busiest, first) = (0, 0)
        for (index, time) in times.enumerated() {
            while time.timeIntervalSince(times[first]) >= 60 { first += 1 }
            busiest = max(busiest, index - first + 1)
        }
        return Traffic(
            calls: calls.count, refused: calls.count { $0.status == 403 || $0.status == 429 },
            duration: (times.last ?? .distantPast).timeIntervalSince(times.first ?? .distantPast), busiestMinute: busiest)
    }
}
