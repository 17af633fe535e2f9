/// A calendar itself, the same for everybody who sees it.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/calendars
public struct CalendarResource: Codable, Sendable, Equatable {
    public var id: String?
    public var etag: String?
    public var summary: String?
    public var description: String?
    public var location: String?
    /// IANA name.
    public var timeZone: String?
    /// Who alone may delete the calendar, and with whose account it ends. Read-only.
    public var dataOwner: String?

    public init(summary: String? = nil, description: String? = nil, location: String? = nil, timeZone: String? = nil) {
        self.summary = summary
        self.description = description
        self.location = location
        self.timeZone = timeZone
    }
}

/// A calendar as it stands in the list of the one who asks.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/calendarList
public struct CalendarListEntry: Codable, Sendable, Equatable {
    public var id: String
    public var summary: String?
    public var description: String?
    public var timeZone: String?
    public var accessRole: AccessRole?
    public var dataOwner: String?
    public var primary: Bool?

    public init(id: String) { self.id = id }
}

/// What somebody may do with a calendar.
/// Source: https://developers.google.com/workspace/calendar/api/concepts/sharing
public struct AccessRole: RawRepresentable, Codable, Sendable, Hashable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let none = AccessRole(rawValue: "none")
    public static let freeBusyReader = AccessRole(rawValue: "freeBusyReader")
    public static let reader = AccessRole(rawValue: "reader")
    public static let writerWithoutPrivateAccess = AccessRole(rawValue: "writerWithoutPrivateAccess")
    public static let writer = AccessRole(rawValue: "writer")
    public static let owner = AccessRole(rawValue: "owner")
}

/// One line of the list of who may do what with a calendar.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/acl
public struct AclRule: Codable, Sendable, Equatable {
    public struct Scope: Codable, Sendable, Equatable {
        /// `default`, `user`, `group` or `domain`.
        public var type: String
        public var value: String?

        public init(type: String, value: String? = nil) {
            self.type = type
            self.value = value
        }
    }

    public var id: String?
    public var etag: String?
    public var role: AccessRole
    public var scope: Scope?

    public init(role: AccessRole, scope: Scope? = nil) {
        self.role = role
        self.scope = scope
    }

    /// Rules for one person have this id.
    public static func id(user email: String) -> String { "user:\(email)" }
}

/// One page of a list.
public struct Page<Item: Codable & Sendable>: Codable, Sendable {
    public var items: [Item]?
    public var nextPageToken: String?
    public var nextSyncToken: String?
}
