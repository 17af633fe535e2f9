import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import CalendarSync

/// Many sessions in one call, each of its own.
@Suite struct SeriesTests {
    private static func series(
        _ platform: Platform, _ first: String, count: Int, _ policy: CalendarSyncService.SeriesPolicy = .all,
        minutes: Int = 60, by person: Person? = nil
    ) async throws -> SeriesReport {
        let zone = try #require(Zone("Europe/Berlin"))
        let time = try #require(WallTime(first))
        var details = SessionDetails(startsAt: (try? time.instant(in: zone)) ?? platform.clock.now, timeZone: zone.name)
        details.duration = .seconds(minutes * 60)
        details.topic = "Weekly"
        return try await platform.sync.putSeries(
            "s", coachID: "coach-1", details: details, first: time, WeeklySeries(end: .count(count)), policy,
            by: person ?? platform.coach)
    }

    private static func starts(_ sessions: [SyncedSession]) -> [String] {
        sessions.map { Zone("Europe/Berlin")?.rfc3339($0.session.details.startsAt) ?? "" }
    }

    @Test func everySessionIsAtTheSameLocalTime() async throws {
        let platform = try await Platform()
        try await platform.connect()
        let report = try await Self.series(platform, "2027-03-15T10:00:00", count: 4)
        #expect(
            Self.starts(report.sessions) == [
                "2027-03-15T10:00:00+01:00", "2027-03-22T10:00:00+01:00", "2027-03-29T10:00:00+02:00",
                "2027-04-05T10:00:00+02:00",
            ])
        #expect(report.sessions.map(\.session.id) == ["s-1", "s-2", "s-3", "s-4"])
        #expect(report.isNew)
        try await platform.deliver()
        #expect(try await platform.liveEvents().count == 4)
        platform.google.transport.forgetCalls()
        #expect(try await !Self.series(platform, "2027-03-15T10:00:00", count: 4).isNew, "the same again changes nothing")
        try await platform.deliver()
        #expect(platform.calls == [])
    }

    @Test func allOrNothingOrAllThatAreFree() async throws {
        let platform = try await Platform()
        let zone = try #require(Zone("Europe/Berlin"))
        let taken = try #require(WallTime("2027-03-22T10:30:00")).instant(in: zone)
        try await platform.put("a", SessionDetails(startsAt: taken, timeZone: zone.name))
        let conflict = TimeConflict.session(id: "a", try #require(TimeRange(taken, taken + 3600)))
        let skipped = SeriesReport.Skipped(number: 2, reading: "2027-03-22T10:00:00", why: .timeTaken([conflict]))
        await #expect(throws: SyncRefusal.seriesNotFree([skipped])) {
            _ = try await Self.series(platform, "2027-03-15T10:00:00", count: 3)
        }
        #expect(try await platform.sync.sessions(by: platform.coach, limit: 10).items.count == 1, "nothing is half done")
        let report = try await Self.series(platform, "2027-03-15T10:00:00", count: 3, .free)
        #expect(report.sessions.map(\.session.id) == ["s-1", "s-3"])
        #expect(report.skipped == [skipped])
    }

    @Test func aTimeThatClocksSkipIsTold() async throws {
        let platform = try await Platform()
        let report = try await Self.series(platform, "2027-03-21T02:30:00", count: 3, .free)
        #expect(Self.starts(report.sessions) == ["2027-03-21T02:30:00+01:00", "2027-04-04T02:30:00+02:00"])
        let later = try #require(WallTime("2027-03-28T03:30:00+02:00")?.instant)
        #expect(report.skipped == [.init(number: 2, reading: "2027-03-28T02:30:00", why: .clocksSkipIt(suggestion: later))])
    }

    @Test func oneIsMovedAloneOrWithAllAfterIt() async throws {
        let platform = try await Platform()
        try await platform.connect()
        _ = try await Self.series(platform, "2027-03-15T10:00:00", count: 4)
        try await platform.deliver()
        _ = try await platform.sync.edit("s-2", by: platform.coach) { $0.startsAt += 3600 }
        // An hour later on the clock: the second stays as much later than the others as it is.
        let moved = try await platform.sync.editFollowing("s-2", by: platform.coach) { details in
            details.startsAt = try #require(WallTime("2027-03-22T12:00:00+01:00")?.instant)
            details.topic = "Later"
        }
        #expect(
            Self.starts(moved) == ["2027-03-22T12:00:00+01:00", "2027-03-29T11:00:00+02:00", "2027-04-05T11:00:00+02:00"])
        #expect(moved.allSatisfy { $0.session.details.topic == "Later" })
        #expect(try await platform.sync.session("s-1", by: platform.coach).session.details.topic == "Weekly")
        try await platform.deliver(after: 2)
        #expect(try await platform.liveEvents().count { $0.summary == "Later" } == 3)
    }

    /// Each steps into the time of the one before it, or after it.
    @Test(arguments: [7.0, -7.0])
    func aWholeSeriesMovesByAWeek(_ days: Double) async throws {
        let platform = try await Platform()
        _ = try await Self.series(platform, "2027-03-15T10:00:00", count: 4)
        let moved = try await platform.sync.editFollowing("s-1", by: platform.coach) { $0.startsAt += days * 24 * 3600 }
        let first = days > 0 ? "2027-03-22T10:00:00+01:00" : "2027-03-08T10:00:00+01:00"
        #expect(Self.starts(moved).first == first)
        #expect(Set(Self.starts(moved)).count == 4)
        // Into somebody else's time none of them moves.
        try await platform.put("a", SessionDetails(startsAt: moved[2].session.details.endsAt, timeZone: "Europe/Berlin"))
        await #expect(throws: SyncRefusal.self) {
            _ = try await platform.sync.editFollowing("s-1", by: platform.coach) { $0.startsAt += 1800 }
        }
        #expect(try await Self.starts(platform.sync.sessions(by: platform.coach, limit: 10).items).first == first)
    }

    /// The platform says again what the series is, a week later, in the same call.
    @Test(arguments: ["2027-03-22T10:00:00", "2027-03-08T10:00:00"])
    func aSeriesIsPutAgainAWeekFurther(_ first: String) async throws {
        let platform = try await Platform()
        _ = try await Self.series(platform, "2027-03-15T10:00:00", count: 4)
        let moved = try await Self.series(platform, first, count: 4)
        #expect(moved.sessions.map(\.session.id) == ["s-1", "s-2", "s-3", "s-4"])
        #expect(Self.starts(moved.sessions)[0].hasPrefix(first))
        #expect(try await platform.sync.sessions(by: platform.coach, limit: 10).items.count == 4)
    }

    @Test func aSessionThatWasThereJoinsTheSeries() async throws {
        let platform = try await Platform()
        try await platform.put("s-2")
        _ = try await Self.series(platform, "2027-03-15T10:00:00", count: 3)
        #expect(try await platform.sync.session("s-2", by: platform.coach).session.seriesID == "s")
    }

    @Test func oneIsCancelledAloneOrWithAllAfterIt() async throws {
        let platform = try await Platform()
        try await platform.connect()
        _ = try await Self.series(platform, "2027-03-15T10:00:00", count: 4)
        _ = try await platform.sync.cancel("s-1", by: platform.coach)
        try await platform.deliver()
        let cancelled = try await platform.sync.cancelFollowing("s-3", by: platform.coach)
        #expect(cancelled.map(\.session.id) == ["s-3", "s-4"])
        try await platform.deliver()
        #expect(try await platform.liveEvents().count == 1)
        await #expect(throws: SyncRefusal.notFound) {
            _ = try await platform.sync.cancelFollowing("s-2", by: Person(id: "coach-2", role: .coach))
        }
    }

    /// One after the other moves into the time that the one before it has left.
    @Test(arguments: [3_600_000, -3_600_000]) func sessionsThatTouchMoveTogether(_ shift: Int) async throws {
        let platform = try await Platform()
        let zone = try #require(Zone("Europe/Berlin"))
        for hour in 10...13 {
            let start = try #require(WallTime("2027-03-15T\(hour):00:00")).instant(in: zone)
            try await platform.put("s-\(hour)", SessionDetails(startsAt: start, timeZone: zone.name))
        }
        try await platform.database.write { transaction in
            _ = try transaction.execute(
                """
                UPDATE coaching_session SET allows_overlap = 1, starts_at = starts_at + \(shift), ends_at = ends_at + \(shift),
                    taken_until = taken_until + \(shift)
                """)
            _ = try transaction.execute("UPDATE coaching_session SET allows_overlap = 0")
        }
        #expect(try await platform.sync.keepLocalTimes() == 4)
        let sessions = try await platform.sync.sessions(by: platform.coach, limit: 10).items
        #expect(sessions.allSatisfy { !$0.session.details.allowsOverlap })
        #expect(Self.starts(sessions).first == "2027-03-15T10:00:00+01:00")
    }

    /// A country decides to have no summer time any more: the lesson at ten stays at ten.
    @Test func newRulesOfAZoneMoveSessionsToCome() async throws {
        let platform = try await Platform()
        try await platform.connect()
        _ = try await Self.series(platform, "2027-03-15T10:00:00", count: 2)
        try await platform.deliver()
        #expect(try await platform.sync.keepLocalTimes() == 0)
        // Under the old rules, ten o'clock was an hour later.
        try await platform.database.write { transaction in
            _ = try transaction.execute(
                """
                UPDATE coaching_session SET starts_at = starts_at + 3600000, ends_at = ends_at + 3600000,
                    taken_until = taken_until + 3600000 WHERE id = 's-2'
                """)
        }
        #expect(try await platform.sync.keepLocalTimes() == 1)
        #expect(try await platform.sync.keepLocalTimes() == 0)
        let session = try await platform.sync.session("s-2", by: platform.coach)
        #expect(Self.starts([session]) == ["2027-03-22T10:00:00+01:00"])
        #expect(session.session.details.duration == .seconds(3600))
        #expect(try await platform.timeline(of: "s-2").last == .sessionMovedWithZone)
        #expect(session.calendarSync.status == .pending)
    }
}
