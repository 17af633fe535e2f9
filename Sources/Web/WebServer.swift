import CalendarSync
import Hummingbird
import Logging

/// The HTTP side of the service.
public struct WebServer {
    let sync: CalendarSyncService
    let verifier: TokenVerifier
    let audience: String?

    /// - Parameter audience: whom tokens have to be for (`aud`); nil takes all that are signed properly.
    public init(sync: CalendarSyncService, verifier: TokenVerifier, audience: String? = nil) {
        self.sync = sync
        self.verifier = verifier
        self.audience = audience
    }

    var router: Router<APIContext> {
        let router = Router(context: APIContext.self)
        router.add(middleware: Problems())
        MachineRoutes(sync: sync).add(to: router)
        let api = router.group("v1").add(middleware: SignIn(verifier: verifier, audience: audience, sync: sync))
        ConnectionRoutes(sync: sync).add(to: api)
        SessionRoutes(sync: sync).add(to: api)
        AvailabilityRoutes(sync: sync).add(to: api)
        LiveRoutes(sync: sync).add(to: api)
        return router
    }

    /// - Parameter onListening: is told the port once connections are taken; useful with port 0, which takes any free one.
    public func application(
        host: String, port: Int, logger: Logger, onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
        Application(
            router: router,
            // A client that sends half a request must not hold its connection, nor a server that wants to stop.
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: .init(address: .hostname(host, port: port), serverName: "loom-calendar"),
            onServerRunning: { await onListening($0.localAddress?.port ?? port) },
            logger: logger)
    }
}
