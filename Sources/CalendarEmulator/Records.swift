internal import CryptoExtras
import OrderedCollections

/// A service account with the public halves of its keys; the private ones leave in the key file and are forgotten.
struct ServiceAccount: Sendable {
    var email: String
    var project: String
    /// The numeric id under which an administrator authorises delegation.
    var clientID: String
    /// By `private_key_id`.
    var keys: OrderedDictionary<String, _RSA.Signing.PublicKey> = [:]
    /// Full scope URLs an administrator has authorised for delegation.
    var delegatedScopes: Set<String> = []
    /// Domains whose people the account may act as.
    var delegatedDomains: Set<String> = []
}

struct User: Sendable {
    var email: String
    var name: String?
    var isAdmin = false
    /// Suspended: nobody gets in with this person's tokens until that ends.
    var isDisabled = false
}

/// A calendar without its events, which live in an `EventStore` so that this stays cheap to copy.
struct CalendarRecord: Sendable {
    var id: String
    var summary: String
    var description: String?
    var location: String?
    var timeZone: String
    /// What events of this calendar can be labelled with.
    var labels: [JSON] = []
    /// The one account that may delete it; nil for primary calendars, which belong to the account of the same id.
    var dataOwner: String?
    /// The project that made it, for `calendar.app.created`.
    var project: String
    var updated: Instant
    var etag: String
    /// Tells the primary calendar of an account from that of an earlier account of the same address.
    var birth: Int64 = 0
    /// By rule id, such as `user:coach@example.com`.
    var rules = TrackedList<AccessRule>()
    /// Grows with every change of the rules: sync tokens of before are void.
    var rulesVersion: Int64 { Int64(rules.lastChange) }

    var isPrimary: Bool { dataOwner == nil }
    var owner: String { dataOwner ?? id }
}

struct AccessRule: Sendable {
    var scopeType: String
    /// Nil for `default`, the public.
    var scopeValue: String?
    var role: Role
    var etag: String

    var id: String { scopeValue.map { scopeType + ":" + $0 } ?? scopeType }
}

/// A calendar in somebody's list, with what that person set for it.
struct ListEntry: Sendable {
    var calendarID: String
    /// `summaryOverride`, `colorId`, `hidden`, `selected`, `defaultReminders`, `notificationSettings` and the RGB colours.
    var settings: JSON.Object
    var etag: String
    /// Of an entry that went with its holder's access: the birth of that calendar, with which it comes back.
    var lostFrom: Int64?
}

/// A mail Google would have sent.
struct Mail: Sendable {
    var to: String
    /// Always `calendarShared` so far.
    var kind: String
    var calendarID: String
    var role: Role
    var time: Instant
}
