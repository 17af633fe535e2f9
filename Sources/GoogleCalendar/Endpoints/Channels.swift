import Foundation
import HTTPTypes

/// Where Google is to tell of changes.
/// Source: https://developers.google.com/workspace/calendar/api/guides/push
public struct ChannelRequest: Sendable, Equatable {
    /// Chosen by the caller and never used before in the project; at most 64 characters.
    public var id: String
    /// A web address that begins with https.
    public var address: String
    /// Comes back with every message, so that nobody else can send one; at most 256 characters.
    public var token: String
    /// Google shortens what is too long.
    public var lifetime: Duration

    public init(id: String, address: String, token: String, lifetime: Duration) {
        self.id = id
        self.address = address
        self.token = token
        self.lifetime = lifetime
    }
}

public struct Channel: Sendable, Equatable {
    public var id: String
    /// Google's own name for what is watched.
    public var resourceID: String
    public var expiresAt: Date?
}

extension ChannelRequest: Encodable {
    private enum Key: String, CodingKey { case id, type, address, token, params }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(id, forKey: .id)
        try fields.encode("web_hook", forKey: .type)
        try fields.encode(address, forKey: .address)
        try fields.encode(token, forKey: .token)
        try fields.encode(["ttl": "\(lifetime.components.seconds)"], forKey: .params)
    }
}

extension Channel: Decodable {
    private enum Key: String, CodingKey { case id, resourceId, expiration }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        id = try fields.decode(String.self, forKey: .id)
        resourceID = try fields.decode(String.self, forKey: .resourceId)
        // Milliseconds since 1970: text by Google's description of the API, a number by its guide.
        let text = try? fields.decodeIfPresent(String.self, forKey: .expiration)
        let milliseconds = try text.flatMap { Double($0) } ?? fields.decodeIfPresent(Double.self, forKey: .expiration)
        expiresAt = milliseconds.map { Date(timeIntervalSince1970: $0 / 1000) }
    }
}

extension GoogleCalendarClient {
    /// `POST /calendars/{calendarId}/events/watch`. The first message may come before the answer does.
    public func watchEvents(in calendarID: String, channel: ChannelRequest) async throws -> Channel {
        try await answer(
            to: Call(
                method: .post, path: ["calendars", calendarID, "events", "watch"], body: Call.encoding(channel)))
    }

    /// `POST /channels/stop`; 404 when there is no such channel.
    public func stopChannel(_ id: String, resourceID: String) async throws {
        _ = try await perform(
            Call(
                method: .post, path: ["channels", "stop"],
                body: Call.encoding(["id": id, "resourceId": resourceID])))
    }
}
