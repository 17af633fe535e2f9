import Crypto
import Foundation
import HTTPTypes
import OrderedCollections

/// The grants of people's clients: an authorization code from the consent page, and the refresh token it becomes.
/// Source: https://developers.google.com/identity/protocols/oauth2/native-app
extension World {
    mutating func exchangeRefreshToken(
        _ form: Query, _ request: HTTPRequest, now: Instant
    ) throws(Refusal) -> (Reply, principal: String?) {
        let client = try client(of: form, request)
        guard let token = form["refresh_token"], !token.isEmpty else { throw .missing("refresh_token") }
        guard let (number, grant) = credentials.grant(of: token), let user = users[grant.email], !user.isDisabled else {
            throw .grant("Token has been expired or revoked.")
        }
        guard grant.clientID == client.id else {
            throw Refusal(status: 401, error: "unauthorized_client", description: "Unauthorized")
        }
        var scopes = grant.scopes
        if let wanted = form["scope"]?.split(separator: " ").map(String.init), !wanted.isEmpty {
            guard let known = Scopes.known(wanted), Set(grant.scopes).isSuperset(of: known) else {
                throw Refusal(error: "invalid_scope", description: "Bad Request")
            }
            scopes = known
        }
        return (answer(scopes, grant, number, client, refreshToken: nil, now: now), grant.email)
    }

    /// Google gives installed applications a refresh token every time.
    mutating func exchangeCode(
        _ form: Query, _ request: HTTPRequest, now: Instant
    ) throws(Refusal) -> (Reply, principal: String?) {
        let client = try client(of: form, request)
        guard let text = form["code"], !text.isEmpty else { throw .missing("code") }
        guard let code = credentials.takeCode(text, now: now), code.grant.clientID == client.id,
            let user = users[code.grant.email], !user.isDisabled
        else { throw .grant("Malformed auth code.") }
        guard form["redirect_uri"] == code.redirectURI else {
            throw Refusal(error: "redirect_uri_mismatch", description: "Bad Request")
        }
        if let challenge = code.challenge {
            guard let verifier = form["code_verifier"] else { throw .grant("Missing code verifier.") }
            guard challenge.isMet(by: verifier) else { throw .grant("Invalid code verifier.") }
        }
        let token = random.refreshToken()
        let number = credentials.add(code.grant, as: token)
        return (answer(code.grant.scopes, code.grant, number, client, refreshToken: token, now: now), code.grant.email)
    }

    private mutating func answer(
        _ scopes: [String], _ grant: Grant, _ number: Int, _ client: OAuthClient, refreshToken: String?, now: Instant
    ) -> Reply {
        let principal = Principal(email: grant.email, project: client.project, isBareServiceAccount: false)
        let token = random.accessToken()
        credentials.add(
            AccessToken(
                caller: Caller(principal: principal, scopes: Set(scopes)), expires: now.adding(seconds: Self.tokenLifetime),
                grant: number), as: token, now: now)
        var json: JSON.Object = [
            "access_token": .string(token), "expires_in": .integer(Self.advertisedLifetime),
            "scope": .string(scopes.map { Scopes.prefix + $0 }.joined(separator: " ")), "token_type": "Bearer",
        ]
        json["refresh_token"] = refreshToken.map(JSON.string)
        return .json(.object(json), indent: 2)
    }

    /// The client that asks, by its id and secret in the form or in a header of HTTP Basic.
    private func client(of form: Query, _ request: HTTPRequest) throws(Refusal) -> OAuthClient {
        let basic = Self.basicCredentials(request)
        guard let id = form["client_id"] ?? basic?.id else {
            throw Refusal(error: "invalid_request", description: "Could not determine client ID from request.")
        }
        guard let client = credentials.clients[id] else {
            throw Refusal(status: 401, error: "invalid_client", description: "The OAuth client was not found.")
        }
        guard let secret = form["client_secret"] ?? basic?.secret else {
            throw Refusal(error: "invalid_request", description: "client_secret is missing.")
        }
        guard secret == client.secret else {
            throw Refusal(status: 401, error: "invalid_client", description: "The provided client secret is invalid.")
        }
        return client
    }

    private static func basicCredentials(_ request: HTTPRequest) -> (id: String, secret: String)? {
        let header = request.headerFields[.authorization]?.split(separator: " ") ?? []
        guard header.count == 2, header[0].lowercased() == "basic", let data = Data(base64Encoded: String(header[1])) else {
            return nil
        }
        let parts = String(decoding: data, as: UTF8.self).split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
        let decoded = parts.map { $0.removingPercentEncoding ?? String($0) }
        return (decoded[0], decoded[1])
    }
}

/// What a client sends ahead so that nobody else can use its code (RFC 7636).
struct CodeChallenge: Sendable {
    enum Method: String, Sendable {
        case plain
        case sha256 = "S256"
    }

    var text: String
    var method: Method

    func isMet(by verifier: String) -> Bool {
        switch method {
        case .plain: verifier == text
        case .sha256: Data(SHA256.hash(data: Data(verifier.utf8))).base64URL == text
        }
    }
}
