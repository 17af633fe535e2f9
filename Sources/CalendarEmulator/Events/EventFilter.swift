import Foundation
import OrderedCollections

/// Which events a list wants.
struct EventFilter {
    /// The zone of the calendar, in which all-day events have their place in time.
    var zone: TimeZone
    /// Filters that Google cannot continue from: such a list ends without a sync token.
    private(set) var suppressesSyncToken = false

    private(set) var window: Window
    private var updatedMin: Instant?
    private var showsDeleted: Bool
    /// Whoever expands series himself has to know which instances are gone.
    private var showsCancelledInstances: Bool
    private var hidesPurged: Bool
    private var iCalUID: String?
    private var words: Set<String>
    private var eventTypes: [String]
    private var privateProperties: [(String, String)]
    private var sharedProperties: [(String, String)]
    private var anyPropertyIsEnough: Bool

    private static let forbiddenWithSyncToken = [
        "iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin",
    ]

    init(_ call: Call, calendar: CalendarRecord, switches: Switches) throws(GoogleError) {
        zone = TimeZone.iana(calendar.timeZone) ?? .utc
        let query = call.query
        try call.refuseBesideSyncToken(Self.forbiddenWithSyncToken, implied: ["showDeleted"])
        if query["orderBy"] == "startTime", !call.flag("singleEvents") {
            throw .badRequest("The requested ordering is not available for the particular query.")
        }
        // "Milliseconds may be provided but are ignored", says the reference of the two.
        window = Window(min: call.instant("timeMin")?.wholeSecond, max: call.instant("timeMax")?.wholeSecond)
        if let min = window.min, let max = window.max, max <= min { throw .timeRangeEmpty(at: .parameter("timeMax")) }
        updatedMin = call.instant("updatedMin")
        if let updatedMin, updatedMin < call.now.adding(seconds: -Int64(switches.updatedMinDays) * 86400) {
            throw GoogleError(
                code: 410, domain: "calendar", reason: "updatedMinTooLongAgo",
                message: "The requested minimum modification time lies too far in the past.",
                location: .parameter("updatedMin"))
        }
        showsDeleted = call.flag("showDeleted")
        showsCancelledInstances = !call.flag("singleEvents")
        hidesPurged = switches.purgeTombstones
        iCalUID = query["iCalUID"]
        words = Set((query["q"] ?? "").lowercased().split(whereSeparator: \.isWhitespace).map(String.init))
        guard words.count <= Self.maximumWords else { throw .invalidParameter("q", "Too many words.") }
        eventTypes = query.all("eventTypes")
        privateProperties = try Self.pairs("privateExtendedProperty", in: query)
        sharedProperties = try Self.pairs("sharedExtendedProperty", in: query)
        anyPropertyIsEnough = switches.repeatedPropertiesMatchAny
        let suppressing = Self.forbiddenWithSyncToken.filter { $0 != "timeMin" && $0 != "timeMax" }
        suppressesSyncToken =
            switches.filtersSuppressSyncToken && suppressing.contains(where: query.has)
            || switches.singleEventsSuppressSyncToken && call.flag("singleEvents")
    }

    private static func pairs(_ name: String, in query: Query) throws(GoogleError) -> [(String, String)] {
        var pairs: [(String, String)] = []
        let texts = query.all(name)
        guard texts.count <= maximumWords else { throw .invalidParameter(name, "Too many values.") }
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else { throw .invalidParameter(name, "Invalid value '\(text)'.") }
            pairs.append((parts[0], parts[1]))
        }
        return pairs
    }

    /// - Parameter isIncremental: a list of changes always has the deleted events in it.
    /// - Parameter isReduced: the caller may not see what is in it, so it cannot be found by that either.
    func admits(_ event: EventRecord, isReduced: Bool, in store: EventStore, isIncremental: Bool) -> Bool {
        if event.isCancelled {
            if hidesPurged && !isIncremental { return false }
            // What was deleted since `updatedMin` is part of the answer, asked for or not.
            guard showsDeleted || isIncremental || updatedMin != nil || isGoneInstance(event, in: store) else { return false }
        }
        if let updatedMin, event.updated < updatedMin { return false }
        guard store.occurs(event, within: window, zone: zone) else { return false }
        if let iCalUID, event.iCalUID != iCalUID { return false }
        if !eventTypes.isEmpty, !eventTypes.contains(event.type.rawValue) { return false }
        if isReduced { return words.isEmpty && privateProperties.isEmpty && sharedProperties.isEmpty }
        return has(privateProperties, in: event, kind: "private") && has(sharedProperties, in: event, kind: "shared")
            && hasWords(event)
    }

    /// Whether this is an instance that was taken out of a series that is still there.
    private func isGoneInstance(_ event: EventRecord, in store: EventStore) -> Bool {
        guard showsCancelledInstances, !event.isLost, let place = event.instance else { return false }
        return store[place.seriesID]?.isCancelled == false
    }

    private func has(_ pairs: [(String, String)], in event: EventRecord, kind: String) -> Bool {
        guard !pairs.isEmpty else { return true }
        let properties = event.fields["extendedProperties"]?[kind]
        let matches = pairs.filter { properties?[$0.0]?.string == $0.1 }.count
        return anyPropertyIsEnough ? matches > 0 : matches == pairs.count
    }

    private static let maximumWords = 100

    private func hasWords(_ event: EventRecord) -> Bool {
        guard !words.isEmpty else { return true }
        var texts = ["summary", "description", "location"].compactMap { event.fields[$0]?.string }
        for guest in event.fields["attendees"]?.array ?? [] {
            texts += [guest["email"]?.string, guest["displayName"]?.string].compactMap { $0 }
        }
        let text = texts.joined(separator: "\n").lowercased()
        return words.allSatisfy(text.contains)
    }
}
