import Foundation
import NIOHTTP1

/// How long after its 201 a session can be read in the calendar, on an idle server. Beside it, in the same run and with the same
/// client, the least that is possible: an event put straight into the emulator, and read.
///
///     Landing PATH-OF-LOOM-CALENDAR [COUNT]
@main
struct Landing {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 2 else {
            print("usage: Landing PATH-OF-LOOM-CALENDAR [COUNT]")
            exit(64)
        }
        let count = arguments.count > 2 ? Int(arguments[2]) ?? 200 : 200
        let stage = try await Stage(executable: arguments[1])
        defer { stage.end() }
        var through: [Double] = []
        var straight: [Double] = []
        // In turn, so that whatever else the machine does touches both alike; the first few warm up.
        for number in -20..<count {
            let ours = try await milliseconds {
                try await stage.session(number)
            } until: {
                try await stage.isReadable(session: number)
            }
            let theirs = try await milliseconds {
                try await stage.event(number)
            } until: {
                try await stage.isReadable(event: number)
            }
            if number >= 0 {
                through.append(ours)
                straight.append(theirs)
            }
        }
        report("from 201 to readable, through the server", through)
        report("from 200 to readable, straight into the emulator", straight)
        print(String(format: "ratio of the medians: %.1f", median(through) / median(straight)))
    }

    private static func milliseconds(
        from start: @Sendable () async throws -> Void, until isThere: @Sendable () async throws -> Bool
    ) async throws -> Double {
        try await start()
        let begun = ContinuousClock.now
        while try await !isThere() {}
        let elapsed = (ContinuousClock.now - begun).components
        return Double(elapsed.seconds) * 1_000 + Double(elapsed.attoseconds) / 1e15
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private static func report(_ what: String, _ values: [Double]) {
        let sorted = values.sorted()
        print(
            String(
                format: "%@: p50 %.1f ms, p95 %.1f ms, max %.1f ms (%d times)", what, median(values),
                sorted[sorted.count * 95 / 100], sorted.last ?? 0, values.count))
    }
}
