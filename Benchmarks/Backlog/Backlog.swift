import CalendarSync
import Coaching
import Foundation
import GoogleCalendar
import HTTPTypes
import Logging
import Storage

/// What one change costs the queue, with 1,000 of them pending and with 1,000,000: to find the lane whose turn it is, to find the change in
/// it, and to write down that it is done.
///
///     backlog [ROUNDS]
///
/// Both databases are files with ten lanes, and are asked in turn. Printed is processor time, since a shared disk says little about us.
@main
struct Backlog {
    static let coaches = 10

    static func main() async throws {
        let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 9
        for kind in Queue.Kind.allCases {
            print("\(kind.rawValue):")
            try await compare(kind, rounds: rounds)
        }
    }

    private static func compare(_ kind: Queue.Kind, rounds: Int) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: "backlog-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let small = try await Queue(path: folder.appending(component: "small").path(), pending: 1_000, kind: kind)
        let large = try await Queue(path: folder.appending(component: "large").path(), pending: 1_000_000, kind: kind)

        _ = try await (small.round(), large.round())
        let memoryBefore = Memory.now
        var (ofSmall, ofLarge): ([Queue.Cost], [Queue.Cost]) = ([], [])
        for round in 0..<rounds {
            // Which comes first changes, so that whatever else the machine does meets both.
            for isLarge in round.isMultiple(of: 2) ? [false, true] : [true, false] {
                let cost = try await (isLarge ? large : small).round()
                if isLarge { ofLarge.append(cost) } else { ofSmall.append(cost) }
            }
        }
        for (what, value) in [
            ("find the lane and take it", { $0.claim }), ("find a change and complete it", { $0.change }),
            ("both", { $0.claim + $0.change }),
        ] as [(String, (Queue.Cost) -> Double)] {
            let (few, many) = (median(ofSmall.map(value)), median(ofLarge.map(value)))
            print(
                String(
                    format: "  %@: %.0f µs with 1,000 pending, %.0f µs with 1,000,000, ratio %.2f (medians of %d rounds)",
                    what, few, many, many / few, rounds))
        }
        print(String(format: "  memory: %.1f MB before the rounds, %.1f MB after", memoryBefore, Memory.now))
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

enum Memory {
    /// The resident size, in MB; 0 where there is no such file.
    static var now: Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        return (status.firstMatch(of: /VmRSS:\s+(\d+) kB/).flatMap { Double($0.1) } ?? 0) / 1024
    }
}
