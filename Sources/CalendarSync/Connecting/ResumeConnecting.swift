import Foundation
import GoogleCalendar
import Logging
import Storage

extension CalendarSyncService {
    /// Goes on connecting, if that is what this lane is at, and writes down how it ended.
    /// - Returns: the lease for what else there is to do; nil when this turn is over.
    func resumeConnecting(_ lease: LaneLease) async throws -> LaneLease? {
        do {
            var connecting = Connecting(sync: self, lease: lease)
            return try await connecting.run()
        } catch {
            let now = now
            guard let failure = ConnectingFailure(error) else {
                try await database.write { try $0.release(lease, now: now) }
                throw error
            }
            if let detail = failure.detail {
                logger.warning(
                    "connecting failed",
                    metadata: [
                        "coach": "\(lease.coachID)", "reason": "\(failure.reason?.rawValue ?? "")", "detail": "\(detail)",
                    ])
            }
            try await database.write { [governor] in try $0.record(failure, lease: lease, governor: governor, now: now) }
            return nil
        }
    }
}

/// How an attempt to connect ended that did not.
private struct ConnectingFailure {
    enum Next {
        /// Waiting will not help; somebody has to act.
        case stop
        case wait(Disposition)
        case waitUntil(Date)
    }

    /// Nil when there is nothing to tell, since it goes on in a moment.
    var reason: SyncReason?
    var next: Next
    /// What Google answered; nil when Google refused nothing, and so nothing has failed.
    var detail: String?

    /// Nil for an error that says nothing about connecting.
    init?(_ error: any Error) {
        switch error {
        case let error as ConnectingRefused: (reason, next, detail) = (error.reason, .stop, error.detail)
        case let error as ConnectingPutOff: (reason, next) = (error.reason, .waitUntil(error.until))
        case let error as Governor.HeldBack: next = .waitUntil(error.until)
        case is Delivery.LeaseEnding:
            (reason, next, detail) = (.googleUnavailable, .wait(.retry(.googleUnavailable)), "answers take too long")
        case let error as GoogleCalendarError:
            let disposition = Disposition(error)
            detail = error.detail
            switch disposition {
            case .probe(isGone: false): (reason, next) = (.accessRevoked, .stop)
            case .park: (reason, next) = (.calendarRejected, .stop)
            default: (reason, next) = (disposition.reason, .wait(disposition))
            }
        default: return nil
        }
    }
}

extension Transaction {
    fileprivate func record(_ failure: ConnectingFailure, lease: LaneLease, governor: Governor, now: Date) throws {
        guard try renew(lease, now: now) != nil, var connection = try connection(of: lease.coachID),
            connection.state == .connecting
        else { return try release(lease, now: now) }
        connection.lastError = failure.reason
        if failure.detail != nil {
            connection.syncErrorCount += 1
            connection.lastErrorAt = now
        }
        switch failure.next {
        case .stop:
            connection.state = .needsAttention
            connection.pausedUntil = now
        case .waitUntil(let until): connection.pausedUntil = until
        case .wait(let disposition):
            if case .slowDown(_, wholeAccount: true) = disposition { try governor.slowDown(in: self, now: now) }
            if case .pauseAccount(let reason, let pause) = disposition {
                try governor.pause(.calendars, reason, pause, in: self, now: now)
                connection.pausedUntil = try governor.pause(.calendars, in: self, now: now)?.until ?? now
            } else {
                let wait = disposition.wait(afterFailures: connection.syncErrorCount, of: lease.coachID)
                connection.pausedUntil = now + (wait ?? 0)
                if wait == nil { connection.state = .needsAttention }
            }
        }
        try save(connection)
        if let reason = failure.reason, let detail = failure.detail {
            try recordError(of: lease.coachID, session: nil, reason, detail: detail, now: now)
        }
        try release(lease, now: now)
    }
}
