import CalendarSync
import Coaching
import Foundation
import GoogleCalendar
import Hummingbird

/// A session as the API shows it.
struct SessionView: Encodable {
    struct Sync: Encodable {
        var status: String
        var googleEventId: String?
        var htmlLink: String?
        var syncedAt: String?
        var error: ReasonView?
        var nextAttemptAt: String?
        var drift: DriftView?
    }

    var id: String
    var coachId: String
    var clientId: String?
    var topic: String?
    var sharedSummary: String?
    /// For the coach's eyes, and the platform's; a client is not even told that there are any.
    var privateNotes: String?
    var startsAt: String
    var endsAt: String
    var timeZone: String
    var durationMinutes: Int
    var location: String?
    /// Nothing for a client: it is the coach's business what else there is.
    var allowOverlap: Bool?
    var seriesId: String?
    var status: String
    var revision: Int
    var createdAt: String
    var updatedAt: String
    var calendarSync: Sync
    /// The coach's Google calendars are busy then, although there is this session.
    var conflicts: [ConflictView]?
    /// What could not be found out when it was booked.
    var warnings: [ConflictView]?

    init(_ it: SyncedSession, for caller: Person) {
        let session = it.session
        let details = session.details
        let zone = Zone(details.timeZone)
        id = session.id
        coachId = session.coachID
        clientId = details.clientID
        topic = details.topic
        sharedSummary = details.sharedSummary
        privateNotes = caller.role == .client ? nil : details.privateNotes
        startsAt = zone?.rfc3339(details.startsAt) ?? details.startsAt.utc
        endsAt = zone?.rfc3339(details.endsAt) ?? details.endsAt.utc
        timeZone = details.timeZone
        durationMinutes = Int(details.duration.components.seconds / 60)
        location = details.location
        allowOverlap = caller.role == .client ? nil : details.allowsOverlap
        seriesId = session.seriesID
        status = session.status.rawValue
        revision = session.revision
        createdAt = session.createdAt.utc
        updatedAt = session.updatedAt.utc
        warnings = it.warnings.isEmpty ? nil : it.warnings.map { ConflictView($0) }
        // The calendar is the coach's: clients learn whether the session is in it, and no more.
        guard caller.role != .client else {
            calendarSync = Sync(status: it.calendarSync.status.rawValue)
            return
        }
        calendarSync = Sync(
            status: it.calendarSync.status.rawValue, googleEventId: it.calendarSync.googleEventID,
            htmlLink: it.calendarSync.htmlLink, syncedAt: it.calendarSync.syncedAt?.utc,
            error: it.calendarSync.error.map { ReasonView($0) }, nextAttemptAt: it.calendarSync.nextAttemptAt?.utc,
            drift: it.calendarSync.drift.map { DriftView($0) })
        if !it.overlaps.isEmpty { conflicts = it.overlaps.map { ConflictView(.busy($0.range)) } }
    }
}

/// What is in the way of a session.
struct ConflictView: Encodable {
    /// `session`, `hold`, `busy` (in one of the coach's Google calendars) or `unknown` (whether it is).
    var kind: String
    var startsAt: String
    var endsAt: String
    /// For those who may see it.
    var sessionId: String?
    /// Why it is unknown.
    var reason: ReasonView?

    init(_ it: TimeConflict) {
        startsAt = it.range.start.utc
        endsAt = it.range.end.utc
        switch it {
        case .session(let id, _):
            kind = "session"
            sessionId = id
        case .hold: kind = "hold"
        case .busy: kind = "busy"
        case .unknown(_, let why):
            kind = "unknown"
            reason = ReasonView(why)
        }
    }
}

/// What was changed in Google and waits for the coach.
struct DriftView: Encodable {
    var kind: String
    var foundAt: String
    var startsAt: String?
    var endsAt: String?

    init(_ it: SessionDrift) {
        kind = it.kind.rawValue
        foundAt = it.foundAt.utc
        startsAt = it.time?.start.utc
        endsAt = it.time?.end.utc
    }
}

/// What went wrong, for programs (`code`) and for people.
struct ReasonView: Encodable {
    var code: String
    var message: String
    var nextStep: String
    /// Who has to act: `coach`, `operator` or `nobody`.
    var actor: String

    init(_ reason: SyncReason) {
        code = reason.rawValue
        message = reason.sentence
        nextStep = reason.nextStep
        actor = reason.actor.rawValue
    }

    init(_ reason: UnknownReason) {
        code = reason.rawValue
        message = reason.sentence
        nextStep = reason.nextStep
        actor = reason.actor.rawValue
    }
}

struct ConnectionView: Encodable {
    var mode: String
    var state: String
    var isConnected: Bool
    var calendarId: String?
    var calendarName: String?
    var dataOwner: String?
    var serviceAccount: String
    var sharedWith: String?
    /// Where the coach adds the calendar to those they see.
    var addCalendarUrl: String?
    var generation: Int
    var colorId: String?
    /// The same by its name.
    var color: String?
    var detailLevel: String
    var connectedAt: String?
    var disconnectedAt: String?
    var removalRequestedAt: String?
    var lastSyncAt: String?
    var syncErrorCount: Int
    var lastErrorAt: String?
    var lastError: ReasonView?
    var nextAttemptAt: String?
    /// Our events in the calendar: what disconnecting with `events=remove` would take out.
    var eventCount: Int
    var pendingCount: Int
    var failedCount: Int
    var driftPolicy: String
    /// How far the filling of the calendar has come, while it is filled.
    var backfill: BackfillView?
    var audit: AuditView
    /// The calendars that keep the coach from being booked.
    var conflictCalendars: [SourceView]

    struct SourceView: Encodable {
        var calendarId: String
        var readAt: String?
        /// Why it is not known whether it is busy.
        var unknown: ReasonView?
        /// Google tells of changes through a channel; without one the calendar is only read from time to time.
        var channel: ChannelView?
    }

    struct ChannelView: Encodable {
        var openedAt: String
        var expiresAt: String
        var lastMessageAt: String?
    }

    struct BackfillView: Encodable {
        var done: Int
        var total: Int
    }

    /// The last look through the calendar.
    struct AuditView: Encodable {
        var at: String?
        var compared: Int
        var drifted: Int
        var held: Int
    }

    init(_ it: ConnectionStatus) {
        let connection = it.connection
        mode = connection.mode.rawValue
        state = connection.state.rawValue
        isConnected = connection.isConnected
        calendarId = connection.calendarID
        calendarName = connection.calendarName
        dataOwner = connection.dataOwner
        serviceAccount = connection.serviceAccount
        sharedWith = connection.sharedWith
        addCalendarUrl = connection.calendarID.flatMap { id in
            guard connection.isConnected else { return nil }
            var link = URLComponents(string: "https://calendar.google.com/calendar/r")
            link?.queryItems = [URLQueryItem(name: "cid", value: id)]
            return link?.string
        }
        generation = connection.generation
        colorId = connection.colorID
        color = connection.colorID.flatMap { EventColor(id: $0) }?.rawValue
        detailLevel = connection.detailLevel.rawValue
        connectedAt = connection.connectedAt?.utc
        disconnectedAt = connection.disconnectedAt?.utc
        removalRequestedAt = connection.removalRequestedAt?.utc
        lastSyncAt = connection.lastSyncAt?.utc
        syncErrorCount = connection.syncErrorCount
        lastErrorAt = connection.lastErrorAt?.utc
        // What stops the whole platform is told to everybody, also to those whose calendar has not met it yet.
        lastError = (it.pause?.reason ?? connection.lastError).map { ReasonView($0) }
        nextAttemptAt = it.nextAttemptAt?.utc
        eventCount = it.eventCount
        pendingCount = it.pendingCount
        failedCount = it.failedCount
        driftPolicy = connection.driftPolicy.rawValue
        backfill = it.backfill.map { BackfillView(done: $0.done, total: $0.total) }
        audit = AuditView(
            at: connection.auditedAt?.utc, compared: connection.eventsAudited, drifted: connection.eventsDrifted,
            held: connection.removalsHeld)
        conflictCalendars = it.sources.map { source in
            SourceView(
                calendarId: source.calendarID, readAt: source.readAt?.utc, unknown: source.unknown.map { ReasonView($0) },
                channel: source.channel.map {
                    ChannelView(openedAt: $0.createdAt.utc, expiresAt: $0.expiresAt.utc, lastMessageAt: $0.lastMessageAt?.utc)
                })
        }
    }
}

struct SyncErrorView: Encodable {
    var number: Int
    var sessionId: String?
    var reason: ReasonView
    var detail: String
    var firstAt: String
    var lastAt: String
    var occurrences: Int
    var resolvedAt: String?

    init(_ it: SyncError) {
        number = it.number
        sessionId = it.sessionID
        reason = ReasonView(it.reason)
        detail = it.detail
        firstAt = it.firstAt.utc
        lastAt = it.lastAt.utc
        occurrences = it.occurrences
        resolvedAt = it.resolvedAt?.utc
    }
}

struct TimelineView: Encodable {
    var at: String
    var what: String
    var reason: ReasonView?

    init(_ it: TimelineEntry) {
        at = it.at.utc
        what = it.what.rawValue
        reason = it.reason.map { ReasonView($0) }
    }
}

struct ListView<Item: Encodable>: Encodable {
    var items: [Item]
    var nextPageToken: String?
}

extension Date {
    /// RFC 3339 in UTC with milliseconds. The formatter cuts off where it should round, and 0.123 is a little less than that.
    var utc: String { (self + 0.0005).formatted(ISO8601FormatStyle(includingFractionalSeconds: true)) }
}

extension JSONEncoder {
    /// Keys in a fixed order, so that two answers can be compared.
    static var api: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

extension Response {
    static func json(_ body: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: try JSONEncoder.api.encode(body))))
    }
}
