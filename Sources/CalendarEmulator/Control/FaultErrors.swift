import Foundation

/// The errors that faults answer: every reason of the taxonomy, in the words and the envelope Google uses for it.
/// Source: https://developers.google.com/workspace/calendar/api/guides/errors
enum FaultErrors {
    /// What Calendar's servers say. The first one of a status is what a fault with a bare status answers.
    private static let backend: [GoogleError] = [
        .badRequest(), .parseError, .invalid("Invalid value"),
        GoogleError(code: 400, reason: "invalidParameter", message: "Invalid parameter"),
        .required("Required"), .timeRangeEmpty(at: .parameter("timeMax")),
        GoogleError(
            code: 400, domain: "calendar", reason: "timeRangeTooLong", message: "The requested time range is too long.",
            location: .parameter("timeMax")),
        GoogleError(code: 400, reason: "channelIdNotUnique", message: "Channel id not unique"),
        GoogleError(code: 401, reason: "push.webhookUrlUnauthorized", message: "Unauthorized WebHook callback channel"),
        .forbidden, .rateLimitExceeded, .userRateLimitExceeded, .usageLimitsExceeded,
        GoogleError(code: 403, domain: "usageLimits", reason: "dailyLimitExceeded", message: "Daily Limit Exceeded"),
        .requiredAccessLevel(.writer), .forbiddenForServiceAccounts,
        GoogleError(
            code: 403, domain: "calendar", reason: "forbiddenForNonOrganizer",
            message: "Shared properties can only be changed by the organizer of the event."),
        GoogleError(
            code: 403, domain: "calendar", reason: "notACalendarUser",
            message: "The user must be signed up for Google Calendar."),
        .lastOwner, .notFound, .duplicate, GoogleError(code: 409, reason: "conflict", message: "Conflict"), .deleted,
        .fullSyncRequired,
        GoogleError(
            code: 410, domain: "calendar", reason: "updatedMinTooLongAgo",
            message: "The requested minimum modification time lies too far in the past.", location: .parameter("updatedMin")),
        .conditionNotMet, GoogleError(code: 500, reason: "backendError", message: "Backend Error"),
    ]

    /// What the front end says. - Parameter project: whose calls they are, as far as the token tells.
    private static func frontEnd(method: String, project: String) -> [GoogleError] {
        [
            .credentialsInvalid(method: method), .insufficientScope(method: method),
            .serviceDisabled(project: project, number: World.projectNumber(project)),
        ]
    }

    /// The status that goes with a reason; nil for reasons this table does not have.
    static func status(of reason: String) -> Int? {
        (backend + frontEnd(method: "", project: "")).first { $0.reason == reason }?.code
    }

    /// - Parameters:
    ///   - method: of the API, for the front end's envelope.
    ///   - project: whose calls they are; nil when the token does not tell.
    static func error(for fault: Fault, method: String?, project: String?) -> GoogleError {
        let method = method ?? ""
        if fault.status == 401, fault.reason == "required" { return .credentialsMissing(method: method) }
        let known = frontEnd(method: method, project: project ?? World.peoplesProject) + backend
        let status = fault.status ?? fault.reason.flatMap(Self.status) ?? 500
        let reason = fault.reason ?? usualReason(status, among: known)
        var error =
            known.first { $0.reason == reason } ?? GoogleError(code: status, reason: reason, message: reason)
        if error.code != status {
            error.code = status
            error.envelope = .backend
        }
        return error
    }

    private static func usualReason(_ status: Int, among known: [GoogleError]) -> String {
        switch status {
        case 403: "forbidden"
        case 429: "rateLimitExceeded"
        default: known.first { $0.code == status }?.reason ?? (status < 500 ? "badRequest" : "backendError")
        }
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

    static let notFoundPage = """
        <!DOCTYPE html>
        <html lang=en>
        <title>Error 404 (Not Found)!!1</title>
        <p><b>404.</b> <ins>That’s an error.</ins>
        <p>The requested URL was not found on this server.
        """

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
