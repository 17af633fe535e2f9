import AsyncHTTPClient
import Foundation
import JWTKit
import NIOCore
import NIOHTTP1

/// Checks the signatures of the platform's tokens.
public enum TokenVerifier: Sendable {
    /// HS256 with a secret that the platform and this server share.
    case secret(TokenSecret)
    /// Public keys that the platform publishes.
    case publishedKeys(PublishedKeys)

    func claims(of token: String, now: Date) async throws -> PersonClaims {
        do {
            switch self {
            case .secret(let secret): return try await secret.keys.verify(token)
            case .publishedKeys(let published): return try await published.verify(token, now: now)
            }
        } catch let error as SignInRefusal {
            throw error
        } catch {
            throw SignInRefusal.invalid("its signature does not fit, or it is no token at all")
        }
    }
}

/// The shared secret, which also signs tokens: for trying things out, and for the command line.
public struct TokenSecret: Sendable {
    /// HS256 is no stronger than its secret (RFC 7518, section 3.2).
    public static let shortest = 32  // bytes

    let keys: JWTKeyCollection

    /// - Returns: nil when the secret is shorter than ``shortest``.
    public init?(_ secret: String) async {
        guard secret.utf8.count >= Self.shortest else { return nil }
        keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
    }

    public func sign(_ claims: PersonClaims) async throws -> String { try await keys.sign(claims) }
}

/// A JSON Web Key Set at a URL: fetched when first needed, when it has become old, and when a token names a key that is not in it.
public actor PublishedKeys {
    /// A key that was withdrawn is trusted no longer than this, as long as the platform's server answers.
    static let lifetime: TimeInterval = 10 * 60
    /// Tokens with made-up keys do not make us ask more often than this.
    static let quiet: TimeInterval = 30
    /// As long as there are no keys at all, nobody can sign in.
    static let quietWithoutKeys: TimeInterval = 1
    static let largestAnswer = 256 * 1024

    private let url: URL
    private let client: HTTPClient
    private var keys: JWTKeyCollection?
    private var ids: Set<String> = []
    private var askedAt = Date.distantPast
    private var fetching: Task<Void, Never>?

    public init(url: URL, client: HTTPClient = .shared) {
        self.url = url
        self.client = client
    }

    func verify(_ token: String, now: Date) async throws -> PersonClaims {
        let kid = try DefaultJWTParser().parse(Data(token.utf8), as: PersonClaims.self).header.kid
        let isUnknown = kid.map { !ids.contains($0) } ?? false
        let age = abs(now.timeIntervalSince(askedAt))
        let isDue = keys == nil ? age > Self.quietWithoutKeys : age > Self.lifetime || (isUnknown && age > Self.quiet)
        if fetching != nil || isDue { await fetchOnce(now: now) }
        guard let keys else { throw SignInRefusal.keysUnavailable }
        return try await keys.verify(token, iteratingKeys: kid == nil)
    }

    /// However many tokens wait for keys, they are fetched once.
    private func fetchOnce(now: Date) async {
        let task = fetching ?? Task { await fetch(now: now) }
        fetching = task
        await task.value
        if fetching == task { fetching = nil }
    }

    private func fetch(now: Date) async {
        askedAt = now
        do {
            let answer = try await client.execute(HTTPClientRequest(url: url.absoluteString), timeout: .seconds(5))
            guard answer.status == .ok else { return }
            let body = try await answer.body.collect(upTo: Self.largestAnswer)
            let set = try JSONDecoder().decode(KeySet.self, from: Data(body.readableBytesView)).keys.compactMap(\.key)
            let fresh = JWTKeyCollection()
            var known: Set<String> = []
            for (index, key) in set.enumerated() {
                var key = key
                // A key may have no id; then its token has none either, and all keys are tried.
                let id = key.keyIdentifier ?? JWKIdentifier(string: "key \(index)")
                key.keyIdentifier = id
                if (try? await fresh.add(jwk: key)) != nil { known.insert(id.string) }
            }
            keys = fresh
            ids = known
        } catch {
            // The keys at hand stay good while the platform's server is away.
            return
        }
    }
}

/// A JSON Web Key Set, of which only keys that sign are taken; others are passed over (RFC 7517, section 5).
private struct KeySet: Decodable {
    let keys: [Entry]

    struct Entry: Decodable {
        let key: JWK?

        private enum Field: String, CodingKey { case use }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Field.self)
            guard (try? fields.decode(String.self, forKey: .use)) != "enc", var key = try? JWK(from: decoder) else {
                self.key = nil
                return
            }
            // Without an algorithm of its own, one that fits, a key would take the one that a token claims.
            key.algorithm = Self.algorithm(of: key)
            self.key = key.algorithm == nil ? nil : key
        }

        private static func algorithm(of key: JWK) -> JWK.Algorithm? {
            if key.keyType == .rsa {
                let stated = key.algorithm?.rawValue ?? ""
                return stated.hasPrefix("RS") || stated.hasPrefix("PS") ? key.algorithm : .rs256
            }
            return switch key.curve?.rawValue {
            case "P-256": .es256
            case "P-384": .es384
            case "P-521": .es512
            case "Ed25519": .eddsa
            default: nil
            }
        }
    }
}
