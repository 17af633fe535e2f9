import Crypto
import Foundation
import GoogleCalendar
import Logging
import Storage

/// A way on which Google tells us that a calendar has changed.
public struct WatchChannel: Sendable, Equatable {
    public var id: String
    public var coachID: String
    public var calendarID: String
    var serviceAccount: String
    /// Of the secret that comes with every message; the secret itself is nowhere here.
    var tokenHash: String
    /// Google's name for what is watched, which stopping needs; nil until Google has answered.
    var resourceID: String?
    public var createdAt: Date
    public var expiresAt: Date
    public var lastMessageAt: Date?
    /// From then on it is not needed any more.
    var stopAt: Date?

    /// What is asked for; Google may shorten it.
    static let lifetime: TimeInterval = 7 * 24 * 60 * 60
    /// So long before it expires another one takes over.
    static let overlap: TimeInterval = 24 * 60 * 60
    /// How long two of them go on side by side.
    static let farewell: TimeInterval = 60
    /// How long Google is not asked again that has refused a channel.
    static let afterRefusal: TimeInterval = 6 * 60 * 60
    /// And how long after anything else that went wrong.
    static let afterFailure: TimeInterval = 5 * 60

    static func hash(_ token: String) -> String {
        SHA256.hash(data: Data(token.utf8)).map { String(format: "%02x", $0) }.joined()
    }
}

extension CalendarSyncService {
    /// A message of Google's about a channel: something has changed, and not what.
    ///
    /// Messages about channels that are not ours change nothing, and are no error either: whatever else is answered, Google would send
    /// them again.
    public func channelMessage(channelID: String, resourceID: String?, token: String?) async throws {
        let now = now
        guard let token, channelID.utf8.count <= 64, token.utf8.count <= 256 else { return }
        let hash = WatchChannel.hash(token)
        @Sendable func isOurs(_ channel: WatchChannel?) -> Bool {
            channel?.tokenHash == hash && (channel?.resourceID == nil || channel?.resourceID == resourceID)
        }
        // Everybody can send us something, and strangers are not to keep writers waiting.
        guard isOurs(try await database.read({ try $0.channel(channelID) })) else { return }
        let isNews = try await database.write { transaction in
            guard let channel = try transaction.channel(channelID), isOurs(channel) else { return false }
            // It says itself what the answer to the call that opened it would have said.
            try transaction.execute(
                "UPDATE watch_channel SET last_message_at = \(now), resource_id = \(resourceID) WHERE id = \(channelID)")
            guard let source = try transaction.availabilitySource(channel.coachID, channel.calendarID) else { return false }
            try transaction.markUnread(source, now: now)
            return true
        }
        if isNews { busySignal.notify() }
    }

    /// Google sends messages to a web address that everybody can reach; and an emulator on this machine to one on this machine.
    var channelAddress: String? {
        let isLocal = ["127.0.0.1", "localhost", "::1"].contains(publicURL.host() ?? "")
        guard publicURL.scheme == "https" || isLocal else { return nil }
        return publicURL.appending(path: "webhooks/google-calendar").absoluteString
    }

    /// Opens a channel for calendars that have none or whose own expires soon, and stops those that are not needed any more. Without
    /// channels all works, only later.
    package func tendChannels() async throws {
        for channel in try await channelsToStop() {
            if let resourceID = channel.resourceID { try await stop(channel, resourceID) }
        }
        guard let address = channelAddress else { return }
        for source in try await sourcesToWatch() { try await watch(source, address) }
    }

    /// How many calendars at a time, so that a restart with many does not spend the budget on channels.
    private static let channelsAtOnce = 5

    private func channelsToStop() async throws -> [WatchChannel] {
        let (now, account) = (now, google.serviceAccount)
        return try await database.write { transaction in
            try transaction.execute("DELETE FROM watch_channel WHERE expires_at <= \(now)")
            // Nobody wants to hear of calendars that do not count any more.
            try transaction.execute(
                """
                UPDATE watch_channel SET stop_at = \(now) WHERE stop_at IS NULL AND NOT EXISTS (
                    SELECT 1 FROM availability_source s JOIN user_calendar_connection c ON c.user_id = s.coach_id
                    WHERE s.coach_id = watch_channel.coach_id AND s.calendar_id = watch_channel.calendar_id
                        AND c.state <> 'disconnected')
                """)
            return try transaction.rows(
                """
                SELECT * FROM watch_channel WHERE service_account = \(account) AND stop_at <= \(now) AND resource_id IS NOT NULL
                ORDER BY stop_at LIMIT \(Self.channelsAtOnce)
                """
            ).map { try WatchChannel($0) }
        }
    }

    private func sourcesToWatch() async throws -> [AvailabilitySource] {
        let (now, account, governor) = (now, google.serviceAccount, governor)
        return try await database.read { transaction in
            guard try governor.wait(for: .backfill, in: transaction, now: now) == nil else { return [] }
            return try transaction.rows(
                """
                SELECT s.* FROM availability_source s JOIN user_calendar_connection c ON c.user_id = s.coach_id
                WHERE s.service_account = \(account) AND s.next_watch_at <= \(now) AND c.state <> 'disconnected'
                ORDER BY s.next_watch_at LIMIT \(Self.channelsAtOnce)
                """
            ).map { try AvailabilitySource($0) }
        }
    }

    private func watch(_ source: AvailabilitySource, _ address: String) async throws {
        let now = now
        let token = UUID().uuidString + UUID().uuidString
        var channel = WatchChannel(
            id: UUID().uuidString.lowercased(), coachID: source.coachID, calendarID: source.calendarID,
            serviceAccount: google.serviceAccount, tokenHash: WatchChannel.hash(token), createdAt: now,
            expiresAt: now + WatchChannel.lifetime)
        // It is on record before Google knows it: the first message may come before the answer.
        let isMine = try await database.write { [channel] transaction in
            guard try transaction.claimWatch(source, until: now + WatchChannel.farewell, now: now) else { return false }
            try transaction.save(channel)
            return true
        }
        guard isMine else { return }
        do {
            let answer = try await client(.backfill).watchEvents(
                in: source.calendarID,
                channel: ChannelRequest(
                    id: channel.id, address: address, token: token, lifetime: .seconds(Int(WatchChannel.lifetime))))
            let opened = self.now
            channel.resourceID = answer.resourceID
            channel.expiresAt = answer.expiresAt ?? channel.expiresAt
            try await database.write { [channel] transaction in
                try transaction.execute(
                    """
                    UPDATE watch_channel SET stop_at = \(now + WatchChannel.farewell)
                    WHERE coach_id = \(source.coachID) AND calendar_id = \(source.calendarID) AND id <> \(channel.id)
                        AND stop_at IS NULL
                    """)
                try transaction.save(channel)
                let overlap = min(WatchChannel.overlap, channel.expiresAt.timeIntervalSince(opened) / 4)
                try transaction.setNextWatch(source, at: max(now + WatchChannel.farewell, channel.expiresAt - overlap))
                // What happened before Google listened, nobody tells.
                try transaction.markUnread(source, now: opened)
            }
            busySignal.notify()
        } catch {
            logger.info("no channel", metadata: ["coach": "\(source.coachID)", "error": "\(error)"])
            let isRefused = (error as? GoogleCalendarError).map { Disposition($0).isRefusal } ?? false
            try await database.write { [channel] transaction in
                if isRefused {
                    try transaction.execute("DELETE FROM watch_channel WHERE id = \(channel.id)")
                } else {
                    // It may have been opened all the same. With its first message it says how it can be stopped.
                    try transaction.execute("UPDATE watch_channel SET stop_at = \(now) WHERE id = \(channel.id)")
                }
                try transaction.setNextWatch(
                    source, at: now + (isRefused ? WatchChannel.afterRefusal : WatchChannel.afterFailure))
            }
            if error is CancellationError { throw error }
        }
    }

    private func stop(_ channel: WatchChannel, _ resourceID: String) async throws {
        do {
            try await client(.backfill).stopChannel(channel.id, resourceID: resourceID)
        } catch is Governor.HeldBack {
            return
        } catch let error as GoogleCalendarError {
            // One that is not there is as good as stopped; any other is tried again until it expires.
            guard case .probe = Disposition(error) else {
                logger.info("channel not stopped", metadata: ["coach": "\(channel.coachID)", "error": "\(error.detail)"])
                let later = now + WatchChannel.farewell
                try await database.write { transaction in
                    _ = try transaction.execute("UPDATE watch_channel SET stop_at = \(later) WHERE id = \(channel.id)")
                }
                return
            }
        }
        try await database.write { _ = try $0.execute("DELETE FROM watch_channel WHERE id = \(channel.id)") }
    }
}

extension WatchChannel {
    init(_ row: Row) throws {
        self.init(
            id: try row.get("id"), coachID: try row.get("coach_id"), calendarID: try row.get("calendar_id"),
            serviceAccount: try row.get("service_account"), tokenHash: try row.get("token_hash"),
            resourceID: try row.find("resource_id"), createdAt: try row.get("created_at"), expiresAt: try row.get("expires_at"),
            lastMessageAt: try row.find("last_message_at"), stopAt: try row.find("stop_at"))
    }
}

extension Transaction {
    func channel(_ id: String) throws -> WatchChannel? {
        try row("SELECT * FROM watch_channel WHERE id = \(id)").map { try WatchChannel($0) }
    }

    func channels(of coachID: String) throws -> [WatchChannel] {
        try rows("SELECT * FROM watch_channel WHERE coach_id = \(coachID) ORDER BY created_at").map { try WatchChannel($0) }
    }

    /// Writes everything but when the last message came.
    fileprivate func save(_ it: WatchChannel) throws {
        try execute(
            """
            INSERT INTO watch_channel (
                id, coach_id, calendar_id, service_account, token_hash, resource_id, created_at, expires_at, stop_at)
            VALUES (\(it.id), \(it.coachID), \(it.calendarID), \(it.serviceAccount), \(it.tokenHash), \(it.resourceID),
                \(it.createdAt), \(it.expiresAt), \(it.stopAt))
            ON CONFLICT (id) DO UPDATE SET
                resource_id = excluded.resource_id, expires_at = excluded.expires_at, stop_at = excluded.stop_at
            """)
    }

    /// - Returns: false when somebody else is at it.
    fileprivate func claimWatch(_ source: AvailabilitySource, until: Date, now: Date) throws -> Bool {
        let count = try execute(
            """
            UPDATE availability_source SET next_watch_at = \(until)
            WHERE coach_id = \(source.coachID) AND calendar_id = \(source.calendarID) AND next_watch_at <= \(now)
            """)
        return count == 1
    }

    fileprivate func setNextWatch(_ source: AvailabilitySource, at date: Date) throws {
        try execute(
            """
            UPDATE availability_source SET next_watch_at = \(date)
            WHERE coach_id = \(source.coachID) AND calendar_id = \(source.calendarID)
            """)
    }
}
