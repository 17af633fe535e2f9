import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import CalendarSync

/// Everything that people can be told is told when it happens, and nothing is in the list that cannot happen.
@Suite struct ReasonTests {
    /// How it comes about, with a session of the usual coach, or of the one it returns.
    typealias Story = @Sendable (Platform) async throws -> Person?

    struct Scenario: Sendable, CustomTestStringConvertible {
        var reason: SyncReason
        var limits = QuotaLimits.none
        var scopes = Scope.ownCalendars
        var story: Story
        var testDescription: String { reason.rawValue }
    }

    /// The session "a" of a connected coach, after something has happened.
    private static func afterwards(_ happen: @escaping @Sendable (Platform) async throws -> Void) -> Story {
        { platform in
            try await platform.connect()
            try await happen(platform)
            try await platform.put("a")
            try await platform.deliver()
            return nil
        }
    }

    private static func fault(_ fault: [String: any Sendable]) -> Story {
        afterwards { try $0.google.control(.post, "faults", fault) }
    }

    /// A coach who tries to connect and cannot.
    private static func connecting(_ coach: Person) -> Story {
        { platform in
            try await platform.sync.recognise(coach)
            try await platform.put("a", by: coach)
            await #expect(throws: SyncRefusal.self) { _ = try await platform.sync.connectGoogleCalendar(for: coach) }
            return coach
        }
    }

    static let scenarios: [Scenario] = [
        Scenario(
            reason: .rateLimited,
            story: afterwards { platform in
                try platform.google.control(.post, "quotas", ["writesPerMinutePerCalendar": 1])
                try await platform.put("first")
                try await platform.deliver()
            }),
        Scenario(
            reason: .usageLimitReached,
            story: afterwards { try $0.google.control(.post, "quotas", ["eventCreations": 0]) }),
        Scenario(reason: .googleUnavailable, story: afterwards { $0.google.transport.isReachable = false }),
        Scenario(
            reason: .accessRevoked,
            story: afterwards { platform in
                try platform.google.control(.post, "faults", ["path": "/calendars/", "status": 403, "reason": "forbidden"])
            }),
        Scenario(
            reason: .calendarMissing,
            story: afterwards { platform in
                let calendar = try #require(try await platform.connection.calendarID)
                try await platform.google.client().deleteCalendar(calendar)
            }),
        Scenario(
            reason: .needsWriterAccess,
            story: fault(["method": "events.insert", "reason": "requiredAccessLevel", "status": 403])),
        Scenario(
            reason: .credentialsRejected,
            story: afterwards { platform in
                try platform.google.control(.delete, "service-accounts/\(platform.google.key.clientEmail)")
            }),
        Scenario(
            reason: .apiDisabled, story: afterwards { try $0.google.control(.post, "switches", ["disabledProjects": ["p"]]) }),
        Scenario(
            reason: .scopeMissing, scopes: [.freeBusy],
            story: connecting(Person(id: "coach-1", email: "coach@example.com", role: .coach))),
        Scenario(
            reason: .rejectedByGoogle, story: fault(["method": "events.insert", "reason": "invalid", "status": 400])),
        Scenario(reason: .addressRejected, story: connecting(Person(id: "coach-1", email: "nobody", role: .coach))),
        Scenario(
            reason: .calendarRejected,
            story: connecting(Person(id: "coach-1", email: "coach@example.com", role: .coach, timeZone: "Mars/Base"))),
        Scenario(
            reason: .clockSkew,
            story: afterwards { platform in
                // Until then there is a token that was had before.
                platform.clock.advance(by: 3_700)
                try platform.google.control(.post, "switches", ["tokenClockSkewSeconds": 7_200])
            }),
        Scenario(
            reason: .calendarsLimited, limits: QuotaLimits(),
            story: { platform in
                try await platform.connect()
                return try await connecting(Person(id: "coach-2", email: "coach2@example.com", role: .coach))(platform)
            }),
    ]

    @Test func theListIsComplete() {
        #expect(Self.scenarios.map(\.reason) == SyncReason.allCases)
    }

    @Test(arguments: scenarios)
    func itIsToldWhereverPeopleLook(_ it: Scenario) async throws {
        let platform = try await Platform(limits: it.limits, scopes: it.scopes)
        let coach = try await it.story(platform) ?? platform.coach
        let session = try await platform.sync.session("a", by: coach).calendarSync
        #expect(session.error == it.reason)
        #expect(session.status != .synced)
        #expect(session.status != .notConnected)
        let status = try await platform.sync.calendarConnection(of: coach.id)
        #expect(status.connection.lastError == it.reason)
        // What keeps a calendar in line is no error of anybody's, and is not in the history.
        let history = try await platform.sync.errors(of: coach.id, limit: 10).map(\.reason)
        #expect(history == (it.reason == .calendarsLimited ? [] : [it.reason]))
        // Who has to act decides whether it goes on by itself.
        let goesOn = status.connection.isConnected || status.connection.state == .connecting
        if it.reason.actor == .nobody { #expect(goesOn) }
        #expect((status.pause != nil) == (goesOn && session.status == .paused && status.connection.isConnected))
    }

    struct TokenFault: Sendable {
        var status: Int
        var reason: String
        var told: SyncReason
    }

    /// Sources: RFC 6749, section 5.2, and the messages that Google's token endpoint was seen to give.
    @Test(arguments: [
        TokenFault(status: 400, reason: "invalid_grant", told: .credentialsRejected),
        TokenFault(status: 401, reason: "unauthorized_client", told: .scopeMissing),
        TokenFault(status: 400, reason: "invalid_scope", told: .scopeMissing),
        TokenFault(status: 400, reason: "access_denied", told: .credentialsRejected),
        TokenFault(status: 403, reason: "disabled_client", told: .credentialsRejected),
        TokenFault(status: 500, reason: "internal_failure", told: .googleUnavailable),
        TokenFault(status: 429, reason: "temporarily_unavailable", told: .googleUnavailable),
        TokenFault(status: 400, reason: "something_new", told: .credentialsRejected),
    ])
    func theTokenEndpointIsUnderstood(_ it: TokenFault) async throws {
        let platform = try await Platform()
        try await platform.connect()
        platform.clock.advance(by: 3_700)
        try platform.google.control(.post, "faults", ["method": "token", "status": it.status, "reason": it.reason])
        try await platform.put("a")
        try await platform.deliver()
        #expect(try await platform.status(of: "a").error == it.told)
        #expect(try await platform.connection.isConnected, "the calendar is not lost for it")
        try platform.google.control(.delete, "faults")
        try await platform.work(for: 120)
        #expect(try await platform.status(of: "a").status == .synced)
        #expect(try await platform.connection.lastError == nil)
    }

    /// Whatever goes wrong is over when it is over, once those who have to act have acted.
    @Test func aKeyThatWasReplacedIsNoticedByItself() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.google.control(.post, "faults", ["reason": "authError", "status": 401])
        for id in ["a", "b"] { try await platform.put(id) }
        try await platform.work(for: 3 * 3_600)
        #expect(try await platform.status(of: "a").error == .credentialsRejected)
        #expect(try await platform.sync.calendarConnection(of: "coach-1").pause?.reason == .credentialsRejected)
        try platform.google.control(.delete, "faults")
        try await platform.work(for: 61)
        #expect(try await platform.status(of: "a").status == .synced)
        #expect(try await platform.status(of: "b").status == .synced)
    }
}
