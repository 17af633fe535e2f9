import CryptoExtras
import Foundation
import HTTPTypes
import Synchronization

@testable import CalendarEmulator

/// Callers who try a little of everything, the same for the same seed and the same answers. A copy goes on alike.
struct Traffic {
    private var random: SeededRandom
    private var tokens: [String] = ["nobody's"]
    private var calendars = ["primary"]
    private var events = ["first"]
    private var holder: KeyHolder?

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    private mutating func one<Element>(of choices: [Element]) -> Element {
        choices[Int.random(in: 0..<choices.count, using: &random)]
    }

    /// Makes `count` calls. - Returns: everything that was heard.
    mutating func run(_ count: Int, on google: Google) throws -> [Heard] {
        holder?.google = google
        return try (0..<count).map { _ in
            let answer =
                switch Int.random(in: 0..<10, using: &random) {
                case 0: control(google)
                case 1: try account(google)
                case 2, 3: calendar(google)
                default: event(google)
                }
            return Heard(answer.reply)
        }
    }

    private mutating func control(_ google: Google) -> Exchange {
        switch Int.random(in: 0..<14, using: &random) {
        case 10: google.control("quotas", #"{"eventCreations":\#(one(of: ["2", "null"])),"usePeriodSeconds":60}"#)
        case 11: google.control("tokens/revoke", #"{"email":"client@example.com"}"#)
        case 12: google.send(.delete, "/emulator/users/client@example.com")
        case 13: batch(google)
        case 0: google.control("faults", #"{"probability":0.3,"status":503}"#)
        case 1: google.control("faults", #"{"method":"events.insert","count":2,"effect":"afterCommit"}"#)
        case 2: google.control("faults", #"{"path":"acl","probability":0.5,"effect":"cut","count":3}"#)
        case 3, 4: google.send(.delete, "/emulator/faults")
        case 5: google.control("clock", #"{"advanceSeconds":40}"#)
        case 6: google.control("quotas", #"{"perMinutePerUser":20,"writesPerMinutePerCalendar":10}"#)
        case 7: google.control("quotas", #"{"perMinutePerUser":null,"writesPerMinutePerCalendar":null}"#)
        case 8: google.control("switches", #"{"aclInsertUpserts":\#(one(of: [true, false]))}"#)
        default: google.control("switches", #"{"nonsense":1}"#)
        }
    }

    private mutating func account(_ google: Google) throws -> Exchange {
        guard let holder, one(of: [true, true, false]) else {
            if holder == nil {
                holder = try KeyHolder(google)
                google.emulator.setOrigin("http://localhost:9000")
            }
            let answer = google.control("users", #"{"email":"\#(one(of: ["coach", "client"]))@example.com"}"#)
            if let token = answer.json["accessToken"]?.string { tokens.append(token) }
            return answer
        }
        let changes: [String: JSON?] = ["aud": one(of: ["http://localhost:9000/token", "https://oauth2.googleapis.com/token"])]
        let answer = holder.exchange(try holder.assertion(holder.claims(changes)))
        if let token = answer.json["access_token"]?.string { tokens.append(token) }
        return answer
    }

    private mutating func batch(_ google: Google) -> Exchange {
        let parts = ["GET /calendar/v3/colors", "POST /calendar/v3/calendars\n\n{\"summary\":\"A\"}", "nonsense"].map {
            "--b\nContent-Type: application/http\nContent-ID: <a>\n\n" + $0 + "\n"
        }
        let headers = ["Content-Type": "multipart/mixed; boundary=b"]
        return google.send(
            .post, "/batch/calendar/v3", token: one(of: tokens), headers: headers, body: parts.joined() + "--b--")
    }

    private mutating func calendar(_ google: Google) -> Exchange {
        let client = Client(google, token: one(of: tokens))
        let path = "calendars/" + one(of: calendars)
        switch Int.random(in: 0..<10, using: &random) {
        case 7: return client.watch(path + one(of: ["/events", "/acl"]), id: one(of: ["a", "b", "c"]))
        case 8: return client.watch(one(of: ["users/me/calendarList", "users/me/settings"]), id: one(of: ["d", "e"]))
        case 9: return settings(google)
        case 0, 1:
            let answer = client.call(.post, "calendars", #"{"summary":"Übung \n","timeZone":"Europe/Berlin"}"#)
            if let id = answer.json["id"]?.string { calendars.append(id) }
            return answer
        case 2: return client.call(.patch, path, #"{"location":"\#(one(of: ["here", "there"]))"}"#)
        case 3: return client.call(.delete, path)
        case 4: return client.share(path.replacing("calendars/", with: ""), with: #"{"type":"default"}"#, as: "reader")
        case 5:
            let someone = #"{"type":"user","value":"\#(one(of: ["coach", "client"]))@example.com"}"#
            return client.share(
                path.replacing("calendars/", with: ""), with: someone, as: one(of: ["writer", "owner", "none"]))
        default: return client.call(.get, path + "/acl")
        }
    }

    private mutating func settings(_ google: Google) -> Exchange {
        let probability = one(of: ["0", "0.5"])
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return google.control("switches", #"{"dropNotificationsProbability":\#(probability)}"#)
        case 1: return google.control("settings", #"{"email":"coach@example.com","id":"weekStart","value":"1"}"#)
        case 2: return google.control("clock", #"{"advanceSeconds":600000}"#)
        default:
            let list = Client(google, token: one(of: tokens))
            return list.call(.get, "users/me/calendarList?maxResults=1&showDeleted=true")
        }
    }

    private mutating func event(_ google: Google) -> Exchange {
        let client = Client(google, token: one(of: tokens))
        let path = "calendars/\(one(of: calendars))/events"
        let one = path + "/" + one(of: events)
        let meeting = #""conferenceData":{"createRequest":{"requestId":"a"}}"#
        switch Int.random(in: 0..<9, using: &random) {
        case 0...2:
            let answer = client.call(.post, path + "?conferenceDataVersion=1", CalendarEmulatorTests.event(meeting))
            if let id = answer.json["id"]?.string { events.append(id) }
            return answer
        case 3: return client.call(.patch, one, #"{"summary":"\#(random.text(3, from: "abc"))"}"#)
        case 4: return client.call(.put, one, CalendarEmulatorTests.event(), headers: ["If-Match": "\"1\""])
        case 5: return client.call(.delete, one)
        case 6: return client.call(.get, one, headers: ["If-None-Match": "*"])
        case 7: return client.call(.post, path, "{", headers: ["Content-Type": "text/plain"])
        default: return client.call(.get, path + "?showDeleted=true&maxResults=2")
        }
    }
}

/// All of an answer.
struct Heard: Equatable {
    var response: HTTPResponse
    var body: String
    var delay: Duration
    var delivery: Reply.Delivery

    init(_ reply: Reply) {
        response = reply.response
        body = String(decoding: reply.body, as: UTF8.self)
        delay = reply.delay
        delivery = reply.delivery
    }
}

/// A clock that goes on by a bit over a tenth of a second whenever somebody looks.
final class Ticker: Sendable {
    private let ticks: Mutex<Int>

    init(ticks: Int = 0) { self.ticks = Mutex(ticks) }

    /// Another clock that shows the same.
    func copy() -> Ticker { Ticker(ticks: ticks.withLock { $0 }) }

    func now() -> Date {
        Google.start.addingTimeInterval(
            ticks.withLock {
                $0 += 1
                return Double($0) * 0.1373
            })
    }
}
