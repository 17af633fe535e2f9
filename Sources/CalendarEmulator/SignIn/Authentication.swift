import HTTPTypes
import OrderedCollections

extension World {
    /// Who is calling, by the bearer token in the header or, as Google also allows, in the query.
    func authenticate(_ request: HTTPRequest, query: Query, method: String, now: Instant) throws(GoogleError) -> Caller {
        guard let token = Self.token(of: request, query: query) else { throw .credentialsMissing(method: method) }
        guard let caller = credentials.caller(of: token, now: now), users[caller.principal.email]?.isDisabled != true else {
            throw .credentialsInvalid(method: method)
        }
        return caller
    }

    static func token(of request: HTTPRequest, query: Query) -> String? {
        bearer(request) ?? query["access_token"] ?? query["oauth_token"]
    }

    private static func bearer(_ request: HTTPRequest) -> String? {
        guard let header = request.headerFields.first(.authorization)?.utf8,
            header.prefix(7).elementsEqual("bearer ".utf8, by: { $0 | 0x20 == $1 })
        else { return nil }
        let token = header.dropFirst(7).drop { $0 == UInt8(ascii: " ") }
        return token.isEmpty ? nil : String(Substring(token))
    }
}
