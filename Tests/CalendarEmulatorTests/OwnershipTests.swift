import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

@Suite("Ownership and lists")
struct OwnershipTests {
    let google = Google()
    let owner: Client
    let admin: Client
    let coach: Client
    let calendar: String

    init() throws {
        owner = try Client(google, "owner@example.com")
        coach = try Client(google, "coach@example.com")
        let made = google.control("users", #"{"email":"admin@example.com","admin":true}"#)
        admin = Client(google, token: try #require(made.json["accessToken"]?.string))
        calendar = try owner.calendar()
    }

    private func transfer(
        _ client: Client, _ calendar: String, to newOwner: String = "coach@example.com", admin: String? = "true"
    ) -> Exchange {
        let wish = admin.map { "&useAdminAccess=" + $0 } ?? ""
        return client.call(.post, "calendars/\(calendar)/transferOwnership?newDataOwner=\(newOwner)\(wish)")
    }

    @Test("An administrator gives a calendar another owner; the one of before stays with the role")
    func transfer() throws {
        let done = transfer(admin, calendar, to: "Coach@example.com")
        #expect(done.status == 204)
        #expect(done.text.isEmpty)
        #expect(coach.call(.get, "calendars/\(calendar)").json["dataOwner"] == "coach@example.com")
        let entry = coach.call(.get, "users/me/calendarList/\(calendar)").json
        #expect(entry["accessRole"] == "owner")
        #expect(entry["dataOwner"] == "coach@example.com")
        let rules = coach.call(.get, "calendars/\(calendar)/acl").items
        #expect(rules.map { $0["id"] } == ["user:owner@example.com", "user:coach@example.com"])
        #expect(rules.map { $0["role"] } == ["owner", "owner"])
        // Frozen is now the other rule, and only the new owner deletes.
        #expect(owner.call(.delete, "calendars/\(calendar)/acl/user:coach@example.com").reason == "forbidden")
        #expect(coach.call(.patch, "calendars/\(calendar)/acl/user:owner@example.com", #"{"role":"reader"}"#).status == 200)
        #expect(owner.call(.delete, "users/me/calendarList/\(calendar)").status == 204)
        #expect(owner.call(.delete, "calendars/\(calendar)").status == 403)
        #expect(coach.call(.delete, "calendars/\(calendar)").status == 204)
    }

    @Test("A transfer to the owner changes nothing")
    func same() throws {
        let before = owner.call(.get, "calendars/\(calendar)").json
        #expect(transfer(admin, calendar, to: "owner@example.com").status == 204)
        #expect(owner.call(.get, "calendars/\(calendar)").json == before)
    }

    @Test("Only administrators transfer, and only by saying so")
    func administrators() throws {
        #expect(transfer(owner, calendar).reason == "forbidden")
        #expect(transfer(admin, calendar, admin: nil).reason == "required")
        #expect(transfer(admin, calendar, admin: "false").reason == "invalid")
        #expect(transfer(admin, calendar, to: "").reason == "required")
        let holder = try KeyHolder(google, delegation: #","delegatedScopes":["https://www.googleapis.com/auth/calendar"]"#)
        #expect(try transfer(holder.client(), calendar).reason == "forbidden")
        #expect(owner.call(.get, "calendars/\(calendar)").json["dataOwner"] == "owner@example.com")
    }

    @Test("Transfers stay within the organisation, and are of secondary calendars of people")
    func conditions() throws {
        _ = try google.person("client@example.org")
        #expect(transfer(admin, calendar, to: "client@example.org").reason == "forbidden")
        #expect(transfer(admin, calendar, to: "nobody@example.com").reason == "invalid")
        #expect(transfer(admin, "nothing").status == 404)
        #expect(transfer(admin, "owner@example.com").reason == "invalid")
        let foreign = try Client(google, "client@example.org").calendar()
        #expect(transfer(admin, foreign).status == 404)
        let account = try KeyHolder(google).client()
        let accounts = try account.calendar()
        account.share(accounts, with: #"{"type":"user","value":"admin@example.com"}"#, as: "owner")
        #expect(transfer(admin, accounts).reason == "forbidden")
    }

    @Test("A list can be narrowed to the calendars of the own organisation")
    func organization() throws {
        let stranger = try Client(google, "client@example.org")
        let foreign = try stranger.calendar()
        stranger.share(foreign, with: #"{"type":"user","value":"owner@example.com"}"#, as: "reader")
        owner.call(.post, "users/me/calendarList", #"{"id":"\#(foreign)"}"#)
        #expect(owner.call(.get, "users/me/calendarList").items.count == 3)
        let own = owner.call(.get, "users/me/calendarList?showOwnOrganizationOnly=true")
        #expect(own.items.map { $0["id"]?.string } == ["owner@example.com", calendar])
        // Means nothing outside of organisations.
        let consumer = try Client(google, "somebody@gmail.com")
        stranger.share(foreign, with: #"{"type":"user","value":"somebody@gmail.com"}"#, as: "reader")
        consumer.call(.post, "users/me/calendarList", #"{"id":"\#(foreign)"}"#)
        #expect(consumer.call(.get, "users/me/calendarList?showOwnOrganizationOnly=true").items.count == 2)
    }

    static let settings = [
        #"{"hidden":"yes"}"#, #"{"selected":1}"#, #"{"summaryOverride":5}"#, #"{"colorId":5}"#, #"{"colorId":"25"}"#,
        #"{"defaultReminders":"no"}"#, #"{"defaultReminders":[{"method":"sms","minutes":1}]}"#,
        #"{"defaultReminders":[{"method":"popup","minutes":40321}]}"#, #"{"notificationSettings":[]}"#,
        #"{"notificationSettings":{"notifications":[{"type":"whim","method":"email"}]}}"#,
        #"{"notificationSettings":{"notifications":{}}}"#, #"{"backgroundColor":"red"}"#,
        #"{"defaultReminders":["#
            + (1...6).map { #"{"method":"popup","minutes":\#($0)}"# }.joined(separator: ",") + "]}",
    ]

    @Test("What an entry cannot hold is refused", arguments: settings)
    func invalid(_ body: String) {
        let path = "users/me/calendarList/\(calendar)?colorRgbFormat=true"
        let before = owner.call(.get, "users/me/calendarList/\(calendar)").json
        #expect(owner.call(.patch, path, body).status == 400)
        #expect(owner.call(.get, "users/me/calendarList/\(calendar)").json == before)
    }

    @Test("What an entry can hold is kept, without what nobody knows")
    func valid() {
        let path = "users/me/calendarList/\(calendar)"
        let body = ##"""
            {"summaryOverride":"Mine","hidden":true,"selected":false,"backgroundColor":"#0088aa","foregroundColor":"#ffffff",
            "defaultReminders":[{"method":"popup","minutes":10,"colour":1}],"kind":"x","accessRole":"reader",
            "notificationSettings":{"notifications":[{"type":"agenda","method":"email"}]}}
            """##
        let entry = owner.call(.patch, path + "?colorRgbFormat=true", body).json
        #expect(entry["summaryOverride"] == "Mine")
        #expect(entry["hidden"] == true)
        #expect(entry["selected"] == nil)
        #expect(entry["backgroundColor"] == "#0088aa")
        #expect(entry["defaultReminders"] == [["method": "popup", "minutes": 10]])
        #expect(entry["notificationSettings"] == ["notifications": [["type": "agenda", "method": "email"]]])
        #expect(entry["accessRole"] == "owner")
        // A colour by number takes the place of the one by RGB; null clears.
        let cleared = owner.call(.patch, path, #"{"colorId":"3","summaryOverride":null,"defaultReminders":null}"#).json
        #expect(cleared["backgroundColor"] == "#f83a22")
        #expect(cleared["summaryOverride"] == nil)
        #expect(cleared["defaultReminders"] == [])
    }

    @Test("A calendar keeps a title, and a rule that is replaced needs its scope")
    func required() {
        for body in [#"{"summary":null}"#, #"{"summary":""}"#] {
            #expect(owner.call(.patch, "calendars/\(calendar)", body).reason == "required")
        }
        owner.share(calendar, with: #"{"type":"default"}"#, as: "reader")
        let rule = "calendars/\(calendar)/acl/default"
        #expect(owner.call(.put, rule, #"{"role":"freeBusyReader"}"#).reason == "required")
        #expect(owner.call(.put, rule, #"{"role":"freeBusyReader","scope":{"type":"default"}}"#).status == 200)
        #expect(owner.call(.patch, rule, #"{"role":"reader"}"#).status == 200)
    }
}
