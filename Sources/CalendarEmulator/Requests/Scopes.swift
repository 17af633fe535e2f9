/// Which OAuth scopes let a method through: the lists of Google's discovery document (revision 20261030), without prefix.
enum Scopes {
    static let prefix = "https://www.googleapis.com/auth/"

    static let all: Set<String> = [
        "calendar", "calendar.acls", "calendar.acls.readonly", "calendar.app.created", "calendar.calendarlist",
        "calendar.calendarlist.readonly", "calendar.calendars", "calendar.calendars.readonly", "calendar.events",
        "calendar.events.freebusy", "calendar.events.owned", "calendar.events.owned.readonly",
        "calendar.events.public.readonly", "calendar.events.readonly", "calendar.freebusy", "calendar.readonly",
        "calendar.settings", "calendar.settings.readonly",
    ]

    /// The scopes of full URLs without their prefix, in order; nil when one of them is none of Calendar's.
    static func known(_ urls: [String]) -> [String]? {
        var known: [String] = []
        for url in urls {
            guard url.hasPrefix(prefix), all.contains(String(url.dropFirst(prefix.count))) else { return nil }
            known.append(String(url.dropFirst(prefix.count)))
        }
        return known
    }

    static let writeAcl: Set = ["calendar", "calendar.acls"]
    static let listAcl: Set = ["calendar", "calendar.acls", "calendar.acls.readonly"]
    static let getAcl: Set = ["calendar", "calendar.acls", "calendar.acls.readonly", "calendar.readonly"]

    static let changeEntry: Set = ["calendar", "calendar.app.created", "calendar.calendarlist"]
    static let getEntry: Set = [
        "calendar", "calendar.app.created", "calendar.calendarlist", "calendar.calendarlist.readonly", "calendar.readonly",
    ]
    static let insertEntry: Set = ["calendar", "calendar.calendarlist"]
    static let listEntries: Set = [
        "calendar", "calendar.calendarlist", "calendar.calendarlist.readonly", "calendar.readonly",
    ]

    static let ownCalendar: Set = ["calendar", "calendar.calendars"]
    static let writeCalendar: Set = ["calendar", "calendar.app.created", "calendar.calendars"]
    static let getCalendar: Set = [
        "calendar", "calendar.app.created", "calendar.calendars", "calendar.calendars.readonly", "calendar.readonly",
    ]

    static let moveEvent: Set = ["calendar", "calendar.events", "calendar.events.owned"]
    static let writeEvents: Set = ["calendar", "calendar.app.created", "calendar.events", "calendar.events.owned"]
    static let readEvents: Set = [
        "calendar", "calendar.app.created", "calendar.events", "calendar.events.freebusy", "calendar.events.owned",
        "calendar.events.owned.readonly", "calendar.events.public.readonly", "calendar.events.readonly", "calendar.readonly",
    ]

    static let freeBusy: Set = ["calendar", "calendar.events.freebusy", "calendar.freebusy", "calendar.readonly"]
    static let colors: Set = [
        "calendar", "calendar.app.created", "calendar.calendarlist", "calendar.calendarlist.readonly",
        "calendar.events.freebusy", "calendar.events.owned", "calendar.events.owned.readonly",
        "calendar.events.public.readonly", "calendar.readonly",
    ]
    static let settings: Set = ["calendar", "calendar.readonly", "calendar.settings", "calendar.settings.readonly"]
    static let stopChannel: Set = all.subtracting(["calendar.calendars", "calendar.calendars.readonly", "calendar.freebusy"])
}
