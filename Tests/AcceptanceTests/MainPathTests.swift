import Foundation
import Testing

/// The way of a session, with everything real but Google.
@Suite(.serialized) struct MainPathTests {
    @Test func aSessionLandsInTheCalendarFollowsItsChangesAndLeaves() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.serve()
        try await server.connect()
        #expect(try await deployment.calendarNames == ["Loom Platform"])

        let topic = ("<b>Topic</b> 🎯 פגישה " + String(repeating: "0123456789", count: 200)).prefix(2_000)
        let answer = try await server.put(
            "s-1", #""topic": "\#(topic)", "sharedSummary": "Shared & <i>", "privateNotes": "CANARY", "location": "Room 3""#)
        #expect(answer.status == 201)
        try await eventually("the session is synced") { try await server.status(of: "s-1") == "synced" }
        var events = try await deployment.events
        #expect(events.count == 1)
        let event = try #require(events.first)
        #expect((event["summary"] as? String)?.hasPrefix("<b>Topic</b> 🎯 פגישה 0123456789") == true)
        let description = try #require(event["description"] as? String)
        #expect(description.hasPrefix("&lt;b&gt;Topic&lt;/b&gt; 🎯 פגישה 0123456789"))
        #expect(description.contains("Shared &amp; &lt;i&gt;"))
        #expect(description.contains("https://platform.example/sessions/s-1"))
        #expect(event["location"] as? String == "Room 3")
        let start = try #require(event["start"] as? [String: String])
        #expect(start == ["dateTime": "2027-02-01T10:00:00+01:00", "timeZone": "Europe/Berlin"])
        let end = try #require(event["end"] as? [String: String])
        #expect(end == ["dateTime": "2027-02-01T11:00:00+01:00", "timeZone": "Europe/Berlin"])
        #expect((event["source"] as? [String: String])?["url"] == "https://platform.example/sessions/s-1")
        let properties = event["extendedProperties"] as? [String: [String: String]]
        #expect(properties?["private"]?["loomSession"] == "s-1")

        let before = try await deployment.calls.count
        for number in 1...5 { #expect(try await server.put("s-1", #""topic": "Edit \#(number)""#).status == 200) }
        try await eventually("the edits are there") { try await deployment.events.first?["summary"] as? String == "Edit 5" }
        #expect(try await deployment.calls.dropFirst(before).map { $0.prefix(5) } == ["PATCH"])
        _ = try await server.put("s-1", #""topic": "Edit 5", "privateNotes": "CANARY 2""#)
        try await eventually("the notes are dealt with") { try await server.status(of: "s-1") == "synced" }
        #expect(try await deployment.calls.count == before + 1)

        for _ in 1...2 { #expect(try await server.call(.DELETE, "/v1/sessions/s-1").status == 200) }
        try await eventually("the event is gone") { try await deployment.events.isEmpty }
        try await eventually("and noted") { try await server.status(of: "s-1") == "synced" }
        events = try await deployment.events
        #expect(events.isEmpty)
        #expect(try await !deployment.state.text.contains("CANARY"))

        server.program.terminate()
        #expect(try await server.program.ended().status == 0)
        for secret in ["CANARY", Deployment.secret, "ya29.", "PRIVATE KEY", server.token] {
            #expect(!server.program.everythingWritten.contains(secret))
        }
    }

    @Test func disconnectingAndReconnectingKeepsCalendarAndEvents() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.serve()
        try await server.connect()
        for number in 1...3 { _ = try await server.put("s-\(number)") }
        try await eventually("all are there") { try await deployment.events.count == 3 }
        try await eventually("and noted") {
            try await server.call(.GET, "/v1/google-calendar/connection").body["pendingCount"] as? Int == 0
        }
        let first = try await server.call(.GET, "/v1/google-calendar/connection")

        deployment.emulator.pause()
        #expect(try await server.call(.DELETE, "/v1/google-calendar/connection").status == 200)
        deployment.emulator.resume()
        let before = try await deployment.calls.count
        let again = try await server.call(.POST, "/v1/google-calendar/connection")
        #expect(again.status == 201)
        #expect(again["calendarId"] == first["calendarId"])
        try await eventually("all are looked at") {
            try await server.call(.GET, "/v1/google-calendar/connection").body["pendingCount"] as? Int == 0
        }
        #expect(try await deployment.calls.dropFirst(before).map { $0.prefix(4) } == ["GET "], "the rule, and nothing else")
        #expect(try await deployment.calendarNames == ["Loom Platform"])
        #expect(try await deployment.events.count == 3)
    }
}

/// What happens to processes and machines, not to requests.
@Suite(.serialized) struct CrashTests {
    @Test func sessionsAreTakenWhileGoogleIsAwayAndLandByThemselves() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.serve()
        try await server.connect()
        deployment.emulator.pause()
        for number in 1...3 {
            let answer = try await server.put("s-\(number)")
            #expect(answer.status == 201)
            #expect(answer.syncStatus == "pending")
        }
        #expect(try await server.call(.PATCH, "/v1/sessions/s-1", #"{"topic": "Edited"}"#).status == 200)
        #expect(try await server.call(.DELETE, "/v1/sessions/s-2").status == 200)
        #expect(try await server.status(of: "s-3") == "pending")
        deployment.emulator.resume()
        try await eventually("all have landed") {
            let synced = [
                try await server.status(of: "s-1"), try await server.status(of: "s-2"), try await server.status(of: "s-3"),
            ]
            return synced == ["synced", "synced", "synced"]
        }
        let topics = try await deployment.events.compactMap { $0["summary"] as? String }
        #expect(topics.sorted() == ["Edited", "Topic"])
    }

    @Test func aServerKilledAfterGooglesAnswerMakesNoSecondEvent() async throws {
        let deployment = try await Deployment()
        var server = try await deployment.serve()
        try await server.connect()
        try await deployment.fault(
            #"{"method": "events.insert", "effect": "afterCommit", "delayMilliseconds": 60000, "count": 1}"#)
        #expect(try await server.put("s-1").status == 201)
        try await eventually("Google has it") { try await deployment.events.count == 1 }
        server.program.kill()
        _ = try await server.program.ended()

        server = try await deployment.serve()
        #expect(try await server.status(of: "s-1") == "pending")
        try await eventually("it is synced") { try await server.status(of: "s-1") == "synced" }
        #expect(try await deployment.events.count == 1)
        let inserts = try await deployment.calls.filter { $0.hasPrefix("POST") && $0.hasSuffix("/events") }
        #expect(inserts.count == 2, "the same id was tried again, and refused")
    }

    @Test func aServerKilledWhileConnectingMakesNoSecondCalendar() async throws {
        let deployment = try await Deployment()
        var server = try await deployment.serve()
        try await deployment.fault(
            #"{"method": "calendars.insert", "effect": "afterCommit", "delayMilliseconds": 60000, "count": 1}"#)
        let coach = server
        let connecting = Task { try await coach.call(.POST, "/v1/google-calendar/connection") }
        try await eventually("Google has it") { try await deployment.calendarNames.count == 1 }
        server.program.kill()
        _ = try await server.program.ended()
        _ = await connecting.result

        server = try await deployment.serve()
        try await eventually("it is connected, by itself") {
            try await server.call(.GET, "/v1/google-calendar/connection").body["isConnected"] as? Bool == true
        }
        #expect(try await deployment.calendarNames == ["Loom Platform"])
    }
}
