import CryptoExtras
import Foundation
import HTTPTypes
import Testing

@testable import CalendarEmulator

@Suite("A journal", .timeLimit(.minutes(1)))
final class JournalTests {
    private let folder: URL
    private let file: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "journal-" + UUID().uuidString)
        file = folder.appending(path: "state")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// An emulator that keeps `file`. - Parameter key: without one it can make no new key.
    @discardableResult
    private func start(
        seed: UInt64 = 0, file: URL? = nil, clock: Ticker = Ticker(), key: _RSA.Signing.PrivateKey? = nil
    ) throws -> (google: Google, replay: Journal.Replay) {
        let emulator = Emulator(seed: seed, now: { clock.now() }) {
            guard let key else { throw JournalError("no key") }
            return key
        }
        let replay = try Journal(file: file ?? self.file).replay(into: emulator)
        return (Google(emulator), replay)
    }

    /// The file as it lies there after the process was killed.
    private func crash() throws -> URL {
        let copy = folder.appending(path: UUID().uuidString)
        try FileManager.default.copyItem(at: file, to: copy)
        return copy
    }

    private func lines() throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    private func refusal(seed: UInt64 = 0) -> String? {
        #expect(throws: JournalError.self) { try self.start(seed: seed) }?.description
    }

    @Test("After a restart everything is as it was and goes on as it would have", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func everything(_ seed: UInt64) throws {
        let clock = Ticker()
        var traffic = Traffic(seed: seed)
        let (before, _) = try start(seed: seed, clock: clock, key: try Google.key.get())
        let heard = try traffic.run(400, on: before)
        #expect(Set(heard.map(\.response.status.code)).isSuperset(of: [200, 201, 204, 403, 404, 503]))

        var sameTraffic = traffic
        let (after, replay) = try start(seed: seed, file: try crash(), clock: clock.copy(), key: try Google.key.get())
        before.emulator.setOrigin("http://127.0.0.1:8085")
        #expect(!replay.isLastLineCut)
        for report in ["state", "requests"] {
            let path = "/emulator/" + report
            #expect(before.send(.get, path).reply.body == after.send(.get, path).reply.body)
        }
        #expect(try traffic.run(200, on: before) == sameTraffic.run(200, on: after))
        #expect(before.send(.get, "/emulator/state").reply.body == after.send(.get, "/emulator/state").reply.body)
    }

    @Test("Old tokens and old key files stay good")
    func secrets() throws {
        let holder = try KeyHolder(start(key: try Google.key.get()).google)
        let client = try holder.client()
        let calendar = try client.calendar()
        let (after, _) = try start(file: try crash())
        #expect(Client(after, token: client.token).call(.get, "calendars/" + calendar).status == 200)
        let again = try KeyHolder(after, file: holder.file).client()
        #expect(again.token != client.token)
        #expect(again.call(.get, "calendars/" + calendar).status == 200)
    }

    @Test("A key that could not be made then is none now")
    func noKey() throws {
        let before = try start().google
        #expect(before.control("service-accounts", #"{"project":"a","name":"b"}"#).status == 500)
        let token = try before.person("coach@example.com")
        let after = try start(file: try crash(), key: try Google.key.get()).google
        #expect(after.send(.get, "/emulator/state").json["serviceAccounts"] == [])
        #expect(Client(after, token: token).call(.get, "colors").status == 200)
    }

    @Test("Bodies of any bytes come back")
    func bytes() throws {
        let before = try start().google
        let request = HTTPRequest(method: .post, scheme: "https", authority: "a:1", path: "/emulator/users")
        let bodies = [Data([0xFF, 0x00, 0x0A]), Data([0xEF, 0xBB, 0xBF, 0x7B, 0x7D]), Data("\u{2028}\r\n\"\u{0}é".utf8)]
        for body in bodies { _ = before.emulator.respond(to: request, body: body) }
        let kept = try lines().dropFirst().compactMap { JournalLine(Data($0.utf8)) }
        #expect(kept.map(\.body) == bodies)
        #expect(kept.map(\.request) == [request, request, request])
    }

    @Test("A line is written before its answer is heard, for all but looks at pages and reports")
    func order() throws {
        let google = try start().google
        let token = try google.person("coach@example.com")
        #expect(try lines().count == 2)
        google.send(.get, "/calendar/v3/colors", token: token)
        #expect(try lines().count == 3)
        for path in ["/", "/emulator/state", "/emulator/requests", "/favicon.ico"] { google.send(.get, path) }
        #expect(try lines().count == 3)
        google.send(.get, "/token")
        #expect(try lines().count == 4)
    }

    @Test("A last line that was cut, wherever it was, is dropped")
    func cut() throws {
        let before = try start().google
        _ = try before.person("coach@example.com")
        let state = before.send(.get, "/emulator/state").json["users"]
        let length = try Data(contentsOf: file).count
        _ = try before.person("client@example.com")
        let whole = try Data(contentsOf: file)
        for end in length..<whole.count {
            let rest = folder.appending(path: "cut-\(end)")
            try whole.prefix(end).write(to: rest)
            do {
                let (after, replay) = try start(file: rest)
                #expect(replay == Journal.Replay(requests: 1, isLastLineCut: end > length))
                #expect(after.send(.get, "/emulator/state").json["users"] == state)
                _ = try after.person("third@example.com")
            }
            let (again, replay) = try start(file: rest)
            #expect(replay == Journal.Replay(requests: 2, isLastLineCut: false))
            #expect(again.send(.get, "/emulator/state").json["users"]?.array?.count == 2)
        }
    }

    @Test("A crash while the first line was written leaves an empty emulator", arguments: [0, 1, 30, 55, 60, 65])
    func cutHeader(_ length: Int) throws {
        _ = try start()
        let header = try Data(contentsOf: file)
        let rest = folder.appending(path: "rest")
        try header.prefix(length).write(to: rest)
        #expect(try start(file: rest).replay == Journal.Replay(requests: 0, isLastLineCut: false))
        #expect(try Data(contentsOf: rest) == header)
        // With the seed cut too, nobody can know it.
        try header.prefix(length).write(to: rest)
        #expect(try start(seed: 77, file: rest).replay.requests == 0)
    }

    @Test(
        "Any other broken line refuses the start and is named",
        arguments: [
            "", "{}", "null", "rubbish", #"{"time":1,"origin":"","method":" ","path":"/","headers":[],"text":"","status":200}"#,
            #"{"time":1,"origin":"","method":"GET","path":"/","headers":[["a"]],"text":"","status":200}"#,
            #"{"time":1,"origin":"","method":"GET","path":"/","headers":[],"status":200}"#,
        ])
    func broken(_ line: String) throws {
        try write(2, line)
        let content = try Data(contentsOf: file)
        #expect(refusal()?.contains("line 3 of \(file.resolvingSymlinksInPath().path) is broken") == true)
        #expect(try Data(contentsOf: file) == content)
    }

    @Test("A line whose answer would be another one now refuses the start")
    func unfaithful() throws {
        try write(3) { $0.replacing(#""status":201"#, with: #""status":400"#) }
        #expect(refusal()?.contains("line 4") == true)
        #expect(refusal()?.contains("was answered with 400 and would be with 201") == true)
        let google = Google()
        #expect(throws: JournalError.self) { try Journal(file: self.file).replay(into: google.emulator) }
        #expect(google.send(.get, "/emulator/state").json["users"] == [])
        #expect(try Client(google, "d@example.com").call(.get, "colors").status == 200)
        #expect(try lines().count == 4)
    }

    /// Three people's journal, with the line at `index` changed.
    private func write(_ index: Int, change: (String) -> String) throws {
        do {
            let google = try start().google
            for name in ["a", "b", "c"] { _ = try google.person(name + "@example.com") }
        }
        var lines = try lines()
        lines[index] = change(lines[index])
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
    }

    private func write(_ index: Int, _ line: String) throws { try write(index) { _ in line } }

    @Test("Another's file is refused and left alone", arguments: ["{", "precious", "precious\n", "{\"journal\":2}\n"])
    func foreign(_ content: String) throws {
        try Data(content.utf8).write(to: file)
        if content == "{" {
            // The first byte of every journal.
            #expect(try start().replay.requests == 0)
        } else {
            #expect(refusal()?.contains("is no journal of an emulator with the seed 0") == true)
            #expect(try String(contentsOf: file, encoding: .utf8) == content)
        }
    }

    @Test("A journal of another seed is refused")
    func otherSeed() throws {
        do { _ = try start(seed: 1).google.person("coach@example.com") }
        #expect(refusal(seed: 2)?.contains("seed 2") == true)
        #expect(try start(seed: 1).replay.requests == 1)
    }

    @Test("The file is its owner's alone, and one emulator's at a time")
    func access() throws {
        let first = try start()
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(refusal()?.contains("is in use by another emulator") == true)
        withExtendedLifetime(first) {}
    }

    @Test("What is no file is refused", arguments: ["/", "/dev/full", "/nowhere/state"])
    func noFile(_ path: String) {
        #expect(throws: JournalError.self) { try Journal(file: URL(filePath: path)) }
    }

    @Test("A reset empties the file, and what comes after it comes back")
    func reset() throws {
        let before = try start().google
        let old = try before.person("coach@example.com")
        before.control("reset", #"{"all":true}"#)
        #expect(try lines().count == 3)
        before.control("reset")
        #expect(try lines().count == 1)
        let token = try before.person("client@example.com")
        let (after, replay) = try start(file: try crash())
        #expect(replay.requests == 1)
        #expect(after.send(.get, "/emulator/state").json["users"]?.array?.count == 1)
        #expect(Client(after, token: token).call(.get, "colors").status == 200)
        #expect(try after.person("third@example.com") == before.person("third@example.com"))
        for google in [before, after] { #expect(Client(google, token: old).call(.get, "colors").status == 401) }
    }

    @Test("A journal from before the dice stood in it is read")
    func version1() throws {
        do { _ = try start().google.person("coach@example.com") }
        var all = try lines()
        all[0] = #"{"journal":"calendar emulator","version":1,"seed":0}"#
        try Data((all.joined(separator: "\n") + "\n").utf8).write(to: file)
        #expect(try start().replay.requests == 1)
    }

    @Test("Sign-in and batches come back too")
    func signIn() throws {
        let clock = Ticker()
        let before = try start(clock: clock).google
        let client = try #require(before.control("oauth-clients", #"{"project":"a","name":"b"}"#).json["installed"])
        let token = try before.person("coach@example.com")
        let scope = "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcalendar"
        let page =
            "/o/oauth2/auth?client_id=\(client["client_id"]?.string ?? "")&response_type=code&scope=\(scope)"
            + "&redirect_uri=http%3A%2F%2Flocalhost%3A1%2F"
        before.send(.post, page, body: "email=coach%40example.com")
        let body = "--b\n" + "Content-Type: application/http\n\nPOST /calendar/v3/calendars\n\n{\"summary\":\"A\"}\n--b--"
        before.send(
            .post, "/batch/calendar/v3", token: token, headers: ["Content-Type": "multipart/mixed; boundary=b"], body: body)
        before.send(.post, "/revoke?token=" + token)
        let (after, replay) = try start(file: try crash(), clock: clock.copy())
        #expect(replay.requests == 5)
        for report in ["state", "requests"] {
            let path = "/emulator/" + report
            #expect(before.send(.get, path).reply.body == after.send(.get, path).reply.body)
        }
        #expect(Client(after, token: token).call(.get, "colors").status == 401)
        #expect(try before.person("x@example.com") == after.person("x@example.com"))
    }

    @Test("A look at a report forgets no channel, so that a clock set back finds it in both lives")
    func looks() throws {
        let clock = Ticker()
        let before = try start(clock: clock).google
        let coach = try Client(before, "coach@example.com")
        #expect(coach.watch("users/me/settings", id: "a", #","params":{"ttl":"1"}"#).status == 200)
        for _ in 1...20 { before.send(.get, "/emulator/state") }
        #expect(before.send(.get, "/emulator/state").json["channels"] == [])
        before.advance(seconds: -100)
        #expect(coach.watch("users/me/settings", id: "a").reason == "channelIdNotUnique")
        let after = try start(file: try crash(), clock: clock.copy()).google
        #expect(before.send(.get, "/emulator/state").reply.body == after.send(.get, "/emulator/state").reply.body)
    }

    @Test("When nothing more can be written, nothing more is done or promised")
    func unwritable() throws {
        let emulator = Emulator()
        let google = Google(emulator)
        let journal = try Journal(file: file)
        try journal.replay(into: emulator)
        let token = try google.person("coach@example.com")
        try journal.handle.close()
        for body in [event(#""id":"first""#), event(#""id":"second""#)] {
            let answer = google.send(.post, "/calendar/v3/calendars/primary/events", token: token, body: body)
            #expect(answer.status == 500)
            #expect(answer.message?.contains("state file") == true)
        }
        let calendar = google.send(.get, "/emulator/state").json["calendars"]?[0]
        #expect(calendar?["events"]?.array?.contains { $0["id"]?.string == "second" } == false)
        let after = try start().google
        #expect(Client(after, token: token).call(.get, "calendars/primary/events").items.isEmpty)
    }
}
