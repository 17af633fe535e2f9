import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import CalendarSync

/// Sessions on their way into the calendar, with the real client and the emulator.
@Suite struct SessionDeliveryTests {
    @Test func theEventShowsTheSession() async throws {
        let platform = try await Platform()
        try await platform.connect()
        let topic = String(
            "<b>Ünïcode</b> 🎯 פגישה & \"more\" ".appending(String(repeating: "abcdefghij", count: 200)).prefix(2_000))
        var details = platform.details(
            topic: topic, sharedSummary: "Agreed:\n<script>alert(1)</script>", privateNotes: "CANARY", location: "Room 3")
        details.timeZone = "Asia/Jerusalem"
        try await platform.put("s-1", details)
        try await platform.deliver()

        let event = try #require(try await platform.liveEvents().first)
        #expect(event.summary?.hasPrefix("<b>Ünïcode</b> 🎯 פגישה & \"more\" abcdefghij") == true)
        #expect(event.summary?.hasSuffix("…") == true)
        #expect((event.summary?.utf16.count ?? 0) <= EventText.longestSummary)
        let description = try #require(event.description)
        #expect(description.contains("&lt;b&gt;Ünïcode&lt;/b&gt; 🎯 פגישה &amp; &quot;more&quot; abcdefghij"))
        #expect(description.contains("Agreed:\n&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(description.hasSuffix("<a href=\"https://platform.example/sessions/s-1\">Open the session</a>"))
        #expect(event.start == .at(details.startsAt, timeZone: "Asia/Jerusalem"))
        #expect(event.end == .at(details.startsAt + 3600, timeZone: "Asia/Jerusalem"))
        #expect(event.transparency == nil, "opaque is Google's default, and left out of its answers")
        #expect(event.location == "Room 3")
        #expect(event.source == Event.Source(title: "Loom Platform", url: "https://platform.example/sessions/s-1"))
        #expect(Marker(of: event)?.sessionID == "s-1")
        #expect(event.id.wholeMatch(of: /loom[a-v0-9]{28}/) != nil)

        let status = try await platform.status(of: "s-1")
        #expect(status.status == .synced)
        #expect(status.googleEventID == event.id)
        #expect(status.htmlLink == event.htmlLink)
        #expect(try await platform.timeline(of: "s-1") == [.sessionCreated, .eventInserted])
        #expect(try await platform.connection.lastSyncAt == platform.clock.now)
    }

    @Test func theSentTimeHasAnOffsetAndAZone() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        let body = String(decoding: try #require(platform.google.transport.calls.first).requestBody, as: UTF8.self)
            .replacing("\\/", with: "/")
        #expect(body.contains(/"dateTime":"20\d\d-\d\d-\d\dT\d\d:00:00\+0[12]:00"/))
        #expect(body.contains(#""timeZone":"Europe/Berlin""#))
        #expect(body.contains(#""transparency":"opaque""#))
    }

    @Test func aSessionWithoutATopicIsNamedInTheCoachsLanguage() async throws {
        for (locale, title) in [("en-GB", "Coaching Session"), ("he", "פגישת אימון"), ("xx", "Coaching Session")] {
            let platform = try await Platform(locale: locale)
            try await platform.connect()
            try await platform.put("a", platform.details(topic: nil))
            try await platform.deliver()
            #expect(try await platform.liveEvents().first?.summary == title)
        }
    }

    @Test func privateNotesNeverLeave() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a", platform.details(privateNotes: "CANARY"))
        try await platform.deliver()
        try await platform.put("a", platform.details(topic: "New", privateNotes: "CANARY 2"))
        try await platform.deliver(after: 2)
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.deliver()
        #expect(platform.calls == ["POST events", "PATCH event", "DELETE event"])
        #expect(try !platform.google.state().contains("CANARY"))
        for exchange in platform.google.transport.exchanges {
            #expect(!String(decoding: exchange.requestBody, as: UTF8.self).contains("CANARY"))
            #expect(exchange.request.path?.contains("CANARY") == false)
        }
    }

    @Test func detailLevelsHideWhatTheySay() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a", platform.details(topic: "Topic", sharedSummary: "Notes", location: "Room"))
        _ = try await platform.sync.change(connectionOf: platform.coach.id, colorID: .some("7"), detailLevel: .titleOnly)
        try await platform.deliver()
        var event = try #require(try await platform.liveEvents().first)
        #expect(event.summary == "Topic")
        #expect(event.description == "<a href=\"https://platform.example/sessions/a\">Open the session</a>")
        #expect(event.location == nil)
        #expect(event.colorId == "7")

        _ = try await platform.sync.change(connectionOf: platform.coach.id, colorID: .some(nil), detailLevel: .busyOnly)
        try await platform.deliver()
        event = try #require(try await platform.liveEvents().first)
        #expect(event.summary == "Busy")
        #expect(event.description == nil)
        #expect(event.source == nil)
        #expect(event.colorId == nil)
    }

    @Test func severalEditsAreOneCall() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        platform.google.transport.forgetCalls()
        for number in 1...5 {
            try await platform.put("a", platform.details(topic: "Edit \(number)"))
            try await platform.deliver(after: 0.2)
        }
        try await platform.deliver(after: 0.5)
        #expect(platform.calls == ["PATCH event"])
        #expect(try await platform.liveEvents().map(\.summary) == ["Edit 5"])
    }

    @Test func someoneWhoNeverStopsEditingIsSeenAllTheSame() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        platform.google.transport.forgetCalls()
        for number in 1...20 {
            try await platform.put("a", platform.details(topic: "Edit \(number)"))
            try await platform.deliver(after: 0.4)
        }
        #expect((5...8).contains(platform.calls.count))
    }

    @Test func whatChangesNothingVisibleIsNoCall() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        platform.google.transport.forgetCalls()
        try await platform.put("a", platform.details(privateNotes: "Only for me"))
        try await platform.deliver(after: 2)
        try await platform.put("a", platform.details(privateNotes: "Only for me"))
        try await platform.deliver(after: 2)
        #expect(platform.calls == [])
        #expect(try await platform.status(of: "a").status == .synced)
        #expect(try await platform.sync.session("a", by: platform.coach).session.revision == 2)
    }

    @Test func movingASessionMovesItsEvent() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a", platform.details(inHours: 24))
        try await platform.deliver()
        let moved = platform.details(inHours: 48, location: nil)
        try await platform.put("a", moved)
        try await platform.deliver(after: 1)
        let events = try await platform.events()
        #expect(events.count == 1)
        #expect(events.first?.start == .at(moved.startsAt, timeZone: "Europe/Berlin"))
    }

    @Test func cancellingTakesTheEventOut() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        platform.google.transport.forgetCalls()
        for _ in 1...2 {
            #expect(try await platform.sync.cancel("a", by: platform.coach).session.status == .cancelled)
            try await platform.deliver(after: 1)
        }
        #expect(platform.calls == ["DELETE event"])
        #expect(try await platform.liveEvents().isEmpty)
        let status = try await platform.status(of: "a")
        #expect(status.status == .synced)
        #expect(status.googleEventID == nil)
        #expect(try await platform.timeline(of: "a") == [.sessionCreated, .eventInserted, .sessionCancelled, .eventRemoved])
    }

    @Test func anEventThatIsGoneAlreadyCountsAsTakenOut() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        let event = try #require(try await platform.liveEvents().first)
        let calendar = try #require(try await platform.connection.calendarID)
        try await platform.google.client().deleteEvent(event.id, in: calendar, ifMatch: nil)
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.deliver()
        #expect(try await platform.status(of: "a").status == .synced)
        #expect(try await platform.connection.syncErrorCount == 0)
    }

    @Test func aSessionThatWasNeverSentNeedsNoCallToBeCancelled() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.deliver()
        #expect(platform.calls == [])
    }

    @Test func aCancelledSessionComesBackWithTheSameEvent() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.deliver()
        platform.google.transport.forgetCalls()
        try await platform.put("a", platform.details(topic: "Again"))
        try await platform.deliver()
        #expect(platform.calls == ["POST events", "GET event", "PATCH event"])
        #expect(try await platform.events().map(\.summary) == ["Again"])
        #expect(try await platform.liveEvents().count == 1)
    }

    @Test func anIdThatGoogleHasPurgedIsFollowedByTheNext() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.deliver()
        try platform.google.control(.post, "switches", ["purgeTombstones": true])
        try await platform.put("a", platform.details(topic: "Again"))
        try await platform.deliver()
        #expect(try await platform.liveEvents().map(\.summary) == ["Again"])
        // The generation was stored: the next change does not ask for the purged id again.
        platform.google.transport.forgetCalls()
        try await platform.put("a", platform.details(topic: "Once more"))
        try await platform.deliver(after: 1)
        #expect(platform.calls == ["PATCH event"])
    }

    @Test func whatSomebodyChangedInGoogleIsPutRight() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a", platform.details(topic: "Ours"))
        try await platform.deliver()
        let event = try #require(try await platform.liveEvents().first)
        let calendar = try #require(try await platform.connection.calendarID)
        var theirs = EventContent(summary: "Theirs", start: .day("2027-01-01"), end: .day("2027-01-02"))
        theirs.privateProperties = [:]
        _ = try await platform.google.client().patchEvent(theirs, id: event.id, in: calendar, ifMatch: nil)
        platform.google.transport.forgetCalls()

        let details = platform.details(inHours: 30, topic: "Ours again")
        try await platform.put("a", details)
        try await platform.deliver(after: 1)
        #expect(platform.calls == ["PATCH event", "GET event", "PATCH event"])
        let mended = try #require(try await platform.liveEvents().first)
        #expect(mended.summary == "Ours again")
        #expect(mended.start == .at(details.startsAt, timeZone: "Europe/Berlin"))
    }

    /// Somebody else's event under the very id that we would use. It cannot happen by chance, and is left alone all the same.
    @Test func anEventThatDoesNotBearOurMarkerIsNotOurs() async throws {
        let platform = try await Platform()
        try await platform.connect()
        let calendar = try #require(try await platform.connection.calendarID)
        let theirs = EventContent(summary: "Theirs", start: .day("2027-01-01"), end: .day("2027-01-02"))
        let id = EventID.id(of: "a", in: calendar, generation: 0)
        _ = try await platform.google.client().insertEvent(theirs, id: id, in: calendar)
        try await platform.put("a", platform.details(topic: "Ours"))
        try await platform.deliver()
        #expect(try await platform.liveEvents().compactMap(\.summary).sorted() == ["Ours", "Theirs"])
        #expect(try await platform.status(of: "a").googleEventID == EventID.id(of: "a", in: calendar, generation: 1))
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.deliver()
        #expect(try await platform.liveEvents().map(\.summary) == ["Theirs"])
    }

    /// Another tool of the coach's may wipe our properties. We have it on record that we wrote this event.
    @Test func anEventThatLostItsMarkerIsStillOurs() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        let calendar = try #require(try await platform.connection.calendarID)
        let event = try #require(try await platform.liveEvents().first)
        let wiped = EventContent(summary: "Wiped", start: .day("2027-01-01"), end: .day("2027-01-02"))
        _ = try await platform.google.client().updateEvent(wiped, id: event.id, in: calendar, ifMatch: nil)
        try await platform.put("a", platform.details(topic: "Edited"))
        try await platform.deliver(after: 1)
        #expect(try await platform.liveEvents().map(\.summary) == ["Edited"])
        #expect(try await platform.liveEvents().map { Marker(of: $0)?.sessionID } == ["a"])
        _ = try await platform.google.client().updateEvent(wiped, id: event.id, in: calendar, ifMatch: nil)
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.deliver()
        #expect(try await platform.liveEvents().isEmpty)
    }

    @Test func anEventThatSomebodyMovedIsStillTakenOut() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        let calendar = try #require(try await platform.connection.calendarID)
        let event = try #require(try await platform.liveEvents().first)
        let theirs = EventContent(summary: "Moved", start: .day("2027-01-01"), end: .day("2027-01-02"))
        _ = try await platform.google.client().patchEvent(theirs, id: event.id, in: calendar, ifMatch: nil)
        _ = try await platform.sync.cancel("a", by: platform.coach)
        try await platform.deliver()
        #expect(try await platform.liveEvents().isEmpty)
    }

    @Test func anEventDeletedInGoogleComesBackWithTheNextChange() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        let event = try #require(try await platform.liveEvents().first)
        let calendar = try #require(try await platform.connection.calendarID)
        try await platform.google.client().deleteEvent(event.id, in: calendar, ifMatch: nil)
        try await platform.put("a", platform.details(topic: "Back"))
        try await platform.deliver(after: 1)
        #expect(try await platform.liveEvents().map(\.summary) == ["Back"])
    }

    @Test func aChangeDuringADeliveryIsNotTakenForDelivered() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a", platform.details(topic: "First"))
        let now = platform.clock.now
        let lease = try #require(
            try await platform.database.write { try $0.claimLane(of: "coach-1", owner: "me", now: now) })
        let work = try #require(try await platform.sync.workers.begin(lease))
        let outcome = try await platform.sync.workers.perform(work, lease)
        // Written while Google was answering.
        try await platform.put("a", platform.details(topic: "Second"))
        let governor = platform.sync.governor
        _ = try await platform.database.write {
            try $0.record(outcome, of: work.change, lease: lease, governor: governor, now: now)
        }
        #expect(try await platform.status(of: "a").status == .pending)
        try await platform.deliver(after: LaneLease.duration)
        #expect(try await platform.liveEvents().map(\.summary) == ["Second"])
    }
}
