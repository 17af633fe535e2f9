import CalendarSync
import Coaching
import Foundation
import Hummingbird

/// What people see.
struct Pages {
    let sync: CalendarSyncService
    let visits: Visits
    let verifier: TokenVerifier
    let audience: String?
    /// Who can be anybody of these by a click; nobody but with an emulated Google.
    let demoPeople: [Person]

    func add(to router: Router<APIContext>) {
        Templates.prepare()
        Assets.add(to: router)
        let group = router.group("", context: PageContext.self).add(middleware: visits)
        let signer = visits.signer
        let routes = PageRoutes(group: group, signer: signer)
        SignInPages(sync: sync, signer: signer, verifier: verifier, audience: audience, demoPeople: demoPeople).add(to: routes)
        CalendarSettingsPages(sync: sync).add(to: routes)
        BookingSettingsPages(sync: sync).add(to: routes)
        AgendaPages(sync: sync).add(to: routes)
        SessionPages(sync: sync).add(to: routes)
        BookPages(sync: sync).add(to: routes)
        OperatorPages(sync: sync).add(to: routes)
        routes.get("") { _, context in throw Redirect(to: try context.person.role.home) }
        routes.get("live") { request, context in
            LiveRoutes.stream(of: sync, for: try context.person, request, context.logger)
        }
        routes.group.post("language") { request, _ in
            // Nothing is changed but the words of this browser's pages.
            var request = request
            let fields = FormFields(String(buffer: try await request.collectBody(upTo: FieldReader.largestBody)))
            guard let language: Language = try fields.choice("language") else { throw InvalidInput("language", "is missing") }
            var response = Redirect(to: LocalAddress(fields["back"])?.text ?? "/").response
            response.setCookie(
                Cookie(
                    name: Visits.languageCookie, value: language.rawValue, maxAge: 365 * 24 * 60 * 60, path: "/", sameSite: .lax
                ))
            return response
        }
    }
}

/// An address on this server: whoever is led there stays here.
struct LocalAddress {
    let text: String

    init?(_ text: String?) {
        guard let text, text.utf8.count <= 2_000, text.hasPrefix("/"), !text.hasPrefix("//"),
            // Browsers take a backslash for a slash, and pass over line breaks and tabs.
            text.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "\\") })
        else { return nil }
        self.text = text
    }
}

extension String {
    /// As one part of a path, or one value of a query.
    var pathSegment: String {
        // Letters of other scripts are alphanumeric too, but no part of an address.
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
        return addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
