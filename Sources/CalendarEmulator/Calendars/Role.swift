/// What a principal may do with a calendar, from nothing to everything.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/acl
enum Role: String, Sendable, CaseIterable, Comparable {
    case none
    case freeBusyReader
    case reader
    case writerWithoutPrivateAccess
    case writer
    case owner

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }
}

/// Who is calling.
struct Principal: Sendable, Hashable {
    /// The account's address, lower case.
    var email: String
    /// The project whose quota pays, and which counts as the app of `calendar.app.created`.
    var project: String
    /// A service account acting as itself, without delegation: it may invite nobody.
    var isBareServiceAccount: Bool
}

/// A calling principal and what its token allows.
struct Caller: Sendable {
    var principal: Principal
    /// Scopes without the common prefix, such as `calendar.events`.
    var scopes: Set<String>
}

/// What an access token stands for.
struct AccessToken: Sendable {
    var caller: Caller
    /// Nil for the tokens of people made through the control calls: they last as long as the emulator.
    var expires: Instant?
    /// The service account that signed for it, be it as itself or on behalf of a person.
    var serviceAccount: String?
    /// The consent of a person it rests on, by number: both are revoked together.
    var grant: Int?
}
