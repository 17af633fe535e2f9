import Coaching
import Foundation
import GoogleCalendar
import HTTPTypes
import Support
import Testing

@testable import CalendarSync

/// Google tells of changes, or does not, and both are lived with.
@Suite struct ChannelTests {
    private static let own = AvailabilityTests.own

    private static func platform() async throws -> Platform {
        let platform = try await Platform()
        try await platform.connect()
        try platform.share(own)
        try await platform.choose([own])
        platform.google.transport.forgetCalls()
        try await platform.read()
        return platform
    }

    /// What Google was asked about channels, as in `POST watch`, with the bodies.
    private static func asked(_ platform: Platform) throws -> [(what: String, body: [String: any Sendable])] {
        try platform.google.transport.calls.compactMap { call in
            guard ["watch", "stop"].contains(where: { call.line.hasSuffix("/" + $0) }) else { return nil }
            let body = try JSONSerialization.jsonObject(with: call.requestBody) as? [String: any Sendable]
            return (String(call.line.split(separator: "/").last ?? ""), body ?? [:])
        }
    }

    private static func message(_ platform: Platform, _ channel: [String: any Sendable], token: String? = nil) async throws {
        let id = try #require(channel["id"] as? String)
        let resource = try await platform.database.read { try $0.channel(id)?.resourceID }
        try await platform.sync.channelMessage(
            channelID: id, resourceID: resource, token: token ?? channel["token"] as? String)
    }

    private static func source(_ platform: Platform) async throws -> SourceStatus {
        try #require(try await platform.sync.calendarConnection(of: "coach-1").sources.first)
    }

    @Test func aChannelIsOpenedForEveryCalendarThatIsChecked() async throws {
        let platform = try await Self.platform()
        let asked = try Self.asked(platform)
        #expect(asked.map(\.what) == ["watch"])
        let body = asked[0].body
        #expect(body["address"] as? String == "https://platform.example/webhooks/google-calendar")
        let token = try #require(body["token"] as? String)
        #expect(token.count >= 64)
        let channel = try #require(try await Self.source(platform).channel)
        #expect(channel.expiresAt == platform.clock.now + 7 * 24 * 3600)
        let stored = try await platform.database.read { try $0.rows("SELECT * FROM watch_channel").map { "\($0)" } }
        #expect(!stored.joined().contains(token), "the secret is nowhere here")
        #expect(stored.joined().contains(WatchChannel.hash(token)))
    }

    @Test func aMessageHasTheCalendarReadAtOnce() async throws {
        let platform = try await Self.platform()
        let channel = try Self.asked(platform)[0].body
        try await platform.read()
        platform.google.transport.forgetCalls()
        try platform.addEvent(inHours: 25)
        platform.clock.advance(by: 1)
        try await platform.read()
        #expect(platform.calls == [], "nobody has said anything yet")
        try await Self.message(platform, channel)
        try await platform.read()
        #expect(try await Self.source(platform).readAt == platform.clock.now)
        #expect(try await Self.source(platform).channel?.lastMessageAt == platform.clock.now)
        platform.google.transport.forgetCalls()
        try await platform.read(after: 1)
        #expect(platform.calls == [], "once")
    }

    /// A change that comes while the calendar is being read may be missing from what is read.
    @Test func aMessageDuringReadingIsNotLost() async throws {
        let platform = try await Self.platform()
        let channel = try Self.asked(platform)[0].body
        try await platform.read()
        platform.clock.advance(by: 400)
        let began = platform.clock.now
        let range = try #require(TimeRange(began, began + 60))
        let source = try #require(try await platform.database.read { try $0.availabilitySource("coach-1", Self.own) })
        platform.clock.advance(by: 1)
        try await Self.message(platform, channel)
        try await platform.sync.store(
            [Self.own: .busy(TimeRanges())], of: [source], in: range, began: began, interval: 300)
        let after = try #require(try await platform.database.read { try $0.availabilitySource("coach-1", Self.own) })
        #expect(after.notifiedAt == platform.clock.now)
        #expect(after.nextReadAt == platform.clock.now + BusyReading.shortestInterval)
        // And an answer that is older than what is known changes nothing.
        try await platform.read(after: BusyReading.shortestInterval)
        let known = try await platform.database.read { try $0.availabilitySource("coach-1", Self.own) }
        try await platform.sync.store(
            [Self.own: .unknown(.googleUnavailable)], of: [source], in: range, began: began, interval: 300)
        #expect(try await platform.database.read { try $0.availabilitySource("coach-1", Self.own) } == known)
    }

    @Test func whatIsNotOursChangesNothing() async throws {
        let platform = try await Self.platform()
        let channel = try Self.asked(platform)[0].body
        try await platform.read()
        let before = try await platform.database.read { try $0.availabilitySource("coach-1", Self.own) }
        try await Self.message(platform, channel, token: "guessed")
        try await platform.sync.channelMessage(channelID: "unknown", resourceID: "r", token: channel["token"] as? String)
        try await platform.sync.channelMessage(channelID: String(repeating: "x", count: 9_999), resourceID: nil, token: "t")
        try await platform.sync.channelMessage(
            channelID: try #require(channel["id"] as? String), resourceID: "other", token: channel["token"] as? String)
        try await platform.sync.channelMessage(
            channelID: try #require(channel["id"] as? String), resourceID: nil, token: nil)
        #expect(try await platform.database.read { try $0.availabilitySource("coach-1", Self.own) } == before)
        #expect(try await Self.source(platform).channel?.lastMessageAt == nil)
    }

    @Test func aChannelIsRenewedBeforeItExpiresAndTheOldOneStopped() async throws {
        let platform = try await Self.platform()
        let first = try #require(try Self.asked(platform)[0].body["id"] as? String)
        try await platform.read(after: 6 * 24 * 3600 - 60)
        #expect(try Self.asked(platform).map(\.what) == ["watch"])
        try await platform.read(after: 61)
        #expect(try Self.asked(platform).map(\.what) == ["watch", "watch"], "for a while there are two")
        try await platform.read(after: 61)
        let asked = try Self.asked(platform)
        #expect(asked.map(\.what) == ["watch", "watch", "stop"])
        #expect(asked[2].body["id"] as? String == first)
        #expect(try await platform.database.read { try $0.channels(of: "coach-1").count } == 1)
        #expect(platform.google.transport.violations == [])
    }

    /// Google has opened it, and the answer was lost: its first message says how it can be stopped.
    @Test func aChannelWhoseOpeningWasNotAnsweredIsStopped() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.share(Self.own)
        try platform.google.control(
            .post, "faults", ["method": "events.watch", "effect": "afterCommit", "count": 1])
        try await platform.choose([Self.own])
        platform.google.transport.forgetCalls()
        try await platform.read()
        let channel = try Self.asked(platform)[0].body
        #expect(try await Self.source(platform).channel == nil)
        try await platform.read(after: WatchChannel.afterFailure)
        #expect(try Self.asked(platform).map(\.what) == ["watch", "watch"], "another one is opened")
        let first = try #require(channel["id"] as? String)
        let second = try #require(try await Self.source(platform).channel)
        #expect(second.id != first)
        let resource = try await platform.database.read { try $0.channel(second.id)?.resourceID }
        try await platform.sync.channelMessage(
            channelID: first, resourceID: resource, token: channel["token"] as? String)
        try await platform.read(after: 1)
        #expect(try Self.asked(platform).map(\.what) == ["watch", "watch", "stop"])
        #expect(try Self.asked(platform)[2].body["id"] as? String == first)
        #expect(try await Self.source(platform).channel?.id == second.id)
    }

    @Test func whoConnectsAgainIsListenedToAgain() async throws {
        let platform = try await Self.platform()
        _ = try await platform.sync.disconnectGoogleCalendar(of: "coach-1", removingEvents: false)
        try await platform.read(after: 1)
        _ = try await platform.sync.connectGoogleCalendar(for: platform.coach)
        try await platform.read(after: 1)
        #expect(try Self.asked(platform).map(\.what) == ["watch", "stop", "watch"])
        #expect(try await Self.source(platform).channel != nil)
    }

    /// A passing trouble is no refusal.
    @Test func aChannelThatCouldNotBeOpenedIsTriedAgainSoon() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.share(Self.own)
        try platform.google.control(.post, "faults", ["method": "events.watch", "status": 503, "count": 1])
        try await platform.choose([Self.own])
        try await platform.read()
        #expect(try await Self.source(platform).channel == nil)
        try await platform.read(after: WatchChannel.afterFailure)
        #expect(try await Self.source(platform).channel != nil)
    }

    /// A booking that began earlier notices something later than a message did.
    @Test func aMarkNeverGoesBack() async throws {
        let platform = try await Self.platform()
        let source = try #require(try await platform.database.read { try $0.availabilitySource("coach-1", Self.own) })
        let now = platform.clock.now
        try await platform.database.write { transaction in
            try transaction.markUnread(source, now: now + 1)
            try transaction.markUnread(source, now: now)
        }
        #expect(try await platform.database.read { try $0.availabilitySource("coach-1", Self.own)?.notifiedAt } == now + 1)
    }

    @Test(arguments: ["disconnect", "unchoose"])
    func nobodyListensLongerThanNeeded(_ how: String) async throws {
        let platform = try await Self.platform()
        if how == "disconnect" {
            _ = try await platform.sync.disconnectGoogleCalendar(of: "coach-1", removingEvents: false)
        } else {
            try await platform.choose([])
        }
        try platform.google.control(.post, "faults", ["method": "channels.stop", "status": 500, "count": 1])
        try await platform.read(after: 1)
        try await platform.read(after: 61)
        #expect(try Self.asked(platform).map(\.what) == ["watch", "stop", "stop"])
        #expect(try await platform.database.read { try $0.channels(of: "coach-1") } == [])
    }

    @Test func whereGoogleTakesNoChannelItIsReadFromTimeToTime() async throws {
        let platform = try await Platform()
        try await platform.connect()
        try platform.share(Self.own)
        try platform.google.control(.post, "switches", ["freeBusyReaderMayWatch": false])
        try await platform.choose([Self.own])
        try await platform.read()
        platform.google.transport.forgetCalls()
        for _ in 0..<60 { try await platform.read(after: 60) }
        #expect(try Self.asked(platform).count == 0, "Google has said no")
        #expect(platform.google.transport.calls.count > 10)
        #expect(try await Self.source(platform).channel == nil)
        #expect(try await platform.database.read { try $0.channels(of: "coach-1") } == [])
    }

    @Test func anAddressThatGoogleCannotReachIsNotOffered() async throws {
        for (address, isOffered) in [
            ("https://platform.example", true), ("http://platform.example", false), ("http://127.0.0.1:8080", true),
        ] {
            let platform = try await Platform()
            let sync = CalendarSyncService(
                database: platform.database, google: platform.google.client(), publicURL: try #require(URL(string: address)),
                time: platform.clock.source)
            #expect((sync.channelAddress != nil) == isOffered)
        }
    }
}
