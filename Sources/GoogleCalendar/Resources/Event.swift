/// An event as Google has it, as far as this client reads it.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/events
public struct Event: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable {
        case confirmed
        case tentative
        /// Deleted. The id stays taken.
        case cancelled
    }

    public var id: String
    /// Changes with every change; goes verbatim, quotes included, into `If-Match`.
    public var etag: String?
    public var status: Status?
    public var htmlLink: String?
    public var summary: String?
    public var description: String?
    public var location: String?
    public var colorId: String?
    public var start: EventTime?
    public var end: EventTime?
    public var transparency: String?
    /// RFC 5545 lines of an event that repeats.
    public var recurrence: [String]?
    public var extendedProperties: ExtendedProperties?
    public var source: Source?

    public struct ExtendedProperties: Codable, Sendable, Equatable {
        public var `private`: [String: String]?
        public var shared: [String: String]?

        public init(private: [String: String]? = nil, shared: [String: String]? = nil) {
            self.private = `private`
            self.shared = shared
        }
    }

    /// Where an event comes from. Only its creator sees it.
    public struct Source: Codable, Sendable, Equatable {
        public var title: String
        public var url: String

        public init(title: String, url: String) {
            self.title = title
            self.url = url
        }
    }
}

/// The fields of an event that this client writes: a whole event for ``GoogleCalendarClient/insertEvent(_:id:in:)`` and
/// ``GoogleCalendarClient/updateEvent(_:id:in:ifMatch:)``, and for a patch the state that these fields shall have.
///
/// A field that is `nil` is left out of an insert or update and *cleared* by a patch, so that the same value gives the same
/// event either way. Private properties are the exception: a patch leaves those it does not name.
public struct EventContent: Sendable, Equatable {
    public var summary: String?
    public var description: String?
    public var location: String?
    /// `"1"` to `"11"`.
    public var colorId: String?
    public var start: EventTime
    public var end: EventTime
    /// Whether the time counts as busy.
    public var isOpaque: Bool
    public var privateProperties: [String: String]
    public var source: Event.Source?

    public init(
        summary: String? = nil, description: String? = nil, location: String? = nil, colorId: String? = nil,
        start: EventTime, end: EventTime, isOpaque: Bool = true, privateProperties: [String: String] = [:],
        source: Event.Source? = nil
    ) {
        self.summary = summary
        self.description = description
        self.location = location
        self.colorId = colorId
        self.start = start
        self.end = end
        self.isOpaque = isOpaque
        self.privateProperties = privateProperties
        self.source = source
    }
}

/// How ``EventContent`` goes over the wire.
struct EventBody: Encodable {
    var content: EventContent
    var id: String?
    /// Whether `nil` is written as `null`, which is how a patch clears a field.
    var clearsMissing = false

    private enum Key: String, CodingKey {
        case id, status, summary, description, location, colorId, start, end, transparency, recurrence, extendedProperties,
            source
    }

    func encode(to encoder: any Encoder) throws {
        var body = encoder.container(keyedBy: Key.self)
        func write(_ value: (some Encodable)?, _ key: Key) throws {
            if let value { try body.encode(value, forKey: key) } else if clearsMissing { try body.encodeNil(forKey: key) }
        }
        try body.encodeIfPresent(id, forKey: .id)
        // Written always: it brings a deleted event back.
        try body.encode(Event.Status.confirmed, forKey: .status)
        try write(content.summary, .summary)
        try write(content.description, .description)
        try write(content.location, .location)
        try write(content.colorId, .colorId)
        try content.start.encode(to: body.superEncoder(forKey: .start), clearsMissing: clearsMissing)
        try content.end.encode(to: body.superEncoder(forKey: .end), clearsMissing: clearsMissing)
        try body.encode(content.isOpaque ? "opaque" : "transparent", forKey: .transparency)
        // What this client writes happens once.
        if clearsMissing { try body.encodeNil(forKey: .recurrence) }
        try body.encode(Event.ExtendedProperties(private: content.privateProperties), forKey: .extendedProperties)
        try write(content.source, .source)
    }
}
