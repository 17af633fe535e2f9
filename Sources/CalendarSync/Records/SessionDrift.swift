import Foundation
import Storage

/// A change that was made in Google to a session's event, and that waits for the coach's decision.
public struct SessionDrift: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable, SQLConvertible {
        case edited
        case removed
    }

    public var kind: Kind
    public var foundAt: Date
    /// When the event takes place in Google, if it was moved.
    public var time: DateInterval?
}

extension Transaction {
    func drift(of sessionID: String) throws -> SessionDrift? {
        try row("SELECT * FROM session_drift WHERE session_id = \(sessionID)").map { row in
            let (start, end): (Date?, Date?) = (try row.find("starts_at"), try row.find("ends_at"))
            return SessionDrift(
                kind: try row.get("kind"), foundAt: try row.get("found_at"),
                time: start.flatMap { start in end.map { DateInterval(start: start, end: $0) } })
        }
    }

    func save(_ it: SessionDrift, of sessionID: String) throws {
        try execute(
            """
            INSERT INTO session_drift (session_id, kind, found_at, starts_at, ends_at)
            VALUES (\(sessionID), \(it.kind), \(it.foundAt), \(it.time?.start), \(it.time?.end))
            ON CONFLICT (session_id) DO UPDATE SET
                kind = excluded.kind, found_at = excluded.found_at, starts_at = excluded.starts_at, ends_at = excluded.ends_at
            """)
    }

    /// - Returns: whether there was any.
    @discardableResult
    func forgetDrift(of sessionID: String) throws -> Bool {
        try execute("DELETE FROM session_drift WHERE session_id = \(sessionID)") > 0
    }
}
