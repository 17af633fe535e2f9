import Coaching
import Foundation
import GoogleCalendar
import Logging
import Storage

extension CalendarSyncService {
    /// How long an audit on demand waits for a lane that somebody is at.
    private static let patience = 300  // times a tenth of a second

    /// Looks through the calendar of a coach now, and puts right what is not as it should be.
    /// - Parameters:
    ///   - isDryRun: only to find out; nothing is changed, here or in Google.
    ///   - mostRemovals: how many events that no session wants are removed at most, where the usual cap has held some back.
    /// - Returns: what was found.
    /// - Throws: ``SyncRefusal/auditFailed(_:detail:)`` when Google does not let us look.
    public func audit(_ coachID: String, isDryRun: Bool = false, mostRemovals: Int? = nil) async throws -> AuditPlan {
        let owner = UUID().uuidString
        for _ in 0..<Self.patience {
            if let lease = try await laneToAudit(coachID, owner: owner) {
                do {
                    var auditor = Auditor(sync: self, lease: lease, client: client(.interactive, prepaid: 1))
                    let audited = try await auditor.run(isDryRun: isDryRun, mostRemovals: mostRemovals)
                    try await release(audited?.lease ?? lease)
                    signal.notify()
                    if let audited { return audited.plan }
                } catch {
                    // A dry run leaves no trace, not even of its failure.
                    if isDryRun { try await release(lease) } else { try await recordAuditFailure(error, lease) }
                    guard error is Governor.HeldBack else { throw Self.refusal(error) }
                }
            }
            try await time.sleep(.milliseconds(100))
        }
        throw SyncRefusal.busy
    }

    /// - Returns: nil while somebody else is at the lane, or there is no budget to begin with.
    private func laneToAudit(_ coachID: String, owner: String) async throws -> LaneLease? {
        let now = now
        let (connection, pause) = try await { ($0.connection, $0.pause) }(calendarConnection(of: coachID))
        if let pause { throw SyncRefusal.auditFailed(pause.reason, detail: "the service account is paused") }
        // Calendars of another service account are out of reach, and that says nothing about them.
        guard connection.isConnected, connection.serviceAccount == google.serviceAccount else {
            throw SyncRefusal.notConnected(connection.lastError)
        }
        return try await database.write { [governor] transaction in
            guard try governor.wait(for: .live, in: transaction, now: now) == nil,
                let lease = try transaction.claimLane(of: coachID, owner: owner, now: now)
            else { return nil }
            try governor.take(.live, in: transaction, now: now)
            return lease
        }
    }

    private static func refusal(_ error: any Error) -> any Error {
        guard let failure = AuditFailure(error) else { return error }
        if case .loseConnection(let reason) = failure.disposition { return SyncRefusal.notConnected(reason) }
        return SyncRefusal.auditFailed(failure.disposition.reason, detail: failure.detail)
    }

    /// The coaches whose calendars can be looked through.
    public func connectedCoaches() async throws -> [String] {
        let account = google.serviceAccount
        return try await database.read { transaction in
            try transaction.rows(
                """
                SELECT user_id FROM user_calendar_connection WHERE state = 'connected' AND service_account = \(account)
                ORDER BY user_id
                """
            ).map { try $0.get("user_id") }
        }
    }

    /// Has the workers look through the calendar as soon as they can.
    public func requestAudit(of coachID: String) async throws -> ConnectionStatus {
        let now = now
        let status = try await database.write { transaction in
            guard var connection = try transaction.connection(of: coachID) else { throw SyncRefusal.neverConnected }
            guard connection.isConnected else { throw SyncRefusal.notConnected(connection.lastError) }
            connection.nextAuditAt = now
            try transaction.save(connection)
            return try transaction.status(of: connection, now: now)
        }
        signal.notify()
        return status
    }

    /// The audit of a lane that has nothing else to do, if it is time for one.
    /// - Returns: the lease for what comes after; nil when this turn is over.
    func auditIfDue(_ lease: LaneLease) async throws -> LaneLease? {
        let now = now
        let governor = governor
        let isDue = try await database.write { transaction in
            guard let connection = try transaction.connection(of: lease.coachID), connection.isConnected,
                connection.nextAuditAt <= now, connection.pausedUntil <= now,
                try !transaction.hasDueChange(of: lease.coachID, now: now),
                try governor.pause(.changes, in: transaction, now: now) == nil,
                try governor.wait(for: .backfill, in: transaction, now: now) == nil
            else { return false }
            try governor.take(.backfill, in: transaction, now: now)
            return true
        }
        guard isDue else { return lease }
        do {
            var auditor = Auditor(sync: self, lease: lease, client: client(.interactive, prepaid: 1))
            guard let (plan, lease) = try await auditor.run(isDryRun: false, mostRemovals: nil) else { return nil }
            if plan.drifted > 0 {
                logger.notice(
                    "calendar had drifted",
                    metadata: [
                        "coach": "\(lease.coachID)", "compared": "\(plan.compared)", "drifted": "\(plan.drifted)",
                        "held": "\(plan.held)",
                    ])
            }
            signal.notify()
            return lease
        } catch {
            try await recordAuditFailure(error, lease)
            return nil
        }
    }

    private func release(_ lease: LaneLease) async throws {
        let now = now
        try await database.write { try $0.release(lease, now: now) }
    }

    private func recordAuditFailure(_ error: any Error, _ lease: LaneLease) async throws {
        let now = now
        let governor = governor
        let failure = AuditFailure(error)
        if failure == nil, !(error is Governor.HeldBack), !(error is CancellationError) {
            logger.error("audit stopped", metadata: ["coach": "\(lease.coachID)", "error": "\(error)"])
        }
        if let failure {
            logger.warning("audit failed", metadata: ["coach": "\(lease.coachID)", "detail": "\(failure.detail)"])
        }
        try await database.write { transaction in
            if let failure { try transaction.record(failure, lease: lease, governor: governor, now: now) }
            try transaction.release(lease, now: now)
        }
    }
}

/// Why an audit did not come to its end.
private struct AuditFailure {
    var disposition: Disposition
    var detail: String

    /// Nil for an error that says nothing about the calendar.
    init?(_ error: any Error) {
        switch error {
        case let error as GoogleCalendarError: self.init(disposition: Disposition(error), detail: error.detail)
        case let error as Delivery.CalendarLost:
            self.init(disposition: .loseConnection(error.reason), detail: "calendar not found")
        case is Auditor.Contradiction:
            self.init(disposition: .retry(.googleUnavailable), detail: "the calendar's list lacks events that are there")
        case is Delivery.LeaseEnding:
            self.init(disposition: .retry(.googleUnavailable), detail: "answers take too long")
        default: return nil
        }
    }

    private init(disposition: Disposition, detail: String) {
        self.disposition = disposition
        self.detail = detail
    }
}

extension Transaction {
    fileprivate func record(_ failure: AuditFailure, lease: LaneLease, governor: Governor, now: Date) throws {
        guard try renew(lease, now: now) != nil, var connection = try connection(of: lease.coachID) else { return }
        connection.nextAuditAt = now + UserCalendarConnection.auditInterval / 24
        try fail(&connection, failure.disposition, session: nil, detail: failure.detail, governor: governor, now: now)
    }
}
