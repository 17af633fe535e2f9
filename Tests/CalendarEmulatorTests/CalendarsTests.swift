import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

@Suite("Calendars, sharing and lists")
struct CalendarsTests {
    let google = Google()

    @Test("A service account starts with an empty list; a calendar it makes is its own and is listed")
    func insert() throws {
        let holder = try KeyHolder(google)
        let client = try holder.client()
        #expect(client.call(.get, "users/me/calendarList").items.isEmpty)
        let made = client.call(.post, "calendars", #"{"summary":"Coaching","timeZone":"Europe/Berlin","id":"mine","kind":"x"}"#)
        #expect(made.status == 200)
        #expect(made.json["dataOwner"]?.string == holder.email)
        #expect(
            made.json.object?.keys.elements == [
                "kind", "etag", "id", "summary", "timeZone", "conferenceProperties", "dataOwner",
            ])
        let id = try #require(made.json["id"]?.string)
        #expect(id.wholeMatch(of: /[0-9a-v]{26}@group\.calendar\.google\.com/) != nil)
        let entry = client.call(.get, "users/me/calendarList").items.first
        #expect(entry?["id"]?.string == id)
        #expect(entry?["accessRole"] == "owner")
        #expect(entry?["dataOwner"]?.string == holder.email)
        #expect(client.call(.get, "calendars/\(id.replacing("@", with: "%40"))").json["summary"] == "Coaching")
    }

    @Test("PATCH merges, null clears, PUT replaces")
    func change() throws {
        let client = try Client(google, "coach@example.com")
        let id = try client.calendar(#"{"summary":"A","description":"B","location":"C"}"#)
        let patched = client.call(.patch, "calendars/\(id)", #"{"description":null,"timeZone":"Asia/Tokyo"}"#).json
        #expect(patched["description"] == nil)
        #expect(patched["location"] == "C")
        #expect(patched["timeZone"] == "Asia/Tokyo")
        let put = client.call(.put, "calendars/\(id)", #"{"summary":"D"}"#).json
        #expect(put["summary"] == "D")
        #expect(put["location"] == nil)
        #expect(put["etag"] != patched["etag"])
        #expect(client.call(.put, "calendars/\(id)", "{}").reason == "required")
        #expect(client.call(.post, "calendars", "{}").reason == "required")
        #expect(client.call(.post, "calendars", #"{"summary":"A","timeZone":"Mars/Olympus"}"#).status == 400)
    }

    @Test("Only the data owner deletes, and then it is gone for everybody")
    func delete() throws {
        let owner = try Client(google, "owner@example.com")
        let other = try Client(google, "coach@example.com")
        let id = try owner.calendar()
        #expect(other.call(.delete, "calendars/\(id)").status == 404)
        owner.share(id, with: #"{"type":"user","value":"coach@example.com"}"#, as: "owner")
        other.call(.post, "users/me/calendarList", #"{"id":"\#(id)"}"#)
        #expect(other.call(.delete, "calendars/\(id)").reason == "forbidden")
        #expect(owner.call(.delete, "calendars/primary").status == 403)
        #expect(owner.call(.delete, "calendars/\(id)").status == 204)
        #expect(owner.call(.get, "calendars/\(id)").status == 404)
        #expect(other.call(.get, "users/me/calendarList").items.count == 1)
    }

    @Test("primary is the caller's own calendar")
    func primary() throws {
        let holder = try KeyHolder(google)
        #expect(try holder.client().call(.get, "calendars/primary").json["id"]?.string == holder.email)
        let person = try Client(google, "coach@example.com")
        #expect(person.call(.get, "calendars/primary").json["id"] == "coach@example.com")
        #expect(person.call(.get, "users/me/calendarList/primary").json["primary"] == true)
    }

    static let roles: [(role: String, get: Int, list: Int, insert: Int, acl: Int, share: Int)] = [
        ("none", 404, 404, 404, 404, 404),
        ("freeBusyReader", 200, 200, 403, 403, 403),
        ("reader", 200, 200, 403, 403, 403),
        ("writerWithoutPrivateAccess", 200, 200, 200, 403, 403),
        ("writer", 200, 200, 200, 200, 403),
        ("owner", 200, 200, 200, 200, 200),
    ]

    @Test("A role allows what it says", arguments: roles)
    func role(_ role: String, _ get: Int, _ list: Int, _ insert: Int, _ acl: Int, _ share: Int) throws {
        let owner = try Client(google, "owner@example.com")
        let coach = try Client(google, "coach@example.com")
        let id = try owner.calendar()
        if role != "none" { owner.share(id, with: #"{"type":"user","value":"coach@example.com"}"#, as: role) }
        #expect(coach.call(.get, "calendars/\(id)").status == get)
        let events = coach.call(.get, "calendars/\(id)/events")
        #expect(events.status == list)
        if list == 200 { #expect(events.json["accessRole"]?.string == role) }
        #expect(coach.insert(id, event()).status == insert)
        #expect(coach.call(.get, "calendars/\(id)/acl").status == acl)
        #expect(coach.share(id, with: #"{"type":"default"}"#, as: "reader").status == share)
    }

    @Test("Rules for a domain and for everybody count, and the strongest wins")
    func scopes() throws {
        let owner = try Client(google, "owner@example.com")
        let coach = try Client(google, "coach@example.org")
        let id = try owner.calendar()
        for (scope, role, effective) in [
            (#"{"type":"default"}"#, "freeBusyReader", "freeBusyReader"),
            (#"{"type":"domain","value":"example.org"}"#, "writer", "writer"),
            (#"{"type":"user","value":"Coach@Example.org"}"#, "reader", "writer"),
        ] {
            #expect(owner.share(id, with: scope, as: role).status == 200)
            #expect(coach.call(.get, "calendars/\(id)/events").json["accessRole"]?.string == effective)
        }
        let rules = owner.call(.get, "calendars/\(id)/acl").items.compactMap { $0["id"]?.string }
        #expect(rules == ["user:owner@example.com", "default", "domain:example.org", "user:coach@example.org"])
    }

    @Test("Sharing mails the grantee unless told not to, and leaves the grantee's list alone")
    func mails() throws {
        let owner = try Client(google, "owner@example.com")
        let coach = try Client(google, "coach@example.com")
        let id = try owner.calendar()
        let scope = #"{"type":"user","value":"coach@example.com"}"#
        owner.call(.post, "calendars/\(id)/acl?sendNotifications=false", #"{"role":"reader","scope":\#(scope)}"#)
        #expect(google.send(.get, "/emulator/state").json["mails"] == [])
        #expect(owner.share(id, with: scope, as: "writer").json["id"] == "user:coach@example.com")
        let mails = google.send(.get, "/emulator/state").json["mails"]
        #expect(mails?[0]?["to"] == "coach@example.com")
        #expect(mails?[0]?["calendarId"]?.string == id)
        #expect(coach.call(.get, "users/me/calendarList").items.count == 1)
        let inserted = coach.call(.post, "users/me/calendarList", #"{"id":"\#(id)","summaryOverride":"Mine"}"#)
        #expect(inserted.json["accessRole"] == "writer")
        #expect(coach.call(.get, "users/me/calendarList").items.last?["summaryOverride"] == "Mine")
    }

    @Test("Rules can be read, changed, inserted again and taken away")
    func rules() throws {
        let owner = try Client(google, "owner@example.com")
        let id = try owner.calendar()
        let scope = #"{"type":"user","value":"coach@example.com"}"#
        let first = owner.share(id, with: scope, as: "reader").json
        let rule = "calendars/\(id)/acl/user:coach@example.com"
        #expect(owner.call(.get, rule).json == first)
        #expect(owner.share(id, with: scope, as: "writer").json["role"] == "writer")
        #expect(owner.call(.patch, rule, #"{"role":"reader"}"#, headers: ["If-Match": "\"old\""]).status == 412)
        #expect(owner.call(.patch, rule, #"{"role":"reader"}"#).json["role"] == "reader")
        #expect(owner.call(.put, rule, "{}").reason == "required")
        google.switches(#"{"aclInsertUpserts":false}"#)
        #expect(owner.share(id, with: scope, as: "owner").reason == "duplicate")
        #expect(owner.call(.delete, rule).status == 204)
        #expect(owner.call(.get, rule).status == 404)
        #expect(owner.share(id, with: scope, as: "king").status == 400)
        #expect(owner.share(id, with: #"{"type":"user","value":"coach"}"#, as: "reader").status == 400)
    }

    @Test("The data owner's rule is frozen, and a primary calendar keeps an owner")
    func frozen() throws {
        let owner = try Client(google, "owner@example.com")
        let id = try owner.calendar()
        let rule = "calendars/\(id)/acl/user:owner@example.com"
        #expect(owner.call(.patch, rule, #"{"role":"reader"}"#).reason == "forbidden")
        #expect(owner.call(.delete, rule).reason == "forbidden")
        #expect(owner.call(.delete, "users/me/calendarList/\(id)").status == 403)
        let last = owner.call(.delete, "calendars/primary/acl/user:owner@example.com")
        #expect(last.reason == "cannotRemoveLastCalendarOwnerFromAcl")
    }

    @Test("Lists come in pages")
    func pages() throws {
        let owner = try Client(google, "owner@example.com")
        let id = try owner.calendar()
        for number in 1...4 { owner.share(id, with: #"{"type":"user","value":"c\#(number)@example.com"}"#, as: "reader") }
        for path in ["calendars/\(id)/acl", "users/me/calendarList"] {
            let whole = owner.call(.get, path).items
            var found: [JSON] = []
            var token: String?
            repeat {
                let page = owner.call(.get, path + "?maxResults=2" + (token.map { "&pageToken=" + $0 } ?? ""))
                #expect(page.items.count <= 2)
                found += page.items
                token = page.json["nextPageToken"]?.string
            } while token != nil
            #expect(found == whole)
            #expect(owner.call(.get, path + "?pageToken=nonsense").status == 400)
        }
    }

    @Test("A hidden entry is listed only on request; colours are checked")
    func entries() throws {
        let coach = try Client(google, "coach@example.com")
        let id = try coach.calendar()
        let path = "users/me/calendarList/\(id)"
        #expect(coach.call(.patch, path, #"{"hidden":true,"colorId":"24"}"#).json["backgroundColor"] == "#a47ae2")
        #expect(coach.call(.get, "users/me/calendarList").items.count == 1)
        #expect(coach.call(.get, "users/me/calendarList?showHidden=true").items.count == 2)
        #expect(coach.call(.patch, path, #"{"colorId":"25"}"#).status == 400)
        let black = coach.call(.patch, path + "?colorRgbFormat=true", ##"{"backgroundColor":"#000000"}"##)
        #expect(black.json["backgroundColor"] == "#000000")
        #expect(coach.call(.post, "users/me/calendarList", #"{"id":"nothing"}"#).status == 404)
    }

    @Test("app.created reaches only the calendars its own project made")
    func appCreated() throws {
        let ours = try KeyHolder(google)
        let id = try ours.client(scopes: "calendar.app.created").calendar()
        let other = try KeyHolder(google, project: "elsewhere")
        try ours.client().share(id, with: #"{"type":"user","value":"\#(other.email)"}"#, as: "owner")
        #expect(try ours.client(scopes: "calendar.app.created").call(.get, "calendars/\(id)").status == 200)
        #expect(try other.client(scopes: "calendar.app.created").call(.get, "calendars/\(id)").status == 404)
        #expect(try other.client().call(.get, "calendars/\(id)").status == 200)
        #expect(try ours.client(scopes: "calendar.app.created").call(.get, "calendars/primary").status == 404)
    }

    @Test("Some scopes reach less than the principal may")
    func narrowScopes() throws {
        let holder = try KeyHolder(google)
        let own = try holder.client().calendar()
        try holder.client().insert(own, event(#""summary":"A""#))
        let owner = try Client(google, "owner@example.com")
        let shared = try owner.calendar()
        owner.share(shared, with: #"{"type":"user","value":"\#(holder.email)"}"#, as: "writer")
        let freeBusy = try holder.client(scopes: "calendar.events.freebusy").call(.get, "calendars/\(own)/events")
        #expect(freeBusy.json["accessRole"] == "freeBusyReader")
        #expect(freeBusy.items.first?["summary"] == nil)
        let owned = try holder.client(scopes: "calendar.events.owned")
        #expect(owned.insert(own, event()).status == 200)
        #expect(owned.insert(shared, event()).status == 404)
        let open = try holder.client(scopes: "calendar.events.public.readonly")
        #expect(open.call(.get, "calendars/\(shared)/events").status == 404)
        owner.share(shared, with: #"{"type":"default"}"#, as: "reader")
        #expect(open.call(.get, "calendars/\(shared)/events").json["accessRole"] == "reader")
    }

    @Test("The colours are Google's")
    func colors() throws {
        let colors = try Client(google, "coach@example.com").call(.get, "colors").json
        #expect(colors["event"]?["11"] == ["background": "#dc2127", "foreground": "#1d1d1d"])
        #expect(colors["event"]?.object?.count == 11)
        #expect(colors["calendar"]?.object?.count == 24)
    }

    @Test("A service account's own calendar cannot be shared, unless a switch says so", arguments: [true, false])
    func primaryOfServiceAccount(_ isRefused: Bool) throws {
        let client = try KeyHolder(google).client()
        google.switches(#"{"serviceAccountPrimaryAclRefused":\#(isRefused)}"#)
        let answer = client.share("primary", with: #"{"type":"user","value":"coach@example.com"}"#, as: "reader")
        #expect(answer.status == (isRefused ? 403 : 200))
        #expect(answer.reason == (isRefused ? "cannotRemoveLastCalendarOwnerFromAcl" : nil))
    }

    @Test("The list's etag changes with every entry, calendar and rule in it, and with a deletion")
    func listEtag() throws {
        let coach = try Client(google, "coach@example.com")
        let id = try coach.calendar()
        var seen: Set<String> = []
        for (method, path, body) in [
            (HTTPRequest.Method.get, "colors", ""), (.patch, "users/me/calendarList/\(id)", #"{"summaryOverride":"Mine"}"#),
            (.patch, "calendars/\(id)", #"{"description":"New"}"#),
            (.post, "calendars/\(id)/acl", #"{"role":"reader","scope":{"type":"default"}}"#),
            (.delete, "calendars/\(id)/acl/default", ""), (.delete, "calendars/\(id)", ""),
        ] {
            #expect(coach.call(method, path, body).status < 300)
            let etag = try #require(coach.call(.get, "users/me/calendarList").json["etag"]?.string)
            #expect(seen.insert(etag).inserted, "\(method) \(path)")
            #expect(coach.call(.get, "users/me/calendarList", headers: ["If-None-Match": etag]).status == 304)
        }
    }

    @Test("If-Match refuses stale calendars, entries and deletions with 412, and spares known reads with 304")
    func conditions() throws {
        let coach = try Client(google, "coach@example.com")
        let id = try coach.calendar()
        for path in ["calendars/\(id)", "users/me/calendarList/\(id)"] {
            let etag = try #require(coach.call(.get, path).json["etag"]?.string)
            #expect(coach.call(.get, path, headers: ["If-None-Match": etag]).status == 304)
            for (method, body) in [(HTTPRequest.Method.patch, "{}"), (.put, #"{"summary":"A"}"#), (.delete, "")] {
                let stale = coach.call(method, path, body, headers: ["If-Match": "\"old\""])
                #expect(stale.status == 412)
                #expect(stale.reason == "conditionNotMet")
            }
            #expect(coach.call(.patch, path, "{}", headers: ["If-Match": etag]).status == 200)
        }
    }

    @Test("How the owner of the data is protected is a switch: deletion by others, the own list, the own rule")
    func ownerRefusals() throws {
        let (owner, other) = (try Client(google, "owner@example.com"), try Client(google, "other@example.com"))
        let id = try owner.calendar()
        owner.share(id, with: #"{"type":"user","value":"other@example.com"}"#, as: "owner")
        let rule = "calendars/\(id)/acl/user:owner@example.com"
        for (status, reason) in [(403, "forbidden"), (400, "cannotChangeOwnerAcl")] {
            google.switches(#"{"ownerRefusalStatus":\#(status),"ownerRefusalReason":"\#(reason)"}"#)
            for refused in [
                other.call(.delete, "calendars/\(id)"), owner.call(.delete, "users/me/calendarList/\(id)"),
                other.call(.patch, rule, #"{"role":"reader"}"#), other.call(.delete, rule),
                other.share(id, with: #"{"type":"user","value":"owner@example.com"}"#, as: "reader"),
            ] {
                #expect(refused.status == status)
                #expect(refused.reason == reason)
            }
        }
        #expect(google.control("switches", #"{"ownerRefusalReason":""}"#).status == 400)
    }
}
