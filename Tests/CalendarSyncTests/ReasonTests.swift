import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import CalendarSync

/// What goes wrong with the platform's own key, and is over when it is over. That every reason is told where people look for it, the tests of the
/// HTTP calls show.
@Suite struct ReasonTests {
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
