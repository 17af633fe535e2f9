import Foundation

/// One appointment of a coach, as the platform has it.
public struct CoachingSession: Sendable, Equatable {
    public enum Status: String, Sendable, CaseIterable {
        case scheduled
        case cancelled
    }

    /// The caller's own id.
    public var id: String
    public var coachID: String
    public var details: SessionDetails
    public var status: Status
    /// The series that it was made with, if it is one of several.
    public var seriesID: String?
    /// Grows by one with every edit that changed something.
    public var revision: Int
    public var createdAt: Date
    public var updatedAt: Date

    public init(
        id: String, coachID: String, details: SessionDetails, status: Status = .scheduled,
        seriesID: String? = nil, revision: Int = 1, createdAt: Date, updatedAt: Date
    ) {
        self.id = id
        self.coachID = coachID
        self.details = details
        self.status = status
        self.seriesID = seriesID
        self.revision = revision
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// What people decide about a session.
public struct SessionDetails: Sendable, Equatable {
    public var clientID: String?
    public var topic: String?
    /// Notes that both sides may read, and the calendar too.
    public var sharedSummary: String?
    /// The coach's own notes. They never leave the platform; see ``SharedSession``.
    public var privateNotes: String?
    public var startsAt: Date
    /// IANA name of the zone the session was agreed in.
    public var timeZone: String
    /// Whole minutes.
    public var duration: Duration
    /// A place or a meeting link.
    public var location: String?
    /// Whether the coach wants it although there is something else at that time.
    public var allowsOverlap: Bool

    public var endsAt: Date { startsAt.addingTimeInterval(TimeInterval(duration.components.seconds)) }

    public init(
        clientID: String? = nil, topic: String? = nil, sharedSummary: String? = nil, privateNotes: String? = nil,
        startsAt: Date, timeZone: String, duration: Duration = Self.usualDuration, location: String? = nil,
        allowsOverlap: Bool = false
    ) {
        self.clientID = clientID
        self.topic = topic
        self.sharedSummary = sharedSummary
        self.privateNotes = privateNotes
        self.startsAt = startsAt
        self.timeZone = timeZone
        self.duration = duration
        self.location = location
        self.allowsOverlap = allowsOverlap
    }

    public static let usualDuration = Duration.seconds(60 * 60)
    public static let longestDuration = Duration.seconds(24 * 60 * 60)
}

/// The part of a session that may leave the platform. Whatever is written into a calendar is made from this type alone,
/// so there is no way from the private notes to it.
public struct SharedSession: Sendable, Equatable {
    public let id: String
    public let topic: String?
    public let summary: String?
    public let startsAt: Date
    public let endsAt: Date
    public let timeZone: String
    public let location: String?
}

extension CoachingSession {
    public var shared: SharedSession {
        SharedSession(
            id: id, topic: details.topic, summary: details.sharedSummary, startsAt: details.startsAt,
            endsAt: details.endsAt, timeZone: details.timeZone, location: details.location)
    }
}
