import HTTPTypes
import OrderedCollections

/// A refusal as Google words it. Google has two envelopes, and a client has to read both.
struct GoogleError: Error, Sendable {
    enum Envelope: Sendable {
        /// What Calendar's own servers answer: no `status`, no `details`, one space of indent.
        case backend
        /// What the front end (ESF) answers before Calendar is asked: `status` and `details`, two spaces of indent.
        /// The item in `errors` has a message of its own.
        case frontEnd(status: String, itemMessage: String, details: JSON)
    }

    struct Location: Sendable {
        var type: String
        var name: String

        static func parameter(_ name: String) -> Location { Location(type: "parameter", name: name) }
        static func header(_ name: String) -> Location { Location(type: "header", name: name) }
    }

    var code: Int
    var domain = "global"
    var reason: String
    var message: String
    var location: Location?
    var envelope = Envelope.backend

    var indent: Int {
        if case .backend = envelope { 1 } else { 2 }
    }

    var body: JSON {
        switch envelope {
        case .backend:
            var item: JSON.Object = ["domain": .string(domain), "reason": .string(reason), "message": .string(message)]
            if let location {
                item["locationType"] = .string(location.type)
                item["location"] = .string(location.name)
            }
            return ["error": ["errors": [.object(item)], "code": .integer(Int64(code)), "message": .string(message)]]
        case .frontEnd(let status, let itemMessage, let details):
            var item: JSON.Object = [
                "message": .string(itemMessage), "domain": .string(domain), "reason": .string(reason),
            ]
            if let location {
                item["location"] = .string(location.name)
                item["locationType"] = .string(location.type)
            }
            return [
                "error": [
                    "code": .integer(Int64(code)), "message": .string(message), "errors": [.object(item)],
                    "status": .string(status), "details": [details],
                ]
            ]
        }
    }
}

// MARK: - What Calendar answers

extension GoogleError {
    static func invalid(_ message: String, at location: Location? = nil) -> GoogleError {
        GoogleError(code: 400, reason: "invalid", message: message, location: location)
    }

    static func invalidParameter(_ name: String, _ message: String) -> GoogleError {
        GoogleError(code: 400, reason: "invalidParameter", message: message, location: .parameter(name))
    }

    static func badRequest(_ message: String = "Bad Request") -> GoogleError {
        GoogleError(code: 400, reason: "badRequest", message: message)
    }

    static func required(_ message: String, at location: Location? = nil) -> GoogleError {
        GoogleError(code: 400, reason: "required", message: message, location: location)
    }

    static func timeRangeEmpty(at location: Location? = nil) -> GoogleError {
        GoogleError(
            code: 400, domain: "calendar", reason: "timeRangeEmpty", message: "The specified time range is empty.",
            location: location)
    }

    static let parseError = GoogleError(code: 400, reason: "parseError", message: "Parse Error")
    static let notFound = GoogleError(code: 404, reason: "notFound", message: "Not Found")
    static let forbidden = GoogleError(code: 403, reason: "forbidden", message: "Forbidden")
    static let deleted = GoogleError(code: 410, reason: "deleted", message: "Resource has been deleted")
    static let duplicate = GoogleError(
        code: 409, reason: "duplicate", message: "The requested identifier already exists.")
    static let conditionNotMet = GoogleError(
        code: 412, reason: "conditionNotMet", message: "Precondition Failed", location: .header("If-Match"))
    static let fullSyncRequired = GoogleError(
        code: 410, domain: "calendar", reason: "fullSyncRequired",
        message: "Sync token is no longer valid, a full sync is required.", location: .parameter("syncToken"))
    static let forbiddenForServiceAccounts = GoogleError(
        code: 403, domain: "calendar", reason: "forbiddenForServiceAccounts",
        message: "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.")
    static let lastOwner = GoogleError(
        code: 403, domain: "calendar", reason: "cannotRemoveLastCalendarOwnerFromAcl",
        message: "Cannot remove the last owner of a calendar from the access control list.")
    static let rateLimitExceeded = GoogleError(
        code: 403, domain: "usageLimits", reason: "rateLimitExceeded", message: "Rate Limit Exceeded")
    static let userRateLimitExceeded = GoogleError(
        code: 403, domain: "usageLimits", reason: "userRateLimitExceeded", message: "User Rate Limit Exceeded")
    static let backendError = GoogleError(code: 503, reason: "backendError", message: "Backend Error")
    static let usageLimitsExceeded = GoogleError(
        code: 403, domain: "usageLimits", reason: "quotaExceeded", message: "Calendar usage limits exceeded.")

    static func requiredAccessLevel(_ role: Role) -> GoogleError {
        GoogleError(
            code: 403, domain: "calendar", reason: "requiredAccessLevel",
            message: "You need to have \(role.rawValue) access to this calendar.")
    }
}
