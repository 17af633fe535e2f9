import CalendarSync
import Coaching
import Foundation
import Testing

@testable import Web

/// The parts that pages are made of, without a server.
@Suite struct PagePartsTests {
    private static let berlin = Zone("Europe/Berlin")!
    private static let dates = Dates(Language.en.words, zone: berlin, personal: nil)

    private static func date(_ text: String) throws -> Date { try #require(WallTime(text)).instant(in: berlin) }

    private static func range(_ from: String, _ to: String) throws -> TimeRange {
        try #require(TimeRange(date(from), date(to)))
    }

    // MARK: The week

    @Test func thingsAreWhereTheirClockSays() throws {
        let monday = try Self.date("2027-03-01T00:00")
        let grid = WeekGrid(Self.dates, from: monday, showing: [try Self.range("2027-03-02T07:10", "2027-03-02T08:00")])
        #expect(grid.hours == 7..<18)
        let tuesday = grid.days[1]
        #expect(grid.place(of: try Self.range("2027-03-02T09:00", "2027-03-02T10:00"), on: tuesday)?.classes == "r9 s4")
        // Ten past begins in the first quarter, and something short can still be seen.
        #expect(grid.place(of: try Self.range("2027-03-02T07:10", "2027-03-02T07:11"), on: tuesday)?.classes == "r1 s2")
        #expect(grid.place(of: try Self.range("2027-03-03T09:00", "2027-03-03T10:00"), on: tuesday) == nil)
    }

    @Test func whatReachesIntoTheNextDayIsOnBoth() throws {
        let late = try Self.range("2027-03-02T23:30", "2027-03-03T01:00")
        let grid = WeekGrid(Self.dates, from: try Self.date("2027-03-01T00:00"), showing: [late])
        #expect(grid.hours == 0..<24)
        #expect(grid.place(of: late, on: grid.days[1])?.classes == "r95 s2")
        #expect(grid.place(of: late, on: grid.days[2])?.classes == "r1 s4")
    }

    @Test func clocksThatAreSetBackLoseNothing() throws {
        // In Berlin 3:00 becomes 2:00 on that Sunday.
        let zone = Self.berlin
        let start = try #require(WallTime("2027-10-31T02:30:00+02:00")?.instant)
        let grid = WeekGrid(
            Self.dates, from: try Self.date("2027-10-25T00:00"), showing: [try #require(TimeRange(start, start + 3600))])
        #expect(zone.rfc3339(start + 3600) == "2027-10-31T02:30:00+01:00")
        #expect(grid.days.count == 8)
        #expect(grid.place(of: try #require(TimeRange(start, start + 3600)), on: grid.days[6]) != nil)
    }

    @Test func whatOverlapsIsSideBySide() throws {
        let ranges = [
            try Self.range("2027-03-02T09:00", "2027-03-02T11:00"), try Self.range("2027-03-02T09:30", "2027-03-02T10:00"),
            try Self.range("2027-03-02T10:00", "2027-03-02T10:30"), try Self.range("2027-03-02T11:00", "2027-03-02T12:00"),
        ]
        #expect(WeekGrid.lanes(ranges).map(\.classes) == ["l1of2", "l2of2", "l2of2", "l1of1"])
        let crowd = Array(repeating: ranges[0], count: 6)
        #expect(WeekGrid.lanes(crowd).map(\.number) == [1, 2, 3, 4, 4, 4])
        #expect(WeekGrid.lanes(crowd).allSatisfy { $0.count == 4 })
        #expect(WeekGrid.lanes([]).isEmpty)
    }

    // MARK: Dates

    @Test func datesAreOnThePersonsClocksAndInTheirWords() throws {
        let range = try Self.range("2027-03-02T09:00", "2027-03-02T10:00")
        #expect(Self.dates.range(range) == "Tuesday, 2 March 2027, 09:00–10:00")
        let newYork = Dates(Language.en.words, zone: Zone("America/New_York")!, personal: "en-US")
        #expect(newYork.time(range.start).replacing("\u{202f}", with: " ") == "3:00 AM")
        let hebrew = Dates(Language.he.words, zone: Zone("Asia/Jerusalem")!, personal: "he")
        #expect(hebrew.time(range.start) == "10:00")
        #expect(hebrew.day(range.start).contains("במרץ"))
        // The week begins where the person's does.
        #expect(hebrew.iso(hebrew.weekStart(range.start)) == "2027-02-28")
        #expect(Self.dates.iso(Self.dates.weekStart(range.start)) == "2027-03-01")
    }

    @Test(arguments: [
        (0, "just now"), (-30, "just now"), (-60, "a minute ago"), (-150, "3 minutes ago"), (3600, "in an hour"),
        (-7200, "2 hours ago"), (86_400 * 3, "in 3 days"), (30, "in a moment"),
    ])
    func momentsAreToldFromNow(_ seconds: Int, _ text: String) {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        #expect(Self.dates.relative(now + Double(seconds), now: now) == text)
    }

    // MARK: Forms

    @Test func formsAreReadAsBrowsersSendThem() {
        let fields = FormFields("a=1+2&b=%D7%A9&a=3&c=&d&e=x%0D%0Ay&=5&f=%ZZ")
        #expect(fields["a"] == "1 2")
        #expect(fields.all("a") == ["1 2", "3"])
        #expect(fields["b"] == "ש")
        #expect(fields["c"] == nil)
        #expect(fields["d"] == nil)
        #expect(fields["e"] == "x\ny")
        #expect(fields["f"] == nil)
    }

    @Test func aSkippedAndARepeatedTimeAreAskedAbout() throws {
        let coach = Person(id: "coach-1", role: .coach)
        var form = SessionForm(FormFields("id=x&date=2027-03-28&time=02:30&minutes=60&timeZone=Europe/Berlin"))
        #expect(throws: InvalidInput.self) { try SessionBody.details(form.reader(for: coach), by: coach) }
        form = SessionForm(FormFields("id=x&date=2027-10-31&time=02:30&minutes=60&timeZone=Europe/Berlin"))
        #expect(throws: InvalidInput.self) { try SessionBody.details(form.reader(for: coach), by: coach) }
        form.offset = "+01:00"
        #expect(
            try SessionBody.details(form.reader(for: coach), by: coach).startsAt == #require(
                WallTime("2027-10-31T01:30Z")?.instant))
        // An offset that is left over from another time says nothing about this one.
        form.date = "2027-11-02"
        form.offset = "+02:00"
        #expect(
            try SessionBody.details(form.reader(for: coach), by: coach).startsAt == #require(
                WallTime("2027-11-02T01:30Z")?.instant))
    }

    // MARK: Files and charts

    @Test func aFileForOtherCalendars() throws {
        let session = CoachingSession(
            id: "s-1", coachID: "coach-1",
            details: SessionDetails(
                topic: "Listening; asking, \\better", sharedSummary: "One\nTwo " + String(repeating: "ש", count: 60),
                privateNotes: "CANARY", startsAt: try Self.date("2027-03-02T09:00"), timeZone: "Europe/Berlin"),
            revision: 3, createdAt: Date(timeIntervalSince1970: 0), updatedAt: try Self.date("2027-02-01T00:00"))
        let file = CalendarFile(
            session.shared, revision: 3, isCancelled: false, title: "Coaching session", changedAt: session.updatedAt,
            link: try #require(URL(string: "https://platform.example/sessions/s-1")))
        let lines = file.text.components(separatedBy: "\r\n")
        #expect(lines.contains("DTSTART:20270302T080000Z"))
        #expect(lines.contains("DTEND:20270302T090000Z"))
        #expect(lines.contains("SUMMARY:Listening\\; asking\\, \\\\better"))
        #expect(lines.contains("UID:s-1@platform.example"))
        #expect(lines.contains("SEQUENCE:3"))
        #expect(
            file.text.replacing("\r\n ", with: "").contains("DESCRIPTION:One\\nTwo \(String(repeating: "ש", count: 60))\r\n"))
        #expect(lines.allSatisfy { $0.utf8.count <= 75 })
        #expect(!file.text.contains("CANARY"))
    }

    @Test func chartsReachTheTopAndShowTheSmallest() {
        let fields = Chart(bars: [.init(value: 0), .init(value: 1), .init(value: 1000, bad: 1000)], label: "x").fields
        let bars = fields["bars"] as? [[String: Any]] ?? []
        #expect(bars.map { $0["length"] as? Int } == [0, 1, 30])
        #expect(bars[2]["badY"] as? Int == 0)
    }
}
