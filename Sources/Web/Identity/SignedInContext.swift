import CalendarSync
import Coaching
import Foundation
import Hummingbird

/// What is known of a request: who sent it, once that was checked.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private var caller: Person?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }

    /// Who is calling; every route behind ``BearerSignIn`` has one.
    var person: Person {
        get throws {
            guard let caller else { throw SignInRefusal.missing }
            return caller
        }
    }

    /// - Throws: a problem for everybody who is no coach.
    var coach: Person {
        get throws {
            let person = try person
            guard person.role == .coach else { throw Problem.coachesOnly }
            return person
        }
    }

    mutating func signIn(_ person: Person) { caller = person }
}

/// Lets in only requests with a valid token, and remembers whom the token describes.
struct BearerSignIn: RouterMiddleware {
    let verifier: TokenVerifier
    let audience: String?
    let sync: CalendarSyncService

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let header = request.headers[.authorization], header.lowercased().hasPrefix("bearer ") else {
            throw SignInRefusal.missing
        }
        let token = header.dropFirst("bearer ".count).trimmingCharacters(in: .whitespaces)
        let now = Date()
        let person = try await verifier.claims(of: token, now: now).person(for: audience, now: now)
        try await sync.recognise(person)
        var context = context
        context.signIn(person)
        return try await next(request, context)
    }
}
