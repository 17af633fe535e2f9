import Coaching
import Foundation
import Testing

@testable import CalendarSync
@testable import GoogleCalendar

/// What a look through a calendar leads to: a table.
@Suite struct AuditPlanTests {
    private static let now = Date(timeIntervalSince1970: 1_793_000_000)
    private static let window = DateInterval(start: now - Auditor.past, end: now + Auditor.future)

    /// A session that is in the calendar as it should be, and its event in Google.
    struct Pair: Sendable {
        var audited: AuditedSession
        var event: Event?

        init(_ id: String = "s", startsIn hours: Double = 24, status: CoachingSession.Status = .scheduled) {
            let start = AuditPlanTests.now + hours * 3600
            let session = CoachingSession(
                id: id, coachID: "c", details: SessionDetails(topic: "Topic", startsAt: start, timeZone: "Europe/Berlin"),
                status: status, createdAt: AuditPlanTests.now, updatedAt: AuditPlanTests.now)
            let wanted = Self.wanted(session)
            let event = Self.event("event-\(id)", wanted)
            self.event = event
            let known = GoogleCalendarEvent(
                sessionID: id, calendarID: "here", googleEventID: event.id, generation: 0, etag: event.etag,
                contentHash: wanted.contentHash, shownHash: event.fingerprint, syncedAt: AuditPlanTests.now)
            audited = AuditedSession(
                session: session, wanted: status == .scheduled ? wanted : nil, known: known, isPending: false)
        }

        static func wanted(_ session: CoachingSession) -> WantedEvent {
            let style = EventStyle(words: EventWords(locale: "en"), detailLevel: .full, publicURL: URL(filePath: "/platform"))
            return WantedEvent(session.shared, style: style)
        }

        static func event(_ id: String, _ wanted: WantedEvent) -> Event {
            let content = wanted.content
            return Event(
                id: id, etag: "\"1\"", status: .confirmed, summary: content.summary, description: content.description,
                location: content.location, start: content.start, end: content.end,
                extendedProperties: .init(private: content.privateProperties))
        }

        /// As it is after somebody changed it in Google.
        func changed(_ change: (inout Event) -> Void) -> Pair {
            var pair = self
            pair.event?.etag = "\"2\""
            if var event = pair.event {
                change(&event)
                pair.event = event
            }
            return pair
        }

        func with(_ change: (inout Pair) -> Void) -> Pair {
            var pair = self
            change(&pair)
            return pair
        }

        func moved(byHours hours: Double) -> Pair {
            changed { event in
                guard case .at(let start, let zone)? = event.start, case .at(let end, _)? = event.end else { return }
                (event.start, event.end) = (.at(start + hours * 3600, timeZone: zone), .at(end + hours * 3600, timeZone: zone))
            }
        }
    }

    /// An event with our marker that belongs to nothing.
    private static func stray(_ id: String, of sessionID: String = "nobody") -> Event {
        Event(
            id: id, etag: "\"9\"", status: .confirmed, start: .at(now, timeZone: nil), end: .at(now + 3600, timeZone: nil),
            extendedProperties: .init(private: Marker(sessionID: sessionID, contentHash: "h").properties))
    }

    private static func plan(
        _ pairs: [Pair], strays: [Event] = [], _ policy: UserCalendarConnection.DriftPolicy = .restore,
        mostRemovals: Int? = nil
    ) -> AuditPlan {
        AuditPlanner(policy: policy, window: window, mostRemovals: mostRemovals, now: now)
            .plan(pairs.map(\.audited), events: pairs.compactMap(\.event) + strays)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var pair: Pair
        /// For the policies restore, adopt and ask; nil when there is nothing to do.
        var findings: [String?]
        var testDescription: String { name }

        init(_ name: String, _ pair: Pair, _ findings: [String?]) {
            (self.name, self.pair, self.findings) = (name, pair, findings)
        }
        init(_ name: String, _ pair: Pair, all finding: String?) { self.init(name, pair, [finding, finding, finding]) }
    }

    static let movedTime = DateInterval(start: now + 26 * 3600, duration: 3600)

    static let cases: [Case] = [
        Case("nothing happened", Pair(), all: nil),
        Case("only what is nobody's business changed, such as a reminder", Pair().changed { _ in }, all: nil),
        Case(
            "Google shows what we sent in its own way",
            Pair().with { pair in
                pair.event?.summary = nil
                pair.audited.known?.shownHash = pair.event?.fingerprint
            }.changed { _ in }, all: nil),
        Case(
            "what Google showed is not known, and the event shows what it should",
            Pair().with { $0.audited.known?.shownHash = nil }.changed { _ in }, all: nil),
        Case(
            "what Google showed is not known, and the event shows something else",
            Pair().with { $0.audited.known?.shownHash = nil }.changed { $0.summary = "Theirs" },
            ["edited restore", "edited restore", "edited ask"]),
        Case("another title", Pair().changed { $0.summary = "Theirs" }, ["edited restore", "edited restore", "edited ask"]),
        Case("another place", Pair().changed { $0.location = "Theirs" }, ["edited restore", "edited restore", "edited ask"]),
        Case("another colour", Pair().changed { $0.colorId = "3" }, ["edited restore", "edited restore", "edited ask"]),
        Case(
            "shown as free", Pair().changed { $0.transparency = "transparent" },
            ["edited restore", "edited restore", "edited ask"]),
        Case("another time", Pair().moved(byHours: 2), ["edited restore", "edited adopt", "edited ask"]),
        Case(
            "longer", Pair().changed { $0.end = .at(now + 26 * 3600, timeZone: nil) },
            ["edited restore", "edited adopt", "edited ask"]),
        Case(
            "the same time in another zone",
            Pair().changed { $0.start = .at(now + 24 * 3600, timeZone: "Asia/Tokyo") }, all: nil),
        Case(
            "a whole day, which no session lasts",
            Pair().changed { ($0.start, $0.end) = (.day("2026-11-01"), .day("2026-11-02")) },
            ["edited restore", "edited restore", "edited ask"]),
        Case(
            "an end before the start, which no session has",
            Pair().changed { $0.end = .at(now, timeZone: nil) }, ["edited restore", "edited restore", "edited ask"]),
        Case("deleted", Pair().with { $0.event = nil }, ["missing restore", "missing restore", "missing ask"]),
        Case(
            "its marker was wiped, so that it is not among what was read", Pair().changed { $0.extendedProperties = nil },
            ["missing restore", "missing restore", "missing ask"]),
        Case(
            "deleted, and a change is on its way",
            Pair().with { ($0.event, $0.audited.isPending) = (nil, true) }, all: nil),
        Case(
            "edited, and a change is on its way",
            Pair().with { $0.audited.isPending = true }.changed { $0.summary = "Theirs" }, all: nil),
        Case(
            "deleted, and the coach was asked about it",
            Pair().with { pair in
                (pair.event, pair.audited.drift) = (nil, SessionDrift(kind: .removed, foundAt: now))
            }, ["missing restore", "missing restore", nil]),
        Case(
            "moved, and the coach was asked about that very time",
            Pair().with { $0.audited.drift = SessionDrift(kind: .edited, foundAt: now, time: movedTime) }.moved(byHours: 2),
            ["edited restore", "edited adopt", nil]),
        Case(
            "moved once more since the coach was asked",
            Pair().with { $0.audited.drift = SessionDrift(kind: .edited, foundAt: now, time: movedTime) }.moved(byHours: 3),
            ["edited restore", "edited adopt", "edited ask"]),
        Case(
            "deleted since the coach was asked about its time",
            Pair().with { pair in
                (pair.event, pair.audited.drift) = (nil, SessionDrift(kind: .edited, foundAt: now, time: movedTime))
            }, ["missing restore", "missing restore", "missing ask"]),
        Case("over for so long that it was not read", Pair(startsIn: -8 * 24).with { $0.event = nil }, all: nil),
        Case("so far ahead that it was not read", Pair(startsIn: 401 * 24).with { $0.event = nil }, all: nil),
        Case(
            "just within what was read", Pair(startsIn: -7 * 24 - 0.5).with { $0.event = nil },
            ["missing restore", "missing restore", "missing ask"]),
        Case(
            "never sent, though nothing is on its way",
            Pair().with { ($0.event, $0.audited.known) = (nil, nil) }, all: "unsent restore"),
        Case(
            "over before the coach connected, so never sent",
            Pair(startsIn: -48).with { ($0.event, $0.audited.known) = (nil, nil) }, all: nil),
        Case(
            "asked for, and nobody knows whether it is there",
            Pair().with { pair in
                pair.event = nil
                pair.audited.known?.etag = nil
            }, all: "unsent restore"),
        Case("what was sent is out of date", Pair().with { $0.audited.known?.contentHash = "old" }, all: "unsent restore"),
        Case(
            "cancelled, and out of the calendar",
            Pair(status: .cancelled).with { pair in
                pair.event = nil
                pair.audited.known?.removedAt = now
            }, all: nil),
        Case(
            "cancelled, and never in the calendar", Pair(status: .cancelled).with { ($0.event, $0.audited.known) = (nil, nil) },
            all: nil),
        Case("cancelled, and still in the calendar", Pair(status: .cancelled), all: "unsent restore"),
        Case(
            "cancelled and taken out, and there again",
            Pair(status: .cancelled).with { $0.audited.known?.removedAt = now }, all: "stray remove"),
    ]

    @Test(arguments: cases)
    func whatIsFoundAndWhatIsDone(_ it: Case) {
        let policies: [UserCalendarConnection.DriftPolicy] = [.restore, .adopt, .ask]
        for (policy, finding) in zip(policies, it.findings) {
            let found = Self.plan([it.pair], policy).findings
            #expect(found.map { "\($0.what) \($0.action)" } == [finding].compactMap { $0 }, "\(policy)")
            #expect(found.allSatisfy { $0.sessionID == "s" })
        }
    }

    @Test func aFindingSaysWhichVersionAndWhichTime() throws {
        let moved = try #require(Self.plan([Pair().moved(byHours: 2)], .adopt).findings.first)
        #expect(moved.googleTime == Self.movedTime)
        #expect(moved.etag == "\"2\"")
        #expect(moved.googleEventID == "event-s")
        let missing = try #require(Self.plan([Pair().with { $0.event = nil }]).findings.first)
        #expect(missing.googleEventID == "event-s")
        #expect(missing.etag == nil)
    }

    @Test func whatBelongsToNoSessionIsRemoved() {
        let plan = Self.plan([Pair()], strays: [Self.stray("one"), Self.stray("two"), Self.stray("second", of: "s")])
        #expect(plan.findings.map(\.what) == [.stray, .stray, .stray])
        #expect(plan.findings.map(\.action) == [.remove, .remove, .remove])
        #expect(Set(plan.findings.compactMap(\.googleEventID)) == ["one", "two", "second"])
        #expect(plan.findings.allSatisfy { $0.etag == "\"9\"" }, "only the version that was seen is removed")
        #expect(plan.drifted == 3)
    }

    @Test func theSecondEventOfASessionIsRemovedWhateverElseIsWrong() {
        let second = Self.stray("second", of: "s")
        let deleted = Self.plan([Pair().with { $0.event = nil }], strays: [second])
        #expect(deleted.findings.map { "\($0.what) \($0.action)" } == ["stray remove", "missing restore"])
        let pending = Self.plan([Pair().with { $0.audited.isPending = true }], strays: [second])
        #expect(pending.findings == [], "what is on its way may be about this very event")
    }

    @Test(arguments: [(5, 0), (6, 6), (20, 20)])
    func moreThanAFewAreNotBelievedWithoutBeingTold(_ strays: Int, _ held: Int) {
        let plan = Self.plan([Pair()], strays: (1...strays).map { Self.stray("e\($0)") })
        #expect(plan.held == held)
        #expect(plan.findings.count { $0.action == .remove } == strays - held)
        #expect(plan.drifted == strays)
    }

    @Test func ofManyEventsOneInTwentyIsBelieved() {
        let pairs = (1...200).map { Pair("s\($0)") }
        // A twentieth of 210 and 211 events is ten.
        #expect(Self.plan(pairs, strays: (1...10).map { Self.stray("e\($0)") }).held == 0)
        #expect(Self.plan(pairs, strays: (1...11).map { Self.stray("e\($0)") }).held == 11)
    }

    @Test(arguments: [(20, 0), (19, 20), (0, 20)])
    func whoSaysSoMayRemoveMore(_ most: Int, _ held: Int) {
        let plan = Self.plan([Pair()], strays: (1...20).map { Self.stray("e\($0)") }, mostRemovals: most)
        #expect(plan.held == held)
    }

    @Test func theCapHoldsBackRemovalsAndNothingElse() {
        let pairs = (1...30).map { Pair("s\($0)").with { $0.event = nil } }
        let plan = Self.plan(pairs, strays: (1...6).map { Self.stray("e\($0)") })
        #expect(plan.findings.count { $0.action == .restore } == 30)
        #expect(plan.held == 6)
        #expect(plan.compared == 36, "30 sessions without an event, and 6 events without a session")
    }
}
