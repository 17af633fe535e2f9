import GoogleCalendar

/// Finds out whether a calendar is there. Google answers 404 for a missing event and for a missing calendar alike, and 403 for much.
///
/// Much follows from a lost calendar, so one answer is no proof: two different questions have to be answered alike.
struct CalendarProbe: Sendable {
    /// To be asked for anew for each call, since each is limited by what is left of a lease.
    let client: @Sendable () throws -> GoogleCalendarClient

    /// - Returns: why the calendar is out of reach; nil when it is not.
    func reasonToLose(_ calendarID: String) async throws -> SyncReason? {
        let questions: [@Sendable (GoogleCalendarClient) async throws -> Void] = [
            { _ = try await $0.calendar(calendarID) },
            { client in
                var filter = EventFilter()
                filter.pageSize = 1
                for try await _ in client.events(in: calendarID, matching: filter) { return }
            },
        ]
        var isGone = true
        for question in questions {
            do {
                try await question(client())
                return nil
            } catch let error as GoogleCalendarError {
                guard case .probe(let saysGone) = Disposition(error) else { throw error }
                isGone = isGone && saysGone
            }
        }
        return isGone ? .calendarMissing : .accessRevoked
    }
}
