import Foundation
import Testing

@Suite(.serialized) struct AuditCommandTests {
    @Test func whatWasDoneInGoogleIsFoundAndPutRight() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.serve()
        try await server.connect()
        for number in 1...3 { _ = try await server.put("s-\(number)") }
        try await eventually("all are there") { try await deployment.events.count == 3 }
        try await eventually("and noted") { try await server.pendingCount == 0 }
        let hand = try await Hand(deployment, server)
        try await hand.delete(try await server.eventID(of: "s-1"))
        try await hand.patch(try await server.eventID(of: "s-2"), #"{"summary": "Something else"}"#)

        let planned = try await deployment.run("audit", "--dry-run", "--json")
        #expect(planned.status == 0)
        let plan = try #require(planned.lines.first)
        #expect(planned.lines.count == 1)
        #expect(plan["coachId"] as? String == "coach-1" && plan["isDryRun"] as? Bool == true)
        #expect(plan["compared"] as? Int == 3 && plan["drifted"] as? Int == 2 && plan["held"] as? Int == 0)
        let findings = plan["findings"] as? [[String: String]] ?? []
        #expect(
            findings.map { [$0["sessionId"], $0["what"], $0["action"]] } == [
                ["s-1", "missing", "restore"], ["s-2", "edited", "restore"],
            ])
        #expect(try await deployment.events.compactMap { $0["summary"] as? String }.sorted() == ["Something else", "Topic"])
        #expect(planned.errors.contains("coach-1 (1 of 1)"))

        let done = try await deployment.run("audit")
        #expect(done.status == 0)
        #expect(done.output.contains("coach-1: 3 events compared, 2 not as they should be."))
        #expect(done.output.contains("session s-1, event ") && done.output.contains("it is queued to be sent again"))
        try await eventually("both are as they were") {
            try await deployment.events.compactMap { $0["summary"] as? String } == ["Topic", "Topic", "Topic"]
        }
        try await eventually("and noted") { try await server.pendingCount == 0 }
        let again = try await deployment.run("audit", "--coach", "coach-1")
        #expect(again.status == 0)
        #expect(again.output.contains("3 events compared, all as they should be."))
    }

    @Test func removalsThatAreTooManyAreHeldUntilSomebodySaysSo() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.serve()
        try await server.connect()
        _ = try await server.put("s-1")
        try await eventually("it is there") { try await server.pendingCount == 0 }
        let hand = try await Hand(deployment, server)
        for number in 1...6 { try await hand.insert(ofSession: "unknown-\(number)") }

        let held = try await deployment.run("audit")
        #expect(held.status == 2)
        #expect(held.output.contains("6 held back"))
        #expect(held.output.contains("loom-calendar audit --coach coach-1 --remove-at-most 6"))
        #expect(try await deployment.events.count == 7)
        #expect(try await deployment.run("audit", "--coach", "coach-1", "--remove-at-most", "5").status == 2)
        #expect(try await deployment.events.count == 7)

        let removed = try await deployment.run("audit", "--coach", "coach-1", "--remove-at-most", "6")
        #expect(removed.status == 0)
        #expect(removed.output.contains("6 removed"))
        #expect(try await deployment.events.compactMap { $0["summary"] as? String } == ["Topic"])
    }

    @Test func oneCalendarThatCannotBeLookedThroughKeepsNobodyElseWaiting() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.serve()
        try await server.connect()
        let other = server.with(token: try await deployment.token(user: "coach-2", role: "coach"))
        try await other.connect()
        _ = try await other.put("s-2")
        try await eventually("it is there") { try await other.pendingCount == 0 }
        try await deployment.fault(#"{"method": "events.list", "status": 503, "count": 1}"#)

        let ended = try await deployment.run("audit", "--json")
        #expect(ended.status == 2)
        #expect(ended.lines.map { $0["coachId"] as? String } == ["coach-1", "coach-2"])
        #expect((ended.lines.first?["error"] as? [String: String])?["code"] == "googleUnavailable")
        #expect(ended.lines.last?["compared"] as? Int == 1)
        #expect(ended.errors.contains("1 calendar could not be looked through."))
    }

    @Test func whoHasNoCalendarHereIsToldSo() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.serve()
        let unknown = try await deployment.run("audit", "--coach", "coach-1")
        #expect(unknown.status == 2)
        #expect(unknown.output.contains("coach-1: could not be looked through. No calendar was ever connected."))
        let nobody = try await deployment.run("audit")
        #expect(nobody.status == 0 && nobody.output == "No calendar is connected.\n")

        // With the key of another account every calendar looks deleted, and must not be taken for it.
        try await server.connect()
        let key = try await deployment.newKey(named: "other")
        let foreign = try await deployment.run("audit", "--coach", "coach-1", changing: ["GOOGLE_SERVICE_ACCOUNT_KEY": key])
        #expect(foreign.status == 2 && foreign.output.contains("another service account"))
        #expect(try await server.call(.GET, "/v1/google-calendar/connection").body["isConnected"] as? Bool == true)
    }

    @Test func aDatabaseThatIsNotThereIsNotTakenForAnEmptyOne() async throws {
        let deployment = try await Deployment()
        let path = deployment.folder.appending(component: "misspelt.sqlite").path()
        let ended = try await deployment.run("audit", "--database", "sqlite:\(path)")
        #expect(ended.status == 1 && ended.errors.contains("LOOM_DATABASE_URL"))
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}

extension Program.Ended {
    /// The output, one JSON object a line.
    fileprivate var lines: [[String: any Sendable]] {
        output.split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: any Sendable]
        }
    }
}

extension Server {
    fileprivate func eventID(of id: String) async throws -> String {
        try #require(try await call(.GET, "/v1/sessions/\(id)").calendarSync["googleEventId"] as? String)
    }
}

/// The coach in Google Calendar, with a calendar that was shared with them.
private struct Hand {
    private let events: String
    private let token: String

    init(_ deployment: Deployment, _ server: Server) async throws {
        let person = try await call(.POST, deployment.emulatorURL + "/emulator/users", #"{"email": "coach-1@example.com"}"#)
        token = try #require(person["accessToken"])
        let calendar = try #require(try await server.call(.GET, "/v1/google-calendar/connection")["calendarId"])
        events = deployment.emulatorURL + "/calendar/v3/calendars/\(calendar)/events"
    }

    func delete(_ id: String) async throws {
        #expect(try await call(.DELETE, "\(events)/\(id)", token: token).status == 204)
    }

    func patch(_ id: String, _ body: String) async throws {
        #expect(try await call(.PATCH, "\(events)/\(id)", body, token: token).status == 200)
    }

    /// An event that bears our marker, as a restored backup of the database would leave it behind.
    func insert(ofSession id: String) async throws {
        let body = """
            {"summary": "\(id)", "start": {"dateTime": "2027-02-01T10:00:00Z"}, "end": {"dateTime": "2027-02-01T11:00:00Z"},
            "extendedProperties": {"private": {"loomScheme": "1", "loomSession": "\(id)"}}}
            """
        #expect(try await call(.POST, events, body, token: token).status == 200)
    }
}
