import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

@Suite("Events")
struct EventsTests {
    let google = Google()
    let coach: Client
    let calendar: String

    init() throws {
        coach = try Client(google, "coach@example.com")
        calendar = try coach.calendar()
    }

    private func path(_ id: String) -> String { "calendars/\(calendar)/events/\(id)" }

    @Test("An event looks like Google's, key by key")
    func shape() throws {
        let body = event(
            #""id":"first","summary":"Coaching","colorId":"7","extendedProperties":{"private":{"rev":"3"}},"kind":"x","htmlLink":"y","nonsense":1,"created":"z""#
        )
        let made = coach.insert(calendar, body)
        #expect(made.status == 200)
        let link = Data("first \(calendar.prefix(26))@g".utf8).base64EncodedString().replacing("=", with: "")
        #expect(
            made.text == """
                {
                 "kind": "calendar#event",
                 "etag": "\\"3587220000500000\\"",
                 "id": "first",
                 "status": "confirmed",
                 "htmlLink": "https://www.google.com/calendar/event?eid=\(link)",
                 "created": "2026-11-02T09:00:00.000Z",
                 "updated": "2026-11-02T09:00:00.250Z",
                 "summary": "Coaching",
                 "colorId": "7",
                 "creator": {
                  "email": "coach@example.com"
                 },
                 "organizer": {
                  "email": "\(calendar)",
                  "displayName": "Coaching",
                  "self": true
                 },
                 "start": {
                  "dateTime": "2026-11-03T10:00:00+01:00",
                  "timeZone": "Europe/Berlin"
                 },
                 "end": {
                  "dateTime": "2026-11-03T11:00:00+01:00",
                  "timeZone": "Europe/Berlin"
                 },
                 "iCalUID": "first@google.com",
                 "sequence": 0,
                 "extendedProperties": {
                  "private": {
                   "rev": "3"
                  }
                 },
                 "reminders": {
                  "useDefault": true
                 },
                 "eventType": "default"
                }

                """)
        #expect(coach.call(.get, path("first")).text == made.text)
    }

    @Test("Defaults are left out, other values kept")
    func defaults() {
        let plain = coach.insert(
            calendar, event(#""transparency":"opaque","visibility":"default","guestsCanInviteOthers":true,"location":"""#))
        for name in ["transparency", "visibility", "guestsCanInviteOthers", "location", "colorId"] {
            #expect(plain.json[name] == nil)
        }
        let special = coach.insert(
            calendar, event(#""transparency":"transparent","visibility":"private","guestsCanInviteOthers":false"#))
        #expect(special.json["transparency"] == "transparent")
        #expect(special.json["visibility"] == "private")
        #expect(special.json["guestsCanInviteOthers"] == false)
    }

    @Test("Good ids are taken", arguments: ["abcde", "0v0v0", String(repeating: "a", count: 1024)])
    func goodID(_ id: String) {
        #expect(coach.insert(calendar, event(#""id":"\#(id)""#)).json["id"]?.string == id)
    }

    @Test("An empty id leaves the choice to Google, as other clients expect")
    func emptyID() throws {
        #expect(try #require(coach.insert(calendar, event(#""id":"""#)).json["id"]?.string).count == 26)
    }

    @Test(
        "Bad ids are refused",
        arguments: ["abcd", "abcdw", "ABCDE", "ab-cde", "äbcdef", String(repeating: "a", count: 1025)])
    func badID(_ id: String) {
        let answer = coach.insert(calendar, event(#""id":"\#(id)""#))
        #expect(answer.status == 400)
        #expect(answer.reason == "invalid")
        #expect(answer.message == "Invalid resource id value.")
    }

    struct BadBody: CustomTestStringConvertible {
        var body: String
        var reason: String
        var testDescription: String { body }
    }

    static let badBodies = [
        BadBody(body: "{", reason: "parseError"), BadBody(body: "[]", reason: "parseError"),
        BadBody(body: String(repeating: "[", count: 100_000), reason: "parseError"),
        BadBody(body: "", reason: "required"), BadBody(body: #"{"start":{"date":"2026-11-03"}}"#, reason: "required"),
        BadBody(body: #"{"start":{"date":"2026-11-03"},"end":{"date":"2026-11-03"}}"#, reason: "timeRangeEmpty"),
        BadBody(body: #"{"start":{"date":"2026-11-03"},"end":{"dateTime":"2026-11-04T10:00:00Z"}}"#, reason: "invalid"),
        BadBody(body: #"{"start":{"date":"2026-02-30"},"end":{"date":"2026-03-03"}}"#, reason: "invalid"),
        BadBody(
            body: #"{"start":{"dateTime":"2026-11-03T11:00:00Z"},"end":{"dateTime":"2026-11-03T11:59:00+01:00"}}"#,
            reason: "timeRangeEmpty"),
        BadBody(
            body: #"{"start":{"dateTime":"2026-11-03T11:00:00"},"end":{"dateTime":"2026-11-03T12:00:00"}}"#, reason: "required"),
        BadBody(
            body: #"{"start":{"dateTime":"tomorrow"},"end":{"dateTime":"2026-11-03T12:00:00Z"}}"#, reason: "invalid"),
        BadBody(
            body:
                #"{"start":{"dateTime":"2026-11-03T11:00:00Z","timeZone":"Mars/Olympus"},"end":{"dateTime":"2026-11-03T12:00:00Z"}}"#,
            reason: "invalid"),
        BadBody(body: event(#""colorId":"12""#), reason: "invalid"), BadBody(body: event(#""colorId":7"#), reason: "invalid"),
        BadBody(body: event(#""status":"maybe""#), reason: "invalid"),
        BadBody(body: event(#""summary":["a"]"#), reason: "invalid"),
        BadBody(body: event(#""attendees":[{}]"#), reason: "required"),
        BadBody(body: event(#""source":{"url":"ftp://example.com"}"#), reason: "invalid"),
        BadBody(body: event(#""recurrence":["RRULE:FREQ=NEVER"]"#), reason: "invalid"),
        BadBody(body: event(#""recurrence":"RRULE:FREQ=DAILY""#), reason: "invalid"),
        BadBody(body: event(#""reminders":{"overrides":[{"method":"popup","minutes":40321}]}"#), reason: "invalid"),
    ]

    @Test("Bodies that make no event are refused", arguments: badBodies)
    func badBody(_ bad: BadBody) {
        #expect(coach.insert(calendar, bad.body).reason == bad.reason)
    }

    static let times: [(sent: String, zone: String?, calendar: String)] = [
        ("2026-11-03T09:00:00Z", nil, "2026-11-03T10:00:00+01:00"),
        ("2026-07-03T10:00:00", "Europe/Berlin", "2026-07-03T10:00:00+02:00"),
        ("2026-11-03T10:00:00", "America/New_York", "2026-11-03T16:00:00+01:00"),
        ("2026-11-03T10:00:00-05:00", "Asia/Tokyo", "2026-11-03T16:00:00+01:00"),
        ("2026-03-29T02:30:00", "Europe/Berlin", "2026-03-29T03:30:00+02:00"),
        ("2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T02:30:00+02:00"),
    ]

    @Test("Times come back in the calendar's zone, and the zone that was sent is echoed", arguments: times)
    func rendering(_ sent: String, _ zone: String?, _ rendered: String) {
        let zoneField = zone.map { #","timeZone":"\#($0)""# } ?? ""
        let made = coach.insert(
            calendar, #"{"start":{"dateTime":"\#(sent)"\#(zoneField)},"end":{"dateTime":"2027-01-01T00:00:00Z"}}"#)
        #expect(made.json["start"]?["dateTime"]?.string == rendered)
        #expect(made.json["start"]?["timeZone"]?.string == zone)
    }

    @Test("The timeZone parameter renders in another zone")
    func otherZone() {
        coach.insert(calendar, event(#""id":"first""#))
        let answer = coach.call(.get, path("first") + "?timeZone=Asia/Kolkata")
        #expect(answer.json["start"]?["dateTime"] == "2026-11-03T14:30:00+05:30")
        #expect(answer.json["start"]?["timeZone"] == "Europe/Berlin")
    }

    @Test("An id is taken once, by live events and by tombstones, in one calendar")
    func duplicate() throws {
        coach.insert(calendar, event(#""id":"first""#))
        let again = coach.insert(calendar, event(#""id":"first""#))
        #expect(again.status == 409)
        #expect(again.reason == "duplicate")
        #expect(again.message == "The requested identifier already exists.")
        coach.call(.delete, path("first"))
        #expect(coach.insert(calendar, event(#""id":"first""#)).status == 409)
        #expect(coach.insert("primary", event(#""id":"first""#)).status == 200)
    }

    @Test("Deleting leaves a tombstone that can be read and revived")
    func tombstone() {
        coach.insert(calendar, event(#""id":"first","summary":"A""#))
        #expect(coach.call(.delete, path("first")).status == 204)
        #expect(coach.call(.get, path("first")).json["status"] == "cancelled")
        let again = coach.call(.delete, path("first"))
        #expect(again.status == 410)
        #expect(again.reason == "deleted")
        #expect(coach.call(.patch, path("first"), #"{"summary":"B"}"#).json["status"] == "cancelled")
        let revived = coach.call(.patch, path("first"), #"{"status":"confirmed"}"#)
        #expect(revived.json["status"] == "confirmed")
        #expect(revived.json["summary"] == "B")
        coach.call(.patch, path("first"), #"{"status":"cancelled"}"#)
        #expect(coach.call(.put, path("first"), event(#""status":"confirmed""#)).json["status"] == "confirmed")
    }

    @Test("A purged tombstone is gone, but for its id")
    func purged() {
        coach.insert(calendar, event(#""id":"first""#))
        coach.call(.delete, path("first"))
        google.switches(#"{"purgeTombstones":true}"#)
        #expect(coach.call(.get, path("first")).status == 404)
        #expect(coach.call(.patch, path("first"), #"{"status":"confirmed"}"#).reason == "forbidden")
        #expect(coach.call(.put, path("first"), event()).status == 403)
        #expect(coach.insert(calendar, event(#""id":"first""#)).status == 409)
        #expect(coach.call(.get, "calendars/\(calendar)/events?showDeleted=true").items.isEmpty)
    }

    @Test("PATCH merges deeply, replaces arrays and clears with null")
    func patch() {
        coach.insert(
            calendar,
            event(
                #""id":"first","summary":"A","location":"B","extendedProperties":{"private":{"a":"1","b":"2"},"shared":{"c":"3"}},"attendees":[{"email":"a@example.com"},{"email":"b@example.com"}]"#
            ))
        let body =
            #"{"location":null,"extendedProperties":{"private":{"a":null,"d":"4"}},"attendees":[{"email":"c@example.com"}],"end":{"dateTime":"2026-11-03T12:00:00+01:00"}}"#
        let patched = coach.call(.patch, path("first"), body).json
        #expect(patched["summary"] == "A")
        #expect(patched["location"] == nil)
        #expect(patched["extendedProperties"] == ["private": ["b": "2", "d": "4"], "shared": ["c": "3"]])
        #expect(patched["attendees"]?.array?.compactMap { $0["email"]?.string } == ["c@example.com"])
        #expect(patched["end"] == ["dateTime": "2026-11-03T12:00:00+01:00", "timeZone": "Europe/Berlin"])
        #expect(patched["sequence"] == 1)
        #expect(coach.call(.patch, path("first"), #"{"start":{"date":"2026-11-03"}}"#).status == 400)
    }

    @Test("From a time to whole days and back takes null for the old kind")
    func kinds() {
        coach.insert(calendar, event(#""id":"first""#))
        let days = coach.call(
            .patch, path("first"),
            #"{"start":{"date":"2026-11-03","dateTime":null,"timeZone":null},"end":{"date":"2026-11-04","dateTime":null,"timeZone":null}}"#
        )
        #expect(days.json["start"] == ["date": "2026-11-03"])
    }

    @Test("PUT replaces, and cannot do without start and end")
    func put() {
        coach.insert(calendar, event(#""id":"first","summary":"A","colorId":"3","extendedProperties":{"private":{"a":"1"}}"#))
        let replaced = coach.call(.put, path("first"), event(#""summary":"B","id":"other""#)).json
        #expect(replaced["id"] == "first")
        #expect(replaced["summary"] == "B")
        #expect(replaced["colorId"] == nil)
        #expect(replaced["extendedProperties"] == nil)
        #expect(coach.call(.put, path("first"), #"{"summary":"C"}"#).reason == "required")
        #expect(coach.call(.put, path("nothing"), event()).status == 404)
    }

    @Test("Long keys of properties vanish and long values are cut")
    func propertyLimits() {
        let (key, value) = (String(repeating: "k", count: 44), String(repeating: "v", count: 1025))
        let made = coach.insert(
            calendar, event(#""extendedProperties":{"private":{"\#(key)":"\#(value)","\#(key)x":"gone"}}"#))
        let kept = made.json["extendedProperties"]?["private"]?.object
        #expect(kept?.keys.elements == [key])
        #expect(kept?[key]?.string?.count == 1024)
    }

    @Test("The etag is twice updated in microseconds, and rises even when the clock stands")
    func etags() throws {
        var last: Int64 = 0
        coach.insert(calendar, event(#""id":"first""#))
        for number in 1...5 {
            let json = coach.call(.patch, path("first"), #"{"summary":"\#(number)"}"#).json
            let version = try #require(json["etag"]?.string.flatMap { Int64($0.dropFirst().dropLast()) })
            let updated = try #require(json["updated"]?.string.flatMap { DateTimeText($0)?.instant(in: nil) })
            #expect(version == updated.milliseconds * 2000)
            #expect(version > last)
            last = version
        }
    }

    @Test("What changes nothing leaves the version alone; reminders change the etag and not updated")
    func quietChanges() {
        let made = coach.insert(calendar, event(#""id":"first","summary":"A""#)).json
        #expect(coach.call(.patch, path("first"), #"{"summary":"A"}"#).json == made)
        let reminded = coach.call(
            .patch, path("first"), #"{"reminders":{"useDefault":false,"overrides":[{"method":"popup","minutes":5}]}}"#
        ).json
        #expect(reminded["updated"] == made["updated"])
        #expect(reminded["etag"] != made["etag"])
        #expect(reminded["reminders"]?["overrides"]?[0]?["minutes"] == 5)
    }

    @Test("If-Match refuses a stale version, If-None-Match spares a known one")
    func conditions() throws {
        let first = try #require(coach.insert(calendar, event(#""id":"first""#)).json["etag"]?.string)
        let known = coach.call(.get, path("first"), headers: ["If-None-Match": first])
        #expect(known.status == 304)
        #expect(known.reply.body.isEmpty)
        let patch = #"{"summary":"B"}"#
        #expect(coach.call(.patch, path("first"), patch, headers: ["If-Match": first]).status == 200)
        for (method, body) in [(HTTPRequest.Method.patch, patch), (.put, event()), (.delete, "")] {
            let stale = coach.call(method, path("first"), body, headers: ["If-Match": first])
            #expect(stale.status == 412)
            #expect(stale.reason == "conditionNotMet")
        }
        #expect(coach.call(.get, path("first"), headers: ["If-None-Match": first]).status == 200)
        #expect(coach.call(.patch, path("first"), patch, headers: ["If-Match": "*"]).status == 200)
    }

    @Test("A bare service account invites nobody and gets no Meet link")
    func serviceAccount() throws {
        let bare = try KeyHolder(google).client()
        let id = try bare.calendar()
        let refusal = bare.insert(id, event(#""attendees":[{"email":"coach@example.com"}]"#))
        #expect(refusal.status == 403)
        #expect(refusal.reason == "forbiddenForServiceAccounts")
        #expect(refusal.json["error"]?["errors"]?[0]?["domain"] == "calendar")
        let meet = event(
            #""conferenceData":{"createRequest":{"requestId":"a","conferenceSolutionKey":{"type":"hangoutsMeet"}}}"#)
        let path = "calendars/\(id)/events"
        #expect(bare.call(.post, path + "?conferenceDataVersion=1", meet).message == "Invalid conference type value.")
        #expect(bare.call(.post, path, meet).json["conferenceData"] == nil)
        let made = coach.call(.post, "calendars/primary/events?conferenceDataVersion=1", meet).json
        #expect(made["hangoutLink"]?.string?.hasPrefix("https://meet.google.com/") == true)
    }

    @Test("With delegation the account acts as the person, and may invite")
    func delegated() throws {
        let holder = try KeyHolder(
            google,
            delegation: #","delegatedScopes":["https://www.googleapis.com/auth/calendar"],"delegatedDomains":["example.com"]"#)
        let client = try holder.client(subject: "coach@example.com")
        let made = client.insert("primary", event(#""attendees":[{"email":"guest@example.com"}]"#))
        #expect(made.status == 200)
        #expect(made.json["organizer"] == ["email": "coach@example.com", "self": true])
        #expect(made.json["creator"] == ["email": "coach@example.com", "self": true])
        #expect(made.json["attendees"]?[0]?["responseStatus"] == "needsAction")
    }

    @Test("Readers do not see inside private events, and free/busy readers see inside none")
    func reduced() throws {
        coach.insert(calendar, event(#""id":"secret","summary":"Secret","visibility":"private""#))
        coach.insert(calendar, event(#""id":"plain","summary":"Plain""#))
        let other = try Client(google, "other@example.com")
        for (role, secret, plain) in [
            ("freeBusyReader", nil, nil), ("reader", nil, "Plain"), ("writerWithoutPrivateAccess", nil, "Plain"),
            ("writer", "Secret", "Plain"),
        ] as [(String, String?, String?)] {
            coach.share(calendar, with: #"{"type":"user","value":"other@example.com"}"#, as: role)
            let json = other.call(.get, path("secret")).json
            #expect(json["summary"]?.string == secret, "\(role)")
            #expect(json["start"] != nil)
            #expect(json["visibility"] == "private")
            #expect(other.call(.get, path("plain")).json["summary"]?.string == plain, "\(role)")
        }
    }

    @Test("The source of an event is for its creator's eyes")
    func source() throws {
        coach.insert(calendar, event(#""id":"first","source":{"url":"https://example.com/1","title":"Session"}"#))
        let other = try Client(google, "other@example.com")
        coach.share(calendar, with: #"{"type":"user","value":"other@example.com"}"#, as: "writer")
        #expect(coach.call(.get, path("first")).json["source"]?["title"] == "Session")
        #expect(other.call(.get, path("first")).json["source"] == nil)
        other.call(.put, path("first"), event())
        #expect(coach.call(.get, path("first")).json["source"]?["title"] == "Session")
    }

    @Test("A stale sequence number is refused")
    func sequence() {
        coach.insert(calendar, event(#""id":"first","sequence":5"#))
        #expect(coach.call(.put, path("first"), event(#""sequence":4"#)).status == 400)
        #expect(coach.call(.put, path("first"), event(#""sequence":6"#)).json["sequence"] == 6)
    }

    @Test("A PUT without a status revives a tombstone, unless a switch says no", arguments: [true, false])
    func putRevives(_ revives: Bool) {
        google.switches(#"{"putWithoutStatusRevives":\#(revives)}"#)
        coach.insert(calendar, event(#""id":"first""#))
        coach.call(.delete, path("first"))
        let put = coach.call(.put, path("first"), event(#""summary":"B""#))
        #expect(put.json["status"]?.string == (revives ? "confirmed" : "cancelled"))
        #expect(put.json["summary"] == "B")
        #expect(coach.call(.put, path("first"), event(#""status":"confirmed""#)).json["status"] == "confirmed")
    }

    @Test("What PUT leaves out goes back to its default")
    func putDefaults() {
        let full = event(
            #""id":"first","summary":"A","status":"tentative","transparency":"transparent","visibility":"private","#
                + #""guestsCanModify":true,"guestsCanInviteOthers":false,"reminders":{"useDefault":false},"#
                + #""attendees":[{"email":"a@example.com"}],"source":{"url":"https://example.com"},"location":"B""#)
        #expect(coach.insert(calendar, full).json["reminders"] == ["useDefault": false])
        let put = coach.call(.put, path("first"), event()).json
        #expect(put["status"] == "confirmed")
        #expect(put["reminders"] == ["useDefault": true])
        for name in [
            "summary", "transparency", "visibility", "guestsCanModify", "guestsCanInviteOthers", "attendees", "source",
            "location",
        ] { #expect(put[name] == nil, "\(name)") }
    }

    @Test("Fields nobody knows and those one may only read are ignored by PATCH and PUT")
    func ignored() {
        let made = coach.insert(calendar, event(#""id":"first","summary":"A""#)).json
        let noise =
            #""nonsense":{"a":[1]},"created":"x","creator":{"email":"b@example.com"},"htmlLink":"y","locked":true,"kind":1,"iCalUID":"other""#
        #expect(coach.call(.patch, path("first"), "{\(noise)}").json == made)
        let put = coach.call(.put, path("first"), event(#""summary":"A","# + noise))
        #expect(put.json == made, "\(put.text)")
    }

    @Test("An event has 300 properties of both kinds and 32 kB of them at most")
    func manyProperties() {
        let properties = { (count: Int, length: Int) in
            (0..<count).map { #""k\#($0)":"\#(String(repeating: "v", count: length))""# }.joined(separator: ",")
        }
        let made = { (own: String, shared: String) in
            coach.insert(calendar, event(#""extendedProperties":{"private":{\#(own)},"shared":{\#(shared)}}"#)).status
        }
        #expect(made(properties(200, 1), properties(100, 1)) == 200)
        #expect(made(properties(200, 1), properties(101, 1)) == 400)
        #expect(made(properties(31, 1024), "") == 200)
        #expect(made(properties(31, 1024), properties(2, 1024)) == 400)
    }

    @Test("A writer without access to private events changes only those that are not, and the own ones")
    func writerWithoutPrivateAccess() throws {
        let other = try Client(google, "other@example.com")
        coach.share(calendar, with: #"{"type":"user","value":"other@example.com"}"#, as: "writerWithoutPrivateAccess")
        coach.insert(calendar, event(#""id":"secret","visibility":"private""#))
        coach.insert(calendar, event(#""id":"plain""#))
        other.insert(calendar, event(#""id":"mine0","summary":"Mine","visibility":"private""#))
        for (id, status) in [("secret", 403), ("plain", 200), ("mine0", 200)] {
            #expect(other.call(.patch, path(id), #"{"location":"B"}"#).status == status, "\(id)")
        }
        #expect(other.call(.delete, path("secret")).reason == "forbidden")
        #expect(other.call(.get, path("mine0")).json["summary"] == "Mine")
    }

    static let changesOfClocks: [(sent: String, before: String, after: String)] = [
        ("2026-03-29T02:30:00", "2026-03-29T03:30:00+02:00", "2026-03-29T01:30:00+01:00"),
        ("2026-10-25T02:30:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"),
        ("2026-10-25T03:00:00", "2026-10-25T03:00:00+01:00", "2026-10-25T03:00:00+01:00"),
        ("2026-07-01T02:30:00", "2026-07-01T02:30:00+02:00", "2026-07-01T02:30:00+02:00"),
    ]

    @Test(
        "A time that the clocks skip or show twice has the offset of before the change, by a switch that of after it",
        arguments: changesOfClocks)
    func clockChange(_ sent: String, _ before: String, _ after: String) {
        for (isAfter, expected) in [(false, before), (true, after)] {
            google.switches(#"{"localTimesTakeOffsetAfterChange":\#(isAfter)}"#)
            let made = coach.insert(
                calendar,
                #"{"start":{"dateTime":"\#(sent)","timeZone":"Europe/Berlin"},"end":{"dateTime":"2027-01-01T00:00:00Z"}}"#)
            #expect(made.json["start"]?["dateTime"]?.string == expected)
        }
    }

    @Test("An empty list of attendees passes from a bare service account, unless a switch says no", arguments: [false, true])
    func emptyAttendees(_ isRefused: Bool) throws {
        google.switches(#"{"emptyAttendeesRefused":\#(isRefused)}"#)
        let bare = try KeyHolder(google).client()
        let answer = bare.insert(try bare.calendar(), event(#""attendees":[]"#))
        #expect(answer.status == (isRefused ? 403 : 200))
        #expect(answer.reason == (isRefused ? "forbiddenForServiceAccounts" : nil))
    }

    @Test("sequence counts moves in time and nothing else, by a switch not even those", arguments: [(true, 1), (false, 0)])
    func sequenceOfMoves(_ counts: Bool, _ expected: Int64) {
        google.switches(#"{"sequenceCountsTimeChanges":\#(counts)}"#)
        #expect(coach.insert(calendar, event(#""id":"first""#)).json["sequence"] == 0)
        #expect(coach.call(.patch, path("first"), #"{"summary":"A"}"#).json["sequence"] == 0)
        let moved = coach.call(.patch, path("first"), #"{"end":{"dateTime":"2026-11-03T12:00:00+01:00"}}"#)
        #expect(moved.json["sequence"] == .integer(expected))
    }

    @Test("Texts of any length are taken, unless a switch sets the limits that are quoted", arguments: [false, true])
    func longTexts(_ areRefused: Bool) {
        google.switches(#"{"longTextsRefused":\#(areRefused)}"#)
        for (name, limit) in [("summary", 1024), ("location", 1024), ("description", 8192)] {
            let text = { (length: Int) in event(#""\#(name)":"\#(String(repeating: "ä", count: length))""#) }
            #expect(coach.insert(calendar, text(limit)).status == 200)
            #expect(coach.insert(calendar, text(limit + 1)).status == (areRefused ? 400 : 200))
        }
    }

    @Test("The link of an event holds both ids, with Google's domains in short")
    func link() throws {
        let person = try Client(google, "somebody@gmail.com")
        let link = try #require(person.insert("primary", event(#""id":"first""#)).json["htmlLink"]?.string)
        let eid = try #require(link.split(separator: "eid=").last)
        let padded = eid + String(repeating: "=", count: (4 - eid.count % 4) % 4)
        #expect(Data(base64Encoded: String(padded)) == Data("first somebody@m".utf8))
    }

    @Test("A Meet link that is asked for again under the same requestId stays as it is")
    func sameRequest() {
        let request = { (id: String) in #""conferenceData":{"createRequest":{"requestId":"\#(id)"}}"# }
        let query = "?conferenceDataVersion=1"
        let first = coach.call(.post, "calendars/primary/events" + query, event(#""id":"first","# + request("a"))).json
        let again = { (id: String) in
            coach.call(.patch, "calendars/primary/events/first" + query, "{\(request(id))}").json["hangoutLink"]
        }
        #expect(again("a") == first["hangoutLink"])
        #expect(again("b") != first["hangoutLink"])
    }

    @Test("maxAttendees cuts the list of guests and says so")
    func maximumOfAttendees() {
        coach.insert(calendar, event(#""id":"first","attendees":[{"email":"a@example.com"},{"email":"b@example.com"}]"#))
        let cut = coach.call(.get, path("first") + "?maxAttendees=1").json
        #expect(cut["attendees"]?.array?.count == 1)
        #expect(cut["attendeesOmitted"] == true)
        #expect(coach.call(.get, path("first") + "?maxAttendees=2").json["attendeesOmitted"] == nil)
    }
}
