import Foundation
import Storage

/// Something that operators see over time.
struct Tally {
    var name: String
    /// Seconds that are counted together; they divide a day.
    var stretch: Int

    /// Calls of a service account.
    static func calls(of account: String) -> Tally { Tally(name: "calls \(account)", stretch: 60) }
    /// Changes that reached a calendar.
    static let written = Tally(name: "written", stretch: 3600)
    /// Attempts that did not.
    static let failed = Tally(name: "failed", stretch: 3600)

    fileprivate static let keptFor: TimeInterval = 25 * 60 * 60

    /// When the stretch begins that a moment is in.
    func begin(of moment: Date) -> Date {
        let length = Double(stretch)
        return Date(timeIntervalSince1970: (moment.timeIntervalSince1970 / length).rounded(.down) * length)
    }
}

extension Transaction {
    func count(_ it: Tally, now: Date) throws {
        let query: SQL = """
            INSERT INTO tally (name, at, times) VALUES (\(it.name), \(it.begin(of: now)), 1)
            ON CONFLICT (name, at) DO UPDATE SET times = tally.times + 1 RETURNING times
            """
        // The first of a stretch takes away what is old.
        guard try row(query)?.get("times") == 1 else { return }
        try execute("DELETE FROM tally WHERE at < \(now - Tally.keptFor)")
    }

    /// - Returns: how often it happened in each of the last stretches, oldest first; the last one has only begun.
    func counts(of it: Tally, last number: Int, now: Date) throws -> [Int] {
        let first = it.begin(of: now) - Double((number - 1) * it.stretch)
        var counts = Array(repeating: 0, count: number)
        for row in try rows("SELECT at, times FROM tally WHERE name = \(it.name) AND at BETWEEN \(first) AND \(now)") {
            let index = Int((try row.get("at", as: Date.self).timeIntervalSince(first) / Double(it.stretch)).rounded())
            if counts.indices.contains(index) { counts[index] = try row.get("times") }
        }
        return counts
    }
}
