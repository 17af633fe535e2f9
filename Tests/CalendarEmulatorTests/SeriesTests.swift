import Foundation
import HTTPTypes
import Testing

@testable import CalendarEmulator

/// A weekly hour at ten in Berlin, across the end of summer time on 25 October 2026.
private let weekly = #"""
    {"id":"lesson","summary":"Coaching","recurrence":["RRULE:FREQ=WEEKLY;COUNT=4"],
     "start":{"dateTime":"2026-10-13T10:00:00","timeZone":"Europe/Berlin"},
     "end":{"dateTime":"2026-10-13T11:00:00","timeZone":"Europe/Berlin"}}
    """#

@Suite("Series")
struct SeriesTests {
    let google = Google()
    let coach: Client
    let calendar: String

    init() throws {
        coach = try Client(google, "coach@example.com")
        calendar = try coach.calendar()
    }

    private func path(_ rest: String = "") -> String { "calendars/\(calendar)/events" + rest }

    private func starts(_ answer: Exchange) -> [String] {
        answer.items.map { $0["start"]?["dateTime"]?.string ?? $0["start"]?["date"]?.string ?? "-" }
    }

    private func listed(_ query: String = "?singleEvents=true&orderBy=startTime") -> [String] {
        starts(coach.call(.get, path(query)))
    }

    @Test("A meeting at ten stays at ten when summer ends, and every instance says which one it is")
    func expansion() throws {
        #expect(coach.insert(calendar, weekly).status == 200)
        let expected = [
            "2026-10-13T10:00:00+02:00", "2026-10-20T10:00:00+02:00", "2026-10-27T10:00:00+01:00", "2026-11-03T10:00:00+01:00",
        ]
        #expect(listed() == expected)
        let instances = coach.call(.get, path("/lesson/instances"))
        #expect(starts(instances) == expected)
        let third = try #require(instances.items.dropFirst(2).first)
        #expect(third["id"] == "lesson_20261027T090000Z")
        #expect(third["recurringEventId"] == "lesson")
        #expect(third["originalStartTime"] == ["dateTime": "2026-10-27T10:00:00+01:00", "timeZone": "Europe/Berlin"])
        #expect(third["iCalUID"] == "lesson@google.com")
        #expect(third["recurrence"] == nil)
        #expect(coach.call(.get, path("/lesson_20261027T090000Z")).json == third)
        let whole = coach.call(.get, path())
        #expect(whole.items.map { $0["id"]?.string } == ["lesson"])
        #expect(whole.items.first?["recurrence"] == ["RRULE:FREQ=WEEKLY;COUNT=4"])
    }

    @Test("What is no instance is not found")
    func noInstance() {
        coach.insert(calendar, weekly)
        for id in ["lesson_20261028T090000Z", "lesson_20261027", "lesson_", "lesson_soon", "other_20261027T090000Z"] {
            #expect(coach.call(.get, path("/" + id)).status == 404)
        }
    }

    @Test("All-day series repeat by days")
    func allDay() {
        coach.insert(
            calendar,
            #"{"id":"break","recurrence":["RRULE:FREQ=DAILY;COUNT=2"],"start":{"date":"2026-10-24"},"end":{"date":"2026-10-26"}}"#
        )
        let instances = coach.call(.get, path("/break/instances"))
        #expect(instances.items.map { $0["id"]?.string } == ["break_20261024", "break_20261025"])
        #expect(instances.items.map { $0["end"]?["date"]?.string } == ["2026-10-26", "2026-10-27"])
    }

    @Test("A series with a time needs its zone")
    func zone() {
        let answer = coach.insert(
            calendar,
            #"{"recurrence":["RRULE:FREQ=DAILY"],"start":{"dateTime":"2026-10-13T10:00:00Z"},"end":{"dateTime":"2026-10-13T11:00:00Z"}}"#
        )
        #expect(answer.status == 400)
        #expect(answer.message == "Missing time zone definition for start time.")
    }

    @Test("A changed instance is an exception, a deleted one leaves a gap that says no more than its place")
    func exceptions() throws {
        coach.insert(calendar, weekly)
        let moved = coach.call(
            .patch, path("/lesson_20261020T080000Z"),
            #"{"summary":"Later","start":{"dateTime":"2026-10-21T15:00:00+02:00"},"end":{"dateTime":"2026-10-21T16:00:00+02:00"}}"#
        )
        #expect(moved.json["originalStartTime"]?["dateTime"] == "2026-10-20T10:00:00+02:00")
        #expect(coach.call(.delete, path("/lesson_20261027T090000Z")).status == 204)
        #expect(coach.call(.delete, path("/lesson_20261027T090000Z")).status == 410)
        #expect(listed() == ["2026-10-13T10:00:00+02:00", "2026-10-21T15:00:00+02:00", "2026-11-03T10:00:00+01:00"])
        let hidden = coach.call(.get, path("/lesson/instances")).items
        #expect(hidden.count == 3)
        let shown = coach.call(.get, path("/lesson/instances?showDeleted=true")).items
        #expect(shown.count == 4)
        let gone = try #require(shown.dropFirst(2).first)
        #expect(gone.object?.keys == ["kind", "etag", "id", "status", "recurringEventId", "originalStartTime"])
        // Who expands the series himself sees the exceptions, the gap too.
        #expect(
            coach.call(.get, path()).items.map { $0["id"]?.string } == [
                "lesson", "lesson_20261020T080000Z", "lesson_20261027T090000Z",
            ])
        #expect(listed("?singleEvents=true&showDeleted=true").count == 4)
    }

    @Test("An instance can be found by its original start")
    func originalStart() {
        coach.insert(calendar, weekly)
        let found = coach.call(.get, path("/lesson/instances?originalStart=2026-10-20T08:00:00Z"))
        #expect(found.items.map { $0["id"]?.string } == ["lesson_20261020T080000Z"])
        #expect(coach.call(.get, path("/lesson/instances?originalStart=soon")).reason == "invalidParameter")
    }

    @Test(
        "A window holds the instances that touch it, bounds excluded",
        arguments: [
            ("2026-10-13T11:00:00%2B02:00", "2026-10-27T10:00:00%2B01:00", 1),
            ("2026-10-13T10:59:00%2B02:00", "2026-10-27T10:01:00%2B01:00", 3),
            ("2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z", 0),
        ])
    func window(_ min: String, _ max: String, _ count: Int) {
        coach.insert(calendar, weekly)
        let bounds = "timeMin=\(min)&timeMax=\(max)"
        #expect(listed("?singleEvents=true&" + bounds).count == count)
        #expect(coach.call(.get, path("/lesson/instances?" + bounds)).items.count == count)
        #expect(listed("?" + bounds).count == (count > 0 ? 1 : 0))
    }

    @Test("Instances come in pages without loss, by every order")
    func pages() throws {
        coach.insert(calendar, weekly)
        coach.insert(calendar, event(#""id":"single""#))
        for list in ["?singleEvents=true", "?singleEvents=true&orderBy=startTime", "/lesson/instances?"] {
            var ids: [String] = []
            var token = ""
            repeat {
                let page = coach.call(.get, path(list + "&maxResults=2" + token))
                #expect(page.items.count <= 2)
                ids += page.items.compactMap { $0["id"]?.string }
                token = page.json["nextPageToken"]?.string.map { "&pageToken=" + $0 } ?? ""
            } while !token.isEmpty
            #expect(ids.count == (list.hasPrefix("/") ? 4 : 5))
            #expect(Set(ids).count == ids.count)
        }
    }

    @Test("Deleting a series deletes its instances; reviving it brings them back as it makes them, but for those taken out")
    func wholeSeries() {
        coach.insert(calendar, weekly)
        coach.call(.patch, path("/lesson_20261020T080000Z"), #"{"summary":"Later"}"#)
        coach.call(.delete, path("/lesson_20261027T090000Z"))
        #expect(coach.call(.delete, path("/lesson")).status == 204)
        #expect(listed() == [])
        #expect(coach.call(.get, path("/lesson_20261013T080000Z")).json["status"] == "cancelled")
        #expect(coach.call(.patch, path("/lesson"), #"{"status":"confirmed"}"#).status == 200)
        #expect(listed().count == 3)
    }

    @Test("A series that comes to repeat at other times loses the exceptions that have no place any more")
    func otherTimes() {
        coach.insert(calendar, weekly)
        coach.call(.patch, path("/lesson_20261020T080000Z"), #"{"summary":"Kept"}"#)
        coach.call(.patch, path("/lesson_20261103T090000Z"), #"{"summary":"Lost"}"#)
        coach.call(.patch, path("/lesson"), #"{"recurrence":["RRULE:FREQ=WEEKLY;COUNT=2"]}"#)
        let left = coach.call(.get, path("?singleEvents=true&orderBy=startTime")).items
        #expect(left.map { $0["summary"]?.string } == ["Coaching", "Kept"])
        coach.call(.patch, path("/lesson"), #"{"recurrence":null}"#)
        #expect(listed() == ["2026-10-13T10:00:00+02:00"])
    }

    @Test("A changed instance that lost its place comes back when the place does")
    func place() {
        coach.insert(calendar, weekly)
        coach.call(.patch, path("/lesson_20261020T080000Z"), #"{"summary":"Later"}"#)
        let hour = { (start: Int) in
            #"{"start":{"dateTime":"2026-10-13T\#(start):00:00","timeZone":"Europe/Berlin"},"end":{"dateTime":"2026-10-13T\#(start + 1):00:00","timeZone":"Europe/Berlin"}}"#
        }
        coach.call(.patch, path("/lesson"), hour(14))
        #expect(coach.call(.get, path("/lesson_20261020T080000Z")).json["status"] == "cancelled")
        #expect(listed().count == 4)
        coach.call(.patch, path("/lesson"), hour(10))
        #expect(listed().count == 4)
        #expect(coach.call(.get, path("/lesson_20261020T080000Z")).json["summary"] == "Coaching")
    }

    @Test("A list narrowed to a time hears of changes in that time, years into a series")
    func narrowed() throws {
        coach.insert(calendar, weekly.replacing("COUNT=4", with: "INTERVAL=1").replacing("FREQ=WEEKLY", with: "FREQ=DAILY"))
        let month = "&timeMin=2030-11-01T00:00:00Z&timeMax=2030-12-01T00:00:00Z"
        let first = coach.call(.get, path("?singleEvents=true" + month))
        #expect(first.items.count == 30)
        let token = try #require(first.json["nextSyncToken"]?.string)
        coach.call(.patch, path("/lesson"), #"{"summary":"New"}"#)
        let changed = coach.call(.get, path("?singleEvents=True&syncToken=" + token)).items
        #expect(changed.count == 30)
        #expect(changed.allSatisfy { $0["summary"] == "New" && $0["start"]?["dateTime"]?.string?.hasPrefix("2030-11") == true })
    }

    @Test("Sorted pages and instances go on behind the last one, whatever was deleted meanwhile")
    func sortedPages() throws {
        coach.insert(calendar, weekly)
        for list in ["?singleEvents=true&orderBy=startTime&maxResults=1", "/lesson/instances?maxResults=1"] {
            let first = coach.call(.get, path(list))
            let id = try #require(first.items.first?["id"]?.string)
            let token = try #require(first.json["nextPageToken"]?.string)
            coach.call(.delete, path("/" + id))
            let second = coach.call(.get, path(list + "&pageToken=" + token))
            #expect(second.items.first?["id"]?.string ?? "" > id)
            coach.call(.patch, path("/" + id), #"{"status":"confirmed"}"#)
            #expect(coach.call(.get, path("/lesson/instances")).items[1] == second.items.first)
        }
    }

    @Test("A refused change of an instance leaves its series alone")
    func refused() {
        coach.insert(calendar, weekly)
        coach.call(.patch, path("/lesson"), #"{"sequence":5}"#)
        let refused = coach.call(.patch, path("/lesson_20261020T080000Z"), #"{"visibility":"private","sequence":1}"#)
        #expect(refused.status == 400)
        #expect(coach.call(.get, path("/lesson")).json["visibility"] == nil)
    }

    @Test("Who sees only free and busy cannot find out by searching what is in an event")
    func searching() throws {
        coach.insert(calendar, event(#""id":"secret","summary":"Salary","extendedProperties":{"private":{"a":"1"}}"#))
        let other = try Client(google, "other@example.com")
        coach.share(calendar, with: #"{"type":"user","value":"other@example.com"}"#, as: "freeBusyReader")
        for query in ["?q=salary", "?privateExtendedProperty=a%3D1"] {
            #expect(coach.call(.get, path(query)).items.count == 1)
            #expect(other.call(.get, path(query)).items.isEmpty)
        }
        #expect(other.call(.get, path()).items.count == 1)
    }

    @Test("An hour that clocks show twice is the one the series says")
    func twice() throws {
        coach.insert(
            calendar,
            #"{"id":"tests","recurrence":["RRULE:FREQ=DAILY;COUNT=2"],"start":{"dateTime":"2026-10-25T02:30:00.500+01:00","timeZone":"Europe/Berlin"},"end":{"dateTime":"2026-10-25T03:00:00+01:00","timeZone":"Europe/Berlin"}}"#
        )
        let ids = coach.call(.get, path("/tests/instances")).items.compactMap { $0["id"]?.string }
        #expect(ids == ["tests_20261025T013000Z", "tests_20261026T013000Z"])
        for id in ids { #expect(coach.call(.get, path("/" + id)).status == 200) }
    }

    @Test("Whoever follows instances by a sync token hears of those that are new, changed and gone")
    func incremental() throws {
        coach.insert(calendar, weekly)
        var token = try #require(coach.call(.get, path("?singleEvents=true")).json["nextSyncToken"]?.string)
        func changes() throws -> [String: String] {
            let answer = coach.call(.get, path("?singleEvents=true&maxResults=3&syncToken=" + token))
            var items = answer.items
            var page = answer
            while let next = page.json["nextPageToken"]?.string {
                page = coach.call(.get, path("?singleEvents=true&maxResults=3&syncToken=\(token)&pageToken=\(next)"))
                items += page.items
            }
            token = try #require(page.json["nextSyncToken"]?.string)
            return Dictionary(items.map { ($0["id"]?.string ?? "", $0["status"]?.string ?? "") }) { $0 + " and " + $1 }
        }
        #expect(try changes().isEmpty)
        coach.call(.patch, path("/lesson_20261020T080000Z"), #"{"summary":"Later"}"#)
        #expect(try changes() == ["lesson_20261020T080000Z": "confirmed"])
        coach.call(.patch, path("/lesson"), #"{"recurrence":["RRULE:FREQ=WEEKLY;COUNT=3"]}"#)
        #expect(
            try changes() == [
                "lesson_20261013T080000Z": "confirmed", "lesson_20261027T090000Z": "confirmed",
                "lesson_20261103T090000Z": "cancelled",
            ])
        coach.call(.delete, path("/lesson"))
        #expect(try changes().values.allSatisfy { $0 == "cancelled" })
    }

    @Test("Instances block time, but for those that are cancelled or transparent")
    func freeBusy() {
        coach.insert(calendar, weekly)
        coach.call(.delete, path("/lesson_20261020T080000Z"))
        coach.call(.patch, path("/lesson_20261027T090000Z"), #"{"transparency":"transparent"}"#)
        let answer = coach.call(
            .post, "freeBusy",
            #"{"timeMin":"2026-10-13T10:30:00+02:00","timeMax":"2026-11-10T00:00:00Z","timeZone":"Europe/Berlin","items":[{"id":"\#(calendar)"}]}"#
        )
        #expect(
            answer.json["calendars"]?[calendar]?["busy"] == [
                ["start": "2026-10-13T10:30:00+02:00", "end": "2026-10-13T11:00:00+02:00"],
                ["start": "2026-11-03T10:00:00+01:00", "end": "2026-11-03T11:00:00+01:00"],
            ])
    }

    @Test("A more restrictive visibility of an instance spreads to the series, a less restrictive one is ignored")
    func visibility() {
        coach.insert(calendar, weekly)
        coach.call(.patch, path("/lesson_20261020T080000Z"), #"{"visibility":"private"}"#)
        #expect(coach.call(.get, path("/lesson")).json["visibility"] == "private")
        let other = coach.call(.patch, path("/lesson_20261027T090000Z"), #"{"visibility":"public"}"#)
        #expect(other.json["visibility"] == "private")
        #expect(coach.call(.get, path("/lesson")).json["visibility"] == "private")
    }

    @Test("instances is for series only")
    func single() {
        coach.insert(calendar, event(#""id":"single""#))
        #expect(coach.call(.get, path("/single/instances")).reason == "invalid")
        #expect(coach.call(.get, path("/nowhere/instances")).status == 404)
    }
}
