import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import CalendarSync

/// What people and the engine do when Google does not do as it should.
@Suite struct FailureTests {
    @Test func aSessionIsTakenWhileGoogleIsAwayAndLandsAfterwards() async throws {
        let platform = try await Platform()
        try await platform.connect()
        platform.google.transport.isReachable = false
        try await platform.put("a")
        try await platform.deliver()
        var status = try await platform.status(of: "a")
        #expect(status.status == .pending)
        #expect(status.error == .googleUnavailable)
        #expect(try #require(status.nextAttemptAt) > platform.clock.now)
        for _ in 1...6 { try await platform.deliver(after: 10) }
        let connection = try await platform.connection
        #expect(connection.isConnected)
        #expect(connection.syncErrorCount > 2)
        #expect(connection.lastError == .googleUnavailable)

        platform.google.transport.isReachable = true
        try await platform.deliver(after: Backoff.longestCalendarWait + 1)
        status = try await platform.status(of: "a")
        #expect(status.status == .synced)
        #expect(status.error == nil)
        let healed = try await platform.connection
        #expect(healed.syncErrorCount == 0)
        #expect(healed.lastError == nil)
        #expect(try await platform.timeline(of: "a") == [.sessionCreated, .syncFailed, .eventInserted])
        let history = try await platform.sync.errors(of: platform.coach.id, limit: 10)
        #expect(history.map(\.reason) == [.googleUnavailable])
        #expect((history.first?.occurrences ?? 0) > 2)
        #expect(history.first?.resolvedAt == platform.clock.now)
    }

    @Test(arguments: ["afterCommit", "cut"])
    func anInsertWhoseAnswerIsLostIsOneEvent(_ effect: String) async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.google.control(.post, "faults", ["method": "events.insert", "effect": effect, "count": 1])
        try await platform.put("a")
        try await platform.deliver()
        #expect(try await platform.status(of: "a").status == .pending)
        try await platform.deliver(after: 3)
        #expect(platform.calls == ["POST events", "POST events", "GET event"])
        #expect(try await platform.events().count == 1)
        #expect(try await platform.timeline(of: "a") == [.sessionCreated, .syncFailed, .eventAdopted])
    }

    @Test(arguments: ["events.patch", "events.delete"])
    func aChangeWhoseAnswerIsLostIsDoneOnce(_ method: String) async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        try platform.google.control(.post, "faults", ["method": method, "effect": "afterCommit", "count": 1])
        if method == "events.patch" {
            try await platform.put("a", platform.details(topic: "New"))
        } else {
            _ = try await platform.sync.cancel("a", by: platform.coach)
        }
        try await platform.deliver(after: 1)
        try await platform.deliver(after: 3)
        #expect(try await platform.status(of: "a").status == .synced)
        #expect(try await platform.liveEvents().map(\.summary) == (method == "events.patch" ? ["New"] : []))
    }

    @Test func oneSessionThatGoogleRefusesDoesNotStopTheOthers() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.google.control(
            .post, "faults", ["method": "events.insert", "status": 400, "reason": "invalid", "count": 1])
        try await platform.put("good")
        // The newest goes first.
        try await platform.put("bad")
        try await platform.deliver()
        let bad = try await platform.status(of: "bad")
        #expect(bad.status == .failed)
        #expect(bad.error == .rejectedByGoogle)
        #expect(try await platform.status(of: "good").status == .synced)
        #expect(try await platform.sync.calendarConnection(of: "coach-1").failedCount == 1)
        try await platform.deliver(after: 3600)
        #expect(platform.calls.count == 2, "a session that was refused for good is not tried again by itself")

        try await platform.put("bad", platform.details(topic: "Better"))
        try await platform.deliver()
        try await platform.deliver(after: 1)
        #expect(try await platform.status(of: "bad").status == .synced)
        #expect(try await platform.timeline(of: "bad") == [.sessionCreated, .syncParked, .sessionEdited, .eventInserted])
    }

    @Test func cancellingWhatWasRefusedSettlesIt() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.google.control(
            .post, "faults", ["method": "events.insert", "status": 400, "reason": "invalid", "count": 1])
        try await platform.put("a")
        try await platform.deliver()
        #expect(try await platform.connection.syncErrorCount == 1)
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.deliver()
        // An earlier attempt, of which nobody heard, might still land.
        try await platform.deliver(after: Delivery.undecidedFor)
        #expect(try await platform.status(of: "a").status == .synced)
        #expect(try await platform.connection.lastError == nil)
        #expect(try await platform.connection.syncErrorCount == 0)
        let errors = try await platform.sync.errors(of: "coach-1", limit: 9)
        #expect(errors.map { $0.resolvedAt != nil } == [true])
    }

    @Test func tryingAgainNowTakesUpWhatWasGivenUp() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.google.control(
            .post, "faults", ["method": "events.insert", "status": 400, "reason": "invalid", "count": 1])
        try await platform.put("a")
        try await platform.deliver()
        _ = try await platform.sync.syncNow(platform.coach.id)
        try await platform.deliver()
        #expect(try await platform.status(of: "a").status == .synced)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var fault: [String: any Sendable]
        var reason: SyncReason
        var status: CalendarSyncStatus.Status
        var isConnected = true
        var testDescription: String { reason.rawValue }
    }

    @Test(arguments: [
        Case(
            fault: ["method": "events.insert", "status": 403, "reason": "rateLimitExceeded"], reason: .rateLimited,
            status: .pending),
        Case(
            fault: ["method": "events.insert", "status": 429, "reason": "rateLimitExceeded"], reason: .rateLimited,
            status: .pending),
        Case(
            fault: ["method": "events.insert", "status": 403, "reason": "quotaExceeded"], reason: .usageLimitReached,
            status: .paused),
        Case(fault: ["method": "events.insert", "status": 503], reason: .googleUnavailable, status: .pending),
        Case(fault: ["method": "events.insert", "effect": "html"], reason: .googleUnavailable, status: .pending),
        Case(fault: ["method": "events.insert", "effect": "reset"], reason: .googleUnavailable, status: .pending),
        Case(
            fault: ["method": "events.insert", "status": 401, "reason": "authError"], reason: .credentialsRejected,
            status: .paused),
        Case(
            fault: ["method": "events.insert", "status": 403, "reason": "accessNotConfigured"], reason: .apiDisabled,
            status: .paused),
        Case(
            fault: ["method": "events.insert", "status": 403, "reason": "insufficientPermissions"], reason: .scopeMissing,
            status: .paused),
        Case(
            fault: ["method": "events.insert", "status": 403, "reason": "requiredAccessLevel"], reason: .needsWriterAccess,
            status: .paused, isConnected: false),
    ])
    func everyReasonIsToldAndHeals(_ it: Case) async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.google.control(.post, "faults", it.fault)
        try await platform.put("a")
        try await platform.deliver()
        let status = try await platform.status(of: "a")
        #expect(status.status == it.status)
        #expect(status.error == it.reason)
        let connection = try await platform.connection
        #expect(connection.isConnected == it.isConnected)
        #expect(connection.lastError == it.reason)
        #expect(connection.syncErrorCount == 1)

        try platform.google.control(.delete, "faults")
        if !it.isConnected { _ = try await platform.sync.connectGoogleCalendar(for: platform.coach) }
        try await platform.deliver(after: 3601)
        #expect(try await platform.status(of: "a").status == .synced)
        #expect(try await platform.connection.syncErrorCount == 0)
    }

    @Test func aCalendarThatIsGoneEndsTheConnectionOnThatAttempt() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        let lost = try #require(try await platform.connection.calendarID)
        try await platform.google.client().deleteCalendar(lost)
        try await platform.put("a", platform.details(topic: "Later"))
        try await platform.put("b")
        try await platform.deliver(after: 1)
        var connection = try await platform.connection
        #expect(!connection.isConnected)
        #expect(connection.lastError == .calendarMissing)
        #expect(try await platform.status(of: "a").status == .paused)
        #expect(try await platform.status(of: "b").status == .paused)
        #expect(try await platform.status(of: "b").error == .calendarMissing)
        #expect(try await platform.status(of: "a").htmlLink == nil, "a link into a calendar that is gone leads nowhere")

        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        try await platform.deliver()
        connection = try await platform.connection
        #expect(connection.isConnected)
        #expect(connection.generation == 2)
        #expect(connection.calendarID != lost)
        #expect(try await platform.liveEvents().compactMap(\.summary).sorted() == ["Later", "Topic"])
    }

    @Test func oneRejectedTokenIsRenewedWithoutAnybodyNoticing() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.google.control(
            .post, "faults", ["method": "events.insert", "status": 401, "reason": "authError", "count": 1])
        try await platform.put("a")
        try await platform.deliver()
        #expect(try await platform.status(of: "a").status == .synced)
        #expect(try await platform.connection.syncErrorCount == 0)
    }

    @Test func aFormerOwnerOfALaneCanWriteNothingDown() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        let database = platform.database
        let now = platform.clock.now
        let slow = try #require(try await database.write { try $0.claimLane(of: "coach-1", owner: "slow", now: now) })
        let account = platform.google.key.clientEmail
        let free = try await database.read { try $0.nextLane(of: account, .live, now: now) }
        #expect(free == nil, "a lane is leased to one worker at a time")
        #expect(try await database.write { try $0.claimLane(of: "coach-1", owner: "other", now: now) } == nil)

        let governor = platform.sync.governor
        let later = now + LaneLease.duration
        _ = try #require(try await database.write { try $0.claimLane(of: "coach-1", owner: "fast", now: later) })
        let change = try #require(try await database.read { try $0.pendingChange(of: "a") })
        let event = GoogleCalendarEvent(
            sessionID: "a", calendarID: "c", googleEventID: "e", generation: 0, contentHash: "h", syncedAt: later)
        let next = try await database.write {
            try $0.record(
                .delivered(.written(event, .eventInserted)), of: change, lease: slow, governor: governor, now: later)
        }
        #expect(next == nil)
        #expect(try await database.read { try $0.event(of: "a") } == nil)
        #expect(try await platform.status(of: "a").status == .pending)
    }
}
