import CalendarSync
import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import Web

/// Everything that people can be told is told when it happens, wherever they look, and nothing is in the list that cannot happen.
@Suite struct ReasonCallTests {
    private static let connection = "/v1/google-calendar/connection"
    private static let body = #"{"startsAt": "2027-02-01T10:00:00+01:00", "timeZone": "Europe/Berlin", "allowOverlap": true}"#

    /// How it comes about, with the session "a" of the usual coach, or of the one whose token it returns.
    typealias Story = @Sendable (Server) async throws -> String?

    struct Scenario: Sendable, CustomTestStringConvertible {
        var reason: SyncReason
        var limits = QuotaLimits.none
        var scopes = Scope.ownCalendars
        var story: Story
        var testDescription: String { reason.rawValue }
    }

    /// The session "a" of a connected coach, after something has happened.
    private static func afterwards(_ happen: @escaping @Sendable (Server) async throws -> Void) -> Story {
        { server in
            #expect(try await server.call(.post, connection).status == 201)
            try await server.deliver()
            try await happen(server)
            #expect(try await server.call(.put, "/v1/sessions/a", body).status == 201, "it never fails because of Google")
            try await server.deliver()
            return nil
        }
    }

    private static func fault(_ fault: [String: any Sendable]) -> Story {
        afterwards { try $0.platform.google.control(.post, "faults", fault) }
    }

    /// A coach who tries to connect and cannot, for this reason.
    private static func connecting(_ coach: Person, _ reason: SyncReason) -> Story {
        { server in
            let token = try await Server.sign(coach)
            #expect(try await server.call(.put, "/v1/sessions/a", body, token: token).status == 201)
            let answer = try await server.call(.post, connection, token: token)
            #expect(answer["code"] == reason.rawValue)
            #expect(answer["nextStep"] == reason.nextStep)
            return token
        }
    }

    static let scenarios: [Scenario] = [
        Scenario(
            reason: .rateLimited,
            story: afterwards { server in
                try server.platform.google.control(.post, "quotas", ["writesPerMinutePerCalendar": 1])
                _ = try await server.call(.put, "/v1/sessions/first", body)
                try await server.deliver()
            }),
        Scenario(
            reason: .usageLimitReached,
            story: afterwards { try $0.platform.google.control(.post, "quotas", ["eventCreations": 0]) }),
        Scenario(reason: .googleUnavailable, story: afterwards { $0.platform.google.transport.isReachable = false }),
        Scenario(
            reason: .accessRevoked, story: fault(["path": "/calendars/", "status": 403, "reason": "forbidden"])),
        Scenario(
            reason: .calendarMissing,
            story: afterwards { server in
                let calendar = try #require(try await server.call(.get, connection)["calendarId"])
                try await server.platform.google.client().deleteCalendar(calendar)
            }),
        Scenario(
            reason: .needsWriterAccess,
            story: fault(["method": "events.insert", "reason": "requiredAccessLevel", "status": 403])),
        Scenario(
            reason: .credentialsRejected,
            story: afterwards { server in
                let google = server.platform.google
                try google.control(.delete, "service-accounts/\(google.key.clientEmail)")
            }),
        Scenario(
            reason: .apiDisabled,
            story: afterwards { try $0.platform.google.control(.post, "switches", ["disabledProjects": ["p"]]) }),
        Scenario(
            reason: .scopeMissing, scopes: [.freeBusy],
            story: connecting(Person(id: "coach-1", email: "coach@example.com", role: .coach), .scopeMissing)),
        Scenario(
            reason: .rejectedByGoogle, story: fault(["method": "events.insert", "reason": "invalid", "status": 400])),
        Scenario(
            reason: .addressRejected,
            story: { server in
                try server.platform.google.control(
                    .post, "faults", ["method": "acl.insert", "status": 400, "reason": "invalid"])
                return try await connecting(server.platform.coach, .addressRejected)(server)
            }),
        Scenario(
            reason: .calendarRejected,
            story: { server in
                try server.platform.google.control(
                    .post, "faults", ["method": "calendars.insert", "status": 400, "reason": "invalid"])
                return try await connecting(server.platform.coach, .calendarRejected)(server)
            }),
        Scenario(
            reason: .clockSkew,
            story: afterwards { server in
                // Until then there is a token that was had before.
                server.platform.clock.advance(by: 3_700)
                try server.platform.google.control(.post, "switches", ["tokenClockSkewSeconds": 7_200])
            }),
        Scenario(
            reason: .calendarsLimited, limits: QuotaLimits(),
            story: { server in
                _ = try await server.call(.post, connection)
                return try await connecting(
                    Person(id: "coach-2", email: "coach2@example.com", role: .coach), .calendarsLimited)(
                        server)
            }),
    ]

    @Test func theListIsComplete() {
        #expect(Self.scenarios.map(\.reason) == SyncReason.allCases)
    }

    @Test(arguments: scenarios)
    func itIsToldWhereverPeopleLook(_ it: Scenario) async throws {
        try await Server.run(limits: it.limits, scopes: it.scopes) { server in
            let token = try await it.story(server)
            let told = [
                "code": it.reason.rawValue, "message": it.reason.sentence, "nextStep": it.reason.nextStep,
                "actor": it.reason.actor.rawValue,
            ]
            let session = try await server.call(.get, "/v1/sessions/a", token: token)
            #expect(session.sync["error"] as? [String: String] == told)
            let status = try #require(session.sync["status"] as? String)
            #expect(["pending", "paused", "failed"].contains(status))

            let connection = try await server.call(.get, Self.connection, token: token)
            #expect(connection.body["lastError"] as? [String: String] == told)

            // What keeps a calendar in line is no error of anybody's, and is not in the history.
            let errors = try await server.call(.get, "/v1/google-calendar/errors", token: token)
            let items = errors.body["items"] as? [[String: any Sendable]] ?? []
            #expect(items.map { $0["reason"] as? [String: String] } == (it.reason == .calendarsLimited ? [] : [told]))

            // Who has to act decides whether it goes on by itself.
            let isConnected = try #require(connection.body["isConnected"] as? Bool)
            if it.reason.actor == .nobody { #expect(isConnected || connection["state"] == "connecting") }
            // Where it does, it is said when. What one session waits for is said there.
            if it.reason.actor == .nobody || status == "paused" && isConnected {
                #expect(session.sync["nextAttemptAt"] != nil)
            }
            if status == "paused" && isConnected { #expect(connection["nextAttemptAt"] != nil) }
        }
    }
}
