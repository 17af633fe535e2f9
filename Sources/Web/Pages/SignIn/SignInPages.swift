import CalendarSync
import Coaching
import Crypto
import Foundation
import Hummingbird
import JWTKit

/// `/sign-in` and `/sign-out`: the platform's token becomes a cookie.
struct SignInPages {
    let sync: CalendarSyncService
    let signer: PageSigner
    let verifier: TokenVerifier
    let audience: String?
    let demoPeople: [Person]

    static func address(goingTo address: String) -> String {
        address == "/" ? "/sign-in" : "/sign-in?to=\(address.pathSegment)"
    }

    func add(to routes: PageRoutes) {
        routes.get("sign-in", signIn)
        routes.group.post("sign-in", use: signInAsDemo)
        routes.post("sign-out") { [sync, signer] _, context in
            if let signIn = context.signIn { try await sync.endSignIn(signIn.id) }
            var response = Redirect(to: "/sign-in", Toast(.signedOut)).response
            response.setCookie(signer.noCookie)
            return response
        }
    }

    /// The token is in the address, where it is seen by whoever looks over a shoulder or into a history: so it signs in once.
    @Sendable private func signIn(_ request: Request, context: PageContext) async throws -> Response {
        let to = LocalAddress(request.query["to"])
        guard let token = request.query["token"] else {
            if context.signIn != nil, let to { throw Redirect(to: to.text) }
            return page(to, context)
        }
        let now = Date()
        let claims = try await verifier.claims(of: token, now: now)
        let person = try claims.person(for: audience, now: now)
        let hash = Data(SHA256.hash(data: Data(token.utf8))).base64URL
        guard
            let signIn = try await sync.beginSignIn(
                of: person, tokenHash: hash, tokenExpiresAt: claims.exp.value)
        else { throw SignInRefusal.used }
        return try await enter(signIn, to, context)
    }

    /// By a click, where all is a demo.
    @Sendable private func signInAsDemo(_ request: Request, context: PageContext) async throws -> Response {
        var request = request
        let fields = FormFields(String(buffer: try await request.collectBody(upTo: FieldReader.largestBody)))
        guard let person = demoPeople.first(where: { $0.id == fields["person"] }) else { throw SignInRefusal.missing }
        let now = Date()
        guard
            let signIn = try await sync.beginSignIn(
                of: person, tokenHash: "demo \(UUID().uuidString)", tokenExpiresAt: now + 1)
        else { throw SignInRefusal.used }
        return try await enter(signIn, LocalAddress(fields["to"]), context)
    }

    private func enter(_ signIn: SignIn, _ to: LocalAddress?, _ context: PageContext) async throws -> Response {
        // Whoever was signed in with this browser before is not any more.
        if let before = context.signIn { try await sync.endSignIn(before.id) }
        var response = Redirect(to: to?.text ?? signIn.person.role.home).response
        response.setCookie(signer.cookie(for: signIn))
        return response
    }

    private func page(_ to: LocalAddress?, _ context: PageContext) -> Response {
        let people: [[String: Any]] = demoPeople.map { person in
            [
                "id": person.id, "name": person.name ?? person.id, "role": context.words("roles.\(person.role.rawValue)"),
                "email": person.email ?? "",
            ]
        }
        var view: [String: Any] = ["people": people, "isDemo": !people.isEmpty]
        view["to"] = to?.text
        return Page(template: "sign_in", title: context.words("signIn.title"), view: view).response(context)
    }
}
