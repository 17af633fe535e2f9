import ArgumentParser
import CalendarEmulator
import CalendarSync
import Coaching
import Foundation
import Hummingbird
import Logging
import Web

struct RunEmulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emulator",
        abstract: "Run an emulator of the Google Calendar API.",
        discussion: """
            Nothing is in it at first. Make a service account, and use the answer as its key file:
              curl http://127.0.0.1:8085/emulator/service-accounts \
                --json '{"project": "demo", "name": "sync"}'
            Look on in a browser:  http://127.0.0.1:8085/
            What it holds:         http://127.0.0.1:8085/emulator/state
            """)

    @Option(help: "The port; 0 takes any free one.")
    var port = 8085

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(
        name: .customLong("state"),
        help: ArgumentHelp(
            "Keep everything in this file over a restart. It holds keys and tokens.", valueName: "file"))
    var stateFile: String?

    @Option(
        help: """
            Of ids, tokens and dice, so that a run can be repeated. Random without it, since whoever knows it knows the tokens.
            """)
    var seed: UInt64?

    @OptionGroup(title: "Limits") var quotas: QuotaOptions

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be 0 to 65535.") }
    }

    func run() async throws {
        var logger = Logger(label: "emulator") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .notice
        let journal = try stateFile.map { try Journal(file: URL(filePath: $0)) }
        // Nobody else can know the tokens: web sites reach this address too.
        let seed = try journal?.seed() ?? seed ?? .random(in: 0...UInt64.max)
        let emulator = Emulator(seed: seed)
        if let journal, let stateFile {
            let replay = try journal.replay(into: emulator)
            if replay.isLastLineCut {
                logger.warning("the last line of the state file was cut and is dropped", metadata: ["file": "\(stateFile)"])
            }
        }
        try quotas.set(on: emulator)
        let server = EmulatorServer(emulator: emulator, host: host, port: port) { [host] port in
            say("Google Calendar, emulated, at http://\(host):\(port)")
        }
        try await tellingOfTakenPorts { try await server.runService() }
    }
}

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make or update the tables of the database.", discussion: "The server does this too when it starts.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try await options.settings()
        let path = try settings.databasePath()
        let applied = try await CalendarSyncService.migrate(try settings.openDatabase(path: path))
        say(
            applied.isEmpty
                ? "\(path) is up to date." : "\(path): applied migration \(applied.map(String.init).joined(separator: ", ")).")
    }
}

struct MakeToken: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Print a token that signs somebody in, as the platform would make it.",
        discussion: "Signed with LOOM_AUTH_SECRET. Whoever has the token is that person until it expires.")

    @Option(help: ArgumentHelp("The person's id on the platform.", valueName: "id"))
    var user: String

    @Option(help: "Where the calendar of a coach is shared to.")
    var email: String?

    @Option(help: "coach, client or admin.")
    var role: Person.Role

    @Option(help: "What the person is called.")
    var name: String?

    @Option(help: ArgumentHelp("The person's time zone, as in Europe/Berlin.", valueName: "zone"))
    var timeZone: String?

    @Option(help: ArgumentHelp("The person's language, as in he or en-GB.", valueName: "tag"))
    var locale: String?

    @Option(help: ArgumentHelp("How long the token is good for.", valueName: "minutes"))
    var validFor = 60

    @OptionGroup var options: SettingsOptions

    func validate() throws {
        if !Identifier.isValid(user) { throw ValidationError("--user \(Identifier.rule)") }
        if let timeZone, Zone(timeZone) == nil { throw ValidationError("--time-zone \(Zone.rule)") }
        if !(1...525_600).contains(validFor) { throw ValidationError("--valid-for must be from 1 minute to a year") }
    }

    func run() async throws {
        let secret = try await options.settings().tokenSecret()
        let person = Person(id: user, email: email, name: name, role: role, timeZone: timeZone, locale: locale)
        say(try await secret.sign(PersonClaims(person, expiresAt: Date(timeIntervalSinceNow: Double(validFor) * 60))))
    }
}

extension Person.Role: ExpressibleByArgument {}
