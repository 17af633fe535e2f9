import Coaching
import Foundation
import Support
import Testing

@testable import CalendarSync

/// Who may see and do what.
@Suite struct SessionAccessTests {
    private let otherCoach = Person(id: "coach-2", email: "other@example.com", role: .coach)
    private let client = Person(id: "client-1", role: .client)
    private let stranger = Person(id: "client-2", role: .client)
    private let admin = Person(id: "admin-1", role: .admin)

    @Test func aSessionIsThereForThoseItBelongsToOnly() async throws {
        let platform = try await Platform()
        var details = platform.details()
        details.clientID = client.id
        try await platform.put("a", details)
        for person in [platform.coach, client, admin] {
            #expect(try await platform.sync.session("a", by: person).session.id == "a")
            #expect(try await platform.sync.sessions(by: person, limit: 10).items.count == 1)
        }
        for person in [otherCoach, stranger] {
            await #expect(throws: SyncRefusal.notFound) { _ = try await platform.sync.session("a", by: person) }
            await #expect(throws: SyncRefusal.notFound) { _ = try await platform.sync.timeline(of: "a", by: person) }
            await #expect(throws: SyncRefusal.notFound) { _ = try await platform.sync.cancel("a", by: person) }
            await #expect(throws: SyncRefusal.notFound) {
                _ = try await platform.sync.edit("a", by: person) { $0.topic = "Mine" }
            }
            #expect(try await platform.sync.sessions(by: person, limit: 10).items.isEmpty)
        }
        await #expect(throws: SyncRefusal.notFound) {
            _ = try await platform.sync.put("a", coachID: nil, details: details, by: otherCoach)
        }
        #expect(try await platform.sync.session("a", by: admin).session.revision == 1)
    }

    @Test func clientsBookForThemselvesAndLeaveTheCoachsNotesAlone() async throws {
        let platform = try await Platform()
        let booked = try await platform.sync.put("a", coachID: "coach-1", details: platform.details(), by: client).session
        #expect(booked.session.details.clientID == client.id)
        _ = try await platform.sync.edit("a", by: platform.coach) { $0.privateNotes = "Mine" }
        _ = try await platform.sync.put("a", coachID: "coach-1", details: platform.details(topic: "New"), by: client)
        let session = try await platform.sync.session("a", by: platform.coach).session
        #expect(session.details.privateNotes == "Mine")
        #expect(session.details.topic == "New")

        var forSomebodyElse = platform.details()
        forSomebodyElse.clientID = stranger.id
        for (coachID, details) in [
            (String?.none, platform.details()), ("nobody", platform.details()), ("coach-1", forSomebodyElse),
        ] {
            await #expect(throws: InvalidInput.self) {
                _ = try await platform.sync.put("b", coachID: coachID, details: details, by: client)
            }
        }
    }

    @Test func thePlatformMayCreateSessionsOfACoachWhoWasNeverHere() async throws {
        let platform = try await Platform()
        let session = try await platform.sync.put("a", coachID: "coach-9", details: platform.details(), by: admin).session
        #expect(session.session.coachID == "coach-9")
        #expect(session.calendarSync.status == .notConnected)
        await #expect(throws: InvalidInput.self) {
            _ = try await platform.sync.put("a", coachID: "coach-1", details: platform.details(), by: admin)
        }
    }

    @Test func nothingOfAnInvalidSessionIsStored() async throws {
        let platform = try await Platform()
        var details = platform.details()
        details.timeZone = "Mars/Olympus"
        let impossible = details
        await #expect(throws: InvalidInput.self) { try await platform.put("a", impossible) }
        await #expect(throws: InvalidInput.self) { try await platform.put("a/b") }
        try await platform.put("a")
        await #expect(throws: InvalidInput.self) {
            _ = try await platform.sync.edit("a", by: platform.coach) { $0.duration = .zero }
        }
        let sessions = try await platform.sync.sessions(by: platform.coach, limit: 10).items
        #expect(sessions.map(\.session.revision) == [1])
    }

    @Test func listsAreOrderedFilteredAndPaged() async throws {
        let platform = try await Platform()
        for hour in [5, 3, 1, 2, 4] { try await platform.put("s\(hour)", platform.details(inHours: Double(hour))) }
        var ids: [String] = []
        var position: SessionPosition?
        repeat {
            let page = try await platform.sync.sessions(by: platform.coach, after: position, limit: 2)
            #expect(page.items.count <= 2)
            ids += page.items.map(\.session.id)
            position = page.next
        } while position != nil
        #expect(ids == ["s1", "s2", "s3", "s4", "s5"])

        let second = platform.details(inHours: 2)
        let some = try await platform.sync.sessions(
            by: platform.coach, from: second.startsAt + 60, to: second.endsAt + 3600, limit: 9)
        #expect(some.items.map(\.session.id) == ["s2", "s3"], "a session that has begun is still one")
    }
}
