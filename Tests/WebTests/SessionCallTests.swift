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

@Suite struct SessionCallTests {
    private static let body = #"{"startsAt": "2027-02-01T10:00:00+01:00", "timeZone": "Europe/Berlin", "topic": "Topic"}"#

    @Test func aSessionIsCreatedReadEditedAndCancelled() async throws {
        try await Server.run { server in
            var answer = try await server.call(.put, "/v1/sessions/s-1", Self.body)
            #expect(answer.status == 201)
            #expect(answer["id"] == "s-1")
            #expect(answer["coachId"] == "coach-1")
            #expect(answer["startsAt"] == "2027-02-01T10:00:00+01:00")
            #expect(answer["endsAt"] == "2027-02-01T11:00:00+01:00")
            #expect(answer.body["durationMinutes"] as? Int == 60)
            #expect(answer.sync["status"] as? String == "notConnected")
            #expect(try await server.call(.put, "/v1/sessions/s-1", Self.body).status == 200)
            answer = try await server.call(
                .patch, "/v1/sessions/s-1", #"{"topic": null, "durationMinutes": 90, "location": "Room"}"#)
            #expect(answer.status == 200)
            #expect(answer["topic"] == nil)
            #expect(answer["endsAt"] == "2027-02-01T11:30:00+01:00")
            #expect(answer["location"] == "Room")
            #expect(try await server.call(.get, "/v1/sessions/s-1").text == answer.text)
            for _ in 1...2 {
                answer = try await server.call(.delete, "/v1/sessions/s-1")
                #expect(answer.status == 200)
                #expect(answer["status"] == "cancelled")
            }
            answer = try await server.call(.get, "/v1/sessions/s-1/timeline")
            #expect(
                (answer.body["items"] as? [[String: any Sendable]])?.map { $0["what"] as? String } == [
                    "sessionCreated", "sessionEdited", "sessionCancelled",
                ])
        }
    }

    @Test func anIdIsMadeWhereTheCallerHasNone() async throws {
        try await Server.run { server in
            let answer = try await server.call(.post, "/v1/sessions", Self.body)
            #expect(answer.status == 201)
            #expect(answer.headers[.location] == "/v1/sessions/\(answer["id"] ?? "")")
        }
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        var body: String
        var fields: [String]
        var testDescription: String { fields.joined(separator: ", ") + ": " + body.prefix(60) }
    }

    private static func with(_ fields: String) -> String {
        #"{"startsAt": "2027-02-01T10:00:00Z", "timeZone": "UTC", \#(fields)}"#
    }

    @Test(arguments: [
        Bad(body: #"{"timeZone": "UTC"}"#, fields: ["startsAt"]),
        Bad(body: #"{}"#, fields: ["startsAt", "timeZone"]),
        Bad(body: #"{"startsAt": "2027-02-01T10:00:00Z", "timeZone": "Mars/Olympus"}"#, fields: ["timeZone"]),
        Bad(body: #"{"startsAt": "2027-03-28T02:30:00", "timeZone": "Europe/Berlin"}"#, fields: ["startsAt"]),
        Bad(body: #"{"startsAt": "2027-03-28T02:30:00+01:00", "timeZone": "Europe/Berlin"}"#, fields: ["startsAt"]),
        Bad(body: #"{"startsAt": "2027-10-31T02:30:00", "timeZone": "Europe/Berlin"}"#, fields: ["startsAt"]),
        Bad(body: #"{"startsAt": 1800000000, "timeZone": "UTC"}"#, fields: ["startsAt"]),
        Bad(body: #"{"startsAt": "next week", "timeZone": "UTC"}"#, fields: ["startsAt"]),
        Bad(body: with(#""durationMinutes": -60"#), fields: ["durationMinutes"]),
        Bad(body: with(#""durationMinutes": 0"#), fields: ["durationMinutes"]),
        Bad(body: with(#""durationMinutes": 1500"#), fields: ["durationMinutes"]),
        Bad(body: with(#""durationMinutes": 1e300"#), fields: ["durationMinutes"]),
        Bad(body: with(#""durationMinutes": 60.5"#), fields: ["durationMinutes"]),
        Bad(body: with(#""durationMinutes": "60""#), fields: ["durationMinutes"]),
        Bad(body: with(#""durationMinutes": true"#), fields: ["durationMinutes"]),
        Bad(body: with(#""endsAt": "2027-02-01T09:00:00Z""#), fields: ["endsAt"]),
        Bad(body: with(#""endsAt": "2027-02-02T11:00:00Z""#), fields: ["endsAt"]),
        Bad(body: with(#""endsAt": "2027-02-01T11:00:00Z", "durationMinutes": 60"#), fields: ["endsAt"]),
        Bad(body: #"{"startsAt": 5, "timeZone": 7, "topic": 3, "endsAt": 1}"#, fields: ["topic", "timeZone"]),
        Bad(body: #"{"startsAt": "x", "timeZone": "UTC", "endsAt": "2027-02-01T11:00:00Z"}"#, fields: ["startsAt"]),
        Bad(body: with(#""topic": ["a"]"#), fields: ["topic"]),
        Bad(body: with(#""topic": 3, "location": {}"#), fields: ["topic", "location"]),
        Bad(body: with(#""topic": "\#(String(repeating: "x", count: 2_501))""#), fields: ["topic"]),
        Bad(body: with(#""topic": "a\u0000b""#), fields: ["topic"]),
        Bad(body: with(#""clientId": "a b""#), fields: ["clientId"]),
        Bad(body: with(#""coachId": "coach-2""#), fields: ["coachId"]),
        Bad(body: with(#""topik": "x""#), fields: ["topik"]),
    ])
    func whatIsWrongIsNamedAndNothingIsStored(_ it: Bad) async throws {
        try await Server.run { server in
            let answer = try await server.call(.put, "/v1/sessions/s-1", it.body)
            #expect(answer.status == 400)
            #expect(answer.headers[.contentType] == "application/problem+json")
            #expect(answer["code"] == "invalidInput")
            #expect(answer.fields == it.fields)
            #expect(try await server.call(.get, "/v1/sessions/s-1").status == 404)
        }
    }

    @Test(arguments: ["", "{", "[]", "null", "\"x\"", "{\"topic\": \"a\"", "nonsense"])
    func whatIsNoObjectIsRefused(_ body: String) async throws {
        try await Server.run { server in
            let answer = try await server.call(.put, "/v1/sessions/s-1", body)
            #expect(answer.status == 400)
            #expect(answer["code"] == "malformedJSON")
        }
    }

    @Test func aBodyThatIsTooLargeIsRefused() async throws {
        try await Server.run { server in
            let body = #"{"topic": "\#(String(repeating: "x", count: 65 * 1024))"}"#
            let answer = try await server.call(.put, "/v1/sessions/s-1", body)
            #expect(answer.status == 413)
            #expect(answer["code"] == "bodyTooLarge")
        }
    }

    @Test(arguments: ["a%20b", "%2e%2e", "-a", "a%2Fb", "%C3%A4", String(repeating: "x", count: 129), "a%00b", "a?b=c#d%"])
    func oddIdsAreRefused(_ id: String) async throws {
        try await Server.run { server in
            let answer = try await server.call(.put, "/v1/sessions/\(id)", Self.body)
            #expect(answer.status == (id.hasPrefix("a?") ? 201 : 400))
        }
    }

    @Test func gapsAreRefusedWithASuggestion() async throws {
        try await Server.run { server in
            let answer = try await server.call(
                .put, "/v1/sessions/a", #"{"startsAt": "2027-03-28T02:30:00", "timeZone": "Europe/Berlin"}"#)
            #expect(answer["detail"]?.contains("2027-03-28T03:30:00+02:00") == true)
        }
    }

    @Test func sessionsOfAnotherCoachAreNotThere() async throws {
        try await Server.run { server in
            _ = try await server.call(.put, "/v1/sessions/s-1", Self.body)
            let other = try await Server.sign(Person(id: "coach-2", email: "o@example.com", role: .coach))
            for (method, path) in [
                (HTTPRequest.Method.get, "/v1/sessions/s-1"), (.put, "/v1/sessions/s-1"), (.patch, "/v1/sessions/s-1"),
                (.delete, "/v1/sessions/s-1"), (.get, "/v1/sessions/s-1/timeline"),
            ] {
                let body = method == .put ? Self.body : method == .patch ? "{}" : nil
                let answer = try await server.call(method, path, body, token: other)
                #expect(answer.status == 404, "\(method) \(path)")
                #expect(answer["code"] == "notFound")
            }
            #expect(try await server.call(.get, "/v1/sessions", token: other).text == #"{"items":[]}"#)
        }
    }

    @Test func clientsDoNotSeePrivateNotes() async throws {
        try await Server.run { server in
            let body = Self.body.dropLast() + #", "clientId": "client-1", "privateNotes": "CANARY"}"#
            #expect(try await server.call(.put, "/v1/sessions/s-1", String(body))["privateNotes"] == "CANARY")
            let client = try await Server.sign(Person(id: "client-1", role: .client))
            for path in ["/v1/sessions/s-1", "/v1/sessions", "/v1/sessions/s-1/timeline"] {
                let answer = try await server.call(.get, path, token: client)
                #expect(answer.status == 200)
                #expect(!answer.text.contains("CANARY") && !answer.text.contains("privateNotes"))
                #expect(!answer.text.contains("htmlLink"))
            }
            let answer = try await server.call(.patch, "/v1/sessions/s-1", #"{"privateNotes": "x"}"#, token: client)
            #expect(answer.fields == ["privateNotes"])
        }
    }

    @Test func listsArePagedAndFiltered() async throws {
        try await Server.run { server in
            for day in 1...5 {
                _ = try await server.call(
                    .put, "/v1/sessions/s\(day)", #"{"startsAt": "2027-02-0\#(day)T10:00:00Z", "timeZone": "UTC"}"#)
            }
            func ids(_ answer: Server.Answer) -> [String] {
                (answer.body["items"] as? [[String: any Sendable]] ?? []).compactMap { $0["id"] as? String }
            }
            let first = try await server.call(.get, "/v1/sessions?pageSize=3")
            #expect(ids(first) == ["s1", "s2", "s3"])
            let token = try #require(first["nextPageToken"])
            let second = try await server.call(.get, "/v1/sessions?pageSize=3&pageToken=\(token)")
            #expect(ids(second) == ["s4", "s5"])
            #expect(second["nextPageToken"] == nil)
            #expect(
                ids(try await server.call(.get, "/v1/sessions?from=2027-02-02T00:00:00%2B00:00&to=2027-02-04T00:00:00Z")) == [
                    "s2", "s3",
                ])
            for (query, field) in [
                ("from=yesterday", "from"), ("from=2027-02-02T00:00:00", "from"), ("pageSize=0", "pageSize"),
                ("pageToken=x", "pageToken"), ("coachId=a%20b", "coachId"),
                // The smallest number there is, which has no positive counterpart.
                ("pageToken=LTkyMjMzNzIwMzY4NTQ3NzU4MDggYQ", "pageToken"), ("fron=x", "fron"),
                ("from=2027-02-02T00:00:00Z&to=2027-02-01T00:00:00Z", "to"),
            ] {
                let answer = try await server.call(.get, "/v1/sessions?\(query)")
                #expect(answer.status == 400)
                #expect(answer.fields == [field])
            }
        }
    }
}
