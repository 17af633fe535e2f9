import Foundation
import Storage

/// How the whole stands, for those who watch over it.
public struct Figures: Sendable, Equatable {
    /// How many connections there are in each state.
    public var connections: [UserCalendarConnection.State: Int]
    public var changesPending: Int
    /// Refused for good, and waiting for a change.
    public var changesParked: Int
    /// How long the change that has waited longest has waited, in seconds; those that were refused for good excepted.
    public var oldestChangeAge: TimeInterval?
    public var sources: Int
    /// Of which it is not known whether they are busy.
    public var sourcesUnknown: Int
    /// Channels through which Google tells of changes.
    public var channels: Int
    public var oldestChannelAge: TimeInterval?
    /// Of the channel that has been silent for longest.
    public var oldestProofOfLife: TimeInterval?
}

extension CalendarSyncService {
    public func figures() async throws -> Figures {
        let now = now
        return try await database.read { transaction in
            func number<Value: SQLConvertible>(_ query: SQL) throws -> Value? { try transaction.row(query)?.find("n") }
            func age(_ query: SQL) throws -> TimeInterval? {
                try number(query).map { (date: Date) in max(0, now.timeIntervalSince(date)) }
            }
            let states = try transaction.rows("SELECT state, COUNT(*) AS n FROM user_calendar_connection GROUP BY state")
            let sources: SQL = """
                availability_source s JOIN user_calendar_connection c ON c.user_id = s.coach_id WHERE c.state <> 'disconnected'
                """
            let channels: SQL = "watch_channel WHERE resource_id IS NOT NULL AND stop_at IS NULL AND expires_at > \(now)"
            return Figures(
                connections: try Dictionary(
                    uniqueKeysWithValues: states.map { (try $0.get("state"), try $0.get("n", as: Int.self)) }),
                changesPending: try number("SELECT COUNT(*) AS n FROM pending_change WHERE parked_at IS NULL") ?? 0,
                changesParked: try number("SELECT COUNT(*) AS n FROM pending_change WHERE parked_at IS NOT NULL") ?? 0,
                oldestChangeAge: try age("SELECT MIN(queued_at) AS n FROM pending_change WHERE parked_at IS NULL"),
                sources: try number("SELECT COUNT(*) AS n FROM \(sources)") ?? 0,
                sourcesUnknown: try number(
                    """
                    SELECT COUNT(*) AS n FROM \(sources) AND (s.error IS NOT NULL OR s.read_at IS NULL
                        OR s.read_at < \(now - AvailabilitySource.believedFor))
                    """) ?? 0,
                channels: try number("SELECT COUNT(*) AS n FROM \(channels)") ?? 0,
                oldestChannelAge: try age("SELECT MIN(created_at) AS n FROM \(channels)"),
                oldestProofOfLife: try age("SELECT MIN(COALESCE(last_message_at, created_at)) AS n FROM \(channels)"))
        }
    }
}
