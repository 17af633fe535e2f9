import CalendarSync
import Coaching
import Foundation

/// Where things are in a week: days side by side, quarters of an hour below each other. Pure.
struct WeekGrid {
    static let quartersInDay = 96
    /// So many sessions are shown side by side; more lie over each other.
    static let mostLanes = 4
    /// Divides into one to four lanes.
    static let columns = 12

    /// The part of a day that something takes.
    struct Place: Equatable {
        /// From 1, the first quarter that is shown.
        var row: Int
        /// In quarters.
        var span: Int

        var classes: String { "r\(row) s\(span)" }
    }

    struct Lane: Equatable {
        /// From 1.
        var number: Int
        var count: Int

        var classes: String { "l\(number)of\(count)" }
    }

    var dates: Dates
    /// The beginning of each day, and the end of the last.
    var days: [Date]
    /// The hours that are shown, of 0 to 24.
    var hours: Range<Int>

    /// Seven days and the hours in which there is something, from eight to six at least.
    init(_ dates: Dates, from start: Date, showing ranges: [TimeRange]) {
        self.dates = dates
        days = (0...7).map { dates.adding($0, to: start) }
        hours = 8..<18
        for day in days.dropLast() {
            for part in ranges.compactMap({ self.part(of: $0, on: day) }) {
                hours = min(hours.lowerBound, part.lowerBound / 60)..<max(hours.upperBound, (part.upperBound + 59) / 60)
            }
        }
    }

    func end(of day: Date) -> Date { dates.adding(1, to: day) }

    /// The minutes of a day's clock that a range takes, at least a quarter of an hour.
    private func part(of range: TimeRange, on day: Date) -> Range<Int>? {
        guard let part = TimeRange(day, end(of: day)).flatMap({ range.clamped(to: $0) }) else { return nil }
        let from = dates.minuteOfDay(part.start)
        // Clocks that go back can show an earlier time at its end.
        let to = part.end == end(of: day) ? 24 * 60 : max(dates.minuteOfDay(part.end), from + 15)
        return from..<min(max(to, from + 15), 24 * 60)
    }

    /// Nil for what is not on that day, or not within the hours that are shown.
    func place(of range: TimeRange, on day: Date) -> Place? {
        guard let part = part(of: range, on: day) else { return nil }
        let first = hours.lowerBound * 4
        let from = max(part.lowerBound / 15 - first, 0)
        let to = min((part.upperBound + 14) / 15, hours.upperBound * 4) - first
        return to > from ? Place(row: from + 1, span: to - from) : nil
    }

    /// Side by side where they overlap. Ranges come in the order of their starts.
    static func lanes(_ ranges: [TimeRange]) -> [Lane] {
        var lanes: [Lane] = []
        var group: [Int] = []
        var ends: [Date] = []
        func close(_ lanes: inout [Lane]) {
            for index in group { lanes[index].count = min(max(ends.count, 1), mostLanes) }
        }
        for (index, range) in ranges.enumerated() {
            if ends.allSatisfy({ $0 <= range.start }) {
                close(&lanes)
                (group, ends) = ([], [])
            }
            let free = ends.firstIndex { $0 <= range.start }
            if let free { ends[free] = range.end } else { ends.append(range.end) }
            group.append(index)
            lanes.append(Lane(number: min((free ?? ends.count - 1) + 1, mostLanes), count: 1))
        }
        close(&lanes)
        return lanes
    }
}
