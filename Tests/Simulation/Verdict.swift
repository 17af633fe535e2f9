import CalendarSync
import Coaching
import Foundation
import GoogleCalendar
import HTTPTypes
import Storage

/// After the storm: everything works again, people do what they were told to do, and time passes. Then it is looked at.
extension Storm {
    func judge() async throws {
        isOver = true
        tell("the storm is over")
        clock.skew = 0
        _ = try emulator.control(.delete, "faults")
        control("switches", ["purgeTombstones": false])
        pass(120)
        for index in 0...1 { _ = node(index) }
        try await settleDown("after the storm")
        try await actAsAdvised()
        try await settleDown("after people have acted")
        try await checkNothingIsLost()
        try await checkNobodyIsBookedTwice()
        try await lookThroughCalendars()
        try await checkInvisibleEditsAreNoDrift()
        try await checkCalendars()
        try await checkNothingIsSentForNothing()
    }

    /// Both programs work, and time passes, until nothing is left to do.
    private func settleDown(_ when: String) async throws {
        for round in 0..<600 {
            await work(node(round % 2), turns: 50)
            if try await isQuiet() { return }
            pass(round < 120 ? 2 : round < 300 ? 60 : 900)
        }
        let left = try await observer.pendingSessions()
        fail("\(when) something is left to do for ever: \(left)")
    }

    private func isQuiet() async throws -> Bool {
        try await database.read { transaction in
            let open = try transaction.row(
                """
                SELECT (SELECT COUNT(*) FROM pending_change p JOIN user_calendar_connection c ON c.user_id = p.coach_id
                        WHERE p.parked_at IS NULL AND (c.state = 'connected' OR c.removal_requested_at IS NOT NULL))
                    + (SELECT COUNT(*) FROM user_calendar_connection WHERE state = 'connecting') AS n
                """)
            return try open?.get("n", as: Int.self) == 0
        }
    }

    /// Coaches connect again where they are told to, have what was refused tried again, and answer what they are asked.
    private func actAsAdvised() async throws {
        for coach in coaches.map(\.person) {
            guard let status = try? await observer.calendarConnection(of: coach.id) else { continue }
            if status.connection.state == .needsAttention {
                if status.connection.lastError?.actor == .nobody { fail("\(coach.id) has to act and nobody says so") }
                do {
                    _ = try await node(0).sync.connectGoogleCalendar(for: coach)
                } catch SyncRefusal.connectingFailed(_, nextAttemptAt: .some) {
                } catch SyncRefusal.connectingAlready {}
            }
            if status.failedCount > 0 {
                try await checkParkedHaveReasons(coach)
                do {
                    _ = try await node(0).sync.syncNow(coach.id)
                } catch SyncRefusal.notConnected {}
            }
            try await answerQuestions(coach)
        }
    }

    private func checkParkedHaveReasons(_ coach: Person) async throws {
        for session in try await observer.sessions(by: coach, limit: 500).items where session.calendarSync.status == .failed {
            if session.calendarSync.error == nil { fail("\(session.session.id) is given up without a reason") }
        }
    }

    private func answerQuestions(_ coach: Person) async throws {
        for session in try await observer.sessions(by: coach, limit: 500).items where session.calendarSync.drift != nil {
            told[session.session.id] = try await node(0).sync.settleDrift(of: session.session.id, by: coach, .session)
                .session
        }
    }

    /// Every acknowledged session is as its caller was told; but for times that a coach let the calendar decide.
    private func checkNothingIsLost() async throws {
        for (id, told) in told.sorted(by: { $0.key < $1.key }) {
            guard var found = try? await observer.session(id, by: Self.admin).session else {
                fail("\(id) was acknowledged and is lost")
                continue
            }
            if try await observer.timeline(of: id, by: Self.admin).contains(where: { $0.what == .sessionMovedInCalendar }) {
                found.details.startsAt = told.details.startsAt
                found.details.duration = told.details.duration
            }
            if found.details != told.details || found.status != told.status {
                fail("\(id) is not as its caller was told")
            }
        }
    }

    /// Of two sessions at the same time, at least one is there because its coach wanted it so.
    private func checkNobodyIsBookedTwice() async throws {
        for coach in coaches.map(\.person) {
            let sessions = try await observer.sessions(by: coach, limit: 500).items.map(\.session)
                .filter { $0.status == .scheduled && !$0.details.allowsOverlap }
            for (one, next) in zip(sessions, sessions.dropFirst()) where one.details.endsAt > next.details.startsAt {
                fail("\(one.id) and \(next.id) are at the same time")
            }
        }
    }

    /// Where nobody meddled there is nothing to put right. Where somebody did, once is enough.
    private func lookThroughCalendars() async throws {
        for coach in coaches.map(\.person) {
            guard let connection = try? await observer.calendarConnection(of: coach.id).connection, connection.isConnected
            else { continue }
            guard let first = try await audit(coach) else { continue }
            let isMild = !weather.hasMeddling && !weather.losesCalendars
            if isMild, first.drifted > 0 {
                fail(
                    "the calendar of \(coach.id) had drifted by itself: \(first.findings.map { "\($0.what) \($0.sessionID)" })")
            }
        }
        try await settleDown("after the audit")
        try await actAsAdvised()
        try await settleDown("after people have acted again")
        for coach in coaches.map(\.person) { try await answerQuestions(coach) }
        try await settleDown("after the questions")
        for coach in coaches.map(\.person) {
            guard try await isConnected(coach) else { continue }
            let second = try await node(1).sync.audit(coach.id)
            if second.drifted > 0 {
                fail("the audit finds ghosts for \(coach.id): \(second.findings.map { "\($0.what) \($0.sessionID)" })")
            }
        }
        try await settleDown("after the second audit")
    }

    /// Another program of the coach's keeps a note of its own at our events.
    private func checkInvisibleEditsAreNoDrift() async throws {
        for coach in coaches where try await isConnected(coach.person) {
            let calendar = try await observer.calendarConnection(of: coach.person.id).connection.calendarID ?? ""
            for event in try await events(in: calendar) ?? [] where event.id.hasPrefix("loom") {
                _ = ask(
                    coach, .patch, "calendars/\(calendar)/events/\(event.id)",
                    ["extendedProperties": ["private": ["otherProgram": "\(seed)"]]])
            }
            let found = try await node(0).sync.audit(coach.person.id)
            if found.drifted > 0 { fail("the audit of \(coach.person.id) takes what nobody sees for drift") }
        }
    }

    /// - Returns: nil when the calendar turns out to be gone.
    private func audit(_ coach: Person) async throws -> AuditPlan? {
        do {
            // Programs that have died with their clocks ahead keep their lanes for a little longer.
            for _ in 0..<5 {
                do {
                    return try await node(0).sync.audit(coach.id, mostRemovals: 1_000)
                } catch SyncRefusal.busy {
                    pass(120)
                } catch SyncRefusal.auditFailed(let reason, _) where reason.actor == .nobody {
                    pass(reason == .usageLimitReached ? 9 * 60 * 60 : 120)
                }
            }
            return try await node(0).sync.audit(coach.id, mostRemovals: 1_000)
        } catch SyncRefusal.notConnected where weather.losesCalendars {
            return nil
        }
    }

    private func isConnected(_ coach: Person) async throws -> Bool {
        (try? await observer.calendarConnection(of: coach.id).connection.isConnected) ?? false
    }

    // MARK: Calendars

    private func checkCalendars() async throws {
        var mine: Set<String> = []
        var everConnected = 0
        for coach in coaches.map(\.person) {
            guard let status = try? await observer.calendarConnection(of: coach.id) else { continue }
            everConnected += 1
            guard let calendar = status.connection.calendarID else { continue }
            mine.insert(calendar)
            guard let events = try await events(in: calendar) else {
                if status.connection.isConnected { fail("\(coach.id) is connected to a calendar that is gone") }
                continue
            }
            checkForeign(in: calendar, events)
            if status.connection.isConnected {
                try await checkEvents(of: coach, events, status.connection)
            } else if status.connection.removalRequestedAt != nil {
                // Copies that coaches made have ids of Google's own, and are theirs.
                for event in events where event.id.hasPrefix("loom") {
                    fail("\(event.id) is still in the calendar that \(coach.id) has disconnected")
                }
            }
        }
        guard !weather.losesCalendars else { return }
        var calendars = 0
        for try await page in google.calendarList() { calendars += (page.items ?? []).count { $0.primary != true } }
        if calendars > everConnected { fail("\(calendars) calendars for \(everConnected) coaches") }
    }

    private func events(in calendar: String) async throws -> [Event]? {
        var events: [Event] = []
        do {
            for try await page in google.events(in: calendar) { events += page.items ?? [] }
        } catch GoogleCalendarError.refused(let refusal) where refusal.status == 404 {
            return nil
        }
        return events
    }

    private func checkForeign(in calendar: String, _ events: [Event]) {
        for (id, title) in foreign[calendar, default: [:]] where events.first(where: { $0.id == id })?.summary != title {
            fail("an event that is none of ours was touched: \(title)")
        }
    }

    /// Exactly one right event for each session to come, none else.
    private func checkEvents(of coach: Person, _ events: [Event], _ connection: UserCalendarConnection) async throws {
        let ours = Dictionary(
            grouping: events.filter { $0.extendedProperties?.private?["loomSession"] != nil },
            by: { $0.extendedProperties?.private?["loomSession"] ?? "" })
        let sessions = try await observer.sessions(by: coach, limit: 500).items
        for (id, found) in ours {
            if found.count > 1 { fail("\(id) is in the calendar \(found.count) times") }
            if sessions.first(where: { $0.session.id == id })?.session.status != .scheduled {
                fail("\(id) is in the calendar and should not be")
            }
        }
        for it in sessions where it.session.status == .scheduled {
            guard let event = ours[it.session.id]?.first else {
                if it.session.details.startsAt > clock.now { fail("\(it.session.id) is not in the calendar") }
                continue
            }
            // Events of sessions that are over keep the look they had.
            if it.session.details.endsAt > clock.now, let wrong = Self.difference(event, it.session, connection) {
                fail("\(it.session.id) shows a wrong \(wrong)")
            }
            if it.calendarSync.status != .synced { fail("\(it.session.id) is said to be \(it.calendarSync.status)") }
        }
    }

    /// What an event should look like, thought out without the engine.
    private static func difference(
        _ event: Event, _ session: CoachingSession, _ connection: UserCalendarConnection
    ) -> String? {
        let details = session.details
        let level = connection.detailLevel
        if event.summary != (level == .busyOnly ? "Busy" : details.topic ?? "Coaching Session") { return "title" }
        if event.location != (level == .full ? details.location : nil) { return "place" }
        if event.colorId != connection.colorID { return "colour" }
        if event.transparency ?? "opaque" != "opaque" { return "transparency" }
        guard case .at(let start, _)? = event.start, case .at(let end, _)? = event.end else { return "kind of time" }
        if start != details.startsAt || end != details.endsAt { return "time" }
        let text = event.description ?? ""
        if (level == .busyOnly) != (event.description == nil) { return "description" }
        if level == .full, let summary = details.sharedSummary, !text.contains(summary) { return "summary" }
        if level != .full, text.contains("Summary") { return "openness" }
        return nil
    }

    // MARK: Silence

    /// What has not changed costs no call: no edit that says the same again, no passing of time.
    private func checkNothingIsSentForNothing() async throws {
        let before = calls - lists
        for it in told.values.sorted(by: { $0.id < $1.id }) where it.status == .scheduled {
            guard let coach = coaches.first(where: { $0.person.id == it.coachID })?.person,
                let now = try? await observer.session(it.id, by: coach), now.calendarSync.googleEventID != nil,
                now.session.details.endsAt > clock.now
            else { continue }
            _ = try await node(0).sync.put(it.id, coachID: nil, details: now.session.details, by: coach)
            _ = try await node(0).sync.edit(it.id, by: coach) { $0.privateNotes = "\(Self.canary) again" }
        }
        pass(5)
        await work(node(0), turns: 50)
        pass(60)
        await work(node(1), turns: 50)
        if calls - lists != before { fail("\(calls - lists - before) calls were made for nothing") }
    }
}

extension CalendarSyncService {
    /// For messages: what is still to be sent.
    fileprivate func pendingSessions() async throws -> [String] {
        let admin = Storm.admin
        return try await sessions(by: admin, limit: 500).items
            .filter { $0.calendarSync.status == .pending || $0.calendarSync.status == .paused }
            .map { "\($0.session.id) \($0.calendarSync.error?.rawValue ?? "")" }
    }
}
