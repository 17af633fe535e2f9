import CalendarSync
import Coaching
import Foundation
import Hummingbird

/// `/v1/sessions`
struct SessionRoutes {
    let sync: CalendarSyncService

    func add(to routes: RouterGroup<APIContext>) {
        routes.group("sessions")
            .get(use: list)
            .post(use: create)
            .put("{id}", use: put)
            .get("{id}", use: get)
            .patch("{id}", use: edit)
            .delete("{id}", use: cancel)
            .get("{id}/timeline", use: timeline)
            .post("{id}/drift", use: settleDrift)
    }

    @Sendable private func list(_ request: Request, context: APIContext) async throws -> Response {
        let query = try QueryReader(request, known: ["from", "to", "coachId", "pageToken", "pageSize"])
        let (from, to) = (try query.instant("from"), try query.instant("to"))
        if let from, let to, to <= from { throw InvalidInput("to", "must be after from") }
        let after = try query.text("pageToken").map { token in
            guard let position = SessionPosition(pageToken: token) else {
                throw InvalidInput("pageToken", "is not one that a list answered with; begin again without it")
            }
            return position
        }
        let caller = try context.person
        let page = try await sync.sessions(
            by: caller, coachID: try query.id("coachId"), from: from, to: to, after: after,
            limit: try query.integer("pageSize", in: 1...CalendarSyncService.largestPage) ?? 100)
        return try .json(
            ListView(items: page.items.map { SessionView($0, for: caller) }, nextPageToken: page.next?.pageToken))
    }

    @Sendable private func create(_ request: Request, context: APIContext) async throws -> Response {
        try await put(id: UUID().uuidString.lowercased(), request, context)
    }

    @Sendable private func put(_ request: Request, context: APIContext) async throws -> Response {
        try await put(id: try context.idInPath, request, context)
    }

    private func put(id: String, _ request: Request, _ context: APIContext) async throws -> Response {
        let caller = try context.person
        let body = try await FieldReader(request, known: SessionBody.fields + ["holdId"])
        let (session, isNew) = try await sync.put(
            id, coachID: try body.text("coachId"), details: try SessionBody.details(body, by: caller),
            holdID: try body.text("holdId"), by: caller)
        var response = try Response.json(SessionView(session, for: caller), status: isNew ? .created : .ok)
        if isNew { response.headers[.location] = "/v1/sessions/\(id)" }
        return response
    }

    @Sendable private func get(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.person
        return try .json(SessionView(try await sync.session(try context.idInPath, by: caller), for: caller))
    }

    @Sendable private func edit(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.person
        let body = try await FieldReader(request, known: SessionBody.fields.filter { $0 != "coachId" })
        let change: @Sendable (inout SessionDetails) throws -> Void = { try SessionBody.apply(body, to: &$0, by: caller) }
        let id = try context.idInPath
        switch try Scope(request) {
        case .single: return try .json(SessionView(try await sync.edit(id, by: caller, change: change), for: caller))
        case .following:
            let sessions = try await sync.editFollowing(id, by: caller, change: change)
            return try .json(ListView(items: sessions.map { SessionView($0, for: caller) }))
        }
    }

    @Sendable private func cancel(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.person
        let id = try context.idInPath
        switch try Scope(request) {
        case .single: return try .json(SessionView(try await sync.cancel(id, by: caller), for: caller))
        case .following:
            let sessions = try await sync.cancelFollowing(id, by: caller)
            return try .json(ListView(items: sessions.map { SessionView($0, for: caller) }))
        }
    }

    /// What a change of one of a series is about.
    private enum Scope: String, CaseIterable {
        case single
        /// It and all after it.
        case following

        init(_ request: Request) throws {
            let query = try QueryReader(request, known: ["scope"])
            guard let scope = Scope(rawValue: query.text("scope") ?? "single") else {
                throw InvalidInput("scope", "must be single or following")
            }
            self = scope
        }
    }

    @Sendable private func settleDrift(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.person
        let body = try await FieldReader(request, known: ["keep"])
        guard let decision: CalendarSyncService.DriftDecision = try body.choice("keep") else {
            throw InvalidInput("keep", "is missing; say whose time counts, session or calendar")
        }
        return try .json(
            SessionView(try await sync.settleDrift(of: try context.idInPath, by: caller, decision), for: caller))
    }

    @Sendable private func timeline(_ request: Request, context: APIContext) async throws -> Response {
        let entries = try await sync.timeline(of: try context.idInPath, by: try context.person)
        return try .json(ListView(items: entries.map { TimelineView($0) }))
    }
}

extension APIContext {
    /// The id that is part of the path.
    var idInPath: String {
        get throws {
            guard let id = parameters.get("id")?.removingPercentEncoding, Identifier.isValid(id) else {
                throw InvalidInput("id", Identifier.rule)
            }
            return id
        }
    }
}

extension SessionPosition {
    /// Opaque to callers: base64url of when and which.
    fileprivate var pageToken: String {
        let text = "\(Int64((startsAt.timeIntervalSince1970 * 1000).rounded())) \(id)"
        return Data(text.utf8).base64URL
    }

    fileprivate init?(pageToken: String) {
        guard let parts = Data(base64URL: pageToken).flatMap({ String(data: $0, encoding: .utf8) })?.split(separator: " "),
            parts.count == 2, let milliseconds = Int64(parts[0]), (0...1 << 50).contains(milliseconds),
            Identifier.isValid(String(parts[1]))
        else { return nil }
        self.init(startsAt: Date(timeIntervalSince1970: Double(milliseconds) / 1000), id: String(parts[1]))
    }
}
