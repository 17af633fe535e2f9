import CalendarSync
import HTTPTypes
import Hummingbird
import Logging

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
