import Foundation
import HTTPTypes
import Testing

@testable import CalendarEmulator

@Suite("Invitations")
struct InvitationTests {
    let google = Google()
    let coach: Client
    let guest: Client
    let other: Client

    private let people =
        #""attendees":[{"email":"guest@example.com"},{"email":"Other@Example.com"},{"email":"stranger@example.net"}]"#

    init() throws {
        coach = try Client(google, "coach@example.com")
        guest = try Client(google, "guest@example.com")
        other = try Client(google, "other@example.com")
    }

    private let path = "calendars/primary/events"
    private func event(of client: Client, _ id: String = "lesson") -> Exchange { client.call(.get, path + "/" + id) }
    private func answers(_ exchange: Exchange) -> [String?] {
        (exchange.json["attendees"]?.array ?? []).map { $0["responseStatus"]?.string }
    }

    @Test("A guest has a copy that follows the organizer's, with what is private to each left out")
    func copies() {
        coach.insert(
            "primary",
            CalendarEmulatorTests.event(
                #""id":"lesson","colorId":"7","extendedProperties":{"private":{"a":"1"},"shared":{"b":"2"}},"# + people))
        let copy = event(of: guest).json
        #expect(copy["organizer"] == ["email": "coach@example.com"])
        #expect(copy["creator"] == ["email": "coach@example.com"])
        #expect(copy["iCalUID"] == "lesson@google.com")
        #expect(copy["colorId"] == nil)
        #expect(copy["extendedProperties"] == ["shared": ["b": "2"]])
        #expect(copy["attendees"]?[0]?["self"] == true && copy["attendees"]?[1]?["self"] == nil)
        coach.call(.patch, path + "/lesson", #"{"summary":"Moved","start":{"dateTime":"2026-11-03T10:30:00+01:00"}}"#)
        #expect(event(of: guest).json["summary"] == "Moved")
        #expect(event(of: other).json["start"]?["dateTime"] == "2026-11-03T09:30:00Z")
        coach.call(.delete, path + "/lesson")
        #expect(event(of: guest).json["status"] == "cancelled")
    }

    @Test("Who is not invited any more loses the copy, a private copy has no guests")
    func withdrawn() {
        coach.insert("primary", CalendarEmulatorTests.event(#""id":"lesson","# + people))
        coach.call(.patch, path + "/lesson", #"{"attendees":[{"email":"other@example.com"}]}"#)
        #expect(event(of: guest).json["status"] == "cancelled")
        #expect(event(of: other).json["status"] == "confirmed")
        coach.insert("primary", CalendarEmulatorTests.event(#""id":"alone","privateCopy":true,"# + people))
        #expect(event(of: guest, "alone").status == 404)
    }

    @Test("An answer reaches the organizer and the other guests; deleting a copy declines")
    func answering() {
        coach.insert("primary", CalendarEmulatorTests.event(#""id":"lesson","# + people))
        let accepted =
            #"{"colorId":"3","attendees":[{"email":"guest@example.com","responseStatus":"accepted"},{"email":"other@example.com"}]}"#
        #expect(guest.call(.patch, path + "/lesson", accepted).status == 200)
        #expect(answers(event(of: coach)) == ["accepted", "needsAction", "needsAction"])
        #expect(answers(event(of: other)) == ["accepted", "needsAction", "needsAction"])
        #expect(event(of: coach).json["colorId"] == nil && event(of: guest).json["colorId"] == "3")
        other.call(.delete, path + "/lesson")
        #expect(answers(event(of: coach)) == ["accepted", "declined", "needsAction"])
        #expect(event(of: guest).json["colorId"] == "3")
    }

    @Test("Guests may not change what all share, unless they may modify the event")
    func shared() {
        coach.insert("primary", CalendarEmulatorTests.event(#""id":"lesson","guestsCanInviteOthers":false,"# + people))
        let refused = guest.call(.put, path + "/lesson", CalendarEmulatorTests.event())
        #expect(refused.status == 403 && refused.reason == "forbiddenForNonOrganizer")
        #expect(guest.call(.patch, path + "/lesson", #"{"summary":"Mine"}"#).status == 200)
        #expect(event(of: coach).json["summary"] == nil)
        coach.call(.patch, path + "/lesson", #"{"guestsCanModify":true}"#)
        guest.call(.patch, path + "/lesson", #"{"summary":"Ours","location":"Here"}"#)
        #expect(event(of: coach).json["summary"] == "Ours")
        #expect(event(of: other).json["location"] == "Here")
    }

    @Test("Whoever deletes a copy is rid of it, and is not invited again by a change")
    func deleted() {
        coach.insert("primary", CalendarEmulatorTests.event(#""id":"lesson","# + people))
        guest.call(.delete, path + "/lesson")
        #expect(event(of: guest).json["status"] == "cancelled")
        coach.call(.patch, path + "/lesson", #"{"summary":"New"}"#)
        #expect(event(of: guest).json["status"] == "cancelled")
        #expect(event(of: other).json["summary"] == "New")
    }

    @Test("Who is taken off a series is off its changed instances too; off one instance, only off that")
    func withdrawnFromSeries() {
        coach.insert(
            "primary", CalendarEmulatorTests.event(#""id":"lesson","recurrence":["RRULE:FREQ=DAILY;COUNT=3"],"# + people))
        coach.call(.patch, path + "/lesson_20261105T090000Z", #"{"summary":"Last"}"#)
        coach.call(.patch, path + "/lesson_20261104T090000Z", #"{"attendees":[{"email":"other@example.com"}]}"#)
        let seen = { (who: Client) in
            who.call(.get, path + "?singleEvents=true&orderBy=startTime").items.compactMap { $0["id"]?.string }
        }
        #expect(seen(guest) == ["lesson_20261103T090000Z", "lesson_20261105T090000Z"])
        coach.call(.patch, path + "/lesson", #"{"attendees":[{"email":"other@example.com"}]}"#)
        coach.call(.patch, path + "/lesson", #"{"summary":"New"}"#)
        #expect(seen(guest) == [])
        #expect(seen(other).count == 3)
    }

    @Test("Who is invited to one instance alone sees it and is busy then")
    func oneInstance() {
        coach.insert("primary", CalendarEmulatorTests.event(#""id":"lesson","recurrence":["RRULE:FREQ=DAILY;COUNT=3"]"#))
        coach.call(.patch, path + "/lesson_20261104T090000Z", #"{"attendees":[{"email":"guest@example.com"}]}"#)
        let seen = guest.call(.get, path + "?singleEvents=true").items.compactMap { $0["id"]?.string }
        #expect(seen == ["lesson_20261104T090000Z"])
        let query = #"{"timeMin":"2026-11-03T00:00:00Z","timeMax":"2026-11-08T00:00:00Z","items":[{"id":"guest@example.com"}]}"#
        #expect(guest.call(.post, "freeBusy", query).json["calendars"]?["guest@example.com"]?["busy"]?.array?.count == 1)
    }

    @Test("A cleared or deleted calendar takes its invitations back")
    func cleared() throws {
        coach.insert("primary", CalendarEmulatorTests.event(#""id":"lesson","# + people))
        coach.call(.post, "calendars/primary/clear")
        #expect(event(of: guest).json["status"] == "cancelled")
        let calendar = try coach.calendar()
        coach.insert(calendar, CalendarEmulatorTests.event(#""id":"other0","# + people))
        coach.call(.delete, "calendars/" + calendar)
        #expect(event(of: guest, "other0").json["status"] == "cancelled")
    }

    @Test("Nobody changes another's event by importing one that says so")
    func imported() {
        let uid = #""iCalUID":"abc@example.net""#
        let id = coach.call(.post, path + "/import", CalendarEmulatorTests.event(uid)).json["id"]?.string ?? ""
        guest.call(
            .post, path + "/import",
            CalendarEmulatorTests.event(uid + #","organizer":{"email":"coach@example.com"},"guestsCanModify":true"#))
        #expect(guest.call(.patch, path + "/" + id, #"{"summary":"Mine"}"#).status == 200)
        #expect(event(of: coach, id).json["summary"] == nil)
    }

    @Test("A series reaches its guests with its exceptions")
    func series() {
        coach.insert(
            "primary", CalendarEmulatorTests.event(#""id":"lesson","recurrence":["RRULE:FREQ=DAILY;COUNT=3"],"# + people))
        coach.call(.delete, path + "/lesson_20261104T090000Z")
        coach.call(.patch, path + "/lesson_20261105T090000Z", #"{"summary":"Last"}"#)
        let seen = guest.call(.get, path + "?singleEvents=true&orderBy=startTime").items
        #expect(seen.map { $0["summary"]?.string } == [nil, "Last"])
        guest.call(
            .patch, path + "/lesson_20261103T090000Z",
            #"{"attendees":[{"email":"guest@example.com","responseStatus":"declined"}]}"#)
        #expect(answers(event(of: coach, "lesson_20261103T090000Z")).first == "declined")
        #expect(answers(event(of: coach)).first == "needsAction")
    }

    @Test("A copy blocks the guest's time until it is declined, and cannot be moved")
    func busy() {
        coach.insert("primary", CalendarEmulatorTests.event(#""id":"lesson","# + people))
        let query = #"{"timeMin":"2026-11-03T00:00:00Z","timeMax":"2026-11-04T00:00:00Z","items":[{"id":"guest@example.com"}]}"#
        let busy = { guest.call(.post, "freeBusy", query).json["calendars"]?["guest@example.com"]?["busy"]?.array?.count }
        #expect(busy() == 1)
        guest.call(.patch, path + "/lesson", #"{"attendees":[{"email":"guest@example.com","responseStatus":"declined"}]}"#)
        #expect(busy() == 0)
        #expect(guest.call(.post, path + "/lesson/move?destination=primary").reason == "cannotChangeOrganizer")
    }
}
