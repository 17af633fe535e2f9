import Foundation
import Testing

@Suite struct CommandTests {
    private static let good = [
        "GOOGLE_SERVICE_ACCOUNT_KEY": "/no/such/key.json", "LOOM_AUTH_SECRET": Deployment.secret,
        "LOOM_PUBLIC_URL": "https://platform.example",
    ]

    struct Bad: Sendable, CustomTestStringConvertible {
        var name: String
        var value: String?
        var mend: String
        var testDescription: String { "\(name)=\(value ?? "")" }
    }

    @Test(arguments: [
        Bad(name: "GOOGLE_SERVICE_ACCOUNT_KEY", value: nil, mend: "give the key file"),
        Bad(name: "GOOGLE_SERVICE_ACCOUNT_KEY", value: "/no/such/key.json", mend: "check the path"),
        Bad(
            name: "GOOGLE_SERVICE_ACCOUNT_KEY", value: #"{"private_key": "S3CRET", "client_email": "a@b.c"}"#, mend: "download"),
        Bad(name: "LOOM_DATABASE_URL", value: "mysql://S3CRET@host", mend: "write sqlite:PATH"),
        Bad(name: "LOOM_DATABASE_URL", value: "sqlite:/no/such/folder/x.sqlite", mend: "check that its folder exists"),
    ])
    func aSettingThatCannotBeUsedIsNamedWithItsMend(_ it: Bad) async throws {
        var settings = Self.good
        settings["LOOM_DATABASE_URL"] =
            "sqlite:" + FileManager.default.temporaryDirectory.appending(component: UUID().uuidString).path()
        settings[it.name] = it.value
        let isAboutDatabase = it.name == "LOOM_DATABASE_URL"
        let program =
            try isAboutDatabase
            ? Program("migrate", environment: settings) : Program("serve", "--port", "0", environment: settings)
        let ended = try await program.ended()
        #expect(ended.status != 0)
        #expect(ended.errors.contains(it.name))
        #expect(ended.errors.contains(it.mend))
        #expect(!(ended.output + ended.errors).contains("S3CRET"))
    }

    @Test(arguments: [
        Bad(name: "LOOM_REQUESTS_PER_MINUTE", value: "many", mend: "leave it out for 600"),
        Bad(name: "LOOM_REQUESTS_PER_MINUTE", value: "0", mend: "from 1 to 1000000"),
        Bad(name: "LOOM_CALENDARS_PER_DAY", value: "2.5", mend: "leave it out for 20"),
        Bad(name: "LOOM_SECONDS_BETWEEN_CALENDARS", value: "-1", mend: "from 0 to 86400"),
    ])
    func aLimitThatCannotBeKeptIsNamedWithItsMend(_ it: Bad) async throws {
        let deployment = try await Deployment()
        let ended = try await deployment.run("serve", "--port", "0", changing: [it.name: it.value ?? ""])
        #expect(ended.status == 1)
        #expect(ended.errors.contains(it.name) && ended.errors.contains(it.mend))
    }

    @Test(arguments: [
        Bad(name: "LOOM_AUTH_SECRET", value: nil, mend: "set the secret"),
        Bad(name: "LOOM_AUTH_SECRET", value: "S3CRET", mend: "openssl"),
    ])
    func tokensNeedASecret(_ it: Bad) async throws {
        var settings: [String: String] = [:]
        settings[it.name] = it.value
        let ended = try await Program("token", "--user", "a", "--role", "coach", environment: settings).ended()
        #expect(ended.status != 0)
        #expect(ended.errors.contains(it.name) && ended.errors.contains(it.mend))
        #expect(!(ended.output + ended.errors).contains("S3CRET"))
    }

    @Test func settingsCanStandInAFile() async throws {
        let file = FileManager.default.temporaryDirectory.appending(component: "settings-\(UUID().uuidString)")
        try Data("LOOM_AUTH_SECRET=\(Deployment.secret)\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let ended = try await Program("token", "--user", "a", "--role", "coach", "--settings", file.path()).ended()
        #expect(ended.status == 0)
        #expect(ended.output.split(separator: ".").count == 3)
    }

    @Test(arguments: [
        "LOOM_DATABASE_URI=sqlite:x", "LOOM_AUTH_SECRET: S3CRET", "LOOM_AUTH_SECRET=S3CRET\r\nLOOM_LOG_LEVEL=info",
    ])
    func aSlipOfThePenInAFileIsRefused(_ text: String) async throws {
        let file = FileManager.default.temporaryDirectory.appending(component: "settings-\(UUID().uuidString)")
        try Data((text + "\n").utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let ended = try await Program("token", "--user", "a", "--role", "coach", "--settings", file.path()).ended()
        #expect(ended.status != 0)
        #expect(ended.errors.contains("--settings"))
        #expect(!(ended.output + ended.errors).contains("S3CRET"))
    }

    @Test func aPortThatIsTakenIsSaidSo() async throws {
        let first = try Program("emulator", "--port", "0")
        let port = String(try await first.wrote(/127\.0\.0\.1:(\d+)/).1)
        let second = try await Program("emulator", "--port", port).ended()
        #expect(second.status != 0)
        #expect(second.errors.contains("--port"))
    }

    @Test func migratingTwiceIsMigratingOnce() async throws {
        let path = FileManager.default.temporaryDirectory.appending(component: "\(UUID().uuidString).sqlite").path()
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        let first = try await Program("migrate", "--database", "sqlite:\(path)").ended()
        #expect(first.status == 0 && first.output.contains("applied migration 1"))
        let second = try await Program("migrate", "--database", "sqlite:\(path)").ended()
        #expect(second.status == 0 && second.output.contains("up to date"))
    }

    @Test(arguments: [[], ["serve"], ["emulator"], ["audit"], ["import"], ["migrate"], ["token"]])
    func everyCommandExplainsItself(_ command: [String]) async throws {
        let program = command.isEmpty ? try Program("--help") : try Program(command[0], "--help")
        let ended = try await program.ended()
        #expect(ended.status == 0)
        #expect(ended.output.contains("OVERVIEW") && ended.output.contains("OPTIONS"))
    }

    @Test func theDemoShowsItsSessionsInTheEmulator() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let port = Int.random(in: 20_000..<30_000)
        let program = try Program("serve", "--emulator", "--port", "0", "--emulator-port", "\(port)", in: root)
        let (_, landed, all) = try await program.wrote(/(\d+) of (\d+) sessions are events/)
        #expect(landed == all && Int(all) == 6)
        let state = try await call(.GET, "http://127.0.0.1:\(port)/emulator/state")
        #expect(state.text.contains("First conversation"))
        #expect(!state.text.contains("Only the coach reads this."))
        program.terminate()
        #expect(try await program.ended().status == 0)
    }

    @Test func theDemoLeavesARealKeyAlone() async throws {
        let ended = try await Program("serve", "--emulator", environment: ["GOOGLE_SERVICE_ACCOUNT_KEY": "anything"]).ended()
        #expect(ended.status != 0)
        #expect(ended.errors.contains("GOOGLE_SERVICE_ACCOUNT_KEY"))
    }
}
