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
            guard let (reason, wait, detail) = connectingFailure(error) else {
                try await database.write { try $0.release(lease, now: now) }
                throw error
            }
            logger.warning(
                "connecting failed",
                metadata: ["coach": "\(lease.coachID)", "reason": "\(reason.rawValue)", "detail": "\(detail)"])
            try await database.write { transaction in
                guard try transaction.renew(lease, now: now) != nil,
                    var connection = try transaction.connection(of: lease.coachID),
                    connection.state == .connecting
                else { return try transaction.release(lease, now: now) }
                connection.syncErrorCount += 1
                connection.lastErrorAt = now
                connection.lastError = reason
                connection.pausedUntil = now + (wait(connection.syncErrorCount) ?? 0)
                if wait(connection.syncErrorCount) == nil { connection.state = .needsAttention }
                try transaction.save(connection)
                try transaction.recordError(of: lease.coachID, session: nil, reason, detail: detail, now: now)
                try transaction.release(lease, now: now)
            }
            return nil
        }
    }

    /// What a failure means while connecting: its reason, and how long to wait after so many in a row, or nil when waiting
    /// will not help.
    private func connectingFailure(
        _ error: any Error
    ) -> (SyncReason, wait: @Sendable (Int) -> TimeInterval?, detail: String)? {
        if let refused = error as? ConnectingRefused { return (refused.reason, { _ in nil }, refused.detail) }
        if error is Delivery.LeaseEnding {
            return (.googleUnavailable, { Backoff.wait(afterFailures: $0) }, "answers take too long")
        }
        guard let error = error as? GoogleCalendarError else { return nil }
        if case .refused(let refusal) = error, refusal.reason == .forbidden {
            return (.accessRevoked, { _ in nil }, error.detail)
        }
        let disposition = Disposition(error)
        if case .park = disposition { return (.calendarRejected, { _ in nil }, error.detail) }
        let (reason, _) = disposition.reasonAndWait(failures: 1)
        return (reason, { disposition.reasonAndWait(failures: $0).1 }, error.detail)
    }
}
