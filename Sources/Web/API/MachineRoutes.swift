import CalendarSync
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What programs ask: is it alive, can it serve, how is it spoken to; and what Google tells.
struct MachineRoutes {
    let sync: CalendarSyncService

    func add(to router: Router<APIContext>) {
        router.get("healthz") { _, _ in try Response.json(["status": "ok"]) }
        // Google is not asked: sessions are taken whether it is well or not.
        router.get("readyz") { _, context in
            do {
                try await sync.checkDatabase()
            } catch {
                context.logger.error("the database does not answer", metadata: ["error": "\(error)"])
                throw Problem(.serviceUnavailable, "databaseUnavailable", "The database does not answer.", retryAfter: 5)
            }
            return try Response.json(["status": "ready"])
        }
        router.get("metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: try await sync.figures().prometheus)))
        }
        // Whatever it says, the answer is the same: a message is a hint, and what is not ours Google would send again and again.
        router.post("webhooks/google-calendar") { request, _ in
            func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }
            if let channel = header("X-Goog-Channel-ID") {
                try await sync.channelMessage(
                    channelID: channel, resourceID: header("X-Goog-Resource-ID"), token: header("X-Goog-Channel-Token"))
            }
            return Response(status: .noContent)
        }
        router.get("openapi.yaml") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/yaml"],
                body: .init(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
    }
}

extension Figures {
    /// In the text format that Prometheus reads: https://prometheus.io/docs/instrumenting/exposition_formats
    fileprivate var prometheus: String {
        var lines: [String] = []
        func gauge(_ name: String, _ help: String, _ values: [(labels: String, value: Double?)]) {
            lines += ["# HELP loom_\(name) \(help)", "# TYPE loom_\(name) gauge"]
            lines += values.compactMap { labels, value in value.map { "loom_\(name)\(labels) \($0)" } }
        }
        func gauge(_ name: String, _ help: String, _ value: Double?) { gauge(name, help, [("", value)]) }
        gauge(
            "connections", "Connections of coaches, by state.",
            UserCalendarConnection.State.allCases.map { (#"{state="\#($0.rawValue)"}"#, Double(connections[$0] ?? 0)) })
        gauge("changes_pending", "Changes that are on their way to Google.", Double(changesPending))
        gauge("changes_parked", "Changes that Google has refused for good.", Double(changesParked))
        gauge("oldest_change_age_seconds", "How long the oldest pending change has waited.", oldestChangeAge)
        gauge("conflict_calendars", "Calendars that are checked for conflicts.", Double(sources))
        gauge("conflict_calendars_unknown", "Those of which it is not known whether they are busy.", Double(sourcesUnknown))
        gauge("channels", "Channels through which Google tells of changes.", Double(channels))
        gauge("oldest_channel_age_seconds", "Age of the oldest channel.", oldestChannelAge)
        gauge(
            "oldest_channel_proof_of_life_age_seconds", "How long the channel has been silent that has been so for longest.",
            oldestProofOfLife)
        return lines.joined(separator: "\n") + "\n"
    }
}
