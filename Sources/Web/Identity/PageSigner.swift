import CalendarSync
import Crypto
import Foundation
import Hummingbird

/// Signs what browsers keep for us: the cookie that says who is signed in, and the token in every form.
struct PageSigner: Sendable {
    private let key: SymmetricKey
    /// Whether pages are reached by https alone.
    let isSecure: Bool

    init(secret: String, isSecure: Bool) {
        key = SymmetricKey(data: SHA256.hash(data: Data(secret.utf8)))
        self.isSecure = isSecure
    }

    /// Browsers take a name that begins like this from https and for this host alone.
    /// Source: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
    private var cookieName: String { isSecure ? "__Host-loom" : "loom" }

    func cookie(for signIn: SignIn) -> Cookie {
        let text = "\(signIn.id).\(signIn.number).\(Int(signIn.expiresAt.timeIntervalSince1970))"
        return Cookie(
            name: cookieName, value: "\(text).\(code(for: "cookie \(text)"))", expires: signIn.expiresAt, path: "/",
            secure: isSecure, httpOnly: true, sameSite: .lax)
    }

    /// Takes the cookie away.
    var noCookie: Cookie {
        Cookie(name: cookieName, value: "", maxAge: 0, path: "/", secure: isSecure, httpOnly: true, sameSite: .lax)
    }

    /// What a browser shows, if we have signed it and it has not expired.
    func signIn(in cookies: Cookies, now: Date) -> (id: String, number: Int)? {
        guard let value = cookies[cookieName]?.value else { return nil }
        let parts = value.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, isCode(parts[3], for: "cookie \(parts[0]).\(parts[1]).\(parts[2])"),
            let number = Int(parts[1]), let expiry = TimeInterval(parts[2]), expiry > now.timeIntervalSince1970
        else { return nil }
        return (parts[0], number)
    }

    /// What a form has to bring along, so that no other web site can send it for somebody.
    func formToken(of signInID: String) -> String { code(for: "form \(signInID)") }

    func isFormToken(_ token: String, of signInID: String) -> Bool { isCode(token, for: "form \(signInID)") }

    private func code(for text: String) -> String {
        Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)).base64URL
    }

    private func isCode(_ code: String, for text: String) -> Bool {
        guard let code = Data(base64URL: code) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Data(text.utf8), using: key)
    }
}

extension Data {
    /// RFC 4648, section 5, without padding.
    var base64URL: String {
        base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    init?(base64URL text: String) {
        let base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        self.init(base64Encoded: base64 + String(repeating: "=", count: (4 - base64.count % 4) % 4))
    }
}
