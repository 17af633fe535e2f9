import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import CalendarSync

/// Connecting, disconnecting and everything that can come between.
@Suite struct ConnectingTests {
    @Test func connectingMakesACalendarAndSharesIt() async throws {
        let platform = try await Platform()
        let (status, isNew) = try await platform.sync.connectGoogleCalendar(for: platform.coach, colorID: "7")
        #expect(isNew)
        let connection = status.connection
        #expect(connection.isConnected)
        #expect(connection.calendarName == "Loom Platform")
        #expect(connection.sharedWith == "coach@example.com")
        #expect(connection.dataOwner == platform.google.key.clientEmail)
        #expect(connection.colorID == "7")
        let calendar = try #require(connection.calendarID)
        let rule = try await platform.google.client().rule("user:coach@example.com", in: calendar)
        #expect(rule.role == .writer)
        #expect(try await platform.google.client().calendar(calendar).timeZone == "Europe/Berlin")
        #expect(try platform.google.state().contains("coach@example.com"))
        #expect(platform.google.transport.violations == [])
    }

    @Test func connectingAgainChangesNothing() async throws {
        let platform = try await Platform()
        try await platform.connect()
        let (_, isNew) = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        #expect(!isNew)
        #expect(platform.calls == [])
    }

    @Test func sessionsToComeAreSentAndThoseOverAreNot() async throws {
        let platform = try await Platform()
        try await platform.put("past", platform.details(inHours: -48))
        try await platform.put("running", platform.details(inHours: -0.5))
        try await platform.put("future")
        try await platform.put("cancelled")
        _ = try await platform.sync.cancel("cancelled", by: platform.coach)
        #expect(try await platform.status(of: "future").status == .notConnected)
        try await platform.connect()
        #expect(try await platform.liveEvents().count == 2)
        #expect(try await platform.status(of: "future").status == .synced)
        #expect(try await platform.status(of: "running").status == .synced)
        #expect(try await platform.status(of: "past").status == .notConnected)
    }

    /// Whatever call is cut short, and however, the end is the same: one calendar, one rule, connected.
    @Test(
        arguments: ["calendars.insert", "acl.list", "acl.insert", "calendarList.list"], ["reset", "afterCommit", "html"])
    func connectingGoesOnWhereItWasInterrupted(_ method: String, _ effect: String) async throws {
        let platform = try await Platform()
        if method == "calendarList.list" {
            // Only asked after an answer was lost.
            try platform.google.control(.post, "faults", ["method": "calendars.insert", "effect": "afterCommit", "count": 1])
        }
        try platform.google.control(.post, "faults", ["method": method, "effect": effect, "count": 1])
        await #expect(throws: SyncRefusal.self) { _ = try await platform.sync.connectGoogleCalendar(for: platform.coach) }
        let interrupted = try await platform.connection
        #expect(!interrupted.isConnected)
        #expect(interrupted.lastError == .googleUnavailable)
        try await platform.put("a")
        #expect(try await platform.status(of: "a").status == .pending)

        for _ in 1...3 { try await platform.deliver(after: 5) }
        #expect(try await platform.connection.isConnected)
        #expect(try await platform.connection.syncErrorCount == 0)
        #expect(try await platform.status(of: "a").status == .synced)
        #expect(try await calendars(of: platform) == 1)
        #expect(try mails(of: platform) == 1)
        #expect(try await platform.sync.errors(of: "coach-1", limit: 9).allSatisfy { $0.resolvedAt != nil })
    }

    private func calendars(of platform: Platform) async throws -> Int {
        var count = 0
        for try await page in platform.google.client().calendarList() { count += page.items?.count ?? 0 }
        return count
    }

    private func mails(of platform: Platform) throws -> Int {
        let state = try JSONSerialization.jsonObject(with: Data(platform.google.state().utf8)) as? [String: Any]
        return try #require(state?["mails"] as? [Any]).count
    }

    /// As after a crash: only the lease tells that somebody was at it.
    @Test func anotherWorkerTakesOverAfterACrash() async throws {
        let platform = try await Platform()
        platform.google.transport.isReachable = false
        await #expect(throws: SyncRefusal.self) { _ = try await platform.sync.connectGoogleCalendar(for: platform.coach) }
        platform.google.transport.isReachable = true
        let now = platform.clock.now + 5
        platform.clock.advance(by: 5)
        _ = try #require(try await platform.database.write { try $0.claimLane(of: "coach-1", owner: "dead", now: now) })
        try await platform.deliver()
        #expect(try await !platform.connection.isConnected)
        try await platform.deliver(after: LaneLease.duration)
        #expect(try await platform.connection.isConnected)
    }

    @Test func anAddressThatGoogleDoesNotTakeNeedsTheCoach() async throws {
        let platform = try await Platform()
        try platform.google.control(.post, "faults", ["method": "acl.insert", "status": 400, "reason": "invalid", "count": 1])
        await #expect(throws: SyncRefusal.connectingFailed(.addressRejected, nextAttemptAt: nil)) {
            _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        }
        #expect(try await platform.connection.state == .needsAttention)
        try await platform.deliver(after: 3600)
        #expect(try await platform.connection.state == .needsAttention, "nothing is tried before the coach acts")
        try await platform.connect()
        #expect(try await platform.connection.isConnected)
        #expect(try await calendars(of: platform) == 1)
    }

    @Test func disconnectingNeedsNoGoogle() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        platform.google.transport.isReachable = false
        let status = try await platform.sync.disconnectGoogleCalendar(of: platform.coach.id, removingEvents: false)
        #expect(!status.connection.isConnected)
        #expect(status.connection.state == .disconnected)
        #expect(status.eventCount == 1)
        try await platform.put("b")
        #expect(try await platform.status(of: "b").status == .notConnected)
        platform.google.transport.isReachable = true
        platform.google.transport.forgetCalls()
        try await platform.deliver(after: 3600)
        #expect(platform.calls == [])
        #expect(try await platform.liveEvents().count == 1, "the calendar remains as it is")
    }

    @Test func reconnectingAdoptsWhatIsThere() async throws {
        let platform = try await Platform()
        try await platform.connect()
        for id in ["same", "edited", "cancelled"] { try await platform.put(id) }
        try await platform.deliver()
        let before = try await platform.connection
        _ = try await platform.sync.disconnectGoogleCalendar(of: platform.coach.id, removingEvents: false)
        try await platform.put("edited", platform.details(topic: "Edited meanwhile"))
        _ = try await platform.sync.cancel("cancelled", by: platform.coach)
        try await platform.put("new", platform.details(topic: "New meanwhile"))
        platform.google.transport.forgetCalls()

        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        #expect(platform.calls == ["GET rules"])
        try await platform.deliver()
        #expect(try await platform.connection.calendarID == before.calendarID)
        #expect(platform.calls.dropFirst().sorted() == ["DELETE event", "PATCH event", "POST events"])
        #expect(
            try await platform.liveEvents().compactMap(\.summary).sorted() == ["Edited meanwhile", "New meanwhile", "Topic"])
    }

    @Test func eventsCanBeTakenOutAfterDisconnecting() async throws {
        let platform = try await Platform()
        try await platform.connect()
        for id in ["a", "b", "c"] { try await platform.put(id) }
        try await platform.deliver()
        let calendar = try #require(try await platform.connection.calendarID)
        _ = try await platform.google.client().insertEvent(
            EventContent(summary: "The coach's own", start: .day("2027-01-01"), end: .day("2027-01-02")), id: nil, in: calendar)
        platform.google.transport.isReachable = false
        let status = try await platform.sync.disconnectGoogleCalendar(of: platform.coach.id, removingEvents: true)
        #expect(status.eventCount == 3)
        try await platform.deliver()
        platform.google.transport.isReachable = true
        try await platform.deliver(after: 60)
        #expect(try await platform.liveEvents().map(\.summary) == ["The coach's own"])
        #expect(try await platform.sync.calendarConnection(of: "coach-1").eventCount == 0)

        try await platform.connect()
        #expect(try await platform.liveEvents().count == 4)
    }

    @Test func aRuleThatSomebodyLoweredIsRaisedAgain() async throws {
        let platform = try await Platform()
        try await platform.connect()
        let calendar = try #require(try await platform.connection.calendarID)
        _ = try await platform.google.client().patchRule(
            "user:coach@example.com", AclRule(role: .reader), in: calendar, notifies: false)
        _ = try await platform.sync.disconnectGoogleCalendar(of: platform.coach.id, removingEvents: false)
        try await platform.connect()
        #expect(try await platform.google.client().rule("user:coach@example.com", in: calendar).role == .writer)
    }

    @Test func anotherAddressTakesThePlaceOfTheFormer() async throws {
        let platform = try await Platform()
        try await platform.connect()
        let calendar = try #require(try await platform.connection.calendarID)
        var coach = platform.coach
        coach.email = "New@example.com"
        let (status, _) = try await platform.sync.connectGoogleCalendar(for: coach)
        #expect(status.connection.sharedWith == "new@example.com")
        #expect(status.connection.calendarID == calendar)
        var readers: [String?] = []
        for try await page in platform.google.client().rules(in: calendar) {
            readers += (page.items ?? []).filter { $0.role == .writer }.map { $0.scope?.value }
        }
        #expect(readers == ["new@example.com"])
    }

    /// As when an address was mistyped, and the answer about it never came.
    @Test func noFormerAddressKeepsItsAccess() async throws {
        let platform = try await Platform()
        let coach = Person(id: platform.coach.id, email: "typo@example.com", role: .coach)
        try platform.google.control(.post, "faults", ["method": "acl.insert", "effect": "afterCommit", "count": 1])
        await #expect(throws: SyncRefusal.self) { _ = try await platform.sync.connectGoogleCalendar(for: coach) }
        let (status, _) = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        #expect(status.connection.sharedWith == "coach@example.com")
        #expect(try !platform.google.state().contains(#""user:typo@example.com""#))
    }

    /// A calendar that was just made is not known everywhere at once.
    @Test(arguments: ["acl.insert", "acl.list"])
    func aNewCalendarThatGoogleDoesNotKnowYetIsWaitedFor(_ method: String) async throws {
        let platform = try await Platform()
        try platform.google.control(.post, "faults", ["method": method, "status": 404, "reason": "notFound", "count": 3])
        await #expect(throws: SyncRefusal.self) { _ = try await platform.sync.connectGoogleCalendar(for: platform.coach) }
        for _ in 1...4 { try await platform.deliver(after: 10) }
        #expect(try await platform.connection.isConnected)
        #expect(try await calendars(of: platform) == 1)
        #expect(try mails(of: platform) == 1)
    }

    @Test func aLookAtTheSharingThatFailsCostsNoSecondMail() async throws {
        let platform = try await Platform()
        try platform.google.control(.post, "faults", ["method": "acl.list", "status": 503, "count": 1])
        await #expect(throws: SyncRefusal.self) { _ = try await platform.sync.connectGoogleCalendar(for: platform.coach) }
        for _ in 1...3 { try await platform.deliver(after: 10) }
        #expect(try await platform.connection.isConnected)
        #expect(try mails(of: platform) == 1)
    }

    @Test func aFirstConnectionDoesNotReadTheListsOfAllCoaches() async throws {
        let platform = try await Platform()
        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        #expect(platform.calls == ["POST calendars", "GET rules", "POST rules", "GET rules"])
    }

    @Test func aCoachWhoConnectsAnewGetsACalendarOfThePresentAccount() async throws {
        let platform = try await Platform()
        try await platform.connect()
        let before = try await platform.connection.calendarID
        _ = try await platform.database.write {
            try $0.execute("UPDATE user_calendar_connection SET service_account = \("other@p.iam.gserviceaccount.com")")
        }
        try await platform.put("a")
        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        try await platform.deliver()
        #expect(try await platform.connection.calendarID != before)
        #expect(try await platform.status(of: "a").status == .synced)
    }

    @Test func aConnectedCoachIsToldSoWhateverTheLimits() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.google.control(.post, "faults", ["method": "events.insert", "status": 403, "reason": "quotaExceeded"])
        try await platform.put("a")
        try await platform.deliver()
        let (_, isNew) = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        #expect(!isNew)
        // A limit on events is none on sharing: connecting anew works, and the limit still holds for what is sent.
        _ = try await platform.sync.disconnectGoogleCalendar(of: platform.coach.id, removingEvents: false)
        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        try platform.google.control(.delete, "faults")
        platform.google.transport.forgetCalls()
        try await platform.deliver(after: 1800)
        #expect(platform.calls == [])
        #expect(try await platform.status(of: "a").status == .paused)
        #expect(try await platform.status(of: "a").error == .usageLimitReached)
        try await platform.deliver(after: 3601)
        #expect(try await platform.connection.isConnected)
        #expect(try await platform.status(of: "a").status == .synced)
    }

    @Test func whatATokenDoesNotMentionStaysAsItWasWhenConnecting() async throws {
        let platform = try await Platform()
        let brief = Person(id: platform.coach.id, email: platform.coach.email, role: .coach)
        _ = try await platform.sync.connectGoogleCalendar(for: brief)
        let kept = try await platform.database.read { try $0.person("coach-1") }
        #expect(kept == platform.coach)
        try await platform.sync.recognise(Person(id: platform.coach.id, role: .client))
        let role = try await platform.database.read { try $0.person("coach-1")?.role }
        #expect(role == .coach)
    }

    @Test func aUsageLimitIsNotTestedByImpatience() async throws {
        let platform = try await Platform()
        try platform.google.control(
            .post, "faults", ["method": "calendars.insert", "status": 403, "reason": "quotaExceeded"])
        for _ in 1...3 {
            let error = await #expect(throws: SyncRefusal.self) {
                _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
            }
            let until = try await platform.connection.pausedUntil
            #expect(error == .connectingFailed(.usageLimitReached, nextAttemptAt: until))
        }
        #expect(platform.calls.filter { $0 == "POST calendars" }.count == 1)
        try platform.google.control(.delete, "faults")
        try await platform.deliver(after: 3601)
        #expect(try await platform.connection.isConnected)
    }

    @Test func aCalendarThatGoogleRefusesIsTheOperatorsBusiness() async throws {
        let platform = try await Platform()
        try platform.google.control(.post, "faults", ["method": "calendars.insert", "status": 400, "reason": "invalid"])
        await #expect(throws: SyncRefusal.connectingFailed(.calendarRejected, nextAttemptAt: nil)) {
            _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        }
    }

    @Test func aFailureWhileSharingIsNotTakenForALostCalendar() async throws {
        let platform = try await Platform()
        try await platform.connect()
        let calendar = try #require(try await platform.connection.calendarID)
        _ = try await platform.google.client().patchRule(
            "user:coach@example.com", AclRule(role: .reader), in: calendar, notifies: false)
        _ = try await platform.sync.disconnectGoogleCalendar(of: platform.coach.id, removingEvents: false)
        try platform.google.control(
            .post, "faults", ["method": "acl.patch", "status": 500, "reason": "backendError", "count": 1])
        await #expect(throws: SyncRefusal.self) { _ = try await platform.sync.connectGoogleCalendar(for: platform.coach) }
        #expect(try await platform.connection.generation == 1)
        #expect(try await calendars(of: platform) == 1)
    }

    @Test func whatATokenDoesNotMentionStaysAsItWas() async throws {
        let platform = try await Platform()
        try await platform.sync.recognise(Person(id: platform.coach.id, role: .coach))
        let kept = try await platform.database.read { try $0.person("coach-1") }
        #expect(kept == platform.coach)
    }

    @Test func calendarsOfAnotherServiceAccountAreLeftAlone() async throws {
        let platform = try await Platform()
        try await platform.connect()
        _ = try await platform.database.write {
            try $0.execute("UPDATE user_calendar_connection SET service_account = \("other@p.iam.gserviceaccount.com")")
        }
        try await platform.put("a")
        try await platform.deliver(after: 60)
        #expect(platform.calls == [])
        #expect(try await platform.connection.isConnected)
        #expect(try await platform.status(of: "a").status == .pending)
        #expect(try await platform.sync.connectionsOfOtherServiceAccounts() == 1)
    }

    @Test func whoIsNotReadyToConnectIsToldWhy() async throws {
        let platform = try await Platform()
        let nameless = Person(id: "coach-2", role: .coach)
        await #expect(throws: SyncRefusal.emailMissing) { _ = try await platform.sync.connectGoogleCalendar(for: nameless) }
        await #expect(throws: InvalidInput.self) {
            _ = try await platform.sync.connectGoogleCalendar(for: platform.coach, colorID: "12")
        }
        await #expect(throws: SyncRefusal.neverConnected) { _ = try await platform.sync.calendarConnection(of: "coach-1") }
        await #expect(throws: SyncRefusal.neverConnected) { _ = try await platform.sync.syncNow("coach-1") }
        #expect(platform.calls == [])
    }
}
