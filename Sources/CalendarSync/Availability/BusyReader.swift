import Coaching
import Foundation
import GoogleCalendar

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

    let client: GoogleCalendarClient

    /// - Returns: an answer for every calendar that was asked about. A calendar of which a part is not known is unknown.
    /// - Throws: what is no answer of Google's.
    func read(_ calendarIDs: [String], in range: TimeRange) async throws -> [String: Answer] {
        var answers: [String: Answer] = Dictionary(calendarIDs.map { ($0, .busy(TimeRanges())) }, uniquingKeysWith: { $1 })
        var start = range.start
        while start < range.end {
            let end = min(range.end, start + Self.longestRange)
            // Whose answer is missing for one part is unknown, and not asked about further.
            var rest = answers.filter { if case .busy = $0.value { true } else { false } }.keys.sorted()[...]
            while !rest.isEmpty {
                let some = Array(rest.prefix(Self.mostCalendars))
                rest = rest.dropFirst(Self.mostCalendars)
                for (id, next) in try await ask(some, from: start, to: end) {
                    if case .busy(let before) = answers[id], case .busy(let found) = next {
                        answers[id] = .busy(before.union(found))
                    } else {
                        answers[id] = next
                    }
                }
            }
            start = end
        }
        return answers
    }

    private func ask(_ calendarIDs: [String], from start: Date, to end: Date) async throws -> [String: Answer] {
        do {
            let found = try await client.freeBusy(of: calendarIDs, in: DateInterval(start: start, end: end))
            return Dictionary(
                uniqueKeysWithValues: calendarIDs.map { id in
                    switch found.calendars[id] {
                    case .busy(let ranges): (id, .busy(TimeRanges(ranges.compactMap { TimeRange($0.start, $0.end) })))
                    case .unknown(let reason): (id, .unknown(UnknownReason(calendarError: reason)))
                    // An answer that leaves a calendar out says nothing about it.
                    case nil: (id, .unknown(.googleUnavailable))
                    }
                })
        } catch {
            guard let reason = UnknownReason(error) else { throw error }
            return Dictionary(uniqueKeysWithValues: calendarIDs.map { ($0, .unknown(reason)) })
        }
    }
}
