import Foundation
import HTTPTypes
import OrderedCollections

/// What a client wants of a person, as it stands in the address of the consent page.
/// Source: https://developers.google.com/identity/protocols/oauth2/native-app
struct ConsentRequest {
    var client: OAuthClient
    /// Of this machine: the client listens there.
    var redirectURI: String
    /// Without the common prefix.
    var scopes: [String]
    var state: String?
    var challenge: CodeChallenge?

    /// Why nobody is asked, under the names Google's page shows. Nothing of it goes to the client.
    struct Problem: Error {
        var name: String
        var sentence: String
    }

    init(_ query: Query, clients: OrderedDictionary<String, OAuthClient>) throws(Problem) {
        guard let client = query["client_id"].flatMap({ clients[$0] }) else {
            throw Problem(name: "invalid_client", sentence: "The OAuth client was not found.")
        }
        self.client = client
        guard query["response_type"] == "code" else {
            throw Problem(name: "unsupported_response_type", sentence: "response_type must be code.")
        }
        guard let uri = query["redirect_uri"], Self.isLoopback(uri) else {
            throw Problem(
                name: "redirect_uri_mismatch",
                sentence: "redirect_uri must be an http address of this machine, such as http://localhost:8080/.")
        }
        redirectURI = uri
        let wanted = (query["scope"] ?? "").split(separator: " ").map(String.init)
        guard !wanted.isEmpty, let scopes = Scopes.known(wanted) else {
            throw Problem(name: "invalid_scope", sentence: "scope must be scopes of the Calendar API, as full addresses.")
        }
        self.scopes = scopes
        state = query["state"]
        challenge = try Self.challenge(in: query)
    }

    private static func challenge(in query: Query) throws(Problem) -> CodeChallenge? {
        guard let text = query["code_challenge"] else { return nil }
        guard let method = CodeChallenge.Method(rawValue: query["code_challenge_method"] ?? "plain"),
            (43...128).contains(text.utf8.count)
        else {
            throw Problem(name: "invalid_request", sentence: "code_challenge is none of RFC 7636.")
        }
        return CodeChallenge(text: text, method: method)
    }

    /// Any port and path: an installed application takes the port that is free.
    private static func isLoopback(_ uri: String) -> Bool {
        guard uri.utf8.count <= 2000, let parts = URLComponents(string: uri), parts.scheme == "http", parts.user == nil,
            parts.password == nil, parts.fragment == nil, let host = parts.host
        else { return false }
        return ["localhost", "127.0.0.1", "[::1]", "::1"].contains(host)
    }

    /// Where the browser goes next, with `more` in its query.
    func redirect(_ more: KeyValuePairs<String, String>) -> Reply {
        let unreserved = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        var pairs = more.map { ($0.key, $0.value) }
        if let state { pairs.append(("state", state)) }
        let query = pairs.map { $0.0 + "=" + ($0.1.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "") }
        var parts = URLComponents(string: redirectURI) ?? URLComponents()
        parts.percentEncodedQuery = ((parts.percentEncodedQuery.map { [$0] } ?? []) + query).joined(separator: "&")
        var reply = Reply.empty(status: 302)
        reply.response.headerFields[.location] = parts.string
        return reply
    }
}

extension World {
    private static let codeLifetime: Int64 = 600

    /// `GET` shows the people to choose from; the page posts the choice to its own address. A program without a browser
    /// names the person in `login_hint` beside `prompt=none` and is sent on at once.
    /// - Returns: the answer, and who was chosen.
    mutating func askConsent(
        _ request: HTTPRequest, _ target: Target, body: Data, now: Instant
    ) -> (Reply, principal: String?) {
        let wanted: ConsentRequest
        do {
            wanted = try ConsentRequest(target.query, clients: credentials.clients)
        } catch {
            let page = ConsentPage.problem(error)
            return (.html(page, status: error.name == "invalid_client" ? 401 : 400), nil)
        }
        let form = Query(request.method == .post ? body : Data())
        if form.has("denied") { return (wanted.redirect(["error": "access_denied"]), nil) }
        let hint = target.query["prompt"] == "none" ? target.query["login_hint"] : nil
        guard let email = (form["email"] ?? hint)?.lowercased() else {
            return (.html(ConsentPage.choice(for: wanted, among: users.values.filter { !$0.isDisabled }), status: 200), nil)
        }
        guard let user = users[email], !user.isDisabled else {
            let problem = ConsentRequest.Problem(name: "access_denied", sentence: "There is no such person here.")
            return (.html(ConsentPage.problem(problem), status: 400), nil)
        }
        let code = random.authorizationCode()
        let grant = Grant(email: email, clientID: wanted.client.id, scopes: wanted.scopes)
        credentials.add(
            AuthorizationCode(
                grant: grant, redirectURI: wanted.redirectURI, challenge: wanted.challenge,
                expires: now.adding(seconds: Self.codeLifetime)), as: code, now: now)
        let scope = wanted.scopes.map { Scopes.prefix + $0 }.joined(separator: " ")
        return (wanted.redirect(["code": code, "scope": scope]), email)
    }
}
