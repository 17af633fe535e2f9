import Foundation
import GoogleCalendar

/// What an answer of Google's means for the engine.
///
/// A token that Google no longer accepts is not among these: ``GoogleCalendar/GoogleCalendarClient`` renews it and repeats the call once,
/// so a 401 that arrives here is about the key.
enum Disposition: Sendable, Equatable {
    /// The same again later. The calendar waits, for longer each time, or as long as Google asks.
    case retry(SyncReason, after: Duration? = nil)
    /// Google wants fewer calls: as ``retry(_:after:)``, and this calendar, or the whole account, goes slower from now on.
    case slowDown(after: Duration? = nil, wholeAccount: Bool)
    /// The event is not as we thought (409, 412): look at it, and plan again.
    case reread
    /// It is not there, or not for us, and that may be the event or the whole calendar: look at the calendar. If only the event is
    /// gone, it is made again, and where Google keeps its id for ever, under the id of the next generation.
    case probe(isGone: Bool)
    /// Google will not take this session as it is. The others go on.
    case park(SyncReason)
    /// No call of this service account makes sense for a while.
    case pauseAccount(SyncReason, Pause)
    /// This calendar is out of reach until somebody acts.
    case loseConnection(SyncReason)

    /// The same question would be answered the same.
    var isRefusal: Bool {
        switch self {
        case .park, .probe, .loseConnection: true
        case .retry, .slowDown, .reread, .pauseAccount: false
        }
    }
}

/// How long a service account stays quiet.
enum Pause: Sendable, Equatable {
    /// After a use limit, which Google lifts within hours to days: an hour, then two, four and eight. Trying more often makes it last.
    /// Source: https://knowledge.workspace.google.com/admin/calendar/avoid-calendar-use-limits
    case usageLimit
    /// Until the daily quota is full again, at midnight in California.
    case pacificMidnight
    /// Between two looks whether the operator has mended it.
    case operatorsMove

    static let operatorsMoveLength: TimeInterval = 60
    /// A day on which clocks are set back, and a minute.
    static let longestForALimit: TimeInterval = 25 * 60 * 60 + 60

    /// - Parameter times: how often in a row it has come to this, 1 at first.
    func end(now: Date, times: Int) -> Date {
        switch self {
        case .usageLimit: return now + pow(2, Double(min(times, 4) - 1)) * 60 * 60
        case .operatorsMove: return now + Self.operatorsMoveLength
        case .pacificMidnight:
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = TimeZone(identifier: "America/Los_Angeles") ?? .gmt
            let midnight = calendar.dateInterval(of: .day, for: now)?.end ?? now + 24 * 60 * 60
            // A minute later, so that clocks which differ a little do not matter.
            return midnight + 60
        }
    }
}

extension Disposition {
    init(_ error: GoogleCalendarError) {
        switch error {
        case .noAnswer, .unreadableAnswer: self = .retry(.googleUnavailable)
        case .tokenRefused(let refusal): self.init(refusal)
        case .refused(let refusal): self.init(refusal)
        }
    }

    private init(_ refusal: TokenRefusal) {
        switch refusal.reason {
        case .temporary: self = .retry(.googleUnavailable)
        case .invalidGrant where refusal.message.contains("timeframe"): self = .pauseAccount(.clockSkew, .operatorsMove)
        case .invalidScope, .unauthorizedClient: self = .pauseAccount(.scopeMissing, .operatorsMove)
        case .invalidGrant, .invalidRequest, .accessDenied, .other, .unstated:
            self = .pauseAccount(.credentialsRejected, .operatorsMove)
        }
    }

    /// Every row of Google's table, by reason; the status counts only where the body gives none.
    /// Source: https://developers.google.com/workspace/calendar/api/guides/errors
    private init(_ refusal: Refusal) {
        switch refusal.reason {
        case .rateLimitExceeded: self = .slowDown(after: refusal.retryAfter, wholeAccount: refusal.namesQuota)
        case .userRateLimitExceeded: self = .slowDown(after: refusal.retryAfter, wholeAccount: true)
        case .quotaExceeded: self = .pauseAccount(.usageLimitReached, .usageLimit)
        case .dailyLimitExceeded: self = .pauseAccount(.usageLimitReached, .pacificMidnight)
        case .backendError: self = .retry(.googleUnavailable, after: refusal.retryAfter)
        case .accessNotConfigured: self = .pauseAccount(.apiDisabled, .operatorsMove)
        case .insufficientPermissions: self = .pauseAccount(.scopeMissing, .operatorsMove)
        case .authError, .notACalendarUser: self = .pauseAccount(.credentialsRejected, .operatorsMove)
        case .requiredAccessLevel: self = .loseConnection(.needsWriterAccess)
        case .duplicate, .conflict, .conditionNotMet: self = .reread
        case .notFound, .deleted: self = .probe(isGone: true)
        case .forbidden: self = .probe(isGone: false)
        case .badRequest, .cannotRemoveLastCalendarOwnerFromAcl, .forbiddenForNonOrganizer, .forbiddenForServiceAccounts,
            .fullSyncRequired, .invalid, .parseError, .required, .timeRangeEmpty, .timeRangeTooLong, .updatedMinTooLongAgo:
            self =
                refusal.status == 401 ? .pauseAccount(.credentialsRejected, .operatorsMove) : .park(.rejectedByGoogle)
        case .other, .unstated: self.init(status: refusal.status, retryAfter: refusal.retryAfter)
        }
    }

    /// What is left to go by when the body does not say why.
    private init(status: Int, retryAfter: Duration?) {
        switch status {
        case 401: self = .pauseAccount(.credentialsRejected, .operatorsMove)
        case 429: self = .slowDown(after: retryAfter, wholeAccount: false)
        case 409, 412: self = .reread
        // Google gives reasons; without one it is likely somebody's in between.
        case 403, 404, 410: self = .retry(.googleUnavailable, after: retryAfter)
        case 408, 500...: self = .retry(.googleUnavailable, after: retryAfter)
        default: self = .park(.rejectedByGoogle)
        }
    }
}
