import Foundation
import HTTPTypes
import OrderedCollections

/// `POST /revoke` with `token` in the query or in a form: an access or a refresh token is void, and the other one of the
/// same consent with it.
/// Source: https://developers.google.com/identity/protocols/oauth2/native-app#tokenrevoke
extension World {
    mutating func revokeToken(_ target: Target, body: Data, now: Instant) -> Reply {
        let form = Query(body)
        guard let token = target.query["token"] ?? form["token"], !token.isEmpty else {
            return Refusal.missing("token").reply
        }
        guard credentials.revoke(token, now: now) else {
            return Refusal(error: "invalid_token", description: "Token expired or revoked").reply
        }
        return .json([:], indent: 2)
    }
}
