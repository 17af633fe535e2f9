import CalendarSync
import Coaching
import Foundation
import Hummingbird
import NIOCore

/// One page: what is particular about it, to be put into what all have in common.
struct Page {
    enum Section: String, CaseIterable {
        case sessions, booking, settings, `operator`
    }

    var template: String
    var title: String
    var view: [String: Any]
    var section: Section?
    /// Whether it changes by itself when something happens.
    var isLive = false
    var status = HTTPResponse.Status.ok

    func response(_ context: PageContext) -> Response {
        let words = context.words
        var content = view
        content["t"] = words.phrases
        content["formToken"] = context.formToken
        content["lang"] = words.language.rawValue
        var layout: [String: Any] = [
            "t": words.phrases, "title": title, "lang": words.language.rawValue, "dir": words.language.direction,
            "content": Templates.render(template, content), "isLive": isLive, "css": Assets.css.path, "js": Assets.js.path,
            "icon": Assets.icon.path, "address": context.address,
            "languages": Language.allCases.filter { $0 != words.language }.map { ["code": $0.rawValue, "name": $0.name] },
        ]
        if let signIn = context.signIn {
            layout["formToken"] = context.formToken
            layout["personName"] = signIn.person.name ?? signIn.person.email ?? signIn.person.id
            layout["links"] = signIn.person.role.sections.map { section in
                [
                    "href": section.path, "text": words("nav.\(section.rawValue)"), "isHere": section == self.section,
                ] as [String: Any]
            }
        }
        if let toast = context.toast { layout["toast"] = toast.view(words) }
        return Response(
            status: status,
            headers: [.contentType: "text/html; charset=utf-8", .contentLanguage: words.language.rawValue],
            body: .init(byteBuffer: ByteBuffer(string: Templates.render("layout", layout))))
    }

    /// What went wrong, in plain words; Google's own are never among them.
    static func problem(_ problem: Problem, _ context: PageContext) -> Response {
        let words = context.words
        let key =
            words.phrases["problems.\(problem.code)"] == nil
            ? problem.status >= 500 ? "internalError" : "badRequest" : problem.code
        let page = Page(
            template: "problem", title: words("problems.\(key).title"),
            view: ["heading": words("problems.\(key).title"), "text": words("problems.\(key).text")],
            status: .init(code: problem.status))
        var response = page.response(context)
        if let retryAfter = problem.retryAfter { response.headers[.retryAfter] = "\(retryAfter)" }
        return response
    }
}

extension Page.Section {
    var path: String {
        switch self {
        case .sessions: "/sessions"
        case .booking: "/settings/booking"
        case .settings: "/settings/calendar"
        case .operator: "/operator"
        }
    }
}

extension Person.Role {
    /// What there is for them, and where they begin.
    fileprivate var sections: [Page.Section] {
        switch self {
        case .coach: [.sessions, .booking, .settings]
        case .client: [.sessions]
        case .admin: [.operator]
        }
    }

    var home: String { sections.first?.path ?? "/" }
}
