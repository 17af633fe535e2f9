import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

@Suite("Settings")
struct SettingsTests {
    let google = Google()

    @Test("Everybody has Google's settings, as text")
    func list() throws {
        let coach = try Client(google, "coach@example.com")
        let all = coach.call(.get, "users/me/settings")
        #expect(all.json["kind"] == "calendar#settings")
        #expect(
            all.items.compactMap { $0["id"]?.string } == [
                "autoAddHangouts", "dateFieldOrder", "defaultEventLength", "format24HourTime", "hideInvitations",
                "hideInvitationsSetting", "hideWeekends", "locale", "remindOnRespondedEventsOnly", "showDeclinedEvents",
                "timezone", "useKeyboardShortcuts", "weekStart",
            ])
        #expect(all.items.allSatisfy { $0["kind"] == "calendar#setting" && $0["value"]?.string != nil && $0["etag"] != nil })
        #expect(coach.call(.get, "users/me/settings/weekStart").json["value"] == "0")
        #expect(coach.call(.get, "users/me/settings/colour").status == 404)
        #expect(coach.call(.get, "users/me/settings?maxResults=5").items.count == 5)
        #expect(try KeyHolder(google).client().call(.get, "users/me/settings").items.count == 13)
    }

    @Test("The time zone is the primary calendar's, whichever is changed")
    func timeZone() throws {
        let coach = try Client(google, "coach@example.com")
        let path = "users/me/settings/timezone"
        #expect(coach.call(.get, path).json["value"] == "UTC")
        let before = coach.call(.get, path).json["etag"]
        coach.call(.patch, "calendars/primary", #"{"timeZone":"Europe/Berlin"}"#)
        #expect(coach.call(.get, path).json["value"] == "Europe/Berlin")
        #expect(coach.call(.get, path).json["etag"] != before)
        google.control("settings", #"{"email":"coach@example.com","id":"timezone","value":"Asia/Tokyo"}"#)
        #expect(coach.call(.get, "calendars/primary").json["timeZone"] == "Asia/Tokyo")
        let calendar = try coach.calendar()
        coach.call(.patch, "calendars/\(calendar)", #"{"timeZone":"Europe/Paris"}"#)
        #expect(coach.call(.get, path).json["value"] == "Asia/Tokyo")
    }

    @Test("Each has settings of their own")
    func personal() throws {
        let coach = try Client(google, "coach@example.com")
        let other = try Client(google, "other@example.com")
        google.control("settings", #"{"email":"Coach@example.com","id":"format24HourTime","value":"true"}"#)
        #expect(coach.call(.get, "users/me/settings/format24HourTime").json["value"] == "true")
        #expect(other.call(.get, "users/me/settings/format24HourTime").json["value"] == "false")
    }

    @Test(
        "The control call refuses what cannot be",
        arguments: [
            (#"{"email":"coach@example.com","id":"colour","value":"red"}"#, "id"),
            (#"{"email":"nobody@example.com","id":"locale","value":"de"}"#, "email"),
            (#"{"email":"coach@example.com","id":"weekStart","value":"2"}"#, "value"),
            (#"{"email":"coach@example.com","id":"hideWeekends","value":"yes"}"#, "value"),
            (#"{"email":"coach@example.com","id":"timezone","value":"Mars/Olympus"}"#, "value"),
            (#"{"email":"coach@example.com","id":"defaultEventLength","value":"-1"}"#, "value"),
            (#"{"email":"coach@example.com","id":"locale","value":5}"#, "value"),
            (#"{"email":"coach@example.com","id":"locale","value":"de","colour":1}"#, "colour"),
        ])
    func refused(_ body: String, _ name: String) throws {
        _ = try google.person("coach@example.com")
        let answer = google.control("settings", body)
        #expect(answer.status == 400)
        #expect(answer.json["error"]?.string?.contains(name) == true)
    }

    @Test("Settings have scopes of their own")
    func scopes() throws {
        let holder = try KeyHolder(google)
        #expect(try holder.client(scopes: "calendar.settings.readonly").call(.get, "users/me/settings").status == 200)
        #expect(try holder.client(scopes: "calendar.events").call(.get, "users/me/settings").status == 403)
    }
}
