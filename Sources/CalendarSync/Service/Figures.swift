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
    /// Since Google has told anything at all.
    public var lastMessageAge: TimeInterval?
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
            let sources = try transaction.rows("SELECT * FROM availability_source").map { try AvailabilitySource($0) }
            return Figures(
                connections: try Dictionary(
                    uniqueKeysWithValues: states.map { (try $0.get("state"), try $0.get("n", as: Int.self)) }),
                changesPending: try number("SELECT COUNT(*) AS n FROM pending_change WHERE parked_at IS NULL") ?? 0,
                changesParked: try number("SELECT COUNT(*) AS n FROM pending_change WHERE parked_at IS NOT NULL") ?? 0,
                oldestChangeAge: try age("SELECT MIN(queued_at) AS n FROM pending_change WHERE parked_at IS NULL"),
                sources: sources.count, sourcesUnknown: sources.count { $0.unknownReason(now: now) != nil },
                channels: try number(
                    "SELECT COUNT(*) AS n FROM watch_channel WHERE resource_id IS NOT NULL AND expires_at > \(now)") ?? 0,
                oldestChannelAge: try age("SELECT MIN(created_at) AS n FROM watch_channel WHERE expires_at > \(now)"),
                lastMessageAge: try age("SELECT MAX(last_message_at) AS n FROM watch_channel"))
        }
    }
}
