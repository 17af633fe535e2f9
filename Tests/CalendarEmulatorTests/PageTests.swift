import Foundation
import HTTPTypes
import Testing

@testable import CalendarEmulator

@Suite("The page at /")
struct PageTests {
    let google = Google()

    /// What the files of the page load from each other, beginning with the page itself.
    private func files() throws -> [String: String] {
        var texts: [String: String] = [:]
        var wanted = ["/"]
        while let path = wanted.popLast() {
            guard texts[path] == nil else { continue }
            let answer = google.send(.get, path)
            try #require(answer.status == 200, "\(path) is missing")
            texts[path] = answer.text
            wanted += answer.text.matches(of: /(?:href|src)="(\/[a-z]+\.(?:css|js|svg))"/).map { String($0.output.1) }
            wanted += answer.text.matches(of: /from "\.(\/[a-z]+\.js)"/).map { String($0.output.1) }
        }
        return texts
    }

    @Test("Every file it loads is there, with headers that let nothing else in")
    func headers() throws {
        let paths = try files().keys
        #expect(paths.count > 12)
        for path in paths {
            let fields = google.send(.get, path).reply.response.headerFields
            let policy = try #require(fields[.contentSecurityPolicy])
            #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
            #expect(fields[.xContentTypeOptions] == "nosniff")
            #expect(fields[.cacheControl] == "no-store")
            let type = path.hasSuffix(".js") ? "text/javascript" : path.hasSuffix(".css") ? "text/css" : nil
            if let type { #expect(fields[.contentType]?.hasPrefix(type) == true) }
        }
        #expect(google.send(.head, "/").reply.body.isEmpty)
        #expect(google.send(.post, "/").status == 404)
        #expect(google.send(.get, "/page.js/more").status == 404)
    }

    @Test("No markup is made of data, and nothing stands inline that the policy would refuse")
    func noMarkupFromData() throws {
        for (path, text) in try files() {
            for word in [
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "<style", " style=", "<script>",
                " onclick=", "javascript:",
            ] {
                #expect(!text.contains(word), "\(path) has \(word)")
            }
        }
    }

    @Test("It talks to control calls alone")
    func controlCallsAlone() throws {
        let calls = try files().filter { $0.value.contains("fetch(") }
        #expect(Array(calls.keys) == ["/calls.js"])
        #expect(calls["/calls.js"]?.matches(of: /fetch\(/).count == 1)
        #expect(calls["/calls.js"]?.contains(#"fetch("/emulator/" + path"#) == true)
    }

    @Test("There is a line of explanation for every switch, quota and effect")
    func words() throws {
        let words = try #require(files()["/words.js"])
        let names = Array(Switches().json.object?.keys.elements ?? []) + Array(Quotas().json.object?.keys.elements ?? [])
        let effects = Fault.Effect.allCases.filter { $0 != .before }.map(\.rawValue)
        for name in names + effects {
            #expect(words.contains("\n  \(name): \""), "\(name) has no line in words.js")
        }
    }

    @Test("It paints events in the colours of the palette")
    func colours() throws {
        let week = try #require(files()["/week.js"])
        #expect(week.matches(of: /"(#[0-9a-f]{6})"/).map { String($0.output.1) }.starts(with: Palette.event))
    }
}

@Suite("Control calls made for the page")
struct PageReportTests {
    let google = Google()

    private func week(_ query: String) -> Exchange { google.send(.get, "/emulator/week?" + query) }
    private func titles(_ query: String) -> [String] {
        week(query).json["events"]?.array?.map { $0["summary"]?.string ?? "" } ?? []
    }
    private var version: String? { google.send(.get, "/emulator/version").json["version"]?.string }

    @Test("The version changes with every write and every fault used up, and with nothing else")
    func versions() throws {
        var known = version
        func hasChanged() -> Bool {
            defer { known = version }
            return version != known
        }
        let coach = try Client(google, "coach@example.com")
        #expect(hasChanged())
        coach.call(.get, "calendars/primary/events")
        google.send(.get, "/emulator/state")
        _ = week("of=coach@example.com&from=2026-11-02")
        #expect(!hasChanged())
        coach.insert("primary", event())
        #expect(hasChanged())
        google.control("faults", #"{"status":500,"count":2}"#)
        #expect(hasChanged())
        coach.call(.get, "colors")
        #expect(hasChanged())
        // A reset must not lead back to a version that was seen before.
        google.control("reset")
        #expect(hasChanged())
        #expect(google.send(.get, "/emulator/version").json["requests"] == 0)
    }

    @Test("A week has the events that touch it, in the days of the zone that is asked for")
    func bounds() throws {
        let coach = try Client(google, "coach@example.com")
        for (title, start, end) in [
            ("before", "2026-11-01T22:00:00Z", "2026-11-01T23:00:00Z"),
            ("into", "2026-11-01T22:30:00Z", "2026-11-01T23:30:00Z"),
            ("last", "2026-11-08T22:30:00Z", "2026-11-08T23:30:00Z"), ("after", "2026-11-08T23:00:00Z", "2026-11-09T00:00:00Z"),
        ] {
            coach.insert("primary", #"{"summary":"\#(title)","start":{"dateTime":"\#(start)"},"end":{"dateTime":"\#(end)"}}"#)
        }
        #expect(titles("of=coach@example.com&from=2026-11-02&timeZone=Europe/Berlin") == ["into", "last"])
        #expect(titles("of=coach@example.com&from=2026-11-02") == ["last", "after"])
        #expect(titles("of=coach@example.com&from=2026-11-01&days=1") == ["before", "into"])
        let first = week("of=COACH@example.com&from=2026-11-02&timeZone=Europe/Berlin").json["events"]?[0]
        #expect(first?["start"]?["dateTime"] == "2026-11-01T23:30:00+01:00")
    }

    @Test("Everybody sees what the API would show them, and deleted events on request")
    func eyes() throws {
        let coach = try Client(google, "coach@example.com")
        let client = try Client(google, "client@example.com")
        let calendar = try coach.calendar()
        coach.insert(calendar, event(#""id":"secret","summary":"Secret""#))
        #expect(week("of=client@example.com&from=2026-11-02").json["events"] == [])
        coach.share(calendar, with: #"{"type":"user","value":"client@example.com"}"#, as: "freeBusyReader")

        // Shared but in no list: a developer looks for just that.
        let unlisted = week("of=client@example.com&from=2026-11-02").json
        #expect(unlisted["calendars"]?.array?.last?["unlisted"] == true)
        #expect(unlisted["events"]?.array?.count == 1)
        #expect(unlisted["events"]?[0]?["summary"] == nil)
        client.call(.post, "users/me/calendarList", #"{"id":"\#(calendar)"}"#)
        let listed = week("of=client@example.com&from=2026-11-02").json["calendars"]?.array?.last
        #expect(listed?["unlisted"] == nil && listed?["accessRole"] == "freeBusyReader")

        coach.call(.delete, "calendars/\(calendar)/events/secret")
        #expect(titles("of=coach@example.com&from=2026-11-02") == [])
        #expect(titles("of=coach@example.com&from=2026-11-02&deleted=true") == ["Secret"])
    }

    @Test("A service account sees its own calendar, which is in no list")
    func serviceAccount() {
        google.control("service-accounts", #"{"project":"demo","name":"sync"}"#)
        let email = "sync@demo.iam.gserviceaccount.com"
        let calendars = week("of=\(email)&from=2026-11-02").json["calendars"]?.array
        #expect(calendars?.map { $0["id"]?.string } == [email])
        #expect(calendars?.first?["unlisted"] == true)
    }

    @Test("A full week says that there is more, and short pages do not make it one")
    func more() throws {
        let coach = try Client(google, "coach@example.com")
        for number in 0..<World.maximumWeekEvents { coach.insert("primary", event(#""summary":"\#(number)""#)) }
        google.switches(#"{"pageSizeLimit":20}"#)
        let full = week("of=coach@example.com&from=2026-11-02").json
        #expect(full["events"]?.array?.count == World.maximumWeekEvents && full["more"] == false)
        coach.insert("primary", event())
        let tooFull = week("of=coach@example.com&from=2026-11-02").json
        #expect(tooFull["events"]?.array?.count == World.maximumWeekEvents && tooFull["more"] == true)
    }

    @Test("Looking leaves no trace: no log, no quota, no fault used up, nothing changed")
    func noTrace() throws {
        let coach = try Client(google, "coach@example.com")
        coach.insert("primary", event(#""id":"first""#))
        google.control("quotas", #"{"perMinutePerUser":3}"#)
        google.control("faults", #"{"status":500,"count":1}"#)
        let paths = ["state", "requests"].map { "/emulator/" + $0 }
        let before = paths.map { google.send(.get, $0).reply.body }
        for _ in 0..<5 {
            #expect(week("of=coach@example.com&from=2026-11-02").status == 200)
            let asked = "/emulator/event?of=coach@example.com&calendarId=coach@example.com&eventId=first"
            #expect(google.send(.get, asked).json["google"]?["id"] == "first")
            google.send(.get, "/emulator/overview")
        }
        #expect(paths.map { google.send(.get, $0).reply.body } == before)
        #expect(coach.call(.get, "colors").status == 500)
        #expect(coach.call(.get, "colors").status == 200)
    }

    @Test("An event is shown as the API answers it and as it is held")
    func event_() throws {
        let coach = try Client(google, "coach@example.com")
        let reminders = #"{"useDefault":false,"overrides":[{"method":"popup","minutes":7}]}"#
        coach.insert("primary", event(#""id":"first","summary":"First","reminders":\#(reminders)"#))
        let path = "/emulator/event?of=coach@example.com&calendarId=coach@example.com&timeZone=UTC&eventId="
        let shown = google.send(.get, path + "first").json
        #expect(shown["google"] == coach.call(.get, "calendars/primary/events/first?timeZone=UTC").json)
        #expect(shown["held"]?["reminders"]?["coach@example.com"]?["useDefault"] == false)
        let missing = google.send(.get, path + "second")
        #expect(missing.status == 200)
        #expect(missing.json["google"]?["error"]?["code"] == 404 && missing.json["held"] == .null)
    }

    @Test("An instance is held as its series, also one that was imported")
    func heldInstance() throws {
        let coach = try Client(google, "coach@example.com")
        let daily = event(#""recurrence":["RRULE:FREQ=DAILY;COUNT=3"],"summary":"Daily","iCalUID":"series@example.com""#)
        let series = coach.call(.post, "calendars/primary/events/import", daily).json["id"]?.string ?? ""
        #expect(series.hasPrefix("_"))
        let last = coach.call(.get, "calendars/primary/events/\(series)/instances").items.last?["id"]?.string ?? ""
        let path = "/emulator/event?of=coach@example.com&calendarId=coach@example.com&eventId="
        let shown = google.send(.get, path + last).json
        #expect(shown["google"]?["id"]?.string == last)
        #expect(shown["held"]?["id"]?.string == series)
    }

    @Test("People beyond the first hundred are found by a search")
    func people() throws {
        for number in 100..<220 { google.control("users", #"{"email":"coach\#(number)@example.com"}"#) }
        google.control("service-accounts", #"{"project":"demo","name":"sync"}"#)
        let all = google.send(.get, "/emulator/overview").json
        #expect(all["people"]?.array?.count == 100 && all["peopleFound"] == 121 && all["counts"]?["people"] == 121)
        let found = google.send(.get, "/emulator/overview?search=COACH21").json
        #expect(found["people"]?.array?.count == 10)
        let account = google.send(.get, "/emulator/overview?search=demo").json["people"]
        #expect(account?.array?.map { $0["kind"]?.string } == ["serviceAccount"])
        #expect(all["methods"]?.array?.count == 39)
    }

    @Test(
        "Refused in plain words",
        arguments: [
            ("week?from=2026-11-02", 400, "of must be an address"),
            ("week?of=nobody@example.com&from=2026-11-02", 404, "neither a person"),
            ("week?of=coach@example.com", 400, "from must be a day"),
            ("week?of=coach@example.com&from=2026-11-02&days=32", 400, "days must be"),
            ("week?of=coach@example.com&from=2026-11-02&timeZone=Mars", 400, "timeZone must be"),
            ("week?of=coach@example.com&from=2026-11-02&colour=red", 400, "unknown parameter \"colour\""),
            ("event?of=coach@example.com", 400, "calendarId and eventId"),
            ("version?since=1", 400, "unknown parameter \"since\""),
        ])
    func refusals(_ path: String, _ status: Int, _ words: String) throws {
        _ = try google.person("coach@example.com")
        let refused = google.send(.get, "/emulator/" + path)
        #expect(refused.status == status)
        #expect(refused.json["error"]?.string?.contains(words) == true)
    }
}
