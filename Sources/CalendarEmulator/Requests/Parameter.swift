import Foundation

/// What a query parameter of the API may hold, after Google's discovery document.
enum Parameter: Sendable {
    case text
    /// Up to so many characters.
    case shortText(Int)
    case boolean
    case integer(ClosedRange<Int64>)
    case oneOf([String])
    case dateTime
    case timeZone

    /// Accepted by every method: what the discovery document lists, and behind it what Google's front end takes for all
    /// its APIs.
    static let global: [String: Parameter] = [
        "alt": .oneOf(["json"]), "fields": .text, "key": .text, "oauth_token": .text, "prettyPrint": .boolean,
        "quotaUser": .shortText(40), "userIp": .text, "access_token": .text, "callback": .text, "upload_protocol": .text,
        "uploadType": .text, "$.xgafv": .text,
    ]

    /// Discovery gives most page sizes a minimum and no maximum: larger ones are cut down, not refused.
    static let pageSize = Parameter.integer(1...Int64(Int32.max))

    static let list: [String: Parameter] = ["maxResults": .pageSize, "pageToken": .text, "syncToken": .text]
    static let aclList = list.merging(["showDeleted": .boolean]) { $1 }
    static let aclWrite: [String: Parameter] = ["sendNotifications": .boolean]
    static let entryWrite: [String: Parameter] = ["colorRgbFormat": .boolean]
    static let entryList = list.merging([
        "minAccessRole": .oneOf(["freeBusyReader", "owner", "reader", "writer", "writerWithoutPrivateAccess"]),
        "showDeleted": .boolean, "showHidden": .boolean, "showOwnOrganizationOnly": .boolean,
    ]) { $1 }

    static let notifications: [String: Parameter] = [
        "sendNotifications": .boolean, "sendUpdates": .oneOf(["all", "externalOnly", "none"]),
    ]
    static let eventInsert = notifications.merging([
        "conferenceDataVersion": .integer(0...1), "eventLabelVersion": .integer(0...1), "maxAttendees": .pageSize,
        "supportsAttachments": .boolean,
    ]) { $1 }
    static let eventUpdate = eventInsert.merging(["alwaysIncludeEmail": .boolean]) { $1 }
    static let eventImport: [String: Parameter] = [
        "conferenceDataVersion": .integer(0...1), "eventLabelVersion": .integer(0...1), "supportsAttachments": .boolean,
    ]
    static let eventGet: [String: Parameter] = [
        "alwaysIncludeEmail": .boolean, "maxAttendees": .pageSize, "timeZone": .timeZone,
    ]
    static let eventInstances = eventGet.merging([
        "maxResults": .pageSize, "originalStart": .text, "pageToken": .text, "showDeleted": .boolean, "timeMax": .dateTime,
        "timeMin": .dateTime,
    ]) { $1 }
    static let eventList = eventGet.merging(list) { $1 }.merging([
        "eventTypes": .oneOf(["birthday", "default", "focusTime", "fromGmail", "outOfOffice", "workingLocation"]),
        "iCalUID": .text, "orderBy": .oneOf(["startTime", "updated"]), "privateExtendedProperty": .text, "q": .text,
        "sharedExtendedProperty": .text, "showDeleted": .boolean, "showHiddenInvitations": .boolean, "singleEvents": .boolean,
        "timeMax": .dateTime, "timeMin": .dateTime, "updatedMin": .dateTime,
    ]) { $1 }

    /// Those that may be given several times.
    static let repeatable: Set = ["eventTypes", "privateExtendedProperty", "sharedExtendedProperty"]
    /// Those a method does not go without, by its id.
    static let required: [String: [String]] = [
        "calendars.transferOwnership": ["newDataOwner", "useAdminAccess"], "events.move": ["destination"],
        "events.quickAdd": ["text"],
    ]

    /// Refuses parameters a method does not have, values that cannot be read, and what is missing.
    static func validate(_ query: Query, of route: Route, refusesRepeated: Bool) throws(GoogleError) {
        var seen: Set<String> = []
        for (name, value) in query.items {
            guard let parameter = route.parameters[name] ?? global[name] else {
                throw .invalidParameter(name, "Unknown parameter: '\(name)'")
            }
            try parameter.validate(value, name: name)
            if !seen.insert(name).inserted, refusesRepeated, !repeatable.contains(name) {
                throw .invalidParameter(name, "Proto field is not repeating, cannot start list.")
            }
        }
        for name in required[route.id] ?? [] where !seen.contains(name) {
            throw .required("Required parameter: \(name)", at: .parameter(name))
        }
        guard let fields = query["fields"] else { return }
        let selector = FieldSelector(fields)
        guard let selector, ResponseFields.of(method: route.id).map(selector.isWithin) ?? true else {
            throw .invalidParameter("fields", "Invalid field selection \(fields)")
        }
    }

    private func validate(_ value: String, name: String) throws(GoogleError) {
        switch self {
        case .text:
            break
        case .shortText(let limit):
            guard value.count <= limit else {
                throw .invalidParameter(name, "Invalid value for \(name): it must not exceed \(limit) characters.")
            }
        case .boolean:
            guard ["true", "false", "True", "False", "1", "0"].contains(value) else {
                throw .invalidParameter(name, "Invalid boolean value: '\(value)'.")
            }
        case .integer(let range):
            guard let number = Int64(value) else { throw .invalidParameter(name, "Invalid value '\(value)'. Not a number.") }
            guard range.contains(number) else {
                throw .invalidParameter(
                    name,
                    "Invalid value '\(value)'. Values must be within the range: [\(range.lowerBound), \(range.upperBound)]")
            }
        case .oneOf(let values):
            guard values.contains(value) else {
                throw .invalidParameter(
                    name, "Invalid value '\(value)'. Allowed values are: [\(values.joined(separator: ", "))]")
            }
        case .dateTime:
            // Google wants an offset in bounds and says no more than this when it is missing.
            guard DateTimeText(value)?.offset != nil else { throw .badRequest() }
        case .timeZone:
            guard TimeZone.iana(value) != nil else {
                throw .invalidParameter(name, "Invalid time zone: '\(value)'.")
            }
        }
    }
}
