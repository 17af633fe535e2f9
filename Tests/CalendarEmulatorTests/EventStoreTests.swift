import OrderedCollections
import Testing

@testable import CalendarEmulator

@Suite("The store of a calendar's events agrees with a search through all of them")
struct EventStoreTests {
    private func event(_ id: Int, iCalUID: String? = nil) -> EventRecord {
        let start = Instant(milliseconds: 0)
        return EventRecord(
            id: "event\(id)", iCalUID: iCalUID ?? "event\(id)@google.com", created: start, updated: start, version: 0,
            creator: "coach@example.com", start: .instant(start, timeZone: nil),
            end: .instant(start.adding(seconds: 3600), timeZone: nil), fields: [:])
    }

    @Test("The changes after any number, each event once and at its last change")
    func changes() {
        var random = SeededRandom(seed: 7)
        var store = EventStore()
        for _ in 0..<500 {
            store.put(event(Int.random(in: 0..<20, using: &random)))
            let number = Int.random(in: -1...store.lastChange + 1, using: &random)
            let expected = store.events.values.filter { $0.change > number }.sorted { $0.change < $1.change }
            #expect(store.events(changedAfter: number).map(\.change) == expected.map(\.change))
        }
        #expect(store.lastChange == 500)
    }

    @Test("Events by iCalUID: their own, one that was sent, one shared by several, one that has changed")
    func iCalUIDs() {
        var store = EventStore()
        store.put(event(1))
        store.put(event(2, iCalUID: "invitation@example.com"))
        store.put(event(3, iCalUID: "event1@google.com"))
        store.put(event(4, iCalUID: "event9@google.com"))
        func ids(_ iCalUID: String) -> [String] { store.events(withICalUID: iCalUID).map(\.id) }
        #expect(ids("event1@google.com") == ["event1", "event3"])
        #expect(ids("invitation@example.com") == ["event2"])
        #expect(ids("event9@google.com") == ["event4"])
        #expect(ids("event4@google.com") == [])

        store.put(event(2, iCalUID: "moved@example.com"))
        store.put(event(4))
        store.put(event(1, iCalUID: "moved@example.com"))
        #expect(ids("invitation@example.com") == [])
        #expect(ids("moved@example.com") == ["event2", "event1"].sorted())
        #expect(ids("event4@google.com") == ["event4"])
        #expect(ids("event1@google.com") == ["event3"])
    }
}
