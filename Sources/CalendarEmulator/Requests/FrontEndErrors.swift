import OrderedCollections

/// What Google's front end answers before Calendar sees a request. Facts: the captured bodies of 401 and 403.
extension GoogleError {
    private static let service = "calendar-json.googleapis.com"

    /// `calendarList.get` is `calendar.v3.CalendarList.Get` in the metadata of an error.
    private static func details(_ reason: String, domain: String = "googleapis.com", _ metadata: JSON.Object) -> JSON {
        [
            "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": .string(reason), "domain": .string(domain),
            "metadata": .object(metadata),
        ]
    }

    private static func metadata(method: String) -> JSON.Object {
        let parts = method.split(separator: ".").map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return ["service": .string(service), "method": .string("calendar.v3." + parts.joined(separator: "."))]
    }

    static func credentialsMissing(method: String) -> GoogleError {
        GoogleError(
            code: 401, reason: "required",
            message: """
                Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or \
                other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.
                """,
            location: .header("Authorization"),
            envelope: .frontEnd(
                status: "UNAUTHENTICATED", itemMessage: "Login Required.",
                details: details("CREDENTIALS_MISSING", metadata(method: method))))
    }

    static func credentialsInvalid(method: String) -> GoogleError {
        GoogleError(
            code: 401, reason: "authError",
            message: """
                Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid \
                authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.
                """,
            location: .header("Authorization"),
            envelope: .frontEnd(
                status: "UNAUTHENTICATED", itemMessage: "Invalid Credentials",
                details: details("ACCESS_TOKEN_EXPIRED", metadata(method: method))))
    }

    static func insufficientScope(method: String) -> GoogleError {
        GoogleError(
            code: 403, reason: "insufficientPermissions", message: "Request had insufficient authentication scopes.",
            envelope: .frontEnd(
                status: "PERMISSION_DENIED", itemMessage: "Insufficient Permission",
                details: details("ACCESS_TOKEN_SCOPE_INSUFFICIENT", metadata(method: method))))
    }

    static func serviceDisabled(project: String, number: String) -> GoogleError {
        let message = """
            Google Calendar API has not been used in project \(number) before or it is disabled. Enable it by visiting \
            https://console.developers.google.com/apis/api/\(service)/overview?project=\(number) then retry. If you enabled \
            this API recently, wait a few minutes for the action to propagate to our systems and retry.
            """
        return GoogleError(
            code: 403, domain: "usageLimits", reason: "accessNotConfigured", message: message,
            envelope: .frontEnd(
                status: "PERMISSION_DENIED", itemMessage: message,
                details: details(
                    "SERVICE_DISABLED",
                    ["service": .string(service), "consumer": .string("projects/\(number)"), "containerInfo": .string(project)])
            ))
    }

    /// The newer form of a per-minute refusal. - Parameter perUser: which of the two limits was passed.
    static func perMinuteQuota(
        code: Int, reason: String = "rateLimitExceeded", perUser: Bool, limit: Int, projectNumber: String
    ) -> GoogleError {
        let message = """
            Quota exceeded for quota metric 'Queries' and limit 'Queries per minute\(perUser ? " per user" : "")' of service \
            '\(service)' for consumer 'project_number:\(projectNumber)'.
            """
        return GoogleError(
            code: code, domain: "usageLimits", reason: reason, message: message,
            envelope: .frontEnd(
                status: code == 429 ? "RESOURCE_EXHAUSTED" : "PERMISSION_DENIED", itemMessage: message,
                details: details(
                    "RATE_LIMIT_EXCEEDED",
                    [
                        "service": .string(service), "consumer": .string("projects/\(projectNumber)"),
                        "quota_metric": .string(service + "/default"),
                        "quota_limit": .string(perUser ? "defaultPerMinutePerUser" : "defaultPerMinutePerProject"),
                        "quota_limit_value": .string(String(limit)),
                    ])))
    }

    static let unknownPath = GoogleError(
        code: 404, reason: "notFound", message: "The requested URL was not found on this server.",
        envelope: .frontEnd(
            status: "NOT_FOUND", itemMessage: "Not Found", details: details("UNKNOWN_PATH", ["service": .string(service)])))
}
