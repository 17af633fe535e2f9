import CalendarSync
import Coaching
import Foundation
import Hummingbird

/// `/sessions/{id}`, and the forms that make and change one.
struct SessionPages {
    let sync: CalendarSyncService

    func add(to routes: PageRoutes) {
        // Not below `/sessions`, where every name can be a session's.
        routes.get("new-session") { request, context in
            let coach = try context.coach
            let form = SessionForm(
                newAt: request.query["at"], zone: context.ownZone ?? .utc, now: sync.now)
            return try await page(form, nil, context, of: coach)
        }
        routes.get("conflicts", conflicts)
        routes.post("sessions", create)
        routes.get("sessions/{id}", show)
        routes.get("sessions/{id}/calendar.ics", file)
        routes.get("sessions/{id}/edit") { [sync] _, context in
            let coach = try context.coach
            let session = try await sync.session(try context.idInPath, by: coach).session
            return try await page(SessionForm(session), session, context, of: coach)
        }
        routes.post("sessions/{id}", edit)
        routes.post("sessions/{id}/move", move)
        routes.post("sessions/{id}/cancel", cancel)
        routes.post("sessions/{id}/drift", settleDrift)
    }

    // MARK: One session

    @Sendable private func show(_ request: Request, context: PageContext) async throws -> Response {
        let person = try context.person
        let (words, dates, now) = (context.words, context.dates(), sync.now)
        let id = try context.idInPath
        let synced = try await sync.session(id, by: person)
        let session = synced.session
        let details = session.details
        let shown = SessionShown(synced: synced, words: words, dates: dates, viewer: person, now: now)
        let names = try await sync.names(of: Set([session.coachID, details.clientID].compactMap { $0 }))
        let isClient = person.role == .client
        let isOver = details.endsAt <= now
        var view = shown.line
        view["whole"] = shown.whole
        view["zone"] = dates.zone.display
        view["topic"] = shown.title
        if let zone = Zone(details.timeZone), zone != dates.zone, let range = details.range {
            let other = Dates(words, zone: zone, personal: person.locale)
            view["agreedTime"] = words("session.agreedTime", ["time": other.range(range), "zone": zone.display])
        }
        if isClient {
            view["who"] = words("session.with", ["name": names[session.coachID] ?? words("roles.coach")])
        } else if let client = details.clientID {
            view["who"] = words("session.with", ["name": names[client] ?? client])
        }
        if let text = details.sharedSummary { view["summary"] = text }
        if let text = details.location { view["place"] = text }
        if let text = details.location, let link = URL(string: text), ["http", "https"].contains(link.scheme) {
            view["placeLink"] = text
        }
        if !isClient, let text = details.privateNotes { view["notes"] = text }
        let isOpen = session.status == .scheduled && !isOver
        view["canEdit"] = person.role == .coach
        view["canCancel"] = isOpen && person.role != .admin
        view["canTakeHome"] = isClient && session.status == .scheduled
        view["canRebook"] = isClient && isOpen
        view["rebookPath"] = BookPages.path(of: session.coachID) + "?moving=\(id.pathSegment)"
        view["isInSeries"] = session.seriesID != nil && !isClient
        view["isOver"] = isOver
        if !isClient {
            view.merge(calendarState(shown, dates, words, now)) { $1 }
            let timeline = try await sync.timeline(of: id, by: person)
            view["timeline"] = timeline.reversed().map { entry in
                var view: [String: Any] = [
                    "at": dates.moment(entry.at, now: now), "what": words("timeline.\(entry.what.rawValue)"),
                ]
                if let reason = entry.reason { view["why"] = words.sentence(reason) }
                return view
            }
        }
        return Page(
            template: "session", title: shown.title, view: view, section: person.role == .admin ? .operator : .sessions,
            isLive: true
        )
        .response(context)
    }

    private func calendarState(_ shown: SessionShown, _ dates: Dates, _ words: Words, _ now: Date) -> [String: Any] {
        let sync = shown.synced.calendarSync
        let key = shown.session.status == .cancelled && sync.status == .synced ? "gone" : sync.status.rawValue
        var view: [String: Any] = ["showsCalendar": true]
        // What was changed in Google is told below.
        if sync.drift == nil { view["calendarText"] = words("session.calendar.\(key)") }
        if let link = sync.htmlLink { view["calendarLink"] = link }
        if let at = sync.syncedAt, sync.status == .synced, sync.drift == nil {
            view["syncedText"] = words("session.calendar.since", ["when": dates.relative(at, now: now)])
        }
        if let error = sync.error {
            view["reason"] = ["text": words.sentence(error), "nextStep": words.nextStep(error)]
        }
        if let next = sync.nextAttemptAt, next.timeIntervalSince(now) > 30 {
            view["nextAttempt"] = words(
                "settings.nextAttempt", ["when": dates.relative(next, now: now), "at": dates.moment(next, now: now)])
        }
        if let drift = sync.drift {
            view["drift"] =
                [
                    "text": words(
                        "session.drift.\(drift.kind.rawValue)",
                        ["time": drift.time.flatMap { TimeRange($0.start, $0.end) }.map { dates.range($0) } ?? ""]),
                    "keepCalendar": words(
                        drift.kind == .removed ? "session.drift.cancelIt" : "session.drift.takeTime"),
                    "canTake": drift.kind == .removed || drift.time != nil,
                ] as [String: Any]
        }
        let range = shown.session.details.range
        if !shown.synced.overlaps.isEmpty, let range {
            let conflicts = shown.synced.overlaps.map { TimeConflict.busy($0.range.clamped(to: range) ?? $0.range) }
            view.merge(ConflictsShown(conflicts: conflicts, words: words, dates: dates).fields) { $1 }
        }
        return view
    }

    @Sendable private func file(_ request: Request, context: PageContext) async throws -> Response {
        let session = try await sync.session(try context.idInPath, by: try context.person).session
        let file = CalendarFile(
            session.shared, revision: session.revision, isCancelled: session.status == .cancelled,
            title: context.words("session.untitled"), changedAt: session.updatedAt,
            link: sync.address(of: session.id))
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/calendar; charset=utf-8", .contentDisposition: "attachment; filename=\"session.ics\"",
            ],
            body: .init(byteBuffer: ByteBuffer(string: file.text)))
    }

    // MARK: Forms

    /// - Parameter session: nil for one that is to be made.
    private func page(
        _ form: SessionForm, _ session: CoachingSession?, _ context: PageContext, of coach: Person, refused: [String] = [],
        conflicts: [TimeConflict] = [], status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let words = context.words
        var view = form.view(context, isNew: session == nil, refused: refused)
        var found = conflicts
        if session == nil, status == .ok, let range = form.range {
            found = try await sync.conflicts(at: range, of: coach.id, but: nil, by: coach)
        }
        view.merge(conflictView(found, form, context)) { $1 }
        view["action"] = session.map { SessionShown.path(of: $0.id) } ?? "/sessions"
        view["back"] = session.map { SessionShown.path(of: $0.id) } ?? "/sessions?date=\(form.date)"
        view["isInSeries"] = session?.seriesID != nil
        let title = words(session == nil ? "form.newTitle" : "form.editTitle")
        return Page(template: "session_form", title: title, view: view, section: .sessions, status: status).response(context)
    }

    private func conflictView(_ conflicts: [TimeConflict], _ form: SessionForm, _ context: PageContext) -> [String: Any] {
        let dates = Dates(context.words, zone: Zone(form.timeZone) ?? .utc, personal: context.signIn?.person.locale)
        return ConflictsShown(conflicts: conflicts, words: context.words, dates: dates).fields
    }

    /// What is in the way of the time that is being filled in: a part of the form, asked for while somebody types.
    @Sendable private func conflicts(_ request: Request, context: PageContext) async throws -> Response {
        let coach = try context.coach
        let form = SessionForm(request.query)
        var found: [TimeConflict] = []
        if let range = form.range, (1...1440).contains(Int(form.minutes) ?? 0) {
            found = try await sync.conflicts(at: range, of: coach.id, but: form.id, by: coach)
        }
        var view = conflictView(found, form, context)
        view["t"] = context.words.phrases
        return Response(
            status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: Templates.render("conflicts", view))))
    }

    /// Saves, or shows the form again with what is wrong. Nothing was stored then.
    private func save(
        _ form: SessionForm, _ session: CoachingSession?, _ context: PageContext, of coach: Person,
        _ write: () async throws -> Redirect
    ) async throws -> Response {
        let redirect: Redirect
        do {
            redirect = try await write()
        } catch let error as InvalidInput {
            let known = error.fields.map(\.name).map { SessionForm.fields.contains($0) ? $0 : "startsAt" }
            return try await page(form, session, context, of: coach, refused: known, status: .badRequest)
        } catch SyncRefusal.timeTaken(let conflicts) {
            return try await page(form, session, context, of: coach, conflicts: conflicts, status: .conflict)
        } catch SyncRefusal.seriesNotFree(let dates) {
            let conflicts = dates.flatMap { date -> [TimeConflict] in
                if case .timeTaken(let found) = date.why { found } else { [] }
            }
            let isTime = conflicts.isEmpty
            return try await page(
                form, session, context, of: coach, refused: isTime ? ["weeks"] : [], conflicts: conflicts, status: .conflict)
        }
        throw redirect
    }

    private func week(of form: SessionForm) -> String { "/sessions?date=\(LocalDate(form.date).map(\.description) ?? "")" }

    @Sendable private func create(_ sent: PageForm, context: PageContext) async throws -> Response {
        let coach = try context.coach
        let form = SessionForm(sent.fields)
        guard UUID(uuidString: form.id) != nil else { throw InvalidInput("id", Identifier.rule) }
        return try await save(form, nil, context, of: coach) {
            let details = try SessionBody.details(form.reader(for: coach), by: coach)
            guard form.weeks > 1 else {
                _ = try await sync.put(form.id, coachID: nil, details: details, by: coach)
                return Redirect(to: week(of: form), Toast(.sessionCreated))
            }
            guard form.weeks <= SessionForm.mostWeeks, let first = form.wallTime else {
                throw InvalidInput("weeks", "is out of range")
            }
            _ = try await sync.putSeries(
                form.id, coachID: nil, details: details, first: first, WeeklySeries(everyWeeks: 1, end: .count(form.weeks)),
                .all, by: coach)
            return Redirect(to: week(of: form), Toast(.seriesCreated))
        }
    }

    @Sendable private func edit(_ sent: PageForm, context: PageContext) async throws -> Response {
        let coach = try context.coach
        let id = try context.idInPath
        var form = SessionForm(sent.fields)
        let session = try await sync.session(id, by: coach).session
        // Somebody else has changed it since the form was opened; whoever saves once more has been told.
        if let revision = form.revision, revision != session.revision {
            form.revision = session.revision
            return try await page(form, session, context, of: coach, refused: ["revision"], status: .conflict)
        }
        let reader = form.reader(for: coach)
        let change: @Sendable (inout SessionDetails) throws -> Void = { try SessionBody.apply(reader, to: &$0, by: coach) }
        return try await save(form, session, context, of: coach) {
            if form.isFollowing {
                _ = try await sync.editFollowing(id, by: coach, change: change)
            } else {
                _ = try await sync.edit(id, by: coach, change: change)
            }
            return Redirect(to: SessionShown.path(of: id), Toast(.sessionSaved))
        }
    }

    /// Where a session was dragged to, on the clocks of the coach.
    @Sendable private func move(_ sent: PageForm, context: PageContext) async throws -> Response {
        let coach = try context.coach
        let id = try context.idInPath
        let session = try await sync.session(id, by: coach).session
        guard let zone = context.ownZone ?? Optional(.utc), let time = WallTime(sent.fields["startsAt"] ?? "") else {
            throw InvalidInput("startsAt", WallTime.rule)
        }
        let start: Date
        do throws(WallTime.Refusal) {
            start = try time.instant(in: zone)
        } catch {
            switch error {
            case .skipped(let suggestion): start = suggestion
            case .repeated(let earlier, _): start = earlier
            }
        }
        var moved = session
        moved.details.startsAt = start
        var form = SessionForm(moved)
        // At another time, what was wanted of the old one has to be wanted again.
        form.allowsOverlap = false
        return try await save(form, session, context, of: coach) {
            _ = try await sync.edit(id, by: coach) { details in
                details.startsAt = start
                details.allowsOverlap = false
            }
            return Redirect(to: "/sessions?date=\(zone.rfc3339(start).prefix(10))", Toast(.sessionMoved))
        }
    }

    @Sendable private func cancel(_ sent: PageForm, context: PageContext) async throws -> Response {
        let person = try context.person
        let id = try context.idInPath
        if sent.fields["scope"] == "following", person.role != .client {
            _ = try await sync.cancelFollowing(id, by: person)
        } else {
            _ = try await sync.cancel(id, by: person)
        }
        throw Redirect(to: SessionShown.path(of: id), Toast(.sessionCancelled))
    }

    @Sendable private func settleDrift(_ sent: PageForm, context: PageContext) async throws -> Response {
        let coach = try context.coach
        let id = try context.idInPath
        guard let keep: CalendarSyncService.DriftDecision = try sent.fields.choice("keep") else {
            throw InvalidInput("keep", "is missing")
        }
        do {
            _ = try await sync.settleDrift(of: id, by: coach, keep)
        } catch is InvalidInput {
            throw Redirect(to: SessionShown.path(of: id), Toast(.slotGone))
        }
        throw Redirect(to: SessionShown.path(of: id), Toast(.driftSettled))
    }
}

extension PageContext {
    /// The id that is part of the path.
    var idInPath: String {
        get throws {
            guard let id = parameters.get("id")?.removingPercentEncoding, Identifier.isValid(id) else {
                throw SyncRefusal.notFound
            }
            return id
        }
    }
}
