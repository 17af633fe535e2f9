import OrderedCollections

/// One switch for each behaviour that Google leaves unconfirmed, or that a test wants to force.
struct Switches: Sendable {
    /// Takes `http://` addresses for push notifications, as tests need them.
    var allowHttpCallbacks = false
    /// The `sync` message of a new channel is delivered before the answer to `watch` is sent; off: after it.
    var syncMessageFirst = false
    /// `freeBusyReader` is enough for `events.watch`; off: it takes a `reader`.
    var freeBusyReaderMayWatch = true
    /// How likely a notification behind the first is lost on its way, as some are with Google.
    var dropNotificationsProbability = 0.0
    /// `acl.insert` for a scope that has a rule changes the rule; off: 409 `duplicate`.
    var aclInsertUpserts = true
    /// Status and reason of the refusals that protect a data owner: others may not delete the calendar, nor change the
    /// owner's rule, and the owner cannot take it off the own list. That they are refused is documented, how is not.
    var ownerRefusalStatus = 403
    var ownerRefusalReason = "forbidden"
    /// Deleted events are gone but for their id: get 404, update 403, insert 409.
    var purgeTombstones = false
    /// Every sync token is answered with 410 `fullSyncRequired`.
    var syncTokensExpired = false
    /// A change of a calendar's rules makes its sync tokens void.
    var aclChangeExpiresSyncTokens = true
    /// A list with `q`, `orderBy`, `iCalUID`, `updatedMin` or property filters ends without a sync token.
    var filtersSuppressSyncToken = true
    /// A list with `singleEvents=true` ends without a sync token: reports differ.
    var singleEventsSuppressSyncToken = false
    /// Repeated `privateExtendedProperty` filters are alternatives (the guide) instead of all required (the reference).
    var repeatedPropertiesMatchAny = false
    /// A PUT without `status` makes a deleted event live again, `confirmed` being the default; off: it stays cancelled.
    var putWithoutStatusRevives = true
    /// A local time that the clocks skip or show twice has the offset of after their change; off: of before it, which is
    /// the later reading of a time that is skipped and the first of one that comes twice.
    var localTimesTakeOffsetAfterChange = false
    /// `summary` and `location` beyond 1024 characters and `description` beyond 8192 are refused, as is widely quoted.
    var longTextsRefused = false
    /// `sequence` rises when an event moves in time.
    var sequenceCountsTimeChanges = true
    /// An empty list of attendees from a bare service account is refused as well.
    var emptyAttendeesRefused = false
    /// Sharing a service account's own primary calendar fails with `cannotRemoveLastCalendarOwnerFromAcl`.
    var serviceAccountPrimaryAclRefused = true
    /// Status of `unauthorized_client` at the token endpoint: both 401 and 400 are reported.
    var unauthorizedClientStatus = 401
    /// An assertion without `kid` is refused; off: every key of the account is tried.
    var keyIDRequired = false
    /// How far the token endpoint's clock is ahead.
    var tokenClockSkewSeconds: Int64 = 0
    /// The longest window of `freebusy.query` in days; nil for none.
    var freeBusyMaxDays: Int? = 92
    /// Events that the owner of a calendar has declined still take time in `freebusy.query`.
    var declinedEventsBlock = false
    /// Deleted events in lists say no more than their id and that they are cancelled, which is all that is guaranteed.
    var bareTombstones = false
    /// How far `updatedMin` may lie back, in days.
    var updatedMinDays = 28
    /// Pages of `events.list` never hold more; nil leaves it to `maxResults`.
    var pageSizeLimit: Int?
    /// Deleting an account deletes the calendars whose data it owns, as Google does with people's. What becomes of a
    /// service account's is not known; off: they stay, without anybody behind their data.
    var accountDeletionDeletesCalendars = true
    /// 401 and the 403 of a missing scope carry `WWW-Authenticate` (RFC 6750).
    var sendsWWWAuthenticate = true
    /// Refusals for the rate, and 503, carry `Retry-After` with this many seconds; nil for none.
    var retryAfterSeconds: Int?
    /// A PATCH counts as three requests in the quotas by the minute, as the reference of events was seen to say.
    var patchCountsThrice = false
    /// The calls of a batch are done in an order of the dice; their answers keep the order of the calls.
    var batchOrderShuffled = false
    /// `quotaUser` divides the quota of a bare service account too, not only that of people it acts as.
    var quotaUserSplitsServiceAccounts = false
    /// Calls that were refused for their rate count towards the next refusal.
    var refusedCallsCount = false
    /// A parameter that takes one value is refused when it is given twice; off: the last one counts.
    var repeatedParametersRefused = true
    /// Every page of `events.list` comes behind an empty one, which Google allows itself.
    var emptyPages = false
    /// Projects in which the Calendar API is not enabled.
    var disabledProjects: [String] = []
}

extension Switches {
    private static let flags: [(name: String, path: any WritableKeyPath<Switches, Bool> & Sendable)] = [
        ("allowHttpCallbacks", \.allowHttpCallbacks), ("syncMessageFirst", \.syncMessageFirst),
        ("freeBusyReaderMayWatch", \.freeBusyReaderMayWatch), ("aclInsertUpserts", \.aclInsertUpserts),
        ("purgeTombstones", \.purgeTombstones), ("syncTokensExpired", \.syncTokensExpired),
        ("aclChangeExpiresSyncTokens", \.aclChangeExpiresSyncTokens),
        ("filtersSuppressSyncToken", \.filtersSuppressSyncToken),
        ("repeatedPropertiesMatchAny", \.repeatedPropertiesMatchAny),
        ("sequenceCountsTimeChanges", \.sequenceCountsTimeChanges), ("emptyAttendeesRefused", \.emptyAttendeesRefused),
        ("putWithoutStatusRevives", \.putWithoutStatusRevives),
        ("localTimesTakeOffsetAfterChange", \.localTimesTakeOffsetAfterChange), ("longTextsRefused", \.longTextsRefused),
        ("singleEventsSuppressSyncToken", \.singleEventsSuppressSyncToken), ("declinedEventsBlock", \.declinedEventsBlock),
        ("keyIDRequired", \.keyIDRequired), ("patchCountsThrice", \.patchCountsThrice),
        ("batchOrderShuffled", \.batchOrderShuffled),
        ("serviceAccountPrimaryAclRefused", \.serviceAccountPrimaryAclRefused), ("bareTombstones", \.bareTombstones),
        ("emptyPages", \.emptyPages),
        ("accountDeletionDeletesCalendars", \.accountDeletionDeletesCalendars),
        ("sendsWWWAuthenticate", \.sendsWWWAuthenticate),
        ("quotaUserSplitsServiceAccounts", \.quotaUserSplitsServiceAccounts),
        ("refusedCallsCount", \.refusedCallsCount), ("repeatedParametersRefused", \.repeatedParametersRefused),
    ]

    var json: JSON {
        var json = JSON.Object()
        for flag in Self.flags { json[flag.name] = .bool(self[keyPath: flag.path]) }
        json["dropNotificationsProbability"] = .number(dropNotificationsProbability)
        json["ownerRefusalStatus"] = .integer(Int64(ownerRefusalStatus))
        json["ownerRefusalReason"] = .string(ownerRefusalReason)
        json["unauthorizedClientStatus"] = .integer(Int64(unauthorizedClientStatus))
        json["tokenClockSkewSeconds"] = .integer(tokenClockSkewSeconds)
        json["freeBusyMaxDays"] = freeBusyMaxDays.map { .integer(Int64($0)) } ?? .null
        json["retryAfterSeconds"] = retryAfterSeconds.map { .integer(Int64($0)) } ?? .null
        json["updatedMinDays"] = .integer(Int64(updatedMinDays))
        json["pageSizeLimit"] = pageSizeLimit.map { .integer(Int64($0)) } ?? .null
        json["disabledProjects"] = .array(disabledProjects.map(JSON.string))
        return .object(json)
    }

    /// Sets what `body` names and leaves the rest.
    mutating func set(_ body: ControlBody) throws(ControlError) {
        for flag in Self.flags {
            if let value = try body.bool(flag.name) { self[keyPath: flag.path] = value }
        }
        if let probability = try body.number("dropNotificationsProbability", in: 0...1) {
            dropNotificationsProbability = probability
        }
        if let status = try body.integer("unauthorizedClientStatus", in: 400...401) { unauthorizedClientStatus = status }
        if let status = try body.integer("ownerRefusalStatus", in: 400...499) { ownerRefusalStatus = status }
        if let reason = try body.string("ownerRefusalReason") {
            guard (1...64).contains(reason.utf8.count) else { throw ControlError("ownerRefusalReason must be a word") }
            ownerRefusalReason = reason
        }
        if let skew = try body.integer("tokenClockSkewSeconds", in: -604_800...604_800) { tokenClockSkewSeconds = Int64(skew) }
        if body.isPresent("freeBusyMaxDays") { freeBusyMaxDays = try body.integer("freeBusyMaxDays", in: 1...36500) }
        if body.isPresent("retryAfterSeconds") { retryAfterSeconds = try body.integer("retryAfterSeconds", in: 0...86400) }
        if let days = try body.integer("updatedMinDays", in: 1...36500) { updatedMinDays = days }
        if body.isPresent("pageSizeLimit") { pageSizeLimit = try body.integer("pageSizeLimit", in: 1...2500) }
        if let projects = try body.strings("disabledProjects") { disabledProjects = projects }
        try body.refuseOthers(
            than: Self.flags.map(\.name) + [
                "dropNotificationsProbability", "unauthorizedClientStatus", "tokenClockSkewSeconds", "freeBusyMaxDays",
                "updatedMinDays", "pageSizeLimit", "retryAfterSeconds", "ownerRefusalStatus",
                "ownerRefusalReason", "disabledProjects",
            ])
    }
}
