import ArgumentParser

@main
struct LoomCalendar: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loom-calendar",
        abstract: "Keeps coaches' Google calendars in step with a platform's sessions.",
        discussion: """
            To see it work without a Google account:  loom-calendar serve --emulator

            Settings come from the environment or from a file of NAME=value lines (--settings FILE); flags win.
              LOOM_DATABASE_URL               sqlite:PATH (sqlite:loom-calendar.sqlite)
              LOOM_PUBLIC_URL                 where the platform is; events link to it
              LOOM_AUTH_SECRET                signs its tokens (HS256), 32 bytes or more …
              LOOM_AUTH_JWKS_URL              … or where it publishes its public keys
              LOOM_AUTH_AUDIENCE              whom tokens have to be for (aud), if checked
              GOOGLE_SERVICE_ACCOUNT_KEY      the key file's JSON, base64 of it, or a path
              GOOGLE_CALENDAR_API_URL         origin of the API, unless it is Google's own
              LOOM_REQUESTS_PER_MINUTE        Google's quota for the service account (600)
              LOOM_CALENDARS_PER_DAY          calendars made in any 24 hours (20)
              LOOM_SECONDS_BETWEEN_CALENDARS  from one new calendar to the next (60)
              LOOM_BUSY_POLL_SECONDS          how often calendars are checked for conflicts (300)
              LOOM_LOG_LEVEL                  trace, debug, info … critical (info)
            """,
        subcommands: [Serve.self, RunEmulator.self, Audit.self, Import.self, Migrate.self, MakeToken.self])
}

/// Options that every command with settings takes.
struct SettingsOptions: ParsableArguments {
    @Option(name: .customLong("settings"), help: ArgumentHelp("A file of NAME=value lines.", valueName: "file"))
    var file: String?

    @Option(name: .customLong("database"), help: ArgumentHelp("Instead of LOOM_DATABASE_URL.", valueName: "url"))
    var databaseURL: String?

    func settings() async throws -> Settings { try await Settings(options: self) }
}
