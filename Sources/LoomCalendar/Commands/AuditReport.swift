import CalendarSync
import Foundation

/// What came of looking through one calendar, for people and for programs.
struct AuditReport {
    var coachID: String
    var isDryRun: Bool
    var result: Result<AuditPlan, AuditObstacle>
}

/// Why a calendar could not be looked through.
struct AuditObstacle: Error, Encodable {
    /// Stable, for programs: of the API's problems and reasons where it has one for this.
    var code: String
    var message: String
    var nextStep: String?

    static let otherServiceAccount = AuditObstacle(
        code: "otherServiceAccount", message: "The calendar belongs to another service account than the key is of.",
        nextStep: "Use that account's key, or have the coach connect again.")

    init(code: String, message: String, nextStep: String?) {
        (self.code, self.message, self.nextStep) = (code, message, nextStep)
    }

    init(_ reason: SyncReason) {
        self.init(code: reason.rawValue, message: reason.sentence, nextStep: reason.nextStep)
    }

    init(_ refusal: SyncRefusal) {
        switch refusal {
        case .neverConnected:
            self.init(code: "neverConnected", message: "No calendar was ever connected.", nextStep: "Check the coach's id.")
        case .notConnected(let reason):
            self.init(
                code: "notConnected", message: reason?.sentence ?? "The calendar is not connected.", nextStep: reason?.nextStep)
        case .busy:
            self.init(code: "busy", message: "Somebody is at this calendar all the time.", nextStep: "Try again in a minute.")
        case .auditFailed(let reason, _): self.init(reason)
        case .notFound, .emailMissing, .connectingAlready, .connectingFailed, .noDrift, .timeTaken, .notBookable,
            .seriesNotFree, .noSuchCoach,
            .tooManyHolds, .noSuchHold:
            self.init(code: "failed", message: "It did not come to its end: \(refusal).", nextStep: "Try again.")
        }
    }
}

// MARK: For people

extension AuditReport {
    var text: String {
        switch result {
        case .failure(let obstacle):
            let sentences = [obstacle.message, obstacle.nextStep].compactMap { $0 }.joined(separator: " ")
            return "\(coachID): could not be looked through. \(sentences)"
        case .success(let plan) where plan.findings.isEmpty:
            return "\(coachID): \(events(plan.compared)) compared, all as they should be."
        case .success(let plan):
            let lines = plan.findings.map { "  \($0.subject): \($0.whatInWords); \($0.actionInWords(isDryRun: isDryRun))." }
            let first = "\(coachID): \(events(plan.compared)) compared, \(plan.drifted) not as they should be."
            return ([first] + lines).joined(separator: "\n")
        }
    }
}

extension AuditPlan.Finding {
    fileprivate var subject: String {
        ["session \(sessionID)", googleEventID.map { "event \($0)" }].compactMap { $0 }.joined(separator: ", ")
    }

    fileprivate var whatInWords: String {
        switch (what, googleTime) {
        case (.missing, _): "its event is no longer in the calendar"
        case (.edited, let time?): "its event was moved in Google to \(time.start.utc) until \(time.end.utc)"
        case (.edited, nil): "its event was changed in Google"
        case (.unsent, _): "a change of it has not got into the calendar"
        case (.stray, _): "no session wants this event"
        }
    }

    fileprivate func actionInWords(isDryRun: Bool) -> String {
        switch action {
        case .restore: isDryRun ? "it would be sent again" : "it is queued to be sent again"
        case .adopt: "the session \(isDryRun ? "would take" : "takes") over that time, if the coach has no other session then"
        case .ask: isDryRun ? "the coach would be asked" : "the coach is asked"
        case .remove: isDryRun ? "it would be removed" : "it was removed"
        case .hold: "it is left there, being one of too many to be removed unasked"
        }
    }
}

func calendars(_ count: Int) -> String { count == 1 ? "1 calendar" : "\(count) calendars" }
func events(_ count: Int) -> String { count == 1 ? "1 event" : "\(count) events" }

// MARK: For programs

extension AuditReport {
    private struct Line: Encodable {
        struct Finding: Encodable {
            var what: String
            var action: String
            var sessionId: String
            var googleEventId: String?
            /// When Google shows the event, where that differs from the session.
            var startsAt: String?
            var endsAt: String?
        }

        var coachId: String
        var isDryRun: Bool
        var compared: Int?
        var drifted: Int?
        var held: Int?
        var findings: [Finding]?
        var error: AuditObstacle?
    }

    /// One line, its keys in a fixed order.
    var json: String {
        get throws {
            var line = Line(coachId: coachID, isDryRun: isDryRun)
            switch result {
            case .failure(let obstacle): line.error = obstacle
            case .success(let plan):
                (line.compared, line.drifted, line.held) = (plan.compared, plan.drifted, plan.held)
                line.findings = plan.findings.map { finding in
                    Line.Finding(
                        what: finding.what.rawValue, action: finding.action.rawValue, sessionId: finding.sessionID,
                        googleEventId: finding.googleEventID, startsAt: finding.googleTime?.start.utc,
                        endsAt: finding.googleTime?.end.utc)
                }
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(line), as: UTF8.self)
        }
    }
}

extension Date {
    fileprivate var utc: String { formatted(.iso8601) }
}

// MARK: In all

/// What came of all calendars together, and what is left to somebody.
struct AuditSummary {
    let isDryRun: Bool
    private var lookedThrough = 0
    private var compared = 0
    private var obstacles = 0
    private var actions: [AuditPlan.Finding.Action: Int] = [:]
    private var held: [(coachID: String, count: Int)] = []

    init(isDryRun: Bool) { self.isDryRun = isDryRun }

    mutating func add(_ report: AuditReport) {
        switch report.result {
        case .failure: obstacles += 1
        case .success(let plan):
            lookedThrough += 1
            compared += plan.compared
            for finding in plan.findings { actions[finding.action, default: 0] += 1 }
            if plan.held > 0 { held.append((report.coachID, plan.held)) }
        }
    }

    var isSomethingLeft: Bool { obstacles > 0 || !held.isEmpty }

    var text: String {
        if lookedThrough + obstacles == 0 { return "No calendar is connected." }
        var lines: [String] = []
        if lookedThrough > 0 {
            lines.append("\(calendars(lookedThrough)) looked through, \(events(compared)) compared: \(outcome).")
        }
        if obstacles > 0 { lines.append("\(calendars(obstacles)) could not be looked through.") }
        if actions[.restore] != nil, !isDryRun {
            lines.append("What is queued goes out through the server, within seconds if it is running.")
        }
        for (coachID, count) in held {
            lines.append(
                "No session wants \(events(count)) in the calendar of \(coachID), too many to be removed unasked. If they are to go:"
            )
            lines.append("  loom-calendar audit --coach \(coachID) --remove-at-most \(count)")
        }
        return lines.joined(separator: "\n")
    }

    private var outcome: String {
        let words: [(AuditPlan.Finding.Action, done: String, planned: String)] = [
            (.restore, "queued to be sent again", "would be sent again"), (.adopt, "adopted", "would be adopted"),
            (.ask, "left to the coach", "would be left to the coach"), (.remove, "removed", "would be removed"),
            (.hold, "held back", "held back"),
        ]
        let parts = words.compactMap { action, done, planned in actions[action].map { "\($0) \(isDryRun ? planned : done)" } }
        return parts.isEmpty ? "all as they should be" : parts.joined(separator: ", ")
    }
}
