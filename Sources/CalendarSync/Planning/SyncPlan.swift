/// The one thing to do so that a calendar shows a session as it is now.
enum SyncPlan: Sendable, Equatable {
    case nothing
    case insert(WantedEvent, generation: Int)
    case patch(WantedEvent, GoogleCalendarEvent)
    case delete(GoogleCalendarEvent)
}

/// Compares what is wanted with what was last written. Pure: the same input gives the same plan.
enum SyncPlanner {
    /// - Parameter wanted: nil when the session shall not be in the calendar.
    /// - Parameter known: what we last wrote, into whichever calendar.
    /// - Parameter calendarID: the calendar that the event belongs in now.
    static func plan(wanted: WantedEvent?, known: GoogleCalendarEvent?, calendarID: String) -> SyncPlan {
        let here = known.flatMap { $0.calendarID == calendarID ? $0 : nil }
        guard let wanted else {
            guard let here, here.removedAt == nil else { return .nothing }
            return .delete(here)
        }
        guard let here, here.removedAt == nil, here.isKnownToExist else {
            return .insert(wanted, generation: here?.generation ?? 0)
        }
        return here.contentHash == wanted.contentHash ? .nothing : .patch(wanted, here)
    }
}
