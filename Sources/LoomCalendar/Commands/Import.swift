import ArgumentParser
import CalendarSync
import Coaching
import Foundation
import Storage
import Web

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take over sessions from a file.",
        discussion: """
            Every line is a session in JSON: what PUT /v1/sessions/{id} takes, with "id" and "coachId" in it:
              {"id": "s-1", "coachId": "c-1", "startsAt": "2027-02-01T10:00:00", "timeZone": "Europe/Berlin"}

            The file can be imported again: the same line changes nothing. Lines that are refused are told, and the \
            others are taken; the exit status is then 1. The server may run meanwhile.
            """)

    @Argument(help: "The file; - reads standard input.")
    var file: String

    @Flag(help: "Print the result as JSON.")
    var json = false

    @OptionGroup var options: SettingsOptions

    struct Report: Encodable {
        struct Refused: Encodable {
            var line: Int
            var why: String
        }

        var created = 0
        /// There already; changed where the line says something else.
        var known = 0
        /// Taken although a calendar of the coach's did not say whether it is free.
        var unchecked = 0
        var refused: [Refused] = []
    }

    func run() async throws {
        let settings = try await options.settings()
        let logger = try makeLogger(settings)
        let sync = try settings.calendarSync(try settings.googleCalendar(), logger)
        try await sync.migrate()
        let report = try await take(lines(), into: sync)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            say(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            for refused in report.refused { say("line \(refused.line): \(refused.why)") }
            say("\(report.created) new, \(report.known) there already, \(report.refused.count) refused.")
            if report.unchecked > 0 {
                say("\(report.unchecked) were taken although a calendar of the coach's did not answer.")
            }
        }
        if !report.refused.isEmpty { throw ExitCode(1) }
    }

    private func lines() throws -> [Data] {
        let contents = file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: file)
        guard let contents else { throw ValidationError("\(file) cannot be read; check its path and who may read it") }
        return contents.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Data($0) }
    }

    private func take(_ lines: [Data], into sync: CalendarSyncService) async throws -> Report {
        let importer = Person(id: "import", role: .admin)
        var report = Report()
        var lastTold = ContinuousClock.now
        for (index, line) in lines.enumerated() where !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") })
        {
            do {
                let it = try SessionLine(line)
                // Where calendars are to be asked, nobody is to be taken without an answer because there are many.
                try await sync.waitForBudget()
                let (session, isNew) = try await sync.put(it.id, coachID: it.coachID, details: it.details, by: importer)
                if isNew { report.created += 1 } else { report.known += 1 }
                if !session.warnings.isEmpty { report.unchecked += 1 }
            } catch let error where error is InvalidInput || error is SyncRefusal || error is StorageError {
                report.refused.append(.init(line: index + 1, why: whyRefused(error)))
            }
            if ContinuousClock.now - lastTold > .seconds(2) {
                lastTold = ContinuousClock.now
                FileHandle.standardError.write(Data("\(index + 1) of \(lines.count) lines …\n".utf8))
            }
        }
        return report
    }
}
