import Foundation
import JWTKit

/// The key file of a Google service account, as the Cloud console hands it out.
/// Source: https://developers.google.com/identity/protocols/oauth2/service-account
public struct ServiceAccountKey: Sendable {
    public let projectID: String
    public let clientEmail: String
    /// Where assertions are exchanged for access tokens.
    public let tokenURI: URL
    let privateKeyID: String
    let privateKey: Insecure.RSA.PrivateKey

    /// - Parameter text: the JSON itself, base64 of it, or the path of a file that holds it.
    public init(_ text: String) throws(ServiceAccountKeyError) {
        try self.init(json: Self.json(from: text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    public init(json: Data) throws(ServiceAccountKeyError) {
        let file: KeyFile
        do {
            file = try JSONDecoder().decode(KeyFile.self, from: json)
        } catch {
            throw .notJSON
        }
        if let type = file.type, type != "service_account" { throw .wrongType(type) }
        func required(_ field: String, _ value: String?) throws(ServiceAccountKeyError) -> String {
            guard let value, !value.isEmpty else { throw .missingField(field) }
            return value
        }
        clientEmail = try required("client_email", file.client_email)
        privateKeyID = try required("private_key_id", file.private_key_id)
        projectID = file.project_id ?? ""
        let uri = file.token_uri ?? "https://oauth2.googleapis.com/token"
        guard let url = URL(string: uri), ["https", "http"].contains(url.scheme), url.host() != nil else {
            throw .malformedTokenURI
        }
        tokenURI = url
        do {
            privateKey = try Insecure.RSA.PrivateKey(pem: Self.unescaped(try required("private_key", file.private_key)))
        } catch let error as ServiceAccountKeyError {
            throw error
        } catch {
            throw .malformedPrivateKey
        }
    }

    private static func json(from text: String) throws(ServiceAccountKeyError) -> Data {
        if text.isEmpty { throw .empty }
        if text.hasPrefix("{") { return Data(text.utf8) }
        if let decoded = Data(base64Encoded: text, options: .ignoreUnknownCharacters), decoded.first == UInt8(ascii: "{") {
            return decoded
        }
        guard let contents = FileManager.default.contents(atPath: text) else { throw .unreadableFile }
        return contents
    }

    /// Some ways of putting JSON into an environment variable leave the key's line breaks as backslash and n.
    private static func unescaped(_ pem: String) -> String {
        pem.contains("\n") ? pem : pem.replacingOccurrences(of: "\\n", with: "\n")
    }

    private struct KeyFile: Decodable {
        var type: String?
        var project_id: String?
        var private_key_id: String?
        var private_key: String?
        var client_email: String?
        var token_uri: String?
    }
}

extension ServiceAccountKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "ServiceAccountKey(\(clientEmail))" }
    /// The private key stays out of dumps and logs.
    public var customMirror: Mirror { Mirror(self, children: ["clientEmail": clientEmail]) }
}

/// Why a service-account key cannot be used. Each description ends with the mend, and none holds any of the key.
public enum ServiceAccountKeyError: Error, Equatable, CustomStringConvertible {
    case empty
    case unreadableFile
    case notJSON
    case wrongType(String)
    case missingField(String)
    case malformedTokenURI
    case malformedPrivateKey

    public var description: String {
        switch self {
        case .empty: "the service-account key is empty; give the key file's JSON, base64 of it, or its path"
        case .unreadableFile:
            "the service-account key is neither JSON nor base64 of JSON, and no readable file has that path; "
                + "check the path and who may read it"
        case .notJSON: "the service-account key is not a JSON object of strings; download the key file anew and do not edit it"
        case .wrongType(let type):
            "the key is of type \"\(type.prefix(40))\"; create a key of a service account, whose type is \"service_account\""
        case .missingField(let field):
            "the service-account key has no \"\(field)\"; download the key file anew and do not edit it"
        case .malformedTokenURI:
            "\"token_uri\" of the service-account key is no web address; Google's is https://oauth2.googleapis.com/token"
        case .malformedPrivateKey:
            "\"private_key\" of the service-account key is no RSA key in PEM form; download the key file anew, and keep its "
                + "line breaks"
        }
    }
}
