import Coaching
import Foundation
import Testing

@testable import CalendarSync
@testable import GoogleCalendar

@Suite struct PlanningTests {
    private static let wanted = make(topic: "Topic")

    private static func make(topic: String?, level: UserCalendarConnection.DetailLevel = .full, colorID: String? = nil)
        -> WantedEvent
    {
        let details = SessionDetails(topic: topic, startsAt: Date(timeIntervalSince1970: 1_800_000_000), timeZone: "UTC")
        let session = CoachingSession(id: "s", coachID: "c", details: details, createdAt: .now, updatedAt: .now)
        let style = EventStyle(
            words: EventWords(locale: "en"), detailLevel: level, colorID: colorID,
            publicURL: URL(filePath: "/platform"))
        return WantedEvent(session.shared, style: style)
    }

    private func known(_ hash: String, calendar: String = "here", generation: Int = 0, removed: Bool = false)
        -> GoogleCalendarEvent
    {
        GoogleCalendarEvent(
            sessionID: "s", calendarID: calendar, googleEventID: "e", generation: generation, etag: "v", contentHash: hash,
            syncedAt: .now,
            removedAt: removed ? .now : nil)
    }

    private func plan(_ wanted: WantedEvent?, _ known: GoogleCalendarEvent?) -> SyncPlan {
        SyncPlanner.plan(wanted: wanted, known: known, calendarID: "here")
    }

    @Test func thePlanIsTheDifference() {
        let wanted = Self.wanted
        let same = known(wanted.contentHash)
        let other = known("other")
        #expect(plan(nil, nil) == .nothing)
        #expect(plan(wanted, nil) == .insert(wanted, generation: 0))
        #expect(plan(wanted, same) == .nothing)
        #expect(plan(wanted, other) == .patch(wanted, other))
        #expect(plan(nil, same) == .delete(same))
        #expect(plan(nil, known("x", removed: true)) == .nothing)
        #expect(plan(wanted, known(wanted.contentHash, generation: 2, removed: true)) == .insert(wanted, generation: 2))
        // An insert whose end is not known is tried again, and taken back if it is no longer wanted.
        var begun = known("")
        begun.etag = nil
        #expect(plan(wanted, begun) == .insert(wanted, generation: 0))
        #expect(plan(nil, begun) == .delete(begun))
        // What lies in a calendar that is no longer the coach's is none of this plan's business.
        #expect(plan(wanted, known(wanted.contentHash, calendar: "there", generation: 2)) == .insert(wanted, generation: 0))
        #expect(plan(nil, known("x", calendar: "there")) == .nothing)
    }

    @Test func everyFieldThatGoogleShowsIsInTheFingerprint() {
        let start = Date(timeIntervalSince1970: 1_800_000_000)
        let content = EventContent(
            summary: "s", description: "d", location: "l", colorId: "1", start: .at(start, timeZone: "UTC"),
            end: .at(start + 60, timeZone: "UTC"), source: .init(title: "t", url: "u"))
        func changed(_ change: (inout EventContent) -> Void) -> Bool {
            var other = content
            change(&other)
            return other.fingerprint != content.fingerprint
        }
        #expect(changed { $0.summary = nil })
        #expect(changed { $0.description = "s" })
        #expect(changed { $0.location = "" })
        #expect(changed { $0.colorId = "2" })
        #expect(changed { $0.start = .at(start + 1, timeZone: "UTC") })
        #expect(changed { $0.end = .at(start + 60, timeZone: "Etc/GMT") })
        #expect(changed { $0.start = .day("2027-01-15") })
        #expect(changed { $0.isOpaque = false })
        #expect(changed { $0.source?.url = "v" })
        #expect(changed { ($0.summary, $0.description) = ("sd", "") })
        #expect(!changed { $0.privateProperties = ["a": "b"] })
    }

    @Test func everythingVisibleCountsAndNothingElse() {
        #expect(Self.make(topic: "Topic").contentHash == Self.wanted.contentHash)
        #expect(Self.make(topic: "topic").contentHash != Self.wanted.contentHash)
        #expect(Self.make(topic: "Topic", colorID: "1").contentHash != Self.wanted.contentHash)
        #expect(Self.make(topic: "Topic", level: .titleOnly).contentHash != Self.wanted.contentHash)
    }

    /// Calendars hold ids that were made this way, so this must never change.
    @Test func idsAreAFileFormat() {
        let id = EventID.id(of: "session-1", in: "calendar@group.calendar.google.com", generation: 0)
        #expect(id == "loome8mk0j08pka7eoqvafu2b8sg585q")
        #expect(EventID.id(of: "session-1", in: "calendar@group.calendar.google.com", generation: 1) != id)
        #expect(EventID.base32hex(Array("foobar".utf8)) == "cpnmuoj1e8", "RFC 4648, section 10")
    }

    @Test func clippingKeepsCharactersWhole() {
        let family = "👨‍👩‍👧‍👦"
        #expect(EventText.clipped("abc", to: 3) == "abc")
        #expect(EventText.clipped("abcd", to: 3) == "ab…")
        #expect(EventText.clipped(family + family, to: family.utf16.count + 1) == family + "…")
        #expect(EventText.html("a<b>&\"", to: 100) == "a&lt;b&gt;&amp;&quot;")
        #expect(EventText.html("<<<<", to: 10) == "&lt;&lt;…")
        // A sign that joins the next character makes "<" a part of something larger.
        #expect(!EventText.html("\u{0600}<script>", to: 100).unicodeScalars.contains("<"))
    }

    @Test func descriptionsStayBelowGooglesLimitAndKeepTheirLink() throws {
        let topic = String(repeating: "<", count: 2_500)
        let description = try #require(Self.make(topic: topic).content.description)
        #expect(description.utf16.count <= EventText.longestDescription)
        #expect(description.hasSuffix("</a>"))
        #expect(description.contains("&lt;…\n\n<a href="))
    }
}

@Suite struct DispositionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var status: Int
        var reason: Refusal.Reason
        var namesQuota = false
        var disposition: Disposition
        var testDescription: String { "\(status) \(reason)\(namesQuota ? ", names a quota" : "")" }
    }

    /// Every row of the sheet of Google's errors, and every reason that we tell apart.
    @Test(arguments: [
        Case(status: 400, reason: .badRequest, disposition: .park(.rejectedByGoogle)),
        Case(status: 400, reason: .parseError, disposition: .park(.rejectedByGoogle)),
        Case(status: 400, reason: .invalid, disposition: .park(.rejectedByGoogle)),
        Case(status: 400, reason: .required, disposition: .park(.rejectedByGoogle)),
        Case(status: 400, reason: .timeRangeEmpty, disposition: .park(.rejectedByGoogle)),
        Case(status: 400, reason: .timeRangeTooLong, disposition: .park(.rejectedByGoogle)),
        Case(status: 400, reason: .unstated, disposition: .park(.rejectedByGoogle)),
        Case(status: 400, reason: .other("new"), disposition: .park(.rejectedByGoogle)),
        Case(status: 401, reason: .authError, disposition: .pauseAccount(.credentialsRejected, .operatorsMove)),
        Case(status: 401, reason: .required, disposition: .pauseAccount(.credentialsRejected, .operatorsMove)),
        Case(status: 401, reason: .unstated, disposition: .pauseAccount(.credentialsRejected, .operatorsMove)),
        Case(status: 401, reason: .other("new"), disposition: .pauseAccount(.credentialsRejected, .operatorsMove)),
        Case(status: 403, reason: .rateLimitExceeded, disposition: .slowDown(wholeAccount: false)),
        Case(status: 403, reason: .userRateLimitExceeded, disposition: .slowDown(wholeAccount: true)),
        Case(status: 403, reason: .rateLimitExceeded, namesQuota: true, disposition: .slowDown(wholeAccount: true)),
        Case(status: 403, reason: .userRateLimitExceeded, namesQuota: true, disposition: .slowDown(wholeAccount: true)),
        // Whatever else it names, this is no limit by the minute.
        Case(
            status: 403, reason: .quotaExceeded, namesQuota: true,
            disposition: .pauseAccount(.usageLimitReached, .usageLimit)),
        Case(status: 403, reason: .quotaExceeded, disposition: .pauseAccount(.usageLimitReached, .usageLimit)),
        Case(status: 403, reason: .dailyLimitExceeded, disposition: .pauseAccount(.usageLimitReached, .pacificMidnight)),
        Case(status: 403, reason: .accessNotConfigured, disposition: .pauseAccount(.apiDisabled, .operatorsMove)),
        Case(status: 403, reason: .insufficientPermissions, disposition: .pauseAccount(.scopeMissing, .operatorsMove)),
        Case(status: 403, reason: .requiredAccessLevel, disposition: .loseConnection(.needsWriterAccess)),
        Case(status: 403, reason: .forbidden, disposition: .probe(isGone: false)),
        Case(status: 403, reason: .forbiddenForServiceAccounts, disposition: .park(.rejectedByGoogle)),
        Case(status: 403, reason: .forbiddenForNonOrganizer, disposition: .park(.rejectedByGoogle)),
        Case(status: 403, reason: .cannotRemoveLastCalendarOwnerFromAcl, disposition: .park(.rejectedByGoogle)),
        Case(status: 403, reason: .notACalendarUser, disposition: .pauseAccount(.credentialsRejected, .operatorsMove)),
        Case(status: 403, reason: .other("new"), disposition: .retry(.googleUnavailable)),
        Case(status: 403, reason: .unstated, disposition: .retry(.googleUnavailable)),
        Case(status: 404, reason: .unstated, disposition: .retry(.googleUnavailable)),
        Case(status: 404, reason: .notFound, disposition: .probe(isGone: true)),
        Case(status: 408, reason: .unstated, disposition: .retry(.googleUnavailable)),
        Case(status: 409, reason: .duplicate, disposition: .reread),
        Case(status: 409, reason: .conflict, disposition: .reread),
        Case(status: 409, reason: .unstated, disposition: .reread),
        Case(status: 410, reason: .deleted, disposition: .probe(isGone: true)),
        Case(status: 410, reason: .fullSyncRequired, disposition: .park(.rejectedByGoogle)),
        Case(status: 410, reason: .updatedMinTooLongAgo, disposition: .park(.rejectedByGoogle)),
        Case(status: 410, reason: .unstated, disposition: .retry(.googleUnavailable)),
        Case(status: 412, reason: .conditionNotMet, disposition: .reread),
        Case(status: 412, reason: .unstated, disposition: .reread),
        Case(status: 413, reason: .unstated, disposition: .park(.rejectedByGoogle)),
        Case(status: 429, reason: .rateLimitExceeded, disposition: .slowDown(wholeAccount: false)),
        Case(status: 429, reason: .userRateLimitExceeded, disposition: .slowDown(wholeAccount: true)),
        Case(status: 429, reason: .rateLimitExceeded, namesQuota: true, disposition: .slowDown(wholeAccount: true)),
        Case(status: 429, reason: .unstated, disposition: .slowDown(wholeAccount: false)),
        Case(status: 500, reason: .backendError, disposition: .retry(.googleUnavailable)),
        Case(status: 500, reason: .unstated, disposition: .retry(.googleUnavailable)),
        Case(status: 502, reason: .unstated, disposition: .retry(.googleUnavailable)),
        Case(status: 503, reason: .backendError, disposition: .retry(.googleUnavailable)),
        Case(status: 503, reason: .unstated, disposition: .retry(.googleUnavailable)),
        Case(status: 504, reason: .unstated, disposition: .retry(.googleUnavailable)),
    ])
    func everyRefusalMeansSomething(_ it: Case) {
        let refusal = Refusal(status: it.status, reason: it.reason, namesQuota: it.namesQuota)
        #expect(Disposition(.refused(refusal)) == it.disposition)
    }

    @Test(arguments: [NoAnswer.timedOut, .connectionFailed(why: "reset")])
    func noAnswerIsTriedAgain(_ why: NoAnswer) {
        #expect(Disposition(.noAnswer(why)) == .retry(.googleUnavailable))
        #expect(Disposition(.unreadableAnswer(status: 200, why: "cut")) == .retry(.googleUnavailable))
    }

    struct Body: Sendable {
        var text: String
        var status: Int
        var disposition: Disposition
    }

    /// As Google writes it, in both of its envelopes; what is not said is not guessed.
    @Test(arguments: [
        Body(
            text: #"{"error":{"errors":[{"domain":"usageLimits","reason":"rateLimitExceeded"}],"code":403}}"#, status: 403,
            disposition: .slowDown(wholeAccount: false)),
        Body(
            text: #"{"error":{"code":403,"errors":[{"reason":"rateLimitExceeded","domain":"usageLimits"}],"#
                + #""status":"PERMISSION_DENIED","details":[{"reason":"RATE_LIMIT_EXCEEDED","domain":"googleapis.com"}]}}"#,
            status: 403, disposition: .slowDown(wholeAccount: true)),
        Body(
            text: #"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"reason":"RATE_LIMIT_EXCEEDED"}]}}"#,
            status: 429, disposition: .slowDown(wholeAccount: true)),
        Body(
            text: #"{"error":{"code":400,"errors":[{"domain":"global","reason":"invalidParameter"}]}}"#, status: 400,
            disposition: .park(.rejectedByGoogle)),
        Body(
            text: #"{"error":{"code":403,"status":"PERMISSION_DENIED","details":[{"reason":"SERVICE_DISABLED"}]}}"#,
            status: 403, disposition: .pauseAccount(.apiDisabled, .operatorsMove)),
        Body(
            text: #"{"error":{"code":403,"details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}"#, status: 403,
            disposition: .pauseAccount(.scopeMissing, .operatorsMove)),
        Body(text: "<html>Service Unavailable</html>", status: 503, disposition: .retry(.googleUnavailable)),
        Body(text: "", status: 404, disposition: .retry(.googleUnavailable)),
    ])
    func bothEnvelopesAreUnderstood(_ it: Body) {
        let refusal = Refusal(status: it.status, body: Data(it.text.utf8), retryAfter: nil)
        #expect(Disposition(.refused(refusal)) == it.disposition)
    }

    @Test func googlesOwnWishToWaitWins() throws {
        let refusal = Refusal(status: 429, reason: .rateLimitExceeded, retryAfter: .seconds(90))
        let disposition = Disposition(.refused(refusal))
        #expect(disposition.reason == .rateLimited)
        for failures in [1, 5, 50] {
            let wait = try #require(disposition.wait(afterFailures: failures, of: "coach"))
            #expect((90...91).contains(wait))
        }
    }

    @Test func theTokenEndpointsRefusalsAreTheOperatorsBusiness() {
        func disposition(_ reason: TokenRefusal.Reason, _ message: String = "") -> Disposition {
            Disposition(.tokenRefused(TokenRefusal(status: 400, reason: reason, message: message)))
        }
        #expect(disposition(.invalidGrant, "Invalid JWT Signature.") == .pauseAccount(.credentialsRejected, .operatorsMove))
        #expect(
            disposition(.invalidGrant, "Invalid JWT: Token must be … in a reasonable timeframe.")
                == .pauseAccount(.clockSkew, .operatorsMove))
        #expect(disposition(.invalidScope) == .pauseAccount(.scopeMissing, .operatorsMove))
        #expect(disposition(.temporary) == .retry(.googleUnavailable))
    }

    @Test func waitsGrowAndStayBounded() {
        let requests = (1...20).map { Backoff.request(afterFailures: $0, of: "a") }
        #expect(requests.map { $0.rounded(.down) }.prefix(8) == [1, 2, 4, 8, 16, 32, 64, 64])
        #expect(requests.allSatisfy { $0 <= Backoff.longestRequestWait })
        let calendars = (1...20).map { Backoff.calendar(afterFailures: $0, of: "a") / 60 }
        #expect(Array(calendars.prefix(7)) == requests.prefix(7).map { $0 / 60 })
        for (wait, minutes) in zip(calendars.dropFirst(7), [2.0, 4, 8, 16, 32, 60, 60]) {
            #expect((0.75 * minutes...1.25 * minutes).contains(wait))
        }
        #expect(calendars.allSatisfy { $0 * 60 <= Backoff.longestCalendarWait })
        #expect(Set((1...100).map { Backoff.request(afterFailures: 7, of: "coach-\($0)") }).count > 90)
    }

    @Test func everyReasonSaysWhatHappenedAndWhatToDo() {
        for reason in SyncReason.allCases {
            #expect(reason.sentence.hasSuffix("."))
            #expect(reason.nextStep.hasSuffix("."))
        }
    }
}
