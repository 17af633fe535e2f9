import Foundation
import HTTPTypes

/// The errors that faults answer, in the words Google uses where they are known.
enum FaultErrors {
    private static let known: [(reason: String, status: Int, domain: String, message: String)] = [
        ("badRequest", 400, "global", "Bad Request"),
        ("authError", 401, "global", "Invalid Credentials"),
        ("rateLimitExceeded", 403, "usageLimits", "Rate Limit Exceeded"),
        ("userRateLimitExceeded", 403, "usageLimits", "User Rate Limit Exceeded"),
        ("quotaExceeded", 403, "usageLimits", "Calendar usage limits exceeded."),
        ("dailyLimitExceeded", 403, "usageLimits", "Daily Limit Exceeded"),
        ("accessNotConfigured", 403, "usageLimits", "Google Calendar API has not been used in this project or it is disabled."),
        ("forbidden", 403, "global", "Forbidden"),
        ("insufficientPermissions", 403, "global", "Insufficient Permission"),
        ("requiredAccessLevel", 403, "calendar", "You need to have writer access to this calendar."),
        ("forbiddenForServiceAccounts", 403, "calendar", GoogleError.forbiddenForServiceAccounts.message),
        ("notFound", 404, "global", "Not Found"),
        ("duplicate", 409, "global", "The requested identifier already exists."),
        ("conflict", 409, "global", "Conflict"),
        ("deleted", 410, "global", "Resource has been deleted"),
        ("fullSyncRequired", 410, "calendar", GoogleError.fullSyncRequired.message),
        ("conditionNotMet", 412, "global", "Precondition Failed"),
        ("backendError", 500, "global", "Backend Error"),
    ]

    /// The status that goes with a reason; nil for reasons this table does not have.
    static func status(of reason: String) -> Int? { known.first { $0.reason == reason }?.status }

    /// - Parameter method: of the API, for the front end's envelope of 401.
    static func error(for fault: Fault, method: String?) -> GoogleError {
        let status = fault.status ?? fault.reason.flatMap(status(of:)) ?? 500
        let reason = fault.reason ?? usualReason(status)
        if status == 401, reason == "authError" { return .credentialsInvalid(method: method ?? "") }
        let words = known.first { $0.reason == reason }
        return GoogleError(
            code: status, domain: words?.domain ?? "global", reason: reason, message: words?.message ?? reason)
    }

    private static func usualReason(_ status: Int) -> String {
        if status == 429 { return "rateLimitExceeded" }
        return known.first { $0.status == status }?.reason ?? (status < 500 ? "badRequest" : "backendError")
    }

    /// The token endpoint has another shape of error (RFC 6749).
    static func tokenError(for fault: Fault) -> Reply {
        let status = fault.status ?? fault.reason.flatMap(status(of:)) ?? 400
        let usual =
            switch status {
            case 500...: "internal_failure"
            case 429, 408: "temporarily_unavailable"
            case 401: "unauthorized_client"
            default: "invalid_grant"
            }
        let json: JSON = ["error": .string(fault.reason ?? usual), "error_description": "Injected by a fault."]
        return .json(json, status: status, indent: 2)
    }

    static func page(status: Int) -> String {
        """
        <!DOCTYPE html>
        <html lang=en>
        <title>Error \(status) (Server Error)!!1</title>
        <p><b>\(status).</b> <ins>That’s an error.</ins>
        <p>The server encountered a temporary error and could not complete your request.
        """
    }
}

// MARK: - Faults at work

extension World {
    /// Performs a request under a fault, if there is one, and writes it into the log.
    mutating func answer(
        _ asked: RequestLog.Entry, fault struck: (id: Int, fault: Fault)?,
        perform: (inout World, inout RequestLog.Entry) -> Reply
    ) -> Reply {
        var entry = asked
        entry.fault = struck?.id
        var reply = apply(struck?.fault, to: &entry, perform)
        reply.delay = struck?.fault.delay ?? .zero
        entry.status = reply.delivery == .reset ? nil : reply.response.status.code
        log.append(entry)
        return reply
    }

    private mutating func apply(
        _ fault: Fault?, to entry: inout RequestLog.Entry, _ perform: (inout World, inout RequestLog.Entry) -> Reply
    ) -> Reply {
        guard let fault, let effect = fault.effect else { return perform(&self, &entry) }
        switch effect {
        case .before:
            return Self.refusal(fault, api: entry.api)
        case .html:
            let status = fault.status ?? 502
            return .html(FaultErrors.page(status: status), status: status)
        case .reset:
            return Reply(response: .init(status: .internalServerError), delivery: .reset)
        case .afterCommit:
            var done = perform(&self, &entry)
            if fault.status != nil || fault.reason != nil { return Self.refusal(fault, api: entry.api) }
            done.delivery = .reset
            return done
        case .cut:
            var done = perform(&self, &entry)
            done.delivery = done.body.isEmpty ? .reset : .cut(afterBytes: done.body.count / 2)
            return done
        }
    }

    private static func refusal(_ fault: Fault, api: String?) -> Reply {
        api == "token" ? FaultErrors.tokenError(for: fault) : .error(FaultErrors.error(for: fault, method: api))
    }
}
