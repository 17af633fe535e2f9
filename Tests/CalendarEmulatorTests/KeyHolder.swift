import Crypto
import CryptoExtras
import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

/// A program with a service account's key file, which signs assertions as Google's clients do.
struct KeyHolder {
    var google: Google
    var file: JSON
    var key: _RSA.Signing.PrivateKey

    var email: String { file["client_email"]?.string ?? "" }
    var keyID: String { file["private_key_id"]?.string ?? "" }

    init(_ google: Google, project: String = "loom", name: String = "sync", delegation: String = "") throws {
        let made = google.control("service-accounts", #"{"project":"\#(project)","name":"\#(name)"\#(delegation)}"#)
        #expect(made.status == 201)
        try self.init(google, file: made.json)
    }

    init(_ google: Google, file: JSON) throws {
        self.google = google
        self.file = file
        key = try _RSA.Signing.PrivateKey(pemRepresentation: try #require(file["private_key"]?.string))
    }

    /// The claims Google wants, with changes; a change to `nil` leaves the claim out.
    func claims(_ changes: [String: JSON?] = [:]) -> JSON.Object {
        let now = Int64(Google.start.timeIntervalSince1970)
        var claims: JSON.Object = [
            "iss": .string(email), "scope": "https://www.googleapis.com/auth/calendar",
            "aud": "https://oauth2.googleapis.com/token", "iat": .integer(now), "exp": .integer(now + 3600),
        ]
        for (name, value) in changes { claims[name] = value }
        return claims
    }

    func assertion(
        _ claims: JSON.Object, algorithm: String = "RS256", keyID: String? = nil, namesKey: Bool = true,
        key: _RSA.Signing.PrivateKey? = nil
    ) throws -> String {
        var header: JSON.Object = ["alg": .string(algorithm), "typ": "JWT"]
        if namesKey { header["kid"] = .string(keyID ?? self.keyID) }
        let parts = [.object(header), .object(claims)].map { JSONWriter.write($0, indent: nil).base64URL }
        let signed = parts.joined(separator: ".")
        let signature = try (key ?? self.key).signature(
            for: SHA256.hash(data: Data(signed.utf8)), padding: .insecurePKCS1v1_5)
        return signed + "." + signature.rawRepresentation.base64URL
    }

    func exchange(_ assertion: String, grant: String = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer") -> Exchange {
        google.send(
            .post, "/token", headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: "grant_type=\(grant)&assertion=\(assertion)")
    }

    /// A client with a fresh token. - Parameter scopes: without the common prefix.
    func client(scopes: String = "calendar", subject: String? = nil) throws -> Client {
        let full = scopes.split(separator: " ").map { "https://www.googleapis.com/auth/" + $0 }.joined(separator: " ")
        let answer = exchange(try assertion(claims(["scope": .string(full), "sub": subject.map(JSON.string)])))
        return Client(google, token: try #require(answer.json["access_token"]?.string, "\(answer.text)"))
    }
}
