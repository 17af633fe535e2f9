import Coaching
import Foundation
import Storage

/// How a session stands in its coach's calendar.
public struct CalendarSyncStatus: Sendable, Equatable {
    public enum Status: String, Sendable, CaseIterable {
        /// There is no calendar for it to be in.
        case notConnected
        /// On its way.
        case pending
        /// In the calendar as it is now; for a cancelled session, no longer in it.
        case synced
        /// Google refused it for good; `error` says why and what to do.
        case failed
        /// The whole calendar waits; `error` says for what.
        case paused
    }

    public var status: Status
    public var googleEventID: String?
    public var htmlLink: String?
    public var syncedAt: Date?
    public var error: SyncReason?
    /// When it is tried next, as far as that is planned.
    public var nextAttemptAt: Date?
}

extension CalendarSyncStatus {
    init(
        _ session: CoachingSession, connection: UserCalendarConnection?, change: PendingChange?, event: GoogleCalendarEvent?,
        now: Date
    ) {
        let shown = event.flatMap { $0.removedAt == nil ? $0 : nil }
        self.init(
            status: .notConnected, googleEventID: shown?.googleEventID, htmlLink: shown?.htmlLink, syncedAt: event?.syncedAt,
            error: nil, nextAttemptAt: nil)
        guard let connection, connection.isWanted else { return }
        guard let change else {
            status = event == nil ? .notConnected : .synced
            return
        }
        error = change.lastError ?? connection.lastError
        if change.parkedAt != nil {
            status = .failed
        } else if connection.state == .needsAttention {
            status = .paused
            error = connection.lastError
        } else {
            let due = max(change.notBefore, connection.pausedUntil)
            nextAttemptAt = due > now ? due : nil
            status = connection.pausedUntil > now + Self.pauseWorthTelling ? .paused : .pending
        }
    }

    /// A lane that waits no longer than this is merely on its way.
    private static let pauseWorthTelling: TimeInterval = 45
}

extension Transaction {
    func synced(_ session: CoachingSession, now: Date) throws -> SyncedSession {
        SyncedSession(
            session: session,
            calendarSync: CalendarSyncStatus(
                session, connection: try connection(of: session.coachID), change: try pendingChange(of: session.id),
                event: try event(of: session.id), now: now))
    }
}
