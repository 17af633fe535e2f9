import Coaching
import Foundation
import Storage

/// Why a coach's time cannot be taken.
public enum TimeConflict: Sendable, Equatable {
    /// Another session of the coach; its id is for those who may see it.
    case session(id: String?, TimeRange)
    /// Somebody is about to book it.
    case hold(TimeRange)
    /// One of the coach's Google calendars is busy. What with is nobody's business.
    case busy(TimeRange)
    /// One of the coach's Google calendars does not say whether it is busy.
    case unknown(TimeRange, UnknownReason)

    public var range: TimeRange {
        switch self {
        case .session(_, let range), .hold(let range), .busy(let range), .unknown(let range, _): range
        }
    }
}

extension Schema {
    /// The longest stretch that one session or hold takes: what is read to find whatever overlaps.
    static let longestTaken = SessionDetails.longestDuration.seconds + TimeInterval(BookingRules.longestBufferMinutes * 60)

    /// Two sessions of a coach never take the same time, whatever way they come in: SQLite refuses it.
    ///
    /// What takes time: scheduled sessions and holds that have not expired, each until `taken_until`. A session that allows overlap is
    /// not refused itself, and keeps others away like any other. "Now" is when the new row says that it was written.
    static var noOverlap: String {
        """
        CREATE TRIGGER session_takes_time_when_created BEFORE INSERT ON coaching_session
        WHEN NEW.status = 'scheduled' AND NEW.allows_overlap = 0
        BEGIN
            SELECT RAISE(ABORT, 'time taken') WHERE \(isTaken(but: "o.id <> NEW.id", now: "NEW.updated_at"));
        END;

        -- What a session has, it keeps: only time that is new to it is looked at.
        CREATE TRIGGER session_takes_time_when_changed
        BEFORE UPDATE OF coach_id, starts_at, taken_until, status, allows_overlap ON coaching_session
        WHEN NEW.status = 'scheduled' AND NEW.allows_overlap = 0 AND (
            OLD.status <> 'scheduled' OR OLD.allows_overlap = 1 OR NEW.coach_id <> OLD.coach_id
            OR NEW.starts_at < OLD.starts_at OR NEW.taken_until > OLD.taken_until)
        BEGIN
            SELECT RAISE(ABORT, 'time taken') WHERE \(isTaken(but: "o.id <> NEW.id", now: "NEW.updated_at"));
        END;

        CREATE TRIGGER session_takes_all_its_time_when_created BEFORE INSERT ON coaching_session
        WHEN NEW.taken_until < NEW.ends_at BEGIN SELECT RAISE(ABORT, 'taken_until is before the end'); END;

        CREATE TRIGGER session_takes_all_its_time_when_changed BEFORE UPDATE OF ends_at, taken_until ON coaching_session
        WHEN NEW.taken_until < NEW.ends_at BEGIN SELECT RAISE(ABORT, 'taken_until is before the end'); END;

        CREATE TRIGGER hold_takes_time BEFORE INSERT ON hold
        BEGIN
            SELECT RAISE(ABORT, 'time taken') WHERE \(isTaken(but: "1 = 1", now: "NEW.created_at"));
        END;

        CREATE TRIGGER hold_stays_where_it_is BEFORE UPDATE OF coach_id, starts_at, ends_at, taken_until ON hold
        BEGIN
            SELECT RAISE(ABORT, 'a hold cannot move');
        END;
        """
    }

    /// - Parameter but: which sessions do not count.
    private static func isTaken(but others: String, now: String) -> String {
        let overlaps = """
            o.coach_id = NEW.coach_id AND o.starts_at < NEW.taken_until AND o.taken_until > NEW.starts_at
                AND o.starts_at > NEW.starts_at - \(Int(longestTaken * 1000))
            """
        return """
            EXISTS (SELECT 1 FROM coaching_session o WHERE o.status = 'scheduled' AND \(others) AND \(overlaps))
                OR EXISTS (SELECT 1 FROM hold o WHERE o.expires_at > \(now) AND \(overlaps))
            """
    }
}

extension Transaction {
    /// How many conflicts are named at most.
    private static var mostConflicts: Int { 10 }

    /// The sessions and holds of a coach that are in the way.
    /// - Parameters:
    ///   - range: the time that is to be taken.
    ///   - gap: the time that the coach keeps free between two sessions.
    ///   - sessionID: the session that is to take it, which is not in its own way.
    ///   - holdID: a hold that is not in the way either.
    ///   - actor: who is told.
    func conflicts(
        of coachID: String, with range: TimeRange, gap: TimeInterval, but sessionID: String?, holdID: String? = nil,
        for actor: Person? = nil,
        now: Date
    ) throws -> [TimeConflict] {
        let overlaps: SQL = """
            coach_id = \(coachID) AND starts_at < \(range.end + gap) AND taken_until > \(range.start)
                AND starts_at > \(range.start - Schema.longestTaken)
            """
        let sessions = try rows(
            """
            SELECT id, client_id, starts_at, ends_at FROM coaching_session
            WHERE status = 'scheduled' AND id <> \(sessionID ?? "") AND \(overlaps) ORDER BY starts_at LIMIT \(Self.mostConflicts)
            """)
        let holds = try rows(
            """
            SELECT starts_at, ends_at FROM hold WHERE expires_at > \(now) AND id <> \(holdID ?? "") AND \(overlaps)
            ORDER BY starts_at LIMIT \(Self.mostConflicts)
            """)
        return try sessions.map { row in
            let isSeen = try actor?.role != .client || row.find("client_id") == actor?.id
            return .session(id: isSeen ? try row.get("id") : nil, try TimeRange(row))
        } + holds.map { .hold(try TimeRange($0)) }
    }
}

extension TimeRange {
    /// Of the columns `starts_at` and `ends_at`.
    init(_ row: Row) throws {
        guard let range = TimeRange(try row.get("starts_at"), try row.get("ends_at")) else {
            throw StorageError.unexpectedValue(column: "ends_at")
        }
        self = range
    }
}

extension SessionDetails {
    var range: TimeRange? { TimeRange(startsAt, endsAt) }
}
