import Foundation
import Storage

/// How much of what Google allows the service account is used.
public struct QuotaUse: Sendable, Equatable {
    /// Calls in each of the last ``minutes``, oldest first; the last one is the minute that has begun.
    public var callsByMinute: [Int]
    /// Google's limit, below which the engine stays.
    public var requestsPerMinute: Int
    /// Calendars made in the last 24 hours.
    public var calendarsMade: Int
    public var calendarsPerDay: Int
    /// What stops changes now.
    public var changesPause: AccountPause?
    /// What stops the making of calendars now.
    public var calendarsPause: AccountPause?

    public static let minutes = 60
}

extension Governor {
    func use(in transaction: any Transaction, now: Date) throws -> QuotaUse {
        let last = now.minute
        var calls = Array(repeating: 0, count: QuotaUse.minutes)
        let first = last - QuotaUse.minutes + 1
        for row in try transaction.rows(
            "SELECT minute, calls FROM quota_use WHERE name = \(account) AND minute BETWEEN \(first) AND \(last)")
        {
            calls[try row.get("minute", as: Int.self) - first] = try row.get("calls")
        }
        let made = try transaction.row(
            "SELECT COUNT(*) AS n FROM calendar_creation WHERE account = \(account) AND at > \(now - 24 * 60 * 60)")
        return QuotaUse(
            callsByMinute: calls, requestsPerMinute: limits.requestsPerMinute, calendarsMade: try made?.get("n") ?? 0,
            calendarsPerDay: limits.calendarsPerDay, changesPause: try pause(.changes, in: transaction, now: now),
            calendarsPause: try pause(.calendars, in: transaction, now: now))
    }
}

extension Transaction {
    func countCall(of account: String, now: Date) throws {
        let minute = now.minute
        let query: SQL = """
            INSERT INTO quota_use (name, minute, calls) VALUES (\(account), \(minute), 1)
            ON CONFLICT (name, minute) DO UPDATE SET calls = quota_use.calls + 1 RETURNING calls
            """
        guard try row(query)?.get("calls") == 1 else { return }
        // The first of a minute takes away what is a day old.
        try execute("DELETE FROM quota_use WHERE minute < \(minute - 24 * 60)")
    }
}

extension Date {
    fileprivate var minute: Int { Int(timeIntervalSince1970 / 60) }
}
