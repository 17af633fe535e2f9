import Foundation
import Testing

@testable import Coaching

@Suite struct WallTimeTests {
    struct Valid: Sendable, CustomTestStringConvertible {
        var text: String
        var zone: String
        var utc: String
        var testDescription: String { "\(text) in \(zone)" }
    }

    @Test(arguments: [
        Valid(text: "2026-11-03T10:00:00+01:00", zone: "Europe/Berlin", utc: "2026-11-03T09:00:00Z"),
        Valid(text: "2026-11-03T10:00", zone: "Europe/Berlin", utc: "2026-11-03T09:00:00Z"),
        Valid(text: "2026-07-03T10:00:00", zone: "Europe/Berlin", utc: "2026-07-03T08:00:00Z"),
        Valid(text: "2026-11-03T09:00:00Z", zone: "America/New_York", utc: "2026-11-03T09:00:00Z"),
        Valid(text: "2026-11-03T09:00:00.999Z", zone: "UTC", utc: "2026-11-03T09:00:00Z"),
        Valid(text: "2026-11-03T09:00:00-03:30", zone: "America/St_Johns", utc: "2026-11-03T12:30:00Z"),
        Valid(text: "2028-02-29T00:00:00Z", zone: "UTC", utc: "2028-02-29T00:00:00Z"),
        // An hour that happens twice is settled by its offset …
        Valid(text: "2026-10-25T02:30:00+02:00", zone: "Europe/Berlin", utc: "2026-10-25T00:30:00Z"),
        Valid(text: "2026-10-25T02:30:00+01:00", zone: "Europe/Berlin", utc: "2026-10-25T01:30:00Z"),
        // … and UTC never skips, even where a zone with the same offset does.
        Valid(text: "2026-03-29T01:30:00Z", zone: "Europe/London", utc: "2026-03-29T01:30:00Z"),
        // Nor does an offset that is not the zone's mean its clocks.
        Valid(text: "2026-03-29T02:30:00+00:00", zone: "Europe/Berlin", utc: "2026-03-29T02:30:00Z"),
        Valid(text: "2026-03-29T02:30:00-05:00", zone: "Europe/Berlin", utc: "2026-03-29T07:30:00Z"),
        // Across the date line.
        Valid(text: "2026-12-31T23:30", zone: "Pacific/Kiritimati", utc: "2026-12-31T09:30:00Z"),
    ])
    func aWallTimeIsAPointInTime(_ it: Valid) throws {
        let zone = try #require(Zone(it.zone))
        let time = try #require(WallTime(it.text))
        #expect(try time.instant(in: zone) == Date.ISO8601FormatStyle().parse(it.utc))
    }

    @Test(arguments: [
        "", "tomorrow", "2026-11-03", "2026-13-03T10:00", "2026-02-29T10:00:00Z", "2026-11-03T24:00:00Z", "2026-11-03T10:60",
        "2026-11-03T10:00:00+25:00", "2026-11-03T10:00:00 +01:00", "2026-11-03T10:00:00+0100", "2026-11-03 10:00:00",
        "２０２６-11-03T10:00:00Z", String(repeating: "1", count: 10_000),
    ])
    func whatIsNoWallTimeIsRefused(_ text: String) {
        #expect(WallTime(text) == nil)
    }

    @Test(arguments: ["2026-03-29T02:30:00", "2026-03-29T02:30:00+01:00", "2026-03-29T02:30:00+02:00"])
    func anHourThatClocksSkipIsRefusedWithTheOneThatWasMeant(_ text: String) throws {
        let berlin = try #require(Zone("Europe/Berlin"))
        let time = try #require(WallTime(text))
        let meant = try Date.ISO8601FormatStyle().parse("2026-03-29T01:30:00Z")
        #expect(berlin.rfc3339(meant) == "2026-03-29T03:30:00+02:00")
        #expect(throws: WallTime.Refusal.skipped(suggestion: meant)) { try time.instant(in: berlin) }
    }

    @Test func anHourThatHappensTwiceNeedsItsOffset() throws {
        let newYork = try #require(Zone("America/New_York"))
        let time = try #require(WallTime("2026-11-01T01:30:00"))
        let earlier = try Date.ISO8601FormatStyle().parse("2026-11-01T05:30:00Z")
        #expect(throws: WallTime.Refusal.repeated(earlier: earlier, later: earlier + 3600)) { try time.instant(in: newYork) }
    }
}

@Suite struct ZoneTests {
    @Test(arguments: ["Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "Asia/Calcutta", "UTC"])
    func namesOfTheTimeZoneDatabaseAreZones(_ name: String) { #expect(Zone(name)?.name == name) }

    @Test(arguments: ["", "Mars/Olympus", "CET", "EST", "GMT+2", "+02:00", "europe/berlin", "Europe/Berlin ", "../etc/passwd"])
    func everythingElseIsNone(_ name: String) { #expect(Zone(name) == nil) }
}

@Suite struct SessionLimitTests {
    private func fields(_ change: (inout SessionDetails) -> Void) -> [String] {
        var details = SessionDetails(startsAt: Date(timeIntervalSince1970: 1_800_000_000), timeZone: "UTC")
        change(&details)
        return details.violations.map(\.name)
    }

    @Test func theUsualSessionIsAllowed() { #expect(fields { _ in } == []) }

    @Test func everyFieldHasALimitAndIsNamed() {
        #expect(fields { $0.topic = String(repeating: "é", count: SessionDetails.longestTopic) } == [])
        #expect(fields { $0.topic = String(repeating: "é", count: SessionDetails.longestTopic + 1) } == ["topic"])
        #expect(fields { $0.topic = "nul \u{0}" } == ["topic"])
        #expect(fields { $0.sharedSummary = String(repeating: "x", count: 8_001) } == ["sharedSummary"])
        #expect(fields { $0.privateNotes = String(repeating: "x", count: 16_001) } == ["privateNotes"])
        #expect(fields { $0.location = String(repeating: "x", count: 1_001) } == ["location"])
        #expect(fields { $0.timeZone = "Mars/Olympus" } == ["timeZone"])
        #expect(fields { $0.startsAt = .distantPast } == ["startsAt"])
        #expect(fields { $0.clientID = "a b" } == ["clientId"])
        #expect(fields { $0.duration = .seconds(-3600) } == ["durationMinutes"])
        #expect(fields { $0.duration = .seconds(25 * 3600) } == ["durationMinutes"])
        #expect(fields { $0.duration = .seconds(90) } == ["durationMinutes"])
        #expect(fields { $0.duration = .seconds(24 * 3600) } == [])
    }

    @Test func allThatIsWrongIsToldAtOnce() {
        #expect(
            fields {
                $0.timeZone = ""
                $0.duration = .zero
            } == ["timeZone", "durationMinutes"])
    }

    @Test(arguments: ["a", "A-1", "session:42@platform~x.y_z", String(repeating: "9", count: 128)])
    func ordinaryIdsAreIds(_ id: String) { #expect(Identifier.isValid(id)) }

    @Test(arguments: ["", " ", ".", "-a", "a/b", "a b", "ä", "a\n", "a%2F", "..", String(repeating: "9", count: 129)])
    func oddIdsAreNone(_ id: String) { #expect(!Identifier.isValid(id)) }
}
