import Foundation
import Testing

@testable import Coaching

@Suite struct WorkingHoursTests {
    struct Day: Sendable, CustomTestStringConvertible {
        var zone: String
        var hours: Hours
        var date: String
        /// With the zone's offset.
        var from: String
        var to: String
        var testDescription: String { "\(hours.from / 60) to \(hours.to / 60) on \(date) in \(zone)" }
    }

    @Test(arguments: [
        Day(
            zone: "Europe/Berlin", hours: Hours("09:00", "17:00"), date: "2027-03-05",
            from: "2027-03-05T09:00:00+01:00", to: "2027-03-05T17:00:00+01:00"),
        Day(
            zone: "Asia/Kathmandu", hours: Hours("00:00", "24:00"), date: "2027-03-05",
            from: "2027-03-05T00:00:00+05:45", to: "2027-03-06T00:00:00+05:45"),
        // What the clocks show, not what has gone by.
        Day(
            zone: "Europe/Berlin", hours: Hours("00:00", "09:00"), date: "2027-03-28",
            from: "2027-03-28T00:00:00+01:00", to: "2027-03-28T09:00:00+02:00"),
        // From 02:00 to 03:00 is skipped …
        Day(
            zone: "Europe/Berlin", hours: Hours("02:30", "04:00"), date: "2027-03-28",
            from: "2027-03-28T03:00:00+02:00", to: "2027-03-28T04:00:00+02:00"),
        Day(
            zone: "Europe/Berlin", hours: Hours("01:00", "02:30"), date: "2027-03-28",
            from: "2027-03-28T01:00:00+01:00", to: "2027-03-28T03:00:00+02:00"),
        Day(
            zone: "Europe/Berlin", hours: Hours("01:00", "02:00"), date: "2027-03-28",
            from: "2027-03-28T01:00:00+01:00", to: "2027-03-28T03:00:00+02:00"),
        // … and shown twice.
        Day(
            zone: "Europe/Berlin", hours: Hours("02:15", "02:45"), date: "2027-10-31",
            from: "2027-10-31T02:15:00+02:00", to: "2027-10-31T02:45:00+01:00"),
        Day(
            zone: "Europe/Berlin", hours: Hours("01:00", "02:00"), date: "2027-10-31",
            from: "2027-10-31T01:00:00+02:00", to: "2027-10-31T02:00:00+01:00"),
        Day(
            zone: "Europe/Berlin", hours: Hours("03:00", "04:00"), date: "2027-10-31",
            from: "2027-10-31T03:00:00+01:00", to: "2027-10-31T04:00:00+01:00"),
        // Half an hour.
        Day(
            zone: "Australia/Lord_Howe", hours: Hours("01:45", "02:15"), date: "2027-04-04",
            from: "2027-04-04T01:45:00+11:00", to: "2027-04-04T02:15:00+10:30"),
        // There is no midnight.
        Day(
            zone: "Asia/Beirut", hours: Hours("00:00", "09:00"), date: "2027-03-28",
            from: "2027-03-28T01:00:00+03:00", to: "2027-03-28T09:00:00+03:00"),
        Day(
            zone: "Asia/Beirut", hours: Hours("20:00", "24:00"), date: "2027-03-27",
            from: "2027-03-27T20:00:00+02:00", to: "2027-03-28T01:00:00+03:00"),
        Day(
            zone: "America/Sao_Paulo", hours: Hours("00:00", "24:00"), date: "2018-11-04",
            from: "2018-11-04T01:00:00-02:00", to: "2018-11-05T00:00:00-02:00"),
        // The hour before midnight is there twice.
        Day(
            zone: "America/Sao_Paulo", hours: Hours("23:00", "24:00"), date: "2018-02-17",
            from: "2018-02-17T23:00:00-02:00", to: "2018-02-18T00:00:00-03:00"),
        // Midnight is there twice, and the day before ends at the first.
        Day(
            zone: "America/Havana", hours: Hours("23:00", "24:00"), date: "2027-11-06",
            from: "2027-11-06T23:00:00-04:00", to: "2027-11-07T00:00:00-04:00"),
        // A minute after midnight clocks showed the day before again.
        Day(
            zone: "America/St_Johns", hours: Hours("23:30", "24:00"), date: "2010-11-06",
            from: "2010-11-06T23:30:00-02:30", to: "2010-11-07T00:00:00-03:30"),
        Day(
            zone: "America/St_Johns", hours: Hours("00:00", "09:00"), date: "2010-11-07",
            from: "2010-11-07T00:00:00-02:30", to: "2010-11-07T09:00:00-03:30"),
        // The day before the one that Samoa skipped.
        Day(
            zone: "Pacific/Apia", hours: Hours("09:00", "24:00"), date: "2011-12-29",
            from: "2011-12-29T09:00:00-10:00", to: "2011-12-31T00:00:00+14:00"),
    ])
    func hoursAreWhatClocksShow(_ it: Day) throws {
        let zone = try #require(Zone(it.zone))
        let date = try #require(LocalDate(it.date))
        let hours = WorkingHours(weekdays: [:], exceptions: [date: [it.hours]])
        let expected = try range(it.from, it.to)
        // The text is what this zone's clocks show, so that the table is right.
        #expect([it.from, it.to] == [zone.rfc3339(expected.start), zone.rfc3339(expected.end)])
        #expect(Array(hours.open(in: expected.padded(before: 5e5, after: 5e5), zone: zone)) == [expected])
        #expect(Array(hours.open(in: expected, zone: zone)) == [expected])
        // A window that begins or ends within them.
        let early = try #require(TimeRange(expected.start - 60, expected.start + 60))
        let late = try #require(TimeRange(expected.end - 60, expected.end + 60))
        #expect(hours.open(in: early, zone: zone).map(\.start) == [expected.start])
        #expect(hours.open(in: late, zone: zone).map(\.end) == [expected.end])
    }

    @Test func aDayThatAZoneSkipsHasNoHours() throws {
        let apia = try #require(Zone("Pacific/Apia"))
        let skipped = try #require(LocalDate("2011-12-30"))
        let hours = WorkingHours(weekdays: [:], exceptions: [skipped: [Hours("00:00", "12:00"), Hours("13:00", "24:00")]])
        #expect(hours.open(in: try range("2011-12-25T00:00:00Z", "2012-01-05T00:00:00Z"), zone: apia).isEmpty)
    }

    @Test func anExceptionTakesThePlaceOfTheWeekday() throws {
        let utc = try #require(Zone("UTC"))
        var hours = WorkingHours.usual
        hours.exceptions = [
            try #require(LocalDate("2027-03-03")): [],
            try #require(LocalDate("2027-03-06")): [Hours("10:00", "11:00"), Hours("12:00", "13:00")],
        ]
        // From Monday to Sunday.
        let open = hours.open(in: try range("2027-03-01T00:00:00Z", "2027-03-08T00:00:00Z"), zone: utc)
        #expect(
            try Array(open) == [
                range("2027-03-01T09:00:00Z", "2027-03-01T17:00:00Z"), range("2027-03-02T09:00:00Z", "2027-03-02T17:00:00Z"),
                range("2027-03-04T09:00:00Z", "2027-03-04T17:00:00Z"), range("2027-03-05T09:00:00Z", "2027-03-05T17:00:00Z"),
                range("2027-03-06T10:00:00Z", "2027-03-06T11:00:00Z"), range("2027-03-06T12:00:00Z", "2027-03-06T13:00:00Z"),
            ])
    }

    @Test func hoursThatMeetAreOneStretch() throws {
        let berlin = try #require(Zone("Europe/Berlin"))
        let window = try range("2027-03-20T00:00:00Z", "2027-04-20T00:00:00Z")
        let hours = WorkingHours.daily(Hours("00:00", "12:00"), Hours("12:00", "24:00"))
        #expect(Array(hours.open(in: window, zone: berlin)) == [window])
    }

    @Test func theJSONIsTheOneOfTheAPI() throws {
        let json = """
            {"exceptions":[{"date":"2027-03-05","hours":[]},{"date":"2027-12-24","hours":[{"from":"09:00","to":"12:30"}]}],\
            "weekdays":{"monday":[{"from":"09:00","to":"12:00"},{"from":"13:00","to":"24:00"}],"sunday":[]}}
            """
        let hours = try JSONDecoder().decode(WorkingHours.self, from: Data(json.utf8))
        #expect(
            try hours
                == WorkingHours(
                    weekdays: [.monday: [Hours("09:00", "12:00"), Hours("13:00", "24:00")], .sunday: []],
                    exceptions: [
                        #require(LocalDate("2027-03-05")): [], #require(LocalDate("2027-12-24")): [Hours("09:00", "12:30")],
                    ]))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(hours), as: UTF8.self) == json)
        let never = try JSONDecoder().decode(WorkingHours.self, from: Data(#"{"weekdays":{}}"#.utf8))
        #expect(never == WorkingHours(weekdays: [:]))
    }

    @Test(arguments: [
        #"{}"#,
        #"{"weekdays":{"Monday":[]}}"#,
        #"{"weekdays":{"monday":[{"from":"9:00","to":"12:00"}]}}"#,
        #"{"weekdays":{"monday":[{"from":"09:00","to":"24:01"}]}}"#,
        #"{"weekdays":{"monday":[{"from":"09:60","to":"12:00"}]}}"#,
        #"{"weekdays":{"monday":[{"from":"24:00","to":"24:00"}]}}"#,
        #"{"weekdays":{"monday":[{"from":"-1:00","to":"12:00"}]}}"#,
        #"{"weekdays":{"monday":[{"from":"09:00"}]}}"#,
        #"{"weekdays":{"monday":{"from":"09:00","to":"12:00"}}}"#,
        #"{"weekdays":{},"exceptions":[{"date":"2027-02-29","hours":[]}]}"#,
        #"{"weekdays":{},"exceptions":[{"date":"2027-03-05"}]}"#,
        #"{"weekdays":{},"exceptions":[{"date":"2027-03-05","hours":[]},{"date":"2027-03-05","hours":[]}]}"#,
    ])
    func otherJSONIsRefused(_ json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(WorkingHours.self, from: Data(json.utf8)) }
    }

    @Test func aRefusalNamesThePlaceAndTheRule() throws {
        let json = #"{"weekdays":{"monday":[{"from":"09:00","to":"25:00"}]}}"#
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(WorkingHours.self, from: Data(json.utf8))
        }
        guard case .dataCorrupted(let context) = error else {
            Issue.record("not the kind of error that has a sentence for the caller")
            return
        }
        #expect(context.codingPath.map(\.stringValue) == ["weekdays", "monday", "Index 0", "to"])
        #expect(context.debugDescription == "must be a time of day such as 09:00; only `to` can be 24:00")
    }

    @Test(arguments: [
        [Hours("09:00", "09:00")], [Hours("12:00", "09:00")], [Hours("13:00", "14:00"), Hours("09:00", "12:00")],
        [Hours("09:00", "12:00"), Hours("11:59", "14:00")], [Hours(from: -1, to: 60)], [Hours(from: 0, to: 1441)],
        (0..<25).map { Hours(from: $0 * 30, to: $0 * 30 + 15) },
    ])
    func hoursThatCannotBeAreAViolation(_ hours: [Hours]) throws {
        let date = try #require(LocalDate("2027-03-05"))
        #expect(WorkingHours(weekdays: [.friday: hours]).violations(field: "hours").map(\.name) == ["hours.weekdays.friday"])
        #expect(
            WorkingHours(weekdays: [:], exceptions: [date: hours]).violations(field: "").map(\.name)
                == ["exceptions.2027-03-05"])
    }

    @Test func hoursHaveLimitsThatCanBeReached() throws {
        let most = (0..<24).map { Hours(from: $0 * 60, to: $0 * 60 + 60) }
        let dates = (0..<401).map { LocalDate(day: 10_000 + $0) }
        func exceptions(_ dates: some Sequence<LocalDate>) -> [LocalDate: [Hours]] {
            Dictionary(uniqueKeysWithValues: dates.map { ($0, []) })
        }
        #expect(WorkingHours(weekdays: [.monday: most]).violations(field: "").isEmpty)
        #expect(WorkingHours(weekdays: [:], exceptions: exceptions(dates.dropLast())).violations(field: "").isEmpty)
        #expect(
            WorkingHours(weekdays: [:], exceptions: exceptions(dates)).violations(field: "a").map(\.name) == ["a.exceptions"])
    }
}
