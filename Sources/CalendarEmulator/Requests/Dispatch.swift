import Foundation
import HTTPTypes

/// From a request to the part of the emulator it is for.
extension World {
    mutating func respond(
        to request: HTTPRequest, body: Data, clock: Instant, makeKey: Emulator.KeyFactory
    ) -> Reply {
        let target = Target(request.path ?? "/")
        let now = now(clock)
        guard body.count <= Emulator.bodyLimit(forPath: request.path) else { return .tooLarge }
        // What a journal does not keep must leave no trace, not even channels that it finds expired.
        defer { if JournalLine.isNeeded(for: request, target: target) { noticeChanges(now: self.now(clock)) } }
        if request.method != .get { changes += 1 }
        if let page = FrontPage.reply(to: request.method, target.segments) { return page }
        switch target.segments.first {
        case "emulator":
            let headers = request.headerFields
            let control = ControlRequest(
                method: request.method, segments: Array(target.segments.dropFirst()), query: target.query, body: body,
                headers: (request.authority, headers[.origin]), clock: clock,
                origin: origin(of: request))
            return respond(to: control, makeKey: makeKey)
        case "token", "revoke", "o":
            return respondToSignIn(request, target: target, body: body, now: now)
        case "calendar" where target.segments.dropFirst().first == "v3":
            return respondToAPI(request, target: target, body: body, now: now)
        case "batch":
            return respondToBatch(request, target: target, body: body, now: now)
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

    // MARK: - Google's sign-in

    /// Google has its sign-in under several names and under other hosts; here it is beside the API.
    private static let signIn: [[String]: String] = [
        ["token"]: "token", ["revoke"]: "revoke", ["o", "oauth2", "token"]: "token", ["o", "oauth2", "revoke"]: "revoke",
        ["o", "oauth2", "auth"]: "auth", ["o", "oauth2", "v2", "auth"]: "auth",
    ]

    private mutating func respondToSignIn(_ request: HTTPRequest, target: Target, body: Data, now: Instant) -> Reply {
        guard let name = Self.signIn[target.segments] else { return .error(.unknownPath) }
        let fault = faults.next(method: name, path: target.path, random: &random)
        let entry = RequestLog.Entry(
            time: now, method: request.method.rawValue, path: target.path, api: name, principal: nil)
        return answer(entry, fault: fault) { world, entry in
            guard request.method == .post || request.method == .get && name != "token" else { return .error(.unknownPath) }
            switch name {
            case "token":
                let origins = [world.origin, world.origin(of: request)]
                let (reply, principal) = world.exchangeToken(request, body: body, origins: origins, now: now)
                entry.principal = principal
                return reply
            case "revoke":
                return world.revokeToken(target, body: body, now: now)
            default:
                let site = request.headerFields[.origin]
                guard request.method == .get || site == nil || site == world.origin(of: request) else {
                    return .error(.forbidden)
                }
                let (reply, principal) = world.askConsent(request, target, body: body, now: now)
                entry.principal = principal
                return reply
            }
        }
    }
}

extension Reply {
    static var tooLarge: Reply {
        .error(GoogleError(code: 413, reason: "uploadTooLarge", message: "Request Entity Too Large"))
    }
}
