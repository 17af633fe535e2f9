import Storage

/// Everything that can keep a session out of a calendar, as people are told it. The raw values are stable codes.
public enum SyncReason: String, Sendable, CaseIterable, SQLConvertible {
    case rateLimited
    case usageLimitReached
    case googleUnavailable
    case accessRevoked
    case calendarMissing
    case needsWriterAccess
    case credentialsRejected
    case apiDisabled
    case scopeMissing
    case rejectedByGoogle
    case addressRejected
    case calendarRejected
    case clockSkew
    case calendarsLimited

    /// Who has to act before it gets better.
    public enum Actor: String, Sendable {
        case coach
        case `operator`
        case nobody
    }

    public var actor: Actor {
        switch self {
        case .rateLimited, .usageLimitReached, .googleUnavailable, .calendarsLimited: .nobody
        case .accessRevoked, .calendarMissing, .needsWriterAccess, .rejectedByGoogle, .addressRejected: .coach
        case .credentialsRejected, .apiDisabled, .scopeMissing, .clockSkew, .calendarRejected: .operator
        }
    }

    /// Whether it keeps the whole calendar waiting for longer than a moment.
    public var pausesLane: Bool {
        switch self {
        case .usageLimitReached, .credentialsRejected, .apiDisabled, .scopeMissing, .clockSkew, .calendarsLimited: true
        case .rateLimited, .googleUnavailable, .accessRevoked, .calendarMissing, .needsWriterAccess, .rejectedByGoogle,
            .addressRejected, .calendarRejected:
            false
        }
    }

    /// One plain sentence for the coach.
    public var sentence: String {
        switch self {
        case .rateLimited: "Google asked us to slow down for a moment."
        case .usageLimitReached: "A usage limit of Google Calendar has been reached."
        case .googleUnavailable: "Google Calendar did not answer."
        case .accessRevoked: "We no longer have access to your calendar."
        case .calendarMissing: "Your Loom Platform calendar no longer exists in Google."
        case .needsWriterAccess: "We may look at your calendar but not write into it."
        case .credentialsRejected: "Google does not accept the platform's key."
        case .apiDisabled: "The Google Calendar API is switched off for the platform."
        case .scopeMissing: "The platform's key lacks a permission it needs."
        case .rejectedByGoogle: "Google did not accept this session."
        case .addressRejected: "Google cannot share a calendar with your e-mail address."
        case .calendarRejected: "Google did not accept the calendar we wanted to make for you."
        case .clockSkew: "The platform's clock is wrong, so Google refuses it."
        case .calendarsLimited: "Google lets the platform make only a few calendars at a time, and yours is in line."
        }
    }

    /// What happens next, or what to do.
    public var nextStep: String {
        switch self {
        case .rateLimited, .googleUnavailable: "Nothing to do: it is tried again by itself."
        case .usageLimitReached: "Nothing to do: it is tried again by itself, within hours."
        case .accessRevoked: "Share your calendar with the platform again, then connect it again."
        case .calendarMissing: "Connect your calendar again: a new one is made and filled with your sessions."
        case .needsWriterAccess: "Allow the platform to make changes to events, then connect it again."
        case .rejectedByGoogle: "Change the session, above all its title, notes and time; it is then tried again."
        case .addressRejected: "Sign in with an address that belongs to a Google account, then connect again."
        case .credentialsRejected: "The platform's operator has to install a valid service-account key."
        case .apiDisabled: "The platform's operator has to enable the Google Calendar API for its project."
        case .scopeMissing:
            "The platform's operator has to let the service account use the Calendar scopes that the set-up guide lists."
        case .calendarRejected: "The platform's operator has to look at what Google answered, in the history of errors."
        case .clockSkew: "The platform's operator has to set the server's clock."
        case .calendarsLimited: "Nothing to do: your calendar is made by itself, when it is its turn."
        }
    }
}
