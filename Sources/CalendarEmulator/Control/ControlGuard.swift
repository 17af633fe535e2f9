import Foundation
import HTTPTypes

/// Control calls need no token, so they must not be open to other sites in the browser of whoever runs the emulator. A browser
/// always says in `Origin` which site a call that changes something comes from; other programs do not send it.
extension ControlRequest {
    /// - Parameter boundTo: the address the emulator was started at.
    func refuseOthers(boundTo origin: String) throws(ControlError) {
        if let authority = headers.authority, !Self.isOwn(Self.host(of: authority), boundTo: origin) {
            throw ControlError(
                "control calls are taken under the address the emulator was started at, or under a name of this machine; "
                    + "not under \(authority.prefix(100))", status: 403)
        }
        if let site = headers.origin, !Self.isSame(site, authority: headers.authority) {
            throw ControlError("control calls of other sites are refused", status: 403)
        }
    }

    /// A name that a site of the world could point at this machine (DNS rebinding) is not its own. Numbers are, since no
    /// site can claim them, and with an emulator that listens on every address so are names without a dot, by which
    /// containers know each other.
    private static func isOwn(_ host: String, boundTo origin: String) -> Bool {
        let bound = Self.host(of: origin.replacing("https://", with: "").replacing("http://", with: ""))
        if host == bound || host == "localhost" || host.hasSuffix(".localhost") { return true }
        if host.hasPrefix("[") || isIPv4(host) { return true }
        return ["0.0.0.0", "[::]"].contains(bound) && !host.isEmpty && !host.contains(".")
    }

    private static func isIPv4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8($0) != nil }
    }

    /// Without the port, in lower case; an address of IPv6 keeps its brackets.
    private static func host(of authority: String) -> String {
        let lower = authority.lowercased()
        if lower.hasPrefix("["), let end = lower.firstIndex(of: "]") { return String(lower[...end]) }
        return String(lower.prefix { $0 != ":" })
    }

    private static func isSame(_ origin: String, authority: String?) -> Bool {
        guard let authority = authority?.lowercased() else { return false }
        return ["http://" + authority, "https://" + authority].contains(origin.lowercased())
    }
}

/// Which methods a control path takes, for the answer to the others.
enum ControlPaths {
    /// `*` stands for any one segment.
    private static let table: [(path: [String], methods: [HTTPRequest.Method])] = [
        (["service-accounts"], [.post]), (["service-accounts", "*"], [.delete]),
        (["service-accounts", "*", "keys", "*"], [.delete]), (["users"], [.post]), (["users", "*"], [.patch, .delete]),
        (["oauth-clients"], [.post]), (["tokens", "revoke"], [.post]), (["calendars", "*", "acl", "*"], [.delete]),
        (["quotas"], [.post]), (["faults"], [.post, .delete]), (["clock"], [.post]), (["switches"], [.post]),
        (["requests"], [.get]), (["notifications"], [.get]), (["version"], [.get]), (["overview"], [.get]), (["week"], [.get]),
        (["event"], [.get]), (["settings"], [.post]), (["state"], [.get]), (["reset"], [.post]),
    ]

    static func methods(for segments: [String]) -> [HTTPRequest.Method]? {
        table.first { entry in
            entry.path.count == segments.count && zip(entry.path, segments).allSatisfy { $0 == "*" || $0 == $1 }
        }?.methods
    }
}
