import Foundation
import GoogleCalendar
import Storage
import Support
import Testing

@testable import CalendarSync

extension Platform {
    /// Serves every lane that has something to do at this moment, until none has. What Google's own description of the API
    /// does not allow, in requests or in answers, fails the test.
    func deliver(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let worker = sync.workers
        for _ in 0..<200 {
            guard let lease = try await worker.claim() else {
                #expect(google.transport.violations == [], sourceLocation: sourceLocation)
                return
            }
            await worker.serve(lease)
        }
        Issue.record("there is always something more to do", sourceLocation: sourceLocation)
    }

    /// Lets time pass and delivers what became due.
    func deliver(after seconds: TimeInterval, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        clock.advance(by: seconds)
        try await deliver(sourceLocation: sourceLocation)
    }

    /// Connects the coach, delivers what there is, and forgets the calls that took.
    func connect() async throws {
        _ = try await sync.connectGoogleCalendar(for: coach)
        try await deliver()
        google.transport.forgetCalls()
    }

    var connection: UserCalendarConnection {
        get async throws { try await sync.calendarConnection(of: coach.id).connection }
    }

    /// The calls made to Google since they were last forgotten, as in `PATCH event`.
    var calls: [String] {
        google.transport.calls.map { exchange in
            let parts = exchange.line.split(separator: "/").map(String.init)
            let noun =
                switch parts.count {
                case _ where parts.contains("events"): parts.last == "events" ? "events" : "event"
                case _ where parts.contains("acl"): parts.last == "acl" ? "rules" : "rule"
                default: parts.last == "calendars" ? "calendars" : parts.last == "calendarList" ? "calendarList" : "calendar"
                }
            return "\(exchange.request.method.rawValue) \(noun)"
        }
    }

    /// The coach's events in Google, deleted ones included.
    func events() async throws -> [Event] {
        guard let calendar = try await connection.calendarID else { return [] }
        var filter = EventFilter()
        filter.showsDeleted = true
        var events: [Event] = []
        for try await page in google.client().events(in: calendar, matching: filter) { events += page.items ?? [] }
        return events
    }

    func liveEvents() async throws -> [Event] { try await events().filter { $0.status != .cancelled } }
}
