import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

@Suite("Free and busy")
struct FreeBusyTests {
    let google = Google()
    let coach: Client

    init() throws { coach = try Client(google, "coach@example.com") }

    private func add(_ from: String, _ to: String, _ more: String = "") {
        let made = coach.insert(
            "primary", #"{"start":{"dateTime":"2026-11-03T\#(from):00Z"},"end":{"dateTime":"2026-11-03T\#(to):00Z"}\#(more)}"#)
        #expect(made.status == 200)
    }

    private func ask(_ client: Client? = nil, items: String = #"{"id":"primary"}"#, more: String = "") -> Exchange {
        (client ?? coach).call(
            .post, "freeBusy",
            #"{"timeMin":"2026-11-03T08:00:00Z","timeMax":"2026-11-03T19:00:00+01:00","items":[\#(items)]\#(more)}"#)
    }

    @Test("Opaque events block, merged and cut to the window; transparent, cancelled and declined ones do not")
    func busy() {
        add("07:00", "08:30")
        add("10:00", "11:00")
        add("10:30", "12:00")
        add("12:00", "12:30", #","status":"tentative""#)
        add("14:00", "15:00", #","transparency":"transparent""#)
        add("15:00", "16:00", #","id":"gone0""#)
        coach.call(.delete, "calendars/primary/events/gone0")
        add("16:00", "16:30", #","attendees":[{"email":"coach@example.com","responseStatus":"declined"}]"#)
        #expect(
            ask().text == """
                {
                 "kind": "calendar#freeBusy",
                 "timeMin": "2026-11-03T08:00:00.000Z",
                 "timeMax": "2026-11-03T18:00:00.000Z",
                 "calendars": {
                  "primary": {
                   "busy": [
                    {
                     "start": "2026-11-03T08:00:00Z",
                     "end": "2026-11-03T08:30:00Z"
                    },
                    {
                     "start": "2026-11-03T10:00:00Z",
                     "end": "2026-11-03T12:00:00Z"
                    },
                    {
                     "start": "2026-11-03T12:00:00Z",
                     "end": "2026-11-03T12:30:00Z"
                    }
                   ]
                  }
                 }
                }

                """)
    }

    @Test("A whole day counts in the calendar's zone, and the answer is in the zone asked for")
    func zones() throws {
        let tokyo = try coach.calendar(#"{"summary":"A","timeZone":"Asia/Tokyo"}"#)
        coach.insert(tokyo, #"{"start":{"date":"2026-11-03"},"end":{"date":"2026-11-04"}}"#)
        let busy = ask(items: #"{"id":"\#(tokyo)"}"#, more: #","timeZone":"Asia/Tokyo""#).json["calendars"]?[tokyo]?["busy"]
        #expect(busy == [["start": "2026-11-03T17:00:00+09:00", "end": "2026-11-04T00:00:00+09:00"]])
    }

    @Test("A calendar that is absent or not shared fails alone, with 200")
    func failures() throws {
        let other = try Client(google, "other@example.com")
        let both = #"{"id":"coach@example.com"},{"id":"primary"}"#
        let answer = ask(other, items: both)
        #expect(answer.status == 200)
        let failed = answer.json["calendars"]?["coach@example.com"]
        #expect(failed == ["errors": [["domain": "global", "reason": "notFound"]], "busy": []])
        #expect(answer.json["calendars"]?["primary"] == ["busy": []])
        coach.share("primary", with: #"{"type":"default"}"#, as: "freeBusyReader")
        #expect(ask(other, items: both).json["calendars"]?["coach@example.com"] == ["busy": []])
    }

    @Test("Fifty calendars are answered, more are not")
    func limit() {
        let items = (1...51).map { #"{"id":"c\#($0)"}"# }.joined(separator: ",")
        let calendars = ask(items: items).json["calendars"]
        #expect(calendars?["c50"]?["errors"]?[0]?["reason"] == "notFound")
        #expect(calendars?["c51"]?["errors"]?[0]?["reason"] == "tooManyCalendarsRequested")
        #expect(ask(more: #","calendarExpansionMax":51"#).status == 400)
    }

    @Test(
        "Windows that cannot be are refused",
        arguments: [
            ("{}", "required"), (#"{"timeMin":"2026-11-03T08:00:00Z"}"#, "required"),
            (#"{"timeMin":"2026-11-03T08:00:00Z","timeMax":"2026-11-03T08:00:00Z"}"#, "timeRangeEmpty"),
            (#"{"timeMin":"2026-11-03T08:00:00","timeMax":"2026-11-03T09:00:00Z"}"#, "badRequest"),
            (#"{"timeMin":"2026-01-01T00:00:00Z","timeMax":"2026-12-01T00:00:00Z"}"#, "timeRangeTooLong"),
        ])
    func windows(_ body: String, _ reason: String) {
        let answer = coach.call(.post, "freeBusy", body)
        #expect(answer.status == 400)
        #expect(answer.reason == reason)
    }

    @Test("What the calendar's owner has declined leaves the time free, unless a switch says no", arguments: [false, true])
    func declined(_ blocks: Bool) {
        google.switches(#"{"declinedEventsBlock":\#(blocks)}"#)
        add("16:00", "16:30", #","attendees":[{"email":"coach@example.com","responseStatus":"declined"}]"#)
        add("17:00", "17:30", #","attendees":[{"email":"coach@example.com","responseStatus":"tentative"}]"#)
        #expect(ask().json["calendars"]?["primary"]?["busy"]?.array?.count == (blocks ? 2 : 1))
    }

    @Test("Beyond calendarExpansionMax calendars are not answered, and there are no groups where none are asked for")
    func expansion() {
        let answer = ask(items: #"{"id":"primary"},{"id":"coach@example.com"}"#, more: #","calendarExpansionMax":1"#).json
        #expect(answer["calendars"]?["primary"] == ["busy": []])
        #expect(
            answer["calendars"]?["coach@example.com"] == [
                "errors": [["domain": "global", "reason": "tooManyCalendarsRequested"]], "busy": [],
            ])
        #expect(answer["groups"] == nil)
    }

    @Test("The longest window is a switch", arguments: [("null", 200), ("400", 200), ("300", 400)])
    func longestWindow(_ days: String, _ status: Int) {
        google.switches(#"{"freeBusyMaxDays":\#(days)}"#)
        let answer = coach.call(
            .post, "freeBusy",
            #"{"timeMin":"2026-01-01T00:00:00Z","timeMax":"2026-12-01T00:00:00Z","items":[{"id":"primary"}]}"#)
        #expect(answer.status == status)
    }
}
