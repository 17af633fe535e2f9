internal import CryptoExtras
import Foundation
import OrderedCollections

/// Making service accounts, with a real key file.
extension World {
    /// Again for the same name: one more key for the same account. Delegations are replaced when given.
    mutating func makeServiceAccount(
        _ body: ControlBody, origin: String, now: Instant, makeKey: Emulator.KeyFactory
    ) throws(ControlError) -> Reply {
        try body.refuseOthers(than: ["project", "name", "delegatedScopes", "delegatedDomains"])
        let project = try Self.label("project", in: body)
        let name = try Self.label("name", in: body)
        let email = "\(name)@\(project).iam.gserviceaccount.com"
        var account =
            serviceAccounts[email] ?? ServiceAccount(email: email, project: project, clientID: random.digits(21))
        if let scopes = try body.strings("delegatedScopes") { account.delegatedScopes = Set(scopes) }
        if let domains = try body.strings("delegatedDomains") {
            account.delegatedDomains = Set(domains.map { $0.lowercased() })
        }
        let key: _RSA.Signing.PrivateKey
        do {
            key = try makeKey()
        } catch {
            throw ControlError("no key could be made: \(error)", status: 500)
        }
        let keyID = random.keyID()
        account.keys[keyID] = key.publicKey
        serviceAccounts[email] = account
        makePrimaryCalendar(of: email, project: project, now: now)
        return .json(Self.keyFile(of: account, key, keyID: keyID, origin: origin), status: 201, indent: 2)
    }

    private static func keyFile(
        of account: ServiceAccount, _ key: _RSA.Signing.PrivateKey, keyID: String, origin: String
    ) -> JSON {
        let certificates = "https://www.googleapis.com/robot/v1/metadata/x509/"
        let escaped = account.email.replacing("@", with: "%40")
        return [
            "type": "service_account", "project_id": .string(account.project), "private_key_id": .string(keyID),
            "private_key": .string(key.pkcs8PEMRepresentation + "\n"), "client_email": .string(account.email),
            "client_id": .string(account.clientID), "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": .string(origin + "/token"),
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "client_x509_cert_url": .string(certificates + escaped), "universe_domain": "googleapis.com",
        ]
    }

    /// A part of a host name: it ends up in the account's address.
    static func label(_ name: String, in body: ControlBody) throws(ControlError) -> String {
        guard let text = try body.string(name), (1...63).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") })
        else { throw ControlError("\(name) is needed: 1 to 63 characters of a-z, 0-9 and -") }
        return text
    }
}
