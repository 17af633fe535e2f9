import AsyncHTTPClient
import Foundation
import Testing

/// A server that is killed under people's hands, again and again, and started again on the same database.
@Suite(.serialized) struct KillTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let kills = environment["LOOM_KILLS"].flatMap { Int($0) } ?? (environment["CI"] == nil ? 5 : 50)
    /// With the seed of a run that failed, callers choose the same calls, and servers live as long.
    private static let seed = environment["LOOM_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...UInt64.max)
    private static let coaches = (1...10).map { "coach-\($0)" }
    private static let callersOfEachCoach = ["a", "b"]
    /// From the start of a server to its end, in milliseconds: some never take a call.
    private static let lives = 0...2_000
    /// A lease runs out after 15 seconds, an insert that may still come is waited for a minute, and then there is work to do.
    private static let patience = Duration.seconds(150)

    @Test(.timeLimit(.minutes(5 + kills / 10))) func whatWasAcknowledgedOutlivesEveryKill() async throws {
        print("KillTests: LOOM_KILLS=\(Self.kills) LOOM_SEED=\(Self.seed)")
        let deployment = try await Deployment()
        let tokens = try await connectedCoaches(deployment)
        // Calls to Google take a while, so that kills come in the middle of them, and a few answers are lost.
        try await deployment.fault(#"{"path": "/events", "effect": "afterCommit", "probability": 0.03}"#)
        try await deployment.fault(#"{"path": "/events", "delayMilliseconds": 50, "probability": 0.7}"#)
        let beliefs = try await callersMeetDyingServers(deployment, tokens)
        try await deployment.endFaults()

        let program = try deployment.startServer()
        let server = Server(program: program, url: try await program.servedURL, token: "")
        try await eventually("everything is sent", within: Self.patience) {
            for token in tokens.values where try await server.with(token: token).pendingCount != 0 { return false }
            return true
        }
        for (coach, token) in tokens {
            let verdict = try await verdict(deployment, server.with(token: token), beliefs[coach] ?? [:])
            #expect(verdict.contradictions == [], "LOOM_SEED=\(Self.seed), \(coach)")
            #expect(!verdict.sessions.isEmpty)
        }
        #expect(try await deployment.calendarNames.count == Self.coaches.count)
        let audit = try await deployment.run("audit")
        #expect(audit.status == 0 && audit.output.contains("compared: all as they should be."), "\(audit.output)")
    }

    /// - Returns: their tokens.
    private func connectedCoaches(_ deployment: Deployment) async throws -> [String: String] {
        let server = try await deployment.serve()
        var tokens: [String: String] = [:]
        for coach in Self.coaches {
            let token = try await deployment.token(user: coach, role: "coach")
            try await server.with(token: token).connect()
            tokens[coach] = token
        }
        server.program.kill()
        _ = try await server.program.ended()
        return tokens
    }

    /// Starts one server after another, and kills each at some moment while callers speak with it.
    /// - Returns: what the callers of each coach know in the end of their sessions.
    private func callersMeetDyingServers(
        _ deployment: Deployment, _ tokens: [String: String]
    ) async throws -> [String: [String: Belief]] {
        // A server that is gone is not waited for: the next one is somewhere else.
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        var random = SeededRandom(seed: Self.seed)
        let beliefs = try await withThrowingTaskGroup(of: (String, [String: Belief]).self) { group in
            var announcements: [AsyncStream<String>.Continuation] = []
            for (coach, token) in tokens.sorted(by: { $0.key < $1.key }) {
                for name in Self.callersOfEachCoach {
                    let (servers, announcement) = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingNewest(1))
                    announcements.append(announcement)
                    let caller = Caller(
                        name: "\(coach)-\(name)", token: token, client: client, random: SeededRandom(seed: random.next()))
                    group.addTask {
                        var caller = caller
                        await caller.talk(to: servers)
                        return (coach, caller.beliefs)
                    }
                }
            }
            let callers = announcements
            for _ in 0..<Self.kills {
                let life = Duration.milliseconds(Int.random(in: Self.lives, using: &random))
                try await runServer(deployment, for: life) { url in callers.forEach { $0.yield(url) } }
            }
            callers.forEach { $0.finish() }
            return try await group.reduce(into: [:]) { $0[$1.0, default: [:]].merge($1.1) { mine, _ in mine } }
        }
        try await client.shutdown()
        return beliefs
    }

    private func runServer(
        _ deployment: Deployment, for life: Duration, announce: @escaping @Sendable (String) -> Void
    ) async throws {
        let program = try deployment.startServer()
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                // One that dies before it is ready has nothing to announce.
                if let url = try? await program.servedURL { announce(url) }
            }
            // Nothing is waited for here: the moment itself is what the test is about.
            try await Task.sleep(for: life)
            program.kill()
        }
        _ = try await program.ended()
    }

    /// What can be said of one coach, when nothing is on its way any more.
    private func verdict(
        _ deployment: Deployment, _ coach: Server, _ beliefs: [String: Belief]
    ) async throws -> Verdict {
        let connection = try await coach.call(.GET, "/v1/google-calendar/connection")
        #expect(connection.body["failedCount"] as? Int == 0)
        let list = try await coach.call(.GET, "/v1/sessions?pageSize=500")
        #expect(list["nextPageToken"] == nil)
        let sessions = list.body["items"] as? [[String: any Sendable]] ?? []
        for session in sessions {
            #expect((session["calendarSync"] as? [String: any Sendable])?["status"] as? String == "synced")
        }
        let calendar = try #require(connection["calendarId"])
        let events = try #require(try await deployment.eventsByCalendar[calendar])
        return Verdict(
            beliefs: beliefs,
            sessions: Dictionary(
                uniqueKeysWithValues: sessions.compactMap { json in
                    SessionState(json).map { (json["id"] as? String ?? "", $0) }
                }),
            events: events.map { Verdict.Event($0) })
    }
}

extension Verdict.Event {
    /// Of the emulator's JSON.
    fileprivate init(_ json: [String: any Sendable]) {
        sessionID = (json["extendedProperties"] as? [String: [String: String]])?["private"]?["loomSession"]
        topic = json["summary"] as? String ?? ""
        startsAt = (json["start"] as? [String: String])?["dateTime"] ?? ""
    }
}

/// The verdict sees what it is there for.
@Suite struct VerdictTests {
    private static let now = SessionState(topic: "Now", startsAt: "2027-02-10T10:00:00+01:00")
    private static let before = SessionState(topic: "Before", startsAt: "2027-02-10T10:00:00+01:00")
    private static let over = SessionState(topic: "Over", startsAt: "2027-02-11T10:00:00+01:00", isCancelled: true)
    private static let event = Verdict.Event(sessionID: "a", topic: "Now", startsAt: "2027-02-10T10:00:00+01:00")

    private static let good = Verdict(
        beliefs: ["a": .acknowledged(now), "b": .acknowledged(over), "c": .eitherOr(nil, now)],
        sessions: ["a": now, "b": over], events: [event])

    @Test(arguments: [Belief.acknowledged(now), .eitherOr(before, now), .eitherOr(now, over), .eitherOr(nil, now)])
    func whatIsAsItShouldBeIsNoContradiction(_ belief: Belief) {
        var verdict = Self.good
        verdict.beliefs["a"] = belief
        #expect(verdict.contradictions == [])
    }

    struct Doctored: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var change: @Sendable (inout Verdict) -> Void
    }

    @Test(arguments: [
        Doctored(testDescription: "an event twice") { $0.events.append(event) },
        Doctored(testDescription: "an event lost") { $0.events = [] },
        Doctored(testDescription: "an edit that did not arrive") { $0.events[0].topic = "Before" },
        Doctored(testDescription: "a move that did not arrive") { $0.events[0].startsAt = "2027-02-12T10:00:00+01:00" },
        Doctored(testDescription: "an event of a cancelled session") {
            $0.events.append(.init(sessionID: "b", topic: "Over", startsAt: "2027-02-11T10:00:00+01:00"))
        },
        Doctored(testDescription: "an event of no session") { $0.events.append(.init(topic: "x", startsAt: "")) },
        Doctored(testDescription: "an acknowledged session lost") { ($0.sessions["a"], $0.events) = (nil, []) },
        Doctored(testDescription: "an acknowledged cancellation lost") { $0.beliefs["a"] = .acknowledged(over) },
        Doctored(testDescription: "neither of two states") { $0.beliefs["a"] = .eitherOr(nil, before) },
        Doctored(testDescription: "Google has one of two states, and we the other") {
            ($0.beliefs["a"], $0.sessions["a"]) = (.eitherOr(before, now), before)
        },
        Doctored(testDescription: "a session of nobody") { $0.sessions["d"] = over },
    ])
    func whatMustNotBeIsSeen(_ it: Doctored) {
        var verdict = Self.good
        it.change(&verdict)
        #expect(verdict.contradictions.count == 1)
    }
}
