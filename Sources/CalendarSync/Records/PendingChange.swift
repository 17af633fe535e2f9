import Foundation
import Storage

/// "This session may differ from Google": a row of the outbox. It is written in the same transaction as the change itself.
struct PendingChange: Sendable, Equatable {
    var sessionID: String
    var coachID: String
    /// Grows with every mark, and never comes back, so that a change which came in during a delivery is not taken for delivered.
    var version: Int
    var queuedAt: Date
    var notBefore: Date
    var attempts: Int
    /// How often in a row a look at what is there has settled nothing.
    var rereads: Int
    var lastError: SyncReason?
    /// Google refused this session for good; it waits for the next change to it.
    var parkedAt: Date?

    init(_ row: Row) throws {
        sessionID = try row.get("session_id")
        coachID = try row.get("coach_id")
        version = try row.get("version")
        queuedAt = try row.get("queued_at")
        notBefore = try row.get("not_before")
        attempts = try row.get("attempts")
        rereads = try row.get("rereads")
        lastError = try row.find("last_error")
        parkedAt = try row.find("parked_at")
    }
}

/// How long an edit waits for the next one, so that several in a row are one call.
enum Settling {
    /// After an edit that may be followed by another.
    static let quiet: TimeInterval = 0.5
    /// After the first of them, at the latest.
    static let longest: TimeInterval = 1.25
}

extension Transaction {
    func pendingChange(of sessionID: String) throws -> PendingChange? {
        try row("SELECT * FROM pending_change WHERE session_id = \(sessionID)").map { try PendingChange($0) }
    }

    /// Notes that a session may differ from its coach's calendar from now on.
    /// - Parameter settles: whether to wait a moment for more edits.
    func markPending(_ sessionID: String, of coachID: String, now: Date, settles: Bool) throws {
        guard let connection = try connection(of: coachID), connection.isWanted else { return }
        let existing = try pendingChange(of: sessionID)
        let isRetrying = existing.map { $0.attempts > 0 && $0.parkedAt == nil } ?? false
        let queuedAt = existing?.queuedAt ?? now
        let settled = min(now + Settling.quiet, queuedAt + Settling.longest)
        let notBefore = isRetrying ? existing?.notBefore ?? now : settles ? max(now, settled) : now
        try execute(
            """
            INSERT INTO pending_change (session_id, coach_id, version, queued_at, not_before)
            VALUES (\(sessionID), \(coachID), \(try nextVersion(of: coachID)), \(queuedAt), \(notBefore))
            ON CONFLICT (session_id) DO UPDATE SET
                version = excluded.version, not_before = excluded.not_before,
                attempts = \(isRetrying ? existing?.attempts ?? 0 : 0), rereads = 0,
                last_error = \(isRetrying ? existing?.lastError : nil), parked_at = NULL
            """)
    }

    /// Marks, at once, every session of a coach that may differ from the calendar: those to come, and all that have an event.
    func markAllPending(of coachID: String, now: Date) throws {
        try mark(
            "s.coach_id = \(coachID) AND ((s.status = 'scheduled' AND s.ends_at > \(now)) OR e.session_id IS NOT NULL)",
            of: coachID, now: now)
    }

    /// Marks the sessions to come, whose events are to look different.
    func markFuturePending(of coachID: String, now: Date) throws {
        try mark("s.coach_id = \(coachID) AND s.status = 'scheduled' AND s.ends_at > \(now)", of: coachID, now: now)
    }

    /// Marks every session that has, or may have, an event in this calendar.
    func markEventsPending(in calendarID: String, of coachID: String, now: Date) throws {
        try mark("e.calendar_id = \(calendarID)", of: coachID, now: now)
    }

    private func mark(_ which: SQL, of coachID: String, now: Date) throws {
        try execute(
            """
            INSERT INTO pending_change (session_id, coach_id, version, queued_at, not_before)
            SELECT s.id, s.coach_id, \(try nextVersion(of: coachID)), \(now), \(now)
            FROM coaching_session s LEFT JOIN google_calendar_event e ON e.session_id = s.id AND e.removed_at IS NULL
            WHERE \(which)
            ON CONFLICT (session_id) DO UPDATE SET
                version = excluded.version, not_before = excluded.not_before, attempts = 0, rereads = 0, last_error = NULL,
                parked_at = NULL
            """)
    }
}
