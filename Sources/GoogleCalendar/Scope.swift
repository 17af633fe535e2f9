/// What an access token may be used for.
/// Source: https://developers.google.com/workspace/calendar/api/auth
public struct Scope: Sendable, Hashable, RawRepresentable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    private init(_ name: String) { rawValue = "https://www.googleapis.com/auth/\(name)" }

    /// Calendars that this application made, and the events in them.
    public static let appCreated = Scope("calendar.app.created")
    /// Who may see and change a calendar.
    public static let accessControl = Scope("calendar.acls")
    /// When somebody is busy.
    public static let freeBusy = Scope("calendar.freebusy")
    /// When somebody is busy, and to be told when that changes.
    public static let eventsFreeBusy = Scope("calendar.events.freebusy")
    /// Which calendars are in the own list.
    public static let calendarListReadOnly = Scope("calendar.calendarlist.readonly")
    /// Which calendars are in the own list, and changing it.
    public static let calendarList = Scope("calendar.calendarlist")
    /// Events in every calendar that is shared with the service account.
    public static let events = Scope("calendar.events")

    /// The least that keeping calendars of one's own, sharing them, and looking when others are busy needs.
    public static let ownCalendars: [Scope] = [.appCreated, .accessControl, .eventsFreeBusy, .calendarListReadOnly]
}
