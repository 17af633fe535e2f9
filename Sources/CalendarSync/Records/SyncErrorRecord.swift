import Foundation
import Storage

/// A failure in the history of a connection. The same failure again, before it was resolved, counts up.
public struct SyncError: Sendable, Equatable {
    /// Grows with every new entry of a connection.
    public var number: Int
    /// The session it happened to; nil when it concerns the whole connection.
    public var sessionID: String?
    public var reason: SyncReason
    /// What Google answered, for operators: status, Google's reason and sentence.
    public var detail: String
    public var firstAt: Date
    public var lastAt: Date
    public var occurrences: Int
    public var resolvedAt: Date?
}

extension Transaction {
    func recordError(
        of userID: String, session sessionID: String?, _ reason: SyncReason, detail: String, now: Date
    ) throws {
        let bumped = try execute(
            """
            UPDATE sync_error SET last_at = \(now), occurrences = occurrences + 1, detail = \(detail)
            WHERE user_id = \(userID) AND resolved_at IS NULL AND reason = \(reason)
                AND COALESCE(session_id, '') = \(sessionID ?? "")
            """)
        if bumped > 0 { return }
        try execute(
            """
            INSERT INTO sync_error (user_id, number, session_id, reason, detail, first_at, last_at, occurrences)
            SELECT \(userID), COALESCE(MAX(number), 0) + 1, \(sessionID), \(reason), \(detail), \(now), \(now), 1
            FROM sync_error WHERE user_id = \(userID)
            """)
    }

    /// A success resolves what had happened to this session, and what had happened to the connection as a whole.
    func resolveErrors(of userID: String, session sessionID: String?, now: Date) throws {
        try execute(
            """
            UPDATE sync_error SET resolved_at = \(now)
            WHERE user_id = \(userID) AND resolved_at IS NULL
                AND (session_id IS NULL OR session_id = \(sessionID ?? ""))
            """)
    }

    /// After disconnecting nothing that went wrong before matters any more.
    func resolveAllErrors(of userID: String, now: Date) throws {
        try execute("UPDATE sync_error SET resolved_at = \(now) WHERE user_id = \(userID) AND resolved_at IS NULL")
    }

    func hasUnresolvedErrors(of userID: String) throws -> Bool {
        try row("SELECT 1 AS one FROM sync_error WHERE user_id = \(userID) AND resolved_at IS NULL LIMIT 1") != nil
    }

    /// Newest first.
    /// - Parameter number: only errors older than this one.
    func errors(of userID: String, before number: Int?, limit: Int) throws -> [SyncError] {
        try rows(
            """
            SELECT * FROM sync_error WHERE user_id = \(userID) AND number < \(number ?? Int.max)
            ORDER BY number DESC LIMIT \(limit)
            """
        ).map { try SyncError($0) }
    }
}

extension SyncError {
    init(_ row: Row) throws {
        self.init(
            number: try row.get("number"), sessionID: try row.find("session_id"), reason: try row.get("reason"),
            detail: try row.get("detail"), firstAt: try row.get("first_at"), lastAt: try row.get("last_at"),
            occurrences: try row.get("occurrences"), resolvedAt: try row.find("resolved_at"))
    }
}
