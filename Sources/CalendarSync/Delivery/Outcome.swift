import Coaching
import Foundation
import GoogleCalendar
import Storage

/// How the attempt to deliver one change ended.
enum Outcome: Sendable, Equatable {
    case delivered(Delivery.Result)
    /// - Parameter detail: Google's answer, for operators.
    case failed(Disposition, detail: String)
    /// Nothing went wrong, and nothing can be told yet.
    case undecided(until: Date)
}

extension Outcome {
    /// Reads an error as an outcome; nil when it says nothing about the change, as when it is no longer wanted or the program is stopping.
    init?(_ error: any Error) {
        switch error {
        case let error as GoogleCalendarError: self = .failed(Disposition(error), detail: error.detail)
        case let error as Delivery.CalendarLost: self = .failed(.loseConnection(error.reason), detail: "calendar not found")
        case is Delivery.LeaseEnding: self = .failed(.retry(.googleUnavailable), detail: "answers take too long")
        case let error as Delivery.Undecided: self = .undecided(until: error.until)
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
    func record(
        _ outcome: Outcome, of change: PendingChange, lease: LaneLease, governor: Governor, now: Date
    ) throws -> LaneLease? {
        guard let renewed = try renew(lease, now: now), var connection = try connection(of: lease.coachID) else { return nil }
        switch outcome {
        case .delivered(let result):
            try record(result, of: change, now: now)
            try resolveErrors(of: lease.coachID, session: change.sessionID, now: now)
            // What needed no call proves nothing about Google, unless it was the last thing that was wrong.
            let isProof = result != .unchanged
            if isProof {
                connection.lastSyncAt = now
                connection.pace.wrote(now: now)
                try governor.resume(.changes, in: self, now: now)
                if connection.lastError == .googleUnavailable { try letOthersGo(account: governor.account, now: now) }
            }
            if try isProof || !hasUnresolvedErrors(of: lease.coachID) {
                connection.syncErrorCount = 0
                connection.lastError = nil
            }
            try save(connection)
            return renewed
        case .undecided(let until):
            try execute(
                """
                UPDATE pending_change SET not_before = \(until)
                WHERE session_id = \(change.sessionID) AND version = \(change.version)
                """)
            return renewed
        case .failed(let first, let detail):
            let disposition = first.settled(afterRereads: change.rereads)
            try fail(
                &connection, disposition, session: change.sessionID, detail: detail, governor: governor, now: now)
            try record(disposition, of: change, now: now)
            if case .park = disposition { return renewed }
            return nil
        }
    }

    /// What a failure means for the connection and for its service account.
    /// - Parameter sessionID: which session it happened to; nil when it concerns the whole calendar.
    func fail(
        _ connection: inout UserCalendarConnection, _ disposition: Disposition, session sessionID: String?, detail: String,
        governor: Governor, now: Date
    ) throws {
        connection.syncErrorCount += 1
        connection.lastErrorAt = now
        connection.lastError = disposition.reason
        if let wait = disposition.wait(afterFailures: connection.syncErrorCount, of: connection.userID) {
            connection.pausedUntil = now + wait
        }
        switch disposition {
        case .loseConnection(let reason): try lose(&connection, reason, now: now)
        case .pauseAccount(let reason, let pause): try governor.pause(.changes, reason, pause, in: self, now: now)
        case .slowDown(_, wholeAccount: true): try governor.slowDown(in: self, now: now)
        case .slowDown(_, wholeAccount: false): connection.pace.refused(now: now)
        case .retry, .reread, .probe, .park: break
        }
        try save(connection)
        try recordError(of: connection.userID, session: sessionID, disposition.reason, detail: detail, now: now)
    }

    /// Google answers again: calendars that wait for just that need not wait any longer. The budget keeps them from coming all at once.
    private func letOthersGo(account: String, now: Date) throws {
        try execute(
            """
            UPDATE user_calendar_connection SET paused_until = \(now)
            WHERE service_account = \(account) AND last_error = \(SyncReason.googleUnavailable) AND paused_until > \(now)
            """)
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
            connection.pausedUntil = now + 60 * 60
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
        if result != .unchanged { try forgetDrift(of: change.sessionID) }
        // A change that came in meanwhile has a higher version and stays.
        try execute("DELETE FROM pending_change WHERE session_id = \(change.sessionID) AND version = \(change.version)")
        try execute(
            "UPDATE pending_change SET attempts = 0, last_error = NULL WHERE session_id = \(change.sessionID)")
    }

    private func record(_ disposition: Disposition, of change: PendingChange, now: Date) throws {
        let reason = disposition.reason
        if case .park = disposition {
            let parked = try execute(
                """
                UPDATE pending_change SET attempts = attempts + 1, last_error = \(reason), parked_at = \(now)
                WHERE session_id = \(change.sessionID) AND version = \(change.version)
                """)
            if parked > 0 { try note(.syncParked, of: change.sessionID, reason: reason, now: now) }
            return
        }
        // The others of this calendar go first next time, so that one event which Google has trouble with holds nobody up for long.
        let wait =
            disposition.askedWait(of: change.sessionID)
            ?? Backoff.request(
                afterFailures: change.attempts + 1, of: change.sessionID)
        let notBefore = now + wait
        try execute(
            """
            UPDATE pending_change SET attempts = attempts + 1, last_error = \(reason), not_before = \(notBefore),
                rereads = \(disposition.needsALook ? change.rereads + 1 : 0)
            WHERE session_id = \(change.sessionID)
            """)
        // The story of a session tells what went wrong once, not at every attempt.
        if change.lastError != reason { try note(.syncFailed, of: change.sessionID, reason: reason, now: now) }
    }
}

extension Disposition {
    /// What is not settled by looking again, for some minutes, is a refusal.
    static let mostRereads = 9
    /// What Google asks for beyond this is not believed.
    static let longestRetryAfter = Duration.seconds(60 * 60)

    func settled(afterRereads rereads: Int) -> Disposition {
        needsALook && rereads >= Self.mostRereads ? .park(.rejectedByGoogle) : self
    }

    /// A second look was taken, and could not settle it either: Google contradicts itself.
    fileprivate var needsALook: Bool {
        switch self {
        case .reread, .probe: true
        case .retry, .slowDown, .park, .pauseAccount, .loseConnection: false
        }
    }

    /// What people are told.
    var reason: SyncReason {
        switch self {
        case .retry(let reason, _), .park(let reason), .pauseAccount(let reason, _), .loseConnection(let reason): reason
        case .slowDown: .rateLimited
        case .reread, .probe: .googleUnavailable
        }
    }

    /// How long Google asks us to wait, and a little longer, so that not all come back together.
    func askedWait(of subject: String) -> TimeInterval? {
        switch self {
        case .retry(_, let asked?), .slowDown(let asked?, _):
            max(1, min(asked, Self.longestRetryAfter).seconds) + Backoff.fraction(of: subject, 0)
        case .retry, .slowDown, .reread, .probe, .park, .pauseAccount, .loseConnection: nil
        }
    }

    /// How long the calendar waits, from the failure on; nil when it does not. What Google asks for wins.
    /// - Parameter failures: how many there were in a row.
    func wait(afterFailures failures: Int, of subject: String) -> TimeInterval? {
        if let asked = askedWait(of: subject) { return asked }
        return switch self {
        case .retry, .slowDown: Backoff.calendar(afterFailures: failures, of: subject)
        case .reread, .probe: Backoff.request(afterFailures: failures, of: subject)
        case .park, .pauseAccount, .loseConnection: nil
        }
    }
}
