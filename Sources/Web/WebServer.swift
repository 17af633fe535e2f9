import CalendarSync
import Coaching
import Foundation
import Hummingbird
import Logging

/// The HTTP side of the service.
public struct WebServer {
    let sync: CalendarSyncService
    let verifier: TokenVerifier
    let audience: String?
    let demoPeople: [Person]
    private let signer: PageSigner

    /// The tables have to be there: what signs the pages' cookies is kept in them.
    /// - Parameters:
    ///   - audience: whom tokens have to be for (`aud`); nil takes all that are signed properly.
    ///   - demoPeople: people that everybody can be by a click; none but where all is a demo.
    public init(
        sync: CalendarSyncService, verifier: TokenVerifier, audience: String? = nil, demoPeople: [Person] = []
    ) async throws {
        self.sync = sync
        self.verifier = verifier
        self.audience = audience
        self.demoPeople = demoPeople
        signer = PageSigner(secret: try await sync.pageSecret(), isSecure: sync.address(of: "").scheme == "https")
    }

    var router: Router<APIContext> {
        let router = Router(context: APIContext.self)
        let visits = Visits(sync: sync, signer: signer)
        router.add(
            middleware: Problems { request, problem, context in
                try await visits.handle(request, context: PageContext(context: context)) { _, _ in throw problem }
            })
        MachineRoutes(sync: sync).add(to: router)
        let api = router.group("v1").add(middleware: BearerSignIn(verifier: verifier, audience: audience, sync: sync))
        ConnectionRoutes(sync: sync).add(to: api)
        SessionRoutes(sync: sync).add(to: api)
        AvailabilityRoutes(sync: sync).add(to: api)
        LiveRoutes(sync: sync).add(to: api)
        Pages(sync: sync, visits: visits, verifier: verifier, audience: audience, demoPeople: demoPeople).add(to: router)
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
