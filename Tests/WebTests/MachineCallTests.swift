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

@Suite struct MachineCallTests {
    @Test func programsAreAnsweredWithoutAToken() async throws {
        try await Server.run { server in
            for path in ["/healthz", "/readyz", "/openapi.yaml"] {
                try await server.client.execute(uri: path, method: .get) { response in
                    #expect(response.status == .ok)
                    #expect(response.body.readableBytes > 0)
                }
            }
        }
    }

    @Test func figuresAreToldInTheFormatOfPrometheus() async throws {
        try await Server.run { server in
            _ = try await server.call(.post, "/v1/google-calendar/connection")
            _ = try await server.call(
                .post, "/v1/sessions", #"{"startsAt": "2027-02-01T10:00:00", "timeZone": "Europe/Berlin"}"#)
            server.platform.clock.advance(by: 30)
            let text = try await server.call(.get, "/metrics").text
            for line in [
                #"loom_connections{state="connected"} 1.0"#, #"loom_connections{state="disconnected"} 0.0"#,
                "loom_changes_pending 1.0", "loom_oldest_change_age_seconds 30.0", "loom_channels 0.0",
            ] {
                #expect(text.contains(line + "\n"))
            }
            #expect(!text.contains("loom_oldest_channel_age_seconds 0"), "what is not there has no age")
            for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                #expect(line.wholeMatch(of: /loom_[a-z_]+(\{state="[a-zA-Z]+"\})? \d+(\.\d+)?/) != nil)
            }
        }
    }

    @Test func unknownPathsAreProblemsToo() async throws {
        try await Server.run { server in
            let answer = try await server.call(.get, "/v2/nothing")
            #expect(answer.status == 404)
            #expect(answer["code"] == "noSuchPath")
            #expect(answer.headers[.contentType] == "application/problem+json")
        }
    }

    /// Every path of the router is in the description, and the other way round.
    @Test func theDescriptionIsComplete() async throws {
        try await Server.run { server in
            let text = try await server.call(.get, "/openapi.yaml").text
            let described = text.matches(of: /(?m)^  (\/[^\s:]*):/).map { String($0.1) }
            let served = [
                "/healthz", "/readyz", "/openapi.yaml", "/metrics", "/v1/live", "/v1/sessions", "/v1/sessions/{id}",
                "/v1/sessions/{id}/timeline",
                "/v1/sessions/{id}/drift", "/v1/google-calendar/connection", "/v1/google-calendar/connection/sync",
                "/v1/google-calendar/connection/audit", "/v1/google-calendar/connection/rebuild",
                "/v1/google-calendar/errors", "/v1/availability", "/v1/booking-rules", "/v1/holds", "/v1/holds/{id}",
                "/v1/series",
                "/v1/series/{id}", "/webhooks/google-calendar",
            ]
            #expect(described.sorted() == served.sorted())
        }
    }
}
