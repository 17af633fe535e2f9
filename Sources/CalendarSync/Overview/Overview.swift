import Coaching
import Foundation
import Storage

/// How the whole stands, for an operator who looks at it.
public struct Overview: Sendable, Equatable {
    public var figures: Figures
    public var quota: QuotaUse
    /// Changes that reached a calendar in each of the last ``hours``, oldest first; the last one has only begun.
    public var writtenByHour: [Int]
    /// Attempts that failed.
    public var failedByHour: [Int]
    /// Events that differed from their sessions when their calendar was last looked through.
    public var eventsDrifted: Int
    /// Changes made in Google that wait for their coaches' decision.
    public var driftsUndecided: Int
    /// Events that looked like strays and were too many to be removed without asking.
    public var removalsHeld: Int
    /// Those in trouble first, then those with much to do.
    public var connections: [ConnectionSummary]
    /// Newest first.
    public var errors: [CoachError]

    public static let hours = 24
    static let connectionsShown = 50
    static let errorsShown = 20
}

/// A line about one coach's connection.
public struct ConnectionSummary: Sendable, Equatable {
    public var connection: UserCalendarConnection
    public var name: String?
    public var pendingCount: Int
}

/// A failure, and whose calendar it was.
public struct CoachError: Sendable, Equatable {
    public var coachID: String
    public var name: String?
    public var error: SyncError
}

extension CalendarSyncService {
    public func overview() async throws -> Overview {
        let figures = try await figures()
        let now = now
        let governor = governor
        return try await database.read { transaction in
            let sums = try transaction.row(
                """
                SELECT COALESCE(SUM(events_drifted), 0) AS drifted, COALESCE(SUM(removals_held), 0) AS held
                FROM user_calendar_connection WHERE state <> 'disconnected'
                """)
            return Overview(
                figures: figures, quota: try governor.use(in: transaction, now: now),
                writtenByHour: try transaction.counts(of: .written, last: Overview.hours, now: now),
                failedByHour: try transaction.counts(of: .failed, last: Overview.hours, now: now),
                eventsDrifted: try sums?.get("drifted") ?? 0,
                driftsUndecided: try transaction.row("SELECT COUNT(*) AS n FROM session_drift")?.get("n") ?? 0,
                removalsHeld: try sums?.get("held") ?? 0, connections: try transaction.connectionSummaries(),
                errors: try transaction.newestErrors())
        }
    }

    /// What happened lately to the sessions of one coach, newest first.
    public func story(of coachID: String, limit: Int = 50) async throws -> [(session: CoachingSession, entry: TimelineEntry)] {
        try await database.read { transaction in
            // The newest sessions have the newest entries, and all entries of one coach would be too many to sort.
            let newest = try transaction.rows(
                """
                SELECT * FROM coaching_session WHERE coach_id = \(coachID) AND id IN (
                    SELECT id FROM coaching_session WHERE coach_id = \(coachID) ORDER BY updated_at DESC LIMIT \(limit))
                """
            ).map { try CoachingSession($0) }
            let entries = try newest.flatMap { session in
                try transaction.timeline(of: session.id).map { (session: session, entry: $0) }
            }
            return Array(entries.sorted { $0.entry.at > $1.entry.at }.prefix(limit))
        }
    }

    /// A coach by id or address; nil when there is none.
    public func coach(_ idOrEmail: String) async throws -> Person? {
        try await database.read { transaction in
            try transaction.row(
                """
                SELECT * FROM person WHERE role = 'coach' AND (id = \(idOrEmail) OR LOWER(email) = \(idOrEmail.lowercased()))
                ORDER BY id LIMIT 1
                """
            ).map { try Person($0) }
        }
    }
}

extension Transaction {
    fileprivate func connectionSummaries() throws -> [ConnectionSummary] {
        try rows(
            """
            SELECT c.*, p.name AS person_name, COALESCE(w.n, 0) AS pending
            FROM user_calendar_connection c JOIN person p ON p.id = c.user_id
            LEFT JOIN (SELECT coach_id, COUNT(*) AS n FROM pending_change WHERE parked_at IS NULL GROUP BY coach_id) w
                ON w.coach_id = c.user_id
            ORDER BY CASE c.state WHEN 'needsAttention' THEN 0 WHEN 'connecting' THEN 1 WHEN 'connected' THEN 2 ELSE 3 END,
                c.sync_error_count DESC, pending DESC, c.last_sync_at DESC LIMIT \(Overview.connectionsShown)
            """
        ).map { row in
            ConnectionSummary(
                connection: try UserCalendarConnection(row), name: try row.find("person_name"),
                pendingCount: try row.get("pending"))
        }
    }

    fileprivate func newestErrors() throws -> [CoachError] {
        try rows(
            """
            SELECT e.*, p.name AS person_name FROM sync_error e JOIN person p ON p.id = e.user_id
            ORDER BY e.last_at DESC LIMIT \(Overview.errorsShown)
            """
        ).map { CoachError(coachID: try $0.get("user_id"), name: try $0.find("person_name"), error: try SyncError($0)) }
    }
}
