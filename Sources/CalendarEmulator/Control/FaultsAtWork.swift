import HTTPTypes

extension World {
    /// Performs a request under a fault, if there is one, and writes it into the log.
    /// - Parameter project: whose request it is, for errors that name it.
    mutating func answer(
        _ asked: RequestLog.Entry, fault struck: (id: Int, fault: Fault)?, project: String? = nil,
        perform: (inout World, inout RequestLog.Entry) -> Reply
    ) -> Reply {
        var entry = asked
        entry.fault = struck?.id
        var reply = apply(struck?.fault, to: &entry, project: project, perform)
        reply.delay += struck?.fault.delay ?? .zero
        entry.status = reply.delivery == .reset ? nil : reply.response.status.code
        log.append(entry)
        return reply
    }

    private mutating func apply(
        _ fault: Fault?, to entry: inout RequestLog.Entry, project: String?,
        _ perform: (inout World, inout RequestLog.Entry) -> Reply
    ) -> Reply {
        guard let fault, let effect = fault.effect else { return perform(&self, &entry) }
        switch effect {
        case .before:
            return refusal(fault, api: entry.api, project: project)
        case .html:
            let status = fault.status ?? 502
            return .html(FaultErrors.page(status: status), status: status)
        case .reset:
            return Reply(response: .init(status: .internalServerError), delivery: .reset)
        case .afterCommit:
            var done = perform(&self, &entry)
            if fault.status != nil || fault.reason != nil { return refusal(fault, api: entry.api, project: project) }
            done.delivery = .reset
            return done
        case .cut:
            var done = perform(&self, &entry)
            done.delivery = done.body.isEmpty ? .reset : .cut(afterBytes: done.body.count / 2)
            return done
        }
    }

    private func refusal(_ fault: Fault, api: String?, project: String?) -> Reply {
        if Fault.signInMethods.contains(api ?? "") { return FaultErrors.tokenError(for: fault) }
        let error = FaultErrors.error(for: fault, method: api, project: project)
        return challenged(.error(error), error, scopes: [])
    }

    /// Adds the challenge of RFC 6750 to a refusal for want of a token or a scope, and to one for the rate when to come back.
    func challenged(_ reply: Reply, _ error: GoogleError, scopes: Set<String>) -> Reply {
        var reply = reply
        if let seconds = switches.retryAfterSeconds,
            error.code == 503 || ["rateLimitExceeded", "userRateLimitExceeded"].contains(error.reason)
        {
            reply.response.headerFields[.retryAfter] = String(seconds)
        }
        guard switches.sendsWWWAuthenticate else { return reply }
        var challenge = "Bearer realm=\"https://accounts.google.com/\""
        switch (error.code, error.reason) {
        case (401, "required"): break
        case (401, _): challenge += ", error=\"invalid_token\""
        case (403, "insufficientPermissions"):
            challenge += ", error=\"insufficient_scope\""
            if !scopes.isEmpty {
                challenge += ", scope=\"\(scopes.sorted().map { Scopes.prefix + $0 }.joined(separator: " "))\""
            }
        default: return reply
        }
        reply.response.headerFields[.wwwAuthenticate] = challenge
        return reply
    }
}
