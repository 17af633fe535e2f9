import Foundation
import HTTPTypes
import Support
import Testing

@testable import GoogleCalendar

@Suite struct ClientTests {
    private func client(_ transport: ScriptedTransport, time: TimeSource = .system) throws -> GoogleCalendarClient {
        GoogleCalendarClient(
            key: try ServiceAccountKey(json: EmulatedGoogle.keyFile()), origin: URL(string: "https://api.example/"),
            transport: transport, time: time)
    }

    private static let ok = ScriptedTransport.Answer.status(200, #"{"id": "c", "summary": "S"}"#)
    private static let unauthorized = ScriptedTransport.Answer.status(
        401, #"{"error": {"errors": [{"reason": "authError"}], "code": 401, "message": "Invalid Credentials"}}"#)

    // MARK: Tokens

    @Test func oneTokenIsFetchedHoweverManyCallsNeedIt() async throws {
        let transport = ScriptedTransport(Self.ok)
        let client = try client(transport)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { _ = try await client.calendar("c") } }
            try await group.waitForAll()
        }
        #expect(transport.tokens == 1)
        #expect(transport.requests.allSatisfy { $0.headerFields[.authorization] == "Bearer token-1" })
    }

    @Test func aTokenIsRenewedBeforeItExpires() async throws {
        let clock = ManualClock()
        let transport = ScriptedTransport(Self.ok)
        let client = try client(transport, time: clock.source)
        _ = try await client.calendar("c")
        clock.advance(by: 3599 - AccessTokenSource.renewedBeforeExpiry - 1)
        _ = try await client.calendar("c")
        #expect(transport.tokens == 1)
        clock.advance(by: 2)
        // This call goes out with the token at hand, and the next one is fetched beside it.
        _ = try await client.calendar("c")
        while transport.tokens < 2 { await Task.yield() }
        #expect(transport.requests.last?.headerFields[.authorization] == "Bearer token-1")
        clock.advance(by: AccessTokenSource.renewedBeforeExpiry)
        _ = try await client.calendar("c")
        #expect(transport.requests.last?.headerFields[.authorization] == "Bearer token-2")
    }

    @Test func anEarlyRenewalMayFailWhileTheTokenIsGood() async throws {
        let clock = ManualClock()
        let transport = ScriptedTransport(Self.ok) { count in
            count == 1 ? (200, #"{"access_token": "token-1", "expires_in": 3599}"#) : (503, "")
        }
        let client = try client(transport, time: clock.source)
        _ = try await client.calendar("c")
        clock.advance(by: 3500)
        _ = try await client.calendar("c")
        #expect(transport.requests.last?.headerFields[.authorization] == "Bearer token-1")
        clock.advance(by: 100)
        await #expect(throws: GoogleCalendarError.tokenRefused(TokenRefusal(status: 503, reason: .temporary))) {
            _ = try await client.calendar("c")
        }
    }

    @Test func aTokenThatIsRefusedIsRenewedOnce() async throws {
        let once = ScriptedTransport(Self.unauthorized, Self.ok)
        _ = try await client(once).calendar("c")
        #expect(once.requests.map { $0.headerFields[.authorization] } == ["Bearer token-1", "Bearer token-2"])

        let always = ScriptedTransport(Self.unauthorized)
        let refusal = Refusal(status: 401, reason: .authError, message: "Invalid Credentials")
        await #expect(throws: GoogleCalendarError.refused(refusal)) { _ = try await client(always).calendar("c") }
        #expect(always.requests.count == 2)
        #expect(always.tokens == 2)
    }

    struct TokenCase: Sendable {
        var status: Int
        var body: String
        var reason: TokenRefusal.Reason
    }

    @Test(arguments: [
        TokenCase(
            status: 400, body: #"{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}"#,
            reason: .invalidGrant),
        TokenCase(status: 401, body: #"{"error": "unauthorized_client"}"#, reason: .unauthorizedClient),
        TokenCase(status: 400, body: #"{"error": "unauthorized_client"}"#, reason: .unauthorizedClient),
        TokenCase(status: 400, body: #"{"error": "invalid_scope"}"#, reason: .invalidScope),
        TokenCase(status: 400, body: #"{"error": "new_error"}"#, reason: .other("new_error")),
        TokenCase(status: 500, body: #"{"error": "internal_failure"}"#, reason: .temporary),
        TokenCase(status: 502, body: "<html>", reason: .temporary),
        TokenCase(status: 400, body: "", reason: .unstated),
    ])
    func theTokenEndpointHasAnEnvelopeOfItsOwn(_ it: TokenCase) async throws {
        let transport = ScriptedTransport(Self.ok) { _ in (it.status, it.body) }
        let client = try client(transport)
        let error = await #expect(throws: GoogleCalendarError.self) { _ = try await client.calendar("c") }
        guard case .tokenRefused(let refusal) = error else { return #expect(error == nil) }
        #expect(refusal.status == it.status)
        #expect(refusal.reason == it.reason)
    }

    @Test func anAnswerWithOnlyAnIdTokenIsNoToken() async throws {
        let transport = ScriptedTransport(Self.ok) { _ in (200, #"{"id_token": "x"}"#) }
        let client = try client(transport)
        await #expect(throws: GoogleCalendarError.unreadableAnswer(status: 200, why: "there is no access_token in it")) {
            _ = try await client.calendar("c")
        }
    }

    // MARK: Answers

    struct ErrorCase: Sendable {
        var status: Int
        var body: String
        var reason: Refusal.Reason
    }

    @Test(arguments: [
        ErrorCase(
            status: 403,
            body: #"{"error":{"errors":[{"domain":"usageLimits","reason":"quotaExceeded"}],"code":403,"message":"m"}}"#,
            reason: .quotaExceeded),
        // The newer envelope: its `status` says PERMISSION_DENIED even for a rate limit, and is not to be believed.
        ErrorCase(
            status: 403,
            body:
                #"{"error":{"code":403,"message":"m","errors":[{"reason":"rateLimitExceeded"}],"status":"PERMISSION_DENIED","details":[{"reason":"RATE_LIMIT_EXCEEDED"}]}}"#,
            reason: .rateLimitExceeded),
        ErrorCase(
            status: 403,
            body:
                #"{"error":{"code":403,"message":"m","status":"PERMISSION_DENIED","details":[{"@type":"t","reason":"SERVICE_DISABLED"}]}}"#,
            reason: .accessNotConfigured),
        ErrorCase(
            status: 404, body: #"{"error":{"errors":[{"reason":"notFound"}],"code":404,"message":"m"}}"#, reason: .notFound),
        ErrorCase(
            status: 400, body: #"{"error":{"errors":[{"reason":"somethingNew"}],"code":400,"message":"m"}}"#,
            reason: .other("somethingNew")),
        ErrorCase(status: 502, body: "<html><body>Bad Gateway</body></html>", reason: .unstated),
        ErrorCase(status: 500, body: "", reason: .unstated),
        ErrorCase(status: 403, body: #"{"error":{"errors":[{"domain":"glo"#, reason: .unstated),
        ErrorCase(status: 400, body: #"{"error": "a string"}"#, reason: .unstated),
        ErrorCase(status: 400, body: #"[]"#, reason: .unstated),
    ])
    func everyErrorBodyIsRead(_ it: ErrorCase) async throws {
        let client = try client(ScriptedTransport(.status(it.status, it.body)))
        let error = await #expect(throws: GoogleCalendarError.self) { _ = try await client.calendar("c") }
        guard case .refused(let refusal) = error else { return #expect(error == nil) }
        #expect(refusal.status == it.status)
        #expect(refusal.reason == it.reason)
    }

    @Test func theWishToWaitIsKept() async throws {
        let client = try client(ScriptedTransport(.status(429, "", headers: ["Retry-After": "120"])))
        await #expect(throws: GoogleCalendarError.refused(Refusal(status: 429, reason: .unstated, retryAfter: .seconds(120)))) {
            _ = try await client.calendar("c")
        }
    }

    @Test(arguments: ["", "<html>", "{", "[]", #"{"id": 3}"#])
    func aSuccessWithAnUnreadableBodyIsNoSuccess(_ body: String) async throws {
        let client = try client(ScriptedTransport(.status(200, body)))
        await #expect(throws: GoogleCalendarError.unreadableAnswer(status: 200, why: "it is no Event")) {
            _ = try await client.event("e", in: "c")
        }
    }

    @Test func aBrokenConnectionIsNoAnswer() async throws {
        let client = try client(ScriptedTransport(.failure))
        let error = await #expect(throws: GoogleCalendarError.self) { _ = try await client.calendar("c") }
        guard case .noAnswer(.connectionFailed) = error else { return #expect(error == nil) }
    }

    @Test func aCallEndsWithItsTimeLimit() async throws {
        let time = TimeSource(
            now: { Date() }, sleep: { $0 == .milliseconds(7) ? () : try await Task.sleep(for: .seconds(3600)) })
        var impatient = try client(ScriptedTransport(.never), time: time)
        impatient.callTimeout = .milliseconds(7)
        let client = impatient
        await #expect(throws: GoogleCalendarError.noAnswer(.timedOut)) { _ = try await client.calendar("c") }
    }

    @Test func cancellingIsNoFailureOfGoogles() async throws {
        let client = try client(ScriptedTransport(.never))
        let task = Task { try await client.calendar("c") }
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }

    // MARK: Requests and pages

    @Test func idsAreEscapedInPaths() async throws {
        let transport = ScriptedTransport(.status(200, #"{"id": "e"}"#))
        _ = try await client(transport).event("a/b?c#d", in: "x@group.calendar.google.com")
        #expect(transport.requests.first?.path == "/calendar/v3/calendars/x%40group.calendar.google.com/events/a%2Fb%3Fc%23d")
        #expect(transport.requests.first?.authority == "api.example")
    }

    @Test func pagesAreReadToTheEndEvenWhenOneIsEmpty() async throws {
        let transport = ScriptedTransport(
            .status(200, #"{"items": [{"id": "a"}], "nextPageToken": "1"}"#),
            .status(200, #"{"items": [], "nextPageToken": "2"}"#),
            .status(200, #"{"items": [{"id": "b"}], "nextSyncToken": "s"}"#))
        var ids: [String] = []
        for try await page in try client(transport).events(in: "c") { ids += (page.items ?? []).map(\.id) }
        #expect(ids == ["a", "b"])
        #expect(transport.requests.map { $0.path?.contains("pageToken=2") } == [false, false, true])
    }

    @Test func aListThatGoesRoundInCirclesIsRefused() async throws {
        let client = try client(ScriptedTransport(.status(200, #"{"items": [], "nextPageToken": "1"}"#)))
        await #expect(throws: GoogleCalendarError.self) {
            for try await _ in client.events(in: "c") {}
        }
    }

    @Test func anErrorInFreeBusyIsNotAnEmptyCalendar() async throws {
        let body = #"""
            {"calendars": {"a": {"busy": [{"start": "2026-11-03T09:00:00Z", "end": "2026-11-03T10:00:00+00:00"}]},
             "b": {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}, "c": {}, "d": {"busy": []}}}
            """#
        let start = try Date.ISO8601FormatStyle().parse("2026-11-03T09:00:00Z")
        let answer = try await client(ScriptedTransport(.status(200, body))).freeBusy(
            of: ["a", "b"], in: DateInterval(start: start, duration: 86_400))
        #expect(answer.calendars["a"] == .busy([DateInterval(start: start, duration: 3600)]))
        #expect(answer.calendars["b"] == .unknown(reason: "notFound"))
        #expect(answer.calendars["c"] == .unknown(reason: "unstated"))
        #expect(answer.calendars["d"] == .busy([]))
    }
}
