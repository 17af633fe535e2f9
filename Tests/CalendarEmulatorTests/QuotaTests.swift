import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

/// Facts 11.3 row 11.
@Suite("Quotas")
struct QuotaTests {
    let google = Google()

    private func quotas(_ body: String) { #expect(google.control("quotas", body).status == 200) }

    @Test("What one window refuses counts in no other one, unless a switch says so", arguments: [false, true])
    func refused(_ counts: Bool) throws {
        google.switches(#"{"refusedCallsCount":\#(counts)}"#)
        let (one, two) = (try Client(google, "one@example.com"), try Client(google, "two@example.com"))
        quotas(#"{"perMinutePerUser":1,"perMinutePerProject":3}"#)
        #expect(one.call(.get, "colors").status == 200)
        for _ in 1...5 { #expect(one.call(.get, "colors").status == 403) }
        #expect(two.call(.get, "colors").status == (counts ? 403 : 200))
        google.advance(seconds: 59)
        #expect(one.call(.get, "colors").status == 403)
        google.advance(seconds: 1)
        #expect(one.call(.get, "colors").status == (counts ? 403 : 200))
    }

    @Test("A calendar has one window, however it is called", arguments: ["primary", "coach@example.com", "Coach@Example.com"])
    func spelling(_ id: String) throws {
        let coach = try Client(google, "coach@example.com")
        quotas(#"{"writesPerMinutePerCalendar":1}"#)
        #expect(coach.insert("coach@example.com", event()).status == 200)
        #expect(coach.insert(id, event()).reason == "rateLimitExceeded")
    }

    @Test("Strangers do not use up a calendar, nor do changes of the own list and channels")
    func otherWrites() throws {
        let (coach, stranger) = (try Client(google, "coach@example.com"), try Client(google, "stranger@example.com"))
        quotas(#"{"writesPerMinutePerCalendar":1}"#)
        for _ in 1...3 {
            #expect(stranger.insert("coach@example.com", event()).reason == "notFound")
            #expect(coach.call(.patch, "users/me/calendarList/primary", #"{"selected":true}"#).status == 200)
            #expect(coach.call(.post, "calendars/primary/events/watch", "{}").reason != "rateLimitExceeded")
        }
        #expect(coach.insert("primary", event()).status == 200)
    }

    @Test("quotaUser divides a person's quota; a bare service account's only with a switch")
    func quotaUser() throws {
        quotas(#"{"perMinutePerUser":1}"#)
        let coach = try Client(google, "coach@example.com")
        let account = try KeyHolder(google).client()
        for (client, second) in [(coach, 200), (account, 403)] {
            #expect(client.call(.get, "colors?quotaUser=a").status == 200)
            #expect(client.call(.get, "colors?quotaUser=b").status == second)
            #expect(client.call(.get, "colors?quotaUser=a").status == 403)
        }
        google.switches(#"{"quotaUserSplitsServiceAccounts":true}"#)
        #expect(account.call(.get, "colors?quotaUser=b").status == 200)
        #expect(coach.call(.get, "colors?quotaUser=" + String(repeating: "q", count: 40)).status == 200)
        let long = coach.call(.get, "colors?quotaUser=" + String(repeating: "q", count: 41))
        #expect(long.reason == "invalidParameter")
    }

    static let envelopes = [("frontEnd", "403"), ("frontEnd", "429"), ("backend", "403"), ("backend", "429")]

    @Test("Both envelopes, both statuses, and both reasons", arguments: envelopes)
    func envelope(_ envelope: String, _ form: String) throws {
        let coach = try Client(google, "coach@example.com")
        quotas(#"{"perMinutePerUser":0,"envelope":"\#(envelope)","form":"\#(form)"}"#)
        let refused = coach.call(.get, "colors")
        #expect(String(refused.status) == form)
        #expect(refused.reason == "rateLimitExceeded")
        #expect(refused.json["error"]?["errors"]?[0]?["domain"] == "usageLimits")
        let detail = refused.json["error"]?["details"]?[0]
        #expect((detail?["reason"] == "RATE_LIMIT_EXCEEDED") == (envelope == "frontEnd"))
        #expect((refused.message == "Rate Limit Exceeded") == (envelope == "backend"))
        if envelope == "frontEnd" {
            #expect(refused.json["error"]?["status"]?.string == (form == "429" ? "RESOURCE_EXHAUSTED" : "PERMISSION_DENIED"))
            #expect(detail?["metadata"]?["quota_limit_value"] == "0")
        }
        quotas(#"{"perUserReason":"userRateLimitExceeded"}"#)
        let named = coach.call(.get, "colors")
        #expect(named.reason == "userRateLimitExceeded")
        #expect((named.message == "User Rate Limit Exceeded") == (envelope == "backend"))
    }

    static let uses: [(String, String, String)] = [
        ("eventCreations", "calendars/primary/events", event()),
        ("calendarShares", "calendars/primary/acl", #"{"role":"reader","scope":{"type":"default"}}"#),
        ("calendarCreations", "calendars", #"{"summary":"A"}"#),
        ("externalInvitations", "calendars/primary/events", event(#""attendees":[{"email":"client@example.org"}]"#)),
    ]

    @Test("Use limits are refused with quotaExceeded, count what succeeds, and come back", arguments: uses)
    func use(_ name: String, _ path: String, _ body: String) throws {
        let coach = try Client(google, "coach@example.com")
        quotas(#"{"\#(name)":2,"usePeriodSeconds":3600}"#)
        #expect(coach.call(.post, path, "{").status == 400)
        #expect(coach.call(.post, path, body).status == 200)
        google.advance(seconds: 1800)
        #expect(coach.call(.post, path, body).status == 200)
        let refused = coach.call(.post, path, body)
        #expect(refused.status == 403)
        #expect(refused.reason == "quotaExceeded")
        #expect(refused.message == "Calendar usage limits exceeded.")
        #expect(coach.call(.post, path, "{").status == 400)
        google.advance(seconds: 1800)
        #expect(coach.call(.post, path, body).status == 200)
        #expect(coach.call(.post, path, body).reason == "quotaExceeded")
    }

    @Test("What is refused by a use limit is not done")
    func undone() throws {
        let coach = try Client(google, "coach@example.com")
        quotas(#"{"eventCreations":0}"#)
        #expect(coach.insert("primary", event(#""id":"first""#)).reason == "quotaExceeded")
        #expect(coach.call(.get, "calendars/primary/events/first").status == 404)
    }

    @Test("Only guests of other domains count, and each once")
    func guests() throws {
        let coach = try Client(google, "coach@example.com")
        quotas(#"{"externalInvitations":2}"#)
        let guests = { (list: String) in #"{"attendees":[\#(list)]}"# }
        let (inside, first) = (#"{"email":"a@example.com"}"#, #"{"email":"b@example.org"}"#)
        coach.insert("primary", event(#""id":"first""#))
        let path = "calendars/primary/events/first"
        #expect(coach.call(.patch, path, guests("\(inside),\(first)")).status == 200)
        #expect(coach.call(.patch, path, guests("\(first),\(inside)")).status == 200)
        #expect(coach.call(.patch, path, guests(#"\#(first),{"email":"c@example.org"}"#)).status == 200)
        #expect(coach.call(.patch, path, guests(#"\#(first),{"email":"d@example.org"}"#)).reason == "quotaExceeded")
    }

    @Test("The preset has Google's published numbers, and can be departed from in the same call")
    func preset() {
        let set = google.control("quotas", #"{"preset":"google","calendarCreations":3}"#).json
        #expect(set["perMinutePerUser"] == 600)
        #expect(set["perMinutePerProject"] == 10_000)
        #expect(set["eventCreations"] == 100_000)
        #expect(set["calendarCreations"] == 3)
        #expect(set["externalInvitations"] == 10_000)
        #expect(set["calendarShares"] == 750)
        #expect(set["writesPerMinutePerCalendar"] == .null)
        #expect(google.control("quotas", #"{"preset":"other"}"#).status == 400)
        #expect(google.control("quotas", #"{"perMinutePerUser":1,"nonsense":1}"#).status == 400)
        #expect(google.control("quotas", "{}").json["perMinutePerUser"] == 600)
    }

    @Test("A window slides: every time is the naive count", arguments: [1, 2, 3] as [UInt64])
    func naive(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var window = SlidingWindow()
        var naive: [Int64] = []
        var now: Int64 = 0
        for _ in 1...2000 {
            now += Int64.random(in: -20...40, using: &random)
            naive.removeAll { $0 <= now - 300 || $0 > now }
            window.slide(to: now, period: 300)
            #expect(window.count == naive.count)
            guard window.count < 12 else { continue }
            naive.append(now)
            window.add(now, count: 1, keeping: 12)
        }
    }

    @Test("Windows nobody uses any more are dropped")
    func bounded() throws {
        var windows = SlidingWindows<Int>()
        for key in 0..<100_000 {
            windows.add(1, to: key, limit: 5, now: Int64(key), period: { _ in 1000 })
        }
        #expect(windows.heldCount < 5000)
        for _ in 0..<10_000 { windows.add(1, to: -1, limit: 5, now: 100_000, period: { _ in 1000 }) }
        #expect(windows.count(-1, now: 100_000, period: 1000) == 5)
    }

    @Test("A refusal says when to come back only where a switch says so", arguments: ["403", "429"])
    func retryAfter(_ form: String) throws {
        let coach = try Client(google, "coach@example.com")
        quotas(#"{"perMinutePerUser":0,"form":"\#(form)"}"#)
        #expect(coach.call(.get, "colors").reply.response.headerFields[.retryAfter] == nil)
        google.switches(#"{"retryAfterSeconds":7}"#)
        #expect(coach.call(.get, "colors").reply.response.headerFields[.retryAfter] == "7")
        quotas(#"{"perMinutePerUser":null}"#)
        #expect(coach.call(.get, "calendars/nothing").reply.response.headerFields[.retryAfter] == nil)
        google.control("faults", #"{"status":503}"#)
        #expect(coach.call(.get, "colors").reply.response.headerFields[.retryAfter] == "7")
    }

    @Test("A PATCH counts once, by a switch three times", arguments: [(false, 4), (true, 2)])
    func costOfPatch(_ isThrice: Bool, _ expected: Int) throws {
        let coach = try Client(google, "coach@example.com")
        google.switches(#"{"patchCountsThrice":\#(isThrice)}"#)
        quotas(#"{"perMinutePerUser":4,"writesPerMinutePerCalendar":4}"#)
        let patch = { coach.call(.patch, "calendars/primary", #"{"summary":"A"}"#).status }
        #expect((1...6).count { _ in patch() == 200 } == expected)
    }
}
