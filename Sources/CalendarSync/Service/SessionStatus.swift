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
    /// What was changed in Google and waits for the coach's decision.
    public var drift: SessionDrift?
}

extension CalendarSyncStatus {
    /// - Parameter pause: what stops the whole service account now.
    init(
        _ session: CoachingSession, connection: UserCalendarConnection?, pause: AccountPause?, change: PendingChange?,
        event: GoogleCalendarEvent?, drift: SessionDrift?, now: Date
    ) {
        let known = event.flatMap { $0.isKnownToExist && $0.calendarID == connection?.calendarID ? $0 : nil }
        let shown = known.flatMap { $0.removedAt == nil ? $0 : nil }
        self.init(
            status: .notConnected, googleEventID: shown?.googleEventID, htmlLink: shown?.htmlLink, syncedAt: known?.syncedAt,
            error: nil, nextAttemptAt: nil, drift: drift)
        guard let connection, connection.isWanted else { return }
        if connection.state == .needsAttention, change != nil || connection.hasLostItsCalendar {
            status = .paused
            error = connection.lastError
            if connection.hasLostItsCalendar { (googleEventID, htmlLink) = (nil, nil) }
        } else if let change {
            let due = max(change.notBefore, connection.pausedUntil, pause?.until ?? .distantPast)
            nextAttemptAt = change.parkedAt == nil && due > now ? due : nil
            error = change.lastError ?? (connection.pausedUntil > now ? connection.lastError : nil)
            if let pause, change.parkedAt == nil { error = pause.reason }
            status = change.parkedAt != nil ? .failed : error?.pausesLane == true ? .paused : .pending
        } else if !connection.isConnected {
            // Whatever happened to it meanwhile is looked at once the coach is connected.
            status = connection.state == .needsAttention ? .paused : .pending
            error = connection.lastError
            nextAttemptAt = connection.state == .connecting && connection.pausedUntil > now ? connection.pausedUntil : nil
        } else {
            // Of a session that was over before the coach connected, no event is made.
            status = shown == nil && session.status == .scheduled ? .notConnected : .synced
        }
    }
}

extension UserCalendarConnection {
    fileprivate var hasLostItsCalendar: Bool {
        state == .needsAttention && (lastError == .calendarMissing || lastError == .accessRevoked)
    }
}

extension Transaction {
    func synced(
        _ session: CoachingSession, _ warnings: [TimeConflict] = [], now: Date
    ) throws -> SyncedSession {
        var all = try synced([session], now: now)
        all[0].warnings = warnings
        return all[0]
    }

    /// Several at once, with what they have in common read once.
    func synced(_ sessions: [CoachingSession], now: Date) throws -> [SyncedSession] {
        let overlaps = try overlaps(of: sessions, now: now)
        var connections: [String: (UserCalendarConnection?, AccountPause?)] = [:]
        return try sessions.map { session in
            let (connection, pause) =
                try connections[session.coachID]
                ?? {
                    let connection = try self.connection(of: session.coachID)
                    return (connection, try connection.flatMap { try self.pause(of: $0, now: now) })
                }()
            connections[session.coachID] = (connection, pause)
            return SyncedSession(
                session: session,
                calendarSync: CalendarSyncStatus(
                    session, connection: connection, pause: pause, change: try pendingChange(of: session.id),
                    event: try event(of: session.id), drift: try drift(of: session.id), now: now),
                overlaps: overlaps[session.id] ?? [], warnings: [])
        }
    }

    /// What stops all changes of this connection's service account now.
    func pause(of connection: UserCalendarConnection, now: Date) throws -> AccountPause? {
        try pause(.changes, of: connection.serviceAccount).flatMap { $0.holds(at: now) ? $0 : nil }
    }
}
