import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

@Suite("Control calls")
struct ControlTests {
    let google = Google()

    @Test(
        "What nobody knows is refused by name",
        arguments: [
            ("service-accounts", #"{"project":"a","name":"b","colour":1}"#, "colour"), ("users", #"{"mail":"a"}"#, "mail"),
            ("users", #"{"email":"coach"}"#, "email"), ("service-accounts", #"{"project":"A b","name":"c"}"#, "project"),
            ("quotas", #"{"perHour":1}"#, "perHour"), ("quotas", #"{"form":"500"}"#, "form"),
            ("quotas", #"{"perMinutePerUser":-1}"#, "perMinutePerUser"), ("faults", #"{"when":"now"}"#, "when"),
            ("faults", "{}", "fault"), ("faults", #"{"method":"events.explode","status":500}"#, "events.explode"),
            ("faults", #"{"effect":"bang"}"#, "bang"), ("faults", #"{"effect":"reset","status":500}"#, "status"),
            ("faults", #"{"status":200}"#, "status"), ("faults", #"{"reason":"whim"}"#, "whim"),
            ("clock", #"{"advance":1}"#, "advance"), ("clock", "{}", "now"), ("clock", #"{"now":"noon"}"#, "now"),
            ("clock", #"{"advanceSeconds":1e300}"#, "advanceSeconds"), ("switches", #"{"magic":true}"#, "magic"),
            ("switches", #"{"purgeTombstones":1}"#, "purgeTombstones"), ("reset", #"{"all":true}"#, "all"),
            ("users", "[", "body"),
        ])
    func refused(_ path: String, _ body: String, _ name: String) {
        let answer = google.control(path, body)
        #expect(answer.status == 400)
        #expect(answer.json["error"]?.string?.contains(name) == true, "\(answer.text)")
    }

    @Test("Switches answer with all of them and keep what was set")
    func switches() {
        #expect(google.control("switches", #"{"aclInsertUpserts":false,"freeBusyMaxDays":null}"#).status == 200)
        let all = google.control("switches", "{}").json
        #expect(all["aclInsertUpserts"] == false)
        #expect(all["freeBusyMaxDays"] == .null)
        #expect(all["allowHttpCallbacks"] == false)
    }

    @Test("The clock can be set and moved")
    func clock() {
        #expect(google.control("clock", #"{"now":"2030-01-01T00:00:00+01:00"}"#).json["now"] == "2029-12-31T23:00:00.000Z")
        #expect(google.control("clock", #"{"advanceSeconds":90}"#).json["now"] == "2029-12-31T23:01:30.000Z")
    }

    static let faults: [(fault: String, status: Int, reason: String?, isDone: Bool)] = [
        (#"{"status":503}"#, 503, "backendError", false),
        (#"{"method":"calendar.events.insert","status":429,"reason":"rateLimitExceeded"}"#, 429, "rateLimitExceeded", false),
        (#"{"method":"events.insert","reason":"quotaExceeded"}"#, 403, "quotaExceeded", false),
        (#"{"status":401}"#, 401, "authError", false),
        (#"{"path":"calendars/primary","status":500}"#, 500, "backendError", false),
        (#"{"effect":"afterCommit","status":503}"#, 503, "backendError", true),
        (#"{"effect":"html"}"#, 502, nil, false),
        (#"{"method":"events.patch","status":503}"#, 200, nil, true),
        (#"{"path":"calendars/other","status":503}"#, 200, nil, true),
        (#"{"probability":0,"status":503}"#, 200, nil, true),
        (#"{"delayMilliseconds":1500}"#, 200, nil, true),
    ]

    @Test("A fault strikes what it names, before or after the effect", arguments: faults)
    func fault(_ fault: String, _ status: Int, _ reason: String?, _ isDone: Bool) throws {
        let coach = try Client(google, "coach@example.com")
        #expect(google.control("faults", fault).status == 201)
        let answer = coach.insert("primary", event(#""id":"first""#))
        #expect(answer.status == status)
        #expect(answer.reason == reason)
        #expect(answer.reply.delay == (fault.contains("delay") ? .milliseconds(1500) : .zero))
        google.send(.delete, "/emulator/faults")
        #expect(coach.call(.get, "calendars/primary/events/first").status == (isDone ? 200 : 404))
    }

    @Test("Closed connections: before the effect, after it, and in the middle of the answer")
    func deliveries() throws {
        let coach = try Client(google, "coach@example.com")
        for (effect, isDone) in [("reset", false), ("afterCommit", true), ("cut", true)] {
            google.control("faults", #"{"effect":"\#(effect)","count":1}"#)
            let answer = coach.insert("primary", event(#""id":"id\#(effect.lowercased().filter { $0 < "w" })""#))
            if effect == "cut" {
                #expect(answer.reply.delivery == .cut(afterBytes: answer.reply.body.count / 2))
            } else {
                #expect(answer.reply.delivery == .reset)
            }
            let events = coach.call(.get, "calendars/primary/events").items
            #expect(events.contains { $0["id"]?.string == answer.json["id"]?.string } == isDone || effect == "reset")
        }
        let log = google.send(.get, "/emulator/requests").items
        #expect(log.compactMap { $0["fault"]?.integer } == [1, 2, 3])
        #expect(log.map { $0["status"] } == [.null, 200, .null, 200, 200, 200])
    }

    @Test("A count runs out, and the dice follow the seed")
    func countAndDice() throws {
        let coach = try Client(google, "coach@example.com")
        google.control("faults", #"{"status":500,"count":2}"#)
        #expect((1...3).map { _ in coach.call(.get, "colors").status } == [500, 500, 200])
        let runs = try [7, 7, 8].map { (seed: UInt64) in
            let google = Google(seed: seed)
            let coach = try Client(google, "coach@example.com")
            google.control("faults", #"{"status":500,"probability":0.5}"#)
            return (1...40).map { _ in coach.call(.get, "colors").status }
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0] != runs[2])
        #expect(Set(runs[0]) == [200, 500])
    }

    @Test("Faults of the token endpoint have its own shape")
    func tokenFault() throws {
        let holder = try KeyHolder(google)
        google.control("faults", #"{"method":"token","status":503}"#)
        let answer = holder.exchange(try holder.assertion(holder.claims()))
        #expect(answer.status == 503)
        #expect(answer.json["error"] == "internal_failure")
    }

    @Test("Requests are numbered and told from a number on, without secrets")
    func requests() throws {
        let coach = try Client(google, "coach@example.com")
        coach.call(.get, "colors")
        google.send(.get, "/calendar/v3/colors?access_token=" + coach.token)
        google.send(.get, "/calendar/v3/colors")
        let all = google.send(.get, "/emulator/requests")
        #expect(all.items.map { $0["number"]?.integer } == [1, 2, 3])
        #expect(all.items.map { $0["status"]?.integer } == [200, 200, 401])
        #expect(all.items.map { $0["principal"]?.string } == ["coach@example.com", "coach@example.com", nil])
        #expect(all.items[0]["path"] == "/calendar/v3/colors")
        #expect(all.items[0]["method"] == "GET")
        #expect(all.items[0]["time"] == "2026-11-02T09:00:00.250Z")
        #expect(!all.text.contains("ya29"))
        #expect(google.send(.get, "/emulator/requests?since=2").items.count == 1)
        for since in ["3", "99", "-5", String(Int.max), String(Int.min)] {
            let count = google.send(.get, "/emulator/requests?since=" + since).items.count
            #expect(count == (since.hasPrefix("-") ? 3 : 0), "\(since)")
        }
    }

    @Test("The state tells everything but secrets; reset forgets it")
    func state() throws {
        let holder = try KeyHolder(google)
        let client = try holder.client()
        let calendar = try client.calendar()
        client.insert(calendar, event(#""id":"first","summary":"A""#))
        client.call(.delete, "calendars/\(calendar)/events/first")
        client.share(calendar, with: #"{"type":"user","value":"coach@example.com"}"#, as: "reader")
        let state = google.send(.get, "/emulator/state")
        let held = state.json["calendars"]?.array?.first { $0["id"]?.string == calendar }
        #expect(held?["events"]?[0]?["status"] == "cancelled")
        #expect(held?["events"]?[0]?["summary"] == "A")
        #expect(held?["acl"]?[1]?["id"] == "user:coach@example.com")
        #expect(state.json["calendarLists"]?[holder.email]?[0]?["id"]?.string == calendar)
        #expect(state.json["serviceAccounts"]?[0]?["keyIds"]?[0]?.string == holder.keyID)
        #expect(!state.text.contains("PRIVATE KEY"))
        #expect(!state.text.contains(client.token))
        #expect(google.control("reset").status == 200)
        #expect(google.send(.get, "/emulator/state").json["calendars"] == [])
        #expect(client.call(.get, "colors").status == 401)
        #expect(google.send(.get, "/").text.contains("/emulator/state"))
    }

    @Test("Rates are sliding windows of a minute, per user and per project", arguments: [403, 429])
    func rates(_ form: Int) throws {
        let coach = try Client(google, "coach@example.com")
        google.control("quotas", #"{"perMinutePerUser":2,"form":"\#(form)"}"#)
        #expect(coach.call(.get, "colors").status == 200)
        google.advance(seconds: 30)
        #expect(coach.call(.get, "colors").status == 200)
        let refused = coach.call(.get, "colors")
        #expect(refused.status == form)
        #expect(refused.reason == "rateLimitExceeded")
        #expect(refused.json["error"]?["details"]?[0]?["metadata"]?["quota_limit"] == "defaultPerMinutePerUser")
        #expect(coach.call(.get, "colors?quotaUser=b").status == 200)
        google.advance(seconds: 30)
        #expect(coach.call(.get, "colors").status == 200)
        #expect(coach.call(.get, "colors").status == form)
        google.control("quotas", #"{"perMinutePerUser":null,"perMinutePerProject":1}"#)
        #expect(coach.call(.get, "colors").status == 200)
        #expect(try Client(google, "other@example.com").call(.get, "colors").status == form)
    }

    @Test("Writes to one calendar and creations of calendars have limits of their own")
    func writes() throws {
        let coach = try Client(google, "coach@example.com")
        google.control("quotas", #"{"writesPerMinutePerCalendar":1,"calendarCreations":1}"#)
        let calendar = try coach.calendar()
        let refused = coach.call(.post, "calendars", #"{"summary":"B"}"#)
        #expect(refused.status == 403)
        #expect(refused.reason == "quotaExceeded")
        #expect(refused.message == "Calendar usage limits exceeded.")
        #expect(coach.insert(calendar, event()).status == 200)
        #expect(coach.insert("primary", event()).status == 200)
        #expect(coach.insert(calendar, event()).reason == "rateLimitExceeded")
        #expect(coach.call(.get, "calendars/\(calendar)/events").status == 200)
        google.advance(seconds: 60)
        #expect(coach.insert(calendar, event()).status == 200)
    }

    @Test("The same requests with the same seed get the same answers")
    func determinism() throws {
        let answers = try [3, 3, 4].map { (seed: UInt64) in
            let coach = try Client(Google(seed: seed), "coach@example.com")
            return try coach.insert(coach.calendar(), event()).text
        }
        #expect(answers[0] == answers[1])
        #expect(answers[0] != answers[2])
    }
}
