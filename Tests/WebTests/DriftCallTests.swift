import CalendarSync
import Coaching
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JWTKit
import NIOCore
import Support
import Testing

@testable import Web

/// What coaches change in Google, as they see it through the API.
@Suite struct DriftCallTests {
    private static let path = "/v1/google-calendar/connection"
    private static let body =
        #"{"startsAt": "2027-02-01T10:00:00+01:00", "timeZone": "Europe/Berlin", "topic": "Topic", "allowOverlap": true}"#
    private static let aDayLater = [
        "start": ["dateTime": "2027-02-02T10:00:00+01:00"], "end": ["dateTime": "2027-02-02T11:30:00+01:00"],
    ]

    /// A connected coach with one session in the calendar.
    private static func run(policy: String, _ body: @Sendable (Server) async throws -> Void) async throws {
        try await Server.run { server in
            _ = try await server.call(.post, path)
            let answer = try await server.call(.patch, path, #"{"driftPolicy": "\#(policy)"}"#)
            #expect(answer.status == 200)
            #expect(answer["driftPolicy"] == policy)
            _ = try await server.call(.put, "/v1/sessions/s-1", Self.body)
            try await server.deliver()
            try await body(server)
        }
    }

    @Test func anAuditIsAskedForAndToldOf() async throws {
        try await Self.run(policy: "restore") { server in
            var answer = try await server.call(.get, Self.path)
            #expect(answer.audit == ["compared": 0, "drifted": 0, "held": 0])
            try await server.inGoogle(.patch, event: "s-1", ["summary": "Other"])
            #expect(try await server.call(.post, Self.path + "/audit").status == 202)
            try await server.deliver()
            answer = try await server.call(.get, Self.path)
            #expect(answer.audit == ["compared": 1, "drifted": 1, "held": 0])
            #expect((answer.body["audit"] as? [String: any Sendable])?["at"] as? String == server.platform.clock.now.utc)
            #expect(try await server.googleShows("s-1")?["summary"] as? String == "Topic")
            #expect(try await server.story(of: "s-1") == ["sessionCreated", "eventInserted", "driftFound", "eventPatched"])
        }
    }

    @Test(arguments: ["session", "calendar"])
    func theCoachDecidesAboutAnEventThatWasMoved(_ keep: String) async throws {
        try await Self.run(policy: "ask") { server in
            try await server.inGoogle(.patch, event: "s-1", Self.aDayLater)
            _ = try await server.platform.sync.audit("coach-1")
            try await server.deliver()
            var answer = try await server.call(.get, "/v1/sessions/s-1")
            #expect(answer["startsAt"] == "2027-02-01T10:00:00+01:00")
            #expect(answer.sync["status"] as? String == "synced")
            #expect(
                answer.drift == [
                    "kind": "edited", "foundAt": server.platform.clock.now.utc, "startsAt": "2027-02-02T09:00:00.000Z",
                    "endsAt": "2027-02-02T10:30:00.000Z",
                ])
            let client = try await Server.sign(Person(id: "client-1", role: .client))
            _ = try await server.call(.patch, "/v1/sessions/s-1", #"{"clientId": "client-1"}"#)
            #expect(try await server.call(.get, "/v1/sessions/s-1", token: client).drift == [:], "it is the coach's calendar")

            answer = try await server.call(.post, "/v1/sessions/s-1/drift", #"{"keep": "\#(keep)"}"#)
            #expect(answer.status == 200)
            #expect(answer.drift == [:])
            let (starts, minutes) = keep == "session" ? ("2027-02-01", 60) : ("2027-02-02", 90)
            #expect(answer["startsAt"] == "\(starts)T10:00:00+01:00")
            #expect(answer.body["durationMinutes"] as? Int == minutes)
            try await server.deliver()
            let start = try await server.googleShows("s-1")?["start"] as? [String: String]
            #expect(start?["dateTime"] == "\(starts)T10:00:00+01:00")
            let story = try await server.story(of: "s-1")
            #expect(story.contains("driftFound"))
            #expect(story.contains("sessionMovedInCalendar") == (keep == "calendar"))
            #expect(try await server.call(.post, "/v1/sessions/s-1/drift", #"{"keep": "session"}"#)["code"] == "noDrift")
        }
    }

    @Test(arguments: ["session", "calendar"])
    func theCoachDecidesAboutAnEventThatWasDeleted(_ keep: String) async throws {
        try await Self.run(policy: "ask") { server in
            try await server.inGoogle(.delete, event: "s-1")
            _ = try await server.platform.sync.audit("coach-1")
            try await server.deliver()
            #expect(try await server.googleShows("s-1") == nil, "nothing is done unasked")
            var answer = try await server.call(.get, "/v1/sessions/s-1")
            #expect(answer.drift == ["kind": "removed", "foundAt": server.platform.clock.now.utc])
            answer = try await server.call(.post, "/v1/sessions/s-1/drift", #"{"keep": "\#(keep)"}"#)
            #expect(answer["status"] == (keep == "session" ? "scheduled" : "cancelled"))
            try await server.deliver()
            #expect(try await (server.googleShows("s-1") != nil) == (keep == "session"))
            #expect(try await server.call(.get, "/v1/sessions/s-1").sync["status"] as? String == "synced")
        }
    }

    @Test func aSessionFollowsItsEventWhereTheCoachWantsThat() async throws {
        try await Self.run(policy: "adopt") { server in
            try await server.inGoogle(.patch, event: "s-1", Self.aDayLater)
            _ = try await server.platform.sync.audit("coach-1")
            try await server.deliver()
            let answer = try await server.call(.get, "/v1/sessions/s-1")
            #expect(answer["startsAt"] == "2027-02-02T10:00:00+01:00")
            #expect(answer["endsAt"] == "2027-02-02T11:30:00+01:00")
            #expect(answer.body["revision"] as? Int == 2)
            #expect(try await server.story(of: "s-1").contains("sessionMovedInCalendar"))
        }
    }

    @Test func aSessionDoesNotMoveToWhereTheCoachHasAnother() async throws {
        try await Self.run(policy: "ask") { server in
            _ = try await server.call(
                .put, "/v1/sessions/s-2", #"{"startsAt": "2027-02-02T11:00:00+01:00", "timeZone": "Europe/Berlin"}"#)
            try await server.deliver()
            try await server.inGoogle(.patch, event: "s-1", Self.aDayLater)
            _ = try await server.platform.sync.audit("coach-1")
            let answer = try await server.call(.post, "/v1/sessions/s-1/drift", #"{"keep": "calendar"}"#)
            #expect(answer.status == 400)
            #expect(answer.fields == ["keep"])
            #expect(try await server.call(.get, "/v1/sessions/s-1").drift["kind"] == "edited", "it can still be settled")
            #expect(try await server.call(.post, "/v1/sessions/s-1/drift", #"{"keep": "session"}"#).status == 200)
        }
    }

    @Test func aCalendarThatWasDeletedIsMadeAgainAndFilled() async throws {
        try await Self.run(policy: "restore") { server in
            for number in 2...3 { _ = try await server.call(.put, "/v1/sessions/s-\(number)", Self.body) }
            try await server.deliver()
            let first = try #require(try await server.call(.get, Self.path)["calendarId"])
            try await server.platform.google.client().deleteCalendar(first)
            var answer = try await server.call(.post, Self.path + "/rebuild")
            #expect(answer.status == 202)
            #expect(answer["state"] == "connecting")
            // One turn of the lane makes the calendar; the next ones fill it.
            try await server.deliver()
            answer = try await server.call(.get, Self.path)
            #expect(answer["state"] == "connected")
            #expect(answer["calendarId"] != first)
            #expect(answer.body["generation"] as? Int == 2)
            #expect(answer.body["eventCount"] as? Int == 3)
            #expect(answer.body["backfill"] == nil)
            for number in 1...3 { #expect(try await server.googleShows("s-\(number)") != nil) }
        }
    }

    @Test func howFarFillingHasComeIsTold() async throws {
        try await Server.run { server in
            for number in 1...3 { _ = try await server.call(.put, "/v1/sessions/s-\(number)", Self.body) }
            let answer = try await server.call(.post, Self.path)
            #expect(answer.body["backfill"] as? [String: Int] == ["done": 0, "total": 3])
            try await server.deliver()
            #expect(try await server.call(.get, Self.path).body["backfill"] == nil)
        }
    }

    @Test func whatCannotBeDoneIsRefused() async throws {
        try await Server.run { server in
            for call in ["/audit", "/rebuild"] {
                #expect(try await server.call(.post, Self.path + call)["code"] == "neverConnected")
                let client = try await Server.sign(Person(id: "client-1", role: .client))
                #expect(try await server.call(.post, Self.path + call, token: client)["code"] == "coachesOnly")
            }
            _ = try await server.call(.post, Self.path)
            _ = try await server.call(.put, "/v1/sessions/s-1", String(Self.body.dropLast()) + #", "clientId": "client-1"}"#)
            let drift = "/v1/sessions/s-1/drift"
            for (body, field) in [
                (#"{"driftPolicy": "maybe"}"#, "driftPolicy"), (#"{"driftPolicy": 1}"#, "driftPolicy"),
                (#"{"policy": "ask"}"#, "policy"),
            ] {
                #expect(try await server.call(.patch, Self.path, body).fields == [field])
            }
            for (body, field) in [
                ("{}", "keep"), (#"{"keep": null}"#, "keep"), (#"{"keep": "both"}"#, "keep"), (#"{"keep": true}"#, "keep"),
                (#"{"keep": "session", "why": "x"}"#, "why"),
            ] {
                let answer = try await server.call(.post, drift, body)
                #expect(answer.status == 400)
                #expect(answer.fields == [field])
            }
            #expect(try await server.call(.get, Self.path)["driftPolicy"] == "restore")
            #expect(try await server.call(.post, drift, "")["code"] == "malformedJSON")
            #expect(try await server.call(.post, drift, #"{"keep": "session"}"#)["code"] == "noDrift")
            for person in [Person(id: "coach-2", role: .coach), Person(id: "client-1", role: .client)] {
                let token = try await Server.sign(person)
                #expect(try await server.call(.post, drift, #"{"keep": "session"}"#, token: token)["code"] == "notFound")
            }
            _ = try await server.call(.delete, Self.path)
            for call in ["/audit", "/rebuild"] {
                let answer = try await server.call(.post, Self.path + call)
                #expect(answer.status == 409)
                #expect(answer["code"] == "notConnected")
            }
        }
    }
}

extension Server.Answer {
    fileprivate var drift: [String: String] { sync["drift"] as? [String: String] ?? [:] }

    /// The counts of the last audit.
    fileprivate var audit: [String: Int] {
        (body["audit"] as? [String: any Sendable] ?? [:]).compactMapValues { $0 as? Int }
    }
}

extension Server {
    /// What the coach does to the event of a session, in Google Calendar.
    fileprivate func inGoogle(
        _ method: HTTPRequest.Method, event sessionID: String, _ body: [String: any Sendable]? = nil
    ) async throws {
        let calendar = try #require(try await call(.get, "/v1/google-calendar/connection")["calendarId"])
        let event = try #require(try await call(.get, "/v1/sessions/\(sessionID)").sync["googleEventId"] as? String)
        let status = try platform.google.act(
            as: "coach@example.com", method, "calendars/\(calendar)/events/\(event)", body)
        #expect((200..<300).contains(status))
    }

    /// The event of a session as Google has it; nil when it is deleted or was never there.
    fileprivate func googleShows(_ sessionID: String) async throws -> [String: any Sendable]? {
        let state = try JSONSerialization.jsonObject(with: Data(platform.google.state().utf8)) as? [String: any Sendable]
        let events = (state?["calendars"] as? [[String: any Sendable]] ?? []).flatMap {
            $0["events"] as? [[String: any Sendable]] ?? []
        }
        return events.first { event in
            let marker = (event["extendedProperties"] as? [String: [String: String]])?["private"]?["loomSession"]
            return marker == sessionID && event["status"] as? String != "cancelled"
        }
    }

    fileprivate func story(of sessionID: String) async throws -> [String] {
        let items = try await call(.get, "/v1/sessions/\(sessionID)/timeline").body["items"]
        return (items as? [[String: any Sendable]] ?? []).compactMap { $0["what"] as? String }
    }
}
