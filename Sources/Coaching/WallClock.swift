import Foundation

/// What a zone's clocks show around a window, asked for once: adding an offset is much quicker than asking a time zone.
///
/// Instants and readings are whole seconds since 2001-01-01, those of readings as if the clock showed UTC. That day began at
/// midnight, so a reading's remainder by a day's seconds is its time of day.
struct WallClock {
    static let day = 24 * 60 * 60

    /// Between two changes of the clocks.
    private struct Run {
        var start: Int
        var end: Int
        var offset: Int
    }

    /// One after the other, never none.
    private var runs: [Run] = []

    init(_ zone: Zone, around window: TimeRange) {
        func offset(_ instant: Int) -> Int { zone.timeZone.secondsFromGMT(for: Date(seconds: instant)) }
        // Hours of the days before and after are needed too, and Samoa once skipped a day.
        let last = window.end.secondsRoundedUp + 3 * Self.day
        var at = window.start.secondsRoundedUp - 3 * Self.day
        var run = Run(start: at, end: last, offset: offset(at))
        while at < last {
            // No zone has changed its clocks twice within six days since 2000.
            var next = min(at + Self.day, last)
            if offset(next) != run.offset {
                while next - at > 1 {
                    let middle = (at + next) / 2
                    if offset(middle) == run.offset { at = middle } else { next = middle }
                }
                run.end = next
                runs.append(run)
                run = Run(start: next, end: last, offset: offset(next))
            }
            at = next
        }
        runs.append(run)
    }

    /// The day that the clocks show at `instant`, which is in the window.
    func day(at instant: Date) -> Int {
        let second = instant.secondsRoundedUp
        let run = runs.last { $0.start <= second } ?? runs[0]
        return (second + run.offset).quotient(Self.day)
    }

    /// The first moment at which the clocks show `reading` or, if they skip it, a later one.
    func first(_ reading: Int) -> Date {
        for run in runs where reading < run.end + run.offset { return Date(seconds: max(run.start, reading - run.offset)) }
        return Date(seconds: runs[runs.count - 1].end)
    }

    /// The last moment at which the clocks show `reading`; if they skip it, the moment at which they do.
    func last(_ reading: Int) -> Date {
        for run in runs.reversed() where run.start + run.offset <= reading {
            return Date(seconds: min(run.end, reading - run.offset))
        }
        return Date(seconds: runs[0].start)
    }

    /// The moment from which on the clocks show `midnight` or later, for good.
    func end(ofDayBefore midnight: Int) -> Date {
        for run in runs.reversed() where run.start + run.offset < midnight {
            return Date(seconds: min(run.end, midnight - run.offset))
        }
        return Date(seconds: runs[0].start)
    }

    /// The moments in `range` at which the clocks show a whole number of steps since midnight.
    /// - Parameter step: seconds; divides a day.
    func moments(every step: Int, in range: TimeRange) -> [Date] {
        runs.flatMap { run in
            let start = max(run.start, range.start.secondsRoundedUp)
            let first = start + (-start - run.offset).modulo(step)
            return stride(from: first, to: min(run.end, range.end.secondsRoundedUp), by: step).map(Date.init(seconds:))
        }
    }
}

extension Date {
    fileprivate init(seconds: Int) { self.init(timeIntervalSinceReferenceDate: TimeInterval(seconds)) }
    fileprivate var secondsRoundedUp: Int { Int(timeIntervalSinceReferenceDate.rounded(.up)) }
}
