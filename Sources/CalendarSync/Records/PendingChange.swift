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
    /// Whether it is there to fill a calendar, and so comes after what people have just done.
    var isBackfill: Bool

    var urgency: Urgency { isBackfill ? .backfill : .live }

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
        isBackfill = try row.get("is_backfill")
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
    func markPending(
        _ sessionID: String, of coachID: String, now: Date, settles: Bool, urgency: Urgency = .live
    ) throws {
        guard let connection = try connection(of: coachID), connection.isWanted else { return }
        let existing = try pendingChange(of: sessionID)
        let isRetrying = existing.map { $0.attempts > 0 && $0.parkedAt == nil } ?? false
        let queuedAt = existing?.queuedAt ?? now
        let settled = min(now + Settling.quiet, queuedAt + Settling.longest)
        let notBefore = isRetrying ? existing?.notBefore ?? now : settles ? max(now, settled) : now
        let isFilling = urgency == .backfill && existing == nil
        if isFilling { try countToBackfill(1, of: coachID) }
        try execute(
            """
            INSERT INTO pending_change (session_id, coach_id, version, queued_at, not_before, is_backfill)
            VALUES (\(sessionID), \(coachID), \(try nextVersion(of: coachID)), \(queuedAt), \(notBefore),
                \(urgency == .backfill))
            ON CONFLICT (session_id) DO UPDATE SET
                version = excluded.version, not_before = excluded.not_before,
                attempts = \(isRetrying ? existing?.attempts ?? 0 : 0), rereads = 0,
                last_error = \(isRetrying ? existing?.lastError : nil), parked_at = NULL,
                is_backfill = excluded.is_backfill
            """)
    }

    /// Changes that are there to fill the calendar.
    func backfillCount(of coachID: String) throws -> Int {
        let query: SQL =
            "SELECT COUNT(*) AS n FROM pending_change WHERE coach_id = \(coachID) AND is_backfill = 1 AND parked_at IS NULL"
        return try row(query)?.get("n") ?? 0
    }

    /// Adds to the backfill that is under way; where there is none, one begins. To be called before the changes are marked.
    private func countToBackfill(_ count: Int, of coachID: String) throws {
        try execute(
            """
            UPDATE user_calendar_connection SET backfill_total = \(count) + CASE WHEN EXISTS (
                SELECT 1 FROM pending_change WHERE coach_id = \(coachID) AND is_backfill = 1 AND parked_at IS NULL
            ) THEN backfill_total ELSE 0 END
            WHERE user_id = \(coachID)
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

    /// Of many that are marked together, the sessions that come soonest get the highest versions, and so are delivered first; what
    /// is over comes last. What people did to one of them just now keeps its place before all of them.
    private func mark(_ which: SQL, of coachID: String, now: Date) throws {
        let from: SQL = """
            FROM coaching_session s LEFT JOIN google_calendar_event e ON e.session_id = s.id AND e.removed_at IS NULL
            WHERE \(which)
            """
        let count = try row("SELECT COUNT(*) AS n \(from)")?.get("n", as: Int.self) ?? 0
        guard count > 0 else { return }
        let before = try nextVersion(of: coachID, count: count) - count
        let new = try row(
            "SELECT COUNT(*) AS n \(from) AND NOT EXISTS (SELECT 1 FROM pending_change p WHERE p.session_id = s.id)")
        try countToBackfill(new?.get("n") ?? 0, of: coachID)
        try execute(
            """
            INSERT INTO pending_change (session_id, coach_id, version, queued_at, not_before, is_backfill)
            SELECT s.id, s.coach_id,
                \(before) + ROW_NUMBER() OVER (ORDER BY CASE WHEN s.ends_at > \(now) THEN 1 ELSE 0 END, s.starts_at DESC, s.id),
                \(now), \(now), 1
            \(from)
            ON CONFLICT (session_id) DO UPDATE SET
                version = excluded.version, not_before = excluded.not_before, attempts = 0, rereads = 0, last_error = NULL,
                parked_at = NULL
            """)
    }

    /// Tries everything of this coach at once that waits or was given up.
    func hurry(changesOf coachID: String, now: Date) throws {
        try execute(
            """
            UPDATE pending_change SET not_before = \(now), parked_at = NULL, attempts = 0, rereads = 0
            WHERE coach_id = \(coachID)
            """)
    }

    /// After the clock was set back, what was put off until a moment that is now far ahead is due.
    func mendTimes(now: Date) throws {
        try execute(
            """
            UPDATE pending_change SET not_before = \(now)
            WHERE parked_at IS NULL AND not_before > \(now + Backoff.longestCalendarWait + LaneLease.clockDifference)
            """)
        try execute(
            """
            UPDATE user_calendar_connection SET paused_until = \(now)
            WHERE paused_until > \(now + LaneLease.clockDifference) + CASE state
                WHEN 'connecting' THEN \(Int(Pause.longestForALimit * 1000)) ELSE \(Int(Backoff.longestCalendarWait * 1000)) END
            """)
        try execute(
            """
            UPDATE user_calendar_connection SET paced_until = \(now), evenly_until = \(now)
            WHERE evenly_until > \(now + Pace.longestAhead + LaneLease.clockDifference)
            """)
        try execute(
            """
            UPDATE user_calendar_connection SET next_audit_at = \(now)
            WHERE state = 'connected' AND next_audit_at > \(now + 2 * UserCalendarConnection.auditInterval)
            """)
        // How long ago it was is not known any more, so it counts from now.
        try execute(
            "UPDATE google_calendar_event SET asked_at = \(now) WHERE asked_at > \(now + LaneLease.clockDifference)")
        let far = now + AvailabilitySource.longestWait + LaneLease.clockDifference
        try execute(
            """
            UPDATE availability_source SET read_at = NULL, notified_at = NULL, next_read_at = \(now)
            WHERE read_at > \(now + LaneLease.clockDifference) OR next_read_at > \(far)
            """)
        try execute(
            "UPDATE availability_source SET next_watch_at = \(now) WHERE next_watch_at > \(now + WatchChannel.lifetime)")
        try execute("UPDATE user_calendar_connection SET lane_served_at = \(now) WHERE lane_served_at > \(now)")
    }
}
