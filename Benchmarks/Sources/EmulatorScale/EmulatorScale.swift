import Foundation

/// What the number of events in a calendar costs: the same operations in a calendar of 1,000 events and in one of 100,000,
/// in turn in one run and in process, in processor time. Beside them what has to look at every event.
///
///     EmulatorScale [ROUNDS]
@main
struct EmulatorScale {
    private static let small = 1_000
    private static let large = 100_000
    /// How often an operation is done in each round.
    private static let repetitions = 50
    /// Changes between one incremental list and the next.
    private static let changes = 10

    static func main() {
        let rounds = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 30
        let before = residentBytes()
        var big = FilledCalendar(count: 0)
        big.fill(upTo: large)
        let perEvent = (residentBytes() - before) / large
        print("memory per event: \(perEvent) bytes, of an event sent as \(FilledCalendar.body(0).utf8.count) bytes of JSON")
        print("incremental list: after \(changes) changes; medians of \(rounds) rounds, \(repetitions) times in each")
        big.readSyncToken()
        var series = [Measurement: [[Double]]]()
        // The first two rounds warm up. A new small calendar each round keeps it small.
        for round in -2..<rounds {
            var little = FilledCalendar(count: small)
            little.readSyncToken()
            for measurement in Measurement.allCases {
                let pair =
                    round.isMultiple(of: 2)
                    ? [cost(measurement, in: &little, round), cost(measurement, in: &big, round)]
                    : [cost(measurement, in: &big, round), cost(measurement, in: &little, round)].reversed()
                if round >= 0 { series[measurement, default: []].append(Array(pair)) }
            }
        }
        for measurement in Measurement.allCases { report(measurement, series[measurement] ?? []) }
        reportWholeLists(big)
    }

    private enum Measurement: String, CaseIterable {
        case insert, get, patch, incrementalList = "incremental list"
    }

    /// Microseconds for one.
    private static func cost(_ measurement: Measurement, in calendar: inout FilledCalendar, _ round: Int) -> Double {
        var total = Duration.zero
        if measurement == .incrementalList {
            // What the other measurements have changed is no part of it.
            calendar.listChanges()
            calendar.takeSyncToken()
        }
        for number in 0..<repetitions {
            // Spread over the whole calendar, and not the same events in the next round.
            let event = ((round + 2) * repetitions + number) * 7919 % calendar.count
            switch measurement {
            case .insert: total += elapsed { calendar.insert() }
            case .get: total += elapsed { calendar.get(event) }
            case .patch: total += elapsed { calendar.patch(event) }
            case .incrementalList:
                for other in 0..<changes { calendar.patch((event + other * 31) % calendar.count) }
                total += elapsed { calendar.listChanges() }
                calendar.takeSyncToken(expecting: changes)
            }
        }
        return total.microseconds / Double(repetitions)
    }

    private static func report(_ measurement: Measurement, _ pairs: [[Double]]) {
        let (little, big) = (median(pairs.map { $0[0] }), median(pairs.map { $0[1] }))
        let name = measurement.rawValue.padding(toLength: 18, withPad: " ", startingAt: 0)
        print(String(format: "%@ %d: %.1f µs, %d: %.1f µs, ratio %.2f", name, small, little, large, big, big / little))
    }

    /// What reads all events by its nature: it should take milliseconds, and no longer per event than in a small calendar.
    private static func reportWholeLists(_ big: FilledCalendar) {
        var (little, all) = (FilledCalendar(count: small), big)
        let times = (best { little.readSyncToken() }, best { all.readSyncToken() })
        print(
            String(
                format: "whole list in pages of 2500: %.2f µs per event of %d, %.2f µs of %d",
                times.0.microseconds / Double(small),
                small, times.1.microseconds / Double(large), large))
        let looks: [(String, () -> Void)] = [
            ("list of a week by timeMin and timeMax", { big.listWeek() }),
            ("list by q", { big.search() }),
            ("list of 250 ordered by startTime", { big.listOrdered() }),
            ("freeBusy of a week", { big.queryFreeBusy() }),
        ]
        for (name, look) in looks {
            print(String(format: "%@, %d events: %.2f ms", name, large, best(look).microseconds / 1000))
        }
    }

    private static func best(_ body: () -> Void) -> Duration { (0..<5).map { _ in elapsed(body) }.min() ?? .zero }

    /// The processor time of this thread: what else runs on the machine takes none of it.
    private static func elapsed(_ body: () -> Void) -> Duration {
        let start = processorTime()
        body()
        return processorTime() - start
    }

    private static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// From `/proc`, where the second number is the resident pages; 0 where there is no such file.
    private static func residentBytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

extension Duration {
    var microseconds: Double { Double(components.seconds) * 1e6 + Double(components.attoseconds) / 1e12 }
}
