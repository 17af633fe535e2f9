import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

@Suite("Lists of events")
struct EventListTests {
    let google = Google()
    let coach: Client
    let path = "calendars/primary/events"

    init() throws {
        coach = try Client(google, "coach@example.com")
        for (id, day, more) in [
            ("first", 3, #","summary":"Alpha coaching","extendedProperties":{"private":{"kind":"a","x":"1"}}"#),
            ("later", 9, #","summary":"Beta","location":"Room Alpha","extendedProperties":{"private":{"kind":"b"}}"#),
            ("midst", 5, #","description":"about coaching alpha","extendedProperties":{"private":{"kind":"a"}}"#),
        ] {
            let date = "2026-11-0\(day)"
            coach.insert(
                "primary",
                #"{"id":"\#(id)","start":{"dateTime":"\#(date)T10:00:00Z"},"end":{"dateTime":"\#(date)T11:00:00Z"}\#(more)}"#)
        }
        coach.insert("primary", #"{"id":"gone0","start":{"date":"2026-11-06"},"end":{"date":"2026-11-07"}}"#)
        coach.call(.delete, "calendars/primary/events/gone0")
    }

    private func ids(_ query: String) -> [String] {
        let answer = coach.call(.get, path + "?" + query)
        #expect(answer.status == 200, "\(answer.text)")
        return answer.items.compactMap { $0["id"]?.string }
    }

    static let filters: [(String, [String])] = [
        ("", ["first", "later", "midst"]),
        ("showDeleted=true", ["first", "later", "midst", "gone0"]),
        ("singleEvents=true&orderBy=startTime", ["first", "midst", "later"]),
        ("orderBy=updated&showDeleted=true", ["first", "later", "midst", "gone0"]),
        ("timeMin=2026-11-03T11:00:00Z", ["later", "midst"]),
        ("timeMin=2026-11-03T10:59:59Z", ["first", "later", "midst"]),
        ("timeMax=2026-11-05T10:00:00Z", ["first"]),
        ("timeMax=2026-11-05T12:00:00%2B01:00&timeMin=2026-11-05T11:00:00%2B01:00", ["midst"]),
        ("q=ALPHA", ["first", "later", "midst"]), ("q=coaching+alpha", ["first", "midst"]), ("q=nothing", []),
        ("privateExtendedProperty=kind%3Da", ["first", "midst"]),
        ("privateExtendedProperty=kind%3Da&privateExtendedProperty=x%3D1", ["first"]),
        ("sharedExtendedProperty=kind%3Da", []), ("iCalUID=later@google.com", ["later"]),
        ("eventTypes=focusTime", []), ("eventTypes=focusTime&eventTypes=default", ["first", "later", "midst"]),
        ("updatedMin=2026-11-02T09:00:00.250Z", ["first", "later", "midst", "gone0"]),
        ("updatedMin=2026-11-02T09:00:01Z", []),
    ]

    @Test("Filters and orders", arguments: filters)
    func filter(_ query: String, _ expected: [String]) {
        #expect(ids(query) == expected)
    }

    @Test("Repeated properties can be alternatives")
    func alternatives() {
        google.switches(#"{"repeatedPropertiesMatchAny":true}"#)
        #expect(ids("privateExtendedProperty=kind%3Db&privateExtendedProperty=x%3D1") == ["first", "later"])
    }

    @Test(
        "Lists that cannot be are refused",
        arguments: [
            ("orderBy=startTime", 400, "badRequest"), ("timeMin=2026-11-03", 400, "badRequest"),
            ("timeMin=2026-11-03T10:00:00", 400, "badRequest"),
            ("timeMin=2026-11-03T10:00:00Z&timeMax=2026-11-03T10:00:00Z", 400, "timeRangeEmpty"),
            ("pageToken=nonsense", 400, "invalid"), ("syncToken=nonsense", 410, "fullSyncRequired"),
            ("syncToken=x&q=a", 400, "badRequest"), ("syncToken=x&showDeleted=false", 400, "badRequest"),
            ("updatedMin=2026-09-01T00:00:00Z", 410, "updatedMinTooLongAgo"),
        ])
    func refused(_ query: String, _ status: Int, _ reason: String) {
        let answer = coach.call(.get, path + "?" + query)
        #expect(answer.status == status)
        #expect(answer.reason == reason)
    }

    @Test("The top of the list describes the calendar")
    func top() {
        let json = coach.call(.get, path).json
        #expect(
            json.object?.keys.elements == [
                "kind", "etag", "summary", "updated", "timeZone", "accessRole", "defaultReminders", "nextSyncToken", "items",
            ])
        #expect(json["accessRole"] == "owner")
    }

    @Test(
        "Pages hold every event once",
        arguments: ["", "showDeleted=true", "singleEvents=true&orderBy=startTime", "timeMin=2026-11-04T00:00:00Z", "q=alpha"])
    func pages(_ query: String) throws {
        let whole = ids(query)
        var found: [String] = []
        var token: String?
        repeat {
            let page = coach.call(.get, path + "?maxResults=1&" + query + (token.map { "&pageToken=" + $0 } ?? ""))
            #expect(page.items.count == 1)
            found += page.items.compactMap { $0["id"]?.string }
            token = page.json["nextPageToken"]?.string
            #expect(token == nil || page.json["nextSyncToken"] == nil)
        } while token != nil && found.count < 10
        #expect(found == whole)
    }

    @Test("A page token belongs to its query")
    func pageQuery() throws {
        let token = try #require(coach.call(.get, path + "?maxResults=1").json["nextPageToken"]?.string)
        #expect(coach.call(.get, path + "?maxResults=2&pageToken=" + token).status == 200)
        #expect(coach.call(.get, path + "?maxResults=1&showDeleted=true&pageToken=" + token).status == 400)
    }

    @Test("A sync token brings what changed since, deletions too, also what changed between the pages")
    func sync() throws {
        let first = coach.call(.get, path + "?maxResults=2")
        coach.call(.patch, path + "/first", #"{"summary":"moved"}"#)
        let page = try #require(first.json["nextPageToken"]?.string)
        let last = coach.call(.get, path + "?maxResults=2&pageToken=" + page)
        var token = try #require(last.json["nextSyncToken"]?.string)
        var changes = coach.call(.get, path + "?syncToken=" + token)
        #expect(changes.items.compactMap { $0["id"]?.string } == ["first"])
        token = try #require(changes.json["nextSyncToken"]?.string)
        #expect(coach.call(.get, path + "?syncToken=" + token).items.isEmpty)
        coach.call(.delete, path + "/later")
        coach.call(.patch, path + "/midst", #"{"summary":"new"}"#)
        changes = coach.call(.get, path + "?maxResults=1&syncToken=" + token)
        #expect(changes.items.first?["status"] == "cancelled")
        let next = try #require(changes.json["nextPageToken"]?.string)
        let rest = coach.call(.get, path + "?maxResults=1&syncToken=\(token)&pageToken=\(next)")
        #expect(rest.items.first?["id"] == "midst")
        #expect(rest.json["nextSyncToken"] != nil)
    }

    @Test("A sync token dies with the rules, by the switch, and in another calendar")
    func expiry() throws {
        let token = try #require(coach.call(.get, path).json["nextSyncToken"]?.string)
        let other = try coach.calendar()
        #expect(coach.call(.get, "calendars/\(other)/events?syncToken=" + token).reason == "fullSyncRequired")
        google.switches(#"{"syncTokensExpired":true}"#)
        #expect(coach.call(.get, path + "?syncToken=" + token).status == 410)
        google.switches(#"{"syncTokensExpired":false}"#)
        #expect(coach.call(.get, path + "?syncToken=" + token).status == 200)
        coach.share("primary", with: #"{"type":"user","value":"other@example.com"}"#, as: "reader")
        #expect(coach.call(.get, path + "?syncToken=" + token).status == 410)
    }

    @Test(
        "Filters leave a list without a sync token", arguments: ["q=alpha", "orderBy=updated", "privateExtendedProperty=a%3Db"])
    func noToken(_ query: String) {
        #expect(coach.call(.get, path + "?" + query).json["nextSyncToken"] == nil)
        google.switches(#"{"filtersSuppressSyncToken":false}"#)
        #expect(coach.call(.get, path + "?" + query).json["nextSyncToken"] != nil)
    }

    @Test("The switches make every other page empty, and deleted events bare")
    func emptyPages() throws {
        google.switches(#"{"emptyPages":true,"bareTombstones":true}"#)
        var (sizes, seen, token) = ([Int](), [JSON](), "")
        var last = Exchange(reply: Reply(response: .init(status: .ok)))
        repeat {
            last = coach.call(.get, path + "?showDeleted=true&maxResults=3" + token)
            sizes.append(last.items.count)
            seen += last.items
            token = last.json["nextPageToken"]?.string.map { "&pageToken=" + $0 } ?? ""
        } while !token.isEmpty
        #expect(sizes == [0, 3, 0, 1])
        #expect(seen.last?.object?.keys == ["kind", "etag", "id", "status"])
        #expect(last.json["nextSyncToken"] != nil)
    }

    @Test("Tokens of before a reset are void, be the calendar called the same")
    func reset() throws {
        let sync = try #require(coach.call(.get, path).json["nextSyncToken"]?.string)
        let page = try #require(coach.call(.get, path + "?maxResults=1").json["nextPageToken"]?.string)
        google.control("reset")
        let again = try Client(google, "coach@example.com")
        for _ in 0..<9 { again.insert("primary", event()) }
        #expect(again.call(.get, path + "?syncToken=" + sync).reason == "fullSyncRequired")
        #expect(again.call(.get, path + "?maxResults=1&pageToken=" + page).reason == "invalid")
    }

    @Test("The switch makes pages short")
    func shortPages() {
        google.switches(#"{"pageSizeLimit":2}"#)
        #expect(coach.call(.get, path).items.count == 2)
    }

    @Test(
        "Beside a sync token these parameters are refused: facts 6",
        arguments: [
            "iCalUID=a", "orderBy=updated", "privateExtendedProperty=a%3Db", "q=a", "sharedExtendedProperty=a%3Db",
            "timeMin=2026-11-03T00:00:00Z", "timeMax=2026-11-03T00:00:00Z", "updatedMin=2026-11-01T00:00:00Z",
            "showDeleted=false", "singleEvents=true", "eventTypes=default",
        ])
    func besideSyncToken(_ query: String) throws {
        let token = try #require(coach.call(.get, path).json["nextSyncToken"]?.string)
        let refused = coach.call(.get, path + "?syncToken=\(token)&" + query)
        #expect(refused.status == 400)
        #expect(refused.reason == "badRequest")
        #expect(coach.call(.get, path + "?showDeleted=true&maxResults=5&syncToken=" + token).status == 200)
    }

    @Test("Lists narrowed by timeMin end with a sync token; expanded ones too, unless a switch says no")
    func tokensOfWindows() throws {
        let narrowed = path + "?timeMin=2026-11-04T00:00:00Z"
        let expanded = path + "?singleEvents=true"
        let token = try #require(coach.call(.get, narrowed).json["nextSyncToken"]?.string)
        #expect(coach.call(.get, path + "?syncToken=" + token).status == 200)
        let other = try #require(coach.call(.get, expanded).json["nextSyncToken"]?.string)
        #expect(coach.call(.get, expanded + "&syncToken=" + other).status == 200)
        google.switches(#"{"singleEventsSuppressSyncToken":true}"#)
        #expect(coach.call(.get, narrowed).json["nextSyncToken"] != nil)
        #expect(coach.call(.get, expanded).json["nextSyncToken"] == nil)
    }

    @Test("A sync token outlives a change of the rules when the switch says so")
    func rulesAndTokens() throws {
        google.switches(#"{"aclChangeExpiresSyncTokens":false}"#)
        let token = try #require(coach.call(.get, path).json["nextSyncToken"]?.string)
        coach.share("primary", with: #"{"type":"user","value":"other@example.com"}"#, as: "reader")
        #expect(coach.call(.get, path + "?syncToken=" + token).status == 200)
    }

    @Test("How far updatedMin may lie back is a switch")
    func updatedMin() {
        let weeks = { (number: Int) in
            Instant(Google.start).adding(seconds: -Int64(number) * 7 * 86400).utc
        }
        #expect(coach.call(.get, path + "?updatedMin=" + weeks(4)).status == 200)
        #expect(coach.call(.get, path + "?updatedMin=" + weeks(5)).reason == "updatedMinTooLongAgo")
        google.switches(#"{"updatedMinDays":35}"#)
        #expect(coach.call(.get, path + "?updatedMin=" + weeks(5)).status == 200)
    }

    @Test("Milliseconds of timeMin and timeMax do not count")
    func milliseconds() {
        #expect(ids("timeMax=2026-11-05T10:00:00.999Z") == ["first"])
        #expect(ids("timeMax=2026-11-05T10:00:01.000Z") == ["first", "midst"])
        #expect(ids("timeMin=2026-11-03T10:59:59.999Z").contains("first"))
    }

    @Test("An edit of reminders alone is missed by updatedMin and told by a sync token")
    func reminders() throws {
        let token = try #require(coach.call(.get, path).json["nextSyncToken"]?.string)
        google.advance(seconds: 60)
        coach.call(.patch, path + "/first", #"{"reminders":{"useDefault":false}}"#)
        #expect(ids("updatedMin=2026-11-02T09:00:30Z").isEmpty)
        #expect(ids("syncToken=" + token) == ["first"])
    }

    @Test("The list's etag changes with its events, its calendar and its rules, and whoever knows it hears 304")
    func etag() throws {
        var seen: Set<String> = []
        for (method, changed, body) in [
            (HTTPRequest.Method.get, path, ""), (.patch, path + "/first", #"{"summary":"B"}"#), (.delete, path + "/first", ""),
            (.patch, "calendars/primary", #"{"summary":"Mine"}"#),
            (.patch, "users/me/calendarList/primary", #"{"defaultReminders":[{"method":"popup","minutes":5}]}"#),
            (.post, "calendars/primary/acl", #"{"role":"reader","scope":{"type":"default"}}"#),
        ] {
            #expect(coach.call(method, changed, body).status < 300)
            let etag = try #require(coach.call(.get, path).json["etag"]?.string)
            #expect(seen.insert(etag).inserted, "\(method) \(changed)")
            let known = coach.call(.get, path, headers: ["If-None-Match": etag])
            #expect(known.status == 304)
            #expect(known.reply.body.isEmpty)
        }
    }
}
