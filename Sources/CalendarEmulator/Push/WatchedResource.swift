import Crypto
import Foundation
import OrderedCollections

/// A list that can be watched.
enum WatchedResource: Sendable, Hashable {
    case events(calendarID: String)
    case acl(calendarID: String)
    case calendarList(email: String)
    case settings(email: String)

    /// The method's address at Google, as it is seen in answers and headers.
    var uri: String {
        let base = "https://www.googleapis.com/calendar/v3/"
        return switch self {
        case .events(let id): base + "calendars/\(Self.escaped(id))/events?alt=json"
        case .acl(let id): base + "calendars/\(Self.escaped(id))/acl?alt=json"
        case .calendarList: base + "users/me/calendarList?alt=json"
        case .settings: base + "users/me/settings?alt=json"
        }
    }

    /// Opaque and always the same for a resource, over channels, projects and restarts.
    var id: String {
        let name =
            switch self {
            case .events(let id): "events " + id
            case .acl(let id): "acl " + id
            case .calendarList(let email): "calendarList " + email
            case .settings(let email): "settings " + email
            }
        return String(Data(SHA256.hash(data: Data(name.utf8))).base64URL.prefix(27))
    }

    private static func escaped(_ id: String) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        return id.addingPercentEncoding(withAllowedCharacters: allowed) ?? id
    }
}

extension World {
    /// A number that changes whenever the resource does; nil when it is gone.
    func version(of resource: WatchedResource) -> Int? {
        switch resource {
        case .events(let id): events[id]?.lastChange
        case .acl(let id): calendars[id]?.rules.lastChange
        case .calendarList(let email): lists[email]?.lastChange ?? 0
        case .settings(let email): settingsVersion(of: email)
        }
    }
}
