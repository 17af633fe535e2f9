import Foundation
import HTTPTypes
import OrderedCollections

/// `POST /token`: a signed assertion, a refresh token or an authorization code becomes an access token, or an error of
/// RFC 6749 in Google's words.
/// Source: https://developers.google.com/identity/protocols/oauth2
extension World {
    /// Seconds an access token lasts, and what `expires_in` says of it.
    static let tokenLifetime: Int64 = 3600
    static let advertisedLifetime: Int64 = 3599

    struct Refusal: Error {
        var status = 400
        var error: String
        var description: String

        static func grant(_ description: String) -> Refusal { Refusal(error: "invalid_grant", description: description) }
        static func missing(_ parameter: String) -> Refusal {
            Refusal(error: "invalid_request", description: "Missing required parameter: \(parameter)")
        }

        var reply: Reply {
            .json(["error": .string(error), "error_description": .string(description)], status: status, indent: 2)
        }
    }

    /// - Parameter origins: the addresses of this emulator; their `/token` is accepted as audience beside Google's own.
    /// - Returns: the answer, and on whose behalf it was asked when that is certain.
    mutating func exchangeToken(
        _ request: HTTPRequest, body: Data, origins: [String], now: Instant
    ) -> (Reply, principal: String?) {
        let form = Query(body)
        do throws(Refusal) {
            switch form["grant_type"] ?? "" {
            case "urn:ietf:params:oauth:grant-type:jwt-bearer":
                return try exchangeAssertion(form, origins: origins, now: now)
            case "refresh_token":
                return try exchangeRefreshToken(form, request, now: now)
            case "authorization_code":
                return try exchangeCode(form, request, now: now)
            case let other:
                throw Refusal(error: "unsupported_grant_type", description: "Invalid grant_type: \(other.prefix(100))")
            }
        } catch {
            return (error.reply, nil)
        }
    }
}
