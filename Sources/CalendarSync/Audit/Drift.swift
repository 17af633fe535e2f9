import Coaching
import Foundation
import GoogleCalendar
import Storage

extension Transaction {
    /// The sessions of a coach that have to do with a window of time, or are named by an event in it.
    func auditedSessions(
        of connection: UserCalendarConnection, in window: DateInterval, named ids: [String], publicURL: URL
    ) throws -> [AuditedSession] {
        let coachID = connection.userID
        let style = try style(of: connection, publicURL: publicURL)
        var sessions = try rows(
            """
            SELECT * FROM coaching_session
            WHERE coach_id = \(coachID) AND ends_at > \(window.start) AND starts_at < \(window.end)
                AND starts_at > \(window.start - SessionDetails.longestDuration.seconds)
            """
        ).map { try CoachingSession($0) }
        let found = Set(sessions.map(\.id))
        for id in Set(ids).subtracting(found).sorted() {
            if let session = try session(id), session.coachID == coachID { sessions.append(session) }
        }
        return try sessions.map { session in
            let known = try event(of: session.id)
            return AuditedSession(
                session: session, wanted: session.status == .scheduled ? WantedEvent(session.shared, style: style) : nil,
                known: known?.calendarID == connection.calendarID ? known : nil,
                isPending: try pendingChange(of: session.id) != nil, drift: try drift(of: session.id))
        }
    }

    /// Puts one session right, or asks its coach. Events that are to be removed were removed before.
    func apply(_ finding: AuditPlan.Finding, to session: CoachingSession, in calendarID: String, now: Date) throws {
        switch finding.action {
        case .remove, .hold: return
        case .restore:
            if finding.what != .unsent { try note(.driftFound, of: session.id, now: now) }
            try restore(session, found: finding.etag, in: calendarID, now: now)
        case .adopt:
            try note(.driftFound, of: session.id, now: now)
            if let time = finding.googleTime { _ = try adopt(time, by: session, now: now) }
            // Whatever else was changed in the event is put right; and the new time too, if it cannot be.
            try restore(session, found: finding.etag, in: calendarID, now: now)
        case .ask:
            try note(.driftFound, of: session.id, now: now)
            try save(
                SessionDrift(kind: finding.what == .missing ? .removed : .edited, foundAt: now, time: finding.googleTime),
                of: session.id)
        }
    }

    /// Has the event written anew, whatever it shows now.
    /// - Parameter etag: the version that was found, if there is an event.
    func restore(
        _ session: CoachingSession, found etag: String?, in calendarID: String, urgency: Urgency = .backfill, now: Date
    ) throws {
        if var event = try event(of: session.id), event.calendarID == calendarID, event.isKnownToExist {
            event.contentHash = ""
            if let etag { event.etag = etag }
            try save(event)
        }
        try markPending(session.id, of: session.coachID, now: now, settles: false, urgency: urgency)
    }

    /// The session takes over the time that its event was moved to.
    /// - Returns: false when it cannot, because the coach has something else then or no session can be like that.
    func adopt(_ time: DateInterval, by session: CoachingSession, now: Date) throws -> Bool {
        var moved = session
        moved.details.startsAt = time.start
        moved.details.duration = .seconds(Int(time.duration.rounded()))
        let gap = try bookingRules(of: session.coachID).gap
        guard moved.details.violations.isEmpty, let range = moved.details.range,
            try conflicts(of: session.coachID, with: range, gap: gap, but: session.id, now: now).isEmpty
        else { return false }
        moved.revision += 1
        moved.updatedAt = now
        try update(moved, gap: gap, isMore: true)
        try note(.sessionMovedInCalendar, of: session.id, now: now)
        return true
    }
}
