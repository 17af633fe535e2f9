import Coaching
import Foundation
import GoogleCalendar
import Storage

/// Asks Google when calendars are busy, as many at once and for as long as it answers.
struct BusyReader: Sendable {
    enum Answer: Sendable, Equatable {
        case busy(TimeRanges)
        case unknown(UnknownReason)
    }

    /// Google's limit for one question.
    static let mostCalendars = 50
    /// Google answers `timeRangeTooLong` beyond a limit that it does not tell; this long was always answered.
    static let longestRange: TimeInterval = 60 * 24 * 60 * 60

    let sync: CalendarSyncService
    let urgency: Urgency
    /// How long all questions together may take; nil for as long as each of them may.
    var patience: Duration?

    /// - Returns: an answer for every calendar that was asked about. A calendar of which a part is not known is unknown.
    /// - Throws: what is no answer of Google's.
    func read(_ calendarIDs: [String], in range: TimeRange) async throws -> [String: Answer] {
        let end = patience.map { ContinuousClock.now + $0 }
        var answers: [String: Answer] = Dictionary(calendarIDs.map { ($0, .busy(TimeRanges())) }, uniquingKeysWith: { $1 })
        var start = range.start
        while start < range.end {
            guard let part = TimeRange(start, min(range.end, start + Self.longestRange)) else { break }
            start = part.end
            // Whose answer is missing for one part is unknown, and not asked about further.
            var rest = answers.filter { if case .busy = $0.value { true } else { false } }.keys.sorted()[...]
            while !rest.isEmpty {
                let some = Array(rest.prefix(Self.mostCalendars))
                rest = rest.dropFirst(Self.mostCalendars)
                for (id, next) in try await ask(some, in: part, until: end) {
                    if case .busy(let before) = answers[id], case .busy(let found) = next {
                        answers[id] = .busy(before.union(found))
                    } else {
                        answers[id] = next
                    }
                }
            }
        }
        return answers
    }

    private func ask(
        _ calendarIDs: [String], in range: TimeRange, until end: ContinuousClock.Instant?
    ) async throws -> [String: Answer] {
        func all(_ reason: UnknownReason) -> [String: Answer] {
            Dictionary(uniqueKeysWithValues: calendarIDs.map { ($0, .unknown(reason)) })
        }
        var client = sync.client(urgency)
        if let end {
            client.callTimeout = min(client.callTimeout, end - .now)
            if client.callTimeout <= .zero { return all(.googleUnavailable) }
        }
        do {
            let found = try await client.freeBusy(of: calendarIDs, in: DateInterval(start: range.start, end: range.end))
            return Dictionary(
                uniqueKeysWithValues: calendarIDs.map { id in
                    switch found.calendars[id] {
                    case .busy(let ranges): (id, .busy(TimeRanges(ranges.compactMap { TimeRange($0.start, $0.end) })))
                    case .unknown(let reason): (id, .unknown(UnknownReason(calendarError: reason)))
                    // An answer that leaves a calendar out says nothing about it.
                    case nil: (id, .unknown(.googleUnavailable))
                    }
                })
        } catch GoogleCalendarError.refused(let refusal) where refusal.status == 400 || refusal.status == 404 {
            // Something is wrong with one of them, which is not to be the others' trouble.
            guard calendarIDs.count > 1 else { return all(.notShared) }
            let half = calendarIDs.count / 2
            let first = try await ask(Array(calendarIDs[..<half]), in: range, until: end)
            return try await first.merging(ask(Array(calendarIDs[half...]), in: range, until: end)) { $1 }
        } catch {
            guard let reason = UnknownReason(error) else { throw error }
            if let error = error as? GoogleCalendarError, case .slowDown(_, wholeAccount: true) = Disposition(error) {
                let (now, governor) = (sync.now, sync.governor)
                try await sync.database.write { try governor.slowDown(in: $0, now: now) }
            }
            return all(reason)
        }
    }
}
