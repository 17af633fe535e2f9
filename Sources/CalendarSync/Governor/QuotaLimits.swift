import Foundation

/// What Google lets one service account do, as far as the engine keeps to it by itself.
///
/// Source: https://developers.google.com/workspace/calendar/api/guides/quota (by the minute) and
/// https://knowledge.workspace.google.com/admin/calendar/avoid-calendar-use-limits (calendars; the numbers for service accounts
/// are not published, so the defaults stay far below those for people).
public struct QuotaLimits: Sendable, Equatable {
    /// Requests in any 60 seconds: Google's quota "per minute per user per project". A service account is one user.
    public var requestsPerMinute: Int
    /// Requests in any 60 seconds of all service accounts of a Cloud project.
    public var requestsPerMinutePerProject: Int
    /// New calendars of one service account in any 24 hours.
    public var calendarsPerDay: Int
    /// The shortest time between two of them.
    public var betweenCalendars: Duration

    public init(
        requestsPerMinute: Int = 600, requestsPerMinutePerProject: Int = 10_000, calendarsPerDay: Int = 20,
        betweenCalendars: Duration = .seconds(60)
    ) {
        self.requestsPerMinute = requestsPerMinute
        self.requestsPerMinutePerProject = requestsPerMinutePerProject
        self.calendarsPerDay = calendarsPerDay
        self.betweenCalendars = betweenCalendars
    }

    /// For a Google that has no limits, as the emulator unless it is told otherwise.
    public static let none = QuotaLimits(
        requestsPerMinute: 6_000_000, requestsPerMinutePerProject: 6_000_000, calendarsPerDay: 1_000_000,
        betweenCalendars: .zero)
}

/// Who may use up how much of a budget.
enum Urgency: Sendable, Equatable, CaseIterable {
    /// Somebody waits for the answer: connecting, and the second and third call that a change turns out to need.
    case interactive
    /// A session was just created, edited or cancelled.
    case live
    /// Filling a calendar that was connected, rebuilding one, looking for drift.
    case backfill
}
