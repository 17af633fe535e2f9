import ArgumentParser
import CalendarEmulator
import CalendarSync
import Foundation
import GoogleCalendar
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals
import Web

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the API and keep the calendars in step.",
        discussion: """
            With --emulator nothing needs to be set up: an emulator of Google Calendar is started beside the server, with a \
            service account and demo people, and the sessions of a file are played through the API. All of it is gone \
            afterwards.
            """)

    @Option(help: "The port of the API; 0 takes any free one.")
    var port = 8080

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Flag(help: "Use an emulated Google instead of the real one.")
    var emulator = false

    @Option(help: "The port of the emulator.")
    var emulatorPort = 8085

    @Option(help: ArgumentHelp("With --emulator: the sessions to play.", valueName: "file"))
    var play = "Examples/sessions.ndjson"

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try await options.settings()
        let logger = try makeLogger(settings)
        if emulator {
            try await serveDemo(settings, logger)
        } else {
            try await serve(settings, logger)
        }
    }

    private func serve(_ settings: Settings, _ logger: Logger) async throws {
        let google = try settings.googleCalendar()
        let verifier = try await settings.tokenVerifier()
        let sync = try settings.calendarSync(google, logger)
        try await sync.migrate()
        let foreign = try await sync.connectionsOfOtherServiceAccounts()
        if foreign > 0 {
            logger.warning(
                "calendars of another service account are left alone; start with its key, or have the coaches connect again",
                metadata: ["connections": "\(foreign)", "account": "\(google.serviceAccount)"])
        }
        let moved = try await sync.keepLocalTimes()
        if moved > 0 {
            logger.notice("clocks of a zone have new rules; sessions keep their local time", metadata: ["moved": "\(moved)"])
        }
        let web = try await WebServer(sync: sync, verifier: verifier, audience: settings.audience).application(
            host: host, port: port, logger: logger
        ) { port in
            logger.notice("ready", metadata: ["url": "http://\(host):\(port)"])
        }
        try await run([web, sync.workers, sync.busyReading], logger)
    }

    private func serveDemo(_ settings: Settings, _ logger: Logger) async throws {
        if settings.hasServiceAccountKey {
            throw ValidationError(
                "GOOGLE_SERVICE_ACCOUNT_KEY is set, and --emulator would not use it; unset it, or start without --emulator")
        }
        let demo = try await Demo(settings: settings, file: play, emulatorPort: emulatorPort)
        defer { demo.tidyUp() }
        let sync = CalendarSyncService(
            database: try settings.openDatabase(path: demo.databasePath),
            google: GoogleCalendarClient(key: demo.key, origin: demo.emulatorURL),
            publicURL: try settings.publicURL(default: "http://\(host):\(port)"), limits: .none,
            busyPollInterval: try settings.busyPollInterval(), logger: logger)
        try await sync.migrate()
        for person in Demo.people { try await sync.recognise(person) }
        let emulator = EmulatorServer(emulator: demo.emulator, port: emulatorPort)
        let web = try await WebServer(
            sync: sync, verifier: .secret(demo.secret), demoPeople: Demo.people
        ).application(host: host, port: port, logger: logger) { demo.play(throughPort: $0) }
        try await run([emulator, web, sync.workers, sync.busyReading, demo], logger)
    }

    private func run(_ services: [any Service], _ logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // Longer than any call to Google; whoever hangs on after that is cut off, and nothing is lost by it.
        configuration.maximumGracefulShutdownDuration = .seconds(20)
        let group = ServiceGroup(configuration: configuration)
        try await tellingOfTakenPorts { try await group.run() }
    }
}

/// Runs servers, and says in plain words when one of them cannot have its port.
func tellingOfTakenPorts(_ run: () async throws -> Void) async throws {
    do {
        try await run()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
        throw SettingsError("the port is taken by another program; choose another one with --port or --emulator-port")
    }
}

extension Settings {
    func googleCalendar() throws -> GoogleCalendarClient {
        GoogleCalendarClient(key: try serviceAccountKey(), origin: try googleAPI())
    }

    /// The engine with everything that is configured.
    func calendarSync(_ google: GoogleCalendarClient, _ logger: Logger) throws -> CalendarSyncService {
        let (publicURL, limits, interval) = (try publicURL(), try quotaLimits(), try busyPollInterval())
        return CalendarSyncService(
            database: try openDatabase(path: try databasePath()), google: google, publicURL: publicURL, limits: limits,
            busyPollInterval: interval, logger: logger)
    }
}

func makeLogger(_ settings: Settings) throws -> Logger {
    var logger = Logger(label: "loom-calendar") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = try settings.logLevel()
    return logger
}
