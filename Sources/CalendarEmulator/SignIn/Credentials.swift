import OrderedCollections

/// A program that people let act for them, as Google's console registers it. It belongs to a project.
struct OAuthClient: Sendable {
    var id: String
    var secret: String
    var project: String
}

/// What a person has agreed to: a client may do this much in their name.
struct Grant: Sendable {
    var email: String
    var clientID: String
    /// Without the common prefix, in the order in which they were asked for.
    var scopes: [String]
}

/// What a client gets from the consent page and exchanges for tokens, once.
struct AuthorizationCode: Sendable {
    var grant: Grant
    var redirectURI: String
    /// Proof Key for Code Exchange (RFC 7636); nil when the client does not use it.
    var challenge: CodeChallenge?
    var expires: Instant
}

/// Every secret that lets somebody in, but for the keys of service accounts.
struct Credentials: Sendable {
    /// Google makes the oldest refresh token of a person and a client void when there are more.
    /// Source: https://developers.google.com/identity/protocols/oauth2#expiration
    static let refreshTokensPerGrant = 100
    /// Above this many access tokens the expired ones are looked for, and again when there are twice as many.
    private static let sweepThreshold = 1024

    var clients: OrderedDictionary<String, OAuthClient> = [:]
    private var access: [String: AccessToken] = [:]
    private var refresh: [String: (number: Int, grant: Grant)] = [:]
    private var codes: [String: AuthorizationCode] = [:]
    private var lastNumber = 0
    private var sweepAt = sweepThreshold

    mutating func add(_ token: AccessToken, as text: String, now: Instant) {
        if access.count >= sweepAt {
            access = access.filter { $0.value.expires.map { now < $0 } ?? true }
            sweepAt = max(Self.sweepThreshold, access.count * 2)
        }
        access[text] = token
    }

    /// Nil when there is no such token, or no longer.
    func caller(of token: String, now: Instant) -> Caller? {
        guard let access = access[token], access.expires.map({ now < $0 }) ?? true else { return nil }
        return access.caller
    }

    /// - Parameter endsOldest: the access tokens of a consent that is one too many go with it. Google lets them expire, but
    ///   those that come with a person may never do.
    /// - Returns: the number of the grant, for the access tokens that rest on it.
    mutating func add(_ grant: Grant, as text: String, endsOldest: Bool = false) -> Int {
        let others = refresh.filter { $0.value.grant.email == grant.email && $0.value.grant.clientID == grant.clientID }
        if others.count >= Self.refreshTokensPerGrant, let oldest = others.min(by: { $0.value.number < $1.value.number }) {
            refresh.removeValue(forKey: oldest.key)
            if endsOldest { access = access.filter { $0.value.grant != oldest.value.number } }
        }
        lastNumber += 1
        refresh[text] = (lastNumber, grant)
        return lastNumber
    }

    func grant(of refreshToken: String) -> (number: Int, grant: Grant)? { refresh[refreshToken] }

    mutating func add(_ code: AuthorizationCode, as text: String, now: Instant) {
        codes = codes.filter { now < $0.value.expires }
        codes[text] = code
    }

    /// A code works once, whatever comes of it.
    mutating func takeCode(_ text: String, now: Instant) -> AuthorizationCode? {
        codes.removeValue(forKey: text).flatMap { now < $0.expires ? $0 : nil }
    }
}

// MARK: - Taking away

extension Credentials {
    /// Takes a token away, and with it the other tokens of the same consent.
    /// - Returns: whether it was one.
    mutating func revoke(_ token: String, now: Instant) -> Bool {
        let known = access.removeValue(forKey: token)
        var grant = known?.grant
        if let revoked = refresh.removeValue(forKey: token) {
            grant = revoked.number
        } else {
            guard let known, known.expires.map({ now < $0 }) ?? true else { return false }
        }
        if let grant {
            access = access.filter { $0.value.grant != grant }
            refresh = refresh.filter { $0.value.number != grant }
        }
        return true
    }

    /// Takes away every token and every code of a person or a service account.
    /// - Returns: how many tokens that were.
    mutating func revokeAll(of email: String) -> Int {
        let before = access.count + refresh.count
        access = access.filter { $0.value.caller.principal.email != email && $0.value.serviceAccount != email }
        refresh = refresh.filter { $0.value.grant.email != email }
        codes = codes.filter { $0.value.grant.email != email }
        return before - access.count - refresh.count
    }
}
