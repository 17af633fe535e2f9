import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

/// Some scopes let a method through and still reach only some calendars.
@Suite("Scopes that reach part of what a person may do")
struct ScopeTests {
    let google = Google()
    let coach: Client
    /// Of an app with every scope, of the person themselves in another project, and of somebody else.
    let (made, own, others): (String, String, String)

    private static let delegation =
        #","delegatedScopes":["# + Scopes.all.sorted().map { "\"\(Scopes.prefix)\($0)\"" }.joined(separator: ",")
        + #"],"delegatedDomains":["example.com"]"#

    init() throws {
        coach = try Client(google, "coach@example.com")
        let app = try KeyHolder(google, delegation: Self.delegation).client(subject: "coach@example.com")
        made = try app.calendar()
        own = try coach.calendar()
        let other = try Client(google, "other@example.com")
        others = try other.calendar()
        other.share(others, with: #"{"type":"user","value":"coach@example.com"}"#, as: "writer")
        for calendar in [made, own] { coach.insert(calendar, event(#""id":"first","summary":"secret""#)) }
        other.insert(others, event(#""id":"first","summary":"secret""#))
    }

    private func client(_ scope: String) throws -> Client {
        try KeyHolder(google, delegation: Self.delegation).client(scopes: scope, subject: "coach@example.com")
    }

    private func statuses(_ scope: String, _ method: HTTPRequest.Method, _ path: String, _ body: String = "") throws -> [Int] {
        let client = try client(scope)
        return [made, own, others, "primary"].map { client.call(method, "calendars/\($0)/\(path)", body).status }
    }

    @Test("calendar.app.created: calendars that this project made")
    func appCreated() throws {
        #expect(try statuses("calendar.app.created", .post, "events", event()) == [200, 404, 404, 404])
        #expect(try statuses("calendar.app.created", .get, "events") == [200, 404, 404, 404])
        #expect(try statuses("calendar.app.created", .patch, "", #"{"location":"here"}"#) == [200, 404, 404, 404])
        let client = try client("calendar.app.created")
        #expect(client.call(.post, "calendars", #"{"summary":"B"}"#).status == 200)
        let entries = [made, own].map { client.call(.get, "users/me/calendarList/" + $0).status }
        #expect(entries == [200, 404])
    }

    @Test("calendar.events.owned: calendars of which one is an owner")
    func owned() throws {
        #expect(try statuses("calendar.events.owned", .post, "events", event()) == [200, 200, 404, 200])
        #expect(try statuses("calendar.events.owned.readonly", .get, "events") == [200, 200, 404, 200])
        #expect(try statuses("calendar.events.owned.readonly", .post, "events", event()) == [403, 403, 403, 403])
    }

    @Test("calendar.events.public.readonly: calendars that are public, as the public sees them")
    func published() throws {
        #expect(try statuses("calendar.events.public.readonly", .get, "events") == [404, 404, 404, 404])
        coach.share(own, with: #"{"type":"default"}"#, as: "freeBusyReader")
        coach.share(made, with: #"{"type":"default"}"#, as: "reader")
        #expect(try statuses("calendar.events.public.readonly", .get, "events") == [200, 200, 404, 404])
        let client = try client("calendar.events.public.readonly")
        #expect(client.call(.get, "calendars/\(made)/events/first").json["summary"] == "secret")
        #expect(client.call(.get, "calendars/\(own)/events/first").json["summary"] == nil)
    }

    @Test("calendar.events.freebusy: times of every calendar, and nothing else of it")
    func freeBusy() throws {
        let client = try client("calendar.events.freebusy")
        for calendar in [made, own, others] {
            let event = client.call(.get, "calendars/\(calendar)/events/first")
            #expect(event.status == 200)
            #expect(event.json["start"] != nil)
            #expect(!event.text.contains("secret"))
            #expect(client.call(.get, "calendars/\(calendar)/events").json["accessRole"] == "freeBusyReader")
        }
        let body = #"{"timeMin":"2026-11-03T00:00:00Z","timeMax":"2026-11-04T00:00:00Z","items":[{"id":"\#(others)"}]}"#
        let busy = client.call(.post, "freeBusy", body)
        #expect(busy.json["calendars"]?[others]?["busy"]?.array?.count == 1)
    }
}
