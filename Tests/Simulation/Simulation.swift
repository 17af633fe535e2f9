import CalendarSync
import CryptoExtras
import Foundation

/// Runs one seed, or many.
public struct Simulation: Sendable {
    public struct Report: Sendable {
        public var seed: UInt64
        public var weather: String
        public var calls: Int
        /// What was not as it must be; empty when all is well.
        public var failures: [String]
        /// Everything that happened, a line each, if it was asked for.
        public var story: [String]
    }

    /// How many things happen in a storm.
    static let steps = 150

    private let key: _RSA.Signing.PrivateKey

    /// Makes the key that the service account of all runs has, since that takes long.
    public init() throws { key = try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    public func run(seed: UInt64, keepsStory: Bool = false) async throws -> Report {
        let storm = try await Storm(seed: seed, key: key, keepsStory: keepsStory)
        return try await storm.rage(steps: Self.steps)
    }
}

extension Storm {
    func rage(steps: Int) async throws -> Simulation.Report {
        tell("weather: \(weather)")
        try await welcomeCoaches(dice.number(1...3))
        if weather.hasQuotas {
            control(
                "quotas",
                [
                    "preset": "google", "writesPerMinutePerCalendar": dice.number(5...120), "form": dice.pick(["403", "429"]),
                    "envelope": dice.pick(["frontEnd", "backend"]),
                ])
        }
        for coach in coaches.map(\.person) where dice.chance(80) {
            do { _ = try await node(0).sync.connectGoogleCalendar(for: coach) } catch {}
        }
        for _ in 0..<steps { await step() }
        do {
            try await judge()
        } catch {
            fail("the judgement ended with \(error)")
        }
        return Simulation.Report(
            seed: seed, weather: weather.description, calls: calls, failures: failures, story: story)
    }
}
