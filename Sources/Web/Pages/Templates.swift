import Foundation
import Mustache

/// The pages' templates, by name.
enum Templates {
    private static let files: [String: [UInt8]] = [
        "layout": PackageResources.layout_mustache, "badge": PackageResources.badge_mustache,
        "book": PackageResources.book_mustache, "booking": PackageResources.booking_mustache,
        "calendar": PackageResources.calendar_mustache,
        "chart": PackageResources.chart_mustache, "coach": PackageResources.coach_mustache,
        "conflicts": PackageResources.conflicts_mustache, "disconnect": PackageResources.disconnect_mustache,
        "hold": PackageResources.hold_mustache, "list": PackageResources.list_mustache,
        "month": PackageResources.month_mustache, "operator": PackageResources.operator_mustache,
        "problem": PackageResources.problem_mustache, "session": PackageResources.session_mustache,
        "session_form": PackageResources.session_form_mustache, "sign_in": PackageResources.sign_in_mustache,
        "week": PackageResources.week_mustache,
    ]

    private static let library: MustacheLibrary = {
        MustacheContentTypes.register(PageText(), named: "PAGE")
        var library = MustacheLibrary()
        for name in names {
            do {
                try library.register("{{% CONTENT_TYPE:PAGE }}" + source(name), named: name)
            } catch {
                fatalError("the template \(name) cannot be read: \(error)")
            }
        }
        return library
    }()

    static var names: [String] { files.keys.sorted() }

    static func source(_ name: String) -> String { String(decoding: files[name] ?? [], as: UTF8.self) }

    /// Reads all of them, so that a mistake in one stops the start and not a visitor.
    static func prepare() { _ = library }

    static func render(_ name: String, _ view: [String: Any]) -> String {
        library.render(view, withTemplate: name) ?? ""
    }
}

/// Text in a page. Mustache's own escaping looks at characters, of which one can be a `<` with something before it.
private struct PageText: MustacheContentType {
    func escapeText(_ text: String) -> String { text.htmlEscaped }
}

extension String {
    var htmlEscaped: String {
        var escaped = ""
        escaped.reserveCapacity(utf8.count + 16)
        for scalar in unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
