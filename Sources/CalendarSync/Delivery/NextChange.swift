import Coaching
import Foundation
import GoogleCalendar
import Storage

/// A change and what to do about it, read in one transaction.
struct PlannedChange: Sendable {
    var change: PendingChange
    var calendarID: String
    var plan: SyncPlan
}

extension Transaction {
    /// What needs no call is settled here, at most so many in one transaction.
    private static var mostSettledAtOnce: Int { 100 }

    /// The next change that needs a call, paid for, and with its intent on record if it is an insert.
    /// - Returns: nil when nothing is to be sent now, there is no budget for it, or the lease is lost.
    func beginNextChange(_ lease: LaneLease, publicURL: URL, governor: Governor, now: Date) throws -> PlannedChange? {
        guard try governor.pause(.changes, in: self, now: now) == nil, let lease = try renew(lease, now: now) else {
            return nil
        }
        for _ in 0..<Self.mostSettledAtOnce {
            guard let work = try nextChange(of: lease.coachID, publicURL: publicURL, now: now) else { return nil }
            if work.plan == .nothing {
                _ = try record(.delivered(.unchanged), of: work.change, lease: lease, governor: governor, now: now)
                continue
            }
            if try governor.wait(for: work.change.urgency, in: self, now: now) != nil { return nil }
            try governor.take(work.change.urgency, in: self, now: now)
            try intend(work, now: now)
            return work
        }
        return nil
    }

    /// Notes what is about to be asked of Google, whose answer may never come: an event that may then exist, or one that may then look
    /// different from what was last seen.
    private func intend(_ work: PlannedChange, now: Date) throws {
        switch work.plan {
        case .nothing: return
        case .insert(_, let generation):
            try save(
                GoogleCalendarEvent.intent(
                    of: work.change.sessionID, in: work.calendarID, generation: generation, now: now))
        case .patch(_, var known):
            known.contentHash = ""
            known.askedAt = now
            try save(known)
        case .delete(var known):
            // That it is gone is seen by looking, so nothing is waited for.
            known.contentHash = ""
            try save(known)
        }
    }

    /// The change whose turn it is: what people have just done first, and of that the newest.
    func nextChange(of coachID: String, publicURL: URL, now: Date) throws -> PlannedChange? {
        guard let connection = try connection(of: coachID), let calendarID = connection.calendarID,
            connection.isConnected || connection.removalRequestedAt != nil,
            connection.pausedUntil <= now, connection.pace.nextWriteAt <= now
        else { return nil }
        guard let change = try nextPendingChange(of: coachID, now: now), let session = try session(change.sessionID) else {
            return nil
        }
        let isWanted = connection.isConnected && session.status == .scheduled
        let wanted =
            isWanted
            ? WantedEvent(session.shared, style: try style(of: connection, publicURL: publicURL)).numbered(change.version) : nil
        return PlannedChange(
            change: change, calendarID: calendarID,
            plan: SyncPlanner.plan(wanted: wanted, known: try event(of: session.id), calendarID: calendarID))
    }

    /// Whether something is due in this lane.
    func hasDueChange(of coachID: String, now: Date) throws -> Bool { try nextPendingChange(of: coachID, now: now) != nil }

    private func nextPendingChange(of coachID: String, now: Date) throws -> PendingChange? {
        for isBackfill in [false, true] {
            // The plus keeps the index by time out of it: read by version, the first row that is due is the answer. Rows that are not due
            // are few, since a change is put off only after it was tried.
            let newest = try row(
                """
                SELECT * FROM pending_change
                WHERE coach_id = \(coachID) AND is_backfill = \(isBackfill) AND parked_at IS NULL AND +not_before <= \(now)
                ORDER BY version DESC LIMIT 1
                """)
            if let newest { return try PendingChange(newest) }
        }
        return nil
    }

    func style(of connection: UserCalendarConnection, publicURL: URL) throws -> EventStyle {
        EventStyle(
            words: EventWords(locale: try person(connection.userID)?.locale), detailLevel: connection.detailLevel,
            colorID: connection.colorID, publicURL: publicURL)
    }
}
