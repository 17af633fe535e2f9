import GoogleCalendar

/// What an answer of Google's means for the engine.
enum Disposition: Sendable, Equatable {
    /// The same again later; the whole lane waits, for longer each time, or as long as Google asks.
    case retry(SyncReason, after: Duration? = nil)
    /// Something is not as we thought: look at it, then plan again.
    case reread
    /// Google will not take this session as it is. The others go on.
    case park(SyncReason)
    /// No attempt makes sense for this long.
    case pause(SyncReason, for: Duration)
    /// This calendar is out of reach until somebody acts.
    case loseConnection(SyncReason)
}

extension Disposition {
    /// After a use limit, which Google lifts within hours to days: trying more often makes it worse.
    /// Source: https://knowledge.workspace.google.com/admin/calendar/avoid-calendar-use-limits
    static let usageLimitPause = Duration.seconds(60 * 60)
    /// Between two looks whether the operator has mended it.
    static let operatorPause = Duration.seconds(60)

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
        case .invalidGrant where refusal.message.contains("timeframe"): self = .pause(.clockSkew, for: Self.operatorPause)
        case .invalidScope, .unauthorizedClient: self = .pause(.scopeMissing, for: Self.operatorPause)
        case .invalidGrant, .invalidRequest, .accessDenied, .other, .unstated:
            self = .pause(.credentialsRejected, for: Self.operatorPause)
        }
    }

    private init(_ refusal: Refusal) {
        switch refusal.reason {
        case .rateLimitExceeded, .userRateLimitExceeded: self = .retry(.rateLimited, after: refusal.retryAfter)
        case .quotaExceeded, .dailyLimitExceeded: self = .pause(.usageLimitReached, for: Self.usageLimitPause)
        case .backendError: self = .retry(.googleUnavailable, after: refusal.retryAfter)
        case .accessNotConfigured: self = .pause(.apiDisabled, for: Self.operatorPause)
        case .insufficientPermissions: self = .pause(.scopeMissing, for: Self.operatorPause)
        case .authError, .notACalendarUser: self = .pause(.credentialsRejected, for: Self.operatorPause)
        case .requiredAccessLevel: self = .loseConnection(.needsWriterAccess)
        case .notFound, .deleted, .duplicate, .conflict, .conditionNotMet, .forbidden: self = .reread
        case .badRequest, .cannotRemoveLastCalendarOwnerFromAcl, .forbiddenForNonOrganizer, .forbiddenForServiceAccounts,
            .fullSyncRequired, .invalid, .parseError, .required, .timeRangeEmpty, .timeRangeTooLong, .updatedMinTooLongAgo:
            self = refusal.status == 401 ? .pause(.credentialsRejected, for: Self.operatorPause) : .park(.rejectedByGoogle)
        case .other, .unstated: self.init(status: refusal.status, retryAfter: refusal.retryAfter)
        }
    }

    /// What is left to go by when the body does not say why.
    private init(status: Int, retryAfter: Duration?) {
        switch status {
        case 401: self = .pause(.credentialsRejected, for: Self.operatorPause)
        case 429: self = .retry(.rateLimited, after: retryAfter)
        case 409, 412: self = .reread
        // Google gives reasons; without one it is likely somebody's in between.
        case 403, 404, 410: self = .retry(.googleUnavailable, after: retryAfter)
        case 408, 500...: self = .retry(.googleUnavailable, after: retryAfter)
        default: self = .park(.rejectedByGoogle)
        }
    }
}
