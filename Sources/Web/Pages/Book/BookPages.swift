import CalendarSync
import Coaching
import Foundation
import Hummingbird

/// `/book/{coach}`: a client finds a time, holds it, and books it.
struct BookPages {
    let sync: CalendarSyncService

    static func path(of coachID: String) -> String {
        "/book/\(coachID.pathSegment)"
    }

    func add(to routes: PageRoutes) {
        routes.get("book/{coach}", show)
        routes.post("book/{coach}", choose)
        routes.get("book/{coach}/holds/{id}", confirm)
        routes.post("book/{coach}/holds/{id}", book)
        routes.post("book/{coach}/holds/{id}/release") { [sync] _, context in
            try await sync.release(holdID: try context.idInPath, by: try context.person(.client))
            throw Redirect(to: Self.path(of: try context.coachInPath), Toast(.holdReleased))
        }
    }

    private static let lengths = [30, 45, 60, 90]
    private static let daysShown = 7

    /// What somebody looks for.
    private struct Wish {
        var zone: Zone
        var minutes: Int
        var from: Date
        /// A session of theirs that is to go to another time.
        var moving: CoachingSession?

        func path(of coachID: String, from date: Date, _ dates: Dates) -> String {
            var path = "\(BookPages.path(of: coachID))?from=\(dates.iso(date))&minutes=\(minutes)&zone=\(zone.name)"
            if let moving { path += "&moving=\(moving.id.pathSegment)" }
            return path
        }
    }

    private func coach(_ context: PageContext) async throws -> Person {
        guard let coach = try await sync.person(try context.coachInPath), coach.role == .coach else {
            throw SyncRefusal.noSuchCoach
        }
        return coach
    }

    private func wish(_ fields: FormFields, _ coach: Person, _ context: PageContext) async throws -> Wish {
        let client = try context.person
        let zone =
            fields["zone"].flatMap { Zone($0) } ?? context.ownZone ?? coach.timeZone.flatMap { Zone($0) } ?? .utc
        let dates = context.dates(zone: zone)
        let today = dates.calendar.startOfDay(for: sync.now)
        var moving: CoachingSession?
        if let id = fields["moving"] {
            moving = try await sync.session(id, by: client).session
            guard moving?.coachID == coach.id, moving?.status == .scheduled else { throw SyncRefusal.notFound }
        }
        let asked = fields["from"].flatMap { LocalDate($0) }.flatMap { dates.start(of: $0) }
        let minutes = fields["minutes"].flatMap { Int($0) }.flatMap { (1...1440).contains($0) ? $0 : nil }
        return Wish(
            zone: zone, minutes: moving?.details.minutes ?? minutes ?? 60, from: max(asked ?? today, today), moving: moving)
    }

    @Sendable private func show(_ request: Request, context: PageContext) async throws -> Response {
        _ = try context.person
        let coach = try await coach(context)
        return try await page(try await wish(request.query, coach, context), coach, context)
    }

    private func page(_ wish: Wish, _ coach: Person, _ context: PageContext) async throws -> Response {
        let words = context.words
        let client = try context.person
        let dates = context.dates(zone: wish.zone)
        let end = dates.adding(Self.daysShown, to: wish.from)
        guard let window = TimeRange(wish.from, end) else { throw InvalidInput("from", LocalDate.rule) }
        let found = try await sync.availability(of: coach.id, in: window, lasting: .seconds(wish.minutes * 60), by: client)
        let days = (0..<Self.daysShown).map { index -> [String: Any] in
            let day = dates.adding(index, to: wish.from)
            let next = dates.adding(1, to: day)
            let slots = found.slots.filter { $0.start >= day && $0.start < next }
            let isUnknown = TimeRange(day, next).map { day in found.unknown.contains { $0.range.overlaps(day) } } ?? false
            return [
                "name": dates.day(day), "isUnknownDay": isUnknown, "isFull": slots.isEmpty,
                "slots": slots.map { slot -> [String: Any] in
                    [
                        "value": slot.start.utc, "time": dates.time(slot.start),
                        "label": words("book.slotLabel", ["day": dates.day(slot.start), "time": dates.times(slot)]),
                    ]
                },
            ]
        }
        let today = dates.calendar.startOfDay(for: sync.now)
        var view: [String: Any] = [
            "heading": words(
                wish.moving == nil ? "book.heading" : "book.moveHeading",
                ["name": coach.name ?? words("roles.coach"), "topic": wish.moving?.details.topic ?? words("session.untitled")]),
            "action": Self.path(of: coach.id), "days": days, "minutes": wish.minutes, "zoneName": wish.zone.name,
            "from": dates.iso(wish.from),
            "zones": Zone.all.map {
                ["name": $0.name, "text": $0.display, "isChosen": $0.name == wish.zone.name] as [String: Any]
            },
            "lengths": Set(Self.lengths + [wish.minutes]).sorted().map { minutes -> [String: Any] in
                ["value": minutes, "text": words.count("book.minutes", minutes), "isChosen": minutes == wish.minutes]
            },
            "next": wish.path(of: coach.id, from: end, dates), "isMoving": wish.moving != nil,
            "hasSlots": !found.slots.isEmpty, "isUnknownWeek": !found.unknown.isEmpty, "isPreview": client.role != .client,
            "guessZone": context.ownZone == nil,
            "span": "\(dates.shortDate(wish.from)) – \(dates.shortDate(dates.adding(-1, to: end)))",
        ]
        if wish.from > today {
            view["previous"] = wish.path(of: coach.id, from: max(today, dates.adding(-Self.daysShown, to: wish.from)), dates)
        }
        if let moving = wish.moving {
            view["moving"] = moving.id
            view["back"] = SessionShown.path(of: moving.id)
            view["oldTime"] = moving.details.range.map { dates.range($0) } ?? ""
        }
        return Page(
            template: "book", title: words("book.title", ["name": coach.name ?? words("roles.coach")]), view: view,
            section: .sessions
        ).response(context)
    }

    /// Holds a time, or moves a session to it.
    @Sendable private func choose(_ sent: PageForm, context: PageContext) async throws -> Response {
        let client = try context.person(.client)
        let coach = try await coach(context)
        let wish = try await wish(sent.fields, coach, context)
        guard let start = sent.fields["startsAt"].flatMap({ WallTime($0)?.instant }),
            let range = TimeRange(start, start + Double(wish.minutes) * 60)
        else { throw InvalidInput("startsAt", WallTime.rule) }
        let dates = context.dates(zone: wish.zone)
        let again = wish.path(of: coach.id, from: wish.from, dates)
        return try await tellingOfLostTimes(again) {
            if let moving = wish.moving {
                _ = try await sync.edit(moving.id, by: client) { $0.startsAt = start }
                return Redirect(to: SessionShown.path(of: moving.id), Toast(.sessionMoved))
            }
            let hold = try await sync.hold(range, of: coach.id, by: client)
            return Redirect(to: "\(Self.path(of: coach.id))/holds/\(hold.id)?zone=\(wish.zone.name)")
        }
    }

    /// Somebody else was quicker, or the coach's calendar says nothing: back to what is free now.
    private func tellingOfLostTimes(_ again: String, _ body: () async throws -> Redirect) async throws -> Response {
        let redirect: Redirect
        do {
            redirect = try await body()
        } catch SyncRefusal.timeTaken(let conflicts) {
            throw Redirect(to: again, Toast(conflicts.isUnknown ? .unknownSlot : .slotGone))
        } catch SyncRefusal.notBookable {
            throw Redirect(to: again, Toast(.slotGone))
        } catch SyncRefusal.tooManyHolds {
            throw Redirect(to: again, Toast(.tooManyHolds))
        } catch SyncRefusal.noSuchHold {
            throw Redirect(to: again, Toast(.holdGone))
        }
        throw redirect
    }

    @Sendable private func confirm(_ request: Request, context: PageContext) async throws -> Response {
        let client = try context.person(.client)
        let coach = try await coach(context)
        return try await tellingOfLostHold(coach) {
            let hold = try await sync.hold(try context.idInPath, by: client)
            return try confirmation(hold, coach, request.query, context)
        }
    }

    private func tellingOfLostHold(_ coach: Person, _ body: () async throws -> Response) async throws -> Response {
        do {
            return try await body()
        } catch SyncRefusal.noSuchHold {
            throw Redirect(to: Self.path(of: coach.id), Toast(.holdGone))
        }
    }

    private func confirmation(
        _ hold: Hold, _ coach: Person, _ fields: FormFields, _ context: PageContext, refused: [String] = []
    ) throws -> Response {
        let zone = fields["zone"].flatMap { Zone($0) } ?? context.ownZone ?? .utc
        let dates = context.dates(zone: zone)
        let words = context.words
        return Page(
            template: "hold", title: words("hold.title"),
            view: [
                "when": dates.range(hold.range), "zone": zone.display, "zoneName": zone.name,
                "with": words("session.with", ["name": coach.name ?? words("roles.coach")]),
                "until": words("hold.until", ["time": dates.time(hold.expiresAt)]),
                "action": "\(Self.path(of: coach.id))/holds/\(hold.id)", "topic": fields["topic"] ?? "",
                "summary": fields["sharedSummary"] ?? "", "hasErrors": !refused.isEmpty,
                "errorList": refused.map { ["text": words("form.errors.\($0)"), "field": $0] },
            ], section: .sessions, status: refused.isEmpty ? .ok : .badRequest
        ).response(context)
    }

    @Sendable private func book(_ sent: PageForm, context: PageContext) async throws -> Response {
        let client = try context.person(.client)
        let coach = try await coach(context)
        // Sent twice, it is booked already, and the hold with it is gone.
        if let booked = try? await sync.session(try context.idInPath, by: client) {
            throw Redirect(to: SessionShown.path(of: booked.session.id), Toast(.booked))
        }
        return try await tellingOfLostHold(coach) {
            let hold = try await sync.hold(try context.idInPath, by: client)
            let zone = sent.fields["zone"].flatMap { Zone($0) } ?? context.ownZone ?? .utc
            let details = SessionDetails(
                topic: sent.fields["topic"], sharedSummary: sent.fields["sharedSummary"], startsAt: hold.range.start,
                timeZone: zone.name, duration: .seconds(hold.range.end.timeIntervalSince(hold.range.start)))
            do {
                // The hold's id becomes the session's.
                _ = try await sync.put(hold.id, coachID: coach.id, details: details, holdID: hold.id, by: client)
            } catch let error as InvalidInput {
                let known = error.fields.map(\.name).filter { SessionForm.fields.contains($0) }
                if known.isEmpty { throw SyncRefusal.noSuchHold }
                return try confirmation(hold, coach, sent.fields, context, refused: known)
            } catch SyncRefusal.timeTaken {
                throw Redirect(to: Self.path(of: coach.id), Toast(.slotGone))
            } catch SyncRefusal.notBookable {
                throw Redirect(to: Self.path(of: coach.id), Toast(.slotGone))
            }
            throw Redirect(to: SessionShown.path(of: hold.id), Toast(.booked))
        }
    }
}

extension PageContext {
    var coachInPath: String {
        get throws {
            guard let id = parameters.get("coach")?.removingPercentEncoding, Identifier.isValid(id) else {
                throw SyncRefusal.noSuchCoach
            }
            return id
        }
    }
}
