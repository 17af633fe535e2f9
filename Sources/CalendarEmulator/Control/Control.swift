import HTTPTypes

/// The control calls below `/emulator/`: what Google has consoles for, and what one can only wish for.
extension World {
    mutating func respond(to request: ControlRequest, makeKey: Emulator.KeyFactory) -> Reply {
        do {
            return try perform(request, makeKey: makeKey)
        } catch {
            var reply = Reply.json(["error": .string(error.message)], status: error.status, indent: 2)
            if !error.allowed.isEmpty {
                reply.response.headerFields[.allow] = error.allowed.map(\.rawValue).joined(separator: ", ")
            }
            return reply
        }
    }

    private mutating func perform(_ request: ControlRequest, makeKey: Emulator.KeyFactory) throws(ControlError) -> Reply {
        try request.refuseOthers(boundTo: origin)
        let body = try ControlBody(request.body)
        switch (request.method, request.segments) {
        case (.post, ["service-accounts"]):
            return try makeServiceAccount(body, origin: request.origin, now: now(request.clock), makeKey: makeKey)
        case (.post, ["users"]):
            return try makeUser(body, origin: request.origin, now: now(request.clock))
        case (.post, ["oauth-clients"]):
            return try makeOAuthClient(body, origin: request.origin)
        case (.post, ["tokens", "revoke"]):
            return try revokeTokens(body)
        case (.post, ["quotas"]):
            try quotas.set(body)
            return .json(quotas.json, indent: 2)
        case (.post, ["faults"]):
            let id = try faults.add(Fault(body))
            return .json(["id": .integer(Int64(id))], status: 201, indent: 2)
        case (.delete, ["faults"]):
            faults.clear()
            return .empty(status: 204)
        case (.post, ["clock"]):
            return try setClock(body, clock: request.clock)
        case (.post, ["switches"]):
            try switches.set(body)
            return .json(switches.json, indent: 2)
        case (.post, ["settings"]):
            return try setSetting(body, now: now(request.clock))
        case (.get, ["notifications"]):
            return try listNotifications(request.query)
        case (.get, ["requests"]):
            return try listRequests(request.query)
        case (.get, ["state"]):
            return .json(stateReport(now: now(request.clock)), indent: 2)
        case (.get, ["version"]), (.get, ["overview"]), (.get, ["week"]), (.get, ["event"]):
            return try .json(pageReport(request), indent: 2)
        case (.post, ["reset"]):
            try body.refuseOthers(than: [])
            let (outbox, changes) = (outbox, changes)
            // The dice go on: tokens and ids of before never come up again, for somebody else.
            self = World(origin: origin, seed: seed, random: random)
            self.outbox = Outbox(after: outbox)
            self.changes = changes
            return .json([:], indent: 2)
        default:
            return try performOnOne(request, body)
        }
    }

    /// Calls whose path names one account, key or rule.
    private mutating func performOnOne(_ request: ControlRequest, _ body: ControlBody) throws(ControlError) -> Reply {
        let (path, now) = (request.segments, now(request.clock))
        switch (request.method, path.first, path.count) {
        case (.patch, "users", 2): return try changeUser(path[1], body)
        case (.delete, "users", 2): return try removeUser(path[1], now: now)
        case (.delete, "service-accounts", 2): return try removeServiceAccount(path[1], now: now)
        case (.delete, "service-accounts", 4) where path[2] == "keys": return try removeKey(path[3], of: path[1])
        case (.delete, "calendars", 4) where path[2] == "acl": return try unshare(path[1], rule: path[3], now: now)
        default: throw Self.unknown(request)
        }
    }

    private static func unknown(_ request: ControlRequest) -> ControlError {
        let call = "\(request.method.rawValue) /emulator/\(request.segments.joined(separator: "/"))"
        guard let methods = ControlPaths.methods(for: request.segments) else {
            return ControlError("there is no \(call.prefix(200))", status: 404)
        }
        var error = ControlError("there is no \(call.prefix(200))", status: 405)
        error.allowed = methods
        return error
    }

    /// `{now}` moves the clock there, `{advanceSeconds}` from where it is; it runs on from there.
    private mutating func setClock(_ body: ControlBody, clock: Instant) throws(ControlError) -> Reply {
        try body.refuseOthers(than: ["now", "advanceSeconds"])
        let wanted = try body.string("now")
        let advance = try body.number("advanceSeconds", in: -1e9...1e9)
        switch (wanted, advance) {
        case (let text?, nil):
            guard let instant = DateTimeText(text)?.instant(in: nil) else {
                throw ControlError("now must be an RFC 3339 time with an offset")
            }
            clockOffset = instant.milliseconds - clock.milliseconds
        case (nil, let seconds?):
            clockOffset = now(clock).adding(milliseconds: Int64(seconds * 1000)).milliseconds - clock.milliseconds
        default:
            throw ControlError("give either now or advanceSeconds")
        }
        return .json(["now": .string(now(clock).utc)], indent: 2)
    }

    private func listRequests(_ query: Query) throws(ControlError) -> Reply {
        .json(["items": .array(log.entries(since: try query.since()).map(\.json))], indent: 2)
    }
}

extension Query {
    /// `since`, 0 when it is not there, of a report that takes nothing else.
    func since() throws(ControlError) -> Int {
        try refuseOthers(than: ["since"])
        guard let since = Int(self["since"] ?? "0") else { throw ControlError("since must be a whole number") }
        return since
    }
}
