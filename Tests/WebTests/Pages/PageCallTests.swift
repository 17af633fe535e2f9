import CalendarSync
import Coaching
import Foundation
import HTTPTypes
import Support
import Testing

@testable import Web

/// What pages say and do, as a browser without scripts sees it.
@Suite struct PageCallTests {
    /// Tomorrow at ten, where the coach is.
    private static func tomorrow(_ server: Server) -> (date: String, start: Date) {
        let dates = Dates(Language.en.words, zone: Zone("Europe/Berlin")!, personal: nil)
        let day = dates.adding(1, to: server.platform.clock.now)
        return (dates.iso(day), day + 10 * 3600)
    }

    private static func form(_ server: Server, _ more: [String: String] = [:]) -> [String: String] {
        [
            "id": UUID().uuidString.lowercased(), "date": tomorrow(server).date, "time": "10:00", "minutes": "60",
            "timeZone": "Europe/Berlin", "topic": "Listening",
        ].merging(more) { $1 }
    }

    /// Nothing that is no word: names of texts, places for values, or what a template leaves open.
    private func expectOnlyWords(_ page: Browser.Page, _ path: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(page.status == 200, "\(path)", sourceLocation: sourceLocation)
        let text = page.text.replacing(/<[^>]*>/, with: " ")
        #expect(
            text.firstMatch(of: /\{[a-z]+\}|\{\{|Optional\(|\b(settings|session|form|book|hold|operator|toasts)\.[a-z]/) == nil,
            "\(path)", sourceLocation: sourceLocation)
    }

    @Test(arguments: ["en", "he"])
    func everyPageSpeaksOneLanguage(_ locale: String) async throws {
        try await Server.run { server in
            var coach = server.platform.coach
            coach.locale = locale
            var client = Server.client
            client.locale = locale
            var admin = Server.admin
            admin.locale = locale
            let browser = Browser(server)
            try await browser.signIn(client)
            try await browser.signIn(coach)
            expectOnlyWords(try await browser.get("/settings/calendar"), "never connected")
            _ = try await server.platform.sync.connectGoogleCalendar(for: coach)
            #expect(
                try await browser.post(
                    "/sessions", Self.form(server, ["id": "00000000-0000-0000-0000-00000000000a", "clientId": "client-1"])
                ).status == 303)
            try await server.deliver()
            let id = "00000000-0000-0000-0000-00000000000a"
            let paths = [
                "/sessions", "/sessions?view=month", "/sessions?date=\(Self.tomorrow(server).date)", "/sessions/\(id)",
                "/sessions/\(id)/edit", "/new-session", "/settings/calendar", "/settings/calendar/disconnect", "/book/coach-1",
            ]
            for path in paths {
                let page = try await browser.get(path)
                expectOnlyWords(page, path)
                #expect(page.text.contains(#"<html lang="\#(locale)" dir="\#(locale == "he" ? "rtl" : "ltr")">"#))
            }
            let other = Browser(server)
            try await other.signIn(client)
            for path in ["/sessions", "/sessions/\(id)", "/book/coach-1"] { expectOnlyWords(try await other.get(path), path) }
            let watching = Browser(server)
            try await watching.signIn(admin)
            for path in ["/operator", "/operator/coaches/coach-1"] { expectOnlyWords(try await watching.get(path), path) }
        }
    }

    @Test func aFormThatIsSentTwiceMakesOneSession() async throws {
        try await Server.run { server in
            let browser = Browser(server)
            try await browser.signIn(server.platform.coach)
            let form = Self.form(server)
            for _ in 0..<2 { #expect(try await browser.post("/sessions", form).status == 303) }
            let page = try await browser.get("/sessions?date=\(Self.tomorrow(server).date)")
            #expect(page.text.matches(of: /Listening/).count == 1)
            #expect(page.text.contains("The session is saved"))
            // What was said is said once.
            #expect(try await !browser.get("/sessions").text.contains("The session is saved"))
        }
    }

    @Test func whatIsInTheWayIsShownAndNothingIsSaved() async throws {
        try await Server.run { server in
            let browser = Browser(server)
            try await browser.signIn(server.platform.coach)
            _ = try await browser.post("/sessions", Self.form(server))
            let second = Self.form(server, ["time": "10:30", "topic": "Asking"])
            let shown = try await browser.get(
                "/conflicts?date=\(Self.tomorrow(server).date)&time=10:30&minutes=60&timeZone=Europe/Berlin")
            #expect(shown.text.contains("Another session"))
            let refused = try await browser.post("/sessions", second)
            #expect(refused.status == 409)
            #expect(refused.text.contains("There is something else at that time"))
            // What was typed is still there.
            #expect(refused.text.contains(#"value="Asking""#))
            #expect(try await !browser.get("/sessions?date=\(Self.tomorrow(server).date)").text.contains("Asking"))
            #expect(try await browser.post("/sessions", second.merging(["allowOverlap": "yes"]) { $1 }).status == 303)
            #expect(try await browser.get("/sessions?date=\(Self.tomorrow(server).date)").text.contains("Asking"))
        }
    }

    @Test(arguments: [
        (["date": "2027-02-30"], "Give a date and a time that exist"), (["minutes": "0"], "Give a length from 1 to 1440"),
        (["minutes": "x"], "Give a length from 1 to 1440"), (["timeZone": "Mars/Olympus"], "Choose a time zone"),
        (["date": "2027-03-28", "time": "02:30"], "Clocks skip that time on that day. 03:30"),
        (["date": "2027-10-31", "time": "02:30"], "Clocks show that time twice"),
        (["topic": String(repeating: "x", count: 2501)], "Shorten the topic"), (["weeks": "53"], "Give 1 to 52 weeks"),
    ])
    func whatIsWrongIsSaidWithItsMend(_ change: [String: String], _ text: String) async throws {
        try await Server.run { server in
            let browser = Browser(server)
            try await browser.signIn(server.platform.coach)
            let page = try await browser.post("/sessions", Self.form(server, change))
            #expect(page.status == 400)
            #expect(page.text.contains(text), "\(page.text)")
            #expect(try await server.call(.get, "/v1/sessions").text.contains("Listening") == false)
        }
    }

    @Test func whatSomebodyElseChangedIsNotOverwrittenUnseen() async throws {
        try await Server.run { server in
            let browser = Browser(server)
            try await browser.signIn(server.platform.coach)
            let form = Self.form(server)
            _ = try await browser.post("/sessions", form)
            let id = try #require(form["id"])
            let page = try await browser.get("/sessions/\(id)/edit")
            #expect(page.text.contains(#"name="revision" value="1""#))
            _ = try await server.platform.sync.edit(id, by: server.platform.coach) { $0.topic = "Theirs" }
            let mine = form.merging(["topic": "Mine", "revision": "1"]) { $1 }
            let told = try await browser.post("/sessions/\(id)", mine)
            #expect(told.status == 409)
            #expect(told.text.contains("was changed meanwhile"))
            #expect(told.text.contains(#"name="revision" value="2""#))
            #expect(try await server.platform.sync.session(id, by: server.platform.coach).session.details.topic == "Theirs")
            #expect(try await browser.post("/sessions/\(id)", mine.merging(["revision": "2"]) { $1 }).status == 303)
        }
    }

    @Test func theLongestTextsFitInWhateverScript() async throws {
        try await Server.run { server in
            let browser = Browser(server)
            try await browser.signIn(server.platform.coach)
            let notes = String(repeating: "ש", count: 8_000)
            let page = try await browser.post(
                "/sessions", Self.form(server, ["sharedSummary": notes, "privateNotes": notes + notes]))
            #expect(page.status == 303)
        }
    }

    @Test func aSeriesIsMadeAndChangedAsAWhole() async throws {
        try await Server.run { server in
            let browser = Browser(server)
            try await browser.signIn(server.platform.coach)
            let form = Self.form(server, ["weeks": "3"])
            #expect(try await browser.post("/sessions", form).status == 303)
            let id = try #require(form["id"])
            let path = "/sessions/\(id)-2"
            #expect(try await browser.get(path + "/edit").text.contains("This one and all after it"))
            let session = try await server.platform.sync.session("\(id)-2", by: server.platform.coach).session
            let changed = Self.form(
                server,
                [
                    "date": String(Zone("Europe/Berlin")!.rfc3339(session.details.startsAt).prefix(10)), "topic": "Other",
                    "scope": "following",
                ])
            #expect(try await browser.post(path, changed).status == 303)
            var topics: [String?] = []
            for number in 1...3 {
                topics.append(
                    try await server.platform.sync.session("\(id)-\(number)", by: server.platform.coach).session.details.topic)
            }
            #expect(topics == ["Listening", "Other", "Other"])
        }
    }

    @Test func somebodyElsesSessionIsNotThere() async throws {
        try await Server.run { server in
            _ = try await server.platform.put("s-1")
            let other = Browser(server)
            try await other.signIn(try await server.platform.coach(2))
            let page = try await other.get("/sessions/s-1")
            #expect(page.status == 404)
            #expect(page.text.contains("There is no such session"))
            for action in ["", "/cancel", "/move", "/drift"] {
                #expect(
                    try await other.post(
                        "/sessions/s-1\(action)", Self.form(server, ["startsAt": "2027-01-01T10:00", "keep": "session"])
                    ).status == 404, "\(action)")
            }
            #expect(try await other.get("/sessions/s-1/calendar.ics").status == 404)
            #expect(try await other.get("/operator").status == 403)
        }
    }

    @Test func clientsSeeNothingThatIsTheCoachsOwn() async throws {
        try await Server.run { server in
            var details = server.platform.details(privateNotes: "CANARY")
            details.clientID = Server.client.id
            _ = try await server.platform.put("s-1", details)
            let browser = Browser(server)
            try await browser.signIn(Server.client)
            for path in ["/sessions", "/sessions/s-1", "/sessions/s-1/calendar.ics", "/book/coach-1"] {
                let page = try await browser.get(path)
                #expect(page.status == 200)
                #expect(!page.text.contains("CANARY"), "\(path)")
            }
            #expect(try await browser.get("/sessions/s-1/edit").status == 403)
            #expect(try await browser.post("/sessions/s-1", Self.form(server, ["privateNotes": "MINE"])).status == 403)
            #expect(try await browser.get("/settings/calendar").status == 403)
        }
    }

    @Test func aClientHoldsBooksMovesAndCancels() async throws {
        try await Server.run { server in
            let browser = Browser(server)
            try await browser.signIn(Server.client)
            let page = try await browser.get("/book/coach-1")
            let slots = page.text.matches(of: /name="startsAt" value="([^"]+)"/).map { String($0.1) }
            let (first, later) = (try #require(slots.first), try #require(slots.last))
            let wish = ["minutes": "60", "zone": "America/New_York"]
            let held = try await browser.post("/book/coach-1", wish.merging(["startsAt": first]) { $1 })
            let hold = try #require(held.location?.split(separator: "?").first.map(String.init))
            #expect(hold.hasPrefix("/book/coach-1/holds/"))
            #expect(try await browser.get(hold).text.contains("held for you until"))

            // Somebody else is told kindly, and may not see what is held.
            let other = Browser(server)
            try await other.signIn(Person(id: "client-2", role: .client))
            let late = try await other.post("/book/coach-1", wish.merging(["startsAt": first]) { $1 })
            #expect(late.location?.hasPrefix("/book/coach-1?") == true)
            #expect(try await other.get("/book/coach-1").text.contains("not free any more"))
            #expect(try await other.get(hold).location == "/book/coach-1")
            #expect(try await other.post(hold, ["topic": "Stolen"]).location == "/book/coach-1")

            // Sent twice, it is booked once.
            for _ in 0..<2 {
                let booked = try await browser.post(hold, ["topic": "My topic", "zone": "America/New_York"])
                #expect(booked.location?.hasPrefix("/sessions/") == true)
            }
            let sessions = try await server.platform.sync.sessions(by: Server.client, limit: 10).items
            #expect(sessions.map(\.session.details.topic) == ["My topic"])
            let id = try #require(sessions.first?.session.id)
            let moved = try await browser.post("/book/coach-1", ["startsAt": later, "moving": id, "zone": "America/New_York"])
            #expect(moved.location == "/sessions/\(id)")
            let after = try await server.platform.sync.session(id, by: Server.client).session
            #expect(after.details.startsAt == WallTime(later)?.instant)
            #expect(try await browser.post("/sessions/\(id)/cancel").status == 303)
            #expect(try await server.platform.sync.session(id, by: Server.client).session.status == .cancelled)
        }
    }

    @Test func settingsTellWhatIsWrongAndWhatToDo() async throws {
        try await Server.run { server in
            let (platform, browser) = (server.platform, Browser(server))
            try await browser.signIn(platform.coach)
            #expect(try await browser.get("/settings/calendar").text.contains("Connect Google Calendar"))
            _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
            _ = try await platform.put("s-1")
            #expect(try await browser.get("/settings/calendar").text.contains("1 on its way"))
            try await server.deliver()
            let healthy = try await browser.get("/settings/calendar")
            #expect(healthy.text.contains("Up to date"))
            #expect(healthy.text.contains("https://calendar.google.com/calendar/r?cid="))

            let before = try await browser.get("/settings/calendar/disconnect")
            #expect(before.text.contains("1 event is removed"))
            #expect(try await browser.post("/settings/calendar/disconnect", ["events": "remove"]).status == 303)
            #expect(try await browser.get("/settings/calendar").text.contains("Removing events"))
            try await server.deliver()
            #expect(try await browser.get("/settings/calendar").text.contains("Your calendar is disconnected"))
        }
    }

    @Test func looksAndPoliciesAreKept() async throws {
        try await Server.run { server in
            let (platform, browser) = (server.platform, Browser(server))
            try await browser.signIn(platform.coach)
            _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
            _ = try await browser.post(
                "/settings/calendar/events", ["color": "peacock", "detailLevel": "busyOnly", "driftPolicy": "ask"])
            let connection = try await platform.sync.calendarConnection(of: platform.coach.id).connection
            #expect(connection.colorID == "7")
            #expect(connection.detailLevel == .busyOnly)
            #expect(connection.driftPolicy == .ask)
            let page = try await browser.get("/settings/calendar")
            #expect(page.text.contains(#"value="peacock" checked"#))
            #expect(page.text.contains(#"value="ask" checked"#))
            _ = try await browser.post("/settings/calendar/events", ["color": "none"])
            #expect(try await platform.sync.calendarConnection(of: platform.coach.id).connection.colorID == nil)
            #expect(try await browser.post("/settings/calendar/events", ["color": "pink"]).status == 400)
        }
    }

    @Test func workingHoursAreTypedAsPeopleWriteThem() async throws {
        try await Server.run { server in
            let browser = Browser(server)
            try await browser.signIn(server.platform.coach)
            expectOnlyWords(try await browser.get("/settings/booking"), "booking")
            let good = [
                "monday": "9:00 – 12:00, 13:00-24:00", "slotStepMinutes": "30", "bufferBeforeMinutes": "0",
                "bufferAfterMinutes": "10",
                "noticeMinutes": "120", "horizonDays": "60", "whenUnknown": "allow",
            ]
            #expect(try await browser.post("/settings/booking", good).status == 303)
            let rules = try await server.platform.sync.bookingRules(of: server.platform.coach.id)
            #expect(rules.workingHours.weekdays == [.monday: [Hours(from: 540, to: 720), Hours(from: 780, to: 1440)]])
            #expect(rules.slotStepMinutes == 30)
            #expect(rules.whenUnknown == .allow)
            #expect(try await browser.get("/settings/booking").text.contains(#"value="09:00-12:00, 13:00-24:00""#))
            let wrong = [
                ["monday": "9 to 5"], ["monday": "17:00-09:00"], ["monday": "09:00-25:00"],
                ["monday": "09:00-12:00, 11:00-13:00"],
                ["slotStepMinutes": "7"], ["horizonDays": "0"], ["noticeMinutes": ""], ["whenUnknown": "maybe"],
            ]
            for change in wrong {
                let page = try await browser.post("/settings/booking", good.merging(change) { $1 })
                #expect(page.status == 400, "\(change)")
                #expect(page.text.contains("Nothing was saved yet"))
            }
            #expect(try await server.platform.sync.bookingRules(of: server.platform.coach.id) == rules)
        }
    }

    @Test func peopleWhoGoAstrayGetAPage() async throws {
        try await Server.run { server in
            let page = try await Browser(server).get("/nowhere")
            #expect(page.status == 404)
            #expect(page.text.contains("There is no page at this address"))
            #expect(page.headers[.init("Content-Security-Policy")!] != nil)
            // Programs get what they always got.
            #expect(try await server.call(.get, "/v1/nowhere")["code"] == "noSuchPath")
        }
    }
}
