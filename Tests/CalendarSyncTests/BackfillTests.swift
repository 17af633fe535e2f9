import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import CalendarSync

/// Which of many changes comes first, and how far the filling of a calendar has come.
@Suite struct BackfillTests {
    /// A call every second or so, and a few at once: slow enough to watch.
    private static let slow = QuotaLimits(requestsPerMinute: 60, calendarsPerDay: 9, betweenCalendars: .zero)

    /// The titles that were sent, in order.
    private func sent(_ platform: Platform) -> [String] {
        platform.google.transport.calls.compactMap { call in
            let body = String(decoding: call.requestBody, as: UTF8.self)
            return body.firstMatch(of: /"summary":"([^"]*)"/).map { String($0.1) }
        }
    }

    @Test func ofWhatPeopleDidTheNewestComesFirst() async throws {
        let platform = try await Platform()
        try await platform.connect()
        for name in ["first", "second", "third"] { try await platform.put(name, platform.details(topic: name)) }
        try await platform.deliver()
        #expect(sent(platform) == ["third", "second", "first"])
        platform.google.transport.forgetCalls()
        for name in ["second", "third", "first"] { try await platform.put(name, platform.details(topic: name + "!")) }
        try await platform.deliver(after: 1)
        #expect(sent(platform) == ["first!", "third!", "second!"])
    }

    @Test func aCalendarIsFilledWithTheSoonestSessionsFirst() async throws {
        let platform = try await Platform()
        for (name, hours) in [("in a week", 168.0), ("tomorrow", 24), ("running", 0), ("in a month", 720), ("today", 3)] {
            try await platform.put("\(Int(hours * 2))h", platform.details(inHours: hours, topic: name))
        }
        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        platform.google.transport.forgetCalls()
        try await platform.deliver()
        #expect(sent(platform) == ["running", "today", "tomorrow", "in a week", "in a month"])
    }

    @Test func whatIsOverComesLast() async throws {
        let platform = try await Platform()
        try await platform.connect()
        for (name, hours) in [("over", 1.0), ("soon", 48), ("later", 96)] {
            try await platform.put(name, platform.details(inHours: hours, topic: name))
        }
        try await platform.deliver()
        try await platform.deliver(after: 12 * 3_600)
        platform.google.transport.forgetCalls()
        _ = try await platform.sync.rebuildCalendar(of: "coach-1")
        try await platform.deliver()
        #expect(sent(platform).filter { ["over", "soon", "later"].contains($0) } == ["soon", "later", "over"])
    }

    @Test func whatPeopleDoComesBeforeAnyFilling() async throws {
        let platform = try await Platform(limits: Self.slow)
        try await platform.connect()
        try await platform.giveBacklog(50, to: platform.coach)
        try await platform.work(for: 10)
        #expect(sent(platform).count > 5)
        platform.google.transport.forgetCalls()
        for name in ["one", "two", "three"] { try await platform.put(name, platform.details(inHours: 5_000, topic: name)) }
        try await platform.work(for: 10)
        #expect(sent(platform).prefix(3) == ["three", "two", "one"])
        #expect(sent(platform).dropFirst(3).allSatisfy { $0 == "Backlog" })
    }

    @Test func anEditMovesASessionOutOfTheFilling() async throws {
        let platform = try await Platform(limits: Self.slow)
        for number in 1...30 { try await platform.put("s\(number)", platform.details(inHours: Double(number) * 24)) }
        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        try await platform.put("s30", platform.details(inHours: 30 * 24, topic: "Urgent"))
        platform.google.transport.forgetCalls()
        try await platform.work(for: 4)
        #expect(sent(platform).prefix(3).contains("Urgent"))
    }

    @Test func anotherCoachsFillingDoesNotDelayAnEdit() async throws {
        let platform = try await Platform(limits: Self.slow)
        let other = try await platform.coach(2)
        try await platform.connect()
        platform.clock.advance(by: 60)
        _ = try await platform.sync.connectGoogleCalendar(for: other)
        try await platform.giveBacklog(100, to: other)
        platform.clock.advance(by: 60)
        try await platform.work(for: 20)
        platform.google.transport.forgetCalls()
        try await platform.put("a", platform.details(topic: "Mine"))
        try await platform.work(for: 3)
        #expect(sent(platform).prefix(2).contains("Mine"))
        #expect(try await platform.status(of: "a").status == .synced)
    }

    // MARK: Progress

    private func progress(_ platform: Platform) async throws -> BackfillProgress? {
        try await platform.sync.calendarConnection(of: "coach-1").backfill
    }

    @Test func theFillingOfACalendarTellsHowFarItIs() async throws {
        let platform = try await Platform(limits: Self.slow)
        for number in 1...20 { try await platform.put("s\(number)", platform.details(inHours: Double(number) * 24)) }
        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        #expect(try await progress(platform) == BackfillProgress(done: 0, total: 20))
        var seen: [Int] = []
        while let progress = try await progress(platform), seen.count < 100 {
            #expect(progress.total == 20)
            #expect(try await platform.liveEvents().count == progress.done)
            seen.append(progress.done)
            try await platform.work(for: 2)
        }
        #expect(seen == seen.sorted())
        #expect(Set(seen).count > 5)
        #expect(try await platform.liveEvents().count == 20)
    }

    @Test func aFillingThatWasInterruptedGoesOnWhereItWas() async throws {
        let platform = try await Platform(limits: Self.slow)
        for number in 1...20 { try await platform.put("s\(number)", platform.details(inHours: Double(number) * 24)) }
        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        try await platform.work(for: 8)
        let before = try #require(try await progress(platform))
        #expect((1...15).contains(before.done))
        platform.google.transport.isReachable = false
        try await platform.work(for: 120)
        #expect(try await progress(platform) == before)
        // A worker of before died with the lane in its hands.
        let now = platform.clock.now
        _ = try await platform.database.write { try $0.claimLane(of: "coach-1", owner: "dead", now: now) }
        platform.google.transport.isReachable = true
        try await platform.work(for: 600)
        #expect(try await progress(platform) == nil)
        #expect(try await platform.events().count == 20)
        #expect(platform.google.transport.calls.count { $0.status == 409 } == 0, "nothing is sent twice")
    }

    @Test func whatGoogleRefusesForGoodDoesNotKeepTheFillingOpen() async throws {
        let platform = try await Platform(limits: Self.slow)
        for number in 1...5 { try await platform.put("s\(number)", platform.details(inHours: Double(number) * 24)) }
        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        try platform.google.control(
            .post, "faults", ["method": "events.insert", "status": 400, "reason": "invalid", "count": 1])
        try await platform.work(for: 60)
        #expect(try await progress(platform) == nil)
        #expect(try await platform.sync.calendarConnection(of: "coach-1").failedCount == 1)
        #expect(try await platform.liveEvents().count == 4)
    }

    @Test func aSecondFillingCountsFromItsOwnBeginning() async throws {
        let platform = try await Platform(limits: Self.slow)
        for number in 1...20 { try await platform.put("s\(number)", platform.details(inHours: Double(number) * 24)) }
        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        try await platform.work(for: 120)
        platform.clock.advance(by: 16 * 86_400)
        #expect(try await progress(platform) == nil)
        // Of the sessions to come there are four or five.
        _ = try await platform.sync.change(connectionOf: "coach-1", colorID: "7")
        let progress = try #require(try await progress(platform))
        #expect(progress.done == 0)
        #expect((4...5).contains(progress.total))
    }
}
