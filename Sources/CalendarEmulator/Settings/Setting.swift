import Foundation
import OrderedCollections

/// One of a person's settings. Every value is text.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/settings
struct Setting: Sendable {
    var id: String
    var value: String
    var etag: String

    /// What a new account has. `hideInvitationsSetting` is seen in answers and not documented; its value is a guess.
    static let usual: OrderedDictionary<String, String> = [
        "autoAddHangouts": "false", "dateFieldOrder": "MDY", "defaultEventLength": "60", "format24HourTime": "false",
        "hideInvitations": "false", "hideInvitationsSetting": "NONE", "hideWeekends": "false", "locale": "en",
        "remindOnRespondedEventsOnly": "false", "showDeclinedEvents": "true", "timezone": "Etc/GMT",
        "useKeyboardShortcuts": "true", "weekStart": "0",
    ]

    static let maximumLength = 1024

    /// Whether a setting can have this value. The reference lists the values of most of them.
    static func allows(_ value: String, for id: String) -> Bool {
        switch id {
        case "dateFieldOrder": ["MDY", "DMY", "YMD"].contains(value)
        case "defaultEventLength": Int(value).map { $0 > 0 } ?? false
        case "weekStart": ["0", "1", "6"].contains(value)
        case "timezone": TimeZone.iana(value) != nil
        case "locale", "hideInvitationsSetting": !value.isEmpty && value.utf8.count <= maximumLength
        default: ["true", "false"].contains(value)
        }
    }

    var json: JSON {
        ["kind": "calendar#setting", "etag": .string(etag), "id": .string(id), "value": .string(value)]
    }
}
