import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

@Suite("Incremental lists of rules, entries and settings")
struct ListSyncTests {
    let google = Google()

    private func token(_ exchange: Exchange) throws -> String { try #require(exchange.json["nextSyncToken"]?.string) }

    private func ids(_ exchange: Exchange) -> [String] { exchange.items.compactMap { $0["id"]?.string } }

    /// Reads on page by page. - Parameter between: done after the first page.
    private func pages(_ client: Client, _ path: String, between: () -> Void = {}) -> (items: [JSON], last: Exchange) {
        var (items, page) = ([JSON](), client.call(.get, path))
        var isFirst = true
        while let next = page.json["nextPageToken"]?.string {
            items += page.items
            #expect(page.json["nextSyncToken"] == nil)
            if isFirst { between() }
            isFirst = false
            page = client.call(.get, path + (path.contains("?") ? "&" : "?") + "pageToken=" + next)
        }
        return (items + page.items, page)
    }

    @Test("Rules: only what changed, and deleted ones with role none")
    func rules() throws {
        let owner = try Client(google, "owner@example.com")
        let path = "calendars/\(try owner.calendar())/acl"
        let calendar = String(path.dropFirst(10).dropLast(4))
        for name in ["a", "b"] {
            owner.share(calendar, with: #"{"type":"user","value":"\#(name)@example.com"}"#, as: "reader")
        }
        let first = try token(owner.call(.get, path))
        #expect(owner.call(.get, path + "?syncToken=" + first).items.isEmpty)
        owner.call(.delete, path + "/user:a@example.com")
        owner.share(calendar, with: #"{"type":"user","value":"c@example.com"}"#, as: "writer")
        owner.call(.patch, path + "/user:b@example.com", #"{"role":"none"}"#)
        let changes = owner.call(.get, path + "?syncToken=" + first)
        #expect(ids(changes) == ["user:a@example.com", "user:c@example.com", "user:b@example.com"])
        #expect(changes.items.map { $0["role"]?.string } == ["none", "writer", "none"])
        #expect(changes.items[0]["scope"] == ["type": "user", "value": "a@example.com"])
        #expect(owner.call(.get, path + "?syncToken=" + (try token(changes))).items.isEmpty)
        #expect(ids(owner.call(.get, path)) == ["user:owner@example.com", "user:c@example.com"])
        #expect(owner.call(.get, path + "?showDeleted=true").items.count == 4)
        // Shared again it is a rule again.
        owner.share(calendar, with: #"{"type":"user","value":"a@example.com"}"#, as: "reader")
        #expect(owner.call(.get, path + "?syncToken=" + (try token(changes))).items.map { $0["role"] } == ["reader"])
        #expect(ids(owner.call(.get, path)).last == "user:a@example.com")
    }

    @Test("Entries: hidden and removed ones come too")
    func entries() throws {
        let owner = try Client(google, "owner@example.com")
        let coach = try Client(google, "coach@example.com")
        let shared = try owner.calendar()
        owner.share(shared, with: #"{"type":"user","value":"coach@example.com"}"#, as: "reader")
        coach.call(.post, "users/me/calendarList", #"{"id":"\#(shared)"}"#)
        let own = try coach.calendar()
        let path = "users/me/calendarList"
        let first = try token(coach.call(.get, path))
        coach.call(.patch, path + "/\(own)", #"{"hidden":true}"#)
        coach.call(.delete, path + "/\(shared)")
        let changes = coach.call(.get, path + "?syncToken=" + first)
        #expect(ids(changes) == [own, shared])
        #expect(changes.items[0]["hidden"] == true)
        #expect(changes.items[1].object?.keys.elements == ["kind", "etag", "id", "deleted"])
        #expect(changes.items[1]["deleted"] == true)
        #expect(ids(coach.call(.get, path)) == ["coach@example.com"])
        #expect(ids(coach.call(.get, path + "?showDeleted=true&showHidden=true")) == ["coach@example.com", shared, own])
        coach.call(.delete, "calendars/\(own)")
        let last = coach.call(.get, path + "?syncToken=" + (try token(changes)))
        #expect(ids(last) == [own])
        #expect(last.items[0]["deleted"] == true)
    }

    @Test("Entries change with their calendar, for everybody who lists it")
    func renamed() throws {
        let owner = try Client(google, "owner@example.com")
        let coach = try Client(google, "coach@example.com")
        let shared = try owner.calendar()
        owner.share(shared, with: #"{"type":"user","value":"coach@example.com"}"#, as: "reader")
        coach.call(.post, "users/me/calendarList", #"{"id":"\#(shared)"}"#)
        let path = "users/me/calendarList"
        for person in [owner, coach] {
            let first = try token(person.call(.get, path))
            let etag = try #require(person.call(.get, "\(path)/\(shared)").json["etag"]?.string)
            let name = "Renamed once more " + etag
            owner.call(.patch, "calendars/\(shared)", #"{"summary":"\#(name.replacing("\"", with: ""))"}"#)
            let changes = person.call(.get, path + "?syncToken=" + first).items
            #expect(changes.map { $0["id"]?.string } == [shared])
            #expect(changes.first?["summary"]?.string?.hasPrefix("Renamed once more") == true)
            let again = person.call(.get, "\(path)/\(shared)", headers: ["If-None-Match": etag])
            #expect(again.status == 200)
            #expect(again.json["etag"] == changes.first?["etag"])
        }
        let primary = try token(coach.call(.get, path))
        google.control("settings", #"{"email":"coach@example.com","id":"timezone","value":"Europe/Berlin"}"#)
        let changes = coach.call(.get, path + "?syncToken=" + primary).items
        #expect(changes.map { $0["timeZone"] } == ["Europe/Berlin"])
    }

    @Test("Entries change with the role of their holder, go with access and come back with it")
    func access() throws {
        let owner = try Client(google, "owner@example.com")
        let coach = try Client(google, "coach@example.com")
        let shared = try owner.calendar()
        let path = "users/me/calendarList"
        func share(_ role: String) {
            owner.share(shared, with: #"{"type":"user","value":"coach@example.com"}"#, as: role)
        }
        share("reader")
        coach.call(.post, path, #"{"id":"\#(shared)","summaryOverride":"Mine"}"#)
        var sync = try token(coach.call(.get, path))
        func changes() throws -> [JSON] {
            let answer = coach.call(.get, path + "?syncToken=" + sync)
            sync = try token(answer)
            return answer.items
        }
        share("reader")
        owner.share(shared, with: #"{"type":"user","value":"other@example.com"}"#, as: "reader")
        #expect(try changes().isEmpty)
        share("writer")
        #expect(try changes().map { $0["accessRole"] } == ["writer"])
        owner.call(.delete, "calendars/\(shared)/acl/user:coach@example.com")
        let gone = try changes()
        #expect(gone.map { $0["id"]?.string } == [shared])
        #expect(gone.map { $0["deleted"] } == [true])
        #expect(ids(coach.call(.get, path)) == ["coach@example.com"])
        owner.share(shared, with: #"{"type":"domain","value":"example.com"}"#, as: "reader")
        let back = try changes()
        #expect(back.map { $0["summaryOverride"] } == ["Mine"])
        #expect(back.map { $0["accessRole"] } == ["reader"])
        // What somebody took off the list stays off.
        coach.call(.delete, "\(path)/\(shared)")
        #expect(try changes().map { $0["deleted"] } == [true])
        share("writer")
        #expect(try changes().isEmpty)
    }

    @Test("Settings: only those that changed")
    func settings() throws {
        let coach = try Client(google, "coach@example.com")
        let first = try token(coach.call(.get, "users/me/settings"))
        #expect(coach.call(.get, "users/me/settings?syncToken=" + first).items.isEmpty)
        google.control("settings", #"{"email":"coach@example.com","id":"weekStart","value":"1"}"#)
        google.control("settings", #"{"email":"coach@example.com","id":"locale","value":"en"}"#)
        coach.call(.patch, "calendars/primary", #"{"timeZone":"Europe/Berlin"}"#)
        let changes = coach.call(.get, "users/me/settings?syncToken=" + first)
        #expect(ids(changes) == ["weekStart", "timezone"])
        #expect(coach.call(.get, "users/me/settings?syncToken=" + (try token(changes))).items.isEmpty)
    }

    static let refusals: [(list: String, parameter: String)] = [
        ("users/me/calendarList", "minAccessRole=reader"), ("users/me/calendarList", "showOwnOrganizationOnly=true"),
        ("users/me/calendarList", "showOwnOrganizationOnly=false"), ("users/me/calendarList", "showDeleted=false"),
        ("users/me/calendarList", "showHidden=false"), ("calendars/primary/acl", "showDeleted=false"),
    ]

    @Test("What may not stand beside a sync token is refused", arguments: refusals)
    func forbidden(_ list: String, _ parameter: String) throws {
        let coach = try Client(google, "coach@example.com")
        let first = try token(coach.call(.get, list))
        let refused = coach.call(.get, "\(list)?syncToken=\(first)&\(parameter)")
        #expect(refused.status == 400)
        #expect(refused.message?.contains(parameter.prefix { $0 != "=" }) == true)
        let allowed = parameter.replacing("=false", with: "=true")
        let isImplied = parameter.hasPrefix("showDeleted") || parameter.hasPrefix("showHidden")
        #expect(coach.call(.get, "\(list)?syncToken=\(first)&\(allowed)").status == (isImplied ? 200 : 400))
    }

    @Test(
        "Void tokens ask for a full synchronisation",
        arguments: ["users/me/calendarList", "calendars/primary/acl", "users/me/settings"])
    func void(_ list: String) throws {
        let coach = try Client(google, "coach@example.com")
        let other = try Client(google, "other@example.com")
        let own = try token(coach.call(.get, list))
        let foreign = try token(other.call(.get, list))
        let events = try token(coach.call(.get, "calendars/primary/events"))
        for token in ["nonsense", foreign, events, ""] {
            let refused = coach.call(.get, "\(list)?syncToken=\(token)")
            #expect(refused.status == 410)
            #expect(refused.reason == "fullSyncRequired")
        }
        #expect(coach.call(.get, "\(list)?syncToken=\(own)").status == 200)
        google.switches(#"{"syncTokensExpired":true}"#)
        #expect(coach.call(.get, "\(list)?syncToken=\(own)").reason == "fullSyncRequired")
        #expect(coach.call(.get, list).status == 200)
    }

    @Test(
        "What changes between pages is neither lost nor told twice in a full list", arguments: ["delete", "insert", "change"])
    func betweenPages(_ change: String) throws {
        let owner = try Client(google, "owner@example.com")
        let calendar = try owner.calendar()
        let path = "calendars/\(calendar)/acl"
        func share(_ name: String, _ role: String = "reader") {
            owner.share(calendar, with: #"{"type":"user","value":"\#(name)@example.com"}"#, as: role)
        }
        for name in ["a", "b", "c", "d", "e"] { share(name) }
        let (items, last) = pages(owner, path + "?maxResults=2") {
            switch change {
            case "delete": for name in ["a", "c"] { owner.call(.delete, path + "/user:\(name)@example.com") }
            case "insert": share("f")
            default: for name in ["a", "c"] { share(name, "writer") }
            }
        }
        let names = items.compactMap { $0["scope"]?["value"]?.string?.prefix { $0 != "@" } }.joined(separator: " ")
        #expect(names == ["delete": "owner a b d e", "insert": "owner a b c d e f"][change] ?? "owner a b c d e")
        let changes = owner.call(.get, path + "?syncToken=" + (try token(last)))
        #expect(
            ids(changes)
                == (change == "insert" ? ["user:f@example.com"] : ["user:a@example.com", "user:c@example.com"]))
    }

    @Test("Changes come in pages too, and what changes meanwhile comes later")
    func incrementalPages() throws {
        let coach = try Client(google, "coach@example.com")
        let path = "users/me/calendarList"
        let calendars = try (1...5).map { _ in try coach.calendar() }
        let first = try token(coach.call(.get, path))
        for calendar in calendars { coach.call(.patch, path + "/" + calendar, #"{"selected":false}"#) }
        let (items, last) = pages(coach, "\(path)?maxResults=2&syncToken=\(first)") {
            for index in [0, 4] { coach.call(.patch, path + "/" + calendars[index], #"{"selected":true}"#) }
        }
        let found = items.compactMap { $0["id"]?.string }
        #expect(found == [0, 1, 2, 3, 0, 4].map { calendars[$0] })
        #expect(items.last?["selected"] == true)
        #expect(ids(coach.call(.get, path + "?syncToken=" + (try token(last)))) == [calendars[0], calendars[4]])
    }

    @Test("A page token belongs to its list and its question")
    func pageTokens() throws {
        let coach = try Client(google, "coach@example.com")
        for _ in 1...3 { _ = try coach.calendar() }
        let path = "users/me/calendarList"
        let page = try #require(coach.call(.get, path + "?maxResults=1").json["nextPageToken"]?.string)
        #expect(coach.call(.get, "\(path)?maxResults=2&pageToken=\(page)").items.count == 2)
        for other in ["\(path)?showHidden=true&pageToken=", "users/me/settings?pageToken=", "calendars/primary/acl?pageToken="]
        {
            #expect(coach.call(.get, other + page).message == "Invalid page token value.")
        }
        let first = try token(coach.call(.get, path))
        #expect(coach.call(.get, "\(path)?syncToken=\(first)&pageToken=\(page)").status == 400)
        #expect(try Client(google, "other@example.com").call(.get, path + "?pageToken=" + page).status == 400)
    }

    @Test("Whoever has the list already hears 304")
    func notModified() throws {
        let coach = try Client(google, "coach@example.com")
        for (path, change) in [
            ("users/me/calendarList", #"{"email":"coach@example.com","id":"locale","value":"de"}"#),
            ("users/me/settings", #"{"email":"coach@example.com","id":"timezone","value":"Asia/Tokyo"}"#),
        ] {
            let etag = try #require(coach.call(.get, path).json["etag"]?.string)
            #expect(coach.call(.get, path, headers: ["If-None-Match": etag]).status == 304)
            #expect(google.control("settings", change).status == 200)
            #expect(coach.call(.get, path, headers: ["If-None-Match": etag]).status == 200)
        }
        let etag = try #require(coach.call(.get, "calendars/primary/acl").json["etag"]?.string)
        #expect(coach.call(.get, "calendars/primary/acl", headers: ["If-None-Match": etag]).status == 304)
        coach.share("primary", with: #"{"type":"default"}"#, as: "reader")
        #expect(coach.call(.get, "calendars/primary/acl", headers: ["If-None-Match": etag]).status == 200)
    }
}
