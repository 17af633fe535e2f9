import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import CalendarSync

/// What Google refuses when it is asked too often, and how seldom it has to.
@Suite struct QuotaTests {
    /// Google's numbers by the minute; calendars as many as a test needs.
    private static let limits = QuotaLimits(calendarsPerDay: 1_000, betweenCalendars: .zero)

    /// So many connected coaches, with a budget that is full again.
    private func platform(coaches: Int) async throws -> (Platform, [Person]) {
        let platform = try await Platform(limits: Self.limits, isInMemory: true)
        try platform.google.control(.post, "quotas", ["preset": "google"])
        var all: [Person] = []
        for number in 1...coaches {
            let coach = try await platform.coach(number)
            _ = try await platform.sync.connectGoogleCalendar(for: coach)
            all.append(coach)
            platform.clock.advance(by: 1)
        }
        platform.clock.advance(by: 60)
        platform.google.transport.forgetCalls()
        return (platform, all)
    }

    @Test func aBacklogOfManyUsesTheBudgetAndGoogleHasNothingToRefuse() async throws {
        let (platform, coaches) = try await platform(coaches: 20)
        for coach in coaches { try await platform.giveBacklog(100, to: coach) }
        try await platform.work(for: 600) { try await platform.pendingCount == 0 }
        let traffic = platform.traffic
        #expect(try await platform.pendingCount == 0)
        #expect(traffic.duration > 180)
        #expect(traffic.share(of: 600) >= 0.95)
        #expect(traffic.refusedShare <= 0.001)
        #expect(traffic.busiestMinute <= 600)
    }

    /// One coach has a hundred thousand sessions to be sent, which would take all day.
    @Test func aHugeBacklogOfOneCoachDelaysNobody() async throws {
        let (platform, coaches) = try await platform(coaches: 2)
        try await platform.giveBacklog(100_000, to: coaches[0])
        try await platform.work(for: 20)
        for number in 1...5 {
            try await platform.put("new-\(number)", by: coaches[1])
            let asked = platform.clock.now
            try await platform.work(for: 2) {
                try await platform.sync.session("new-\(number)", by: coaches[1]).calendarSync.status == .synced
            }
            #expect(try await platform.sync.session("new-\(number)", by: coaches[1]).calendarSync.status == .synced)
            #expect(platform.clock.now.timeIntervalSince(asked) < 2)
            try await platform.work(for: 3)
        }
        let left = try await platform.sync.calendarConnection(of: coaches[0].id)
        #expect(left.pendingCount > 99_000)
        #expect(try #require(left.backfill).done > 50, "and the backlog goes on beside it")
        #expect(platform.traffic.refused == 0)
    }

    /// How many changes wait for Google beside the four that are looked at: 1,400, or a multiple of 14 from the environment.
    private static let outage = ProcessInfo.processInfo.environment["LOOM_OUTAGE_CHANGES"].flatMap { Int($0) } ?? 1_400

    @Test func afterAnHourWithoutGoogleAllLandsWithinTheLimitAndTheNewestFirst() async throws {
        let (platform, coaches) = try await platform(coaches: 15)
        for id in ["followed", "dropped"] { try await platform.put(id, platform.details(topic: "\(id) 0"), by: coaches[0]) }
        try await platform.deliver()
        platform.google.transport.forgetCalls()
        platform.google.transport.isReachable = false
        let each = Self.outage / 14
        func edited(_ id: String, _ edit: Int) async throws {
            try await platform.put(id, platform.details(topic: "\(id) \(edit)"), by: coaches[0])
        }
        for coach in coaches.dropFirst() { try await platform.giveBacklog(each, to: coach, urgency: .live) }
        let names = ["oldest", "older", "newer", "newest"]
        for id in ["followed", "dropped"] { for edit in 1...3 { try await edited(id, edit) } }
        _ = try await platform.sync.cancel("dropped", by: coaches[0])
        for name in names {
            try await platform.put(name, platform.details(topic: name), by: coaches[0])
            try await platform.work(for: 60)
        }
        try await platform.work(for: 3_600)
        #expect(try await platform.pendingCount == 14 * each + 6)
        #expect(platform.traffic.calls == 0)

        platform.google.transport.isReachable = true
        // Also while the queue is worked off, people go on changing their minds.
        for edit in 4...6 {
            try await platform.work(for: 20)
            try await edited("followed", edit)
        }
        try await platform.work(for: 7_200) { try await platform.pendingCount == 0 }
        #expect(try await platform.pendingCount == 0)
        let traffic = platform.traffic
        #expect(traffic.busiestMinute <= 600)
        #expect(traffic.refused == 0)
        let sent = platform.summariesSent
        #expect(sent.filter(names.contains) == names.reversed())
        // Of one session, nothing older comes after something newer, and what was overtaken before it could be sent never comes.
        let edits = sent.filter { $0.hasPrefix("followed") }
        #expect(edits.last == "followed 6")
        #expect(edits == edits.sorted() && Set(edits).count == edits.count)
        #expect(try #require(edits.first) >= "followed 3")
        #expect(!sent.contains { $0.hasPrefix("dropped") })
        #expect(platform.google.transport.calls.count { $0.request.method == .delete } == 1)
        for coach in coaches.dropFirst() {
            #expect(try await platform.sync.calendarConnection(of: coach.id).eventCount == each)
        }
    }

    /// Google does not say how fast a calendar may be written to.
    @Test func thePaceOfACalendarIsLearned() async throws {
        let limit = 60
        let (platform, coaches) = try await platform(coaches: 1)
        try platform.google.control(.post, "quotas", ["writesPerMinutePerCalendar": limit])
        try await platform.giveBacklog(1_000, to: coaches[0])
        try await platform.work(for: 300)
        let learning = platform.traffic
        platform.google.transport.forgetCalls()
        try await platform.work(for: 600)
        let learned = platform.traffic
        #expect(learned.refusedShare <= 0.02)
        #expect(learned.refusedShare <= learning.refusedShare)
        #expect(try await platform.connection.pace.writesPerMinute <= limit * 11 / 10)
        #expect(learned.share(of: limit) >= 0.6)
        #expect(try await platform.sync.calendarConnection(of: coaches[0].id).failedCount == 0)
    }

    @Test func aRefusalByRateIsNobodysFaultAndHeals() async throws {
        let (platform, coaches) = try await platform(coaches: 2)
        try platform.google.control(.post, "quotas", ["perMinutePerUser": 5])
        for coach in coaches { try await platform.giveBacklog(5, to: coach) }
        try await platform.work(for: 10)
        #expect(platform.traffic.refused > 0)
        #expect(try await platform.sync.calendarConnection(of: coaches[0].id).connection.isConnected)
        try platform.google.control(.post, "quotas", ["preset": "google"])
        try await platform.work(for: 120)
        #expect(try await platform.pendingCount == 0)
    }

    // MARK: Calendars

    @Test func calendarsAreMadeOneAfterAnotherByThemselves() async throws {
        let platform = try await Platform(limits: QuotaLimits())
        try await platform.connect()
        let began = platform.clock.now
        let (second, third) = (try await platform.coach(2), try await platform.coach(3))
        for coach in [second, third] {
            await #expect(throws: SyncRefusal.connectingFailed(.calendarsLimited, nextAttemptAt: began + 60)) {
                _ = try await platform.sync.connectGoogleCalendar(for: coach)
            }
            let connection = try await platform.sync.calendarConnection(of: coach.id).connection
            #expect(connection.state == .connecting)
            #expect(connection.lastError == .calendarsLimited)
            #expect(connection.syncErrorCount == 0, "nothing has failed")
        }
        try await platform.put("a", by: second)
        let waiting = try await platform.sync.session("a", by: second).calendarSync
        #expect(waiting.status == .paused)
        #expect(waiting.error == .calendarsLimited)
        #expect(waiting.nextAttemptAt == began + 60)

        try await platform.deliver(after: 59)
        #expect(platform.calls == [])
        try await platform.deliver(after: 2)
        #expect(try await platform.sync.session("a", by: second).calendarSync.status == .synced)
        #expect(try await !platform.sync.calendarConnection(of: third.id).connection.isConnected)
        try await platform.work(for: 61)
        #expect(try await platform.sync.calendarConnection(of: third.id).connection.isConnected)
        #expect(try await platform.sync.calendarConnection(of: third.id).connection.lastError == nil)
        #expect(platform.calls.count { $0 == "POST calendars" } == 2)
    }

    @Test func aUsageLimitForCalendarsLeavesTheOthersInPeace() async throws {
        let (platform, coaches) = try await platform(coaches: 1)
        try platform.google.control(.post, "quotas", ["calendarCreations": 0])
        let second = try await platform.coach(2)
        let limited = platform.clock.now
        await #expect(throws: SyncRefusal.connectingFailed(.usageLimitReached, nextAttemptAt: limited + 3_600)) {
            _ = try await platform.sync.connectGoogleCalendar(for: second)
        }
        try await platform.put("a", by: coaches[0])
        try await platform.deliver()
        #expect(try await platform.sync.session("a", by: coaches[0]).calendarSync.status == .synced)
        try await platform.work(for: 3 * 3_600 - 60)
        #expect(platform.calls.count { $0 == "POST calendars" } == 2, "after an hour, and not again after two more")
        try platform.google.control(.post, "quotas", ["calendarCreations": 60])
        try await platform.work(for: 120)
        #expect(try await platform.sync.calendarConnection(of: second.id).connection.isConnected)
    }
}
