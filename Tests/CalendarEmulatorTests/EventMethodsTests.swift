import Foundation
import HTTPTypes
import Testing

@testable import CalendarEmulator

@Suite("Import, move, clear and quickAdd")
struct EventMethodsTests {
    let google = Google()
    let coach: Client
    let calendar: String

    init() throws {
        coach = try Client(google, "coach@example.com")
        calendar = try coach.calendar()
    }

    private func path(_ rest: String = "", in other: String? = nil) -> String { "calendars/\(other ?? calendar)/events" + rest }

    // MARK: - import

    @Test("An imported event has an id made of its iCalUID, and keeps its organizer")
    func importing() throws {
        let made = coach.call(
            .post, path("/import"),
            event(
                #""iCalUID":"abc@example.com","organizer":{"email":"else@example.com","displayName":"Somebody else","self":true}"#
            ))
        #expect(made.status == 200)
        #expect(made.json["id"] == "_c5h66g35f1gmqs3cckn66rrd")
        #expect(made.json["organizer"] == ["email": "else@example.com", "displayName": "Somebody else"])
        #expect(made.json["iCalUID"] == "abc@example.com")
    }

    @Test("The same iCalUID again changes the copy, unless its sequence is behind; a deleted copy comes back")
    func importingAgain() {
        let uid = #""iCalUID":"abc@example.com""#
        coach.call(.post, path("/import"), event(uid + #","sequence":3,"summary":"First""#))
        let older = coach.call(.post, path("/import"), event(uid + #","sequence":2,"summary":"Older""#))
        #expect(older.json["summary"] == "First")
        let newer = coach.call(.post, path("/import"), event(uid + #","sequence":4,"summary":"Newer""#))
        #expect(newer.json["summary"] == "Newer")
        #expect(coach.call(.get, path()).items.count == 1)
        coach.call(.delete, path("/" + (newer.json["id"]?.string ?? "")))
        #expect(coach.call(.post, path("/import"), event(uid)).json["status"] == "confirmed")
        #expect(coach.insert(calendar, event(uid)).status == 409)
    }

    @Test(
        "What cannot be imported is refused",
        arguments: [
            (event(), "required"), (event(#""iCalUID":"""#), "required"), (#"{"iCalUID":"a"}"#, "required"),
            (event(#""iCalUID":"a","eventType":"focusTime""#), "invalid"),
            (event(#""iCalUID":"a","organizer":{"displayName":"x"}"#), "invalid"),
        ])
    func importRefusals(_ body: String, _ reason: String) {
        #expect(coach.call(.post, path("/import"), body).reason == reason)
    }

    // MARK: - move

    @Test("A moved event has another organizer and leaves a cancelled one behind; a series moves whole")
    func moving() throws {
        let other = try coach.calendar(#"{"summary":"Other"}"#)
        coach.insert(calendar, event(#""id":"movable","recurrence":["RRULE:FREQ=DAILY;COUNT=3"]"#))
        coach.call(.delete, path("/movable_20261104T090000Z"))
        let moved = coach.call(.post, path("/movable/move?destination=\(other)"))
        #expect(moved.status == 200)
        #expect(moved.json["organizer"]?["email"]?.string == other)
        #expect(coach.call(.get, path("/movable")).json["status"] == "cancelled")
        #expect(coach.call(.get, path("?singleEvents=true")).items.isEmpty)
        #expect(coach.call(.get, path("?singleEvents=true", in: other)).items.count == 2)
        // And back to where only its tombstone is.
        #expect(coach.call(.post, path("/movable/move?destination=\(calendar)", in: other)).status == 200)
        #expect(coach.call(.get, path("?singleEvents=true")).items.count == 2)
    }

    @Test("Moving needs a destination one may write to, and an event that is there")
    func moveRefusals() throws {
        let other = try coach.calendar(#"{"summary":"Other"}"#)
        let stranger = try Client(google, "stranger@example.com")
        let foreign = try stranger.calendar()
        coach.insert(calendar, event(#""id":"movable""#))
        coach.insert(calendar, event(#""id":"drill","recurrence":["RRULE:FREQ=DAILY;COUNT=3"]"#))
        #expect(coach.call(.post, path("/movable/move")).reason == "required")
        #expect(coach.call(.post, path("/movable/move?destination=\(foreign)")).status == 404)
        stranger.share(foreign, with: #"{"type":"user","value":"coach@example.com"}"#, as: "reader")
        #expect(coach.call(.post, path("/movable/move?destination=\(foreign)")).reason == "requiredAccessLevel")
        #expect(coach.call(.post, path("/absent/move?destination=\(other)")).status == 404)
        #expect(coach.call(.post, path("/drill_20261104T090000Z/move?destination=\(other)")).reason == "invalid")
        coach.insert(other, event(#""id":"movable""#))
        #expect(coach.call(.post, path("/movable/move?destination=\(other)")).reason == "duplicate")
        #expect(coach.call(.post, path("/movable/move?destination=\(calendar)")).status == 200)
        #expect(coach.call(.get, path("/movable")).json["status"] == "confirmed")
    }

    // MARK: - clear

    @Test("Clear empties one's own calendar and no other")
    func clearing() throws {
        coach.call(.post, "calendars/primary/events", event(#""id":"first""#))
        coach.call(.post, "calendars/primary/events", event(#""id":"drill","recurrence":["RRULE:FREQ=DAILY;COUNT=3"]"#))
        coach.call(.patch, "calendars/primary/events/drill_20261104T090000Z", #"{"summary":"Changed"}"#)
        let token = try #require(coach.call(.get, "calendars/primary/events").json["nextSyncToken"]?.string)
        #expect(coach.call(.post, "calendars/primary/clear").status == 204)
        #expect(coach.call(.get, "calendars/primary/events").items.isEmpty)
        let changes = coach.call(.get, "calendars/primary/events?syncToken=" + token).items
        #expect(changes.map { $0["id"]?.string } == ["first", "drill", "drill_20261104T090000Z"])
        #expect(changes.allSatisfy { $0["status"] == "cancelled" })
        #expect(coach.call(.post, "calendars/\(calendar)/clear").reason == "invalid")
    }

    // MARK: - quickAdd

    struct Sentence: Sendable, CustomTestStringConvertible {
        var text: String
        var title: String?
        var place: String?
        var start: String
        var end: String

        init(_ text: String, _ title: String?, at place: String? = nil, _ start: String, _ end: String) {
            (self.text, self.title, self.place, self.start, self.end) = (text, title, place, start, end)
        }

        var testDescription: String { text }
    }

    /// Said on Monday, 2 November 2026, at ten in the morning in Berlin.
    static let sentences = [
        Sentence(
            "Appointment at Somewhere on June 3rd 10am-10:25am", "Appointment", at: "Somewhere", "2027-06-03T10:00:00+02:00",
            "2027-06-03T10:25:00+02:00"),
        Sentence("Coaching tomorrow 9:30", "Coaching", "2026-11-03T09:30:00+01:00", "2026-11-03T10:30:00+01:00"),
        Sentence("Coaching tuesday from 2pm to 3:30pm", "Coaching", "2026-11-03T14:00:00+01:00", "2026-11-03T15:30:00+01:00"),
        Sentence("Call at noon for 15 minutes", "Call", "2026-11-02T12:00:00+01:00", "2026-11-02T12:15:00+01:00"),
        Sentence("Walk at 8", "Walk", "2026-11-03T08:00:00+01:00", "2026-11-03T09:00:00+01:00"),
        Sentence("Night shift 24 Dec 2026 10pm - 2am", "Night shift", "2026-12-24T22:00:00+01:00", "2026-12-25T02:00:00+01:00"),
        Sentence("Holiday 2026-12-24", "Holiday", "2026-12-24", "2026-12-25"),
        Sentence("Review 3/1/2027 2-3pm", "Review", "2027-03-01T14:00:00+01:00", "2027-03-01T15:00:00+01:00"),
        Sentence("Monday", nil, "2026-11-09", "2026-11-10"),
        Sentence(
            "Just a thought about 3 things", "Just a thought about 3 things", "2026-11-02T10:00:00+01:00",
            "2026-11-02T11:00:00+01:00"),
    ]

    @Test("A line of English becomes an event", arguments: sentences)
    func quickAdd(_ said: Sentence) throws {
        let text = try #require(said.text.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let made = coach.call(.post, path("/quickAdd?text=" + text))
        #expect(made.status == 200)
        #expect(made.json["summary"]?.string == said.title)
        #expect(made.json["location"]?.string == said.place)
        let time = { (name: String) in made.json[name]?["dateTime"]?.string ?? made.json[name]?["date"]?.string }
        #expect(time("start") == said.start)
        #expect(time("end") == said.end)
    }

    @Test("quickAdd needs a text of sensible length")
    func quickAddRefusals() {
        #expect(coach.call(.post, path("/quickAdd")).reason == "required")
        #expect(coach.call(.post, path("/quickAdd?text=" + String(repeating: "a", count: 1025))).reason == "invalid")
    }
}
