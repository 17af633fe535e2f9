import CalendarSync
import Configuration
import Foundation
import GoogleCalendar
import Logging
import Storage
import SystemPackage
import Web

/// What the environment, a file and flags say. The only place that reads them.
///
/// Each value is checked where it is asked for, so that a command needs only the settings it uses.
struct Settings {
    private let reader: ConfigReader
    private let databaseURL: String?

    init(options: SettingsOptions) async throws {
        var providers: [any ConfigProvider] = [EnvironmentVariablesProvider()]
        if let file = options.file {
            try Self.check(file)
            providers.append(try await EnvironmentVariablesProvider(environmentFilePath: FilePath(file)))
        }
        reader = ConfigReader(providers: providers)
        databaseURL = options.databaseURL
    }

    private static let known: Set<Substring> = [
        "LOOM_DATABASE_URL", "LOOM_PUBLIC_URL", "LOOM_AUTH_SECRET", "LOOM_AUTH_JWKS_URL", "LOOM_AUTH_AUDIENCE",
        "LOOM_REQUESTS_PER_MINUTE", "LOOM_CALENDARS_PER_DAY", "LOOM_SECONDS_BETWEEN_CALENDARS", "LOOM_BUSY_POLL_SECONDS",
        "LOOM_LOG_LEVEL",
        "GOOGLE_SERVICE_ACCOUNT_KEY", "GOOGLE_CALENDAR_API_URL",
    ]

    /// The file's own syntax forgives everything, so a slip of the pen would be a setting that is missing in silence.
    private static func check(_ file: String) throws {
        guard let contents = FileManager.default.contents(atPath: file) else {
            throw SettingsError("--settings: the file cannot be read; check its path and who may read it")
        }
        if contents.contains(UInt8(ascii: "\r")) {
            throw SettingsError("--settings: the file has line ends of Windows; convert it, as with: sed -i 's/\\r$//' FILE")
        }
        for (index, line) in String(decoding: contents, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let text = line.trimmingPrefix(while: \.isWhitespace)
            if text.isEmpty || text.hasPrefix("#") { continue }
            guard let name = text.split(separator: "=", maxSplits: 1).first, text.contains("="), known.contains(name) else {
                throw SettingsError(
                    "--settings: line \(index + 1) is no NAME=value with a known name; known are \(known.sorted().joined(separator: ", "))"
                )
            }
        }
    }

    /// Nil when the setting is missing or empty.
    private func value(_ key: ConfigKey, isSecret: Bool = false) -> String? {
        reader.string(forKey: key, isSecret: isSecret).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The path of the SQLite file.
    func databasePath(default fallback: String = "loom-calendar.sqlite") throws -> String {
        guard let url = databaseURL ?? value("loom.database.url") else { return fallback }
        guard url.hasPrefix("sqlite:"), url.count > "sqlite:".count else {
            throw SettingsError(
                "LOOM_DATABASE_URL is not understood; write sqlite:PATH, as in sqlite:/var/lib/loom-calendar/loom.sqlite")
        }
        return String(url.dropFirst("sqlite:".count))
    }

    func openDatabase(path: String) throws -> SQLiteDatabase {
        // Private notes are in it: whoever else has an account on this machine gets no look.
        umask(0o077)
        do {
            return try SQLiteDatabase(path: path)
        } catch {
            throw SettingsError(
                "LOOM_DATABASE_URL: the database at \(path) cannot be opened; check that its folder exists and may be written to"
            )
        }
    }

    /// For commands that are about what is there: a misspelt path is not to look like a platform without coaches.
    func requireDatabase() throws {
        let path = try databasePath()
        guard FileManager.default.fileExists(atPath: path) else {
            throw SettingsError("LOOM_DATABASE_URL: there is no database at \(path); give the one that the server uses")
        }
    }

    func publicURL(default fallback: String? = nil) throws -> URL {
        guard let text = value("loom.public.url") ?? fallback else {
            throw SettingsError(
                "LOOM_PUBLIC_URL is missing; give the address at which people reach the platform, as in https://platform.example"
            )
        }
        return try webAddress(text, "LOOM_PUBLIC_URL")
    }

    func tokenVerifier() async throws -> TokenVerifier {
        let secret = value("loom.auth.secret", isSecret: true)
        let keys = value("loom.auth.jwks.url")
        switch (secret, keys) {
        case (nil, let keys?):
            return .publishedKeys(PublishedKeys(url: try webAddress(keys, "LOOM_AUTH_JWKS_URL")))
        case (_?, _?):
            throw SettingsError(
                "LOOM_AUTH_SECRET and LOOM_AUTH_JWKS_URL are both set; keep the one that fits the platform's tokens")
        default:
            return .secret(try await tokenSecret())
        }
    }

    /// - Parameter fallback: the secret to use when none is configured.
    func tokenSecret(default fallback: String? = nil) async throws -> TokenSecret {
        guard let text = value("loom.auth.secret", isSecret: true) ?? fallback else {
            throw SettingsError(
                "LOOM_AUTH_SECRET is missing; set the secret that signs the platform's tokens, or LOOM_AUTH_JWKS_URL if it publishes keys"
            )
        }
        guard let secret = await TokenSecret(text) else {
            throw SettingsError(
                "LOOM_AUTH_SECRET is shorter than \(TokenSecret.shortest) bytes; make a long one, as with: openssl rand -base64 48"
            )
        }
        return secret
    }

    var audience: String? { value("loom.auth.audience") }

    var hasServiceAccountKey: Bool { value("google.service.account.key", isSecret: true) != nil }

    func serviceAccountKey() throws -> ServiceAccountKey {
        guard let text = value("google.service.account.key", isSecret: true) else {
            throw SettingsError(
                "GOOGLE_SERVICE_ACCOUNT_KEY is missing; give the key file of a service account (its JSON, base64 of it, or its path), "
                    + "or try it without one: loom-calendar serve --emulator")
        }
        do {
            return try ServiceAccountKey(text)
        } catch {
            throw SettingsError("GOOGLE_SERVICE_ACCOUNT_KEY: \(error)")
        }
    }

    func googleAPI() throws -> URL? {
        try value("google.calendar.api.url").map { try webAddress($0, "GOOGLE_CALENDAR_API_URL") }
            ?? GoogleCalendarClient.googleAPI
    }

    /// What Google allows the service account, as far as it differs from what it allows everybody.
    func quotaLimits() throws -> QuotaLimits {
        let usual = QuotaLimits()
        let requests = try number(
            "loom.requests.per.minute", "LOOM_REQUESTS_PER_MINUTE", in: 1...1_000_000, usually: usual.requestsPerMinute)
        let calendars = try number(
            "loom.calendars.per.day", "LOOM_CALENDARS_PER_DAY", in: 1...1_000_000, usually: usual.calendarsPerDay)
        let seconds = try number(
            "loom.seconds.between.calendars", "LOOM_SECONDS_BETWEEN_CALENDARS", in: 0...86_400,
            usually: Int(usual.betweenCalendars.components.seconds))
        return QuotaLimits(
            // No project gives one account more than it has itself.
            requestsPerMinute: requests, requestsPerMinutePerProject: max(usual.requestsPerMinutePerProject, requests),
            calendarsPerDay: calendars, betweenCalendars: .seconds(seconds))
    }

    /// How often calendars that are checked for conflicts are read, whatever Google tells of them.
    func busyPollInterval() throws -> Duration {
        .seconds(try number("loom.busy.poll.seconds", "LOOM_BUSY_POLL_SECONDS", in: 1...86_400, usually: 300))
    }

    private func number(_ key: ConfigKey, _ name: String, in range: ClosedRange<Int>, usually usual: Int) throws -> Int {
        guard let text = value(key) else { return usual }
        guard let number = Int(text), range.contains(number) else {
            throw SettingsError(
                "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound); leave it out for \(usual)")
        }
        return number
    }

    func logLevel() throws -> Logger.Level {
        guard let text = value("loom.log.level") else { return .info }
        guard let level = Logger.Level(rawValue: text) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw SettingsError("LOOM_LOG_LEVEL is not a level; use one of \(levels)")
        }
        return level
    }

    private func webAddress(_ text: String, _ name: String) throws -> URL {
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host()?.isEmpty == false else {
            throw SettingsError("\(name) is no web address; write it as https://host or http://host:port")
        }
        return url
    }
}

/// A setting that is missing or malformed: one sentence that names it and the mend, and never its value.
struct SettingsError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
