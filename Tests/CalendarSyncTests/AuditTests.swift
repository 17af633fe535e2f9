import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import CalendarSync

/// What people change in Google, and what becomes of it.
@Suite struct AuditTests {
    /// A coach with one session in the calendar, and hands to change its event.
    private struct Scene {
        let platform: Platform
        let calendar: String
        let event: Event

        init(
            _ policy: UserCalendarConnection.DriftPolicy = .restore, details: SessionDetails? = nil,
            limits: QuotaLimits = .none
        ) async throws {
            platform = try await Platform(limits: limits)
            try await platform.connect()
            _ = try await platform.sync.change(connectionOf: "coach-1", driftPolicy: policy)
            // Whatever budget connecting took is there again.
            if limits != .none { platform.clock.advance(by: 60) }
            try await platform.put("a", details)
            try await platform.deliver()
            calendar = try #require(try await platform.connection.calendarID)
            event = try #require(try await platform.liveEvents().first)
        }

        var client: GoogleCalendarClient { platform.google.client() }

        /// The coach changes something in Google, a while after it was written.
        func change(_ change: (inout EventContent) -> Void) async throws {
            platform.clock.advance(by: 60)
            guard let start = event.start, let end = event.end else { return }
            var content = EventContent(
                summary: event.summary, description: event.description, location: event.location, colorId: event.colorId,
                start: start, end: end, privateProperties: event.extendedProperties?.private ?? [:], source: event.source)
            change(&content)
            _ = try await client.patchEvent(content, id: event.id, in: calendar, ifMatch: nil)
        }

        func move(byHours hours: Double) async throws {
            try await change { content in
                guard case .at(let start, let zone) = content.start, case .at(let end, _) = content.end else { return }
                content.start = .at(start + hours * 3600, timeZone: zone)
                content.end = .at(end + hours * 3600, timeZone: zone)
            }
        }

        func delete() async throws {
            platform.clock.advance(by: 60)
            try await client.deleteEvent(event.id, in: calendar, ifMatch: nil)
        }

        /// Looks through the calendar, and lets what came of it be delivered.
        @discardableResult
        func audit(isDryRun: Bool = false, mostRemovals: Int? = nil) async throws -> [String] {
            let plan = try await platform.sync.audit("coach-1", isDryRun: isDryRun, mostRemovals: mostRemovals)
            try await platform.deliver()
            return plan.findings.map { "\($0.what) \($0.action)" }
        }

        var session: SyncedSession {
            get async throws { try await platform.sync.session("a", by: platform.coach) }
        }

        /// The events that are to be seen, as title and hours after the session's first time.
        var shown: [String] {
            get async throws {
                try await platform.liveEvents().map { event in
                    guard case .at(let time, _)? = event.start, case .at(let first, _)? = self.event.start else { return "?" }
                    return "\(event.summary ?? "") +\(Int(time.timeIntervalSince(first) / 3600))"
                }
            }
        }

        /// What happened since the event was first written.
        var story: [TimelineEntry.What] {
            get async throws { try await Array(platform.timeline(of: "a").dropFirst(2)) }
        }
    }

    enum Change: String, Sendable {
        case moved, renamed, deleted, unmarked
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var policy: UserCalendarConnection.DriftPolicy
        var change: Change
        var found: String
        /// What Google shows in the end.
        var shown: [String]
        var story: [TimelineEntry.What]
        /// What the coach is asked.
        var drift: SessionDrift.Kind?
        /// By how many hours the session moved.
        var moved = 0.0
        var testDescription: String { "\(policy) \(change)" }
    }

    @Test(arguments: [
        Case(
            policy: .restore, change: .moved, found: "edited restore", shown: ["Topic +0"], story: [.driftFound, .eventPatched]),
        Case(
            policy: .restore, change: .renamed, found: "edited restore", shown: ["Topic +0"],
            story: [.driftFound, .eventPatched]),
        Case(
            policy: .restore, change: .deleted, found: "missing restore", shown: ["Topic +0"],
            story: [.driftFound, .eventPatched]),
        Case(
            policy: .restore, change: .unmarked, found: "missing restore", shown: ["Topic +0"],
            story: [.driftFound, .eventPatched]),
        Case(
            policy: .adopt, change: .moved, found: "edited adopt", shown: ["Topic +3"],
            story: [.driftFound, .sessionMovedInCalendar, .eventPatched], moved: 3),
        Case(
            policy: .adopt, change: .renamed, found: "edited restore", shown: ["Topic +0"],
            story: [.driftFound, .eventPatched]),
        Case(
            policy: .adopt, change: .deleted, found: "missing restore", shown: ["Topic +0"],
            story: [.driftFound, .eventPatched]),
        Case(policy: .ask, change: .moved, found: "edited ask", shown: ["Topic +3"], story: [.driftFound], drift: .edited),
        Case(policy: .ask, change: .renamed, found: "edited ask", shown: ["Theirs +0"], story: [.driftFound], drift: .edited),
        Case(policy: .ask, change: .deleted, found: "missing ask", shown: [], story: [.driftFound], drift: .removed),
    ])
    func whatWasChangedInGoogleEndsAsTheCoachWants(_ it: Case) async throws {
        let scene = try await Scene(it.policy)
        let before = try await scene.session.session.details
        switch it.change {
        case .moved: try await scene.move(byHours: 3)
        case .renamed: try await scene.change { $0.summary = "Theirs" }
        case .deleted: try await scene.delete()
        case .unmarked:
            let theirs = EventContent(
                summary: "Theirs", start: try #require(scene.event.start), end: try #require(scene.event.end))
            _ = try await scene.client.updateEvent(theirs, id: scene.event.id, in: scene.calendar, ifMatch: nil)
        }
        #expect(try await scene.audit() == [it.found])
        #expect(try await scene.shown == it.shown)
        #expect(try await scene.story == it.story)
        let after = try await scene.session
        #expect(after.session.details.startsAt == before.startsAt + it.moved * 3600)
        #expect(after.session.details.duration == before.duration)
        #expect(after.session.status == .scheduled)
        #expect(after.calendarSync.drift?.kind == it.drift)
        #expect(try await scene.platform.events().count == 1, "it is the same event all along")
        // And then there is nothing more to find: no ghosts, and nothing is asked twice.
        for _ in 1...2 {
            #expect(try await scene.audit() == [])
            #expect(try await scene.story == it.story)
        }
        #expect(try await scene.platform.connection.eventsDrifted == 0)
    }

    struct Answer: Sendable {
        var change: Change
        var decision: CalendarSyncService.DriftDecision
        var shown: [String]
        var status = CoachingSession.Status.scheduled
    }

    @Test(arguments: [
        Answer(change: .moved, decision: .calendar, shown: ["Topic +3"]),
        Answer(change: .moved, decision: .session, shown: ["Topic +0"]),
        Answer(change: .renamed, decision: .calendar, shown: ["Topic +0"]),
        Answer(change: .renamed, decision: .session, shown: ["Topic +0"]),
        Answer(change: .deleted, decision: .calendar, shown: [], status: .cancelled),
        Answer(change: .deleted, decision: .session, shown: ["Topic +0"]),
    ])
    func whoIsAskedDecides(_ it: Answer) async throws {
        let scene = try await Scene(.ask)
        switch it.change {
        case .moved: try await scene.move(byHours: 3)
        case .renamed: try await scene.change { $0.summary = "Theirs" }
        case .deleted, .unmarked: try await scene.delete()
        }
        try await scene.audit()
        #expect(try await scene.session.calendarSync.drift != nil)
        let settled = try await scene.platform.sync.settleDrift(of: "a", by: scene.platform.coach, it.decision)
        #expect(settled.calendarSync.drift == nil)
        try await scene.platform.deliver()
        #expect(try await scene.shown == it.shown)
        let session = try await scene.session
        #expect(session.session.status == it.status)
        #expect(session.calendarSync.status == .synced)
        #expect(try await scene.audit() == [])
        await #expect(throws: SyncRefusal.noDrift) {
            _ = try await scene.platform.sync.settleDrift(of: "a", by: scene.platform.coach, .session)
        }
    }

    @Test func anEditOfTheSessionAnswersTheQuestionToo() async throws {
        let scene = try await Scene(.ask)
        try await scene.move(byHours: 3)
        try await scene.audit()
        try await scene.platform.put("a", scene.platform.details(inHours: 48, topic: "Edited"))
        try await scene.platform.deliver(after: 1)
        #expect(try await scene.session.calendarSync.drift == nil)
        #expect(try await scene.platform.liveEvents().map(\.summary) == ["Edited"])
    }

    @Test(arguments: [UserCalendarConnection.DriftPolicy.adopt, .ask])
    func aTimeAtWhichTheCoachHasAnotherSessionIsNotTakenOver(_ policy: UserCalendarConnection.DriftPolicy) async throws {
        let scene = try await Scene(policy)
        try await scene.platform.put("b", scene.platform.details(inHours: 27, topic: "Other"))
        try await scene.platform.deliver()
        try await scene.move(byHours: 2.5)
        try await scene.audit()
        if policy == .ask {
            await #expect(throws: InvalidInput.self) {
                _ = try await scene.platform.sync.settleDrift(of: "a", by: scene.platform.coach, .calendar)
            }
            #expect(try await scene.session.calendarSync.drift != nil, "the question stands")
            _ = try await scene.platform.sync.settleDrift(of: "a", by: scene.platform.coach, .session)
            try await scene.platform.deliver()
        }
        #expect(try await scene.shown.sorted() == ["Other +3", "Topic +0"])
        #expect(try await scene.session.session.revision == 1)
        #expect(try await scene.story == [.driftFound, .eventPatched])
        #expect(try await scene.audit() == [])
    }

    // MARK: Strays

    /// An event with our marker.
    private func marked(_ session: String, _ title: String, in scene: Scene) async throws -> Event {
        let start = scene.platform.clock.now + 86_400
        return try await scene.client.insertEvent(
            EventContent(
                summary: title, start: .at(start, timeZone: nil), end: .at(start + 3600, timeZone: nil),
                privateProperties: Marker(sessionID: session, contentHash: "h").properties), id: nil, in: scene.calendar)
    }

    @Test func whatBelongsToNoSessionIsTakenOutAndWhatIsNotOursStays() async throws {
        let scene = try await Scene()
        try await scene.platform.put("cancelled", scene.platform.details(topic: "Cancelled"))
        _ = try await scene.platform.sync.cancel("cancelled", by: scene.platform.coach)
        let other = try await scene.platform.coach(2)
        try await scene.platform.put("of-another", by: other)
        try await scene.platform.deliver()
        for (session, title) in [("nobody", "1"), ("cancelled", "2"), ("a", "3"), ("of-another", "4")] {
            _ = try await marked(session, title, in: scene)
        }
        let day = EventContent(summary: "Holiday", start: .day("2026-11-01"), end: .day("2026-11-02"))
        _ = try await scene.client.insertEvent(day, id: nil, in: scene.calendar)
        var almost = day
        almost.summary = "Almost ours"
        almost.privateProperties = ["loomScheme": Marker.scheme]
        _ = try await scene.client.insertEvent(almost, id: nil, in: scene.calendar)

        #expect(try await scene.audit() == Array(repeating: "stray remove", count: 4))
        #expect(try await scene.platform.liveEvents().compactMap(\.summary).sorted() == ["Almost ours", "Holiday", "Topic"])
        #expect(try await scene.platform.connection.eventsDrifted == 4)
        #expect(try await scene.audit() == [])
        #expect(try await scene.session.calendarSync.status == .synced)
    }

    @Test func manyAreHeldBackUntilSomebodySaysSo() async throws {
        let scene = try await Scene()
        for number in 1...6 { _ = try await marked("gone-\(number)", "Stray", in: scene) }
        #expect(try await scene.audit() == Array(repeating: "stray hold", count: 6))
        #expect(try await scene.platform.liveEvents().count == 7)
        #expect(try await scene.platform.connection.removalsHeld == 6)
        #expect(try await scene.audit(mostRemovals: 6) == Array(repeating: "stray remove", count: 6))
        #expect(try await scene.shown == ["Topic +0"])
        #expect(try await scene.platform.connection.removalsHeld == 0)
    }

    @Test func aStrayThatChangedSinceItWasSeenStays() async throws {
        let scene = try await Scene()
        _ = try await marked("nobody", "Stray", in: scene)
        try scene.platform.google.control(
            .post, "faults", ["method": "events.delete", "status": 412, "reason": "conditionNotMet", "count": 1])
        try await scene.audit()
        #expect(try await scene.platform.liveEvents().count == 2)
        try await scene.audit()
        #expect(try await scene.platform.liveEvents().count == 1)
    }

    // MARK: What proves nothing

    @Test func anEmptyListThatASingleEventContradictsChangesNothing() async throws {
        let scene = try await Scene()
        scene.platform.google.transport.substitute = { request in
            guard request.method == .get, request.path?.contains("/events?") == true else { return nil }
            return Data(#"{"kind":"calendar#events","items":[]}"#.utf8)
        }
        await #expect(throws: SyncRefusal.self) { try await scene.audit() }
        #expect(try await scene.story == [])
        #expect(try await scene.platform.pendingCount == 0)
        let connection = try await scene.platform.connection
        #expect(connection.isConnected)
        #expect(connection.auditedAt == nil, "it was not looked through")
        scene.platform.google.transport.substitute = nil
        #expect(try await scene.audit() == [])
        #expect(try await scene.shown == ["Topic +0"])
    }

    @Test func anEmptyListIsBelievedWhenTheEventIsGone() async throws {
        let scene = try await Scene()
        try await scene.delete()
        #expect(try await scene.audit() == ["missing restore"])
        #expect(try await scene.shown == ["Topic +0"])
    }

    @Test func aCalendarThatIsGoneEndsTheConnection() async throws {
        let scene = try await Scene()
        try await scene.client.deleteCalendar(scene.calendar)
        await #expect(throws: SyncRefusal.notConnected(.calendarMissing)) { try await scene.audit() }
        let connection = try await scene.platform.connection
        #expect(connection.state == .needsAttention)
        #expect(connection.lastError == .calendarMissing)
        #expect(try await scene.session.calendarSync.status == .paused)
    }

    @Test func aReadThatFailsHalfwayProvesNothing() async throws {
        let scene = try await Scene()
        for number in 1...4 { try await scene.platform.put("s\(number)") }
        try await scene.platform.deliver()
        try scene.platform.google.control(.post, "switches", ["pageSizeLimit": 2, "emptyPages": true])
        try await scene.delete()
        scene.platform.google.transport.substitute = { request in
            if request.path?.contains("pageToken") == true { throw URLError(.networkConnectionLost) }
            return nil
        }
        await #expect(throws: SyncRefusal.self) { try await scene.audit() }
        #expect(try await scene.platform.pendingCount == 0)
        #expect(try await scene.story == [])
        scene.platform.google.transport.substitute = nil
        scene.platform.clock.advance(by: 3_600)
        #expect(try await scene.audit() == ["missing restore"])
        #expect(try await scene.platform.liveEvents().count == 5)
    }

    /// Reminders are everybody's own, and Google brings what it gets into its own form.
    @Test func whatIsNobodysBusinessIsNoDrift() async throws {
        var details = SessionDetails(
            topic: "", startsAt: ManualClock().now + 86_400, timeZone: "Europe/Berlin", location: "")
        details.sharedSummary = ""
        let scene = try await Scene(details: details)
        #expect(scene.event.summary == nil)
        #expect(scene.event.location == nil)
        let path = "calendars/\(scene.calendar)/events/\(scene.event.id)"
        let override: [String: any Sendable] = ["method": "popup", "minutes": 5]
        let reminder: [String: any Sendable] = ["useDefault": false, "overrides": [override]]
        #expect(try scene.platform.google.act(as: "coach@example.com", .patch, path, ["reminders": reminder]) == 200)
        #expect(try await scene.client.event(scene.event.id, in: scene.calendar).etag != scene.event.etag)
        #expect(try await scene.audit() == [])
        let properties = ["extendedProperties": ["private": ["theirs": "yes"]]]
        #expect(try scene.platform.google.act(as: "coach@example.com", .patch, path, properties) == 200)
        #expect(try await scene.audit() == [])
        #expect(try await scene.story == [])
    }

    /// The coach themselves, who may write into the calendar.
    @Test func whatTheCoachMovesIsSeen() async throws {
        let scene = try await Scene(.adopt)
        let path = "calendars/\(scene.calendar)/events/\(scene.event.id)"
        let times: [String: any Sendable] = [
            "start": ["dateTime": "2026-10-28T09:30:00", "timeZone": "Asia/Tokyo"],
            "end": ["dateTime": "2026-10-28T10:15:00", "timeZone": "Asia/Tokyo"],
        ]
        #expect(try scene.platform.google.act(as: "coach@example.com", .patch, path, times) == 200)
        #expect(try await scene.audit() == ["edited adopt"])
        let details = try await scene.session.session.details
        #expect(details.startsAt == (try Date("2026-10-28T00:30:00Z", strategy: .iso8601)))
        #expect(details.duration == .seconds(45 * 60))
        #expect(details.timeZone == "Europe/Berlin")
        #expect(try await scene.audit() == [])
    }

    // MARK: Looking only

    @Test func aDryRunChangesNothing() async throws {
        let scene = try await Scene()
        try await scene.platform.put("b", scene.platform.details(topic: "Other"))
        try await scene.platform.deliver()
        try await scene.delete()
        _ = try await marked("nobody", "Stray", in: scene)
        let before = try await scene.platform.events()
        let connection = try await scene.platform.connection
        scene.platform.google.transport.forgetCalls()
        #expect(try await scene.audit(isDryRun: true) == ["missing restore", "stray remove"])
        #expect(scene.platform.calls.allSatisfy { $0.hasPrefix("GET") })
        #expect(try await scene.platform.events() == before)
        #expect(try await scene.platform.connection == connection)
        #expect(try await scene.story == [])
        #expect(try await scene.platform.pendingCount == 0)
    }

    @Test func howMuchHadDriftedIsKept() async throws {
        let scene = try await Scene()
        for number in 1...9 { try await scene.platform.put("s\(number)") }
        try await scene.platform.deliver()
        #expect(try await scene.platform.connection.auditedAt == nil)
        try await scene.change { $0.summary = "Theirs" }
        try await scene.audit()
        let connection = try await scene.platform.connection
        #expect(connection.auditedAt == scene.platform.clock.now)
        #expect(connection.eventsAudited == 10)
        #expect(connection.eventsDrifted == 1)
        #expect(connection.removalsHeld == 0)
    }

    @Test func whoIsNotConnectedHasNothingToLookThrough() async throws {
        let scene = try await Scene()
        _ = try await scene.platform.sync.disconnectGoogleCalendar(of: "coach-1", removingEvents: false)
        await #expect(throws: SyncRefusal.notConnected(nil)) { try await scene.audit() }
        await #expect(throws: SyncRefusal.neverConnected) { _ = try await scene.platform.sync.audit("coach-2") }
        #expect(try await scene.platform.sync.connectedCoaches() == [])
    }

    // MARK: By themselves

    @Test func calendarsAreLookedThroughByThemselves() async throws {
        let scene = try await Scene()
        try await scene.delete()
        try await scene.platform.work(for: 4 * 3_600)
        #expect(try await scene.platform.connection.auditedAt == nil)
        try await scene.platform.work(for: 4 * 3_600)
        let first = try #require(try await scene.platform.connection.auditedAt)
        #expect(try await scene.shown == ["Topic +0"])
        try await scene.delete()
        try await scene.platform.work(for: 8 * 3_600)
        let second = try #require(try await scene.platform.connection.auditedAt)
        #expect((4.5...7.6).contains(second.timeIntervalSince(first) / 3600))
        #expect(try await scene.shown == ["Topic +0"])
    }

    @Test func whoIsAskedForALookGetsItSoon() async throws {
        let scene = try await Scene()
        try await scene.delete()
        _ = try await scene.platform.sync.requestAudit(of: "coach-1")
        try await scene.platform.deliver()
        #expect(try await scene.platform.connection.auditedAt == scene.platform.clock.now)
        #expect(try await scene.shown == ["Topic +0"])
    }

    @Test func nothingIsLookedThroughWhileTheAccountIsPaused() async throws {
        let scene = try await Scene()
        try scene.platform.google.control(
            .post, "faults", ["method": "events.insert", "status": 403, "reason": "quotaExceeded", "count": 1])
        try await scene.platform.put("b")
        try await scene.platform.deliver()
        _ = try await scene.platform.sync.requestAudit(of: "coach-1")
        scene.platform.google.transport.forgetCalls()
        try await scene.platform.work(for: 3_500)
        #expect(scene.platform.calls == [])
        try await scene.platform.work(for: 200)
        #expect(try await scene.platform.connection.auditedAt != nil)
    }

    @Test func nothingIsLookedThroughWhileTheCalendarWaits() async throws {
        let scene = try await Scene()
        scene.platform.google.transport.isReachable = false
        try await scene.platform.put("b")
        try await scene.platform.work(for: 1_800)
        let until = try await scene.platform.connection.pausedUntil
        #expect(until > scene.platform.clock.now + 60)
        scene.platform.google.transport.isReachable = true
        scene.platform.google.transport.forgetCalls()
        _ = try await scene.platform.sync.requestAudit(of: "coach-1")
        try await scene.platform.deliver(after: 30)
        #expect(scene.platform.calls == [])
        #expect(try await scene.platform.connection.auditedAt == nil)
    }

    @Test func anAuditThatFailedIsTriedAgainSoonerThanUsual() async throws {
        let scene = try await Scene()
        try scene.platform.google.control(.post, "faults", ["method": "events.list", "status": 503, "count": 1])
        _ = try await scene.platform.sync.requestAudit(of: "coach-1")
        try await scene.platform.deliver()
        #expect(try await scene.platform.connection.lastError == .googleUnavailable)
        try await scene.platform.work(for: 1_200)
        #expect(try await scene.platform.connection.auditedAt != nil)
    }

    // MARK: Rebuilding

    @Test func aCalendarDeletedInGoogleIsRebuiltWhole() async throws {
        let slow = QuotaLimits(requestsPerMinute: 60, calendarsPerDay: 9, betweenCalendars: .zero)
        let scene = try await Scene(limits: slow)
        for number in 1...14 { try await scene.platform.put("s\(number)") }
        try await scene.platform.work(for: 60)
        #expect(try await scene.platform.liveEvents().count == 15)
        try await scene.client.deleteCalendar(scene.calendar)
        _ = try await scene.platform.sync.rebuildCalendar(of: "coach-1")
        var seen: [BackfillProgress] = []
        for _ in 1...60 {
            try await scene.platform.work(for: 2)
            if let progress = try await scene.platform.sync.calendarConnection(of: "coach-1").backfill { seen.append(progress) }
        }
        #expect(seen.allSatisfy { $0.total == 15 })
        #expect(seen.map(\.done) == seen.map(\.done).sorted())
        #expect(Set(seen.map(\.done)).count > 3)
        let connection = try await scene.platform.connection
        #expect(connection.isConnected)
        #expect(connection.calendarID != scene.calendar)
        #expect(try await scene.platform.liveEvents().count == 15)
        #expect(try await scene.session.calendarSync.status == .synced)
        #expect(try await scene.audit() == [])
    }

    @Test func aRebuildWritesEveryEventAnewAndMakesNone() async throws {
        let scene = try await Scene()
        for number in 1...4 { try await scene.platform.put("s\(number)") }
        try await scene.platform.deliver()
        try await scene.change { $0.summary = "Theirs" }
        scene.platform.google.transport.forgetCalls()
        _ = try await scene.platform.sync.rebuildCalendar(of: "coach-1")
        try await scene.platform.deliver()
        #expect(scene.platform.calls.count { $0 == "PATCH event" } >= 5)
        #expect(scene.platform.calls.count { $0 == "POST events" } == 0)
        #expect(try await scene.platform.events().map(\.summary) == Array(repeating: "Topic", count: 5))
        #expect(try await scene.platform.connection.calendarID == scene.calendar)
    }
}
