import CalendarSync
import Coaching
import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// Finds out who looks at a page, guards the forms, and turns whatever goes wrong into a page in plain words.
struct Visits: RouterMiddleware {
    typealias Context = PageContext

    let sync: CalendarSyncService
    let signer: PageSigner
    static let languageCookie = "loom-language"

    func handle(
        _ request: Request, context: PageContext, next: (Request, PageContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let cookies = request.cookies
        context.words = (language(of: request) ?? .en).words
        if request.method == .get { context.address = request.uri.string }
        context.toast = cookies[Toast.cookieName].flatMap { Toast($0.value) }
        var response: Response
        do {
            let shown = signer.signIn(in: cookies, now: sync.now)
            if let shown { context.signIn = try await sync.signIn(shown.id, number: shown.number) }
            context.formToken = context.signIn.map { signer.formToken(of: $0.id) }
            // The person's own language, unless they have chosen another one here.
            if cookies[Self.languageCookie] == nil,
                let language = context.signIn?.person.locale.flatMap({ Language(tag: $0) })
            {
                context.words = language.words
            }
            if request.method == .post { try guardPost(request) }
            response = try await next(request, context)
            if let signIn = context.signIn, signIn.number != shown?.number, !response.setsCookie(of: signer) {
                response.setCookie(signer.cookie(for: signIn))
            }
        } catch {
            response = Self.response(to: error, request, context)
        }
        // It is shown once: by the first page that is no mere step to the next one.
        if context.toast != nil, response.status.kind != .redirection {
            response.setCookie(Cookie(name: Toast.cookieName, value: "", maxAge: 0, path: "/", sameSite: .lax))
        }
        secure(&response)
        return response
    }

    private func language(of request: Request) -> Language? {
        request.cookies[Self.languageCookie].flatMap { Language(rawValue: $0.value) }
            ?? request.headers[.acceptLanguage].flatMap { Language(accepted: $0) }
    }

    /// A form of another site is refused by what browsers say of where it comes from; ``PageForm`` asks for the token.
    private func guardPost(_ request: Request) throws {
        let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
        let origin = request.headers[.origin]
        let isOwnOrigin = origin.map { $0.hasSuffix("://\(request.head.authority ?? "")") } ?? true
        guard site.map({ $0 == "same-origin" || $0 == "none" }) ?? isOwnOrigin else { throw PageForm.foreign }
    }

    static func response(to error: any Error, _ request: Request, _ context: PageContext) -> Response {
        if let redirect = error as? Redirect { return redirect.response }
        if case SignInRefusal.missing = error {
            if request.method == .get { return Redirect(to: SignInPages.address(goingTo: request.uri.string)).response }
        }
        let problem = Problem(error)
        if problem.code == "internalError" {
            context.logger.error("page failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
        }
        return Page.problem(problem, context)
    }

    private func secure(_ response: inout Response) {
        let headers = [
            // Nothing from elsewhere, nothing inline: whatever ends up in a page by mistake does not run.
            "Content-Security-Policy":
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
            // `no-referrer` would also hide from us that a form is our own.
            "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        ]
        for (name, value) in headers { if let name = HTTPField.Name(name) { response.headers[name] = value } }
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        if signer.isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
    }
}

extension Response {
    fileprivate func setsCookie(of signer: PageSigner) -> Bool {
        headers[values: .setCookie].contains { $0.hasPrefix(signer.noCookie.name + "=") }
    }
}

/// Leads to another page, with something to say there.
struct Redirect: Error {
    var to: String
    var toast: Toast?

    init(to: String, _ toast: Toast? = nil) { (self.to, self.toast) = (to, toast) }

    var response: Response {
        var response = Response(status: .seeOther, headers: [.location: to])
        if let toast {
            response.setCookie(Cookie(name: Toast.cookieName, value: toast.text, maxAge: 60, path: "/", sameSite: .lax))
        }
        return response
    }
}

/// A form that was sent from one of our own pages by the one who is signed in.
struct PageForm {
    static let tokenField = "form"
    /// A form has three letters for every byte that is no plain letter.
    static let largest = 3 * FieldReader.largestBody
    static let foreign = Problem(.forbidden, "formTooOld", "The form is not from a page of yours that is still good.")

    let fields: FormFields

    init(_ request: Request, _ context: PageContext, _ signer: PageSigner) async throws {
        var request = request
        let body = try await request.collectBody(upTo: Self.largest)
        fields = FormFields(String(buffer: body))
        guard let signIn = context.signIn else { throw SignInRefusal.missing }
        guard let token = fields[Self.tokenField], signer.isFormToken(token, of: signIn.id) else { throw Self.foreign }
    }
}

/// The routes of pages. Forms reach a handler only through here, so none is without its guard.
struct PageRoutes {
    let group: RouterGroup<PageContext>
    let signer: PageSigner

    func get(_ path: RouterPath, _ handler: @escaping @Sendable (Request, PageContext) async throws -> Response) {
        group.get(path, use: handler)
    }

    func post(_ path: RouterPath, _ handler: @escaping @Sendable (PageForm, PageContext) async throws -> Response) {
        group.post(path) { [signer] request, context in
            try await handler(try await PageForm(request, context, signer), context)
        }
    }
}
