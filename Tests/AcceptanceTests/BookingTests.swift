import AsyncHTTPClient
import Foundation
import Glibc
import NIOHTTP1
import Testing

/// Many people and one coach's time, over HTTP.
@Suite(.serialized) struct BookingTests {
    private static let coach = "coach-1@example.com"
    private static let alwaysOpen = {
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
            .map { #""\#($0)": [{"from": "00:00", "to": "24:00"}]"# }
        return #"{"workingHours": {"weekdays": {\#(days.joined(separator: ", "))}}}"#
    }()

    /// A time in February 2027.
    private static func time(day: Int = 1, minute: Int) -> String {
        let (hours, minutes) = (minute / 60, minute % 60)
        return "2027-02-\(String(format: "%02d", day))T\(String(format: "%02d:%02d", hours, minutes)):00Z"
    }

    private static func session(day: Int = 1, minute: Int, minutes: Int = 60, _ rest: String = "") -> String {
        #"{"coachId": "coach-1", "startsAt": "\#(time(day: day, minute: minute))", "timeZone": "UTC", "durationMinutes": \#(minutes)\#(rest)}"#
    }

    /// A coach who can be booked at any time, and a client.
    private static func stage(_ deployment: Deployment, port: Int = 0) async throws -> (coach: Server, client: Server) {
        let coach = try await deployment.serve(port: port)
        #expect(try await coach.call(.PUT, "/v1/booking-rules", alwaysOpen).status == 200)
        return (coach, coach.with(token: try await deployment.token(user: "client-1", role: "client")))
    }

    /// The coach has their own calendar checked.
    private static func check(_ deployment: Deployment, _ coach: Server) async throws {
        try await coach.connect()
        let rule = #"{"role": "freeBusyReader", "scope": {"type": "user", "value": "\#(try await deployment.serviceAccount)"}}"#
        #expect(try await deployment.act(as: Self.coach, .POST, "calendars/\(Self.coach)/acl", rule).status == 200)
        let path = "/v1/google-calendar/connection"
        #expect(try await coach.call(.PATCH, path, #"{"conflictCalendars": ["\#(Self.coach)"]}"#).status == 200)
        try await eventually("the calendar is read and listened to") {
            let sources = try await coach.call(.GET, path).body["conflictCalendars"] as? [[String: any Sendable]]
            return sources?.first?["unknown"] == nil && sources?.first?["channel"] != nil
        }
    }

    // MARK: Races

    /// A thousand calls at once, and a file beside them, all for the same four hours, in every way there is of taking time.
    @Test(.timeLimit(.minutes(3))) func ofAThousandAtOnceThoseWinThatDoNotOverlap() async throws {
        let deployment = try await Deployment()
        let (coach, client) = try await Self.stage(deployment)
        var random = SeededRandom(seed: 5)
        // Sessions that will want to move there.
        for number in 0..<200 {
            _ = try await coach.call(
                .PUT, "/v1/sessions/m-\(number)", Self.session(day: 2 + number / 24, minute: number % 24 * 60))
        }
        let calls = (0..<1_000).map { number -> Attempt in
            let minute = Int.random(in: 0..<180, using: &random)
            let minutes = Int.random(in: 5...60, using: &random)
            let body = Self.session(minute: minute, minutes: minutes)
            let move = #"{"startsAt": "\#(Self.time(minute: minute))", "durationMinutes": \#(minutes)}"#
            let (method, path, sent): (HTTPMethod, String, String) =
                switch number % 5 {
                case 0: (.POST, "/v1/sessions", body)
                case 1: (.PUT, "/v1/sessions/u-\(number)", body)
                case 2: (.PATCH, "/v1/sessions/m-\(number / 5)", move)
                case 3: (.POST, "/v1/holds", body)
                default: (.POST, "/v1/series", Self.session(minute: minute, minutes: minutes, #", "count": 2"#))
                }
            return Attempt(method: method, path: path, body: sent, minutes: minute..<minute + minutes)
        }
        let lines = (0..<50).map { number -> Attempt in
            let minute = Int.random(in: 0..<180, using: &random)
            let body = Self.session(minute: minute, minutes: 10, #", "id": "i-\#(number)""#)
            return Attempt(method: .PUT, path: "a file", body: body, minutes: minute..<minute + 10)
        }
        async let imported = Self.imported(lines, deployment)
        var answered = try await withThrowingTaskGroup(of: (Attempt, Int).self) { group in
            for (index, attempt) in calls.enumerated() {
                let caller = index % 2 == 0 && attempt.method == .POST ? client : coach
                group.addTask { (attempt, try await caller.call(attempt.method, attempt.path, attempt.body).status) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        answered += try await imported
        let strange = answered.map(\.1).filter { ![200, 201, 409].contains($0) }
        #expect(strange == [])
        let winners = answered.filter { $0.1 < 300 }.map(\.0.minutes).sorted { $0.lowerBound < $1.lowerBound }
        #expect(winners.count >= 3)
        for (one, next) in zip(winners, winners.dropFirst()) { #expect(one.upperBound <= next.lowerBound) }
        // Whoever lost, lost to somebody.
        for (attempt, status) in answered where status == 409 {
            #expect(winners.contains { $0.overlaps(attempt.minutes) }, "\(attempt)")
        }
        // And what was told is what is there.
        let query = "coachId=coach-1&from=\(Self.time(minute: 0))&to=\(Self.time(minute: 240))&timeZone=UTC"
        let busy = try await coach.call(.GET, "/v1/availability?\(query)").body["busy"] as? [[String: any Sendable]] ?? []
        #expect(
            busy.map { $0["startsAt"] as? String } == winners.map { Self.time(minute: $0.lowerBound) },
            "\(winners)")
    }

    /// The attempts that are lines of a file, and 201 or 409 for each.
    private static func imported(_ lines: [Attempt], _ deployment: Deployment) async throws -> [(Attempt, Int)] {
        struct Report: Decodable {
            struct Refused: Decodable { var line: Int }
            var created: Int
            var refused: [Refused]
        }
        let file = deployment.folder.appending(component: "sessions.ndjson")
        try Data(lines.map(\.body).joined(separator: "\n").utf8).write(to: file)
        let ended = try await deployment.run("import", "--json", file.path())
        let report = try JSONDecoder().decode(Report.self, from: Data(ended.output.utf8))
        #expect(report.created + report.refused.count == lines.count)
        let refused = Set(report.refused.map(\.line))
        return lines.enumerated().map { ($1, refused.contains($0 + 1) ? 409 : 201) }
    }

    private struct Attempt: Sendable {
        var method: HTTPMethod
        var path: String
        var body: String
        /// Of the first of February.
        var minutes: Range<Int>
    }

    @Test func ofTwoForOneSlotOneWins() async throws {
        let deployment = try await Deployment()
        let (_, client) = try await Self.stage(deployment)
        for day in 1...20 {
            async let one = client.call(.POST, "/v1/sessions", Self.session(day: day, minute: 600))
            async let other = client.call(.POST, "/v1/sessions", Self.session(day: day, minute: 630))
            #expect(try await [one.status, other.status].sorted() == [201, 409])
        }
    }

    // MARK: Google

    @Test func whatTheCoachAddsInGoogleBlocksTheSlotSoon() async throws {
        let port = try Self.freePort()
        let deployment = try await Deployment(
            changing: ["LOOM_PUBLIC_URL": "http://127.0.0.1:\(port)", "LOOM_BUSY_POLL_SECONDS": "3600"])
        let switches = deployment.emulatorURL + "/emulator/switches"
        #expect(try await call(.POST, switches, #"{"allowHttpCallbacks": true}"#).status == 200)
        let (coach, client) = try await Self.stage(deployment, port: port)
        try await Self.check(deployment, coach)
        try await eventually("the slot is offered") { try await Self.isOffered(client) }
        try await Self.addEvent(deployment)
        try await eventually("the slot is gone", within: .seconds(2)) { try await !Self.isOffered(client) }
    }

    @Test func withoutMessagesTheSlotIsGoneAfterTheNextLook() async throws {
        let deployment = try await Deployment(changing: ["LOOM_BUSY_POLL_SECONDS": "3"])
        let (coach, client) = try await Self.stage(deployment)
        try await Self.check(deployment, coach)
        try await eventually("the slot is offered") { try await Self.isOffered(client) }
        try await Self.addEvent(deployment)
        // A tenth more than the interval at most, and what a look takes.
        try await eventually("the slot is gone", within: .seconds(6)) { try await !Self.isOffered(client) }
    }

    private static func addEvent(_ deployment: Deployment) async throws {
        let event =
            #"{"summary": "Dentist", "start": {"dateTime": "\#(time(minute: 600))"}, "end": {"dateTime": "\#(time(minute: 660))"}}"#
        #expect(try await deployment.act(as: coach, .POST, "calendars/\(coach)/events", event).status == 200)
    }

    /// Whether the time of the event is among the free slots.
    private static func isOffered(_ client: Server) async throws -> Bool {
        let query = "coachId=coach-1&from=\(time(minute: 600))&to=\(time(minute: 660))"
        let answer = try await client.call(.GET, "/v1/availability?\(query)")
        #expect(answer.status == 200)
        #expect((answer.body["unknown"] as? [any Sendable])?.isEmpty == true, "gone is not unknown")
        return (answer.body["slots"] as? [any Sendable])?.isEmpty == false
    }

    enum Trouble: CaseIterable { case slow, dead, notShared }

    @Test(arguments: Trouble.allCases) func bookingDoesNotWaitForGoogleAndTakesNothingForFree(_ trouble: Trouble) async throws {
        let deployment = try await Deployment(changing: ["LOOM_BUSY_POLL_SECONDS": "3600"])
        let (coach, client) = try await Self.stage(deployment)
        try await Self.check(deployment, coach)
        // It is read once more when the channel is open, and for two seconds that is as good as asking again.
        try await Task.sleep(for: .seconds(4))
        switch trouble {
        case .slow: try await deployment.fault(#"{"method": "freebusy.query", "delayMilliseconds": 10000}"#)
        case .dead: deployment.emulator.pause()
        case .notShared:
            let rule = "user:\(try await deployment.serviceAccount)"
            #expect(try await deployment.act(as: Self.coach, .DELETE, "calendars/\(Self.coach)/acl/\(rule)").status == 204)
        }
        for (number, call) in ["/v1/sessions", "/v1/holds", "/v1/sessions"].enumerated() {
            let caller = number == 2 ? coach : client
            let began = ContinuousClock.now
            let answer = try await caller.call(.POST, call, Self.session(minute: 600))
            #expect(ContinuousClock.now - began < .seconds(2))
            if number < 2 {
                #expect(answer.status == 409)
                #expect(answer["code"] == "availabilityUnknown")
            } else {
                #expect(answer.status == 201)
                #expect((answer.body["warnings"] as? [any Sendable])?.count == 1)
            }
        }
        deployment.emulator.resume()
    }

    /// A port that nobody listens on at this moment.
    private static func freePort() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        try #require(isBound)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
