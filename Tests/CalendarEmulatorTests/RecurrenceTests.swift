import Foundation
import Testing

@testable import CalendarEmulator

@Suite("Recurrence")
struct RecurrenceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var start: String
        var rule: String
        var expected: String

        init(_ start: String, _ rule: String, _ expected: String) {
            (self.start, self.rule, self.expected) = (start, rule, expected)
        }

        var testDescription: String { start + " " + rule }
    }

    /// Mostly the examples of RFC 5545, section 3.8.5.3.
    static let cases = [
        Case(
            "19970902T090000", "FREQ=DAILY;COUNT=10",
            "19970902 19970903 19970904 19970905 19970906 19970907 19970908 19970909 19970910 19970911"),
        Case("19970902T090000", "FREQ=DAILY;UNTIL=19970905T090000Z", "19970902 19970903 19970904 19970905"),
        Case("19970902T090000", "FREQ=DAILY;UNTIL=19970905T085959Z", "19970902 19970903 19970904"),
        Case("19970902T090000", "FREQ=DAILY;UNTIL=19970905", "19970902 19970903 19970904 19970905"),
        Case("19970902T090000", "FREQ=DAILY;INTERVAL=10;COUNT=5", "19970902 19970912 19970922 19971002 19971012"),
        Case("19980101T090000", "FREQ=DAILY;BYMONTH=1;COUNT=3", "19980101 19980102 19980103"),
        Case("19970902T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4", "19970902 19970916 19970930 19971014"),
        Case(
            "19970902T090000", "FREQ=WEEKLY;COUNT=6;WKST=SU;BYDAY=TU,TH",
            "19970902 19970904 19970909 19970911 19970916 19970918"),
        Case(
            "19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "19970805 19970810 19970819 19970824"),
        Case(
            "19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "19970805 19970817 19970819 19970831"),
        Case("19970905T090000", "FREQ=MONTHLY;COUNT=4;BYDAY=1FR", "19970905 19971003 19971107 19971205"),
        Case(
            "19970907T090000", "FREQ=MONTHLY;INTERVAL=2;COUNT=6;BYDAY=1SU,-1SU",
            "19970907 19970928 19971102 19971130 19980104 19980125"),
        Case("19970922T090000", "FREQ=MONTHLY;COUNT=4;BYDAY=-2MO", "19970922 19971020 19971117 19971222"),
        Case("19970928T090000", "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=4", "19970928 19971029 19971128 19971229"),
        Case("19970930T090000", "FREQ=MONTHLY;COUNT=5;BYMONTHDAY=1,-1", "19970930 19971001 19971031 19971101 19971130"),
        Case("19970131T090000", "FREQ=MONTHLY;COUNT=4", "19970131 19970331 19970531 19970731"),
        Case("19970610T090000", "FREQ=YEARLY;COUNT=4;BYMONTH=6,7", "19970610 19970710 19980610 19980710"),
        Case(
            "19970101T090000", "FREQ=YEARLY;INTERVAL=3;COUNT=5;BYYEARDAY=1,100,200",
            "19970101 19970410 19970719 20000101 20000409"),
        Case("19970519T090000", "FREQ=YEARLY;BYDAY=20MO;COUNT=3", "19970519 19980518 19990517"),
        Case("19970512T090000", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3", "19970512 19980511 19990517"),
        Case("19961230T090000", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,TU;COUNT=4", "19961230 19961231 19971229 19971230"),
        Case("19970313T090000", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=4", "19970313 19970320 19970327 19980305"),
        Case("19970902T090000", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3", "19980213 19980313 19981113"),
        Case(
            "19961105T090000", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3",
            "19961105 20001107 20041102"),
        Case("19970904T090000", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "19970904 19971007 19971106"),
        Case("19970929T090000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=4", "19970929 19971030 19971127 19971230"),
        Case("19960229T090000", "FREQ=YEARLY;COUNT=3", "19960229 20000229 20040229"),
        Case("19970902T090000", "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2;COUNT=3", ""),
    ]

    private static func day(_ time: EventTime) -> String {
        InstanceID(seriesID: "", originalStart: .day(Day(daysSinceEpoch: time.instant(in: .utc).seconds / 86400))).text
            .replacing("_", with: "")
    }

    private static func start(_ text: String) throws -> EventTime {
        let parsed = try #require(CompactTime(text[...]))
        guard case .local(let local) = parsed else { throw Unexpected() }
        return .instant(Instant(milliseconds: local.secondsSinceEpoch * 1000), timeZone: "UTC")
    }

    struct Unexpected: Error {}

    @Test("A rule repeats as RFC 5545 says", arguments: cases)
    func rule(_ example: Case) throws {
        let recurrence = try Recurrence(lines: ["RRULE:" + example.rule], zone: .utc)
        let starts = recurrence.starts(from: try Self.start(example.start), within: (nil, nil))
        #expect(starts.map(Self.day).joined(separator: " ") == example.expected)
    }

    @Test("A window shows the same as the whole", arguments: cases.filter { !$0.expected.isEmpty })
    func window(_ example: Case) throws {
        let start = try Self.start(example.start)
        // Without COUNT, which would keep it from being skipped to.
        let rule = example.rule.split(separator: ";").filter { !$0.hasPrefix("COUNT") }.joined(separator: ";")
        let recurrence = try Recurrence(lines: ["RRULE:" + rule], zone: .utc)
        let decade = start.instant(in: .utc).adding(seconds: 10 * 366 * 86400)
        let all = recurrence.starts(from: start, within: (nil, decade))
        let last = try #require(all.last).instant(in: .utc)
        for index in stride(from: 0, to: all.count, by: max(1, all.count / 4)) {
            let from = all[index].instant(in: .utc)
            let seen = recurrence.starts(from: start, within: (from, last))
            #expect(seen == Array(all[index..<all.count - 1]))
        }
    }

    @Test("Time of day comes from the rule when it says so")
    func timeOfDay() throws {
        let recurrence = try Recurrence(lines: ["RRULE:FREQ=DAILY;BYHOUR=9,12;BYMINUTE=0,30;COUNT=5"], zone: .utc)
        let starts = recurrence.starts(from: try Self.start("19970902T090000"), within: (nil, nil))
        #expect(
            starts.map { $0.instant(in: .utc).utc.dropFirst(8).prefix(8) } == [
                "02T09:00", "02T09:30", "02T12:00", "02T12:30", "03T09:00",
            ])
    }

    @Test("Dates are added and taken away")
    func dates() throws {
        let lines = [
            "RRULE:FREQ=DAILY;COUNT=3", "RDATE:19970920T090000Z,19970903T090000", "EXDATE;TZID=Europe/Paris:19970902T110000",
            "EXRULE:FREQ=DAILY;INTERVAL=18;COUNT=2",
        ]
        let starts = try Recurrence(lines: lines, zone: .utc).starts(
            from: try Self.start("19970902T090000"), within: (nil, nil))
        #expect(starts.map(Self.day) == ["19970903", "19970904"])
        let alone = try Recurrence(lines: ["RDATE:19970920T090000Z"], zone: .utc)
        #expect(
            alone.starts(from: try Self.start("19970902T090000"), within: (nil, nil)).map(Self.day) == ["19970902", "19970920"])
    }

    @Test(
        "A rule that cannot be understood is refused",
        arguments: [
            "", "FREQ=DAILY", "RRULE:", "RRULE:COUNT=3", "RRULE:FREQ=DAILY;COUNT=0", "RRULE:FREQ=DAILY;INTERVAL=0",
            "RRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101", "RRULE:FREQ=DAILY;FREQ=WEEKLY", "RRULE:FREQ=HOURLY",
            "RRULE:FREQ=WEEKLY;BYDAY=1MO",
            "RRULE:FREQ=DAILY;BYSETPOS=1", "RRULE:FREQ=MONTHLY;BYMONTHDAY=32", "RRULE:FREQ=MONTHLY;BYDAY=XX",
            "RRULE:FREQ=DAILY;UNTIL=soon", "RRULE:FREQ=MONTHLY;BYDAY=-9223372036854775808MO",
            "RRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10;BYMINUTE=0,1,2,3,4,5,6,7,8,9",
            "DTSTART:20261103T090000Z", "DTEND:20261103T090000Z", "RDATE;TZID=Nowhere/There:20261103T090000",
            "RDATE:20261103T250000Z",
            "RDATE;VALUE=PERIOD:20261103T090000Z/PT1H", "RRULE;X=1:FREQ=DAILY",
        ])
    func refusal(_ line: String) {
        #expect(throws: GoogleError.self) { try Recurrence(lines: [line], zone: .utc) }
    }

    @Test("What stands in a list a thousand times counts once")
    func repeated() throws {
        let hours = Array(repeating: "9", count: 10_000).joined(separator: ",")
        let recurrence = try Recurrence(lines: ["RRULE:FREQ=DAILY;COUNT=2;BYHOUR=" + hours], zone: .utc)
        let starts = recurrence.starts(from: try Self.start("19970902T090000"), within: (nil, nil))
        #expect(starts.map(Self.day) == ["19970902", "19970903"])
    }

    @Test("An endless rule ends somewhere, and one that finds nothing gives up")
    func bounds() throws {
        let daily = try Recurrence(lines: ["RRULE:FREQ=DAILY"], zone: .utc)
        #expect(daily.starts(from: try Self.start("19970902T090000"), within: (nil, nil)).count == Recurrence.maximumUnbounded)
        let late = try #require(DateTimeText("9999-12-01T00:00:00Z")?.instant(in: nil))
        #expect(daily.starts(from: try Self.start("19970902T090000"), within: (late, nil)).count == 31)
    }
}
