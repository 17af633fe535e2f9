import Coaching
import Foundation
import GoogleCalendar
import Storage

/// How the attempt to deliver one change ended.
enum Outcome: Sendable, Equatable {
    case delivered(Delivery.Result)
    /// - Parameter detail: Google's answer, for operators.
    case failed(Disposition, detail: String)
}

extension Outcome {
    /// Reads an error as an outcome; nil when it says nothing about the change, as when it is no longer wanted or the program is stopping.
    init?(_ error: any Error) {
        switch error {
        case let error as GoogleCalendarError: self = .failed(Disposition(error), detail: error.detail)
        case let error as Delivery.CalendarLost: self = .failed(.loseConnection(error.reason), detail: "calendar not found")
        case is Delivery.LeaseEnding: self = .failed(.retry(.googleUnavailable), detail: "answers take too long")
        case is Delivery.Unsettled:
            self = .failed(.retry(.googleUnavailable), detail: "the event kept changing while it was being written")
        default: return nil
        }
    }
}

extension GoogleCalendarError {
    /// For operators: what Google answered, and nothing of what we sent.
    var detail: String {
        switch self {
        case .refused(let refusal): "\(refusal.status) \(refusal.reason): \(refusal.message)"
        case .tokenRefused(let refusal): "token endpoint: \(refusal.status) \(refusal.reason): \(refusal.message)"
        case .noAnswer(.timedOut): "no answer in time"
        case .noAnswer(.connectionFailed(let why)): "connection failed: \(why)"
        case .unreadableAnswer(let status, let why): "unreadable answer (\(status)): \(why)"
        }
    }
}

extension Transaction {
    /// The one place where the end of a delivery is written down. Nothing is written by a worker that has lost its lease.
    /// - Returns: the lease with new time on it while the lane can go on; nil when its turn is over.
    func record(_ outcome: Outcome, of change: PendingChange, lease: LaneLease, now: Date) throws -> LaneLease? {
        guard let renewed = try renew(lease, now: now), var connection = try connection(of: lease.coachID) else { return nil }
        switch outcome {
        case .delivered(let result):
            try record(result, of: change, now: now)
            try resolveErrors(of: lease.coachID, session: change.sessionID, now: now)
            if result != .unchanged { connection.lastSyncAt = now }
            // What needed no call proves nothing about Google, unless it was the last thing that was wrong.
            if try result != .unchanged || !hasUnresolvedErrors(of: lease.coachID) {
                connection.syncErrorCount = 0
                connection.lastError = nil
            }
            try save(connection)
            return renewed
        case .failed(let first, let detail):
            let disposition = first.settled(afterRereads: change.rereads)
            let (reason, wait) = disposition.reasonAndWait(failures: connection.syncErrorCount + 1)
            connection.syncErrorCount += 1
            connection.lastErrorAt = now
            connection.lastError = reason
            if let wait { connection.pausedUntil = now + wait }
            if case .loseConnection = disposition { try lose(&connection, reason, now: now) }
            try save(connection)
            try recordError(of: lease.coachID, session: change.sessionID, reason, detail: detail, now: now)
            try record(disposition, reason, of: change, now: now)
            if case .park = disposition { return renewed }
            return nil
        }
    }

    /// - Parameter reason: why the calendar cannot be reached.
    private func lose(_ connection: inout UserCalendarConnection, _ reason: SyncReason, now: Date) throws {
        if connection.isConnected {
            connection.state = .needsAttention
        } else if connection.state == .connecting {
            // The coach is just connecting again, which finds out for itself.
            return
        } else if reason == .calendarMissing {
            // Disconnected, and what was still to be taken out is gone with the calendar.
            try execute(
                """
                UPDATE google_calendar_event SET removed_at = \(now)
                WHERE calendar_id = \(connection.calendarID ?? "") AND removed_at IS NULL
                """)
            try execute("DELETE FROM pending_change WHERE coach_id = \(connection.userID)")
        } else {
            connection.pausedUntil = now + TimeInterval(Disposition.usageLimitPause.components.seconds)
        }
    }

    private func record(_ result: Delivery.Result, of change: PendingChange, now: Date) throws {
        switch result {
        case .unchanged: break
        case .written(let event, let what):
            try save(event)
            try note(what, of: change.sessionID, now: now)
        case .removed(let event):
            try save(event)
            try note(.eventRemoved, of: change.sessionID, now: now)
        }
        // A change that came in meanwhile has a higher version and stays.
        try execute("DELETE FROM pending_change WHERE session_id = \(change.sessionID) AND version = \(change.version)")
        try execute(
            "UPDATE pending_change SET attempts = 0, last_error = NULL WHERE session_id = \(change.sessionID)")
    }

    private func record(_ disposition: Disposition, _ reason: SyncReason, of change: PendingChange, now: Date) throws {
        if case .park = disposition {
            let parked = try execute(
                """
                UPDATE pending_change SET attempts = attempts + 1, last_error = \(reason), parked_at = \(now)
                WHERE session_id = \(change.sessionID) AND version = \(change.version)
                """)
            if parked > 0 { try note(.syncParked, of: change.sessionID, reason: reason, now: now) }
            return
        }
        let notBefore = now + Backoff.wait(afterFailures: change.attempts + 1)
        try execute(
            """
            UPDATE pending_change SET attempts = attempts + 1, last_error = \(reason), not_before = \(notBefore),
                rereads = \(disposition == .reread ? change.rereads + 1 : 0)
            WHERE session_id = \(change.sessionID)
            """)
        // The story of a session tells what went wrong once, not at every attempt.
        if change.lastError != reason { try note(.syncFailed, of: change.sessionID, reason: reason, now: now) }
    }
}

extension Disposition {
    /// What is not settled by looking again, for some minutes, is a refusal.
    static let mostRereads = 9

    func settled(afterRereads rereads: Int) -> Disposition {
        self == .reread && rereads >= Self.mostRereads ? .park(.rejectedByGoogle) : self
    }

    /// What people are told, and how long the lane waits: nil when it does not.
    func reasonAndWait(failures: Int) -> (SyncReason, TimeInterval?) {
        switch self {
        case .retry(let reason, let after):
            (reason, max(after.map { Double($0.components.seconds) } ?? 0, Backoff.wait(afterFailures: failures)))
        case .pause(let reason, let duration): (reason, Double(duration.components.seconds))
        case .park(let reason): (reason, nil)
        case .loseConnection(let reason): (reason, nil)
        // What a second look could not settle either: Google contradicts itself, so let it rest.
        case .reread: (.googleUnavailable, Backoff.wait(afterFailures: failures))
        }
    }
}
