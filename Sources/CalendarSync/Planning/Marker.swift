import GoogleCalendar

/// Our private properties on an event. They prove that an event is ours, and of which session, where we have no record of it.
struct Marker: Equatable {
    /// Which way of making ids and properties this event was written with.
    static let scheme = "1"

    /// What all events of ours have in common, to find them by.
    static let schemeProperty = (name: "loomScheme", value: scheme)

    /// Which write this was; see ``WantedEvent/numbered(_:)``.
    static let versionProperty = "loomVersion"

    var sessionID: String
    var contentHash: String

    var properties: [String: String] {
        [Self.schemeProperty.name: Self.schemeProperty.value, "loomSession": sessionID, "loomContent": contentHash]
    }

    init(sessionID: String, contentHash: String) {
        self.sessionID = sessionID
        self.contentHash = contentHash
    }

    init?(of event: Event) {
        guard let properties = event.extendedProperties?.private, properties[Self.schemeProperty.name] == Self.scheme,
            let session = properties["loomSession"]
        else { return nil }
        self.init(sessionID: session, contentHash: properties["loomContent"] ?? "")
    }
}
