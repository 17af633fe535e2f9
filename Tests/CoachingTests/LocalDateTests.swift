import Foundation
import Testing

@testable import Coaching

@Suite struct LocalDateTests {
    @Test func everyDayOfTheYearsIsADateAsInFoundation() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let weekdays: [Weekday] = [.sunday, .monday, .tuesday, .wednesday, .thursday, .friday, .saturday]
        let first = try #require(LocalDate("2000-01-01"))
        let last = try #require(LocalDate("2200-12-31"))
        for day in first.day...last.day {
            let date = LocalDate(day: day)
            let parts = calendar.dateComponents(
                [.year, .month, .day, .weekday], from: Date(timeIntervalSinceReferenceDate: Double(day) * 86_400))
            let text = [parts.year!, parts.month!, parts.day!].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: "-")
            guard date.description == text, date.weekday == weekdays[parts.weekday! - 1], LocalDate(text) == date else {
                Issue.record("day \(day) is \(date), a \(date.weekday), and not \(text)")
                return
            }
        }
        #expect(last.day - first.day == 73_413)
    }

    @Test(arguments: [
        "", "2027-3-05", "2027-02-29", "2100-02-29", "2027-04-31", "2027-13-01", "2027-00-10", "2027-01-00", "1999-12-31",
        "2201-01-01", "+027-01-01", "2027-+1-01", "2027-01--1", "2027/01/01", "20270-1-01", "2027-01-01T", "２０-01-01",
        "2027-01-01-", "9-99999999",
    ])
    func whatIsNoDateIsRefused(_ text: String) { #expect(LocalDate(text) == nil) }

    @Test func datesAreInOrder() throws {
        let dates = ["2027-01-31", "2027-02-01", "2028-02-29", "2028-03-01"].compactMap { LocalDate($0) }
        #expect(dates.count == 4 && dates == dates.sorted())
    }
}
