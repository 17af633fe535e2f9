import Foundation
import GoogleCalendar

/// Performs one plan against Google, whatever it finds there, and tells what became true.
///
/// Delivering twice has the effect of delivering once: ids are computed, every insert is on record before it is asked for, and
/// every change of an existing event names the version it is based on. An event is ours by our own record or by its marker.
struct Delivery: Sendable {
    enum Result: Sendable, Equatable {
        /// The calendar showed it already; Google was not asked.
        case unchanged
        case written(GoogleCalendarEvent, TimelineEntry.What)
        case removed(GoogleCalendarEvent)
    }

    /// A step that is repeated too often; somebody else keeps changing what we look at.
    struct Unsettled: Error {}
    /// The coach has disconnected, or the lane is somebody else's: no event is to be made any more.
    struct Unwanted: Error {}
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
    /// Writes down that an event is about to be inserted, so that it is found whatever becomes of the answer.
    let intend: @Sendable (GoogleCalendarEvent) async throws -> Void

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
        try await intend(
            GoogleCalendarEvent(
                sessionID: sessionID, calendarID: calendarID, googleEventID: id, generation: generation, contentHash: "",
                syncedAt: now()))
        do {
            let event = try await google.insertEvent(wanted.content, id: id, in: calendarID)
            return written(event, wanted, generation, .eventInserted)
        } catch GoogleCalendarError.refused(let refusal) where refusal.status == 409 {
            return try await adopt(wanted, generation: generation, isOurs: false, steps: steps - 1)
        } catch GoogleCalendarError.refused(let refusal) where refusal.saysUnreachable {
            try await requireCalendar()
            throw GoogleCalendarError.refused(refusal)
        }
    }

    /// The id is taken. By us, when an answer was lost or the event was deleted; then it becomes what it should be.
    /// - Parameter isOurs: whether we have it on record that we wrote this event. Otherwise its marker has to prove it.
    private func adopt(_ wanted: WantedEvent, generation: Int, isOurs: Bool, steps: Int) async throws -> Result {
        guard steps > 0 else { throw Unsettled() }
        let id = EventID.id(of: sessionID, in: calendarID, generation: generation)
        let event: Event
        do {
            event = try await google.event(id, in: calendarID)
        } catch GoogleCalendarError.refused(let refusal) where refusal.saysUnreachable {
            try await requireCalendar()
            guard refusal.saysGone else { throw GoogleCalendarError.refused(refusal) }
            // Purged: Google keeps such an id for ever.
            return try await insert(wanted, generation: generation + 1, steps: steps - 1)
        }
        guard isOurs || Marker(of: event)?.sessionID == sessionID else {
            return try await insert(wanted, generation: generation + 1, steps: steps - 1)
        }
        if wanted.isShown(by: event) { return written(event, wanted, generation, .eventAdopted) }
        do {
            let patched = try await google.patchEvent(wanted.content, id: id, in: calendarID, ifMatch: event.etag)
            return written(patched, wanted, generation, .eventPatched)
        } catch GoogleCalendarError.refused(let refusal) where refusal.saysUnreachable && event.status == .cancelled {
            // Deleted, and no longer to be had back.
            try await requireCalendar()
            return try await insert(wanted, generation: generation + 1, steps: steps - 1)
        } catch GoogleCalendarError.refused(let refusal) where refusal.saysGone || refusal.status == 412 {
            return try await adopt(wanted, generation: generation, isOurs: isOurs, steps: steps - 1)
        }
    }

    private func patch(_ wanted: WantedEvent, _ known: GoogleCalendarEvent) async throws -> Result {
        do {
            let event = try await google.patchEvent(
                wanted.content, id: known.googleEventID, in: calendarID, ifMatch: known.etag)
            return written(event, wanted, known.generation, .eventPatched)
        } catch GoogleCalendarError.refused(let refusal) where refusal.status == 412 || refusal.saysUnreachable {
            return try await adopt(wanted, generation: known.generation, isOurs: true, steps: Self.mostSteps)
        }
    }

    private func delete(_ known: GoogleCalendarEvent) async throws -> Result {
        var etag = known.etag
        for _ in 0..<Self.mostSteps {
            do {
                if etag == nil {
                    let event = try await google.event(known.googleEventID, in: calendarID)
                    let isOurs = known.isKnownToExist || Marker(of: event)?.sessionID == sessionID
                    guard event.status != .cancelled, isOurs else { return removed(known) }
                    etag = event.etag
                }
                try await google.deleteEvent(known.googleEventID, in: calendarID, ifMatch: etag)
                return removed(known)
            } catch GoogleCalendarError.refused(let refusal) where refusal.saysGone {
                if refusal.reason == .notFound { try await requireCalendar() }
                return removed(known)
            } catch GoogleCalendarError.refused(let refusal) where refusal.status == 412 {
                etag = nil
            } catch GoogleCalendarError.refused(let refusal) where refusal.saysUnreachable {
                try await requireCalendar()
                throw GoogleCalendarError.refused(refusal)
            }
        }
        throw Unsettled()
    }

    /// Google answers 404 for a missing event and for a missing calendar alike, and 403 for much.
    private func requireCalendar() async throws {
        do {
            _ = try await google.calendar(calendarID)
        } catch GoogleCalendarError.refused(let refusal) where refusal.saysUnreachable {
            throw CalendarLost(reason: refusal.saysGone ? .calendarMissing : .accessRevoked)
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
    /// Google says that something does not exist. A bare 404 may be anybody's, such as a proxy's.
    var saysGone: Bool { reason == .notFound || reason == .deleted }

    /// Google says that something is not there, or not for us.
    fileprivate var saysUnreachable: Bool { saysGone || reason == .forbidden }
}
