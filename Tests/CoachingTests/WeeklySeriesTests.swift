import Foundation
import Testing

@testable import Coaching

@Suite struct WeeklySeriesTests {
    private func dates(
        _ first: String, _ end: WeeklySeries.End, in zoneName: String = "Europe/Berlin", every weeks: Int = 1
    ) throws -> [Occurrence] {
        WeeklySeries(everyWeeks: weeks, end: end)
            .occurrences(from: try #require(WallTime(first)), in: try #require(Zone(zoneName)))
    }

    @Test func theLocalTimeStaysTheSame() throws {
        let dates = try dates("2027-03-21T10:00", .count(3))
        #expect(dates.map(\.number) == [1, 2, 3])
        #expect(dates.map(\.reading) == ["2027-03-21T10:00:00", "2027-03-28T10:00:00", "2027-04-04T10:00:00"])
        #expect(
            try dates.map { try $0.result.get() } == [
                utc("2027-03-21T09:00:00Z"), utc("2027-03-28T08:00:00Z"), utc("2027-04-04T08:00:00Z"),
            ])
    }

    @Test func weeksCanBeLeftOut() throws {
        #expect(
            try dates("2027-12-20T10:00:30", .count(2), in: "UTC", every: 2).map(\.reading)
                == ["2027-12-20T10:00:30", "2028-01-03T10:00:30"])
    }

    @Test func aSkippedTimeIsARefusalWithASuggestion() throws {
        let dates = try dates("2027-03-21T02:30:00", .count(3))
        #expect(dates.map(\.reading) == ["2027-03-21T02:30:00", "2027-03-28T02:30:00", "2027-04-04T02:30:00"])
        #expect(
            try dates.map(\.result) == [
                .success(utc("2027-03-21T01:30:00Z")), .failure(.skipped(suggestion: utc("2027-03-28T01:30:00Z"))),
                .success(utc("2027-04-04T00:30:00Z")),
            ])
    }

    @Test func theFirstIsHeldToTheSameRulesAsASession() throws {
        let repeated = try dates("2027-10-31T02:30:00", .count(2))
        #expect(
            try repeated.map(\.result) == [
                .failure(.repeated(earlier: utc("2027-10-31T00:30:00Z"), later: utc("2027-10-31T01:30:00Z"))),
                .success(utc("2027-11-07T01:30:00Z")),
            ])
        let skipped = try dates("2027-03-28T02:30:00+01:00", .count(2))
        #expect(
            try skipped.map(\.result) == [
                .failure(.skipped(suggestion: utc("2027-03-28T01:30:00Z"))), .success(utc("2027-04-04T00:30:00Z")),
            ])
    }

    @Test func aRepeatedTimeIsTheEarlierOne() throws {
        let dates = try dates("2027-10-24T02:30:00", .count(2))
        #expect(try dates.last?.result == .success(utc("2027-10-31T00:30:00Z")))
        // 53 weeks on, clocks go back again.
        let again = try self.dates("2026-10-25T02:30:00+02:00", .count(54))
        #expect(try again.first?.result == .success(utc("2026-10-25T00:30:00Z")))
        #expect(try again.last?.result == .success(utc("2027-10-31T00:30:00Z")))
    }

    @Test func aRepeatedTimeIsTheLaterOneIfTheFirstWas() throws {
        for first in ["2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z"] {
            let dates = try dates(first, .count(54))
            #expect(try dates.first?.result == .success(utc("2026-10-25T01:30:00Z")))
            #expect(dates.last?.reading == "2027-10-31T02:30:00")
            #expect(try dates.last?.result == .success(utc("2027-10-31T01:30:00Z")))
        }
    }

    @Test func aTimeOfOtherClocksIsReadOnTheZonesOwn() throws {
        for first in ["2027-03-21T09:00:00Z", "2027-03-21T04:00:00-05:00"] {
            let dates = try dates(first, .count(2))
            #expect(dates.map(\.reading) == ["2027-03-21T10:00:00", "2027-03-28T10:00:00"])
            #expect(try dates.last?.result == .success(utc("2027-03-28T08:00:00Z")))
        }
    }

    @Test func theLastDateBelongsToIt() throws {
        for (last, count) in [("2027-03-14", 0), ("2027-03-21", 1), ("2027-04-03", 1), ("2027-04-04", 2), ("2027-04-05", 2)] {
            let end = WeeklySeries.End.until(try #require(LocalDate(last)))
            #expect(try dates("2027-03-21T23:59:59", end, in: "Pacific/Kiritimati", every: 2).count == count)
            // The date there, which is not the one of UTC.
            #expect(try dates("2027-03-20T12:00:00Z", end, in: "Pacific/Kiritimati", every: 2).count == count)
        }
    }

    struct Case: Sendable {
        var weeks = 1
        var end: WeeklySeries.End
        var wrong: [String] = []
    }

    @Test(arguments: [
        Case(weeks: 0, end: .count(1), wrong: ["everyWeeks"]),
        Case(weeks: 53, end: .count(1), wrong: ["everyWeeks"]),
        Case(weeks: 52, end: .count(366)),
        Case(end: .count(0), wrong: ["count"]),
        Case(end: .count(367), wrong: ["count"]),
        Case(end: .until(LocalDate("2027-03-20")!), wrong: ["until"]),
        Case(end: .until(LocalDate("2027-03-21")!)),
        // 365 weeks later it is the 366th, and a week after that one more.
        Case(end: .until(LocalDate("2034-03-25")!)),
        Case(end: .until(LocalDate("2034-03-26")!), wrong: ["until"]),
        Case(weeks: 2, end: .until(LocalDate("2034-03-26")!)),
    ])
    func aSeriesHasLimits(_ it: Case) throws {
        let berlin = try #require(Zone("Europe/Berlin"))
        let first = try #require(WallTime("2027-03-21T10:00"))
        let series = WeeklySeries(everyWeeks: it.weeks, end: it.end)
        #expect(series.violations(from: first, in: berlin).map(\.name) == it.wrong)
        #expect(series.occurrences(from: first, in: berlin).count <= 366)
    }
}
