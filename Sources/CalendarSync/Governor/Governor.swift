import Foundation
import GoogleCalendar
import Storage

/// Hands out the calls that one service account may make, and remembers for how long it may make none.
///
/// All it knows is in the database, so any number of processes share one budget. Nothing here waits: who is refused learns when to
/// come back.
struct Governor: Sendable {
    let account: String
    let project: String
    let limits: QuotaLimits

    init(client: GoogleCalendarClient, limits: QuotaLimits) {
        account = client.serviceAccount
        project = client.project
        self.limits = limits
    }

    /// No call could be made for want of budget. Nothing was asked of Google.
    struct HeldBack: Error {
        var until: Date
    }

    private var budgets: [(name: String, limit: Int)] {
        [(account, limits.requestsPerMinute), ("project \(project)", limits.requestsPerMinutePerProject)]
    }

    // MARK: Calls

    /// Takes one call out of the account's and the project's budget.
    func take(_ urgency: Urgency, in transaction: any Transaction, now: Date) throws {
        if let until = try wait(for: urgency, in: transaction, now: now) { throw HeldBack(until: until) }
        for (name, limit) in budgets {
            var budget = try transaction.budget(name, limit: limit, now: now)
            _ = budget.take(urgency, limit: limit)
            try transaction.save(budget, name)
        }
        try transaction.count(.calls(of: account), now: now)
    }

    /// When a call of this urgency could be made; nil when it can be now.
    func wait(for urgency: Urgency, in transaction: any Transaction, now: Date) throws -> Date? {
        let moments = try budgets.compactMap { name, limit -> Date? in
            let budget = try transaction.budget(name, limit: limit, now: now)
            let wait = budget.wait(for: urgency, limit: limit)
            // Rounded up to what the database can tell apart, so that whoever comes back then is not a moment too early.
            return wait > 0 ? budget.levelAt + wait + 0.001 : nil
        }
        return moments.max()
    }

    /// Google has refused a call because of its rate.
    func slowDown(in transaction: any Transaction, now: Date) throws {
        var budget = try transaction.budget(account, limit: limits.requestsPerMinute, now: now)
        budget.refused(now: now)
        try transaction.save(budget, account)
    }

    // MARK: Calendars

    private static let day: TimeInterval = 24 * 60 * 60

    /// Notes that a calendar is about to be made.
    /// - Returns: nil when it may be; otherwise nothing is noted, and this is when to come back.
    func takeCalendar(in transaction: any Transaction, now: Date) throws -> Date? {
        try transaction.execute(
            "DELETE FROM calendar_creation WHERE account = \(account) AND (at <= \(now - Self.day) OR at > \(now))")
        let earlier = try transaction.rows("SELECT at FROM calendar_creation WHERE account = \(account) ORDER BY at DESC")
            .map { try $0.get("at", as: Date.self) }
        var next = now
        if let last = earlier.first { next = max(next, last + limits.betweenCalendars.seconds) }
        if limits.calendarsPerDay > 0, earlier.count >= limits.calendarsPerDay {
            next = max(next, earlier[limits.calendarsPerDay - 1] + Self.day)
        }
        if next > now { return next }
        try transaction.execute("INSERT INTO calendar_creation (account, at) VALUES (\(account), \(now))")
        return nil
    }

    // MARK: Pauses

    /// Stops the whole account, and for longer each time in a row where Google's limit is the reason. Refusals of calls that were under way
    /// at the same time are one.
    func pause(
        _ kind: AccountPause.Kind, _ reason: SyncReason, _ length: Pause, in transaction: any Transaction, now: Date
    ) throws {
        let last = try transaction.pause(kind, of: account)
        if let last, last.reason == reason, last.holds(at: now) { return }
        let times = last?.reason == reason ? (last?.times ?? 0) + 1 : 1
        try transaction.save(
            AccountPause(kind: kind, reason: reason, until: length.end(now: now, times: times), times: times), of: account)
    }

    /// Somebody says that it is mended. A limit of Google's is not tested by that.
    func forgetOperatorsPauses(in transaction: any Transaction) throws {
        try transaction.execute(
            "DELETE FROM account_pause WHERE account = \(account) AND reason <> \(SyncReason.usageLimitReached)")
    }

    /// What stops this account now.
    func pause(_ kind: AccountPause.Kind, in transaction: any Transaction, now: Date) throws -> AccountPause? {
        try transaction.pause(kind, of: account).flatMap { $0.holds(at: now) ? $0 : nil }
    }

    /// Google has answered a call of this kind, so whatever stopped it before is over. A pause that holds was begun while that call was
    /// under way.
    func resume(_ kind: AccountPause.Kind, in transaction: any Transaction, now: Date) throws {
        guard let last = try transaction.pause(kind, of: account), !last.holds(at: now) else { return }
        try transaction.execute("DELETE FROM account_pause WHERE account = \(account) AND kind = \(kind)")
    }
}

/// A service account that makes no calls of some kind for a while.
public struct AccountPause: Sendable, Equatable {
    enum Kind: String, Sendable, SQLConvertible {
        /// Changes of events, and with them everything that is periodic.
        case changes
        /// Making and sharing calendars.
        case calendars
    }

    var kind: Kind
    public var reason: SyncReason
    public var until: Date
    /// How often in a row.
    var times: Int

    /// One that seems longer than its reason allows was noted before the clock was set back.
    func holds(at now: Date) -> Bool {
        let longest = reason == .usageLimitReached ? Pause.longestForALimit : Pause.operatorsMoveLength
        return until > now && until <= now + longest + LaneLease.clockDifference
    }
}

extension Transaction {
    fileprivate func budget(_ name: String, limit: Int, now: Date) throws -> Budget {
        var budget =
            try row("SELECT * FROM quota_budget WHERE name = \(name)").map { row in
                Budget(
                    level: Double(try row.get("level", as: Int.self)) / 1000, levelAt: try row.get("level_at"),
                    rateAfterRefusal: Double(try row.get("rate_after_refusal", as: Int.self)) / 1000,
                    refusedAt: try row.find("refused_at"))
            } ?? Budget(limit: limit, now: now)
        budget.fill(limit: limit, now: now)
        return budget
    }

    fileprivate func save(_ it: Budget, _ name: String) throws {
        try execute(
            """
            INSERT INTO quota_budget (name, level, level_at, rate_after_refusal, refused_at)
            VALUES (\(name), \(Int((it.level * 1000).rounded(.down))), \(it.levelAt), \(Int(it.rateAfterRefusal * 1000)),
                \(it.refusedAt))
            ON CONFLICT (name) DO UPDATE SET
                level = excluded.level, level_at = excluded.level_at, rate_after_refusal = excluded.rate_after_refusal,
                refused_at = excluded.refused_at
            """)
    }

    func pause(_ kind: AccountPause.Kind, of account: String) throws -> AccountPause? {
        try row("SELECT * FROM account_pause WHERE account = \(account) AND kind = \(kind)").map { row in
            AccountPause(
                kind: kind, reason: try row.get("reason"), until: try row.get("until"), times: try row.get("times"))
        }
    }

    fileprivate func save(_ it: AccountPause, of account: String) throws {
        try execute(
            """
            INSERT INTO account_pause (account, kind, reason, until, times)
            VALUES (\(account), \(it.kind), \(it.reason), \(it.until), \(it.times))
            ON CONFLICT (account, kind) DO UPDATE SET
                reason = excluded.reason, until = excluded.until, times = excluded.times
            """)
    }
}

extension Duration {
    var seconds: TimeInterval { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
