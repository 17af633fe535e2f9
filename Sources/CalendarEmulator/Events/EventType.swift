import OrderedCollections

/// What kind of entry an event is. Sources: https://developers.google.com/workspace/calendar/api/guides/calendar-status and
/// …/guides/event-types. The words of the refusals are this emulator's own.
enum EventType: String, Sendable, CaseIterable {
    case `default`
    case birthday
    case focusTime
    case fromGmail
    case outOfOffice
    case workingLocation

    private static let names = allCases.map(\.rawValue)

    init(in body: JSON.Object) throws(GoogleError) {
        let name = try EventFields.choice("eventType", of: Self.names, in: body) ?? "default"
        self = Self(rawValue: name) ?? .default
    }

    /// The field that tells more about an event of this type.
    var properties: String? {
        switch self {
        case .default, .fromGmail: nil
        case .birthday: "birthdayProperties"
        case .focusTime: "focusTimeProperties"
        case .outOfOffice: "outOfOfficeProperties"
        case .workingLocation: "workingLocationProperties"
        }
    }

    /// Whose calendars may hold it: everything but ordinary events belongs to a person's own calendar.
    func requirePlace(in calendar: CalendarRecord) throws(GoogleError) {
        guard self != .default, self != .fromGmail else { return }
        guard calendar.isPrimary else { throw .invalid("Events of type \(rawValue) are only possible on primary calendars.") }
    }

    /// Takes the properties of the type, and refuses what does not go with it.
    func take(_ body: JSON.Object, into fields: inout EventFields) throws(GoogleError) {
        if let properties, let shape = Shape.typeProperties[properties], let sent = body[properties] {
            fields.rest[properties] = try shape.accept(sent, name: properties)
        }
        switch self {
        case .default, .fromGmail:
            break
        case .birthday:
            guard fields.days == 1 else { throw .invalid("A birthday event must last exactly one day.") }
            guard body["visibility"] == "private", body["transparency"] == "transparent" else {
                throw .invalid("A birthday event must be private and transparent.")
            }
            // The other types hang on contacts, and only Google makes them.
            fields.rest["birthdayProperties"] = ["type": "birthday"]
        case .focusTime, .outOfOffice:
            guard fields.days == nil else { throw .invalid("An event of type \(rawValue) cannot last whole days.") }
            guard fields.rest["transparency"] == nil else { throw .invalid("An event of type \(rawValue) must be opaque.") }
        case .workingLocation:
            guard let place = fields.rest["workingLocationProperties"], Self.isPlace(place) else {
                throw .required("Missing working location properties.")
            }
            guard fields.days ?? 1 == 1 else { throw .invalid("A working location must last exactly one day, or some hours.") }
            guard body["visibility"] == "public", body["transparency"] == "transparent" else {
                throw .invalid("A working location must be public and transparent.")
            }
        }
    }

    private static func isPlace(_ properties: JSON) -> Bool {
        switch properties["type"]?.string {
        case "homeOffice": true
        case "officeLocation": properties["officeLocation"]?.object != nil
        case "customLocation": properties["customLocation"]?.object != nil
        default: false
        }
    }
}

extension EventFields {
    /// How many days an all-day event lasts; nil for events with a time.
    fileprivate var days: Int64? {
        guard case .day(let first) = start, case .day(let last) = end else { return nil }
        return last.daysSinceEpoch - first.daysSinceEpoch
    }
}
