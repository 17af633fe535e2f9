import Coaching
import Foundation
import GoogleCalendar
import Storage

/// What people will see of a session in Google.
public struct EventPreview: Sendable, Equatable {
    public var title: String
    /// Nil where none are told.
    public var notes: String?
    /// What the link back to the session says; nil where there is none.
    public var linkText: String?

    init(_ session: SharedSession, style: EventStyle) {
        let wanted = WantedEvent(session, style: style)
        title = wanted.content.summary ?? ""
        notes = style.detailLevel == .full ? WantedEvent.notes(of: session) : nil
        linkText = wanted.content.description == nil ? nil : style.words.openSession
    }
}

extension CalendarSyncService {
    /// What Google would see of the coach's next session at each level of detail.
    /// - Parameter example: a session to show where there is none.
    public func eventPreviews(
        of coachID: String, example: CoachingSession
    ) async throws -> [UserCalendarConnection.DetailLevel: EventPreview] {
        let (now, url) = (now, publicURL)
        return try await database.read { transaction in
            let next = try transaction.row(
                """
                SELECT * FROM coaching_session WHERE coach_id = \(coachID) AND status = 'scheduled' AND starts_at > \(now)
                ORDER BY starts_at LIMIT 1
                """
            ).map { try CoachingSession($0) }
            let words = EventWords(locale: try transaction.person(coachID)?.locale)
            return Dictionary(
                uniqueKeysWithValues: UserCalendarConnection.DetailLevel.allCases.map { level in
                    let style = EventStyle(words: words, detailLevel: level, colorID: nil, publicURL: url)
                    return (level, EventPreview((next ?? example).shared, style: style))
                })
        }
    }
}
