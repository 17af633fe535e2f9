import Foundation
import HTTPTypes
import Logging
import ServiceLifecycle
import Testing

@testable import CalendarEmulator

@Suite("Delivery of push notifications", .timeLimit(.minutes(1)))
struct DeliveryTests {
    /// An emulator, a coach in it, and somebody's server that listens to what is told of the coach's calendars.
    struct Scene: Sendable {
        let google: Google
        let coach: Client
        let receiver: Receiver
        let url: String

        @discardableResult
        func watch(_ list: String = "calendars/primary/events", id: String = "first", _ more: String = "") -> Exchange {
            coach.call(
                .post, list + "/watch",
                #"{"id":"\#(id)","type":"web_hook","address":"\#(url)/hook/\#(id)?key=k"\#(more)}"#)
        }

        func log() -> [JSON] { google.send(.get, "/emulator/notifications").items }

        /// The log, once nothing in it waits.
        func settled() async -> [JSON] {
            for await _ in google.emulator.notificationSignals() {
                let log = log()
                if !log.contains(where: { $0["outcome"] == "waiting" }) { return log }
            }
            return []
        }
    }

    private static let quick = NotificationSender.Backoff(first: .milliseconds(1), attempts: 3)

    /// - Parameter sends: without it nothing is sent until the test sees to it.
    private func withScene(
        sends: Bool = true, answer: @escaping Receiver.Answer = { _, _ in 200 },
        _ body: @escaping @Sendable (Scene) async throws -> Void
    ) async throws {
        let google = Google()
        google.switches(#"{"allowHttpCallbacks":true}"#)
        let coach = try Client(google, "coach@example.com")
        let receiver = Receiver(answer: answer)
        let sender = NotificationSender(
            emulator: google.emulator, logger: EmulatorServer.quietLogger, backoff: Self.quick)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await receiver.run()
                return false
            }
            if sends {
                group.addTask {
                    try await sender.run()
                    return false
                }
            }
            group.addTask {
                try await body(Scene(google: google, coach: coach, receiver: receiver, url: await receiver.url()))
                return true
            }
            while try await group.next() == false {}
            group.cancelAll()
        }
    }

    @Test("A POST without a body, with exactly the headers, in order")
    func post() async throws {
        try await withScene { scene in
            let channel = scene.watch("calendars/primary/events", id: "first").json
            scene.coach.insert("primary", event())
            let received = await scene.receiver.next(2)
            #expect(received.map(\.state) == ["sync", "exists"])
            #expect(received[0].messageNumber == 1)
            #expect(received[1].messageNumber ?? 0 > 1)
            #expect(received.allSatisfy { $0.method == "POST" && $0.path == "/hook/first?key=k" && $0.bodySize == 0 })
            let headers = received[1].headers
            #expect(headers[.contentLength] == "0")
            #expect(headers[.contentType] == "application/json; utf-8")
            #expect(headers[.userAgent]?.hasPrefix("APIs-Google; ") == true)
            #expect(headers[.resourceID] == channel["resourceId"]?.string)
            #expect(headers[.resourceURI] == channel["resourceUri"]?.string)
            #expect(headers[.channelExpiration] == "Mon, 09 Nov 2026 09:00:00 GMT")
            #expect(headers[.channelToken] == nil)
            #expect(
                Set(headers.map { $0.name.rawName.lowercased() }) == [
                    "content-length", "content-type", "user-agent", "x-goog-channel-id", "x-goog-channel-expiration",
                    "x-goog-message-number", "x-goog-resource-id", "x-goog-resource-state", "x-goog-resource-uri",
                ])
            let log = await scene.settled()
            #expect(log.map { $0["outcome"] } == ["delivered", "delivered"])
            #expect(log.map { $0["status"] } == [200, 200])
            #expect(log.map { $0["attempts"] } == [1, 1])
        }
    }

    @Test("Receivers that hang keep nobody else waiting")
    func hangingReceivers() throws {
        let google = Google()
        google.switches(#"{"allowHttpCallbacks":true}"#)
        let coach = try Client(google, "coach@example.com")
        func watch(_ id: String, _ address: String) {
            coach.call(.post, "users/me/settings/watch", #"{"id":"\#(id)","type":"web_hook","address":"\#(address)"}"#)
        }
        for index in 1...32 { watch("slow\(index)", "https://Slow.example.com/hook/\(index)") }
        for index in 1...8 { watch("port\(index)", "https://slow.example.com:443?at=\(index)") }
        watch("other", "https://slow.example.com:8443/")
        watch("good", "http://good.example.com")
        func startAll() -> [PushNotification] {
            Array(sequence(state: ()) { _ in google.emulator.startSending(atMost: NotificationSender.concurrency) })
        }
        let started = startAll()
        #expect(started.map(\.channelID) == ["slow1", "slow2", "slow3", "slow4", "other", "good"])
        google.emulator.finishSending(started[0], status: 200, outcome: .delivered)
        #expect(startAll().map(\.channelID) == ["slow5"])
        coach.stop("slow2", coach.watch("users/me/settings", id: "more").json["resourceId"]?.string)
        #expect(startAll().map(\.channelID) == ["slow6", "more"])
    }

    @Test("A channel with the id of an expired one does not wait for what that one had to say")
    func expiredLine() throws {
        let google = Google()
        let coach = try Client(google, "coach@example.com")
        coach.watch("calendars/primary/events", id: "first", #","params":{"ttl":"60"}"#)
        coach.insert("primary", event())
        let old = try #require(google.emulator.startSending(atMost: 1))
        google.advance(seconds: 61)
        coach.watch("calendars/primary/events", id: "first")
        google.emulator.finishSending(old, status: 200, outcome: .delivered)
        let next = google.emulator.takeNotifications()
        #expect(next.map(\.state) == [.sync])
        #expect(next.map(\.number) == [3])
        let log = google.send(.get, "/emulator/notifications").items
        #expect(log.map { $0["outcome"] } == ["expired", "expired", "taken"])
    }

    @Test("A token travels along")
    func token() async throws {
        try await withScene { scene in
            scene.watch("users/me/settings", id: "second", #","token":"for you""#)
            #expect(await scene.receiver.next(1).first?.headers[.channelToken] == "for you")
        }
    }

    @Test("These answers count as received", arguments: [200, 201, 202, 204])
    func success(_ status: Int) async throws {
        try await withScene(answer: { _, _ in status }) { scene in
            scene.watch()
            #expect(await scene.settled().map { $0["outcome"] } == ["delivered"])
        }
    }

    @Test("After these answers the same message comes again, before the next one", arguments: [500, 502, 503, 504])
    func retry(_ status: Int) async throws {
        try await withScene(answer: { _, index in index < 2 ? status : 200 }) { scene in
            scene.watch()
            scene.coach.insert("primary", event())
            let received = await scene.receiver.next(4)
            #expect(received.map(\.state) == ["sync", "sync", "sync", "exists"])
            let log = await scene.settled()
            #expect(log.map { $0["outcome"] } == ["delivered", "delivered"])
            #expect(log.map { $0["attempts"] } == [3, 1])
        }
    }

    @Test("In the end even those are lost, and the next message has its turn")
    func exhausted() async throws {
        try await withScene(answer: { request, _ in request.state == "sync" ? 503 : 200 }) { scene in
            scene.watch()
            scene.coach.insert("primary", event())
            #expect(await scene.receiver.next(4).map(\.state) == ["sync", "sync", "sync", "exists"])
            let log = await scene.settled()
            #expect(log.map { $0["outcome"] } == ["lost", "delivered"])
            #expect(log[0]["attempts"] == 3)
            #expect(log[0]["status"] == 503)
        }
    }

    @Test("Pauses double, and there are seven attempts in a minute")
    func pauses() {
        let backoff = NotificationSender.Backoff()
        let pauses = (1...7).map { backoff.pause(afterAttempt: $0) }
        #expect(pauses == [1, 2, 4, 8, 16, 32, nil].map { seconds in seconds.map { Duration.seconds($0) } })
    }

    @Test("All other answers lose the message, and redirects are not followed", arguments: [301, 302, 307, 400, 404, 410, 501])
    func refused(_ status: Int) async throws {
        try await withScene(answer: { request, _ in request.state == "sync" ? status : 200 }) { scene in
            scene.watch()
            scene.coach.insert("primary", event())
            let received = await scene.receiver.next(2)
            #expect(received.map(\.path) == ["/hook/first?key=k", "/hook/first?key=k"])
            #expect(received.map(\.state) == ["sync", "exists"])
            let log = await scene.settled()
            #expect(log.map { $0["outcome"] } == ["lost", "delivered"])
            #expect(log.map { $0["status"]?.integer } == [Int64(status), 200])
            #expect(log.map { $0["attempts"] } == [1, 1])
        }
    }

    @Test("What reaches nobody is lost")
    func unreachable() async throws {
        try await withScene { scene in
            let body = #"{"id":"a","type":"web_hook","address":"http://127.0.0.1:1/"}"#
            #expect(scene.coach.call(.post, "calendars/primary/events/watch", body).status == 200)
            let log = await scene.settled()
            #expect(log.map { $0["outcome"] } == ["lost"])
            #expect(log[0]["status"] == .null)
            #expect(log[0]["attempts"] == 1)
        }
    }

    @Test("A receiver that hangs holds up its own channel alone")
    func hanging() async throws {
        try await withScene(answer: { request, _ in
            if request.channelID == "slow" { try await Task.sleep(for: .seconds(3600)) }
            return 200
        }) { scene in
            scene.watch(id: "slow")
            #expect(await scene.receiver.next(1).map(\.channelID) == ["slow"])
            scene.watch(id: "quick")
            for _ in 1...3 { scene.coach.insert("primary", event()) }
            #expect(await scene.receiver.next(4).map(\.channelID) == ["quick", "quick", "quick", "quick"])
        }
    }

    @Test("A stopped channel is not tried again")
    func stopped() async throws {
        // Stopped while the answer to the first attempt is on its way.
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        try await withScene(answer: { request, _ in
            if request.channelID == "second" { return 200 }
            for await _ in stops { break }
            return 503
        }) { scene in
            let channel = scene.watch().json
            #expect(await scene.receiver.next(1).map(\.channelID) == ["first"])
            #expect(scene.coach.stop("first", channel["resourceId"]?.string).status == 204)
            stop.yield()
            scene.watch(id: "second")
            scene.coach.insert("primary", event())
            #expect(await scene.receiver.next(2).map(\.channelID) == ["second", "second"])
            #expect(await scene.settled().map { $0["outcome"] } == ["stopped", "delivered", "delivered"])
        }
    }

    @Test("A shutdown does not wait for receivers, and leaves to the next sender what they have not taken")
    func shutdown() async throws {
        try await withScene(
            sends: false,
            answer: { _, index in
                if index == 0 { try await Task.sleep(for: .seconds(3600)) }
                return 200
            }
        ) { scene in
            let sender = NotificationSender(emulator: scene.google.emulator, logger: EmulatorServer.quietLogger)
            let service = ServiceGroup(services: [sender], logger: EmulatorServer.quietLogger)
            scene.watch()
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.run() }
                _ = await scene.receiver.next(1)
                await service.triggerGracefulShutdown()
                try await group.waitForAll()
            }
            #expect(ContinuousClock.now - start < .seconds(8))
            #expect(scene.log().map { $0["outcome"] } == ["waiting"])
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await sender.run() }
                #expect(await scene.receiver.next(1).map(\.state) == ["sync"])
                #expect(await scene.settled().map { $0["outcome"] } == ["delivered"])
                group.cancelAll()
            }
        }
    }

    // MARK: - Order of sync and the answer

    @Test("sync waits until the answer is sent, or never will be", arguments: [true, false])
    func held(_ isAnswered: Bool) throws {
        let google = Google()
        let coach = try Client(google, "coach@example.com")
        let emulator = google.emulator
        var request = HTTPRequest(
            method: .post, scheme: "http", authority: nil, path: "/calendar/v3/calendars/primary/events/watch")
        request.headerFields[.authorization] = "Bearer " + coach.token
        let body = Data(#"{"id":"a","type":"web_hook","address":"https://example.com"}"#.utf8)
        let (reply, sync, isFirst) = emulator.respond(to: request, body: body, holdsSyncMessages: true)
        #expect(reply.response.status == .ok)
        #expect(!isFirst)
        coach.insert("primary", event())
        #expect(emulator.startSending(atMost: 1) == nil)
        do {
            let held = HeldNotifications(sync, of: emulator)
            if isAnswered { held.release() }
            withExtendedLifetime(held) { #expect((emulator.startSending(atMost: 1) != nil) == isAnswered) }
        }
        if !isAnswered { #expect(emulator.startSending(atMost: 1)?.state == .sync) }
    }

    @Test("A watch over HTTP is answered, before or after sync as the switch says", arguments: [true, false])
    func server(_ isFirst: Bool) async throws {
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let emulator = Emulator()
        let server = EmulatorServer(emulator: emulator, port: 0) { found.yield($0) }
        let receiver = Receiver()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await server.run()
                return false
            }
            group.addTask {
                try await receiver.run()
                return false
            }
            group.addTask {
                guard let port = await ports.first(where: { _ in true }) else { return true }
                let site = ServerTests.Site(url: "http://127.0.0.1:\(port)")
                let token = try await site.person()
                _ = try await site.send(
                    "POST", "/emulator/switches", body: #"{"allowHttpCallbacks":true,"syncMessageFirst":\#(isFirst)}"#)
                let answer = try await site.send(
                    "POST", "/calendar/v3/calendars/primary/events/watch", token: token,
                    body: #"{"id":"a","type":"web_hook","address":"\#(await receiver.url())"}"#)
                #expect(answer.status == 200)
                if isFirst { #expect(receiver.received == 1) }
                _ = try await site.send("POST", "/calendar/v3/calendars/primary/events", token: token, body: event())
                #expect(await receiver.next(2).map(\.state) == ["sync", "exists"])
                return true
            }
            while try await group.next() == false {}
            group.cancelAll()
        }
    }
}
