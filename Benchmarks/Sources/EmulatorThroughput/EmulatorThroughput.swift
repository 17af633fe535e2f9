import Foundation

/// Requests a second of `events.insert` over HTTP, beside those of the bare Hummingbird server: it reads the same request whole
/// and answers the same, which stands ready.
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
        case "serve-bare":
            try await BareServer.run(port: Server.bare.rawValue)
        case "serve-emulator": try await runEmulator(port: Server.emulator.rawValue)
        default:
            try await compare(
                rounds: arguments.first.flatMap(Int.init) ?? 7, seconds: arguments.dropFirst().first.flatMap(Int.init) ?? 4)
        }
    }

    private static func compare(rounds: Int, seconds: Int) async throws {
        let stage = try await Stage()
        defer { stage.end() }
        print(
            "a request of \(InsertedEvent.body.utf8.count) bytes of JSON, an answer of \(try InsertedEvent().answer.body.count)"
        )
        var loads: [Server: [Stage.Load]] = [:]
        // The first round warms up. Which of the two comes first changes, so that whatever else the machine does meets both.
        for round in 0...rounds {
            try await stage.resetEmulator()
            for server in round.isMultiple(of: 2) ? [Server.bare, .emulator] : [.emulator, .bare] {
                let load = try stage.load(server, seconds: seconds)
                if round > 0 { loads[server, default: []].append(load) }
            }
        }
        for (what, value) in [
            ("requests a second", { $0.requestsPerSecond }),
            ("requests a second of processor time", { 1e6 / $0.processorMicroseconds }),
        ] as [(String, (Stage.Load) -> Double)] {
            let (bare, emulator) = (loads[.bare, default: []].map(value), loads[.emulator, default: []].map(value))
            let shares = zip(emulator, bare).map { $0 / $1 }.sorted()
            print(
                String(
                    format:
                        "%@: bare %.0f, events.insert %.0f, ratio %.2f (medians of %d rounds; ratios of rounds %.2f to %.2f)",
                    what,
                    median(bare), median(emulator), median(emulator) / median(bare), rounds, shares[0], shares[rounds - 1]))
        }
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
