import Coaching
import Foundation
import GoogleCalendar
import Storage
import Support
import Testing

@testable import CalendarSync

/// A coach's time is taken once, whatever way it is taken.
@Suite struct BookingTests {
    /// So many hours after the clock's hour, for so many minutes.
    private static func range(_ platform: Platform, _ hours: Double, minutes: Double = 60) throws -> TimeRange {
        let start = platform.details(inHours: hours).startsAt
        return try #require(TimeRange(start, start + minutes * 60))
    }

    private static func details(_ platform: Platform, _ hours: Double, minutes: Int = 60, clientID: String? = nil)
        -> SessionDetails
    {
        var details = platform.details(inHours: hours)
        details.allowsOverlap = false
        details.duration = .seconds(minutes * 60)
        details.clientID = clientID
        return details
    }

    private static func isTaken(_ body: () async throws -> Void) async throws -> [TimeConflict]? {
        do {
            try await body()
            return nil
        } catch SyncRefusal.timeTaken(let conflicts) {
            return conflicts
        }
    }

    /// Clients of the usual coach, who works around the clock.
    private static func client(_ platform: Platform, rules: BookingRules = alwaysOpen) async throws -> Person {
        try await platform.sync.setBookingRules(rules, of: platform.coach)
        let client = Person(id: "client-1", role: .client)
        try await platform.sync.recognise(client)
        return client
    }

    static let alwaysOpen = BookingRules(
        workingHours: WorkingHours(
            weekdays: Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, [Hours(from: 0, to: 1440)]) })))

    // MARK: Every way of taking time

    @Test func whatOverlapsIsRefusedAndNamed() async throws {
        let platform = try await Platform()
        try await platform.put("a", Self.details(platform, 24))
        let found = try await Self.isTaken { try await platform.put("b", Self.details(platform, 24.5)) }
        #expect(found == [.session(id: "a", try Self.range(platform, 24))])
        await #expect(throws: SyncRefusal.notFound) { try await platform.sync.session("b", by: platform.coach) }
        // What touches does not overlap.
        try await platform.put("c", Self.details(platform, 25))
        try await platform.put("d", Self.details(platform, 23))
    }

    @Test func everyWayOfTakingTimeObeys() async throws {
        let platform = try await Platform()
        let (sync, coach) = (platform.sync, platform.coach)
        try await platform.put("a", Self.details(platform, 24))
        try await platform.put("later", Self.details(platform, 30))
        try await platform.put("gone", Self.details(platform, 40))
        _ = try await sync.cancel("gone", by: coach)
        try await platform.put("over", Self.details(platform, 40))
        let taken = Self.details(platform, 24)
        let ways: [(String, () async throws -> Void)] = [
            ("create", { try await platform.put("new", taken) }),
            ("upsert", { try await platform.put("later", taken) }),
            ("move", { _ = try await sync.edit("later", by: coach) { $0.startsAt = taken.startsAt } }),
            ("lengthen", { _ = try await sync.edit("a", by: coach) { $0.duration = .seconds(7 * 3600) } }),
            ("reinstate", { try await platform.put("gone", Self.details(platform, 40)) }),
            ("hold", { _ = try await sync.hold(try Self.range(platform, 24.5), of: coach.id, by: coach) }),
            (
                "series",
                {
                    let reading = try #require(Zone("Europe/Berlin")).rfc3339(taken.startsAt)
                    _ = try await sync.putSeries(
                        "s", coachID: nil, details: taken, first: try #require(WallTime(reading)), WeeklySeries(end: .count(2)),
                        .all, by: coach)
                }
            ),
        ]
        let before = try await sync.sessions(by: coach, limit: 100).items.map(\.session)
        for (name, way) in ways {
            do {
                try await way()
                Issue.record("\(name) took time that was taken")
            } catch SyncRefusal.timeTaken, SyncRefusal.seriesNotFree {
            }
        }
        #expect(try await sync.sessions(by: coach, limit: 100).items.map(\.session) == before, "nothing is half done")
    }

    /// Whoever forgets to ask before is stopped by the database itself.
    @Test func theDatabaseItselfRefuses() async throws {
        let platform = try await Platform()
        try await platform.put("a", Self.details(platform, 24))
        try await platform.put("b", Self.details(platform, 30))
        _ = try await platform.sync.hold(try Self.range(platform, 40), of: "coach-1", by: platform.coach)
        let taken = Self.details(platform, 24.5).startsAt
        let held = Self.details(platform, 40.5).startsAt
        let now = platform.clock.now
        func session(_ id: String, at start: Date) -> SQL {
            """
            INSERT INTO coaching_session (id, coach_id, starts_at, ends_at, taken_until, time_zone, status, revision, created_at, updated_at)
            VALUES (\(id), 'coach-1', \(start), \(start + 3600), \(start + 3600), 'UTC', 'scheduled', 1, \(now), \(now))
            """
        }
        func hold(at start: Date) -> SQL {
            """
            INSERT INTO hold (id, coach_id, held_by, starts_at, ends_at, taken_until, created_at, expires_at)
            VALUES ('h', 'coach-1', 'coach-1', \(start), \(start + 3600), \(start + 3600), \(now), \(now + 60))
            """
        }
        let statements: [SQL] = [
            session("c", at: taken), session("c", at: held), hold(at: taken), hold(at: held),
            "UPDATE coaching_session SET starts_at = \(taken), ends_at = \(taken + 3600), taken_until = \(taken + 3600) WHERE id = 'b'",
            "UPDATE coaching_session SET starts_at = \(held), taken_until = \(held + 60000), ends_at = \(held + 60) WHERE id = 'b'",
        ]
        for statement in statements {
            await #expect(throws: StorageError.refused("time taken")) {
                try await platform.database.write { _ = try $0.execute(statement) }
            }
        }
        // A hold that has expired is no hold.
        platform.clock.advance(by: 3_600)
        try await platform.put("c", Self.details(platform, 39.5))
    }

    @Test func theCoachMayOverlapAndThenOthersMayNot() async throws {
        let platform = try await Platform()
        try await platform.put("a", Self.details(platform, 24))
        var wanted = Self.details(platform, 24.5)
        wanted.allowsOverlap = true
        try await platform.put("b", wanted)
        // It takes time like any other.
        #expect(try await Self.isTaken { try await platform.put("c", Self.details(platform, 25.25)) }?.count == 1)
        // And it is no permission for good.
        wanted.allowsOverlap = false
        let withdrawn = wanted
        #expect(try await Self.isTaken { try await platform.put("b", withdrawn) } != nil)
        // An edit that takes no time is nobody's business.
        _ = try await platform.sync.edit("b", by: platform.coach) { $0.topic = "New" }
        _ = try await platform.sync.edit("a", by: platform.coach) { $0.topic = "New" }
        _ = try await platform.sync.edit("a", by: platform.coach) { $0.duration = .seconds(30 * 60) }
    }

    @Test func aClientMayNeitherOverlapNorMoveIntoWhatIsTaken() async throws {
        let platform = try await Platform()
        let client = try await Self.client(platform)
        try await platform.put("a", Self.details(platform, 24))
        var wanted = Self.details(platform, 24)
        wanted.allowsOverlap = true
        let (asked, hours) = (wanted, try Self.range(platform, 24))
        let found = try await Self.isTaken {
            _ = try await platform.sync.put("b", coachID: "coach-1", details: asked, by: client)
        }
        #expect(found == [.session(id: nil, hours)], "whose it is, is not theirs to know")
        // The coach lets them overlap once. Moving is another matter.
        wanted.clientID = "client-1"
        try await platform.put("b", wanted)
        _ = try await platform.sync.edit("b", by: client) { $0.topic = "Mine" }
        #expect(try await platform.sync.session("b", by: client).session.details.allowsOverlap)
        let moved = try await Self.isTaken {
            _ = try await platform.sync.edit("b", by: client) { $0.startsAt += 1800 }
        }
        #expect(moved?.count == 1)
    }

    /// A session that overlaps by permission keeps others away wherever it goes.
    @Test func whatMayOverlapTakesTimeWhereItIsMovedTo() async throws {
        let platform = try await Platform()
        let client = try await Self.client(platform)
        var details = Self.details(platform, 24)
        details.allowsOverlap = true
        let ways: [(Double, () async throws -> Void)] = [
            (
                30,
                {
                    _ = try await platform.sync.edit("a", by: platform.coach) {
                        $0.startsAt = Self.details(platform, 30).startsAt
                    }
                }
            ),
            (30.75, { _ = try await platform.sync.edit("a", by: platform.coach) { $0.duration = .seconds(2 * 3600) } }),
            (
                40,
                {
                    _ = try await platform.sync.cancel("a", by: platform.coach)
                    var later = Self.details(platform, 40)
                    later.allowsOverlap = true
                    try await platform.put("a", later)
                }
            ),
        ]
        try await platform.put("a", details)
        for (hours, way) in ways {
            try await way()
            let found = try await Self.isTaken {
                _ = try await platform.sync.put(
                    "b", coachID: "coach-1", details: Self.details(platform, hours + 0.25), by: client)
            }
            #expect(found?.count == 1)
        }
    }

    /// What the coach allowed once is over when the session is.
    @Test func aClientGetsNoOverlapBack() async throws {
        let platform = try await Platform()
        let client = try await Self.client(platform)
        var details = Self.details(platform, 24, clientID: "client-1")
        details.allowsOverlap = true
        try await platform.put("a", details)
        _ = try await platform.sync.cancel("a", by: client)
        try await platform.put("b", Self.details(platform, 24))
        let again = details
        #expect(
            try await Self.isTaken {
                _ = try await platform.sync.put("a", coachID: "coach-1", details: again, by: client)
            }?.count == 1)
    }

    @Test func timeBetweenSessionsIsKeptOnBothSides() async throws {
        let platform = try await Platform()
        var rules = Self.alwaysOpen
        rules.bufferAfterMinutes = 15
        try await platform.sync.setBookingRules(rules, of: platform.coach)
        try await platform.put("a", Self.details(platform, 24))
        for hours in [22.9, 25, 25.2] {
            #expect(try await Self.isTaken { try await platform.put("b", Self.details(platform, hours)) } != nil)
        }
        try await platform.put("b", Self.details(platform, 25.25))
        try await platform.put("c", Self.details(platform, 22.75))
        // What was agreed on before stays as it was agreed.
        rules.bufferAfterMinutes = 0
        try await platform.sync.setBookingRules(rules, of: platform.coach)
        #expect(try await Self.isTaken { try await platform.put("d", Self.details(platform, 26.25)) } != nil)
        try await platform.put("d", Self.details(platform, 26.5))
        try await platform.put("e", Self.details(platform, 27.5))
    }

    /// The rules that hold are those of the day on which time is taken.
    @Test func rulesThatChangeLeaveWhatIsThereAsItIs() async throws {
        let platform = try await Platform()
        var rules = Self.alwaysOpen
        for (before, after) in [(0, 30), (30, 0)] {
            for id in ["a", "b", "c"] { _ = try? await platform.sync.cancel(id, by: platform.coach) }
            rules.bufferAfterMinutes = before
            try await platform.sync.setBookingRules(rules, of: platform.coach)
            try await platform.put("a", Self.details(platform, 24))
            try await platform.put("b", Self.details(platform, before == 0 ? 25 : 25.5))
            var over = Self.details(platform, 30)
            over.allowsOverlap = true
            try await platform.put("c", over)
            rules.bufferAfterMinutes = after
            try await platform.sync.setBookingRules(rules, of: platform.coach)
            // Shorter is not more, and what stands alone needs no permission.
            _ = try await platform.sync.edit("a", by: platform.coach) { $0.duration = .seconds(50 * 60) }
            _ = try await platform.sync.edit("c", by: platform.coach) { $0.allowsOverlap = false }
            // Longer is.
            let longer = try await Self.isTaken {
                _ = try await platform.sync.edit("a", by: platform.coach) { $0.duration = .seconds(60 * 60) }
            }
            #expect((longer == nil) == (after == 0))
        }
    }

    @Test func whatOverlappedBeforeThereWasARuleStays() async throws {
        let platform = try await Platform()
        let database = try SQLiteDatabase()
        try await database.migrate(Array(Schema.migrations.prefix(2)), now: platform.clock.now)
        try await database.write { transaction in
            try transaction.execute("INSERT INTO person (id, role) VALUES ('c', 'coach')")
            for (id, start) in [("a", 1_000), ("b", 1_500), ("c", 4_000)] {
                try transaction.execute(
                    """
                    INSERT INTO coaching_session (id, coach_id, starts_at, ends_at, time_zone, status, revision, created_at, updated_at)
                    VALUES (\(id), 'c', \(start), \(start + 1_000), 'UTC', 'scheduled', 1, 0, 0)
                    """)
            }
        }
        try await CalendarSyncService.migrate(database)
        let found = try await database.read {
            try $0.rows("SELECT * FROM coaching_session ORDER BY id").map { try CoachingSession($0).details.allowsOverlap }
        }
        #expect(found == [true, true, false])
    }

    // MARK: Holds

    @Test func aHoldKeepsTimeForOneUntilItIsUsedOrExpires() async throws {
        let platform = try await Platform()
        let (client, other) = (try await Self.client(platform), Person(id: "client-2", role: .client))
        try await platform.sync.recognise(other)
        let range = try Self.range(platform, 24)
        let hold = try await platform.sync.hold(range, of: "coach-1", forMinutes: 5, by: client)
        #expect(hold.expiresAt == platform.clock.now + 300)
        let details = Self.details(platform, 24)
        for holdID in [nil, "other"] {
            await #expect(throws: (any Error).self) {
                _ = try await platform.sync.put("b", coachID: "coach-1", details: details, holdID: holdID, by: other)
            }
        }
        await #expect(throws: InvalidInput.self, "it is not theirs") {
            _ = try await platform.sync.put("b", coachID: "coach-1", details: details, holdID: hold.id, by: other)
        }
        await #expect(throws: SyncRefusal.noSuchHold) { try await platform.sync.release(holdID: hold.id, by: other) }
        _ = try await platform.sync.put("a", coachID: "coach-1", details: details, holdID: hold.id, by: client)
        // The answer was lost, and the caller asks again.
        _ = try await platform.sync.put("a", coachID: "coach-1", details: details, holdID: hold.id, by: client)
        await #expect(throws: InvalidInput.self, "it is used up") {
            _ = try await platform.sync.put(
                "c", coachID: "coach-1", details: Self.details(platform, 26), holdID: hold.id, by: client)
        }

        let second = try await platform.sync.hold(try Self.range(platform, 30), of: "coach-1", by: client)
        #expect(try await Self.isTaken { try await platform.put("d", Self.details(platform, 30)) } == [.hold(second.range)])
        try await platform.sync.release(holdID: second.id, by: client)
        try await platform.put("d", Self.details(platform, 30))
        let third = try await platform.sync.hold(try Self.range(platform, 33), of: "coach-1", by: client)
        platform.clock.advance(by: Double(Hold.usualMinutes) * 60)
        await #expect(throws: InvalidInput.self, "it has expired") {
            _ = try await platform.sync.put(
                "e", coachID: "coach-1", details: Self.details(platform, 33), holdID: third.id, by: client)
        }
        try await platform.put("e", Self.details(platform, 33))
    }

    @Test func nobodyHoldsAWholeWeek() async throws {
        let platform = try await Platform()
        let client = try await Self.client(platform)
        for number in 0..<Hold.mostAtOnce {
            _ = try await platform.sync.hold(try Self.range(platform, 24 + Double(number)), of: "coach-1", by: client)
        }
        let next = try Self.range(platform, 40)
        await #expect(throws: SyncRefusal.tooManyHolds) { _ = try await platform.sync.hold(next, of: "coach-1", by: client) }
        platform.clock.advance(by: 30 * 60)
        _ = try await platform.sync.hold(next, of: "coach-1", by: client)
        await #expect(throws: SyncRefusal.noSuchCoach) { _ = try await platform.sync.hold(next, of: "nobody", by: client) }
    }

    // MARK: Rules of the coach

    @Test func clientsKeepToTheCoachsRulesAndCoachesNeedNot() async throws {
        let platform = try await Platform()
        var rules = Self.alwaysOpen
        rules.noticeMinutes = 120
        rules.horizonDays = 3
        rules.workingHours.exceptions = [try #require(LocalDate("2026-10-28")): []]
        let client = try await Self.client(platform, rules: rules)
        let cases: [(Double, SyncRefusal?)] = [
            (1, .notBookable(.tooSoon)), (3, nil), (80, .notBookable(.tooFar)), (48, .notBookable(.outsideWorkingHours)),
        ]
        for (hours, refusal) in cases {
            let details = Self.details(platform, hours)
            let id = "s-\(Int(hours))"
            if let refusal {
                await #expect(throws: refusal) {
                    _ = try await platform.sync.put(id, coachID: "coach-1", details: details, by: client)
                }
                try await platform.put(id, details)
            } else {
                _ = try await platform.sync.put(id, coachID: "coach-1", details: details, by: client)
            }
        }
    }
}
