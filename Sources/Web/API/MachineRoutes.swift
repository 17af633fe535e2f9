import CalendarSync
import Hummingbird
import Logging

/// What programs ask: is it alive, can it serve, how is it spoken to.
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
        router.get("openapi.yaml") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/yaml"],
                body: .init(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
    }
}
