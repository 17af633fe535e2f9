import Foundation
import OrderedCollections

/// An address that is told when a resource changes.
/// Source: https://developers.google.com/workspace/calendar/api/guides/push
struct PushChannel: Sendable {
    /// Ids are unique within a project.
    struct Key: Sendable, Hashable {
        var project: String
        var id: String
    }

    var key: Key
    var resource: WatchedResource
    /// Who made it, and by which method: what they may see decides whether they are told.
    var caller: Caller
    var route: Route
    var address: String
    var token: String?
    var expires: Instant
    /// The number of the last message; they rise and leave gaps.
    var lastMessage = 0
    /// The version of the resource that was last told.
    var told: Int

    /// What `watch` answers.
    var json: JSON {
        var json: JSON.Object = [
            "kind": "api#channel", "id": .string(key.id), "resourceId": .string(resource.id),
            "resourceUri": .string(resource.uri),
        ]
        json["token"] = token.map(JSON.string)
        json["expiration"] = .string(String(expires.milliseconds))
        return .object(json)
    }

    /// Without the token, and without the query of the address: both may be secrets.
    var report: JSON {
        [
            "id": .string(key.id), "project": .string(key.project), "principal": .string(caller.principal.email),
            "resourceId": .string(resource.id), "resourceUri": .string(resource.uri),
            "address": .string(Self.withoutQuery(address)), "expires": .string(expires.utc),
            "lastMessageNumber": .integer(Int64(lastMessage)),
        ]
    }

    /// Where a connection for an address goes: `https://host:port`.
    static func receiver(of address: String) -> String {
        guard let url = URL(string: address), let host = url.host(percentEncoded: false)?.lowercased() else { return "" }
        let scheme = url.scheme?.lowercased() ?? ""
        return "\(scheme)://\(host):\(url.port ?? (scheme == "https" ? 443 : 80))"
    }

    static func withoutQuery(_ address: String) -> String { String(address.prefix { $0 != "?" && $0 != "#" }) }
}

/// What `watch` is asked for.
struct ChannelRequest {
    static let defaultLifetime: Int64 = 604_800
    /// Longer wishes are cut to 30 days.
    static let maximumLifetime: Int64 = 30 * 86400
    static let maximumIDLength = 64
    static let maximumTokenLength = 256
    static let maximumAddressLength = 2048

    var id: String
    var address: String
    var token: String?
    var expires: Instant

    init(_ body: JSON.Object, now: Instant, allowsHTTP: Bool) throws(GoogleError) {
        guard let type = body["type"]?.string else { throw .required("Missing channel type.") }
        guard type == "web_hook" || type == "webhook" else {
            throw GoogleError(
                code: 400, reason: "push.channelTypeNotSupported", message: "Channel type \(type.prefix(64)) not supported")
        }
        guard let id = body["id"]?.string, !id.isEmpty else { throw .required("Missing channel id.") }
        guard id.utf8.count <= Self.maximumIDLength, id.utf8.allSatisfy(Self.isVisible) else {
            throw .invalid("Invalid channel id.")
        }
        self.id = id
        address = try Self.address(in: body, allowsHTTP: allowsHTTP)
        token = try Self.token(in: body)
        expires = try Self.expiry(in: body, now: now)
    }

    private static func address(in body: JSON.Object, allowsHTTP: Bool) throws(GoogleError) -> String {
        guard let address = body["address"]?.string, !address.isEmpty else { throw .required("Missing channel address.") }
        guard address.utf8.count <= maximumAddressLength, address.utf8.allSatisfy(isVisible), let url = URL(string: address),
            let scheme = url.scheme?.lowercased(), scheme == "https" || scheme == "http", url.user == nil,
            url.host(percentEncoded: false)?.isEmpty == false
        else { throw .invalid("Invalid channel address.") }
        guard scheme == "https" || allowsHTTP else {
            throw GoogleError(
                code: 400, reason: "push.webhookUrlNotHttps", message: "WebHook callback must be HTTPS: \(address)")
        }
        return address
    }

    /// Nil for none, as for an empty one. It travels in a header, and so has to fit into one.
    private static func token(in body: JSON.Object) throws(GoogleError) -> String? {
        guard let token = body["token"], token != .null, token != "" else { return nil }
        guard let text = token.string, text.unicodeScalars.count <= maximumTokenLength,
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { throw .invalid("Invalid channel token.") }
        return text
    }

    /// `expiration`, in milliseconds since 1970, counts before `params.ttl` in seconds; both may be text or numbers.
    private static func expiry(in body: JSON.Object, now: Instant) throws(GoogleError) -> Instant {
        let latest = now.adding(seconds: maximumLifetime)
        if let wish = body["expiration"], wish != .null {
            guard let milliseconds = integer(wish), milliseconds > now.milliseconds else {
                throw .invalid("Invalid channel expiration.")
            }
            return min(Instant(milliseconds: milliseconds), latest)
        }
        guard let wish = body["params"]?["ttl"], wish != .null else { return now.adding(seconds: defaultLifetime) }
        guard let seconds = integer(wish), seconds > 0 else { throw .invalid("Invalid channel ttl.") }
        return min(now.adding(seconds: seconds), latest)
    }

    private static func integer(_ json: JSON) -> Int64? { json.integer ?? json.string.flatMap { Int64($0) } }

    /// Printable ASCII without the space: what can stand in a header and in a URL.
    private static func isVisible(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }
}
