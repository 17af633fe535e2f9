import Simulation
import Testing

/// The first few hundred seeds. `script/simulate` runs others, more of them, and single ones as a story.
@Suite struct SeedTests {
    @Test(arguments: Array(stride(from: UInt64(1), to: 400, by: 50)))
    func afterTheStormEverySessionIsInItsCalendarOnce(_ first: UInt64) async throws {
        let simulation = try Simulation()
        for seed in first..<first + 50 {
            let report = try await simulation.run(seed: seed)
            #expect(report.failures == [], "seed \(seed): \(report.weather)")
        }
    }

    @Test func theSameSeedIsTheSameStory() async throws {
        let simulation = try Simulation()
        for seed in [UInt64(3), 14, 159] {
            let first = try await simulation.run(seed: seed, keepsStory: true)
            let second = try await simulation.run(seed: seed, keepsStory: true)
            #expect(first.story == second.story)
        }
    }
}
