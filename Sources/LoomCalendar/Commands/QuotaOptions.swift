import ArgumentParser
import CalendarEmulator
import Foundation
import HTTPTypes

/// The limits of the emulator: what its control call `quotas` sets, given at the start.
struct QuotaOptions: ParsableArguments {
    @Option(help: "google: the limits that Google publishes. Without it there are none.")
    var quotas: Preset?

    @Option(help: ArgumentHelp("Requests of one user of a project in any minute.", valueName: "count"))
    var perMinutePerUser: Int?

    @Option(help: ArgumentHelp("Requests of a project in any minute.", valueName: "count"))
    var perMinutePerProject: Int?

    @Option(help: ArgumentHelp("Changes of one calendar in any minute.", valueName: "count"))
    var writesPerMinutePerCalendar: Int?

    @Option(help: ArgumentHelp("Calendars that one account may create in a day.", valueName: "count"))
    var calendarCreations: Int?

    enum Preset: String, ExpressibleByArgument {
        case google
    }

    private var limits: [String: Int] {
        let all = [
            "perMinutePerUser": perMinutePerUser, "perMinutePerProject": perMinutePerProject,
            "writesPerMinutePerCalendar": writesPerMinutePerCalendar, "calendarCreations": calendarCreations,
        ]
        return all.compactMapValues { $0 }
    }

    func validate() throws {
        if limits.values.contains(where: { !(0...1_000_000).contains($0) }) {
            throw ValidationError("a limit must be from 0 to 1000000")
        }
    }

    /// Leaves the limits of a state file alone when nothing is asked for.
    func set(on emulator: Emulator) throws {
        var body: [String: any Sendable] = limits
        if let quotas { body["preset"] = quotas.rawValue }
        guard !body.isEmpty else { return }
        let request = HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/emulator/quotas")
        let reply = emulator.respond(to: request, body: try JSONSerialization.data(withJSONObject: body))
        guard reply.response.status == .ok else {
            throw ValidationError("the limits cannot be set: " + String(decoding: reply.body, as: UTF8.self))
        }
    }
}
