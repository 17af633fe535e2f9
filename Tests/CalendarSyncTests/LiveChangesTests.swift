import Coaching
import Foundation
import GoogleCalendar
import Support
import Testing

@testable import CalendarSync

/// Who looks on sees what happens, and nothing that is not theirs.
@Suite(.timeLimit(.minutes(1))) struct LiveChangesTests {
    /// The next change of a session, as its id and status.
    private static func next(_ changes: inout LiveChanges.Iterator) async throws -> (String, CalendarSyncStatus.Status) {
        while let (change, _) = try await changes.next() {
            if case .session(let session) = change { return (session.session.id, session.calendarSync.status) }
        }
        throw CancellationError()
    }

    private static func begun(_ platform: Platform, _ person: Person, after position: Int? = nil) async throws
        -> LiveChanges.Iterator
    {
        var changes = platform.sync.changes(for: person, after: position).makeAsyncIterator()
        // From a first look on, nothing is missed.
        try await changes.look()
        return changes
    }

    @Test func aSessionIsSeenOnItsWayAndWhenItIsThere() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("before")
        try await platform.deliver()
        var changes = try await Self.begun(platform, platform.coach)
        try await platform.put("a")
        #expect(try await Self.next(&changes) == ("a", .pending))
        try await platform.deliver()
        #expect(try await Self.next(&changes) == ("a", .synced))
        _ = try await platform.sync.edit("a", by: platform.coach) { $0.privateNotes = "New" }
        #expect(try await Self.next(&changes) == ("a", .pending))
        try await platform.deliver(after: 2)
        #expect(try await Self.next(&changes) == ("a", .synced), "also when nothing had to be sent")
    }

    @Test func whatWasOnItsWayBeforeIsToldOfToo() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try await platform.put("a")
        try await platform.deliver()
        _ = try await platform.sync.edit("a", by: platform.coach) { $0.privateNotes = "New" }
        var changes = try await Self.begun(platform, platform.coach)
        #expect(changes.sessionsWaiting.isEmpty)
        try await platform.deliver(after: 2)
        #expect(try await Self.next(&changes) == ("a", .synced))
    }

    @Test func everybodySeesTheirOwn() async throws {
        let platform = try await Platform()
        let other = try await platform.coach(2)
        let (client, stranger) = (Person(id: "client-1", role: .client), Person(id: "client-2", role: .client))
        var streams = [
            try await Self.begun(platform, platform.coach), try await Self.begun(platform, other),
            try await Self.begun(platform, client), try await Self.begun(platform, stranger),
            try await Self.begun(platform, Person(id: "admin", role: .admin)),
        ]
        var details = platform.details()
        details.clientID = "client-1"
        try await platform.put("a", details)
        try await platform.put("b", by: other)
        for index in streams.indices { try await streams[index].look() }
        #expect(streams.map(\.sessionsWaiting) == [["a"], ["b"], ["a"], [], ["a", "b"]])
    }

    @Test func whoComesAgainGoesOnWhereTheyWere() async throws {
        let platform = try await Platform()
        var changes = try await Self.begun(platform, platform.coach)
        try await platform.put("a")
        let position = try #require(try await changes.next()).position
        try await platform.put("b")
        try await platform.put("c")
        var again = try await Self.begun(platform, platform.coach, after: position)
        #expect(try await Self.next(&again).0 == "b")
        #expect(try await Self.next(&again).0 == "c")
    }

    @Test func theConnectionIsSeenToo() async throws {
        let platform = try await Platform()
        try await platform.connect()
        var changes = try await Self.begun(platform, platform.coach)
        _ = try await platform.sync.change(connectionOf: "coach-1", colorID: "grape")
        guard case .connection(let status)? = try await changes.next()?.change else {
            Issue.record("nothing of the connection")
            return
        }
        #expect(status.connection.colorID == "3")
    }
}

extension LiveChanges.Iterator {
    fileprivate var sessionsWaiting: [String] {
        waiting.compactMap { change, _ in if case .session(let session) = change { session.session.id } else { nil } }
    }
}
