import Foundation
import HTTPTypes

/// The page at `/` and the files it loads, which are built into the program. All that comes from requests it reads through
/// control calls and shows as text.
enum FrontPage {
    /// By name below `/`; the empty name is the page itself.
    private static let files: [String: (type: String, bytes: [UInt8])] = [
        "": ("text/html; charset=utf-8", PackageResources.index_html),
        "icon.svg": ("image/svg+xml", PackageResources.icon_svg),
        "page.css": (css, PackageResources.page_css), "week.css": (css, PackageResources.week_css),
        "tools.css": (css, PackageResources.tools_css), "page.js": (script, PackageResources.page_js),
        "calls.js": (script, PackageResources.calls_js), "dom.js": (script, PackageResources.dom_js),
        "people.js": (script, PackageResources.people_js), "week.js": (script, PackageResources.week_js),
        "layout.js": (script, PackageResources.layout_js), "event.js": (script, PackageResources.event_js),
        "requests.js": (script, PackageResources.requests_js), "faults.js": (script, PackageResources.faults_js),
        "settings.js": (script, PackageResources.settings_js), "words.js": (script, PackageResources.words_js),
    ]
    private static let css = "text/css; charset=utf-8"
    private static let script = "text/javascript; charset=utf-8"

    /// Scripts and styles only from these files, calls only to this emulator, and no other page may frame it.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'
        """

    /// Nil for whatever is no part of the page.
    static func reply(to method: HTTPRequest.Method, _ segments: [String]) -> Reply? {
        guard segments.count < 2, method == .get || method == .head, let file = files[segments.first ?? ""] else { return nil }
        var reply = Reply(response: HTTPResponse(status: .ok), body: method == .head ? Data() : Data(file.bytes))
        reply.response.headerFields[.contentType] = file.type
        reply.response.headerFields[.contentSecurityPolicy] = policy
        reply.response.headerFields[.xContentTypeOptions] = "nosniff"
        if let name = HTTPField.Name("Referrer-Policy") { reply.response.headerFields[name] = "no-referrer" }
        // Another version of the emulator may stand at the same address in a minute.
        reply.response.headerFields[.cacheControl] = "no-store"
        return reply
    }
}
