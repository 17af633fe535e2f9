import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import CalendarSync

/// How things come right again by themselves.
@Suite struct RecoveryTests {
    /// A removal that was given up may still be on its way to the version that is there. So what looks right is written once more.
    @Test func whatIsWantedBackIsANewVersionOfTheSame() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.google.control(.post, "faults", ["method": "events.insert", "effect": "afterCommit", "count": 1])
        try await platform.put("a")
        try await platform.deliver()
        let before = try #require(try await platform.events().first)
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.put("a")
        platform.google.transport.forgetCalls()
        try await platform.work(for: 120)
        #expect(platform.calls == ["POST events", "GET event", "PATCH event"])
        let after = try #require(try await platform.events().first)
        #expect(after.etag != before.etag)
        #expect(after.summary == before.summary)
    }

    @Test func whoFindsGoogleBackLetsTheOthersGo() async throws {
        let platform = try await Platform()
        var coaches: [Person] = []
        for number in 1...6 {
            let coach = try await platform.coach(number)
            _ = try await platform.sync.connectGoogleCalendar(for: coach)
            coaches.append(coach)
        }
        platform.google.transport.isReachable = false
        for coach in coaches { try await platform.put("of-\(coach.id)", by: coach) }
        try await platform.work(for: 3 * 3_600)
        var waits: [Date] = []
        for coach in coaches { waits.append(try await platform.sync.calendarConnection(of: coach.id).connection.pausedUntil) }
        #expect(waits.allSatisfy { $0 > platform.clock.now })
        #expect(Set(waits).count > 3, "they do not all try at the same moment")
        let first = try #require(waits.min())
        #expect(try #require(waits.max()).timeIntervalSince(first) > 120)

        platform.google.transport.isReachable = true
        try await platform.deliver(after: first.timeIntervalSince(platform.clock.now) + 0.001)
        for coach in coaches {
            #expect(try await platform.sync.session("of-\(coach.id)", by: coach).calendarSync.status == .synced)
        }
    }

    /// Somebody else's rate limit is no outage, and its end proves nothing about Google as a whole.
    @Test func whoWaitsForSomethingElseIsNotLetGo() async throws {
        let platform = try await Platform()
        let other = try await platform.coach(2)
        try await platform.connect()
        _ = try await platform.sync.connectGoogleCalendar(for: other)
        try platform.google.control(
            .post, "faults", ["method": "events.insert", "status": 403, "reason": "rateLimitExceeded", "count": 1])
        try await platform.put("a")
        try await platform.deliver()
        let paused = try await platform.connection.pausedUntil
        #expect(paused > platform.clock.now)
        platform.google.transport.isReachable = false
        try await platform.put("b", by: other)
        try await platform.deliver()
        platform.google.transport.isReachable = true
        let now = platform.clock.now
        _ = try await platform.database.write {
            try $0.execute("UPDATE user_calendar_connection SET paused_until = \(now + 600) WHERE user_id = \("coach-1")")
        }
        try await platform.deliver(after: 10)
        #expect(try await platform.sync.session("b", by: other).calendarSync.status == .synced)
        #expect(try await platform.status(of: "a").status == .pending)
    }

    /// The service account may not be used for a while, but nobody waits longer than that.
    @Test func aPauseOfTheWholeAccountEndsForAllAtOnce() async throws {
        let platform = try await Platform()
        let other = try await platform.coach(2)
        try await platform.connect()
        _ = try await platform.sync.connectGoogleCalendar(for: other)
        try platform.google.control(.post, "switches", ["disabledProjects": ["p"]])
        try await platform.put("a")
        try await platform.put("b", by: other)
        platform.google.transport.forgetCalls()
        try await platform.deliver()
        #expect(platform.calls.count == 1, "one answer is enough to know it for all")
        for (id, coach) in [("a", platform.coach), ("b", other)] {
            let status = try await platform.sync.session(id, by: coach).calendarSync
            #expect(status.status == .paused)
            #expect(status.error == .apiDisabled)
        }
        #expect(try await platform.sync.calendarConnection(of: other.id).pause?.reason == .apiDisabled)
        try await platform.work(for: 300)
        #expect((5...7).contains(platform.calls.count), "a look once a minute")
        try platform.google.control(.post, "switches", ["disabledProjects": [String]()])
        try await platform.work(for: 61)
        #expect(try await platform.status(of: "a").status == .synced)
        #expect(try await platform.sync.session("b", by: other).calendarSync.status == .synced)
        #expect(try await platform.sync.calendarConnection(of: other.id).pause == nil)
    }

    /// The loop, with a trigger of the test's own, after the machine's clock was found to be a day ahead.
    @Test func whatWasPutOffIsDueAfterTheClockWasSetBack() async throws {
        let platform = try await Platform()
        try await platform.connect()
        platform.google.transport.isReachable = false
        try await platform.put("a")
        try await platform.work(for: 1_800)
        platform.google.transport.isReachable = true
        platform.clock.advance(by: -86_400)
        try await platform.deliver()
        #expect(try await platform.status(of: "a").status == .pending, "nobody has noticed yet")
        let (triggers, trigger) = AsyncStream.makeStream(of: Void.self)
        trigger.yield()
        trigger.finish()
        try await platform.sync.workers.run(triggers: triggers)
        #expect(try await platform.status(of: "a").status == .synced)
    }

    @Test(arguments: [-86_400.0, -259_200.0])
    func everyWaitIsMendedAfterTheClockWasSetBack(_ seconds: TimeInterval) async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        let before = platform.clock.now
        try await platform.database.write { transaction in
            try transaction.execute("UPDATE pending_change SET not_before = \(before + 60), attempts = 7")
            _ = try transaction.execute(
                "UPDATE user_calendar_connection SET paused_until = \(before + 3_600), paced_until = \(before + 10)")
        }
        platform.clock.advance(by: seconds)
        let now = platform.clock.now
        try await platform.database.write { try $0.mendTimes(now: now) }
        try await platform.deliver()
        #expect(try await platform.status(of: "a").status == .synced)
    }

    /// What was put off a moment ago keeps its time: the clock has only been corrected a little.
    @Test func aLittleStepBackMendsNothing() async throws {
        let platform = try await Platform()
        try await platform.connect()
        platform.google.transport.isReachable = false
        try await platform.put("a")
        try await platform.deliver()
        let due = try #require(try await platform.status(of: "a").nextAttemptAt)
        platform.clock.advance(by: -0.5)
        let now = platform.clock.now
        try await platform.database.write { try $0.mendTimes(now: now) }
        #expect(try await platform.status(of: "a").nextAttemptAt == due)
    }
}

/// An insert was given up, and it is not known whether Google is still at it.
@Suite struct UndecidedTests {
    /// A session whose insert got no answer, and of which nothing has come to Google yet.
    private func givenUp() async throws -> (Platform, calendar: String, event: String, content: EventContent) {
        let platform = try await Platform()
        try await platform.connect()
        try platform.google.control(.post, "faults", ["method": "events.insert", "effect": "reset", "count": 1])
        try await platform.put("a")
        try await platform.deliver()
        #expect(try await platform.events().isEmpty)
        let calendar = try #require(try await platform.connection.calendarID)
        let start = platform.clock.now + 86_400
        let content = EventContent(
            summary: "Late", start: .at(start, timeZone: nil), end: .at(start + 3_600, timeZone: nil),
            privateProperties: Marker(sessionID: "a", contentHash: "h").properties)
        return (platform, calendar, EventID.id(of: "a", in: calendar, generation: 0), content)
    }

    @Test func anInsertThatLandsAfterItsSessionWasCancelledIsTakenOut() async throws {
        let (platform, calendar, event, content) = try await givenUp()
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.deliver(after: 3)
        #expect(try await platform.status(of: "a").status == .pending, "it is not there, and may still come")
        _ = try await platform.google.client().insertEvent(content, id: event, in: calendar)
        try await platform.deliver(after: Delivery.undecidedFor)
        #expect(try await platform.liveEvents().isEmpty)
        #expect(try await platform.status(of: "a").status == .synced)
        #expect(try await platform.timeline(of: "a").last == .eventRemoved)
    }

    @Test func anInsertThatLandsAfterDisconnectingIsTakenOut() async throws {
        let (platform, calendar, event, content) = try await givenUp()
        _ = try await platform.sync.disconnectGoogleCalendar(of: "coach-1", removingEvents: true)
        try await platform.deliver(after: 3)
        _ = try await platform.google.client().insertEvent(content, id: event, in: calendar)
        try await platform.deliver(after: Delivery.undecidedFor)
        #expect(try await platform.liveEvents().isEmpty)
        #expect(try await platform.pendingCount == 0)
        #expect(try await platform.connection.state == .disconnected)
    }

    @Test func anInsertThatNeverLandsIsForgottenAfterAWhile() async throws {
        let (platform, _, _, _) = try await givenUp()
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.deliver(after: 3)
        #expect(try await platform.pendingCount == 1)
        #expect(try await platform.connection.syncErrorCount == 1, "not to know is no failure")
        try await platform.deliver(after: Delivery.undecidedFor)
        #expect(try await platform.pendingCount == 0)
        #expect(try await platform.status(of: "a").status == .synced)
        #expect(try await platform.connection.lastError == nil)
    }

    @Test func anInsertThatLandsBesideItsRepetitionIsOneEvent() async throws {
        let (platform, calendar, event, content) = try await givenUp()
        _ = try await platform.google.client().insertEvent(content, id: event, in: calendar)
        try await platform.deliver(after: 3)
        #expect(try await platform.events().map(\.summary) == ["Topic"])
        #expect(try await platform.status(of: "a").googleEventID == event)
    }

    /// The others of the calendar do not wait for it.
    @Test func whatIsUndecidedHoldsNobodyUp() async throws {
        let (platform, _, _, _) = try await givenUp()
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.put("b")
        try await platform.deliver(after: 3)
        #expect(try await platform.status(of: "b").status == .synced)
        #expect(try await platform.pendingCount == 1)
    }
}
