import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import CalendarSync

/// What the coach's own calendars say is read, and what they do not say is not taken for free.
@Suite struct AvailabilityTests {
    static let own = "coach@example.com"

    /// A connected coach who has chosen to have their own calendar checked, and a client.
    private static func platform(checks: Bool = true) async throws -> (Platform, Person) {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.sync.setBookingRules(BookingTests.alwaysOpen, of: platform.coach)
        try platform.share(own)
        if checks {
            try await platform.choose([own], of: "coach-1")
            try await platform.read()
        }
        let client = Person(id: "client-1", role: .client)
        try await platform.sync.recognise(client)
        platform.google.transport.forgetCalls()
        return (platform, client)
    }

    private static func window(_ platform: Platform, _ hours: ClosedRange<Double>) throws -> TimeRange {
        try #require(
            TimeRange(
                platform.details(inHours: hours.lowerBound).startsAt, platform.details(inHours: hours.upperBound).startsAt))
    }

    private static func book(_ platform: Platform, _ id: String, _ hours: Double, by person: Person) async throws
        -> SyncedSession
    {
        var details = platform.details(inHours: hours)
        details.allowsOverlap = false
        return try await platform.sync.put(id, coachID: "coach-1", details: details, by: person).session
    }

    // MARK: Choosing calendars

    @Test func onlyCalendarsThatCanBeReadAreTaken() async throws {
        let (platform, _) = try await Self.platform(checks: false)
        for (ids, words) in [
            (["other@example.com"], "share it with"), (["primary"], "ids of calendars"), (["a b@c"], "ids of calendars"),
            ((0...AvailabilitySource.mostOfOneCoach).map { "\($0)@example.com" }, "more than"),
        ] {
            do {
                try await platform.choose(ids, of: "coach-1")
                Issue.record("taken: \(ids)")
            } catch let error as InvalidInput {
                #expect(error.fields.first?.name == "conflictCalendars")
                #expect(error.fields.first?.message.contains(words) == true)
            }
        }
        #expect(try await platform.sync.calendarConnection(of: "coach-1").sources == [])
        try await platform.choose([Self.own], of: "coach-1")
        let source = try #require(try await platform.sync.calendarConnection(of: "coach-1").sources.first)
        #expect(source.unknown == .notReadYet)
        try await platform.choose([], of: "coach-1")
        #expect(try await platform.sync.calendarConnection(of: "coach-1").sources == [])
        await #expect(throws: SyncRefusal.neverConnected) { try await platform.choose([], of: "coach-2") }
    }

    @Test func withGoogleAwayACalendarIsTakenAndUnknown() async throws {
        let (platform, client) = try await Self.platform(checks: false)
        platform.google.transport.isReachable = false
        try await platform.choose([Self.own], of: "coach-1")
        try await platform.read()
        #expect(try await platform.sync.calendarConnection(of: "coach-1").sources.first?.unknown == .googleUnavailable)
        let found = try await platform.sync.availability(
            of: "coach-1", in: try Self.window(platform, 24...30), lasting: .seconds(3600), by: platform.coach)
        #expect(found.slots == [])
        #expect(found.unknown.map(\.reason) == [.googleUnavailable])
        await #expect(throws: SyncRefusal.self) { _ = try await Self.book(platform, "a", 25, by: client) }
        platform.google.transport.isReachable = true
        try await platform.read(after: 5)
        #expect(try await platform.sync.calendarConnection(of: "coach-1").sources.first?.unknown == nil)
        _ = try await Self.book(platform, "a", 25, by: client)
    }

    // MARK: What Google says

    @Test func whatTheCoachHasElsewhereIsBusy() async throws {
        let (platform, client) = try await Self.platform()
        try platform.addEvent(inHours: 25)
        let window = try Self.window(platform, 24...28)
        try await platform.read(after: 301)
        let found = try await platform.sync.availability(of: "coach-1", in: window, lasting: .seconds(3600), by: platform.coach)
        let busy = try Self.window(platform, 25...26)
        #expect(found.busy.map(\.range) == [busy])
        #expect(found.unknown == [])
        #expect(found.slots.count == 6, "one at 24:00, and five from 26:00 to 27:00")
        #expect(found.slots.allSatisfy { !$0.overlaps(busy) })
        for (id, person) in [("a", client), ("b", platform.coach)] {
            await #expect(throws: SyncRefusal.timeTaken([.busy(busy)])) {
                _ = try await Self.book(platform, id, 25, by: person)
            }
        }
        var details = platform.details(inHours: 25)
        details.allowsOverlap = true
        try await platform.put("c", details)
    }

    /// What was free a moment ago need not be now.
    @Test func theCalendarIsAskedAgainWhenSomebodyBooks() async throws {
        let (platform, client) = try await Self.platform()
        platform.clock.advance(by: 60)
        try platform.addEvent(inHours: 25)
        #expect(
            try await platform.sync.availability(
                of: "coach-1", in: try Self.window(platform, 24...28), lasting: .seconds(3600), by: platform.coach
            )
            .busy == [], "nobody has read it since")
        await #expect(throws: SyncRefusal.self) { _ = try await Self.book(platform, "a", 25, by: client) }
        // And what was found then is read whole, without waiting for its turn.
        try await platform.read()
        #expect(
            try await platform.sync.availability(
                of: "coach-1", in: try Self.window(platform, 24...28), lasting: .seconds(3600), by: platform.coach
            )
            .busy.count == 1)
        _ = try await Self.book(platform, "a", 27, by: client)
        try platform.forgetEvents()
        platform.clock.advance(by: 3)
        _ = try await Self.book(platform, "b", 25, by: client)
    }

    @Test func whatChangesNothingAsksNothing() async throws {
        let (platform, client) = try await Self.platform()
        _ = try await Self.book(platform, "a", 25, by: client)
        platform.clock.advance(by: 60)
        platform.google.transport.forgetCalls()
        _ = try await Self.book(platform, "a", 25, by: client)
        _ = try await platform.sync.edit("a", by: platform.coach) { $0.topic = "New" }
        _ = try await platform.sync.edit("a", by: platform.coach) { $0.duration = .seconds(1800) }
        _ = try await platform.sync.cancel("a", by: platform.coach)
        #expect(platform.calls == [])
        _ = try await Self.book(platform, "a", 25, by: client)
        #expect(platform.calls.count == 1)
    }

    @Test(arguments: [
        ["method": "freebusy.query", "status": 500] as [String: any Sendable],
        ["method": "freebusy.query", "status": 403, "reason": "rateLimitExceeded"],
        ["method": "freebusy.query", "status": 403, "reason": "accessNotConfigured"],
        ["method": "freebusy.query", "status": 401, "reason": "authError"],
        ["method": "freebusy.query", "effect": "reset"], ["method": "freebusy.query", "effect": "html"],
        ["method": "freebusy.query", "effect": "cut"],
    ])
    func whatCannotBeFoundOutIsUnknownAndNotFree(_ fault: [String: any Sendable]) async throws {
        let (platform, client) = try await Self.platform()
        platform.clock.advance(by: 60)
        try platform.google.control(.post, "faults", fault)
        let unknown = try await Self.conflicts { _ = try await Self.book(platform, "a", 25, by: client) }
        guard case .unknown? = unknown?.first else {
            Issue.record("not unknown: \(unknown ?? [])")
            return
        }
        let booked = try await Self.book(platform, "b", 25, by: platform.coach)
        #expect(booked.warnings == unknown, "the coach may, and is told")
        await #expect(throws: SyncRefusal.self) {
            _ = try await platform.sync.hold(try Self.window(platform, 27...28), of: "coach-1", by: client)
        }
        var rules = BookingTests.alwaysOpen
        rules.whenUnknown = .allow
        try await platform.sync.setBookingRules(rules, of: platform.coach)
        #expect(try await Self.book(platform, "c", 27, by: client).warnings.count == 1)
    }

    private static func conflicts(_ body: () async throws -> Void) async throws -> [TimeConflict]? {
        do {
            try await body()
            return nil
        } catch SyncRefusal.timeTaken(let conflicts) {
            return conflicts
        }
    }

    @Test func aCalendarThatIsNotSharedAnyMoreIsUnknownAndWhatWasBusyStaysSo() async throws {
        let (platform, client) = try await Self.platform()
        try platform.addEvent(inHours: 25)
        try await platform.read(after: 301)
        try platform.unshare(Self.own)
        try await platform.read(after: 301)
        #expect(try await platform.sync.calendarConnection(of: "coach-1").sources.first?.unknown == .notShared)
        let window = try Self.window(platform, 24...28)
        let found = try await platform.sync.availability(of: "coach-1", in: window, lasting: .seconds(3600), by: platform.coach)
        #expect(found.slots == [])
        #expect(found.busy.count == 1)
        #expect(found.unknown.map(\.range) == [try Self.window(platform, 24...25), try Self.window(platform, 26...28)])
        let both = try await Self.conflicts { _ = try await Self.book(platform, "a", 25, by: client) }
        #expect(both?.count == 2)
        // And it is asked less and less often.
        platform.google.transport.forgetCalls()
        for _ in 0..<720 { try await platform.read(after: 10) }
        #expect(platform.questions < 15)
        try platform.share(Self.own)
        try await platform.read(after: 3_600)
        #expect(try await platform.sync.calendarConnection(of: "coach-1").sources.first?.unknown == nil)
    }

    @Test func anOldAnswerIsNoAnswer() async throws {
        let (platform, _) = try await Self.platform()
        platform.google.transport.isReachable = false
        platform.clock.advance(by: AvailabilitySource.believedFor + 1)
        let window = try Self.window(platform, 24...28)
        let found = try await platform.sync.availability(of: "coach-1", in: window, lasting: .seconds(3600), by: platform.coach)
        #expect(found.slots == [])
        #expect(found.unknown.map(\.range) == [window])
    }

    @Test func farAheadIsAskedForWhenSomebodyWantsToKnow() async throws {
        let (platform, _) = try await Self.platform()
        try platform.addEvent(inHours: 24 * 200)
        let window = try Self.window(platform, (24 * 190)...(24 * 210))
        let found = try await platform.sync.availability(of: "coach-1", in: window, lasting: .seconds(3600), by: platform.coach)
        #expect(found.busy.count == 1)
        #expect(found.unknown == [])
        platform.google.transport.isReachable = false
        let later = try await platform.sync.availability(of: "coach-1", in: window, lasting: .seconds(3600), by: platform.coach)
        #expect(later.slots == [])
        #expect(later.unknown.map(\.range) == [window])
        await #expect(throws: InvalidInput.self) {
            _ = try await platform.sync.availability(
                of: "coach-1", in: try Self.window(platform, 0...(24 * 63)), lasting: .seconds(3600), by: platform.coach)
        }
    }

    /// The coach checks the very calendar that we write into.
    @Test func ownEventsAreNotInTheWay() async throws {
        let (platform, client) = try await Self.platform()
        let calendar = try #require(try await platform.connection.calendarID)
        try await platform.choose([calendar], of: "coach-1")
        _ = try await Self.book(platform, "a", 25, by: client)
        try await platform.deliver()
        try await platform.read(after: 301)
        #expect(try await platform.sync.session("a", by: platform.coach).overlaps == [])
        _ = try await platform.sync.edit("a", by: client) { $0.startsAt += 1800 }
        try platform.google.act(
            as: Self.own, .post, "calendars/\(calendar)/events", try platform.event("Own", inHours: 30))
        try await platform.read(after: 301)
        await #expect(throws: SyncRefusal.self) { _ = try await Self.book(platform, "b", 30, by: client) }
    }

    /// What was cancelled is no session any more, and what the coach has at its time is theirs.
    @Test func onlySessionsThatAreOnAreTakenOut() async throws {
        let (platform, client) = try await Self.platform(checks: false)
        let calendar = try #require(try await platform.connection.calendarID)
        try await platform.choose([calendar])
        _ = try await Self.book(platform, "a", 25, by: client)
        try await platform.deliver()
        try platform.google.act(
            as: Self.own, .post, "calendars/\(calendar)/events", try platform.event("Own", inHours: 25))
        // The event of the session is still there, since nothing is delivered.
        _ = try await platform.sync.cancel("a", by: client)
        platform.clock.advance(by: 3)
        let busy = try Self.window(platform, 25...26)
        await #expect(throws: SyncRefusal.timeTaken([.busy(busy)])) { _ = try await Self.book(platform, "b", 25, by: client) }
    }

    @Test func whatWasReadInTheFutureProvesNothing() async throws {
        let (platform, client) = try await Self.platform()
        let later = platform.clock.now + 7_200
        try await platform.database.write { transaction in
            _ = try transaction.execute("UPDATE availability_source SET read_at = \(later), next_read_at = \(later)")
        }
        try platform.addEvent(inHours: 25)
        await #expect(throws: SyncRefusal.timeTaken([.busy(try Self.window(platform, 25...26))])) {
            _ = try await Self.book(platform, "a", 25, by: client)
        }
        #expect(try await platform.sync.calendarConnection(of: "coach-1").sources.first?.unknown == .googleUnavailable)
        try await platform.sync.workers.mendTimes()
        try await platform.read()
        #expect(try await platform.sync.calendarConnection(of: "coach-1").sources.first?.readAt == platform.clock.now)
    }

    @Test func nobodyChecksSomebodyElsesCalendar() async throws {
        let (platform, _) = try await Self.platform()
        let other = try await platform.coach(2)
        _ = try await platform.sync.connectGoogleCalendar(for: other)
        let calendar = try #require(try await platform.connection.calendarID)
        for id in [Self.own, "Coach@Example.com", calendar] {
            await #expect(throws: InvalidInput.self) { try await platform.choose([id], of: "coach-2") }
        }
        #expect(try await platform.sync.calendarConnection(of: "coach-2").sources == [])
    }

    /// Google refuses the whole question for one of those that are asked about.
    @Test func oneBadCalendarIsNotTheOthersTrouble() async throws {
        let (platform, _) = try await Self.platform(checks: false)
        let ids = (1...9).map { "calendar-\($0)@example.com" }
        for id in ids { try platform.share(id) }
        try await platform.choose(ids)
        let bad = "calendar-4@example.com"
        platform.google.transport.substituteStatus = { request, body in
            request.path?.hasSuffix("/freeBusy") == true && String(decoding: body, as: UTF8.self).contains(bad) ? 400 : nil
        }
        try await platform.read()
        let sources = try await platform.sync.calendarConnection(of: "coach-1").sources
        #expect(sources.filter { $0.unknown != nil }.map(\.calendarID) == [bad])
    }

    @Test func aSeriesWaitsNoLongerThanOneSession() async throws {
        let (platform, _) = try await Self.platform()
        platform.clock.advance(by: 60)
        platform.google.transport.delay = .milliseconds(900)
        let began = ContinuousClock.now
        let report = try await platform.sync.putSeries(
            "s", coachID: nil, details: platform.details(), first: try #require(WallTime("2027-03-15T10:00:00")),
            WeeklySeries(end: .count(52)), .all, by: platform.coach)
        #expect(ContinuousClock.now - began < .seconds(4))
        #expect(report.sessions.count == 52)
    }

    @Test func aListTellsConflictsOfEach() async throws {
        let (platform, client) = try await Self.platform()
        for hours in [25.0, 27, 29] { _ = try await Self.book(platform, "s-\(Int(hours))", hours, by: client) }
        for hours in [25.0, 29] { try platform.addEvent(inHours: hours) }
        try await platform.read(after: 301)
        let items = try await platform.sync.sessions(by: platform.coach, limit: 10).items
        #expect(items.map(\.overlaps.count) == [1, 0, 1])
    }

    @Test func strangersLearnNothingOfWhatIsOver() async throws {
        let (platform, client) = try await Self.platform()
        _ = try await Self.book(platform, "a", 25, by: client)
        platform.clock.advance(by: 48 * 3600)
        let window = try Self.window(platform, -30...(-20))
        let mine = try await platform.sync.availability(of: "coach-1", in: window, lasting: .seconds(3600), by: platform.coach)
        #expect(mine.busy.count == 1)
        let theirs = try await platform.sync.availability(of: "coach-1", in: window, lasting: .seconds(3600), by: client)
        #expect(theirs.busy == [])
        #expect(theirs.slots == [])
    }

    @Test func aConflictThatComesLaterIsTold() async throws {
        let (platform, client) = try await Self.platform()
        _ = try await Self.book(platform, "a", 25, by: client)
        try platform.addEvent(inHours: 25)
        try await platform.read(after: 301)
        let session = try await platform.sync.session("a", by: platform.coach)
        #expect(session.overlaps == [BusyBlock(calendarID: Self.own, range: try Self.window(platform, 25...26))])
        #expect(try await platform.timeline(of: "a").last == .conflictFound)
        try await platform.read(after: 301)
        #expect(try await platform.timeline(of: "a").count { $0 == .conflictFound } == 1, "it is told once")
        try platform.forgetEvents()
        try await platform.read(after: 301)
        #expect(try await platform.sync.session("a", by: platform.coach).overlaps == [])
    }

    @Test func manyCalendarsAreReadWithFewCalls() async throws {
        let (platform, _) = try await Self.platform(checks: false)
        for number in 2...5 {
            let coach = try await platform.coach(number)
            _ = try await platform.sync.connectGoogleCalendar(for: coach)
        }
        let ids = (1...20).map { "calendar-\($0)@example.com" }
        for id in ids { try platform.share(id) }
        for number in 1...5 { try await platform.choose(ids, of: "coach-\(number)") }
        platform.google.transport.forgetCalls()
        try await platform.read()
        // A hundred choices of twenty calendars, fifty choices at once, two windows each.
        #expect(platform.questions == 4)
        for number in 1...5 {
            #expect(try await platform.sync.calendarConnection(of: "coach-\(number)").sources.allSatisfy { $0.unknown == nil })
        }
    }

    @Test func whoDisconnectsIsNotReadAnyMore() async throws {
        let (platform, client) = try await Self.platform()
        try platform.addEvent(inHours: 25)
        _ = try await platform.sync.disconnectGoogleCalendar(of: "coach-1", removingEvents: false)
        platform.google.transport.forgetCalls()
        try await platform.read(after: 3_600)
        _ = try await Self.book(platform, "a", 25, by: client)
        #expect(platform.questions == 0)
        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        try await platform.read(after: 1)
        await #expect(throws: SyncRefusal.self) { _ = try await Self.book(platform, "b", 25, by: client) }
    }
}

extension Platform {
    /// The coach chooses the calendars that are to be checked.
    func choose(_ calendars: [String], of coachID: String = "coach-1") async throws {
        _ = try await sync.change(connectionOf: coachID, conflictCalendars: calendars)
    }

    /// How often Google was asked when somebody is busy, since calls were last forgotten.
    var questions: Int { google.transport.calls.count { $0.line.hasSuffix("/freeBusy") } }

    /// Lets time pass, and reads every calendar that is due then.
    func read(after seconds: TimeInterval = 0) async throws {
        clock.advance(by: seconds)
        for _ in 0..<20 where try await sync.busyReading.readSome() {}
        try await sync.tendChannels()
    }

    /// A person lets the service account see when they are busy.
    func share(_ email: String) throws {
        let rule: [String: any Sendable] = [
            "role": "freeBusyReader", "scope": ["type": "user", "value": google.key.clientEmail],
        ]
        let status = try google.act(as: email, .post, "calendars/\(email)/acl", rule)
        #expect(status == 200)
    }

    func unshare(_ email: String) throws {
        let status = try google.act(as: email, .delete, "calendars/\(email)/acl/user:\(google.key.clientEmail)")
        #expect(status == 204)
    }

    func event(_ summary: String, inHours hours: Double) throws -> [String: any Sendable] {
        let start = details(inHours: hours).startsAt
        return [
            "summary": summary, "start": ["dateTime": start.formatted(.iso8601)],
            "end": ["dateTime": (start + 3600).formatted(.iso8601)],
        ]
    }

    /// The coach writes something into their own calendar.
    func addEvent(inHours hours: Double) throws {
        let status = try google.act(
            as: AvailabilityTests.own, .post, "calendars/\(AvailabilityTests.own)/events", try event("Dentist", inHours: hours))
        #expect(status == 200)
    }

    func forgetEvents() throws {
        let status = try google.act(as: AvailabilityTests.own, .post, "calendars/\(AvailabilityTests.own)/clear")
        #expect(status == 204)
    }
}
