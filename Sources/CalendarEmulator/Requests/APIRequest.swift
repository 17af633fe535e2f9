import Foundation
import HTTPTypes

/// A request for a method of the API, be it on its own or as a part of a batch.
extension World {
    mutating func respondToAPI(_ asked: HTTPRequest, target: Target, body: Data, now: Instant) -> Reply {
        let (request, target, body) = Self.overridden(asked, target, body)
        let match = Route.find(request.method, target.segments.dropFirst(2))
        let fault = faults.next(method: match?.0.id, path: target.path, random: &random)
        let project = fault == nil ? nil : project(of: request, target.query, now: now)
        let entry = RequestLog.Entry(
            time: now, method: request.method.rawValue, path: target.path, api: match?.0.id, principal: nil)
        return answer(entry, fault: fault, project: project) { world, entry in
            let isCompact = ["false", "False", "0"].contains(target.query["prettyPrint"] ?? "")
            do {
                guard let (route, path) = match else { throw GoogleError.unknownPath }
                let caller = try world.authenticate(request, query: target.query, method: route.id, now: now)
                entry.principal = caller.principal.email
                let call = Call(
                    route: route, path: path, query: target.query, headers: request.headerFields, body: body, caller: caller,
                    now: now)
                try world.admit(call)
                return try Self.reply(to: call, world.perform(route.handler, call), isCompact: isCompact)
            } catch let error as GoogleError {
                return world.challenged(.error(error, compact: isCompact), error, scopes: match?.0.scopes ?? [])
            } catch {
                return .error(GoogleError(code: 500, reason: "backendError", message: "Backend Error"), compact: isCompact)
            }
        }
    }

    /// A verb that had to be sent as POST. Google's clients do so with reads whose query is too long for an address,
    /// and send the query as a form.
    private static func overridden(
        _ request: HTTPRequest, _ target: Target, _ body: Data
    ) -> (HTTPRequest, Target, Data) {
        guard request.method == .post, let wanted = request.headerFields[.methodOverride],
            let method = HTTPRequest.Method(wanted.uppercased())
        else { return (request, target, body) }
        var request = request
        request.method = method
        let type = request.headerFields[.contentType]?.lowercased() ?? ""
        guard type.hasPrefix("application/x-www-form-urlencoded") else { return (request, target, body) }
        var target = target
        target.query.items += Query(body).items
        request.headerFields[.contentType] = nil
        return (request, target, Data())
    }

    private func project(of request: HTTPRequest, _ query: Query, now: Instant) -> String? {
        Self.token(of: request, query: query).flatMap { credentials.caller(of: $0, now: now) }?.principal.project
    }

    /// The checks before a method runs, in Google's order: API enabled, scope, quotas, query parameters.
    private mutating func admit(_ call: Call) throws(GoogleError) {
        let project = call.principal.project
        if switches.disabledProjects.contains(project) {
            throw .serviceDisabled(project: project, number: Self.projectNumber(project))
        }
        guard !call.caller.scopes.isDisjoint(with: call.route.scopes) else { throw .insufficientScope(method: call.route.id) }
        try admitByRate(call)
        try Parameter.validate(call.query, of: call.route, refusesRepeated: switches.repeatedParametersRefused)
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

extension HTTPField.Name {
    /// The name is valid; the fallback only spares a force unwrap.
    fileprivate static let methodOverride = HTTPField.Name("X-HTTP-Method-Override") ?? .cacheControl
}
