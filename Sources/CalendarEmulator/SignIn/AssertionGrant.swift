import Foundation
import OrderedCollections

/// The grant of service accounts: an assertion signed with the account's key (RFC 7523).
/// Source: https://developers.google.com/identity/protocols/oauth2/service-account
extension World {
    /// How far `iat` may lie ahead of the server's clock. Ten minutes is generous; five were seen accepted.
    private static let allowedSkew: Int64 = 600

    mutating func exchangeAssertion(
        _ form: Query, origins: [String], now: Instant
    ) throws(Refusal) -> (Reply, principal: String?) {
        guard let text = form["assertion"], let assertion = Assertion(text) else {
            throw Refusal(error: "invalid_request", description: "Bad Request")
        }
        let account = try verifiedIssuer(of: assertion)
        let scopes = try checkClaims(of: assertion, origins: origins, now: now)
        let principal = try principal(for: account, subject: assertion.claims["sub"], scopes: scopes)
        return (grant(scopes, to: principal, account: account.email, now: now), principal.email)
    }

    /// Signature first, then account: a good signature for an account that is not there is a different refusal.
    private func verifiedIssuer(of assertion: Assertion) throws(Refusal) -> ServiceAccount {
        let account = assertion.claims["iss"]?.string.flatMap { serviceAccounts[$0.lowercased()] }
        let keys =
            if let keyID = assertion.keyID {
                serviceAccounts.values.compactMap { $0.keys[keyID] }
            } else {
                account.map { Array($0.keys.values) } ?? []
            }
        if !keys.isEmpty || account != nil {
            guard assertion.keyID != nil || !switches.keyIDRequired, keys.contains(where: assertion.isSigned) else {
                throw .grant("Invalid JWT Signature.")
            }
        }
        guard let account else { throw .grant("Invalid grant: account not found") }
        if let keyID = assertion.keyID, account.keys[keyID] == nil { throw .grant("Invalid JWT Signature.") }
        return account
    }

    /// Times, scope, audience, in this order. - Returns: the scopes asked for, as full URLs.
    private func checkClaims(of assertion: Assertion, origins: [String], now: Instant) throws(Refusal) -> [String] {
        let claims = assertion.claims
        guard let issued = claims["iat"]?.double else { throw .grant("Invalid JWT: iat (issued at) is not set.") }
        guard let expires = claims["exp"]?.double else { throw .grant("Invalid JWT: exp (expiration time) is not set.") }
        let clock = Double(now.adding(seconds: switches.tokenClockSkewSeconds).seconds)
        let skew = Double(Self.allowedSkew)
        guard expires - issued <= 3600, expires > issued, expires >= clock, issued <= clock + skew else {
            throw .grant(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                    + "Check your iat and exp values in the JWT claim.")
        }
        let scopes = (claims["scope"]?.string ?? "").split(separator: " ").map(String.init)
        guard !scopes.isEmpty else {
            throw Refusal(error: "invalid_scope", description: "Invalid OAuth scope or ID token audience provided.")
        }
        let audiences = ["https://oauth2.googleapis.com/token"] + origins.map { $0 + "/token" }
        guard let audience = claims["aud"]?.string, audiences.contains(audience) else {
            throw .grant("Invalid JWT: Failed audience check.")
        }
        return scopes
    }

    /// The account itself, or with `sub` the person an administrator lets it act as.
    private func principal(
        for account: ServiceAccount, subject: JSON?, scopes: [String]
    ) throws(Refusal) -> Principal {
        guard let subject = subject, subject != .null else {
            return Principal(email: account.email, project: account.project, isBareServiceAccount: true)
        }
        let parts = subject.string?.lowercased().split(separator: "@", omittingEmptySubsequences: false) ?? []
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { throw .grant("Not a valid email") }
        let email = parts.joined(separator: "@")
        if email == account.email {
            // Delegation to oneself is accepted, and changes nothing.
            return Principal(email: account.email, project: account.project, isBareServiceAccount: true)
        }
        guard let user = users[email], !user.isDisabled else { throw .grant("Invalid email or User ID") }
        guard account.delegatedDomains.contains(String(parts[1])), account.delegatedScopes.isSuperset(of: scopes) else {
            throw Refusal(
                status: switches.unauthorizedClientStatus, error: "unauthorized_client",
                description: "Client is unauthorized to retrieve access tokens using this method, "
                    + "or client not authorized for any of the scopes requested.")
        }
        return Principal(email: email, project: account.project, isBareServiceAccount: false)
    }

    /// A scope Google does not know turns the answer into an id token without an access token, still with 200.
    private mutating func grant(_ scopes: [String], to principal: Principal, account: String, now: Instant) -> Reply {
        guard let known = Scopes.known(scopes) else {
            return .json(["id_token": .string("emulated." + random.keyID() + ".unsigned")], indent: 2)
        }
        let token = random.accessToken()
        credentials.add(
            AccessToken(
                caller: Caller(principal: principal, scopes: Set(known)), expires: now.adding(seconds: Self.tokenLifetime),
                serviceAccount: account), as: token, now: now)
        return .json(
            [
                "access_token": .string(token), "expires_in": .integer(Self.advertisedLifetime), "token_type": "Bearer",
            ], indent: 2)
    }
}
