import ArgumentParser
import CalendarSync
import Coaching
import Foundation

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look through coaches' calendars, and put right what is not as it should be.",
        discussion: """
            The server does this by itself every few hours. This does it now, and tells what it found, from a week ago \
            to a year ahead: events that were changed or deleted in Google, changes that never got there, and events of \
            ours that no session wants.

            What becomes of an event that was changed or deleted is the coach's choice (driftPolicy). What is to be sent \
            again is queued, and goes out through the server. Events that no session wants are removed at once, as long \
            as they are few: five, or one in twenty of all. More of them are held back, since it is then more likely that \
            the database is wrong than the calendar. Have a look, and say so if they are to go:
              loom-calendar audit --coach ID --dry-run
              loom-calendar audit --coach ID --remove-at-most 40

            It takes the settings that the server takes, and works beside it.

            Exit codes; with --dry-run, those of a run in earnest:
              0   everything was as it should be, or is put right
              1   nothing was begun: a setting is missing, or there is no database
              2   something is left: removals held back, or a calendar not looked through
              64  an option is not valid
            """)

    /// Removals were held back, or a calendar could not be looked through.
    private static let somethingIsLeft = ExitCode(2)

    @Option(help: ArgumentHelp("Only the calendar of this coach; without it, all that are connected.", valueName: "id"))
    var coach: String?

    @Flag(help: "Only find out: nothing is changed in calendars, and nothing queued.")
    var dryRun = false

    @Option(help: ArgumentHelp("Remove so many events from a calendar that no session wants.", valueName: "count"))
    var removeAtMost: Int?

    @Flag(help: "Print one JSON object a line for each coach, and everything else to standard error.")
    var json = false

    @OptionGroup var options: SettingsOptions

    func validate() throws {
        if let coach, !Identifier.isValid(coach) { throw ValidationError("--coach \(Identifier.rule)") }
        if let removeAtMost, removeAtMost < 0 { throw ValidationError("--remove-at-most must not be negative.") }
        if removeAtMost != nil, coach == nil {
            throw ValidationError("--remove-at-most goes with --coach; say it for one calendar at a time.")
        }
    }

    func run() async throws {
        let settings = try await options.settings()
        let google = try settings.googleCalendar()
        try settings.requireDatabase()
        let sync = try settings.calendarSync(google, try makeLogger(settings))
        try await sync.migrate()
        let connected = try await sync.connectedCoaches()
        if coach == nil { try await mentionOthers(sync) }
        let coaches = coach.map { [$0] } ?? connected
        let reachable = Set(connected)
        var summary = AuditSummary(isDryRun: dryRun)
        for (number, coachID) in coaches.enumerated() {
            sayAside("Looking through the calendar of \(coachID) (\(number + 1) of \(coaches.count)) …")
            let report = AuditReport(
                coachID: coachID, isDryRun: dryRun,
                result: try await result(coachID, sync, isReachable: reachable.contains(coachID)))
            say(json ? try report.json : report.text)
            summary.add(report)
        }
        if json { sayAside(summary.text) } else { say(summary.text) }
        if summary.isSomethingLeft { throw Self.somethingIsLeft }
    }

    /// - Parameter isReachable: whether the coach is connected through the service account that is configured. With another one's key
    ///   the calendar would look deleted.
    private func result(
        _ coachID: String, _ sync: CalendarSyncService, isReachable: Bool
    ) async throws -> Result<AuditPlan, AuditObstacle> {
        do {
            if !isReachable, try await sync.calendarConnection(of: coachID).connection.isConnected {
                return .failure(.otherServiceAccount)
            }
            return .success(try await sync.audit(coachID, isDryRun: dryRun, mostRemovals: removeAtMost))
        } catch let error as CancellationError {
            throw error
        } catch let refusal as SyncRefusal {
            return .failure(AuditObstacle(refusal))
        } catch {
            return .failure(
                AuditObstacle(code: "failed", message: "It did not come to its end: \(error).", nextStep: "Try again."))
        }
    }

    private func mentionOthers(_ sync: CalendarSyncService) async throws {
        let count = try await sync.connectionsOfOtherServiceAccounts()
        if count > 0 {
            sayAside("Left out, since they belong to another service account than the key is of: \(calendars(count)).")
        }
    }
}
