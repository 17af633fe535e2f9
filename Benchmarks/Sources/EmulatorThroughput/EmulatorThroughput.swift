import Foundation

/// Requests a second of `events.insert` over HTTP, beside those of the bare Hummingbird server: it reads the same request whole
/// and answers with as many bytes that stand ready.
///
///     EmulatorThroughput [ROUNDS [SECONDS]]
///
/// Both are processes of their own on loopback, both idle but for the one that is asked. The load comes from `wrk`, on keep-alive
/// connections, with one request that never changes: without an id every insert is a new event. Where there is more than one
/// core the servers have the first and `wrk` the second, so that the generator takes nothing from either.
@main
struct EmulatorThroughput {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "serve-bare": try await BareServer.run(port: 28191, answerSize: arguments.dropFirst().first.flatMap(Int.init) ?? 0)
        case "serve-emulator": try await runEmulator(port: 28190)
        default:
            try await compare(
                rounds: arguments.first.flatMap(Int.init) ?? 7, seconds: arguments.dropFirst().first.flatMap(Int.init) ?? 4)
        }
    }

    private static func compare(rounds: Int, seconds: Int) async throws {
        let stage = try await Stage()
        defer { stage.end() }
        print("a request of \(stage.requestSize) bytes of JSON, an answer of \(stage.answerSize)")
        var bare: [Double] = []
        var emulator: [Double] = []
        // The first round warms up. Which of the two comes first changes, so that whatever else the machine does meets both.
        for round in 0...rounds {
            try await stage.resetEmulator()
            var pair = (bare: 0.0, emulator: 0.0)
            for turn in 0..<2 {
                if (round + turn).isMultiple(of: 2) {
                    pair.bare = try stage.requestsPerSecond(port: 28191, seconds: seconds)
                } else {
                    pair.emulator = try stage.requestsPerSecond(port: 28190, seconds: seconds)
                }
            }
            guard round > 0 else { continue }
            print(String(format: "bare %.0f/s, emulator %.0f/s, %.2f", pair.bare, pair.emulator, pair.emulator / pair.bare))
            bare.append(pair.bare)
            emulator.append(pair.emulator)
        }
        print(
            String(
                format: "medians: bare Hummingbird %.0f/s, events.insert %.0f/s, ratio %.2f", median(bare), median(emulator),
                median(emulator) / median(bare)))
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
