import OrderedCollections

/// What a person may set of a calendar in the own list, checked and brought into the form in which it is kept.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/calendarList
extension ListEntry {
    private static let maximumReminders = 5

    /// Takes what `body` says and leaves the rest; `null` clears. Other fields are ignored.
    /// - Parameter usesRGB: the RGB colours count, as with `colorRgbFormat=true`.
    mutating func take(_ body: JSON.Object, usesRGB: Bool) throws(GoogleError) {
        for (name, value) in body {
            guard let kept = try Self.kept(name, value, usesRGB: usesRGB) else { continue }
            settings[name] = kept == .null ? nil : kept
        }
        guard !usesRGB, body["colorId"] != nil else { return }
        // A colour by number takes the place of the colours by RGB.
        settings["backgroundColor"] = nil
        settings["foregroundColor"] = nil
    }

    /// Nil for fields that do not count, `null` for those to clear.
    private static func kept(_ name: String, _ value: JSON, usesRGB: Bool) throws(GoogleError) -> JSON? {
        let isValid: Bool
        switch name {
        case "summaryOverride":
            isValid = value.string != nil
            if value == "" { return .null }
        case "colorId":
            isValid = value.string.flatMap(Palette.calendarBackground) != nil
        case "hidden", "selected":
            isValid = value.bool != nil
        case "backgroundColor", "foregroundColor":
            guard usesRGB else { return nil }
            isValid = value.string?.wholeMatch(of: /#[0-9A-Fa-f]{6}/) != nil
        case "defaultReminders":
            return value == .null ? .null : try reminders(value)
        case "notificationSettings":
            return value == .null ? .null : try notificationSettings(value)
        default:
            return nil
        }
        guard isValid || value == .null else { throw .invalid("Invalid value for: \(name)") }
        return value
    }

    private static func reminders(_ value: JSON) throws(GoogleError) -> JSON {
        guard let reminders = value.array, reminders.count <= maximumReminders else {
            throw .invalid("Invalid value for: defaultReminders")
        }
        var kept: [JSON] = []
        for reminder in reminders {
            guard let method = reminder["method"]?.string, ["email", "popup"].contains(method),
                let minutes = reminder["minutes"]?.integer, (0...40320).contains(minutes)
            else { throw .invalid("Invalid value for: defaultReminders") }
            kept.append(["method": .string(method), "minutes": .integer(minutes)])
        }
        return .array(kept)
    }

    private static let occasions: Set = ["eventCreation", "eventChange", "eventCancellation", "eventResponse", "agenda"]

    private static func notificationSettings(_ value: JSON) throws(GoogleError) -> JSON {
        guard let notifications = (value["notifications"] ?? []).array, value.object != nil,
            notifications.count <= occasions.count
        else { throw .invalid("Invalid value for: notificationSettings") }
        var kept: [JSON] = []
        for notification in notifications {
            guard let type = notification["type"]?.string, occasions.contains(type), notification["method"] == "email" else {
                throw .invalid("Invalid value for: notificationSettings")
            }
            kept.append(["type": .string(type), "method": "email"])
        }
        return ["notifications": .array(kept)]
    }
}
