import CalendarEmulator
import CalendarSync
import Coaching
import CryptoExtras
import Foundation
import GoogleCalendar
import HTTPTypes
import Logging
import Storage

/// One simulated life of the whole: the real engine in two programs on one database, the real client, and an emulated Google, with people
/// on both sides, and whatever the weather brings.
///
/// It goes step by step. What happens at the same time in reality happens here inside one another: while a request is on its way, others
/// may act before its answer comes. So the same seed is the same story.
actor Storm {
    static let origin = URL(string: "http://127.0.0.1:8085")
    static let publicURL = URL(string: "https://platform.example") ?? URL(filePath: "/")
    static let account = "sync@p.iam.gserviceaccount.com"
    static let canary = "CANARY"

    /// A request that was given up by its sender, and arrives later.
    struct LateRequest {
        var due: Date
        var request: HTTPRequest
        var body: Data
    }

    let seed: UInt64
    let weather: Weather
    let clock: VirtualClock
    let emulator: Emulator
    let database: SQLiteDatabase
    let key: ServiceAccountKey
    /// Sees everything and is touched by nothing.
    let observer: CalendarSyncService
    /// Asks Google past the weather.
    let google: GoogleCalendarClient

    var dice: Dice
    var nodes: [Node] = []
    var starts = 0
    var lateRequests: [LateRequest] = []
    /// Two answers that agree are believed. So of the questions about an event, Google lies in answer to one kind at most.
    let liar: String
    /// While a request is under way that nobody waits for any more, people like to change their minds about what it was for.
    var regrets = 0
    /// How many things are going on inside one another.
    var depth = 0
    var isOver = false
    var coaches: [Coach] = []
    /// What the platform's callers were told, by session.
    var told: [String: CoachingSession] = [:]
    /// The session that was changed last, as it was before.
    var beforeLastChange: CoachingSession?
    /// Events that are none of ours, by calendar and id, and what they are called.
    var foreign: [String: [String: String]] = [:]
    var calls = 0
    /// How many of them read a calendar through, as audits do from time to time.
    var lists = 0
    var failures: [String] = []
    private(set) var story: [String] = []
    private var lastLook: [String: Date] = [:]
    let keepsStory: Bool

    init(seed: UInt64, key: _RSA.Signing.PrivateKey, keepsStory: Bool) async throws {
        self.seed = seed
        self.keepsStory = keepsStory
        var dice = Dice(seed: seed)
        weather = Weather(&dice)
        liar = dice.pick(["events.get", "events.insert", "events.delete"])
        self.dice = dice
        let clock = VirtualClock(Date(timeIntervalSince1970: 1_793_000_000))
        self.clock = clock
        emulator = Emulator(origin: "http://127.0.0.1:8085", seed: seed, now: { clock.now }, makeKey: { key })
        database = try SQLiteDatabase()
        self.key = try ServiceAccountKey(
            json: emulator.control(.post, "service-accounts", ["project": "p", "name": "sync"]))
        google = GoogleCalendarClient(
            key: self.key, origin: Self.origin, transport: Direct(emulator: emulator),
            time: TimeSource(now: { clock.now }, sleep: { _ in try await Task.sleep(for: .seconds(24 * 60 * 60)) }))
        observer = CalendarSyncService(
            database: database, google: google, publicURL: Self.publicURL, time: clock.source,
            logger: Logger(label: "observer") { _ in SwiftLogNoOpLogHandler() })
        try await observer.migrate()
    }

    /// Requests that no weather touches.
    private struct Direct: HTTPTransport {
        let emulator: Emulator
        func send(_ request: HTTPRequest, body: Data?) async throws -> (HTTPResponse, Data) {
            let reply = emulator.respond(to: request, body: body ?? Data())
            return (reply.response, reply.body)
        }
    }

    // MARK: The story

    func tell(_ line: @autoclosure () -> String) {
        guard keepsStory else { return }
        let time = clock.now.formatted(Date.ISO8601FormatStyle())
        story.append("\(time) \(String(repeating: "  ", count: depth))\(line())")
    }

    func fail(_ what: String) {
        tell("WRONG: \(what)")
        failures.append(what)
    }

    // MARK: Programs

    /// A program that runs: the one of this number, started anew if it is dead.
    func node(_ index: Int) -> Node {
        while nodes.count <= index { nodes.append(start(nodes.count)) }
        if !nodes[index].isAlive { nodes[index] = start(index) }
        return nodes[index]
    }

    private func start(_ index: Int) -> Node {
        starts += 1
        let name = "node\(index).\(starts)"
        tell("\(name) starts")
        return Node(name: name, storm: self, database: database, key: key, time: clock.source)
    }

    /// Whether the program that asks dies at this moment.
    func crashes() -> Bool {
        guard weather.hasCrashes, !isOver, dice.chance(0.7) else { return false }
        tell("CRASH")
        return true
    }

    /// Lets a program do what it does by itself.
    func work(_ node: Node, turns: Int) async {
        do {
            let now = clock.ours
            if now < lastLook[node.name] ?? .distantFuture { try await node.worker.mendTimes() }
            lastLook[node.name] = now
            for _ in 0..<turns {
                guard let lease = try await node.worker.claim() else { return }
                tell("\(node.name) takes a lane")
                await node.worker.serve(lease)
            }
        } catch {
            tell("\(node.name) stops: \(error)")
        }
    }

    // MARK: Time

    func pass(_ seconds: TimeInterval) {
        let end = clock.now + seconds
        while let next = lateRequests.filter({ $0.due <= end }).min(by: { $0.due < $1.due }) {
            lateRequests.removeAll { $0.due == next.due && $0.request == next.request }
            clock.advance(by: max(0, next.due.timeIntervalSince(clock.now)))
            let reply = emulator.respond(to: next.request, body: next.body)
            tell("late: \(next.request.line) → \(reply.response.status.code)")
        }
        clock.advance(by: max(0, end.timeIntervalSince(clock.now)))
    }

    // MARK: The network

    struct NoConnection: Error {}

    /// Carries a request to Google and its answer back, or not.
    func carry(
        _ request: HTTPRequest, _ body: Data, from name: String, life: Node.Life
    ) async throws -> (HTTPResponse, Data) {
        if body.firstRange(of: Data(Self.canary.utf8)) != nil { fail("private notes left the platform") }
        guard request.path != "/token" else {
            let reply = emulator.respond(to: request, body: body)
            return (reply.response, reply.body)
        }
        calls += 1
        if request.method == .get, request.line.hasSuffix("/events") { lists += 1 }
        if isOver {
            let reply = emulator.respond(to: request, body: body)
            tell("\(name): \(request.line) → \(reply.response.status.code)")
            return (reply.response, reply.body)
        }
        var wasStalled = false
        if weather.hasStalls, depth == 0, dice.chance(8) {
            tell("\(name) stands still before \(request.line)")
            await meanwhile(dice.seconds(5...45))
            try life.check()
            wasStalled = true
        }
        if weather.hasFaults, dice.chance(4) {
            tell("\(name): \(request.line) never arrives")
            throw NoConnection()
        }
        let isRules = request.path?.contains("/acl") == true
        if weather.delaysRequests, !isRules, request.method != .get, !wasStalled, dice.chance(10) {
            tell("\(name): \(request.line) is given up, and arrives later")
            lateRequests.append(LateRequest(due: clock.now + dice.seconds(1...45), request: request, body: body))
            await regret(request)
            throw NoConnection()
        }
        let reply = emulator.respond(to: request, body: body)
        tell("\(name): \(request.line) → \(reply.response.status.code)")
        if weather.losesAnswers, dice.chance(7) {
            tell("the answer is lost")
            throw NoConnection()
        }
        if weather.hasStalls, depth == 0, dice.chance(5) {
            tell("\(name) stands still with the answer in hand")
            if let sessionID = Self.session(in: body), dice.chance(50) {
                depth += 1
                pass(dice.seconds(16...30))
                await overtake(sessionID, from: name)
                depth -= 1
            } else {
                await meanwhile(dice.seconds(16...45))
            }
            try life.check()
        } else if depth < 2, dice.chance(8) {
            await meanwhile(dice.seconds(0...8))
        }
        switch reply.delivery {
        case .complete: return (reply.response, reply.body)
        case .cut(let count): return (reply.response, reply.body.prefix(count))
        case .reset: throw NoConnection()
        }
    }

    /// Somebody will want back what this request is about to take away.
    private func regret(_ request: HTTPRequest) async {
        regrets = 3
        guard request.method == .delete, let eventID = request.path?.split(separator: "/").last?.prefix(while: { $0 != "?" })
        else { return }
        let sessionID = try? await database.read { transaction -> String? in
            try transaction.row("SELECT session_id FROM google_calendar_event WHERE google_event_id = \(String(eventID))")?
                .get("session_id")
        }
        guard var session = sessionID.flatMap({ $0 }).flatMap({ told[$0] }), session.status == .cancelled else { return }
        session.status = .scheduled
        beforeLastChange = session
    }

    /// Which session an event that is being written is of.
    private static func session(in body: Data) -> String? {
        struct Written: Decodable {
            struct Properties: Decodable { var `private`: [String: String]? }
            var extendedProperties: Properties?
        }
        return (try? JSONDecoder().decode(Written.self, from: body))?.extendedProperties?.private?["loomSession"]
    }

    /// What others do while one waits.
    private func meanwhile(_ seconds: TimeInterval) async {
        depth += 1
        let parts = dice.number(1...3)
        for _ in 0..<parts {
            pass(seconds / Double(parts))
            await step()
        }
        depth -= 1
    }

    // MARK: Steps

    private enum Step { case people, work, time, meddle, fault, clock, purge }

    func step() async {
        if regrets > 0 {
            regrets -= 1
            if depth == 0, dice.chance(50) {
                await people(.takeBack)
                pass(dice.seconds(1...5))
                return await work(node(dice.number(0...1)), turns: 4)
            }
        }
        var steps: [(Int, Step)] = [(10, .people), (16, .work), (6, .time)]
        if weather.hasMeddling || weather.losesCalendars { steps.append((4, .meddle)) }
        if weather.hasFaults { steps.append((3, .fault)) }
        if weather.hasClockJumps { steps.append((1, .clock)) }
        if weather.purges { steps.append((1, .purge)) }
        switch dice.pick(weighted: steps) {
        case .people: await people()
        case .work: await work(node(dice.number(0...1)), turns: dice.number(1...4))
        // A program that stands still for an hour is one that is dead.
        case .time where depth > 0: pass(dice.seconds(0...2))
        case .time:
            pass(dice.pick(weighted: [(12, dice.seconds(0...3)), (8, dice.seconds(3...90)), (1, dice.seconds(90...20_000))]))
        case .meddle: await meddle()
        case .fault: breakGoogle()
        case .clock:
            // Google takes an assertion from five minutes ahead to an hour back; beyond, it is our clock that is wrong.
            clock.skew = dice.pick(weighted: [
                (3, 0), (3, dice.seconds(-40...40)), (1, dice.seconds(-4_000...4_000)), (1, dice.seconds(-100_000...100_000)),
            ])
            tell("our clocks are \(Int(clock.skew)) s off")
        case .purge:
            // What is gone for good does not come back.
            if dice.chance(50) { control("switches", ["purgeTombstones": true]) }
        }
    }

    /// Everything Google may answer, for the next few calls of some kind.
    private func breakGoogle() {
        let methods = [
            "events.insert", "events.patch", "events.delete", "events.get", "events.list", "calendars.get", "calendars.insert",
            "calendarList.list", "acl.list", "acl.insert",
        ]
        let mayLie = [liar, "calendars.get", "acl.insert"]
        if dice.chance(20) {
            let lie = ["method": dice.pick(mayLie), "status": 404, "reason": "notFound", "count": 1] as [String: any Sendable]
            tell("Google will deny: \(lie["method"] ?? "")")
            return control("faults", lie)
        }
        // What stops everything for long comes seldom, or nothing else would happen.
        let errors: [(status: Int, reason: String?)] =
            dice.chance(85)
            ? [
                (400, "invalid"), (401, "authError"), (403, "rateLimitExceeded"), (403, "userRateLimitExceeded"),
                (429, "rateLimitExceeded"), (403, "forbidden"), (403, "requiredAccessLevel"), (404, "notFound"),
                (409, "conflict"), (409, "duplicate"), (410, "deleted"), (412, "conditionNotMet"), (500, "backendError"),
                (503, nil),
            ]
            : [
                (403, "quotaExceeded"), (403, "dailyLimitExceeded"), (403, "accessNotConfigured"),
                (403, "insufficientPermissions"),
            ]
        var fault: [String: any Sendable] = ["count": dice.number(1...4)]
        let method = dice.chance(85) ? dice.pick(methods) : nil
        if let method { fault["method"] = method }
        if dice.chance(30) {
            fault["effect"] = dice.pick(["afterCommit", "reset", "cut", "html"])
        } else {
            let error = dice.pick(
                method.map(mayLie.contains) == true
                    ? errors : errors.filter { !["notFound", "deleted", "forbidden"].contains($0.reason) })
            fault["status"] = error.status
            if let reason = error.reason { fault["reason"] = reason }
        }
        tell("Google will fail: \(fault.map { "\($0): \($1)" }.sorted().joined(separator: ", "))")
        control("faults", fault)
    }

    func control(_ path: String, _ body: [String: any Sendable]) {
        do { _ = try emulator.control(.post, path, body) } catch { fail("the emulator refuses \(path): \(error)") }
    }
}

extension HTTPRequest {
    /// As in `POST /calendar/v3/calendars`, without the query.
    var line: String { "\(method.rawValue) \(path?.prefix { $0 != "?" } ?? "")" }
}

extension Emulator {
    struct ControlRefused: Error { var body: String }

    func control(_ method: HTTPRequest.Method, _ path: String, _ body: [String: any Sendable] = [:]) throws -> Data {
        let request = HTTPRequest(method: method, scheme: "http", authority: "127.0.0.1:8085", path: "/emulator/\(path)")
        let data = method == .post ? try JSONSerialization.data(withJSONObject: body) : Data()
        let reply = respond(to: request, body: data)
        guard reply.response.status.kind == .successful else {
            throw ControlRefused(body: String(decoding: reply.body, as: UTF8.self))
        }
        return reply.body
    }
}
