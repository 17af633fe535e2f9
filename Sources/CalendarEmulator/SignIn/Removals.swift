import Foundation
import HTTPTypes
import OrderedCollections

/// Taking accounts, keys and tokens away while clients use them.
extension World {
    /// Deletes the account; its tokens are void at once.
    mutating func removeServiceAccount(_ email: String, now: Instant) throws(ControlError) -> Reply {
        guard let account = serviceAccounts.removeValue(forKey: email.lowercased()) else {
            throw ControlError("there is no service account \(email)", status: 404)
        }
        forgetAccount(account.email, project: account.project, now: now)
        return .empty(status: 204)
    }

    /// Deletes one key. Tokens it has signed for stay good until they expire, as Google documents.
    /// Source: https://cloud.google.com/iam/docs/keys-disable-enable
    mutating func removeKey(_ id: String, of email: String) throws(ControlError) -> Reply {
        guard serviceAccounts[email.lowercased()]?.keys.removeValue(forKey: id) != nil else {
            throw ControlError("there is no such key of a service account \(email)", status: 404)
        }
        return .empty(status: 204)
    }

    mutating func removeUser(_ email: String, now: Instant) throws(ControlError) -> Reply {
        guard let user = users.removeValue(forKey: email.lowercased()) else {
            throw ControlError("there is no user \(email)", status: 404)
        }
        forgetAccount(user.email, project: Self.peoplesProject, now: now)
        return .empty(status: 204)
    }

    /// `{email}` → 200 `{revoked}`: how many tokens of the person or service account were good until now.
    mutating func revokeTokens(_ body: ControlBody) throws(ControlError) -> Reply {
        try body.refuseOthers(than: ["email"])
        guard let email = try body.string("email")?.lowercased(), users[email] != nil || serviceAccounts[email] != nil else {
            throw ControlError("email must be the address of a user or a service account")
        }
        return .json(["revoked": .integer(Int64(credentials.revokeAll(of: email)))], indent: 2)
    }

    /// What goes with an account: its tokens, its primary calendar and list, and, as the switch says, the calendars
    /// whose data it owns. Rules that name it stay, as they would for any address without an account.
    private mutating func forgetAccount(_ email: String, project: String, now: Instant) {
        _ = credentials.revokeAll(of: email)
        if switches.accountDeletionDeletesCalendars {
            for calendar in calendars.values.filter({ $0.dataOwner == email }) {
                asOwner("calendars.delete", path: ["calendarId": calendar.id], email, project: project, now: now)
            }
        }
        calendars.removeValue(forKey: email)
        events.removeValue(forKey: email)
        for person in lists.keys.sorted() { unlist(email, for: person) }
        lists.removeValue(forKey: email)
        settings.removeValue(forKey: email)
    }

    /// `DELETE calendars/{id}/acl/{ruleId}`: somebody stops sharing a calendar in Google's own pages, while a client
    /// believes that it has access. Done as the owner of the data would do it through the API.
    mutating func unshare(_ calendarID: String, rule: String, now: Instant) throws(ControlError) -> Reply {
        guard let calendar = calendars[calendarID], calendar.rules[rule.lowercased()] != nil else {
            throw ControlError("there is no such calendar or no such rule", status: 404)
        }
        let refusal = asOwner(
            "acl.delete", path: ["calendarId": calendar.id, "ruleId": rule], calendar.owner, project: calendar.project, now: now
        )
        if let refusal { throw ControlError("not even the owner can remove this rule: \(refusal.message)", status: 409) }
        return .empty(status: 204)
    }

    /// Calls a method of the API in the name of an account, past tokens, quotas and faults.
    /// - Returns: why it refused.
    @discardableResult
    private mutating func asOwner(
        _ method: String, path: [String: String], _ email: String, project: String, now: Instant
    ) -> GoogleError? {
        guard let route = Route.table.first(where: { $0.id == method }), let handler = route.handler else {
            return .notBuilt("the method calendar.\(method)")
        }
        let principal = Principal(email: email, project: project, isBareServiceAccount: false)
        let call = Call(
            route: route, path: path, query: Query("".utf8), headers: [:], body: Data(),
            caller: Caller(principal: principal, scopes: ["calendar"]), now: now)
        do {
            _ = try handler(&self, call)
            return nil
        } catch {
            return error as? GoogleError ?? .badRequest()
        }
    }
}
