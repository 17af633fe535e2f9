import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

extension Client {
    /// Opens a channel on what is listed at `path`. - Parameter more: further fields, with a comma before each.
    @discardableResult
    func watch(_ path: String, id: String = "first", _ more: String = "") -> Exchange {
        call(.post, path + "/watch", #"{"id":"\#(id)","type":"web_hook","address":"https://example.com/hook?key=k"\#(more)}"#)
    }

    @discardableResult
    func stop(_ id: String, _ resourceID: String?) -> Exchange {
        call(.post, "channels/stop", #"{"id":"\#(id)","resourceId":"\#(resourceID ?? "")"}"#)
    }
}

@Suite("Push notifications")
struct PushTests {
    let google = Google()

    /// The states of the messages since the last look.
    private func states() -> [String] { google.emulator.takeNotifications().map(\.state.rawValue) }

    @Test("A channel is answered, and told sync first, then of every change, with rising numbers")
    func conversation() throws {
        let coach = try Client(google, "coach@example.com")
        let calendar = try coach.calendar()
        let channel = coach.watch("calendars/\(calendar)/events", #","token":"for you""#).json
        #expect(channel.object?.keys.elements == ["kind", "id", "resourceId", "resourceUri", "token", "expiration"])
        #expect(channel["kind"] == "api#channel")
        let uri = "https://www.googleapis.com/calendar/v3/calendars/\(calendar.replacing("@", with: "%40"))/events?alt=json"
        #expect(channel["resourceUri"]?.string == uri)
        #expect(channel["expiration"] == "1794214800250")
        coach.insert(calendar, event(#""id":"event1""#))
        coach.call(.patch, "calendars/\(calendar)/events/event1", #"{"summary":"A"}"#)
        coach.call(.delete, "calendars/\(calendar)/events/event1")
        let messages = google.emulator.takeNotifications()
        #expect(messages.map(\.state) == [.sync, .exists, .exists, .exists])
        let numbers = messages.map(\.messageNumber)
        #expect(numbers[0] == 1)
        #expect(numbers == numbers.sorted() && Set(numbers).count == 4 && numbers != [1, 2, 3, 4])
        #expect(Set(messages.map(\.address)) == ["https://example.com/hook?key=k"])
        let headers = messages[1].headers.map { $0.name.rawName + ": " + $0.value }
        #expect(
            headers == [
                "Content-Type: application/json; utf-8",
                "User-Agent: APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
                "X-Goog-Channel-ID: first", "X-Goog-Channel-Expiration: Mon, 09 Nov 2026 09:00:00 GMT",
                "X-Goog-Message-Number: \(numbers[1])",
                "X-Goog-Resource-ID: \(channel["resourceId"]?.string ?? "")", "X-Goog-Resource-State: exists",
                "X-Goog-Resource-URI: " + uri, "X-Goog-Channel-Token: for you",
            ])
        #expect(google.emulator.takeNotifications().isEmpty)
    }

    @Test(
        "A date in a header",
        arguments: [
            (1_384_823_632, "Tue, 19 Nov 2013 01:13:52 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        ] as [(Int64, String)])
    func date(_ seconds: Int64, _ text: String) { #expect(Instant(milliseconds: seconds * 1000 + 999).httpDate == text) }

    @Test("Reads, refusals and changes of something else tell nothing; work whose answer is lost does")
    func quiet() throws {
        let coach = try Client(google, "coach@example.com")
        coach.insert("primary", event(#""id":"event1""#))
        coach.watch("calendars/primary/events")
        #expect(states() == ["sync"])
        coach.call(.get, "calendars/primary/events")
        coach.insert("primary", event(#""id":"event1""#))
        coach.call(.patch, "calendars/primary/events/event1", "{}")
        coach.insert(try coach.calendar(), event())
        google.advance(seconds: 10)
        #expect(states().isEmpty)
        google.control("faults", #"{"effect":"afterCommit","count":1}"#)
        #expect(coach.insert("primary", event()).reply.delivery == .reset)
        #expect(states() == ["exists"])
    }

    static let changes: [(lists: [String], method: HTTPRequest.Method, path: String, body: String)] = [
        (["calendars/primary/events"], .post, "calendars/primary/events", event()),
        (
            ["calendars/primary/acl"], .post, "calendars/primary/acl",
            #"{"role":"reader","scope":{"type":"user","value":"client@example.com"}}"#
        ),
        (["users/me/calendarList"], .post, "calendars", #"{"summary":"New"}"#),
        (["users/me/calendarList"], .patch, "users/me/calendarList/primary", #"{"hidden":true}"#),
        // The zone of the primary calendar is a setting, and stands in the list too.
        (["users/me/calendarList", "users/me/settings"], .patch, "calendars/primary", #"{"timeZone":"Asia/Tokyo"}"#),
    ]

    @Test("All four lists can be watched, and each tells of its own changes alone", arguments: changes)
    func resources(_ lists: [String], _ method: HTTPRequest.Method, _ path: String, _ body: String) throws {
        let coach = try Client(google, "coach@example.com")
        let other = try Client(google, "other@example.com")
        var open: [String: JSON] = [:]
        for (index, resource) in Set(Self.changes.flatMap(\.lists)).sorted().enumerated() {
            open[resource] = coach.watch(resource, id: "channel\(index)").json
            other.watch(resource, id: "other\(index)")
        }
        #expect(Set(open.values.compactMap { $0["resourceId"]?.string }).count == 4)
        #expect(states().count == 8)
        #expect(coach.call(method, path, body).status == 200)
        let told = google.emulator.takeNotifications()
        #expect(told.map(\.channelID) == lists.map { open[$0]?["id"]?.string })
        #expect(told.map { $0.headers[.resourceURI] } == lists.map { open[$0]?["resourceUri"]?.string })
        #expect(told.allSatisfy { $0.headers[.resourceURI]?.hasSuffix("?alt=json") == true })
    }

    @Test("A resource has the same id for everybody and for ever")
    func resourceID() throws {
        let coach = try Client(google, "coach@example.com")
        let holder = try KeyHolder(google)
        coach.share("primary", with: #"{"type":"user","value":"\#(holder.email)"}"#, as: "reader")
        let ids = [
            coach.watch("calendars/primary/events").json, coach.watch("calendars/coach@example.com/events", id: "b").json,
            try holder.client().watch("calendars/coach@example.com/events", id: "c").json,
            try Client(Google(seed: 5), "coach@example.com").watch("calendars/primary/events").json,
        ].compactMap { $0["resourceId"]?.string }
        #expect(ids.count == 4)
        #expect(Set(ids).count == 1)
    }

    // MARK: - What is refused

    static let refusals: [(body: String, reason: String, message: String?)] = [
        (#"{"id":"a","address":"https://example.com"}"#, "required", nil),
        (#"{"id":"a","type":"sms","address":"https://example.com"}"#, "push.channelTypeNotSupported", nil),
        (#"{"type":"web_hook","address":"https://example.com"}"#, "required", nil),
        (#"{"id":"a","type":"web_hook"}"#, "required", nil),
        (
            #"{"id":"a","type":"web_hook","address":"http://example.com/a"}"#, "push.webhookUrlNotHttps",
            "WebHook callback must be HTTPS: http://example.com/a"
        ),
        (#"{"id":"a","type":"web_hook","address":"example.com"}"#, "invalid", nil),
        (#"{"id":"a","type":"web_hook","address":"https://"}"#, "invalid", nil),
        (#"{"id":"a","type":"web_hook","address":"https://me:secret@example.com"}"#, "invalid", nil),
        (#"{"id":"a b","type":"web_hook","address":"https://example.com"}"#, "invalid", nil),
        (#"{"id":"a","type":"web_hook","address":"https://example.com","token":"a\r\nX-Evil: 1"}"#, "invalid", nil),
        (#"{"id":"a","type":"web_hook","address":"https://example.com","expiration":"1"}"#, "invalid", nil),
        (#"{"id":"a","type":"web_hook","address":"https://example.com","params":{"ttl":"soon"}}"#, "invalid", nil),
        ("[]", "parseError", nil),
    ]

    @Test("Channels that cannot be are refused", arguments: refusals)
    func refused(_ body: String, _ reason: String, _ message: String?) throws {
        let coach = try Client(google, "coach@example.com")
        let answer = coach.call(.post, "calendars/primary/events/watch", body)
        #expect(answer.status == 400)
        #expect(answer.reason == reason)
        if let message { #expect(answer.message == message) }
        #expect(states().isEmpty)
    }

    @Test("Lengths: ids up to 64 characters, tokens up to 256", arguments: [(64, 256, 200), (65, 1, 400), (1, 257, 400)])
    func lengths(_ id: Int, _ token: Int, _ status: Int) throws {
        let coach = try Client(google, "coach@example.com")
        let (name, secret) = (String(repeating: "a", count: id), String(repeating: "ä", count: token))
        #expect(coach.watch("calendars/primary/events", id: name, #","token":"\#(secret)""#).status == status)
    }

    @Test("http is taken when the switch says so, and webhook is a name for web_hook too")
    func http() throws {
        let coach = try Client(google, "coach@example.com")
        google.switches(#"{"allowHttpCallbacks":true}"#)
        let body = #"{"id":"a","type":"webhook","address":"http://127.0.0.1:9/"}"#
        #expect(coach.call(.post, "calendars/primary/events/watch", body).status == 200)
        #expect(google.emulator.takeNotifications().map(\.address) == ["http://127.0.0.1:9/"])
    }

    @Test("A channel id is taken once in a project")
    func unique() throws {
        let coach = try Client(google, "coach@example.com")
        #expect(coach.watch("calendars/primary/events").status == 200)
        let again = coach.watch("users/me/calendarList")
        #expect(again.status == 400)
        #expect(again.reason == "channelIdNotUnique")
        #expect(again.message == "Channel id first not unique")
        #expect(try KeyHolder(google).client().watch("calendars/primary/events").status == 200)
    }

    @Test("Watching takes a role: any for events, writer for rules", arguments: ["freeBusyReader", "reader", "writer"])
    func roles(_ role: String) throws {
        let owner = try Client(google, "owner@example.com")
        let coach = try Client(google, "coach@example.com")
        let calendar = try owner.calendar()
        #expect(coach.watch("calendars/\(calendar)/events").status == 404)
        owner.share(calendar, with: #"{"type":"user","value":"coach@example.com"}"#, as: role)
        #expect(coach.watch("calendars/\(calendar)/events", id: "a").status == 200)
        #expect(coach.watch("calendars/\(calendar)/acl", id: "b").status == (role == "writer" ? 200 : 403))
        google.switches(#"{"freeBusyReaderMayWatch":false}"#)
        #expect(coach.watch("calendars/\(calendar)/events", id: "c").status == (role == "freeBusyReader" ? 403 : 200))
    }

    // MARK: - The end of a channel

    static let lifetimes: [(wish: String, seconds: Int64)] = [
        ("", 604_800), (#","params":{"ttl":"60"}"#, 60), (#","params":{"ttl":60}"#, 60),
        (#","params":{"ttl":"99999999"}"#, 2_592_000), (#","expiration":"1793610010250""#, 10),
        (#","expiration":1793610010250"#, 10), (#","expiration":"1793610010250","params":{"ttl":"60"}"#, 10),
        (#","expiration":"9999999999999""#, 2_592_000),
    ]

    @Test("A channel lasts as long as asked, a week else, 30 days at most, and then is forgotten", arguments: lifetimes)
    func expiry(_ wish: String, _ seconds: Int64) throws {
        let coach = try Client(google, "coach@example.com")
        let channel = coach.watch("calendars/primary/events", wish).json
        #expect(channel["expiration"]?.string == String(1_793_610_000_250 + seconds * 1000))
        google.advance(seconds: Int(seconds) - 1)
        coach.insert("primary", event())
        #expect(states() == ["sync", "exists"])
        google.advance(seconds: 1)
        coach.insert("primary", event())
        #expect(states().isEmpty)
        #expect(coach.stop("first", channel["resourceId"]?.string).status == 404)
        #expect(google.send(.get, "/emulator/state").json["channels"] == [])
        #expect(coach.watch("calendars/primary/events").status == 200)
    }

    @Test("A stopped channel is silent, also of what was not yet sent, and gone")
    func stop() throws {
        let coach = try Client(google, "coach@example.com")
        let channel = coach.watch("calendars/primary/events").json
        coach.watch("calendars/primary/events", id: "second")
        coach.insert("primary", event())
        let stopped = coach.stop("first", channel["resourceId"]?.string)
        #expect(stopped.status == 204)
        #expect(stopped.text.isEmpty)
        coach.insert("primary", event())
        #expect(Set(google.emulator.takeNotifications().map(\.channelID)) == ["second"])
        let again = coach.stop("first", channel["resourceId"]?.string)
        #expect(again.status == 404)
        #expect(again.reason == "notFound")
        #expect(again.message == "Channel 'first' not found for project '\(World.projectNumber("people"))'")
        #expect(coach.stop("second", "another").status == 404)
        #expect(coach.stop("second", nil).reason == "required")
        #expect(coach.watch("calendars/primary/events").status == 200)
    }

    @Test("A person's channel is stopped by that person, a service account's by everybody of its project")
    func mayStop() throws {
        let coach = try Client(google, "coach@example.com")
        let stranger = try Client(google, "stranger@example.com")
        let personal = coach.watch("calendars/primary/events").json["resourceId"]?.string
        #expect(stranger.stop("first", personal).status == 404)
        let one = try KeyHolder(google)
        let two = try KeyHolder(google, name: "other")
        let foreign = try KeyHolder(google, project: "elsewhere")
        let shared = try one.client().watch("calendars/primary/events", id: "sa").json["resourceId"]?.string
        #expect(try foreign.client().stop("sa", shared).status == 404)
        #expect(coach.stop("sa", shared).status == 404)
        #expect(try two.client().stop("sa", shared).status == 204)
        #expect(coach.stop("first", personal).status == 204)
    }

    @Test("Whoever lost access hears nothing more, not even that; nor does anybody of a deleted calendar")
    func lostAccess() throws {
        let owner = try Client(google, "owner@example.com")
        let coach = try Client(google, "coach@example.com")
        let calendar = try owner.calendar()
        let scope = #"{"type":"user","value":"coach@example.com"}"#
        owner.share(calendar, with: scope, as: "writer")
        coach.watch("calendars/\(calendar)/events", id: "events")
        coach.watch("calendars/\(calendar)/acl", id: "acl")
        #expect(states() == ["sync", "sync"])
        owner.share(calendar, with: scope, as: "reader")
        owner.insert(calendar, event())
        #expect(google.emulator.takeNotifications().map(\.channelID) == ["events"])
        owner.share(calendar, with: scope, as: "none")
        owner.insert(calendar, event())
        #expect(states().isEmpty)
        owner.watch("calendars/\(calendar)/events", id: "owner")
        owner.watch("calendars/\(calendar)/acl", id: "owner2")
        #expect(states() == ["sync", "sync"])
        #expect(owner.call(.delete, "calendars/\(calendar)").status == 204)
        owner.insert("primary", event())
        #expect(states().isEmpty)
    }

    // MARK: - What gets lost, and what the emulator tells of it

    @Test("A share of the messages is lost, the same one for the same seed; sync never is", arguments: [0.0, 0.5, 1.0])
    func drops(_ probability: Double) throws {
        let runs = try [1, 1, 2].map { (seed: UInt64) in
            let google = Google(seed: seed)
            let coach = try Client(google, "coach@example.com")
            google.switches(#"{"dropNotificationsProbability":\#(probability)}"#)
            coach.watch("calendars/primary/events")
            for _ in 1...100 { coach.insert("primary", event()) }
            let outcomes = google.send(.get, "/emulator/notifications").items.compactMap { $0["outcome"]?.string }
            let taken = google.emulator.takeNotifications()
            #expect(taken.first?.state == .sync)
            #expect(outcomes.count == 101)
            #expect(outcomes.filter { $0 == "waiting" }.count == taken.count)
            #expect(outcomes.filter { $0 == "dropped" }.count == 101 - taken.count)
            return taken.map(\.messageNumber)
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0] != runs[2] || probability == 1)
        let expected = probability == 0 ? 101...101 : probability == 1 ? 1...1 : 30...70
        #expect(expected.contains(runs[0].count))
    }

    @Test("The control call tells what became of each message, without secrets")
    func log() throws {
        let coach = try Client(google, "coach@example.com")
        coach.watch("calendars/primary/events", #","token":"hush""#)
        coach.insert("primary", event())
        let waiting = google.send(.get, "/emulator/notifications")
        #expect(waiting.items.map { $0["number"]?.integer } == [1, 2])
        #expect(waiting.items.map { $0["state"]?.string } == ["sync", "exists"])
        #expect(waiting.items.map { $0["outcome"]?.string } == ["waiting", "waiting"])
        #expect(waiting.items[0]["channelId"] == "first")
        #expect(waiting.items[0]["messageNumber"] == 1)
        #expect(waiting.items[0]["status"] == .null)
        #expect(waiting.items[0]["attempts"] == 0)
        #expect(waiting.items[0]["address"] == "https://example.com/hook")
        let state = google.send(.get, "/emulator/state")
        #expect(state.json["channels"]?[0]?["id"] == "first")
        for text in [waiting.text, state.text] {
            #expect(!text.contains("hush"))
            #expect(!text.contains("key=k"))
        }
        _ = google.emulator.takeNotifications()
        let since = google.send(.get, "/emulator/notifications?since=1").items
        #expect(since.map { $0["outcome"]?.string } == ["taken"])
        for (since, count) in [("-5", 2), ("2", 0), ("99", 0), (String(Int.max), 0), (String(Int.min), 2)] {
            #expect(google.send(.get, "/emulator/notifications?since=" + since).items.count == count)
        }
        #expect(google.send(.get, "/emulator/notifications?until=1").status == 400)
        #expect(google.send(.get, "/emulator/notifications?since=x").status == 400)
    }

    @Test("A reset forgets channels and what was to be sent, and numbers go on")
    func reset() throws {
        let coach = try Client(google, "coach@example.com")
        coach.watch("calendars/primary/events")
        coach.insert("primary", event())
        google.control("reset")
        #expect(states().isEmpty)
        #expect(google.send(.get, "/emulator/notifications").items.isEmpty)
        try Client(google, "coach@example.com").watch("calendars/primary/events")
        #expect(google.emulator.takeNotifications().map(\.number) == [3])
    }

    @Test("Too many messages for one channel are lost, and the others are not")
    func bounded() throws {
        let coach = try Client(google, "coach@example.com")
        coach.watch("calendars/primary/events")
        for _ in 0..<Outbox.channelCapacity { coach.insert("primary", event()) }
        coach.watch("users/me/settings", id: "second")
        #expect(google.emulator.takeNotifications().count == Outbox.channelCapacity + 1)
        let outcomes = google.send(.get, "/emulator/notifications").items.compactMap { $0["outcome"]?.string }
        #expect(outcomes.filter { $0 == "lost" }.count == 1)
    }

    @Test("Nobody has to ask again and again: a signal comes when there is something", .timeLimit(.minutes(1)))
    func signals() async throws {
        let coach = try Client(google, "coach@example.com")
        let emulator = google.emulator
        async let heard = {
            var heard: [PushNotification] = []
            for await _ in emulator.notificationSignals() {
                heard += emulator.takeNotifications()
                if heard.count == 3 { break }
            }
            return heard
        }()
        coach.watch("calendars/primary/events")
        coach.insert("primary", event())
        coach.insert("primary", event())
        #expect(await heard.map(\.number) == [1, 2, 3])
    }

    // MARK: - Restarts

    @Test("After a restart channels are open and count on, and old messages are not sent again")
    func restart() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "push-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        func start() throws -> Google {
            let emulator = Emulator(now: { Google.start })
            try Journal(file: file).replay(into: emulator)
            return Google(emulator)
        }
        var numbers: [Int] = []
        var token = ""
        do {
            let before = try start()
            let coach = try Client(before, "coach@example.com")
            token = coach.token
            coach.watch("calendars/primary/events")
            coach.insert("primary", event())
            numbers = before.emulator.takeNotifications().map(\.messageNumber)
            coach.insert("primary", event())
        }
        let after = try start()
        #expect(after.emulator.takeNotifications().isEmpty)
        let outcomes = after.send(.get, "/emulator/notifications").items.compactMap { $0["outcome"]?.string }
        #expect(outcomes == ["unknown", "unknown", "unknown"])
        Client(after, token: token).insert("primary", event())
        let next = after.emulator.takeNotifications()
        #expect(next.map(\.state) == [.exists])
        #expect(next.allSatisfy { $0.messageNumber > numbers[1] })
        #expect(next.map(\.number) == [4])
    }
}
