import Foundation
import Storage

/// A coach's calendar and how it is reached. At most one for each coach.
public struct UserCalendarConnection: Sendable, Equatable {
    public enum Mode: String, Sendable, CaseIterable, SQLConvertible {
        /// The service account owns a calendar of its own for this coach, and shares it with them.
        case dedicated
    }

    public enum State: String, Sendable, CaseIterable, SQLConvertible {
        /// Wanted by the coach, and not there yet.
        case connecting
        case connected
        /// Something has to be done before the next attempt makes sense; `lastError` says what.
        case needsAttention
        /// Ended by the coach. The calendar remains in Google.
        case disconnected
    }

    /// How much of a session its event tells.
    public enum DetailLevel: String, Sendable, CaseIterable, SQLConvertible {
        case full
        case titleOnly
        case busyOnly
    }

    /// What happens to a session whose event was changed in Google.
    public enum DriftPolicy: String, Sendable, CaseIterable, SQLConvertible {
        /// The event becomes again what the session says.
        case restore
        /// The session takes over a new time, if the coach is free then; everything else is restored.
        case adopt
        /// The coach decides, session by session.
        case ask
    }

    public var userID: String
    public var mode: Mode
    public var state: State
    /// Which calendar this is: grows when a lost calendar is replaced by a new one.
    public var generation: Int
    /// Written into the calendar's description, so that a calendar whose answer was lost is found again.
    var marker: String
    /// When a calendar was first asked for. From then on one may exist although its id is not known.
    var calendarRequestedAt: Date?
    public var calendarID: String?
    public var calendarName: String?
    /// With whose account the calendar ends.
    public var dataOwner: String?
    public var serviceAccount: String
    /// The address that the calendar is shared with; once connected, that was read back from Google.
    public var sharedWith: String?
    /// Google's id of the rule by which it is shared; the sharing was asked for, if not yet seen.
    var sharedRuleID: String?
    public var connectedAt: Date?
    public var disconnectedAt: Date?
    /// Since when the events are being taken out of the calendar after disconnecting; nil when they may stay.
    public var removalRequestedAt: Date?
    /// Google's colour for this coach's events, `"1"` to `"11"`; nil for the calendar's own.
    public var colorID: String?
    public var detailLevel: DetailLevel
    public var lastSyncAt: Date?
    /// Failures since the last success.
    public var syncErrorCount: Int
    public var lastErrorAt: Date?
    public var lastError: SyncReason?
    /// Nothing is sent before this.
    public var pausedUntil: Date
    public var driftPolicy: DriftPolicy = .restore
    /// How fast the calendar is written to.
    var pace: Pace
    /// How many changes the backfill that is under way has had in all.
    var backfillTotal = 0
    var nextAuditAt: Date
    public var auditedAt: Date?
    /// Events that the last audit compared.
    public var eventsAudited = 0
    /// How many of them were not as they should be, missing ones included.
    public var eventsDrifted = 0
    /// Events that should not be in the calendar and that the last audit left there, since they were too many to be taken for right.
    public var removalsHeld = 0

    public var isConnected: Bool { state == .connected }

    /// How far connecting has come; nil when it is not under way.
    public var stage: ConnectingStage? {
        state == .connecting ? (calendarID == nil ? .makingCalendar : .sharing) : nil
    }

    public enum ConnectingStage: String, Sendable, CaseIterable {
        case makingCalendar
        case sharing
    }

    /// Whether changes are collected for this connection.
    var isWanted: Bool { state != .disconnected }
}

extension UserCalendarConnection {
    init(_ row: Row) throws {
        userID = try row.get("user_id")
        mode = try row.get("mode")
        state = try row.get("state")
        generation = try row.get("generation")
        marker = try row.get("marker")
        calendarRequestedAt = try row.find("calendar_requested_at")
        calendarID = try row.find("calendar_id")
        calendarName = try row.find("calendar_name")
        dataOwner = try row.find("data_owner")
        serviceAccount = try row.get("service_account")
        sharedWith = try row.find("shared_with")
        sharedRuleID = try row.find("shared_rule_id")
        connectedAt = try row.find("connected_at")
        disconnectedAt = try row.find("disconnected_at")
        removalRequestedAt = try row.find("removal_requested_at")
        colorID = try row.find("color_id")
        detailLevel = try row.get("detail_level")
        lastSyncAt = try row.find("last_sync_at")
        syncErrorCount = try row.get("sync_error_count")
        lastErrorAt = try row.find("last_error_at")
        lastError = try row.find("last_error")
        pausedUntil = try row.get("paused_until")
        driftPolicy = try row.get("drift_policy")
        pace = Pace(
            writesPerMinute: try row.get("writes_per_minute"), changedAt: try row.get("pace_changed_at"),
            evenlyUntil: try row.get("evenly_until"))
        backfillTotal = try row.get("backfill_total")
        nextAuditAt = try row.get("next_audit_at")
        auditedAt = try row.find("audited_at")
        eventsAudited = try row.get("events_audited")
        eventsDrifted = try row.get("events_drifted")
        removalsHeld = try row.get("removals_held")
    }
}

extension Transaction {
    func connection(of userID: String) throws -> UserCalendarConnection? {
        try row("SELECT * FROM user_calendar_connection WHERE user_id = \(userID)").map { try UserCalendarConnection($0) }
    }

    /// Numbers for pending changes that no change of this connection has had before.
    /// - Returns: the last of them.
    func nextVersion(of userID: String, count: Int = 1) throws -> Int {
        let query: SQL = """
            UPDATE user_calendar_connection SET last_version = last_version + \(count) WHERE user_id = \(userID)
            RETURNING last_version
            """
        return try row(query)?.get("last_version") ?? count
    }

    /// Writes everything but the lane's lease, which only ``LaneLease`` touches, the last version, and how much there is to fill.
    func save(_ it: UserCalendarConnection) throws {
        try execute(
            """
            INSERT INTO user_calendar_connection (
                user_id, mode, state, generation, marker, calendar_requested_at, calendar_id, calendar_name, data_owner,
                service_account, shared_with, shared_rule_id, connected_at, disconnected_at, removal_requested_at, color_id, detail_level,
                last_sync_at, sync_error_count, last_error_at, last_error, paused_until, drift_policy, writes_per_minute,
                pace_changed_at, evenly_until, paced_until, backfill_total, next_audit_at, audited_at, events_audited,
                events_drifted, removals_held)
            VALUES (\(it.userID), \(it.mode), \(it.state), \(it.generation), \(it.marker), \(it.calendarRequestedAt),
                \(it.calendarID), \(it.calendarName), \(it.dataOwner), \(it.serviceAccount), \(it.sharedWith), \(it.sharedRuleID),
                \(it.connectedAt), \(it.disconnectedAt), \(it.removalRequestedAt), \(it.colorID), \(it.detailLevel),
                \(it.lastSyncAt), \(it.syncErrorCount), \(it.lastErrorAt), \(it.lastError), \(it.pausedUntil),
                \(it.driftPolicy), \(it.pace.writesPerMinute), \(it.pace.changedAt), \(it.pace.evenlyUntil),
                \(it.pace.nextWriteAt + 0.001), \(it.backfillTotal), \(it.nextAuditAt), \(it.auditedAt), \(it.eventsAudited),
                \(it.eventsDrifted), \(it.removalsHeld))
            ON CONFLICT (user_id) DO UPDATE SET
                mode = excluded.mode, state = excluded.state, generation = excluded.generation, marker = excluded.marker,
                calendar_requested_at = excluded.calendar_requested_at, calendar_id = excluded.calendar_id,
                calendar_name = excluded.calendar_name, data_owner = excluded.data_owner,
                service_account = excluded.service_account, shared_with = excluded.shared_with,
                shared_rule_id = excluded.shared_rule_id,
                connected_at = excluded.connected_at, disconnected_at = excluded.disconnected_at,
                removal_requested_at = excluded.removal_requested_at, color_id = excluded.color_id,
                detail_level = excluded.detail_level, last_sync_at = excluded.last_sync_at,
                sync_error_count = excluded.sync_error_count, last_error_at = excluded.last_error_at,
                last_error = excluded.last_error, paused_until = excluded.paused_until,
                drift_policy = excluded.drift_policy, writes_per_minute = excluded.writes_per_minute,
                pace_changed_at = excluded.pace_changed_at, evenly_until = excluded.evenly_until,
                paced_until = excluded.paced_until, next_audit_at = excluded.next_audit_at, audited_at = excluded.audited_at,
                events_audited = excluded.events_audited, events_drifted = excluded.events_drifted,
                removals_held = excluded.removals_held
            """)
    }
}
