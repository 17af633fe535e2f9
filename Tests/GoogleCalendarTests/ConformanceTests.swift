import Foundation
import Support
import Testing

@testable import GoogleCalendar

/// Every call of the client, against the emulator, each request and answer checked with Google's own description of the API.
@Suite(
    .enabled(if: DiscoveryDocument.fromEnvironment != nil, "CALENDAR_DISCOVERY_DOCUMENT names no file; script/test fetches it"))
struct ConformanceTests {
    @Test func everyCallIsAsGoogleDescribesIt() async throws {
        let google = try EmulatedGoogle()
        let client = google.client(scopes: Scope.ownCalendars + [.events, .calendarList])

        let made = try await client.insertCalendar(
            CalendarResource(summary: "One", description: "d", timeZone: "Europe/Berlin"))
        let calendar = try #require(made.id)
        #expect(made.dataOwner == google.key.clientEmail)
        #expect(try await client.calendar(calendar) == made)
        #expect(try await client.patchCalendar(calendar, CalendarResource(summary: "Two")).summary == "Two")

        _ = try await client.insertRule(
            AclRule(role: .reader, scope: .init(type: "user", value: "coach@example.com")), in: calendar, notifies: false)
        let rule = AclRule.id(user: "coach@example.com")
        #expect(try await client.patchRule(rule, AclRule(role: .writer), in: calendar, notifies: false).role == .writer)
        #expect(try await client.rule(rule, in: calendar).scope?.value == "coach@example.com")
        var roles: [AccessRole] = []
        for try await page in client.rules(in: calendar) { roles += (page.items ?? []).map(\.role) }
        #expect(roles.contains(.owner) && roles.contains(.writer))
        try await client.deleteRule(rule, in: calendar)

        var listed: [String] = []
        for try await page in client.calendarList() { listed += (page.items ?? []).map(\.id) }
        #expect(listed == [calendar])
        #expect(try await client.insertIntoCalendarList(CalendarListEntry(id: calendar)).accessRole == .owner)

        let start = google.clock.now + 3600
        var content = EventContent(
            summary: "S", description: "D", location: "L", colorId: "3", start: .at(start, timeZone: "Europe/Berlin"),
            end: .at(start + 3600, timeZone: "Europe/Berlin"), privateProperties: ["loomSession": "x"],
            source: .init(title: "T", url: "https://platform.example"))
        let event = try await client.insertEvent(content, id: "abcde12345", in: calendar)
        #expect(try await client.event(event.id, in: calendar) == event)
        content.location = nil
        content.summary = "New"
        let patched = try await client.patchEvent(content, id: event.id, in: calendar, ifMatch: event.etag)
        #expect(patched.location == nil)
        #expect(patched.summary == "New")
        let stale = event.etag
        let again = content
        await #expect(throws: GoogleCalendarError.self) {
            _ = try await client.patchEvent(again, id: event.id, in: calendar, ifMatch: stale)
        }
        content.source = nil
        _ = try await client.updateEvent(content, id: event.id, in: calendar, ifMatch: patched.etag)

        var filter = EventFilter()
        filter.endsAfter = start
        filter.startsBefore = start + 7200
        filter.showsDeleted = true
        filter.privateProperty = ("loomSession", "x")
        filter.pageSize = 1
        var found: [String] = []
        for try await page in client.events(in: calendar, matching: filter) { found += (page.items ?? []).map(\.id) }
        #expect(found == [event.id])

        let answer = try await client.freeBusy(
            of: [calendar, "nobody@example.com"], in: DateInterval(start: start, duration: 86_400))
        #expect(answer.calendars[calendar] == .busy([DateInterval(start: start, duration: 3600)]))
        #expect(answer.calendars["nobody@example.com"] == .unknown(reason: "notFound"))
        #expect(try await client.colors().event.count == 11)

        try await client.deleteEvent(event.id, in: calendar, ifMatch: nil)
        #expect(try await client.event(event.id, in: calendar).status == .cancelled)
        try await client.deleteCalendar(calendar)
        await #expect(throws: GoogleCalendarError.self) { _ = try await client.calendar(calendar) }

        #expect(google.transport.violations == [])
        let document = try #require(DiscoveryDocument.fromEnvironment)
        let methods = Set(google.transport.calls.compactMap { document.method(for: $0.request)?.id })
        #expect(methods.count == 19, "a call of the client is missing here: \(methods.sorted())")
    }
}
