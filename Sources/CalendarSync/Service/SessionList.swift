import Coaching
import Foundation
import GoogleCalendar
import Storage

/// Where a page of sessions ended, so that the next one goes on behind it whatever was created meanwhile.
public struct SessionPosition: Sendable, Equatable {
    public var startsAt: Date
    public var id: String

    public init(startsAt: Date, id: String) {
        self.startsAt = startsAt
        self.id = id
    }
}

extension CalendarSyncService {
    public static let largestPage = 500

    /// Sessions by when they start, cancelled ones included.
    /// - Parameters:
    ///   - coachID: only of this coach.
    ///   - from: only those that end after this.
    ///   - to: only those that start before this.
    ///   - limit: 1 to ``largestPage``.
    /// - Returns: one page, and where the next one begins if there is more.
    public func sessions(
        by actor: Person, coachID: String? = nil, from: Date? = nil, to: Date? = nil, after: SessionPosition? = nil, limit: Int
    ) async throws -> (items: [SyncedSession], next: SessionPosition?) {
        let limit = max(1, min(limit, Self.largestPage))
        let now = now
        let mine: SQL =
            switch actor.role {
            case .admin: "1 = 1"
            case .coach: "coach_id = \(actor.id)"
            case .client: "client_id = \(actor.id)"
            }
        let ofCoach: SQL = coachID.map { "coach_id = \($0)" } ?? "1 = 1"
        let begin = after ?? SessionPosition(startsAt: from.map { $0 - longestSession } ?? .distantPast, id: "")
        return try await database.read { transaction in
            let found = try transaction.rows(
                """
                SELECT * FROM coaching_session
                WHERE \(mine) AND \(ofCoach) AND ends_at > \(from ?? .distantPast) AND starts_at < \(to ?? .distantFuture)
                    AND (starts_at, id) > (\(begin.startsAt), \(begin.id))
                ORDER BY starts_at, id LIMIT \(limit + 1)
                """
            ).map { try CoachingSession($0) }
            let page = try transaction.synced(Array(found.prefix(limit)), now: now)
            let next =
                found.count > limit
                ? page.last.map { SessionPosition(startsAt: $0.session.details.startsAt, id: $0.session.id) } : nil
            return (page, next)
        }
    }

    /// No session that ends after a moment starts earlier than this before it, so the index need not be read from the start.
    private var longestSession: TimeInterval { TimeInterval(SessionDetails.longestDuration.components.seconds) + 1 }
}
