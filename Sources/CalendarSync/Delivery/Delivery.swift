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

    /// An event that was asked for moments ago is not there, and may still come.
    struct Undecided: Error {
        var until: Date
    }

    /// Google is asked at most this often about one session in a row.
    static let mostSteps = 6
    /// How long a request that was given up may take to have its effect.
    static let undecidedFor: TimeInterval = 60

    let sessionID: String
    let calendarID: String
    let client: GoogleCalendarClient
    let lease: LaneLease
    let now: @Sendable () -> Date
    /// Writes down that an event is about to be inserted, so that it is found whatever becomes of the answer. The first insert of a plan
    /// was written down with the plan.
    let intend: @Sendable (GoogleCalendarEvent) async throws -> Void

    func perform(_ plan: SyncPlan) async throws -> Result {
        switch plan {
        case .nothing: .unchanged
        case .insert(let wanted, let generation):
            try await insert(wanted, generation: generation, isIntended: true, steps: Self.mostSteps)
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

    private func insert(_ wanted: WantedEvent, generation: Int, isIntended: Bool = false, steps: Int) async throws -> Result {
        guard steps > 0 else { throw Unsettled() }
        let intent = GoogleCalendarEvent.intent(of: sessionID, in: calendarID, generation: generation, now: now())
        if !isIntended { try await intend(intent) }
        do {
            let event = try await google.insertEvent(wanted.content, id: intent.googleEventID, in: calendarID)
            return written(event, wanted, generation, .eventInserted)
        } catch let error as GoogleCalendarError {
            switch Disposition(error) {
            // Only 409 says that the id is taken; to move on to another for less would make room for two.
            case .reread where error.isConflict:
                return try await adopt(wanted, generation: generation, isOurs: false, steps: steps - 1)
            case .probe: try await requireCalendar()
            default: break
            }
            throw error
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
        } catch let error as GoogleCalendarError {
            guard case .probe(let isGone) = Disposition(error) else { throw error }
            try await requireCalendar()
            guard isGone else { throw error }
            return try await revive(wanted, generation: generation, steps: steps - 1)
        }
        guard isOurs || Marker(of: event)?.sessionID == sessionID else {
            return try await insert(wanted, generation: generation + 1, steps: steps - 1)
        }
        if wanted.isWritten(in: event) { return written(event, wanted, generation, .eventAdopted) }
        do {
            let patched = try await google.patchEvent(wanted.content, id: id, in: calendarID, ifMatch: event.etag)
            return written(patched, wanted, generation, .eventPatched)
        } catch let error as GoogleCalendarError {
            switch Disposition(error) {
            case .probe where event.status == .cancelled:
                // Deleted, and no longer to be had back.
                try await requireCalendar()
                return try await insert(wanted, generation: generation + 1, steps: steps - 1)
            case .reread, .probe(isGone: true):
                return try await adopt(wanted, generation: generation, isOurs: isOurs, steps: steps - 1)
            default: throw error
            }
        }
    }

    /// An id that is taken, of an event that cannot be seen. One answer is no proof of absence, and a second event would be one too many:
    /// only when it cannot be changed either is it purged. Google keeps such an id for ever, so the next generation takes its place.
    private func revive(_ wanted: WantedEvent, generation: Int, steps: Int) async throws -> Result {
        let id = EventID.id(of: sessionID, in: calendarID, generation: generation)
        do {
            let event = try await google.patchEvent(wanted.content, id: id, in: calendarID, ifMatch: nil)
            return written(event, wanted, generation, .eventPatched)
        } catch let error as GoogleCalendarError {
            guard case .probe = Disposition(error) else { throw error }
            return try await insert(wanted, generation: generation + 1, steps: steps)
        }
    }

    private func patch(_ wanted: WantedEvent, _ known: GoogleCalendarEvent) async throws -> Result {
        do {
            let event = try await google.patchEvent(
                wanted.content, id: known.googleEventID, in: calendarID, ifMatch: known.etag)
            return written(event, wanted, known.generation, .eventPatched)
        } catch let error as GoogleCalendarError {
            switch Disposition(error) {
            case .reread, .probe:
                return try await adopt(wanted, generation: known.generation, isOurs: true, steps: Self.mostSteps)
            default: throw error
            }
        }
    }

    private func delete(_ known: GoogleCalendarEvent) async throws -> Result {
        var etag = known.etag
        for _ in 0..<Self.mostSteps {
            do {
                if etag == nil, let event = try await visible(known.googleEventID) {
                    let isOurs = known.isKnownToExist || Marker(of: event)?.sessionID == sessionID
                    guard event.status != .cancelled, isOurs else { return try seenGone(known) }
                    etag = event.etag
                }
                // Also when it cannot be seen: one answer is no proof of absence.
                try await google.deleteEvent(known.googleEventID, in: calendarID, ifMatch: etag)
                return removed(known)
            } catch let error as GoogleCalendarError {
                switch Disposition(error) {
                case .reread: etag = nil
                case .probe(isGone: true):
                    // One answer is no proof of absence: what can still be seen is tried again, in the version that is seen.
                    if let event = try await visible(known.googleEventID) {
                        if event.status == .cancelled { return try seenGone(known) }
                        etag = event.etag
                        continue
                    }
                    try await requireCalendar()
                    return try seenGone(known)
                case .probe(isGone: false):
                    try await requireCalendar()
                    throw error
                default: throw error
                }
            }
        }
        throw Unsettled()
    }

    private func visible(_ id: String) async throws -> Event? {
        do {
            return try await google.event(id, in: calendarID)
        } catch let error as GoogleCalendarError where Disposition(error) == .probe(isGone: true) {
            return nil
        }
    }

    /// Throws when it is not the event that is missing, but the whole calendar.
    private func requireCalendar() async throws {
        let probe = CalendarProbe(client: { try google })
        if let reason = try await probe.reasonToLose(calendarID) { throw CalendarLost(reason: reason) }
    }

    private func written(
        _ event: Event, _ wanted: WantedEvent, _ generation: Int, _ what: TimelineEntry.What
    ) -> Result {
        .written(
            GoogleCalendarEvent(
                sessionID: sessionID, calendarID: calendarID, googleEventID: event.id, generation: generation,
                etag: event.etag, contentHash: wanted.contentHash, shownHash: event.fingerprint, htmlLink: event.htmlLink,
                syncedAt: now()),
            what)
    }

    /// It is not there, and is taken for removed once nothing that was asked for can still bring it back.
    private func seenGone(_ known: GoogleCalendarEvent) throws -> Result {
        let decided = (known.askedAt ?? .distantPast) + Self.undecidedFor
        if decided > now() { throw Undecided(until: min(decided, now() + Self.undecidedFor)) }
        return removed(known)
    }

    private func removed(_ known: GoogleCalendarEvent) -> Result {
        var known = known
        known.removedAt = now()
        known.askedAt = nil
        known.syncedAt = now()
        return .removed(known)
    }
}

extension GoogleCalendarEvent {
    /// The record of an event that is about to be asked for.
    static func intent(of sessionID: String, in calendarID: String, generation: Int, now: Date) -> GoogleCalendarEvent {
        GoogleCalendarEvent(
            sessionID: sessionID, calendarID: calendarID,
            googleEventID: EventID.id(of: sessionID, in: calendarID, generation: generation), generation: generation,
            contentHash: "", askedAt: now, syncedAt: now)
    }
}

extension GoogleCalendarError {
    fileprivate var isConflict: Bool {
        if case .refused(let refusal) = self { refusal.status == 409 } else { false }
    }
}

extension Refusal {
    /// Google says that something does not exist. A bare 404 may be anybody's, such as a proxy's.
    var saysGone: Bool { reason == .notFound || reason == .deleted }
}
