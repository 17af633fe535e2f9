import CalendarSync
import Coaching
import Foundation
import Hummingbird
import NIOCore

/// Who looks at a page, and in which words.
struct PageContext: ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    /// Nil for somebody who is not signed in.
    var signIn: SignIn?
    var words = Language.en.words
    /// Belongs into every form.
    var formToken: String?
    /// What is to be said about what was just done.
    var toast: Toast?
    /// Where the page can be had again.
    var address = "/"

    init(context: APIContext) throws { coreContext = context.coreContext }

    var person: Person {
        get throws {
            guard let signIn else { throw SignInRefusal.missing }
            return signIn.person
        }
    }

    var coach: Person {
        get throws { try person(.coach) }
    }

    func person(_ role: Person.Role) throws -> Person {
        let person = try person
        guard person.role == role else { throw Problem(.forbidden, "notForYou", "This page is not for you.") }
        return person
    }

    /// On the clocks of the one who looks.
    func dates(zone: Zone? = nil) -> Dates {
        Dates(words, zone: zone ?? ownZone ?? .utc, personal: signIn?.person.locale)
    }

    /// Nil where nobody knows where the visitor is.
    var ownZone: Zone? { signIn?.person.timeZone.flatMap { Zone($0) } }
}

/// A sentence about what was just done; its code travels in a cookie to the page that comes next.
struct Toast: Equatable {
    enum Code: String, CaseIterable {
        case connected, connecting, connectFailed, disconnected, removing, saved, trying, lookingThrough
        case sessionCreated, seriesCreated, sessionSaved, sessionMoved, sessionCancelled, driftSettled
        case booked, slotGone, holdGone, holdReleased, tooManyHolds, unknownSlot, signedOut, failed

        var isProblem: Bool {
            switch self {
            case .connectFailed, .slotGone, .holdGone, .tooManyHolds, .unknownSlot, .failed: true
            default: false
            }
        }
    }

    static let cookieName = "loom-toast"

    var code: Code
    /// Why it went wrong.
    var reason: SyncReason?

    init(_ code: Code, _ reason: SyncReason? = nil) { (self.code, self.reason) = (code, reason) }

    /// Nil for anything but a code of ours.
    init?(_ text: String) {
        let parts = text.split(separator: ".").map(String.init)
        guard let code = parts.first.flatMap({ Code(rawValue: $0) }) else { return nil }
        self.init(code, parts.count > 1 ? SyncReason(rawValue: parts[1]) : nil)
    }

    var text: String { [code.rawValue, reason?.rawValue].compactMap { $0 }.joined(separator: ".") }

    func view(_ words: Words) -> [String: Any] {
        var view: [String: Any] = ["text": words("toasts.\(code.rawValue)"), "isProblem": code.isProblem]
        if let reason { view["more"] = "\(words.sentence(reason)) \(words.nextStep(reason))" }
        return view
    }
}

/// What was filled in, decoded from `application/x-www-form-urlencoded`.
struct FormFields: Sendable {
    private let values: [String: [String]]

    /// - Parameter text: a body, or the query of an address.
    init(_ text: some StringProtocol) {
        var values: [String: [String]] = [:]
        for pair in text.split(separator: "&").prefix(200) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = parts.map { $0.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? "" }
            guard let name = decoded.first, !name.isEmpty else { continue }
            // Browsers send line breaks as CR and LF.
            let value = decoded.count > 1 ? decoded[1].replacingOccurrences(of: "\r\n", with: "\n") : ""
            values[name, default: []].append(value)
        }
        self.values = values
    }

    /// Nil when the field is missing or blank.
    subscript(_ name: String) -> String? {
        values[name]?.first.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
    }

    func all(_ name: String) -> [String] { values[name] ?? [] }

    func choice<Choice: RawRepresentable<String>>(_ name: String, of: Choice.Type = Choice.self) throws -> Choice? {
        guard let text = self[name] else { return nil }
        guard let choice = Choice(rawValue: text) else { throw InvalidInput(name, "is none of the choices") }
        return choice
    }
}

extension Request {
    /// The part of the address behind `?`. What a page does not know of it, it ignores.
    var query: FormFields { FormFields(uri.query ?? "") }
}
