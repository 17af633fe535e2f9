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
        let calls = try transaction.counts(of: .calls(of: account), last: QuotaUse.minutes, now: now)
        let made = try transaction.row(
            "SELECT COUNT(*) AS n FROM calendar_creation WHERE account = \(account) AND at > \(now - 24 * 60 * 60)")
        return QuotaUse(
            callsByMinute: calls, requestsPerMinute: limits.requestsPerMinute, calendarsMade: try made?.get("n") ?? 0,
            calendarsPerDay: limits.calendarsPerDay, changesPause: try pause(.changes, in: transaction, now: now),
            calendarsPause: try pause(.calendars, in: transaction, now: now))
    }
}
