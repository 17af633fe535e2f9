import Foundation

/// Somebody the platform knows: a coach, a client of a coach, or one of the platform's own staff.
public struct Person: Sendable, Equatable {
    public enum Role: String, Sendable, CaseIterable {
        /// Has sessions and may connect a calendar.
        case coach
        /// Takes part in sessions of a coach.
        case client
        /// Acts for the platform: sees and changes everything.
        case admin
    }

    /// The platform's own id of this person.
    public var id: String
    /// Where a calendar is shared to. Without one a coach cannot connect.
    public var email: String?
    public var name: String?
    public var role: Role
    /// IANA name, as in `Europe/Berlin`.
    public var timeZone: String?
    /// BCP 47 tag, as in `he` or `en-GB`.
    public var locale: String?

    public init(
        id: String, email: String? = nil, name: String? = nil, role: Role, timeZone: String? = nil, locale: String? = nil
    ) {
        self.id = id
        self.email = email
        self.name = name
        self.role = role
        self.timeZone = timeZone
        self.locale = locale
    }
}
