import Foundation
import GoogleCalendar
import Storage
import Support
import Testing

@testable import CalendarSync

/// What several who do not know of each other keep to together.
@Suite struct GovernorTests {
    private static let start = ManualClock().now

    /// A governor with its database, at moments that are counted in seconds.
    private struct Bench {
        let google: EmulatedGoogle
        let database: SQLiteDatabase

        init() async throws {
            google = try EmulatedGoogle()
            database = try SQLiteDatabase()
            try await CalendarSyncService.migrate(database)
        }

        func governor(_ limits: QuotaLimits = QuotaLimits(), project: String = "p", name: String = "sync") throws -> Governor {
            let key = name == "sync" ? google.key : try google.serviceAccount(project: project, name: name)
            return Governor(client: google.client(as: key), limits: limits)
        }

        func take(_ governor: Governor, _ urgency: Urgency = .live, at seconds: TimeInterval = 0) async throws -> Bool {
            do {
                try await database.write { try governor.take(urgency, in: $0, now: GovernorTests.start + seconds) }
                return true
            } catch is Governor.HeldBack {
                return false
            }
        }

        func takeAll(_ governor: Governor, at seconds: TimeInterval = 0) async throws -> Int {
            var count = 0
            while try await take(governor, at: seconds) { count += 1 }
            return count
        }

        /// - Returns: in how many seconds a calendar may be made; nil when it was noted that one is.
        func takeCalendar(_ governor: Governor, at seconds: TimeInterval) async throws -> TimeInterval? {
            try await database.write { try governor.takeCalendar(in: $0, now: GovernorTests.start + seconds) }
                .map { $0.timeIntervalSince(GovernorTests.start + seconds) }
        }

        /// - Returns: how many seconds it lasts.
        func pause(
            _ governor: Governor, _ reason: SyncReason, _ pause: Pause, at now: Date, _ kind: AccountPause.Kind = .changes
        ) async throws -> TimeInterval? {
            try await database.write { transaction in
                try governor.pause(kind, reason, pause, in: transaction, now: now)
                return try governor.pause(kind, in: transaction, now: now)?.until.timeIntervalSince(now)
            }
        }

        func resume(_ governor: Governor, at now: Date) async throws {
            try await database.write { try governor.resume(.changes, in: $0, now: now) }
        }

        func isPaused(_ governor: Governor, at now: Date, _ kind: AccountPause.Kind = .changes) async throws -> Bool {
            try await database.read { try governor.pause(kind, in: $0, now: now) != nil }
        }
    }

    // MARK: Calls

    @Test func processesOfOneAccountShareItsBudget() async throws {
        let bench = try await Bench()
        let (one, other) = (try bench.governor(), try bench.governor())
        #expect(try await bench.takeAll(one) > 0)
        #expect(try await bench.take(other) == false)
    }

    @Test func serviceAccountsOfOneProjectShareTheProjectsBudget() async throws {
        let bench = try await Bench()
        let limits = QuotaLimits(requestsPerMinute: 6_000, requestsPerMinutePerProject: 600)
        let one = try bench.governor(limits)
        let other = try bench.governor(limits, name: "other")
        let elsewhere = try bench.governor(limits, project: "q", name: "elsewhere")
        #expect(one.account != other.account)
        #expect(one.project == other.project)
        #expect(try await bench.takeAll(one) > 0)
        #expect(try await bench.take(other) == false)
        #expect(try await bench.take(elsewhere))
        var calls = 0
        for tenth in 1..<600 {
            calls += try await bench.takeAll(tenth.isMultiple(of: 2) ? one : other, at: Double(tenth) / 10)
        }
        #expect((560...600).contains(calls))
    }

    @Test func whoIsHeldBackLearnsWhenToComeBack() async throws {
        let bench = try await Bench()
        let governor = try bench.governor()
        _ = try await bench.takeAll(governor)
        let now = Self.start
        let until = try #require(try await bench.database.read { try governor.wait(for: .live, in: $0, now: now) })
        let seconds = until.timeIntervalSince(now)
        #expect((0.001...0.2).contains(seconds))
        #expect(try await bench.take(governor, at: seconds - 0.005) == false)
        #expect(try await bench.take(governor, at: seconds))
    }

    /// They looked at the clock in one order and got their turn to write in another.
    @Test func whoComesALittleLateToTheDatabaseBringsNothingIn() async throws {
        let bench = try await Bench()
        let governor = try bench.governor()
        var calls = 0
        for tenth in 0..<600 {
            for off in [0.05, 0] { calls += try await bench.takeAll(governor, at: Double(tenth) / 10 + off) }
        }
        #expect((560...600).contains(calls))
    }

    @Test func aRefusalSlowsTheAccountAndNotTheProject() async throws {
        let bench = try await Bench()
        let (one, other) = (try bench.governor(), try bench.governor(name: "other"))
        let now = Self.start
        try await bench.database.write { try one.slowDown(in: $0, now: now) }
        #expect(try await bench.take(one) == false)
        #expect(try await bench.take(other))
    }

    // MARK: Calendars

    @Test func calendarsAreMadeOneAMinuteAndTwentyADay() async throws {
        let bench = try await Bench()
        let governor = try bench.governor()
        for number in 0..<20 {
            let at = Double(number) * 60
            #expect(try await bench.takeCalendar(governor, at: at) == nil)
            #expect(try await bench.takeCalendar(governor, at: at + 1) == (number < 19 ? 59 : 86_400 - at - 1))
        }
        #expect(try await bench.takeCalendar(governor, at: 86_399) == 1)
        #expect(try await bench.takeCalendar(governor, at: 86_400) == nil)
        #expect(try await bench.takeCalendar(governor, at: 86_401) == 59)
    }

    @Test func howManyCalendarsCanBeSet() async throws {
        let bench = try await Bench()
        let governor = try bench.governor(QuotaLimits(calendarsPerDay: 2, betweenCalendars: .seconds(5)))
        #expect(try await bench.takeCalendar(governor, at: 0) == nil)
        #expect(try await bench.takeCalendar(governor, at: 1) == 4)
        #expect(try await bench.takeCalendar(governor, at: 5) == nil)
        #expect(try await bench.takeCalendar(governor, at: 10) == 86_390)
        let boundless = try bench.governor(QuotaLimits(calendarsPerDay: 0, betweenCalendars: .zero), name: "boundless")
        for _ in 1...50 { #expect(try await bench.takeCalendar(boundless, at: 10) == nil) }
    }

    @Test func calendarsOfAnotherAccountDoNotCount() async throws {
        let bench = try await Bench()
        #expect(try await bench.takeCalendar(bench.governor(), at: 0) == nil)
        #expect(try await bench.takeCalendar(bench.governor(name: "other"), at: 0) == nil)
    }

    @Test func calendarsFromBeforeTheClockWasSetBackHoldNobodyUp() async throws {
        let bench = try await Bench()
        let governor = try bench.governor()
        #expect(try await bench.takeCalendar(governor, at: 86_400) == nil)
        #expect(try await bench.takeCalendar(governor, at: 0) == nil)
        #expect(try await bench.takeCalendar(governor, at: 1) == 59)
    }

    // MARK: Pauses

    @Test func usageLimitsPauseForLongerEachTimeUpToEightHours() async throws {
        let bench = try await Bench()
        let governor = try bench.governor()
        var now = Self.start
        for hours in [1.0, 2, 4, 8, 8, 8] {
            #expect(try await bench.pause(governor, .usageLimitReached, .usageLimit, at: now) == hours * 3600)
            #expect(try await bench.isPaused(governor, at: now + hours * 3600 - 1))
            now += hours * 3600
            #expect(try await !bench.isPaused(governor, at: now))
        }
        try await bench.resume(governor, at: now)
        #expect(try await bench.pause(governor, .usageLimitReached, .usageLimit, at: now) == 3600, "it begins anew")
    }

    /// Calls that are under way at the same time are refused, or answered, one after another.
    @Test func answersThatCrossChangeNothing() async throws {
        let bench = try await Bench()
        let governor = try bench.governor()
        let now = Self.start
        #expect(try await bench.pause(governor, .usageLimitReached, .usageLimit, at: now) == 3600)
        for seconds in [0.0, 1, 10] {
            let left = try await bench.pause(governor, .usageLimitReached, .usageLimit, at: now + seconds)
            #expect(left == 3600 - seconds, "refusals that come together are one")
            try await bench.resume(governor, at: now + seconds)
            #expect(try await bench.isPaused(governor, at: now + seconds), "what was asked for before proves nothing")
        }
        #expect(try await bench.pause(governor, .usageLimitReached, .usageLimit, at: now + 3600) == 7200)
    }

    @Test func anotherReasonBeginsAnew() async throws {
        let bench = try await Bench()
        let governor = try bench.governor()
        let now = Self.start
        #expect(try await bench.pause(governor, .usageLimitReached, .usageLimit, at: now - 3600) == 3600)
        #expect(try await bench.pause(governor, .apiDisabled, .operatorsMove, at: now) == 60)
        #expect(try await bench.pause(governor, .usageLimitReached, .usageLimit, at: now) == 3600)
    }

    @Test func whatStopsCalendarsStopsNoChanges() async throws {
        let bench = try await Bench()
        let (one, other) = (try bench.governor(), try bench.governor(name: "other"))
        _ = try await bench.pause(one, .usageLimitReached, .usageLimit, at: Self.start, .calendars)
        #expect(try await bench.isPaused(one, at: Self.start, .calendars))
        #expect(try await !bench.isPaused(one, at: Self.start, .changes))
        #expect(try await !bench.isPaused(other, at: Self.start, .calendars))
    }

    /// Midnight in California, a minute later, in summer, in winter, and on the two days on which clocks change there.
    @Test(arguments: [
        ("2027-07-01T12:00:00-07:00", "2027-07-02T00:01:00-07:00"), ("2027-01-15T23:59:00-08:00", "2027-01-16T00:01:00-08:00"),
        ("2027-01-16T00:00:00-08:00", "2027-01-17T00:01:00-08:00"), ("2027-03-13T23:30:00-08:00", "2027-03-14T00:01:00-08:00"),
        ("2027-03-14T00:00:00-08:00", "2027-03-15T00:01:00-07:00"), ("2027-03-14T12:00:00-07:00", "2027-03-15T00:01:00-07:00"),
        ("2027-11-06T23:30:00-07:00", "2027-11-07T00:01:00-07:00"), ("2027-11-07T00:00:00-07:00", "2027-11-08T00:01:00-08:00"),
        ("2027-11-07T23:30:00-08:00", "2027-11-08T00:01:00-08:00"),
    ])
    func aDailyLimitPausesUntilMidnightInCalifornia(_ now: String, _ end: String) async throws {
        let (now, end) = (try Date(now, strategy: .iso8601), try Date(end, strategy: .iso8601))
        for times in [1, 5] { #expect(Pause.pacificMidnight.end(now: now, times: times) == end) }
        let bench = try await Bench()
        let governor = try bench.governor()
        #expect(try await bench.pause(governor, .usageLimitReached, .pacificMidnight, at: now) == end.timeIntervalSince(now))
        #expect(try await bench.isPaused(governor, at: end - 1))
        #expect(try await !bench.isPaused(governor, at: end))
    }

    struct SetBack: Sendable {
        var reason: SyncReason
        var pause: Pause
        var seconds: TimeInterval
    }

    @Test(arguments: [
        SetBack(reason: .apiDisabled, pause: .operatorsMove, seconds: 3_600),
        SetBack(reason: .credentialsRejected, pause: .operatorsMove, seconds: 86_400),
        SetBack(reason: .usageLimitReached, pause: .usageLimit, seconds: 2 * 86_400),
        SetBack(reason: .usageLimitReached, pause: .pacificMidnight, seconds: 2 * 86_400),
    ])
    func aPauseFromBeforeTheClockWasSetBackDoesNotHold(_ it: SetBack) async throws {
        let bench = try await Bench()
        let governor = try bench.governor()
        _ = try await bench.pause(governor, it.reason, it.pause, at: Self.start)
        #expect(try await bench.isPaused(governor, at: Self.start))
        #expect(try await !bench.isPaused(governor, at: Self.start - it.seconds))
    }
}
