import CalendarSync
import Coaching
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Support
import Testing

@testable import Web

/// Booking, and what is in the way of it, as callers see it.
@Suite struct AvailabilityCallTests {
    private static let connection = "/v1/google-calendar/connection"
    private static let open = """
        {"workingHours": {"weekdays": {"monday": [{"from": "09:00", "to": "12:00"}]},
            "exceptions": [{"date": "2027-02-08", "hours": []}]}, "slotStepMinutes": 30}
        """
    private static let monday = "coachId=coach-1&from=2027-02-01T00:00:00Z&to=2027-02-09T00:00:00Z"

    private static func session(_ time: String, _ rest: String = "") -> String {
        #"{"coachId": "coach-1", "startsAt": "2027-02-01T\#(time):00", "timeZone": "Europe/Berlin"\#(rest)}"#
    }

    /// A coach with a few hours a week, and a client's token.
    private static func run(_ body: @Sendable (Server, _ client: String) async throws -> Void) async throws {
        try await Server.run { server in
            #expect(try await server.call(.put, "/v1/booking-rules", open).status == 200)
            let client = try await Server.sign(Person(id: "client-1", role: .client, timeZone: "America/New_York"))
            try await body(server, client)
        }
    }

    @Test func slotsAreShownInTheAskersZone() async throws {
        try await Self.run { server, client in
            _ = try await server.call(.put, "/v1/sessions/a", Self.session("10:00"))
            var answer = try await server.call(.get, "/v1/availability?\(Self.monday)", token: client)
            #expect(answer.status == 200)
            #expect(answer["timeZone"] == "America/New_York")
            #expect(answer.starts("slots") == ["2027-02-01T03:00:00-05:00", "2027-02-01T05:00:00-05:00"])
            #expect(answer.items("busy").map { $0["source"] as? String } == ["session"])
            #expect(answer.items("busy")[0]["sessionId"] == nil, "whose it is, clients are not told")
            #expect(answer.items("unknown").isEmpty)
            answer = try await server.call(.get, "/v1/availability?\(Self.monday)&durationMinutes=90&timeZone=UTC")
            #expect(answer.starts("slots") == [])
            answer = try await server.call(.get, "/v1/availability?\(Self.monday)&durationMinutes=30&timeZone=UTC")
            #expect(answer.starts("slots").count == 4)
            #expect(answer.items("busy")[0]["sessionId"] as? String == "a")
        }
    }

    @Test(arguments: [
        ("from=2027-02-01T00:00:00Z&to=2027-02-02T00:00:00Z", "coachId"), ("coachId=coach-1&to=2027-02-02T00:00:00Z", "from"),
        ("coachId=coach-1&from=2027-02-02T00:00:00Z", "to"),
        ("coachId=coach-1&from=2027-02-02T00:00:00Z&to=2027-02-02T00:00:00Z", "to"),
        ("coachId=coach-1&from=2027-02-02T00:00:00Z&to=2028-02-02T00:00:00Z", "to"),
        (monday + "&durationMinutes=0", "durationMinutes"), (monday + "&timeZone=CET1", "timeZone"), (monday + "&x=1", "x"),
    ])
    func whatCannotBeAskedIsRefused(_ query: String, _ field: String) async throws {
        try await Self.run { server, client in
            let answer = try await server.call(.get, "/v1/availability?\(query)", token: client)
            #expect(answer.status == 400)
            #expect(answer.fields == [field])
        }
    }

    @Test func aConflictIsNamedToThoseWhoMaySeeIt() async throws {
        try await Self.run { server, client in
            _ = try await server.call(.put, "/v1/sessions/a", Self.session("10:00"))
            for (token, id) in [(nil, "a"), (client, nil)] as [(String?, String?)] {
                let answer = try await server.call(.post, "/v1/sessions", Self.session("10:30"), token: token)
                #expect(answer.status == 409)
                #expect(answer["code"] == "timeTaken")
                let conflict = try #require(answer.items("conflicts").first)
                #expect(conflict["kind"] as? String == "session")
                #expect(conflict["sessionId"] as? String == id)
                #expect(conflict["startsAt"] as? String == "2027-02-01T09:00:00.000Z")
            }
            #expect(
                try await server.call(.post, "/v1/sessions", Self.session("10:30", #", "allowOverlap": true"#)).status == 201)
            let answer = try await server.call(
                .post, "/v1/sessions", Self.session("10:30", #", "allowOverlap": true"#), token: client)
            #expect(answer.fields == ["allowOverlap"])
            for (time, code) in [("08:30", "outsideWorkingHours"), ("11:30", "outsideWorkingHours")] {
                let answer = try await server.call(.post, "/v1/sessions", Self.session(time), token: client)
                #expect(answer.status == 409)
                #expect(answer["code"] == code)
                #expect(answer["nextStep"]?.contains("/v1/availability") == true)
            }
        }
    }

    @Test func aTimeIsHeldAndThenBooked() async throws {
        try await Self.run { server, client in
            let held = try await server.call(.post, "/v1/holds", Self.session("10:00", #", "minutes": 5"#), token: client)
            #expect(held.status == 201)
            #expect(held["startsAt"] == "2027-02-01T10:00:00+01:00")
            let id = try #require(held["id"])
            #expect(try await server.call(.post, "/v1/holds", Self.session("10:30"))["code"] == "timeTaken")
            let busy = try await server.call(.get, "/v1/availability?\(Self.monday)", token: client).items("busy")
            #expect(busy.map { $0["source"] as? String } == ["hold"])
            let booked = try await server.call(
                .put, "/v1/sessions/a", Self.session("10:00", #", "holdId": "\#(id)""#), token: client)
            #expect(booked.status == 201)
            #expect(try await server.call(.delete, "/v1/holds/\(id)", token: client).status == 204)
            let second = try #require(try await server.call(.post, "/v1/holds", Self.session("11:00"), token: client)["id"])
            let other = try await Server.sign(Person(id: "client-2", role: .client))
            #expect(try await server.call(.delete, "/v1/holds/\(second)", token: other).status == 404)
            #expect(try await server.call(.delete, "/v1/holds/\(second)", token: client).status == 204)
            #expect(try await server.call(.post, "/v1/sessions", Self.session("11:00"), token: other).status == 201)
            for (rest, field) in [
                (#", "minutes": 0"#, "minutes"), (#", "minutes": 31"#, "minutes"), (#", "topic": "x""#, "topic"),
            ] {
                #expect(try await server.call(.post, "/v1/holds", Self.session("09:00", rest)).fields == [field])
            }
        }
    }

    @Test func rulesAreReadAndWritten() async throws {
        try await Server.run { server in
            var answer = try await server.call(.get, "/v1/booking-rules")
            #expect(answer.body["slotStepMinutes"] as? Int == 15)
            answer = try await server.call(.put, "/v1/booking-rules", Self.open)
            #expect(answer.body["slotStepMinutes"] as? Int == 30)
            #expect(try await server.call(.get, "/v1/booking-rules").text == answer.text)
            for (body, field) in [
                (#"{"slotStepMinutes": 7}"#, "slotStepMinutes"), (#"{"noticeMinutes": -1}"#, "noticeMinutes"),
                (#"{"whenUnknown": "maybe"}"#, "whenUnknown"), (#"{"horizon": 1}"#, "horizon"),
                (#"{"slotStepMinutes": "15"}"#, "slotStepMinutes"),
                (
                    #"{"workingHours": {"weekdays": {"monday": [{"from": "9", "to": "12:00"}]}}}"#,
                    "workingHours.weekdays.monday.0.from"
                ),
                (
                    #"{"workingHours": {"weekdays": {"monday": [{"from": "12:00", "to": "09:00"}]}}}"#,
                    "workingHours.weekdays.monday"
                ),
                (#"{"workingHours": {}}"#, "workingHours.weekdays"),
                (#"{"workingHours": {"weekdays": {}, "exeptions": []}}"#, "workingHours.exeptions"),
            ] {
                let answer = try await server.call(.put, "/v1/booking-rules", body)
                #expect(answer.status == 400)
                #expect(answer.fields == [field])
            }
            let client = try await Server.sign(Person(id: "client-1", role: .client))
            #expect(try await server.call(.put, "/v1/booking-rules", Self.open, token: client)["code"] == "coachesOnly")
        }
    }

    @Test func aSeriesIsBookedMovedAndCancelled() async throws {
        try await Self.run { server, _ in
            _ = try await server.call(.put, "/v1/sessions/a", Self.session("10:30"))
            let series = Self.session("10:00", #", "topic": "Weekly", "count": 3"#)
            var answer = try await server.call(.put, "/v1/series/s", series)
            #expect(answer.status == 409)
            #expect(answer["code"] == "seriesNotFree")
            #expect(answer.items("skipped").map { $0["localTime"] as? String } == ["2027-02-01T10:00:00"])
            answer = try await server.call(.put, "/v1/series/s", String(series.dropLast()) + #", "take": "free"}"#)
            #expect(answer.status == 201)
            #expect(answer["seriesId"] == "s")
            #expect(answer.starts("items") == ["2027-02-08T10:00:00+01:00", "2027-02-15T10:00:00+01:00"])
            #expect(answer.items("skipped").first?["code"] as? String == "timeTaken")
            answer = try await server.call(
                .patch, "/v1/sessions/s-2?scope=following", #"{"startsAt": "2027-02-08T11:00:00"}"#)
            #expect(answer.starts("items") == ["2027-02-08T11:00:00+01:00", "2027-02-15T11:00:00+01:00"])
            answer = try await server.call(.delete, "/v1/sessions/s-3?scope=following")
            #expect(answer.items("items").map { $0["status"] as? String } == ["cancelled"])
            #expect(try await server.call(.delete, "/v1/sessions/s-3?scope=all").fields == ["scope"])
            for (rest, field) in [
                ("", "count"), (#", "count": 0"#, "count"), (#", "count": 2, "until": "2027-03-01"}"#, "count"),
                (#", "until": "2027-02-30""#, "until"), (#", "count": 2, "everyWeeks": 53"#, "everyWeeks"),
                (#", "count": 2, "take": "some""#, "take"),
            ] {
                let body = Self.session("10:00", rest.hasSuffix("}") ? String(rest.dropLast()) : rest)
                #expect(try await server.call(.post, "/v1/series", body).fields == [field])
            }
        }
    }

    @Test func calendarsToCheckAreChosenAndTheirMessagesHeard() async throws {
        try await Self.run { server, client in
            _ = try await server.call(.post, Self.connection)
            var answer = try await server.call(.patch, Self.connection, #"{"conflictCalendars": ["coach@example.com"]}"#)
            #expect(answer.fields == ["conflictCalendars"], "it is not shared yet")
            #expect(
                try await server.call(.patch, Self.connection, #"{"conflictCalendars": "x"}"#).fields == ["conflictCalendars"])
            let google = server.platform.google
            let share: [String: any Sendable] = [
                "role": "freeBusyReader", "scope": ["type": "user", "value": google.key.clientEmail],
            ]
            try google.act(as: "coach@example.com", .post, "calendars/coach@example.com/acl", share)
            answer = try await server.call(.patch, Self.connection, #"{"conflictCalendars": ["coach@example.com"]}"#)
            #expect(answer.status == 200)
            let source = try #require(answer.items("conflictCalendars").first)
            #expect((source["unknown"] as? [String: String])?["code"] == "notReadYet")

            let event: [String: any Sendable] = [
                "summary": "Dentist", "start": ["dateTime": "2027-02-01T10:00:00+01:00"],
                "end": ["dateTime": "2027-02-01T11:00:00+01:00"],
            ]
            try google.act(as: "coach@example.com", .post, "calendars/coach@example.com/events", event)
            answer = try await server.call(.post, "/v1/sessions", Self.session("10:30"), token: client)
            #expect(answer["code"] == "timeTaken")
            #expect(answer.items("conflicts").map { $0["kind"] as? String } == ["busy"])
            try google.control(.post, "faults", ["method": "freebusy.query", "status": 500])
            answer = try await server.call(.post, "/v1/sessions", Self.session("09:00"), token: client)
            #expect(answer.status == 409)
            #expect(answer["code"] == "availabilityUnknown")
            answer = try await server.call(.put, "/v1/sessions/mine", Self.session("09:00"))
            #expect(answer.status == 201)
            #expect(answer.items("warnings").map { $0["kind"] as? String } == ["unknown"])
            #expect(try await server.call(.get, "/v1/sessions/mine").items("warnings").isEmpty)

            let heard = try await server.client.execute(
                uri: "/webhooks/google-calendar", method: .post,
                headers: [HTTPField.Name("X-Goog-Channel-ID")!: "unknown", HTTPField.Name("X-Goog-Channel-Token")!: "guessed"])
            #expect(heard.status == .noContent)
        }
    }
}

extension Server.Answer {
    fileprivate func items(_ name: String) -> [[String: any Sendable]] { body[name] as? [[String: any Sendable]] ?? [] }
    fileprivate func starts(_ name: String) -> [String] { items(name).compactMap { $0["startsAt"] as? String } }
}
