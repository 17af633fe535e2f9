import CalendarSync
import Coaching
import Foundation
import GoogleCalendar
import HTTPTypes
import Logging
import Storage

/// What one change costs the queue, with 1,000 of them pending and with 1,000,000: to find the lane whose turn it is, to find the change in
/// it, and to write down that it is done. Google has no part in it: the sessions are cancelled ones that have no event, so that a look
/// is all they need.
///
///     backlog [ROUNDS]
///
/// Both databases are files, and are asked in turn. Printed is processor time, since a shared disk says little about us.
@main
struct Backlog {
    static let coaches = 100

    static func main() async throws {
        let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 9
        let folder = FileManager.default.temporaryDirectory.appending(component: "backlog-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        print("filling two databases …")
        let small = try await Queue(path: folder.appending(component: "small").path(), pending: 1_000)
        let large = try await Queue(path: folder.appending(component: "large").path(), pending: 1_000_000)

        _ = try await (small.turn(), large.turn())
        let memoryBefore = Memory.peak
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
            ("both, for one change", { $0.claim + $0.change }),
        ] as [(String, (Queue.Cost) -> Double)] {
            let (few, many) = (median(ofSmall.map(value)), median(ofLarge.map(value)))
            print(
                String(
                    format: "%@: %.1f µs with 1,000 pending, %.1f µs with 1,000,000, ratio %.2f (medians of %d rounds)",
                    what, few, many, many / few, rounds))
        }
        print(String(format: "memory: grew by %.1f MB while the large queue was worked off", Memory.peak - memoryBefore))
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

enum Memory {
    /// The largest resident size so far, in MB; 0 where there is no such file.
    static var peak: Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        return (status.firstMatch(of: /VmHWM:\s+(\d+) kB/).flatMap { Double($0.1) } ?? 0) / 1024
    }
}
