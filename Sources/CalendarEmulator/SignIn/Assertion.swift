import Crypto
internal import CryptoExtras
import Foundation
import OrderedCollections

/// A signed claim of a service account (RFC 7515, RFC 7523), taken apart but not yet believed.
struct Assertion {
    var algorithm: String?
    var keyID: String?
    var claims: JSON.Object
    private var signed: Data
    private var signature: Data

    /// Nil when `text` is not three parts of base64url with JSON objects in the first two.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), let claims = Self.object(parts[1]),
            let signature = Data(base64URL: parts[2])
        else { return nil }
        algorithm = header["alg"]?.string
        keyID = header["kid"]?.string
        self.claims = claims
        signed = Data((parts[0] + "." + parts[1]).utf8)
        self.signature = signature
    }

    /// Whether the holder of the private half of `key` signed this, with RS256 and nothing else.
    func isSigned(by key: _RSA.Signing.PublicKey) -> Bool {
        guard algorithm == "RS256" else { return false }
        return key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: signed),
            padding: .insecurePKCS1v1_5)
    }

    private static func object(_ part: Substring) -> JSON.Object? {
        guard let data = Data(base64URL: part) else { return nil }
        return (try? JSONParser.parse(data))?.object
    }
}

extension Data {
    /// RFC 4648 section 5 as RFC 7515 wants it: no padding, nothing but the alphabet, and one spelling for each value.
    init?(base64URL text: some StringProtocol) {
        guard !text.isEmpty, !text.utf8.contains(where: { "+/=".utf8.contains($0) }) else { return nil }
        let standard = String(text).replacing("-", with: "+").replacing("_", with: "/")
        self.init(base64Encoded: standard + String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4))
        guard base64URL == text else { return nil }
    }

    var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
