import Foundation
import HTTPTypes
import OrderedCollections

/// `acl.*`: sharing. Reading the rules takes a writer, changing them an owner.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/acl
extension World {
    func listRules(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, _) = try calendar(for: call, atLeast: .writer)
        try call.refuseBesideSyncToken(implied: ["showDeleted"])
        let page = try Page(
            of: calendar.rules, for: call, owner: listID(calendar.id), areTokensExpired: switches.syncTokensExpired
        ) { !$0.isDeleted || call.flag("showDeleted") }
        let etag = "\"p\(calendar.rulesVersion)\""
        var json: JSON.Object = ["kind": "calendar#acl", "etag": .string(etag)]
        page.describe(in: &json) { Self.json($0.element) }
        return call.answer(.object(json), etag: etag)
    }

    func getRule(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, _) = try calendar(for: call, atLeast: .writer)
        guard let rule = calendar.rules[Self.ruleID(of: call)] else { throw .notFound }
        return call.answer(Self.json(rule), etag: rule.etag)
    }

    /// Mails the grantee unless told not to, and does not touch the grantee's list.
    mutating func insertRule(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, _) = try calendar(for: call, atLeast: .owner)
        if calendar.isPrimary, serviceAccounts[calendar.id] != nil, switches.serviceAccountPrimaryAclRefused {
            throw .lastOwner
        }
        let body = try call.object()
        let role = try Self.role(in: body)
        let (type, value) = try Self.scope(in: body)
        var rule = AccessRule(scopeType: type, scopeValue: value, role: role, etag: "")
        try refuseChangeOfDataOwner(rule.id, in: calendar)
        if calendar.rules[rule.id] != nil, !switches.aclInsertUpserts { throw .duplicate }
        rule.etag = nextEtag()
        store(rule, in: calendar, call: call)
        return .resource(Self.json(rule), etag: rule.etag)
    }

    mutating func changeRule(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, _) = try calendar(for: call, atLeast: .owner)
        guard var rule = calendar.rules[Self.ruleID(of: call)] else { throw .notFound }
        try call.requireMatch(rule.etag)
        let body = try call.object()
        try refuseChangeOfDataOwner(rule.id, in: calendar)
        if call.route.method == .put { _ = try Self.scope(in: body) }
        if call.route.method == .put || body["role"] != nil { rule.role = try Self.role(in: body) }
        if rule.role < .owner { try Self.requireAnotherOwner(than: rule.id, in: calendar) }
        rule.etag = nextEtag()
        store(rule, in: calendar, call: call)
        return .resource(Self.json(rule), etag: rule.etag)
    }

    /// Never mails anybody.
    mutating func deleteRule(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, _) = try calendar(for: call, atLeast: .owner)
        guard let rule = calendar.rules[Self.ruleID(of: call)] else { throw .notFound }
        try call.requireMatch(rule.etag)
        try refuseChangeOfDataOwner(rule.id, in: calendar)
        try Self.requireAnotherOwner(than: rule.id, in: calendar)
        var tombstone = rule
        tombstone.role = .none
        tombstone.etag = nextEtag()
        calendars[calendar.id]?.rules.remove(rule.id, leaving: tombstone)
        renewEntriesByRole(of: calendar)
        return .empty
    }

    /// Role `none` takes the rule away.
    private mutating func store(_ rule: AccessRule, in calendar: CalendarRecord, call: Call) {
        if rule.role == .none {
            calendars[calendar.id]?.rules.remove(rule.id, leaving: rule)
        } else {
            calendars[calendar.id]?.rules.put(rule, rule.id)
        }
        renewEntriesByRole(of: calendar)
        guard call.flag("sendNotifications", default: true), rule.role > .none, let value = rule.scopeValue,
            rule.scopeType == "user" || rule.scopeType == "group"
        else { return }
        mails.append(Mail(to: value, kind: "calendarShared", calendarID: calendar.id, role: rule.role, time: call.now))
    }

    private func refuseChangeOfDataOwner(_ ruleID: String, in calendar: CalendarRecord) throws(GoogleError) {
        if let owner = calendar.dataOwner, ruleID == "user:" + owner { throw ownerRefusal }
    }

    private static func requireAnotherOwner(than ruleID: String, in calendar: CalendarRecord) throws(GoogleError) {
        guard calendar.rules[ruleID]?.role == .owner else { return }
        guard calendar.rules.values.contains(where: { $0.role == .owner && $0.id != ruleID }) else { throw .lastOwner }
    }

    private static func ruleID(of call: Call) -> String { (call.path["ruleId"] ?? "").lowercased() }

    private static func role(in body: JSON.Object) throws(GoogleError) -> Role {
        guard let value = body["role"], value != .null else { throw .required("Missing role.") }
        guard let role = value.string.flatMap(Role.init) else { throw .invalid("Invalid role.") }
        return role
    }

    private static func scope(in body: JSON.Object) throws(GoogleError) -> (type: String, value: String?) {
        guard let scope = body["scope"]?.object, let type = scope["type"]?.string else { throw .required("Missing scope.") }
        switch type {
        case "default":
            return (type, nil)
        case "user", "group":
            guard let value = scope["value"]?.string?.lowercased(), isAddress(value) else {
                throw .invalid("Invalid scope value.")
            }
            return (type, value)
        case "domain":
            guard let value = scope["value"]?.string?.lowercased(), !value.isEmpty, !value.contains("@") else {
                throw .invalid("Invalid scope value.")
            }
            return (type, value)
        default:
            throw .invalid("Invalid scope type.")
        }
    }

    static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
            && !text.contains(where: { $0.isWhitespace || $0 == "/" })
    }

    static func json(_ rule: AccessRule) -> JSON {
        var scope: JSON.Object = ["type": .string(rule.scopeType)]
        scope["value"] = rule.scopeValue.map(JSON.string)
        return [
            "kind": "calendar#aclRule", "etag": .string(rule.etag), "id": .string(rule.id), "scope": .object(scope),
            "role": .string(rule.role.rawValue),
        ]
    }
}
