import Foundation

/// Why a call did not succeed. The cases differ in what is known about the call's effect.
public enum GoogleCalendarError: Error, Sendable, Equatable {
    /// The Calendar API said no: the call had no effect.
    case refused(Refusal)
    /// No access token could be had, so the call was never made.
    case tokenRefused(TokenRefusal)
    /// There was no complete answer in time. The call may have taken effect.
    case noAnswer(NoAnswer)
    /// Google answered with success, and with a body that is not what it promises. The call has probably taken effect.
    case unreadableAnswer(status: Int, why: String)
}

public enum NoAnswer: Sendable, Equatable {
    case timedOut
    /// The connection failed or broke; `why` is the transport's own word for it.
    case connectionFailed(why: String)
}

/// An error answer of the Calendar API.
/// Source: https://developers.google.com/workspace/calendar/api/guides/errors
public struct Refusal: Sendable, Equatable {
    /// The HTTP status.
    public var status: Int
    public var reason: Reason
    /// Google's own sentence; for operators, not for coaches.
    public var message: String
    /// What Google asks us to wait, if it does.
    public var retryAfter: Duration?
    /// Whether Google says that it is a quota of the account or the project which is used up. A refusal by rate that does not say so
    /// may be about the pace of changes in one calendar.
    public var namesQuota: Bool

    public init(
        status: Int, reason: Reason, message: String = "", retryAfter: Duration? = nil, namesQuota: Bool = false
    ) {
        self.status = status
        self.reason = reason
        self.message = message
        self.retryAfter = retryAfter
        self.namesQuota = namesQuota
    }
}

extension Refusal {
    /// Google's machine-readable reasons, as far as they make a difference to a caller.
    public enum Reason: Sendable, Hashable {
        case accessNotConfigured
        case authError
        case backendError
        case badRequest
        case cannotRemoveLastCalendarOwnerFromAcl
        case conditionNotMet
        case conflict
        case dailyLimitExceeded
        case deleted
        case duplicate
        case forbidden
        case forbiddenForNonOrganizer
        case forbiddenForServiceAccounts
        case fullSyncRequired
        case insufficientPermissions
        case invalid
        case notACalendarUser
        case notFound
        case parseError
        case quotaExceeded
        case rateLimitExceeded
        case required
        case requiredAccessLevel
        case timeRangeEmpty
        case timeRangeTooLong
        case updatedMinTooLongAgo
        case userRateLimitExceeded
        /// A reason that is not in this list.
        case other(String)
        /// The body does not say: it is HTML, empty, or cut.
        case unstated

        private static let named: [String: Reason] = [
            "accessNotConfigured": .accessNotConfigured, "SERVICE_DISABLED": .accessNotConfigured,
            "authError": .authError, "backendError": .backendError, "badRequest": .badRequest,
            "cannotRemoveLastCalendarOwnerFromAcl": .cannotRemoveLastCalendarOwnerFromAcl,
            "conditionNotMet": .conditionNotMet, "conflict": .conflict, "dailyLimitExceeded": .dailyLimitExceeded,
            "deleted": .deleted, "duplicate": .duplicate, "forbidden": .forbidden,
            "forbiddenForNonOrganizer": .forbiddenForNonOrganizer,
            "forbiddenForServiceAccounts": .forbiddenForServiceAccounts, "fullSyncRequired": .fullSyncRequired,
            "insufficientPermissions": .insufficientPermissions,
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT": .insufficientPermissions, "invalid": .invalid,
            "invalidParameter": .invalid, "notACalendarUser": .notACalendarUser, "notFound": .notFound,
            "parseError": .parseError, "quotaExceeded": .quotaExceeded, "rateLimitExceeded": .rateLimitExceeded,
            "RATE_LIMIT_EXCEEDED": .rateLimitExceeded, "required": .required,
            "requiredAccessLevel": .requiredAccessLevel, "timeRangeEmpty": .timeRangeEmpty,
            "timeRangeTooLong": .timeRangeTooLong, "updatedMinTooLongAgo": .updatedMinTooLongAgo,
            "userRateLimitExceeded": .userRateLimitExceeded,
        ]

        init(_ name: String) { self = Self.named[name] ?? .other(String(name.prefix(64))) }
    }
}

extension Refusal {
    /// Reads whatever body came with an error status. Both of Google's envelopes carry `error.errors[].reason`; the newer one
    /// repeats it in `error.details[].reason`, which counts only where the first is missing.
    init(status: Int, body: Data, retryAfter: Duration?) {
        let error = (try? JSONDecoder().decode(ErrorEnvelope.self, from: body))?.error
        let names = (error?.errors ?? []).compactMap(\.reason) + (error?.details ?? []).compactMap(\.reason)
        self.init(
            status: status, reason: names.first.map { Reason($0) } ?? .unstated,
            message: String((error?.message ?? "").prefix(500)), retryAfter: retryAfter,
            namesQuota: error?.details?.contains { $0.reason == "RATE_LIMIT_EXCEEDED" } == true)
    }

    private struct ErrorEnvelope: Decodable {
        struct Problem: Decodable {
            var message: String?
            var errors: [Item]?
            var details: [Item]?
        }
        struct Item: Decodable {
            var reason: String?
        }
        var error: Problem
    }
}

/// An error answer of the token endpoint (RFC 6749, section 5.2, which is not the API's envelope).
public struct TokenRefusal: Sendable, Equatable {
    public enum Reason: Sendable, Hashable {
        case invalidGrant
        case invalidRequest
        case invalidScope
        case unauthorizedClient
        case accessDenied
        /// Google's side is at fault; worth another try.
        case temporary
        case other(String)
        case unstated
    }

    public var status: Int
    public var reason: Reason
    public var message: String

    public init(status: Int, reason: Reason, message: String = "") {
        self.status = status
        self.reason = reason
        self.message = message
    }

    init(status: Int, body: Data) {
        struct Envelope: Decodable {
            var error: String?
            var error_description: String?
        }
        let envelope = try? JSONDecoder().decode(Envelope.self, from: body)
        let isServersFault = status >= 500 || status == 408 || status == 429
        reason =
            switch envelope?.error {
            case "invalid_grant": .invalidGrant
            case "invalid_request": .invalidRequest
            case "invalid_scope": .invalidScope
            case "unauthorized_client": .unauthorizedClient
            case "access_denied", "admin_policy_enforced", "org_internal", "disabled_client", "deleted_client": .accessDenied
            case "internal_failure", "server_error", "temporarily_unavailable": .temporary
            case _ where isServersFault: .temporary
            case .some(let name): .other(String(name.prefix(64)))
            case nil: .unstated
            }
        self.status = status
        message = String((envelope?.error_description ?? "").prefix(500))
    }
}
