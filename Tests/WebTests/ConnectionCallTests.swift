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

@Suite struct ConnectionCallTests {
    @Test func aCoachConnectsLooksChangesAndDisconnects() async throws {
        try await Server.run { server in
            let path = "/v1/google-calendar/connection"
            var answer = try await server.call(.get, path)
            #expect(answer.status == 404)
            #expect(answer["code"] == "neverConnected")
            answer = try await server.call(.post, path, #"{"colorId": "7"}"#)
            #expect(answer.status == 201)
            #expect(answer.body["isConnected"] as? Bool == true)
            #expect(answer["calendarName"] == "Loom Platform")
            #expect(answer["addCalendarUrl"]?.hasPrefix("https://calendar.google.com/calendar/r?cid=") == true)
            #expect(try await server.call(.post, path).status == 200)
            #expect(answer["color"] == "peacock")
            answer = try await server.call(.patch, path, #"{"colorId": "tomato"}"#)
            #expect(answer["colorId"] == "11")
            answer = try await server.call(.patch, path, #"{"colorId": null, "detailLevel": "busyOnly"}"#)
            #expect(answer.status == 200)
            #expect(answer["colorId"] == nil)
            #expect(answer["detailLevel"] == "busyOnly")
            #expect(try await server.call(.post, path + "/sync").status == 202)
            #expect(try await server.call(.get, "/v1/google-calendar/errors").text == #"{"items":[]}"#)
            answer = try await server.call(.delete, path + "?events=keep")
            #expect(answer.status == 200)
            #expect(answer.body["isConnected"] as? Bool == false)
            #expect(try await server.call(.post, path + "/sync").status == 409)
            #expect(try await server.call(.get, path)["state"] == "disconnected")
        }
    }

    @Test func whenGoogleIsAwayThePersonIsToldAndCanTryAgain() async throws {
        try await Server.run { server in
            server.platform.google.transport.isReachable = false
            var answer = try await server.call(.post, "/v1/google-calendar/connection")
            #expect(answer.status == 503)
            #expect(answer["code"] == "googleUnavailable")
            #expect(answer["nextStep"] != nil)
            #expect(answer.headers[.retryAfter] != nil)
            answer = try await server.call(.get, "/v1/google-calendar/connection")
            #expect(answer["state"] == "connecting")
            server.platform.google.transport.isReachable = true
            #expect(try await server.call(.post, "/v1/google-calendar/connection").status == 201)
        }
    }

    @Test func badInputIsNamed() async throws {
        try await Server.run { server in
            let path = "/v1/google-calendar/connection"
            for (method, uri, body, field) in [
                (HTTPRequest.Method.post, path, #"{"colorId": "12"}"#, "colorId"), (.post, path, #"{"mode": "other"}"#, "mode"),
                (.post, path, #"{"colour": "1"}"#, "colour"), (.delete, path + "?events=maybe", nil, "events"),
            ] {
                let answer = try await server.call(method, uri, body)
                #expect(answer.status == 400)
                #expect(answer.fields == [field])
            }
            _ = try await server.call(.post, path)
            #expect(try await server.call(.patch, path, #"{"detailLevel": "some"}"#).fields == ["detailLevel"])
            #expect(try await server.call(.patch, path, #"{"colorId": 7}"#).fields == ["colorId"])
        }
    }

    @Test func onlyCoachesHaveOne() async throws {
        try await Server.run { server in
            let client = try await Server.sign(Person(id: "client-1", email: "c@example.com", role: .client))
            for method in [HTTPRequest.Method.get, .post, .patch, .delete] {
                let answer = try await server.call(method, "/v1/google-calendar/connection", "{}", token: client)
                #expect(answer.status == 403)
                #expect(answer["code"] == "coachesOnly")
            }
        }
    }
}
