import Foundation
import GoogleCalendar

/// Performs one plan against Google, whatever it finds there, and tells what became true.
///
/// Delivering twice has the effect of delivering once: ids are computed, deletions are checked for our marker, and every change
/// of an existing event names the version it is based on.
struct Delivery: Sendable {
    enum Result: Sendable, Equatable {
        /// The calendar showed it already; Google was not asked.
        case unchanged
        case written(GoogleCalendarEvent, TimelineEntry.What)
        case removed(GoogleCalendarEvent)
    }

    /// A step that is repeated too often; somebody else keeps changing what we look at.
    struct Unsettled: Error {}
    /// The lease is about to end; whoever has it next goes on.
    struct LeaseEnding: Error {}
    /// The calendar as a whole is gone or out of reach.
    struct CalendarLost: Error {
        var reason: SyncReason
    }

    /// Google is asked at most this often about one session in a row.
    static let mostSteps = 6

    let sessionID: String
    let calendarID: String
    let client: GoogleCalendarClient
    let lease: LaneLease
    let now: @Sendable () -> Date

    func perform(_ plan: SyncPlan) async throws -> Result {
        switch plan {
        case .nothing: .unchanged
        case .insert(let wanted, let generation): try await insert(wanted, generation: generation, steps: Self.mostSteps)
        case .patch(let wanted, let known): try await patch(wanted, known)
        case .delete(let known): try await delete(known)
        }
    }

    /// The client, patient for no longer than the lease lasts.
    private var google: GoogleCalendarClient {
        get throws {
            guard let timeout = lease.callTimeout(now: now()) else { throw LeaseEnding() }
            var google = client
            google.callTimeout = timeout
            return google
        }
    }

    private func insert(_ wanted: WantedEvent, generation: Int, steps: Int) async throws -> Result {
        guard steps > 0 else { throw Unsettled() }
        let id = EventID.id(of: sessionID, in: calendarID, generation: generation)
        do {
            let event = try await google.insertEvent(wanted.content, id: id, in: calendarID)
            return written(event, wanted, generation, .eventInserted)
        } catch GoogleCalendarError.refused(let refusal) where refusal.status == 409 {
            return try await adopt(wanted, generation: generation, steps: steps - 1)
        } catch GoogleCalendarError.refused(let refusal) where refusal.status == 404 {
            try await requireCalendar()
            throw GoogleCalendarError.refused(refusal)
        }
    }

    /// The id is taken. By us, when an answer was lost or the event was deleted; then it becomes what it should be.
    private func adopt(_ wanted: WantedEvent, generation: Int, steps: Int) async throws -> Result {
        guard steps > 0 else { throw Unsettled() }
        let id = EventID.id(of: sessionID, in: calendarID, generation: generation)
        do {
            let event = try await google.event(id, in: calendarID)
            guard Marker(of: event)?.sessionID == sessionID else {
                return try await insert(wanted, generation: generation + 1, steps: steps - 1)
            }
            if wanted.isShown(by: event) { return written(event, wanted, generation, .eventAdopted) }
            let patched = try await google.patchEvent(wanted.content, id: id, in: calendarID, ifMatch: event.etag)
            return written(patched, wanted, generation, .eventPatched)
        } catch GoogleCalendarError.refused(let refusal) where refusal.status == 412 {
            return try await adopt(wanted, generation: generation, steps: steps - 1)
        } catch GoogleCalendarError.refused(let refusal) where refusal.isAboutPurgedEvent {
            // Deleted, and no longer to be had back: Google keeps such an id for ever.
            try await requireCalendar()
            return try await insert(wanted, generation: generation + 1, steps: steps - 1)
        }
    }

    private func patch(_ wanted: WantedEvent, _ known: GoogleCalendarEvent) async throws -> Result {
        do {
            let event = try await google.patchEvent(
                wanted.content, id: known.googleEventID, in: calendarID, ifMatch: known.etag)
            return written(event, wanted, known.generation, .eventPatched)
        } catch GoogleCalendarError.refused(let refusal) where refusal.status == 412 || refusal.isAboutPurgedEvent {
            return try await adopt(wanted, generation: known.generation, steps: Self.mostSteps)
        }
    }

    private func delete(_ known: GoogleCalendarEvent) async throws -> Result {
        var known = known
        for _ in 0..<Self.mostSteps {
            do {
                try await google.deleteEvent(known.googleEventID, in: calendarID, ifMatch: known.etag)
                return removed(known)
            } catch GoogleCalendarError.refused(let refusal) where refusal.status == 404 || refusal.status == 410 {
                if refusal.status == 404 { try await requireCalendar() }
                return removed(known)
            } catch GoogleCalendarError.refused(let refusal) where refusal.status == 412 {
                let event = try await google.event(known.googleEventID, in: calendarID)
                // An event that no longer bears our marker is not ours to delete.
                guard event.status != .cancelled, Marker(of: event)?.sessionID == sessionID else { return removed(known) }
                known.etag = event.etag
            }
        }
        throw Unsettled()
    }

    /// Google answers 404 for a missing event and for a missing calendar alike.
    private func requireCalendar() async throws {
        do {
            _ = try await google.calendar(calendarID)
        } catch GoogleCalendarError.refused(let refusal) where refusal.status == 404 || refusal.status == 410 {
            throw CalendarLost(reason: .calendarMissing)
        }
    }

    private func written(
        _ event: Event, _ wanted: WantedEvent, _ generation: Int, _ what: TimelineEntry.What
    ) -> Result {
        .written(
            GoogleCalendarEvent(
                sessionID: sessionID, calendarID: calendarID, googleEventID: event.id, generation: generation,
                etag: event.etag, contentHash: wanted.contentHash, htmlLink: event.htmlLink, syncedAt: now()),
            what)
    }

    private func removed(_ known: GoogleCalendarEvent) -> Result {
        var known = known
        known.removedAt = now()
        known.syncedAt = now()
        return .removed(known)
    }
}

extension Refusal {
    /// Google's three ways of saying that an event cannot be brought back.
    fileprivate var isAboutPurgedEvent: Bool {
        status == 404 || status == 410 || (status == 403 && (reason == .forbidden || reason == .unstated))
    }
}
