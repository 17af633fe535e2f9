import ArgumentParser
import Foundation
import Simulation

@main
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put the engine through simulated storms, one for each seed.",
        discussion: """
            A seed that fails is printed with what was wrong. Give it alone to read its story:

              script/simulate 4711                one seed, with everything that happened
              script/simulate --seeds 10000       seeds 1 to 10000
              script/simulate --seeds 500 --from 20000

            Exits with 1 when a seed has failed.
            """)

    @Argument(help: "One seed, to be told as a story.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("How many seeds.", valueName: "count"))
    var seeds: UInt64 = 300

    @Option(help: ArgumentHelp("The first of them.", valueName: "seed"))
    var from: UInt64 = 1

    @Flag(help: "Stop at the first seed that fails.")
    var untilFailure = false

    func run() async throws {
        let simulation = try Simulation()
        if let seed {
            let report = try await simulation.run(seed: seed, keepsStory: true)
            print(report.story.joined(separator: "\n"))
            print(report.failures.isEmpty ? "seed \(seed): all is well" : report.summary)
            if !report.failures.isEmpty { throw ExitCode(1) }
            return
        }
        let began = Date()
        var failed: [UInt64] = []
        var calls = 0
        try await withThrowingTaskGroup(of: Simulation.Report.self) { group in
            var next = from
            func add() {
                guard next < from + seeds else { return }
                let seed = next
                next += 1
                group.addTask { try await simulation.run(seed: seed) }
            }
            for _ in 0..<max(1, ProcessInfo.processInfo.activeProcessorCount) { add() }
            var done: UInt64 = 0
            while let report = try await group.next() {
                done += 1
                calls += report.calls
                if !report.failures.isEmpty {
                    failed.append(report.seed)
                    Self.write(report.summary, to: .standardOutput)
                    if untilFailure { group.cancelAll(); return }
                }
                if done.isMultiple(of: 500) {
                    Self.write("\(done) of \(seeds) seeds, \(failed.count) failed", to: .standardError)
                }
                add()
            }
        }
        let seconds = Int(Date().timeIntervalSince(began))
        print("\(seeds) seeds from \(from), \(calls) calls to Google, \(seconds) s: \(failed.count) failed")
        if !failed.isEmpty {
            print("seeds that failed: \(failed.sorted().prefix(50).map(String.init).joined(separator: " "))")
            throw ExitCode(1)
        }
    }

    /// At once, also into a file.
    private static func write(_ line: String, to file: FileHandle) { file.write(Data((line + "\n").utf8)) }
}

extension Simulation.Report {
    fileprivate var summary: String {
        "seed \(seed) FAILED (\(weather)):\n" + failures.map { "  \($0)" }.joined(separator: "\n")
    }
}
