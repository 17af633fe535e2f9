import Foundation
import OrderedCollections

/// `*.watch` and `channels.stop`, and what tells channels of changes.
/// Source: https://developers.google.com/workspace/calendar/api/guides/push
extension World {
    mutating func watchEvents(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, _) = try calendar(for: call, atLeast: roleToWatchEvents)
        return try watch(.events(calendarID: calendar.id), call)
    }

    mutating func watchRules(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, _) = try calendar(for: call, atLeast: .writer)
        return try watch(.acl(calendarID: calendar.id), call)
    }

    mutating func watchEntries(_ call: Call) throws(GoogleError) -> Answer {
        try watch(.calendarList(email: call.principal.email), call)
    }

    mutating func watchSettings(_ call: Call) throws(GoogleError) -> Answer {
        try watch(.settings(email: call.principal.email), call)
    }

    private var roleToWatchEvents: Role { switches.freeBusyReaderMayWatch ? .freeBusyReader : .reader }

    /// Opens a channel. Its first message says `sync` and no more.
    private mutating func watch(_ resource: WatchedResource, _ call: Call) throws(GoogleError) -> Answer {
        let request = try ChannelRequest(call.object(), now: call.now, allowsHTTP: switches.allowHttpCallbacks)
        let key = PushChannel.Key(project: call.principal.project, id: request.id)
        forgetExpiredChannels(now: call.now)
        guard channels[key] == nil else { throw .channelIDNotUnique(request.id) }
        guard !channels.isFull else { throw .usageLimitsExceeded }
        let channel = PushChannel(
            key: key, resource: resource, caller: call.caller, route: call.route, address: request.address,
            token: request.token, expires: request.expires, told: version(of: resource) ?? 0)
        channels.open(channel)
        tell(key, state: .sync, now: call.now)
        return .resource(channel.json, etag: nil)
    }

    /// Whoever may not stop a channel hears the same as for one that is not there.
    mutating func stopChannel(_ call: Call) throws(GoogleError) -> Answer {
        let body = try call.object()
        guard let id = body["id"]?.string, !id.isEmpty else { throw .required("Missing channel id.") }
        guard let resourceID = body["resourceId"]?.string, !resourceID.isEmpty else { throw .required("Missing resource id.") }
        let key = PushChannel.Key(project: call.principal.project, id: id)
        forgetExpiredChannels(now: call.now)
        guard let channel = channels[key], channel.resource.id == resourceID, Self.mayStop(channel, call.principal) else {
            throw .channelNotFound(id, project: Self.projectNumber(key.project))
        }
        channels.close(key)
        outbox.forget(key, as: .stopped)
        return .empty
    }

    /// A service account's channel may be stopped by everybody of the project, a person's by that person.
    private static func mayStop(_ channel: PushChannel, _ principal: Principal) -> Bool {
        channel.caller.principal.isBareServiceAccount || channel.caller.principal.email == principal.email
    }

    // MARK: - Changes

    /// Compares what is watched with what was told of it, after every request: so no method has to think of channels.
    mutating func noticeChanges(now: Instant) {
        guard !channels.isEmpty else { return }
        forgetExpiredChannels(now: now)
        for (resource, told) in channels.resources {
            guard let version = version(of: resource), version != told else { continue }
            for key in channels.take(version, of: resource) where mayHear(key) { tell(key, state: .exists, now: now) }
        }
    }

    /// Nobody is told that a channel has expired. What was still to be said goes too: its id is free for another one.
    private mutating func forgetExpiredChannels(now: Instant) {
        for key in channels.closeExpired(now: now) { outbox.forget(key, as: .expired) }
    }

    /// Whoever lost access is told nothing, not even that.
    private func mayHear(_ key: PushChannel.Key) -> Bool {
        guard let channel = channels[key] else { return false }
        switch channel.resource {
        case .events(let id): return has(roleToWatchEvents, of: id, channel)
        case .acl(let id): return has(.writer, of: id, channel)
        case .calendarList, .settings: return true
        }
    }

    private func has(_ needed: Role, of calendarID: String, _ channel: PushChannel) -> Bool {
        guard let calendar = calendars[calendarID] else { return false }
        return role(of: channel.caller, in: calendar, for: channel.route) >= needed
    }

    /// Numbers begin with 1, rise, and leave gaps. Messages that get lost on the way take a number too.
    private mutating func tell(_ key: PushChannel.Key, state: PushNotification.State, now: Instant) {
        let step = state == .sync ? 1 : Int.random(in: 1...1000, using: &random)
        guard let channel = channels.count(key, step: step) else { return }
        let isDropped =
            state != .sync && switches.dropNotificationsProbability > 0
            && Double.random(in: 0..<1, using: &random) < switches.dropNotificationsProbability
        outbox.add(state, to: channel, now: now, isDropped: isDropped)
    }
}

extension GoogleError {
    static func channelIDNotUnique(_ id: String) -> GoogleError {
        GoogleError(code: 400, reason: "channelIdNotUnique", message: "Channel id \(id) not unique")
    }

    static func channelNotFound(_ id: String, project number: String) -> GoogleError {
        let shown = id.prefix(ChannelRequest.maximumIDLength)
        return GoogleError(
            code: 404, reason: "notFound", message: "Channel '\(shown)' not found for project '\(number)'")
    }
}
