import Foundation
import Testing

/// Sessions from a file, while the server runs.
@Suite(.serialized) struct ImportTests {
    private static func line(_ id: String, _ time: String, _ rest: String = "") -> String {
        #"{"id": "\#(id)", "coachId": "coach-1", "startsAt": "2027-02-01T\#(time):00", "timeZone": "Europe/Berlin"\#(rest)}"#
    }

    @Test func whatCanBeTakenIsTakenAndTheRestIsTold() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.serve()
        try await server.connect()
        _ = try await server.put("there")
        let file = deployment.folder.appending(component: "sessions.ndjson")
        let lines = [
            Self.line("a", "08:00", #", "topic": "פגישה""#), "", Self.line("b", "08:30"), #"{"id": "c"}"#, "no JSON",
            Self.line("d", "10:30"), Self.line("e", "12:00", #", "allowOverlap": "yes""#), Self.line("f", "12:00", "") + "\r",
        ]
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        var ended = try await deployment.run("import", file.path())
        #expect(ended.status == 1)
        let told = ended.output.split(separator: "\n").map(String.init)
        #expect(told.map { $0.prefix(while: { $0 != ":" }) }.dropLast() == ["line 3", "line 4", "line 5", "line 6", "line 7"])
        #expect(told.last == "2 new, 0 there already, 5 refused.")
        #expect(told[0].contains("something else at that time"))
        #expect(told[1].contains("startsAt is missing"))
        try await eventually("both are in the calendar") { try await deployment.events.count == 3 }

        ended = try await deployment.run("import", "--json", file.path())
        #expect(ended.output.contains(#""created" : 0"#))
        #expect(ended.output.contains(#""known" : 2"#))
        try Data(Self.line("a", "08:00", #", "topic": "פגישה""#).utf8).write(to: file)
        #expect(try await deployment.run("import", file.path()).status == 0)
        #expect(try await deployment.run("import", "/nowhere").errors.contains("cannot be read"))
    }

    /// Two files at once, and neither gets what the other has.
    @Test func twoImportsTakeNoTimeTwice() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.serve()
        for name in ["a", "b"] {
            let lines = (0..<100).map { number in
                Self.line(
                    "\(name)-\(number)", String(format: "%02d:%02d", 8 + number / 10, number % 10 * 6),
                    #", "durationMinutes": 6"#)
            }
            try Data(lines.joined(separator: "\n").utf8).write(to: deployment.folder.appending(component: name))
        }
        _ = try await server.call(.GET, "/v1/sessions")
        async let first = deployment.run("import", "--json", deployment.folder.appending(component: "a").path())
        async let second = deployment.run("import", "--json", deployment.folder.appending(component: "b").path())
        let created = try await [first.output, second.output].map { output in
            let report = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: any Sendable]
            return report?["created"] as? Int ?? -1
        }
        #expect(created.reduce(0, +) == 100)
        let items = try await server.call(.GET, "/v1/sessions?pageSize=500").body["items"] as? [any Sendable]
        #expect(items?.count == 100)
    }
}
