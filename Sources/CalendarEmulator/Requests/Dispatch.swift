import Foundation
import HTTPTypes

/// From a request to the part of the emulator it is for.
extension World {
    mutating func respond(
        to request: HTTPRequest, body: Data, clock: Instant, makeKey: Emulator.KeyFactory
    ) -> Reply {
        let target = Target(request.path ?? "/")
        guard body.count <= Emulator.maximumBodySize else {
            return .error(GoogleError(code: 413, reason: "uploadTooLarge", message: "Request Entity Too Large"))
        }
        if request.method != .get { changes += 1 }
        if let page = FrontPage.reply(to: request.method, target.segments) { return page }
        switch target.segments.first {
        case "emulator":
            let control = ControlRequest(
                method: request.method, segments: Array(target.segments.dropFirst()), query: target.query, body: body,
                clock: clock, origin: origin(of: request))
            return respond(to: control, makeKey: makeKey)
        case "token" where target.segments.count == 1:
            return respondToToken(request, target: target, body: body, now: now(clock))
        case "calendar" where target.segments.dropFirst().first == "v3":
            return respondToAPI(request, target: target, body: body, now: now(clock))
        case "batch":
            return .error(.notBuilt("batch"))
        default:
            return .error(.unknownPath)
        }
    }

    /// The emulator's clock: the real one and what the control calls have added.
    func now(_ clock: Instant) -> Instant { clock.adding(milliseconds: clockOffset) }

    /// Where the asker reached this emulator.
    func origin(of request: HTTPRequest) -> String {
        guard let authority = request.authority, !authority.isEmpty,
            authority.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".:-[]_".contains($0)) })
        else { return origin }
        return (request.scheme == "https" ? "https://" : "http://") + authority
    }

    private mutating func respondToToken(_ request: HTTPRequest, target: Target, body: Data, now: Instant) -> Reply {
        let fault = faults.next(method: "token", path: target.path, random: &random)
        let entry = RequestLog.Entry(
            time: now, method: request.method.rawValue, path: target.path, api: "token", principal: nil)
        return answer(entry, fault: fault) { world, entry in
            guard request.method == .post else { return .error(.unknownPath) }
            let (reply, principal) = world.exchangeToken(
                body: body, origins: [world.origin, world.origin(of: request)], now: now)
            entry.principal = principal
            return reply
        }
    }

    private mutating func respondToAPI(_ request: HTTPRequest, target: Target, body: Data, now: Instant) -> Reply {
        let match = Route.find(request.method, target.segments.dropFirst(2))
        let fault = faults.next(method: match?.0.id, path: target.path, random: &random)
        let entry = RequestLog.Entry(
            time: now, method: request.method.rawValue, path: target.path, api: match?.0.id, principal: nil)
        return answer(entry, fault: fault) { world, entry in
            let isCompact = ["false", "False", "0"].contains(target.query["prettyPrint"] ?? "")
            do {
                guard let (route, path) = match else { throw GoogleError.unknownPath }
                guard let handler = route.handler else { throw GoogleError.notBuilt("the method calendar.\(route.id)") }
                let caller = try world.authenticate(request, query: target.query, method: route.id, now: now)
                entry.principal = caller.principal.email
                let call = Call(
                    route: route, path: path, query: target.query, headers: request.headerFields, body: body, caller: caller,
                    now: now)
                try world.admit(call)
                return try Self.reply(to: call, handler(&world, call), isCompact: isCompact)
            } catch let error as GoogleError {
                return .error(error, compact: isCompact)
            } catch {
                return .error(GoogleError(code: 500, reason: "backendError", message: "Backend Error"), compact: isCompact)
            }
        }
    }

    /// The checks before a method runs, in Google's order: API enabled, scope, quotas, query parameters.
    private mutating func admit(_ call: Call) throws(GoogleError) {
        let project = call.principal.project
        if switches.disabledProjects.contains(project) {
            throw .serviceDisabled(project: project, number: Self.projectNumber(project))
        }
        guard !call.caller.scopes.isDisjoint(with: call.route.scopes) else { throw .insufficientScope(method: call.route.id) }
        try quotas.admit(call)
        try Parameter.validate(call.query, against: call.route.parameters)
    }

    private static func reply(to call: Call, _ answer: Answer, isCompact: Bool) -> Reply {
        switch answer {
        case .empty:
            return .empty(status: 204)
        case .notModified(let etag):
            var reply = Reply.empty(status: 304)
            reply.response.headerFields[.eTag] = etag
            return reply
        case .resource(let json, let etag):
            let selected = call.query["fields"].flatMap(FieldSelector.init)?.apply(to: json) ?? json
            return .json(selected, indent: isCompact ? nil : 1, etag: etag)
        }
    }
}
