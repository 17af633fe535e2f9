import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import CalendarSync

/// What happens while something is on its way to Google.
@Suite struct InterruptedTests {
    /// Takes the next change up as a worker does, and stops short of asking Google.
    private func begin(_ platform: Platform) async throws -> (PlannedChange, LaneLease) {
        let now = platform.clock.now
        let lease = try #require(try await platform.database.write { try $0.claimLane(of: "coach-1", owner: "slow", now: now) })
        return (try #require(try await platform.sync.workers.begin(lease)), lease)
    }

    private func ask(_ platform: Platform, _ work: PlannedChange, _ lease: LaneLease) async throws -> Outcome {
        try await platform.sync.workers.perform(work, lease)
    }

    private func finish(_ platform: Platform, _ outcome: Outcome, _ work: PlannedChange, _ lease: LaneLease) async throws {
        let now = platform.clock.now
        let governor = platform.sync.governor
        try await platform.database.write { transaction in
            _ = try transaction.record(outcome, of: work.change, lease: lease, governor: governor, now: now)
            try transaction.release(lease, now: now)
        }
    }

    @Test(arguments: ["afterCommit", "cut"])
    func aLostInsertIsTakenBackWhenItIsNoLongerWanted(_ effect: String) async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.google.control(.post, "faults", ["method": "events.insert", "effect": effect, "count": 1])
        try await platform.put("a")
        try await platform.deliver()
        #expect(try await platform.liveEvents().count == 1)
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.deliver(after: 3)
        #expect(try await platform.liveEvents().isEmpty)
        #expect(try await platform.status(of: "a").status == .synced)
    }

    @Test func aLostInsertIsFoundWhenDisconnectingTakesEventsOut() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.google.control(.post, "faults", ["method": "events.insert", "effect": "afterCommit", "count": 1])
        try await platform.put("a")
        try await platform.deliver()
        _ = try await platform.sync.disconnectGoogleCalendar(of: "coach-1", removingEvents: true)
        try await platform.deliver(after: 3)
        #expect(try await platform.liveEvents().isEmpty)
    }

    @Test func anInsertUnderWayIsTakenOutAfterDisconnecting() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        let (work, lease) = try await begin(platform)
        let outcome = try await ask(platform, work, lease)
        _ = try await platform.sync.disconnectGoogleCalendar(of: "coach-1", removingEvents: true)
        try await finish(platform, outcome, work, lease)
        try await platform.deliver(after: 1)
        #expect(try await platform.liveEvents().isEmpty)
        #expect(try await platform.sync.calendarConnection(of: "coach-1").eventCount == 0)
    }

    @Test func nothingIsInsertedOnceTheCoachHasDisconnected() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        let now = platform.clock.now
        let lease = try #require(try await platform.database.write { try $0.claimLane(of: "coach-1", owner: "slow", now: now) })
        _ = try await platform.sync.disconnectGoogleCalendar(of: "coach-1", removingEvents: false)
        #expect(try await platform.sync.workers.begin(lease) == nil)
        await #expect(throws: Delivery.Unwanted.self) {
            let intent = GoogleCalendarEvent.intent(of: "a", in: "c", generation: 1, now: now)
            try await platform.sync.workers.intend(intent, lease)
        }
        #expect(try await platform.events().isEmpty)
    }

    @Test func aPatchUnderWayDoesNotSwallowTheRemoval() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        try await platform.put("a", platform.details(topic: "Edited"))
        platform.clock.advance(by: 1)
        let (work, lease) = try await begin(platform)
        let outcome = try await ask(platform, work, lease)
        _ = try await platform.sync.disconnectGoogleCalendar(of: "coach-1", removingEvents: true)
        try await finish(platform, outcome, work, lease)
        try await platform.deliver(after: 1)
        #expect(try await platform.liveEvents().isEmpty)
    }

    @Test func aLateFailureDoesNotUndoADisconnect() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        let (work, lease) = try await begin(platform)
        _ = try await platform.sync.disconnectGoogleCalendar(of: "coach-1", removingEvents: false)
        try await finish(platform, .failed(.loseConnection(.needsWriterAccess), detail: ""), work, lease)
        #expect(try await platform.connection.state == .disconnected)
    }

    @Test func removingFromACalendarThatIsGoneIsDone() async throws {
        let platform = try await Platform()
        try await platform.connect()
        for id in ["a", "b"] { try await platform.put(id) }
        try await platform.deliver()
        try await platform.google.client().deleteCalendar(try #require(try await platform.connection.calendarID))
        _ = try await platform.sync.disconnectGoogleCalendar(of: "coach-1", removingEvents: true)
        try await platform.deliver()
        let status = try await platform.sync.calendarConnection(of: "coach-1")
        #expect(status.pendingCount == 0)
        #expect(status.eventCount == 0)
        #expect(status.connection.state == .disconnected)
    }

    @Test func aRefusalOfOneCallMakesNoSecondEvent() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        try platform.google.control(.post, "faults", ["method": "events.patch", "status": 403, "effect": "html", "count": 2])
        try await platform.put("a", platform.details(topic: "Edited"))
        for _ in 1...3 { try await platform.deliver(after: 5) }
        #expect(try await platform.events().map(\.summary) == ["Edited"])
    }

    @Test func aRefusalThatStaysIsARefusal() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.google.control(.post, "faults", ["method": "events.insert", "status": 403, "reason": "forbidden"])
        try await platform.put("a")
        for _ in 1...Disposition.mostRereads { try await platform.deliver(after: 70) }
        #expect(try await platform.status(of: "a").status == .pending)
        for _ in 1...2 { try await platform.deliver(after: 70) }
        #expect(try await platform.status(of: "a").status == .failed)
        #expect(try await platform.status(of: "a").error == .rejectedByGoogle)
    }

    @Test func accessThatIsRevokedEndsTheConnectionOnThatAttempt() async throws {
        let platform = try await Platform()
        try await platform.connect()
        for method in ["events.insert", "events.list", "calendars.get"] {
            try platform.google.control(.post, "faults", ["method": method, "status": 403, "reason": "forbidden"])
        }
        try await platform.put("a")
        try await platform.deliver()
        #expect(try await !platform.connection.isConnected)
        #expect(try await platform.connection.lastError == .accessRevoked)
        #expect(try await platform.status(of: "a").status == .paused)
        try platform.google.control(.delete, "faults")
        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        try await platform.deliver()
        #expect(try await platform.status(of: "a").status == .synced)
    }

    @Test func aLeaseFromBeforeTheClockWasSetBackHoldsNobodyUp() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        let tomorrow = platform.clock.now + 86_400
        _ = try await platform.database.write { try $0.claimLane(of: "coach-1", owner: "dead", now: tomorrow) }
        try await platform.deliver()
        #expect(try await platform.status(of: "a").status == .synced)
    }

    /// The loop itself, with triggers of the test's own: several coaches, and changes that come in while others are served.
    @Test func theWorkerServesAllLanesAndGivesThemBack() async throws {
        let platform = try await Platform()
        let coaches = (1...20).map { Person(id: "c\($0)", email: "c\($0)@example.com", role: .coach) }
        for coach in coaches {
            try await platform.sync.recognise(coach)
            _ = try await platform.sync.connectGoogleCalendar(for: coach)
            for number in 1...3 {
                _ = try await platform.sync.put("\(coach.id)-\(number)", coachID: nil, details: platform.details(), by: coach)
            }
        }
        let worker = platform.sync.workers
        let (triggers, trigger) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run(triggers: triggers) }
            for await _ in platform.sync.signal.notifications {
                trigger.yield()
                let pending = try await platform.database.read {
                    try $0.row("SELECT COUNT(*) AS n FROM pending_change")?.get("n", as: Int.self)
                }
                if pending == 0 { break }
            }
            trigger.finish()
            try await group.waitForAll()
        }
        let now = platform.clock.now
        let held = try await platform.database.read {
            try $0.row("SELECT COUNT(*) AS n FROM user_calendar_connection WHERE lane_until > \(now)")?.get("n", as: Int.self)
        }
        #expect(held == 0)
        for coach in coaches {
            #expect(try await platform.sync.calendarConnection(of: coach.id).eventCount == 3)
        }
    }
}
