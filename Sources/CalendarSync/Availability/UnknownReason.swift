import GoogleCalendar
import Storage

/// Why nothing is known of a calendar, as people are told it. The raw values are stable codes.
public enum UnknownReason: String, Sendable, CaseIterable, SQLConvertible {
    case notReadYet
    case notShared
    case googleUnavailable
    case rateLimited
    case credentialsRejected

    public var actor: SyncReason.Actor {
        switch self {
        case .notReadYet, .googleUnavailable, .rateLimited: .nobody
        case .notShared: .coach
        case .credentialsRejected: .operator
        }
    }

    /// One plain sentence for the coach.
    public var sentence: String {
        switch self {
        case .notReadYet: "This calendar has not been read for this time yet."
        case .notShared: "This calendar is not shared with the platform."
        case .googleUnavailable: "Google Calendar did not answer."
        case .rateLimited: "Google asked us to slow down for a moment."
        case .credentialsRejected: "Google does not let the platform ask."
        }
    }

    public var nextStep: String {
        switch self {
        case .notReadYet, .googleUnavailable, .rateLimited: "Nothing to do: it is read again by itself."
        case .notShared:
            "In Google Calendar, share it with the platform's service account; \"See only free/busy\" is enough."
        case .credentialsRejected: "The platform's operator has to look at the service account's key and scopes."
        }
    }
}

extension UnknownReason {
    /// What Google says of one calendar beside its answer for the others. Source:
    /// https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query
    init(calendarError reason: String) { self = reason == "notFound" ? .notShared : .googleUnavailable }

    /// What kept the whole question from being answered; nil for errors that are none of Google's.
    init?(_ error: any Error) {
        switch error {
        case is Governor.HeldBack: self = .rateLimited
        case let error as GoogleCalendarError:
            switch Disposition(error).reason {
            case .rateLimited, .usageLimitReached, .calendarsLimited: self = .rateLimited
            case .credentialsRejected, .apiDisabled, .scopeMissing, .clockSkew, .needsWriterAccess, .accessRevoked:
                self = .credentialsRejected
            case .googleUnavailable, .rejectedByGoogle, .calendarMissing, .addressRejected, .calendarRejected:
                self = .googleUnavailable
            }
        default: return nil
        }
    }
}
