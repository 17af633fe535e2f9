import Storage

/// The tables. Points in time are milliseconds since 1970 (UTC); see ``Storage/SQLConvertible``.
enum Schema {
    static let migrations = [
        Migration(
            1,
            """
            CREATE TABLE person (
                id TEXT PRIMARY KEY,
                email TEXT,
                name TEXT,
                role TEXT NOT NULL CHECK (role IN ('coach', 'client', 'admin')),
                time_zone TEXT,
                locale TEXT
            );

            CREATE TABLE coaching_session (
                id TEXT PRIMARY KEY,
                coach_id TEXT NOT NULL REFERENCES person (id),
                client_id TEXT,
                topic TEXT,
                shared_summary TEXT,
                private_notes TEXT,
                location TEXT,
                starts_at BIGINT NOT NULL,
                ends_at BIGINT NOT NULL,
                time_zone TEXT NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('scheduled', 'cancelled')),
                revision BIGINT NOT NULL CHECK (revision >= 1),
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL,
                CHECK (ends_at > starts_at)
            );
            CREATE INDEX coaching_session_of_coach ON coaching_session (coach_id, starts_at, id);
            CREATE INDEX coaching_session_of_client ON coaching_session (client_id, starts_at, id);
            CREATE INDEX coaching_session_by_start ON coaching_session (starts_at, id);

            -- A coach's calendar, how far connecting it has come, and the lease on its lane.
            CREATE TABLE user_calendar_connection (
                user_id TEXT PRIMARY KEY REFERENCES person (id),
                mode TEXT NOT NULL CHECK (mode IN ('dedicated')),
                state TEXT NOT NULL CHECK (state IN ('connecting', 'connected', 'needsAttention', 'disconnected')),
                generation BIGINT NOT NULL CHECK (generation >= 1),
                marker TEXT NOT NULL,
                calendar_requested_at BIGINT,
                calendar_id TEXT,
                calendar_name TEXT,
                data_owner TEXT,
                service_account TEXT NOT NULL,
                shared_with TEXT,
                shared_rule_id TEXT,
                connected_at BIGINT,
                disconnected_at BIGINT,
                removal_requested_at BIGINT,
                color_id TEXT CHECK (color_id IN ('1','2','3','4','5','6','7','8','9','10','11')),
                detail_level TEXT NOT NULL CHECK (detail_level IN ('full', 'titleOnly', 'busyOnly')),
                last_sync_at BIGINT,
                sync_error_count BIGINT NOT NULL DEFAULT 0 CHECK (sync_error_count >= 0),
                last_error_at BIGINT,
                last_error TEXT,
                paused_until BIGINT NOT NULL DEFAULT 0,
                last_version BIGINT NOT NULL DEFAULT 0,
                lane_owner TEXT,
                lane_token BIGINT NOT NULL DEFAULT 0,
                lane_until BIGINT NOT NULL DEFAULT 0,
                lane_served_at BIGINT NOT NULL DEFAULT 0,
                CHECK (state <> 'connected' OR (calendar_id IS NOT NULL AND connected_at IS NOT NULL)),
                CHECK (state <> 'disconnected' OR disconnected_at IS NOT NULL),
                CHECK (removal_requested_at IS NULL OR state = 'disconnected')
            );
            CREATE INDEX lane_by_turn ON user_calendar_connection (lane_served_at);

            -- What is in Google for a session, as it was last written. The row is there before the event is: without an etag it
            -- says that an insert was begun, and how it ended is not known. Once removed, it stays: its id is taken for good.
            CREATE TABLE google_calendar_event (
                session_id TEXT PRIMARY KEY REFERENCES coaching_session (id),
                calendar_id TEXT NOT NULL,
                google_event_id TEXT NOT NULL,
                generation BIGINT NOT NULL CHECK (generation >= 0),
                etag TEXT,
                content_hash TEXT NOT NULL,
                html_link TEXT,
                synced_at BIGINT NOT NULL,
                removed_at BIGINT,
                UNIQUE (calendar_id, google_event_id)
            );

            -- "This session may differ from Google." One row, however many edits.
            CREATE TABLE pending_change (
                session_id TEXT PRIMARY KEY REFERENCES coaching_session (id),
                coach_id TEXT NOT NULL REFERENCES person (id),
                version BIGINT NOT NULL CHECK (version >= 1),
                queued_at BIGINT NOT NULL,
                not_before BIGINT NOT NULL,
                attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
                rereads BIGINT NOT NULL DEFAULT 0 CHECK (rereads >= 0),
                last_error TEXT,
                parked_at BIGINT,
                CHECK (parked_at IS NULL OR last_error IS NOT NULL)
            );
            CREATE INDEX pending_change_of_lane ON pending_change (coach_id, parked_at, not_before);

            CREATE TABLE session_timeline (
                session_id TEXT NOT NULL REFERENCES coaching_session (id),
                number BIGINT NOT NULL,
                at BIGINT NOT NULL,
                what TEXT NOT NULL,
                reason TEXT,
                PRIMARY KEY (session_id, number)
            );

            CREATE TABLE sync_error (
                user_id TEXT NOT NULL REFERENCES person (id),
                number BIGINT NOT NULL,
                session_id TEXT REFERENCES coaching_session (id),
                reason TEXT NOT NULL,
                detail TEXT NOT NULL,
                first_at BIGINT NOT NULL,
                last_at BIGINT NOT NULL,
                occurrences BIGINT NOT NULL CHECK (occurrences >= 1),
                resolved_at BIGINT,
                PRIMARY KEY (user_id, number)
            );
            CREATE INDEX sync_error_unresolved ON sync_error (user_id, resolved_at, session_id);
            """),
        Migration(
            2,
            """
            -- Calls that may be made: of a service account by its address, and of a project as "project ID". In thousandths.
            CREATE TABLE quota_budget (
                name TEXT PRIMARY KEY,
                level BIGINT NOT NULL,
                level_at BIGINT NOT NULL,
                rate_after_refusal BIGINT NOT NULL,
                refused_at BIGINT
            );

            CREATE TABLE calendar_creation (
                account TEXT NOT NULL,
                at BIGINT NOT NULL
            );
            CREATE INDEX calendar_creation_of_account ON calendar_creation (account, at);

            CREATE TABLE account_pause (
                account TEXT NOT NULL,
                kind TEXT NOT NULL CHECK (kind IN ('changes', 'calendars')),
                reason TEXT NOT NULL,
                until BIGINT NOT NULL,
                times BIGINT NOT NULL CHECK (times >= 1),
                PRIMARY KEY (account, kind)
            );

            ALTER TABLE user_calendar_connection ADD COLUMN drift_policy TEXT NOT NULL DEFAULT 'restore'
                CHECK (drift_policy IN ('restore', 'adopt', 'ask'));

            -- How fast this calendar may be written to, and until when nothing is to be written.
            ALTER TABLE user_calendar_connection ADD COLUMN writes_per_minute BIGINT NOT NULL DEFAULT 300;
            ALTER TABLE user_calendar_connection ADD COLUMN pace_changed_at BIGINT NOT NULL DEFAULT 0;
            ALTER TABLE user_calendar_connection ADD COLUMN evenly_until BIGINT NOT NULL DEFAULT 0;
            ALTER TABLE user_calendar_connection ADD COLUMN paced_until BIGINT NOT NULL DEFAULT 0;

            -- How many changes the backfill that is under way began with.
            ALTER TABLE user_calendar_connection ADD COLUMN backfill_total BIGINT NOT NULL DEFAULT 0;

            -- When the calendar is looked through next, and what was found the last time.
            ALTER TABLE user_calendar_connection ADD COLUMN next_audit_at BIGINT NOT NULL DEFAULT 0;
            ALTER TABLE user_calendar_connection ADD COLUMN audited_at BIGINT;
            ALTER TABLE user_calendar_connection ADD COLUMN events_audited BIGINT NOT NULL DEFAULT 0;
            ALTER TABLE user_calendar_connection ADD COLUMN events_drifted BIGINT NOT NULL DEFAULT 0;
            ALTER TABLE user_calendar_connection ADD COLUMN removals_held BIGINT NOT NULL DEFAULT 0;

            -- What Google showed right after our last write: with its own corrections, which are no drift.
            ALTER TABLE google_calendar_event ADD COLUMN shown_hash TEXT;
            -- When a write was asked for whose answer is not known: it may still arrive.
            ALTER TABLE google_calendar_event ADD COLUMN asked_at BIGINT;

            -- A change made in Google that waits for the coach's decision.
            CREATE TABLE session_drift (
                session_id TEXT PRIMARY KEY REFERENCES coaching_session (id),
                kind TEXT NOT NULL CHECK (kind IN ('edited', 'removed')),
                found_at BIGINT NOT NULL,
                starts_at BIGINT,
                ends_at BIGINT,
                CHECK ((starts_at IS NULL) = (ends_at IS NULL))
            );

            -- Filling a calendar comes after what people have just done.
            ALTER TABLE pending_change ADD COLUMN is_backfill BIGINT NOT NULL DEFAULT 0 CHECK (is_backfill IN (0, 1));
            DROP INDEX pending_change_of_lane;
            CREATE INDEX pending_change_due ON pending_change (coach_id, is_backfill, not_before) WHERE parked_at IS NULL;
            CREATE INDEX pending_change_newest ON pending_change (coach_id, is_backfill, version) WHERE parked_at IS NULL;
            CREATE INDEX pending_change_next ON pending_change (not_before) WHERE parked_at IS NULL;
            CREATE INDEX pending_change_of_coach ON pending_change (coach_id);
            CREATE INDEX lane_by_pause ON user_calendar_connection (paused_until);
            CREATE INDEX lane_by_pace ON user_calendar_connection (paced_until);
            """),
        Migration(
            3,
            """
            -- A session over another, because its coach wanted it so.
            ALTER TABLE coaching_session ADD COLUMN allows_overlap BIGINT NOT NULL DEFAULT 0 CHECK (allows_overlap IN (0, 1));
            -- From here on another session may begin: the end, and the time that the coach keeps free between two.
            ALTER TABLE coaching_session ADD COLUMN taken_until BIGINT NOT NULL DEFAULT 0;
            -- What clocks in its zone showed when it was agreed on, as in 2027-03-05T10:00:00.
            ALTER TABLE coaching_session ADD COLUMN local_start TEXT;
            ALTER TABLE coaching_session ADD COLUMN series_id TEXT;
            CREATE INDEX coaching_session_of_series ON coaching_session (series_id, starts_at) WHERE series_id IS NOT NULL;
            UPDATE coaching_session SET taken_until = ends_at;
            -- What overlaps already was agreed on before there was a rule.
            UPDATE coaching_session SET allows_overlap = 1
            WHERE status = 'scheduled' AND EXISTS (
                SELECT 1 FROM coaching_session o
                WHERE o.coach_id = coaching_session.coach_id AND o.id <> coaching_session.id AND o.status = 'scheduled'
                    AND o.starts_at < coaching_session.ends_at AND o.ends_at > coaching_session.starts_at
                    AND o.starts_at > coaching_session.starts_at - 86400001);

            -- In which order things happened, of all sessions together: what those who look on have seen.
            ALTER TABLE session_timeline ADD COLUMN sequence BIGINT;
            CREATE INDEX session_timeline_sequence ON session_timeline (sequence);

            -- A time that is kept for somebody for some minutes.
            CREATE TABLE hold (
                id TEXT PRIMARY KEY,
                coach_id TEXT NOT NULL REFERENCES person (id),
                held_by TEXT NOT NULL REFERENCES person (id),
                starts_at BIGINT NOT NULL,
                ends_at BIGINT NOT NULL,
                taken_until BIGINT NOT NULL,
                created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                CHECK (ends_at > starts_at AND taken_until >= ends_at AND expires_at > created_at)
            );
            CREATE INDEX hold_of_coach ON hold (coach_id, starts_at);
            CREATE INDEX hold_by_expiry ON hold (expires_at);

            -- When and how a coach can be booked, as JSON.
            CREATE TABLE booking_rules (
                coach_id TEXT PRIMARY KEY REFERENCES person (id),
                rules TEXT NOT NULL
            );

            -- A calendar of Google's that keeps its owner from being booked, and what is known of it.
            CREATE TABLE availability_source (
                coach_id TEXT NOT NULL REFERENCES person (id),
                calendar_id TEXT NOT NULL,
                service_account TEXT NOT NULL,
                added_at BIGINT NOT NULL,
                -- What is stored is true as of then, for this stretch of time.
                read_at BIGINT,
                known_from BIGINT,
                known_to BIGINT,
                -- Why nothing newer is known.
                error TEXT,
                failures BIGINT NOT NULL DEFAULT 0,
                next_read_at BIGINT NOT NULL,
                -- Google has said since then that something changed.
                notified_at BIGINT,
                -- Google takes no channel for it before this.
                next_watch_at BIGINT NOT NULL DEFAULT 0,
                PRIMARY KEY (coach_id, calendar_id)
            );
            CREATE INDEX availability_source_due ON availability_source (service_account, next_read_at);

            CREATE TABLE busy_block (
                coach_id TEXT NOT NULL,
                calendar_id TEXT NOT NULL,
                starts_at BIGINT NOT NULL,
                ends_at BIGINT NOT NULL,
                CHECK (ends_at > starts_at),
                PRIMARY KEY (coach_id, calendar_id, starts_at),
                FOREIGN KEY (coach_id, calendar_id) REFERENCES availability_source (coach_id, calendar_id) ON DELETE CASCADE
            );
            CREATE INDEX busy_block_of_coach ON busy_block (coach_id, ends_at);

            -- Where Google tells us that a calendar has changed. The row is there before the channel is.
            CREATE TABLE watch_channel (
                id TEXT PRIMARY KEY,
                coach_id TEXT NOT NULL,
                calendar_id TEXT NOT NULL,
                service_account TEXT NOT NULL,
                token_hash TEXT NOT NULL,
                resource_id TEXT,
                created_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                last_message_at BIGINT,
                stop_at BIGINT
            );
            CREATE INDEX watch_channel_of_source ON watch_channel (coach_id, calendar_id);

            \(Schema.noOverlap)
            """),
        Migration(
            4,
            """
            -- What signs the cookies and forms of the pages.
            CREATE TABLE page_secret (
                number BIGINT PRIMARY KEY CHECK (number = 1),
                secret TEXT NOT NULL
            );

            -- Browsers with which somebody is signed in, in the role that the platform's token gave them.
            CREATE TABLE sign_in (
                id TEXT PRIMARY KEY,
                person_id TEXT NOT NULL REFERENCES person (id),
                role TEXT NOT NULL CHECK (role IN ('coach', 'client', 'admin')),
                number BIGINT NOT NULL CHECK (number >= 1),
                begun_at BIGINT NOT NULL,
                numbered_at BIGINT NOT NULL,
                expires_at BIGINT NOT NULL
            );
            CREATE INDEX sign_in_by_expiry ON sign_in (expires_at);

            -- Tokens that have signed somebody in, which they do once.
            CREATE TABLE used_token (
                hash TEXT PRIMARY KEY,
                expires_at BIGINT NOT NULL
            );
            CREATE INDEX used_token_by_expiry ON used_token (expires_at);

            -- How often something happened in the stretch of time that begins then, for a little more than a day.
            CREATE TABLE tally (
                name TEXT NOT NULL,
                at BIGINT NOT NULL,
                times BIGINT NOT NULL,
                PRIMARY KEY (name, at)
            );
            CREATE INDEX sync_error_newest ON sync_error (last_at);
            """),
    ]
}
