import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

/// Facts 4.2 and 11.3 row 12.
@Suite("Faults answer every row of the taxonomy")
struct FaultTests {
    let google = Google()

    static let taxonomy: [(reason: String, status: Int, domain: String, message: String?)] = [
        ("badRequest", 400, "global", nil), ("parseError", 400, "global", "Parse Error"), ("invalid", 400, "global", nil),
        ("invalidParameter", 400, "global", nil), ("required", 400, "global", nil),
        ("timeRangeEmpty", 400, "calendar", "The specified time range is empty."), ("timeRangeTooLong", 400, "calendar", nil),
        ("authError", 401, "global", nil),
        ("rateLimitExceeded", 403, "usageLimits", "Rate Limit Exceeded"),
        ("userRateLimitExceeded", 403, "usageLimits", "User Rate Limit Exceeded"),
        ("quotaExceeded", 403, "usageLimits", "Calendar usage limits exceeded."),
        ("dailyLimitExceeded", 403, "usageLimits", nil), ("accessNotConfigured", 403, "usageLimits", nil),
        ("insufficientPermissions", 403, "global", "Request had insufficient authentication scopes."),
        ("forbidden", 403, "global", "Forbidden"),
        ("requiredAccessLevel", 403, "calendar", "You need to have writer access to this calendar."),
        ("forbiddenForNonOrganizer", 403, "calendar", nil),
        (
            "forbiddenForServiceAccounts", 403, "calendar",
            "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority."
        ),
        ("notACalendarUser", 403, "calendar", "The user must be signed up for Google Calendar."),
        ("cannotRemoveLastCalendarOwnerFromAcl", 403, "calendar", nil), ("notFound", 404, "global", "Not Found"),
        ("duplicate", 409, "global", "The requested identifier already exists."), ("conflict", 409, "global", nil),
        ("deleted", 410, "global", "Resource has been deleted"), ("fullSyncRequired", 410, "calendar", nil),
        ("updatedMinTooLongAgo", 410, "calendar", nil), ("conditionNotMet", 412, "global", "Precondition Failed"),
        ("backendError", 500, "global", "Backend Error"),
    ]

    @Test("By its reason alone", arguments: taxonomy)
    func reason(_ reason: String, _ status: Int, _ domain: String, _ message: String?) throws {
        let coach = try Client(google, "coach@example.com")
        #expect(google.control("faults", #"{"reason":"\#(reason)"}"#).status == 201)
        let answer = coach.call(.get, "colors")
        #expect(answer.status == status)
        #expect(answer.reason == reason)
        #expect(answer.json["error"]?["errors"]?[0]?["domain"]?.string == domain)
        if let message { #expect(answer.message == message) }
        let isFrontEnd = ["authError", "accessNotConfigured", "insufficientPermissions"].contains(reason)
        #expect((answer.json["error"]?["details"] != nil) == isFrontEnd)
    }

    @Test(
        "By its status alone",
        arguments: [
            (400, "badRequest"), (401, "authError"), (403, "forbidden"), (404, "notFound"), (409, "duplicate"),
            (410, "deleted"),
            (412, "conditionNotMet"), (418, "badRequest"), (429, "rateLimitExceeded"), (500, "backendError"),
            (502, "backendError"), (503, "backendError"), (504, "backendError"),
        ])
    func status(_ status: Int, _ reason: String) throws {
        let coach = try Client(google, "coach@example.com")
        google.control("faults", #"{"status":\#(status)}"#)
        let answer = coach.call(.get, "colors")
        #expect(answer.status == status)
        #expect(answer.json["error"]?["code"] == .integer(Int64(status)))
        #expect(answer.reason == reason)
    }

    @Test("The front end knows whose calls it refuses")
    func project() throws {
        let client = try KeyHolder(google, project: "weaver").client()
        google.control("faults", #"{"reason":"accessNotConfigured"}"#)
        let answer = client.call(.get, "colors")
        let consumer = answer.json["error"]?["details"]?[0]?["metadata"]?["consumer"]
        #expect(consumer?.string == "projects/" + World.projectNumber("weaver"))
        google.send(.delete, "/emulator/faults")
        google.control("faults", #"{"status":401,"reason":"required"}"#)
        #expect(client.call(.get, "colors").json["error"]?["details"]?[0]?["reason"] == "CREDENTIALS_MISSING")
    }

    @Test("The endpoints of sign-in can be struck by name", arguments: ["token", "revoke", "auth"])
    func signIn(_ name: String) {
        google.control("faults", #"{"method":"\#(name)","status":503}"#)
        let paths = ["token": "/token", "revoke": "/revoke", "auth": "/o/oauth2/v2/auth"]
        for (api, path) in paths.sorted(by: { $0.key < $1.key }) {
            #expect((google.send(.post, path).status == 503) == (api == name))
        }
    }

    @Test("A challenge goes with refusals for want of a token or a scope, unless a switch says no", arguments: [true, false])
    func challenge(_ isSent: Bool) throws {
        google.switches(#"{"sendsWWWAuthenticate":\#(isSent)}"#)
        let reader = try KeyHolder(google).client(scopes: "calendar.readonly")
        let realm = "Bearer realm=\"https://accounts.google.com/\""
        let scopes = ["calendar", "calendar.acls"].map { Scopes.prefix + $0 }.joined(separator: " ")
        let refusals: [(Exchange, String?)] = [
            (google.send(.get, "/calendar/v3/colors"), realm),
            (google.send(.get, "/calendar/v3/colors", token: "x"), realm + ", error=\"invalid_token\""),
            (
                reader.call(.post, "calendars/primary/acl"),
                realm + ", error=\"insufficient_scope\", scope=\"\(scopes)\""
            ),
            (reader.call(.get, "calendars/nothing"), nil),
        ]
        for (answer, wanted) in refusals {
            #expect(answer.reply.response.headerFields[.wwwAuthenticate] == (isSent ? wanted : nil))
        }
    }

    @Test("A disabled API is refused before a missing scope, and a rate before wrong parameters: facts 11.3 row 1")
    func order() throws {
        let client = try KeyHolder(google).client(scopes: "calendar.freebusy")
        let stranger = google.send(.get, "/calendar/v3/colors?wish=1", token: "x")
        #expect(stranger.reason == "authError")
        google.switches(#"{"disabledProjects":["loom"]}"#)
        #expect(client.call(.get, "colors?wish=1").reason == "accessNotConfigured")
        google.switches(#"{"disabledProjects":[]}"#)
        google.control("quotas", #"{"perMinutePerUser":0}"#)
        #expect(client.call(.get, "colors?wish=1").reason == "insufficientPermissions")
        #expect(client.call(.post, "freeBusy?wish=1").reason == "rateLimitExceeded")
        google.control("quotas", #"{"perMinutePerUser":null}"#)
        #expect(client.call(.post, "freeBusy?wish=1").reason == "invalidParameter")
    }
}
