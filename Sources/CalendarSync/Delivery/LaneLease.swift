import Foundation
import GoogleCalendar
import Storage

/// The right to write into one coach's calendar for a short while.
///
/// The lease lives in the database, so any number of processes share the lanes. A process that dies keeps its lanes only until
/// the lease runs out. Each taking gets a higher token: what a former owner still wants to write down is refused by it.
package struct LaneLease: Sendable, Equatable {
    /// From the last sign of life to the moment another worker may take over.
    static let duration: TimeInterval = 15
    /// The longest single call, short enough to end while the lease still holds.
    static let callTimeout: TimeInterval = 10
    /// How far the clocks of two nodes may be apart.
    static let clockDifference: TimeInterval = 60
    /// What a call leaves of the lease for writing its outcome down.
    static let margin: TimeInterval = 1

    var coachID: String
    var owner: String
    var token: Int
    var until: Date

    /// How long a call may take now; nil when too little of the lease is left to start one.
    func callTimeout(now: Date) -> Duration? {
        let left = until.timeIntervalSince(now) - Self.margin
        return left < 1 ? nil : .seconds(min(left, Self.callTimeout))
    }
}

extension Transaction {
    /// The free lane that has waited longest among those with something to do of this urgency.
    /// - Parameters:
    ///   - account: the service account we act as; calendars of others cannot be reached with it.
    ///   - mayChange: whether events may be changed at all now; if not, only connecting goes on.
    func nextLane(of account: String, _ urgency: Urgency, mayChange: Bool = true, now: Date) throws -> String? {
        // The pluses keep other indexes out of it: read in the order of their turns, the first lane that has something to do is the answer.
        try row(
            """
            SELECT c.user_id FROM user_calendar_connection c
            WHERE c.service_account = \(account) AND \(Self.isFree("c.lane_until", now: now))
                AND +c.paused_until <= \(now) AND +c.paced_until <= \(now) AND \(Self.hasWork(urgency, mayChange: mayChange, now: now))
            ORDER BY c.lane_served_at LIMIT 1
            """
        )?.get("user_id")
    }

    /// Takes a lane, whether there is something to do or not; nil while somebody else has it.
    func claimLane(of coachID: String, owner: String, now: Date) throws -> LaneLease? {
        let until = now + LaneLease.duration
        return try row(
            """
            UPDATE user_calendar_connection
            SET lane_owner = \(owner), lane_token = lane_token + 1, lane_until = \(until), lane_served_at = \(now)
            WHERE user_id = \(coachID) AND \(Self.isFree("lane_until", now: now))
            RETURNING lane_token
            """
        ).map { LaneLease(coachID: coachID, owner: owner, token: try $0.get("lane_token"), until: until) }
    }

    /// No lease is longer than its duration. One that is far longer was taken before the clock was set back; a little longer it
    /// looks to a node whose clock is behind, or to a claim that waited for its turn to write.
    private static func isFree(_ until: SQL, now: Date) -> SQL {
        "(\(until) <= \(now) OR \(until) > \(now + LaneLease.duration + LaneLease.clockDifference))"
    }

    /// Live: connecting is under way, or somebody changed something. Backfill: a calendar is to be filled, emptied or looked through.
    private static func hasWork(_ urgency: Urgency, mayChange: Bool, now: Date) -> SQL {
        let mayBeChanged: SQL = "(c.state = 'connected' OR c.removal_requested_at IS NOT NULL)"
        let isDue: SQL = """
            EXISTS (SELECT 1 FROM pending_change p WHERE p.coach_id = c.user_id AND p.parked_at IS NULL
                AND p.is_backfill = \(urgency == .backfill) AND p.not_before <= \(now))
            """
        return switch (urgency, mayChange) {
        case (.backfill, true): "((\(mayBeChanged) AND \(isDue)) OR (c.state = 'connected' AND c.next_audit_at <= \(now)))"
        case (_, true): "(c.state = 'connecting' OR (\(mayBeChanged) AND \(isDue)))"
        case (.backfill, false): "1 = 0"
        case (_, false): "c.state = 'connecting'"
        }
    }

    /// The earliest moment at which some lane may have something to do that it has not now; nil when nothing is planned.
    func nextWork(after now: Date) throws -> Date? {
        let moments = try [
            row("SELECT MIN(not_before) AS due FROM pending_change WHERE parked_at IS NULL AND not_before > \(now)"),
            row("SELECT MIN(paused_until) AS due FROM user_calendar_connection WHERE paused_until > \(now)"),
            row("SELECT MIN(paced_until) AS due FROM user_calendar_connection WHERE paced_until > \(now)"),
        ]
        return try moments.compactMap { try $0?.find("due", as: Date.self) }.min()
    }

    /// - Returns: the lease with new time on it; nil when it is somebody else's by now.
    func renew(_ lease: LaneLease, now: Date) throws -> LaneLease? {
        var renewed = lease
        renewed.until = now + LaneLease.duration
        let count = try execute(
            """
            UPDATE user_calendar_connection SET lane_until = \(renewed.until)
            WHERE user_id = \(lease.coachID) AND lane_owner = \(lease.owner) AND lane_token = \(lease.token)
            """)
        return count == 1 ? renewed : nil
    }

    func release(_ lease: LaneLease, now: Date) throws {
        try execute(
            """
            UPDATE user_calendar_connection SET lane_until = \(now)
            WHERE user_id = \(lease.coachID) AND lane_owner = \(lease.owner) AND lane_token = \(lease.token)
            """)
    }
}
