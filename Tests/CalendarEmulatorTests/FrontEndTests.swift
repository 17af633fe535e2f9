import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

@Suite("Before a method runs")
struct FrontEndTests {
    @Test("Without a token the front end answers, in its own envelope with two spaces of indent")
    func missingToken() {
        let answer = Google().send(.get, "/calendar/v3/users/me/calendarList")
        #expect(answer.status == 401)
        #expect(answer.reason == "required")
        #expect(answer.text.hasPrefix("{\n  \"error\": {\n    \"code\": 401,\n"))
        #expect(answer.text.hasSuffix("}\n"))
        let error = answer.json["error"]
        #expect(error?.object?.keys.elements == ["code", "message", "errors", "status", "details"])
        #expect(error?["status"] == "UNAUTHENTICATED")
        #expect(error?["errors"]?[0]?["message"] == "Login Required.")
        #expect(error?["details"]?[0]?["reason"] == "CREDENTIALS_MISSING")
        #expect(error?["details"]?[0]?["metadata"]?["method"] == "calendar.v3.CalendarList.List")
    }

    @Test("A wrong token is an authError", arguments: ["nonsense", "ya29.forgotten", ""])
    func wrongToken(_ token: String) {
        let answer = Google().send(.get, "/calendar/v3/users/me/calendarList", token: token)
        #expect(answer.status == 401)
        #expect(answer.json["error"]?["errors"]?[0]?["reason"]?.string == (token.isEmpty ? "required" : "authError"))
    }

    @Test("Calendar's own errors have the backend envelope with one space of indent")
    func backendEnvelope() throws {
        let answer = try Client(Google(), "coach@example.com").call(.get, "calendars/nothing")
        #expect(
            answer.text == """
                {
                 "error": {
                  "errors": [
                   {
                    "domain": "global",
                    "reason": "notFound",
                    "message": "Not Found"
                   }
                  ],
                  "code": 404,
                  "message": "Not Found"
                 }
                }

                """)
        #expect(answer.reply.response.headerFields[.contentType] == "application/json; charset=UTF-8")
    }

    static let scopes: [(String, HTTPRequest.Method, String, Bool)] = [
        ("calendar.events", .post, "freeBusy", false),
        ("calendar.freebusy", .post, "freeBusy", true),
        ("calendar.events", .get, "colors", false),
        ("calendar.app.created", .get, "users/me/calendarList", false),
        ("calendar.calendarlist.readonly", .get, "users/me/calendarList", true),
        ("calendar.app.created", .post, "calendars/primary/acl", false),
        ("calendar.acls", .post, "calendars/primary/acl", true),
        ("calendar.readonly", .get, "calendars/primary/acl", false),
        ("calendar.events.readonly", .post, "calendars/primary/events", false),
        ("calendar.events", .post, "calendars/primary/events", true),
        ("calendar.events.freebusy", .get, "calendars/primary/events", true),
        ("calendar.events", .post, "calendars", false),
    ]

    @Test("A method wants one of its own scopes", arguments: scopes)
    func scope(_ scope: String, _ method: HTTPRequest.Method, _ path: String, _ isEnough: Bool) throws {
        let answer = try KeyHolder(Google()).client(scopes: scope).call(method, path)
        #expect((answer.reason == "insufficientPermissions") != isEnough)
        if !isEnough {
            #expect(answer.status == 403)
            #expect(answer.message == "Request had insufficient authentication scopes.")
            #expect(answer.json["error"]?["status"] == "PERMISSION_DENIED")
            #expect(answer.json["error"]?["details"]?[0]?["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
        }
    }

    @Test("The API can be disabled in a project")
    func disabled() throws {
        let google = Google()
        let client = try KeyHolder(google).client()
        google.switches(#"{"disabledProjects":["loom"]}"#)
        let answer = client.call(.get, "colors")
        #expect(answer.status == 403)
        #expect(answer.reason == "accessNotConfigured")
        #expect(answer.json["error"]?["details"]?[0]?["reason"] == "SERVICE_DISABLED")
    }

    @Test(
        "Query parameters are checked",
        arguments: [
            ("wish=1", "wish"), ("maxResults=0", "maxResults"), ("maxResults=many", "maxResults"),
            ("showDeleted=maybe", "showDeleted"), ("orderBy=size", "orderBy"), ("alt=xml", "alt"),
            ("fields=items(id", "fields"),
            ("timeZone=Mars/Olympus", "timeZone"), ("privateExtendedProperty=alone", "privateExtendedProperty"),
        ])
    func parameters(_ query: String, _ name: String) throws {
        let answer = try Client(Google(), "coach@example.com").call(.get, "calendars/primary/events?" + query)
        #expect(answer.status == 400)
        #expect(answer.reason == "invalidParameter")
        #expect(answer.json["error"]?["errors"]?[0]?["location"]?.string == name)
    }

    @Test(
        "The parameters of every method are taken",
        arguments: ["quotaUser=a", "key=b", "userIp=1.2.3.4", "$.xgafv=2", "alt=json"])
    func globalParameters(_ query: String) throws {
        #expect(try Client(Google(), "coach@example.com").call(.get, "colors?" + query).status == 200)
    }

    @Test(
        "What a method needs must be there, and what takes one value is given once",
        arguments: [
            ("calendars/primary/transferOwnership?useAdminAccess=true", "newDataOwner", "required"),
            ("calendars/primary/transferOwnership?newDataOwner=a", "useAdminAccess", "required"),
            ("calendars/primary/events/first/move", "destination", "required"),
            ("calendars/primary/events/quickAdd", "text", "required"),
            ("calendars?prettyPrint=true&prettyPrint=false", "prettyPrint", "invalidParameter"),
        ])
    func needed(_ path: String, _ name: String, _ reason: String) throws {
        let coach = try Client(Google(), "coach@example.com")
        let answer = coach.call(.post, path, #"{"summary":"A"}"#)
        guard answer.status != 501 else { return }
        #expect(answer.status == 400)
        #expect(answer.reason == reason)
        #expect(answer.json["error"]?["errors"]?[0]?["location"]?.string == name)
    }

    @Test("The last of several values counts where a switch says so; some parameters take several anyway")
    func repeated() throws {
        let google = Google()
        let coach = try Client(google, "coach@example.com")
        #expect(coach.call(.get, "calendars/primary/events?eventTypes=default&eventTypes=birthday").status == 200)
        google.switches(#"{"repeatedParametersRefused":false}"#)
        #expect(coach.call(.get, "calendars/primary/events?maxResults=1&maxResults=2").status == 200)
    }

    @Test("A read too long for an address comes as POST with X-HTTP-Method-Override")
    func override() throws {
        let coach = try Client(Google(), "coach@example.com")
        coach.insert("primary", event(#""id":"first""#))
        let headers = ["X-HTTP-Method-Override": "GET", "Content-Type": "application/x-www-form-urlencoded"]
        let list = coach.call(.post, "calendars/primary/events", "alt=json&fields=items(id)", headers: headers)
        #expect(list.json == ["items": [["id": "first"]]])
        let patch = coach.call(
            .post, "calendars/primary/events/first", #"{"summary":"A"}"#, headers: ["X-HTTP-Method-Override": "PATCH"])
        #expect(patch.json["summary"] == "A")
    }

    @Test("Checks come in order: token, scope, parameters, calendar, role, body")
    func order() throws {
        let google = Google()
        let owner = try Client(google, "owner@example.com")
        let calendar = try owner.calendar()
        let path = "calendars/\(calendar)/events?wish=1"
        #expect(google.send(.post, "/calendar/v3/" + path).status == 401)
        let stranger = try KeyHolder(google)
        #expect(try stranger.client(scopes: "calendar.freebusy").call(.post, path).reason == "insufficientPermissions")
        let client = try stranger.client()
        #expect(client.call(.post, path).reason == "invalidParameter")
        #expect(client.insert(calendar, "nonsense").reason == "notFound")
        owner.share(calendar, with: #"{"type":"user","value":"\#(stranger.email)"}"#, as: "reader")
        let refusal = client.insert(calendar, "nonsense")
        #expect(refusal.reason == "requiredAccessLevel")
        #expect(refusal.message == "You need to have writer access to this calendar.")
        owner.share(calendar, with: #"{"type":"user","value":"\#(stranger.email)"}"#, as: "writer")
        #expect(client.insert(calendar, "nonsense").reason == "parseError")
        client.insert(calendar, event(#""id":"taken""#))
        let guests = event(#""id":"taken","attendees":[{"email":"coach@example.com"}]"#)
        #expect(client.insert(calendar, guests).reason == "forbiddenForServiceAccounts")
    }

    @Test("The table holds the 38 methods of the API")
    func table() {
        #expect(Set(Route.table.map(\.id)).count == 38)
        #expect(Route.table.count == 38)
    }

    @Test("Unknown paths and large bodies are refused")
    func limits() throws {
        let google = Google()
        #expect(google.send(.get, "/calendar/v3/nothing/here").status == 404)
        #expect(google.send(.get, "/other").status == 404)
        let large = String(repeating: " ", count: Emulator.maximumBodySize + 1)
        #expect(google.send(.post, "/calendar/v3/calendars", body: large).status == 413)
    }

    @Test("A partial response holds what was asked for, and prettyPrint=false writes one line")
    func fields() throws {
        let client = try Client(Google(), "coach@example.com")
        client.insert("primary", event(#""id":"first","summary":"A""#))
        let answer = client.call(.get, "calendars/primary/events?fields=items(id,start/dateTime),accessRole&prettyPrint=false")
        #expect(
            answer.text
                == #"{"accessRole":"owner","items":[{"id":"first","start":{"dateTime":"2026-11-03T09:00:00Z"}}]}"#)
    }

    @Test("The body is checked before the attendees, and those before the id: facts 11.3 row 1")
    func bodyOrder() throws {
        let bare = try KeyHolder(Google()).client()
        let calendar = try bare.calendar()
        bare.insert(calendar, event(#""id":"taken""#))
        let guests = #""attendees":[{"email":"coach@example.com"}]"#
        #expect(bare.insert(calendar, event(#""id":"taken","colorId":"12","# + guests)).reason == "invalid")
        #expect(bare.insert(calendar, event(#""id":"taken","# + guests)).reason == "forbiddenForServiceAccounts")
        #expect(bare.insert(calendar, event(#""id":"taken""#)).reason == "duplicate")
    }

    @Test("Every answer carries the headers seen on Google's, and 204 has no body")
    func headers() throws {
        let coach = try Client(Google(), "coach@example.com")
        coach.insert("primary", event(#""id":"first""#))
        let gone = coach.call(.delete, "calendars/primary/events/first")
        #expect(gone.status == 204)
        #expect(gone.reply.body.isEmpty)
        for answer in [coach.call(.get, "colors"), coach.call(.get, "calendars/nothing"), gone] {
            let headers = answer.reply.response.headerFields
            #expect(headers[.cacheControl] == "no-cache, no-store, max-age=0, must-revalidate")
            #expect(try headers[#require(HTTPField.Name("Pragma"))] == "no-cache")
            #expect(try headers[#require(HTTPField.Name("Expires"))] == "Mon, 01 Jan 1990 00:00:00 GMT")
            #expect(headers[.vary]?.hasPrefix("Origin") == true)
            #expect(headers[.server] == "ESF")
            #expect(headers[.contentType] == (answer.status == 204 ? nil : "application/json; charset=UTF-8"))
        }
    }

    @Test(
        "A field selection that names what the answer cannot have is refused",
        arguments: [
            ("calendars/primary/events", "items(id,colour)"), ("calendars/primary/events", "item(id)"),
            ("calendars/primary/events", "items/start/day"), ("users/me/calendarList", "items/id/x"),
            ("colors", "event/1/front"), ("colors", "kind,*/1/front"),
        ])
    func unknownFields(_ path: String, _ fields: String) throws {
        let answer = try Client(Google(), "coach@example.com").call(.get, path + "?fields=" + fields)
        #expect(answer.status == 400)
        #expect(answer.reason == "invalidParameter")
        #expect(answer.json["error"]?["errors"]?[0]?["location"] == "fields")
        #expect(answer.message == "Invalid field selection \(fields)")
    }

    @Test(
        "A field selection may use everything an answer can have",
        arguments: [
            ("calendars/primary/events", "*"), ("calendars/primary/events", "items/*,nextSyncToken"),
            ("calendars/primary/events", "items(extendedProperties/private/rev,conferenceData/entryPoints/uri)"),
            ("colors", "event(1/background)"), ("colors", "*/1"), ("users/me/settings", "items(id,value)"),
        ])
    func knownFields(_ path: String, _ fields: String) throws {
        #expect(try Client(Google(), "coach@example.com").call(.get, path + "?fields=" + fields).status == 200)
    }
}
