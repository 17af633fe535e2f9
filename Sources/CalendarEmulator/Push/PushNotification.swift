public import HTTPTypes

/// A message to the address of a channel: a POST without a body, whose headers say all there is to say.
/// Source: https://developers.google.com/workspace/calendar/api/guides/push
public struct PushNotification: Sendable, Hashable {
    /// `X-Goog-Resource-State`. Google also lists `not_exists`, and nobody has seen it.
    public enum State: String, Sendable {
        /// The first message of a channel, which tells of no change.
        case sync
        /// Something was made, changed or deleted.
        case exists
    }

    /// Counts the messages of all channels of this emulator.
    public let number: Int
    public let channelID: String
    /// Where to send it: a URL.
    public let address: String
    /// Rises from message to message of a channel, with gaps.
    public let messageNumber: Int
    public let state: State
    public let headers: HTTPFields
    let channel: PushChannel.Key

    init(_ state: State, number: Int, to channel: PushChannel) {
        self.number = number
        self.state = state
        self.channel = channel.key
        channelID = channel.key.id
        address = channel.address
        messageNumber = channel.lastMessage
        var headers: HTTPFields = [
            .contentType: "application/json; utf-8", .userAgent: Self.userAgent, .channelID: channel.key.id,
            .channelExpiration: channel.expires.httpDate, .messageNumber: String(channel.lastMessage),
            .resourceID: channel.resource.id, .resourceState: state.rawValue, .resourceURI: channel.resource.uri,
        ]
        headers[.channelToken] = channel.token
        self.headers = headers
    }

    static let userAgent = "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)"
}

extension HTTPField.Name {
    static let channelID = Self.push("X-Goog-Channel-ID")
    static let channelToken = Self.push("X-Goog-Channel-Token")
    static let channelExpiration = Self.push("X-Goog-Channel-Expiration")
    static let messageNumber = Self.push("X-Goog-Message-Number")
    static let resourceID = Self.push("X-Goog-Resource-ID")
    static let resourceState = Self.push("X-Goog-Resource-State")
    static let resourceURI = Self.push("X-Goog-Resource-URI")

    /// The names here are constants and valid; the fallback only spares a force unwrap.
    private static func push(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .from }
}

extension Instant {
    /// `Tue, 19 Nov 2013 01:13:52 GMT` (RFC 9110, section 5.6.7).
    var httpDate: String {
        // `2013-11-19T01:13:52`
        let parts = CivilTime(secondsSinceEpoch: seconds).text.split { "-T".contains($0) }
        let days = seconds.dividedDown(by: 86400)
        // The first day of 1970 was a Thursday.
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(days - 7 * days.dividedDown(by: 7))]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(weekday), \(parts[2]) \(months[(Int(parts[1]) ?? 1) - 1]) \(parts[0]) \(parts[3]) GMT"
    }
}
