import CalendarEmulator
import CalendarSync
import Coaching
import Foundation
import GoogleCalendar
import HTTPTypes

/// A coach, and how they act in Google themselves.
struct Coach: Sendable {
    var person: Person
    /// With which Google takes a request for theirs.
    var accessToken: String
}

/// What people do on the platform, and what they are told.
extension Storm {
    func welcomeCoaches(_ count: Int) async throws {
        struct Account: Decodable { var accessToken: String }
        for number in 1...count {
            let email = "coach-\(number)@example.com"
            let account = try JSONDecoder().decode(Account.self, from: emulator.control(.post, "users", ["email": email]))
            let person = Person(
                id: "coach-\(number)", email: email, role: .coach, timeZone: "Europe/Berlin", locale: "en")
            try await observer.recognise(person)
            coaches.append(Coach(person: person, accessToken: account.accessToken))
        }
    }

    enum Act { case put, edit, cancel, takeBack, connect, disconnect, syncNow, style, settle, audit, rebuild }

    /// - Parameter act: what somebody does; nil for anything.
    func people(_ act: Act? = nil) async {
        let node = node(dice.number(0...1))
        let coach = dice.pick(coaches).person
        let act =
            act
            ?? dice.pick(weighted: [
                (8, Act.put), (8, .edit), (4, .cancel), (4, .takeBack), (4, .connect), (1, .disconnect), (1, .syncNow),
                (1, .style),
                (2, .settle), (weather.hasMeddling ? 2 : 0, .audit), (1, .rebuild),
            ])
        do {
            switch act {
            case .put: try await putSession(coach, node)
            case .edit: try await editSession(coach, node)
            case .cancel: try await cancelSession(coach, node)
            case .takeBack: try await takeBack(node)
            case .connect:
                tell("\(coach.id) connects")
                _ = try await node.sync.connectGoogleCalendar(for: coach)
            case .disconnect:
                let removes = dice.chance(50)
                tell("\(coach.id) disconnects\(removes ? ", removing events" : "")")
                _ = try await node.sync.disconnectGoogleCalendar(of: coach.id, removingEvents: removes)
            case .syncNow: _ = try await node.sync.syncNow(coach.id)
            case .style: try await restyle(coach, node)
            case .settle: try await settle(coach, node)
            case .audit: _ = try await node.sync.requestAudit(of: coach.id)
            case .rebuild:
                tell("\(coach.id) asks for a rebuild")
                _ = try await node.sync.rebuildCalendar(of: coach.id)
            }
        } catch is Node.Dead {
            tell("… and \(node.name) is dead")
        } catch let refusal as SyncRefusal {
            tell("… refused: \(refusal)")
        } catch {
            if node.isAlive { fail("\(act) ended with \(error)") }
        }
    }

    private func details() -> SessionDetails {
        // Few different ones, so that people often take back what they have just changed.
        let day = Double(dice.pick([-2, 1, 2, 30])) * 86_400
        let start = Date(timeIntervalSince1970: (clock.now.timeIntervalSince1970 / 3600).rounded() * 3600 + day)
        return SessionDetails(
            topic: dice.chance(80) ? "Topic \(dice.number(1...2)) <&>" : nil,
            sharedSummary: dice.chance(50) ? "Summary \(dice.number(1...2))" : nil,
            privateNotes: dice.chance(50) ? "\(Self.canary) \(dice.number(1...99))" : nil, startsAt: start,
            timeZone: dice.pick(["Europe/Berlin", "America/New_York", "Asia/Jerusalem"]),
            duration: .seconds(dice.pick([30, 60, 90]) * 60), location: dice.chance(30) ? "Room \(dice.number(1...9))" : nil,
            allowsOverlap: dice.chance(60))
    }

    private func sessions(of coach: Person) -> [CoachingSession] {
        told.values.filter { $0.coachID == coach.id }.sorted { $0.id < $1.id }
    }

    private func putSession(_ coach: Person, _ node: Node) async throws {
        let id = "\(coach.id)-s\(dice.number(1...12))"
        let details = details()
        tell("\(coach.id) puts \(id)")
        try await acknowledged(id, on: node) {
            try await node.sync.put(id, coachID: nil, details: details, by: coach).session.session
        }
    }

    private func editSession(_ coach: Person, _ node: Node) async throws {
        guard let session = self.sessions(of: coach).isEmpty ? nil : dice.pick(self.sessions(of: coach)) else { return }
        try await edit(session, by: coach, on: node)
    }

    private func edit(_ session: CoachingSession, by coach: Person, on node: Node) async throws {
        let new = details()
        let what = dice.number(0...4)
        tell("\(coach.id) edits \(session.id)")
        try await acknowledged(session.id, on: node) {
            try await node.sync.edit(session.id, by: coach) { details in
                switch what {
                case 0: details.topic = new.topic
                case 1: details.startsAt = new.startsAt
                case 2: details.privateNotes = new.privateNotes
                case 3: details.location = new.location
                default: details = new
                }
            }.session
        }
    }

    private func cancelSession(_ coach: Person, _ node: Node) async throws {
        guard let session = self.sessions(of: coach).isEmpty ? nil : dice.pick(self.sessions(of: coach)) else { return }
        tell("\(coach.id) cancels \(session.id)")
        try await acknowledged(session.id, on: node) { try await node.sync.cancel(session.id, by: coach).session }
    }

    /// What was just changed becomes again what it was, to the letter.
    private func takeBack(_ node: Node) async throws {
        guard let before = beforeLastChange, let coach = coaches.first(where: { $0.person.id == before.coachID })?.person
        else { return }
        tell("\(coach.id) takes back what was done to \(before.id)")
        try await acknowledged(before.id, on: node) {
            before.status == .cancelled
                ? try await node.sync.cancel(before.id, by: coach).session
                : try await node.sync.put(before.id, coachID: nil, details: before.details, by: coach).session.session
        }
    }

    /// The session of a request is changed and delivered by another program than the one that stands still with it.
    func overtake(_ sessionID: String, from name: String) async {
        let other = node(name.hasPrefix("node0") ? 1 : 0)
        guard let session = told[sessionID], let coach = coaches.first(where: { $0.person.id == session.coachID })?.person
        else { return }
        do {
            if session.status == .scheduled { try await edit(session, by: coach, on: other) }
        } catch {
            tell("… not: \(error)")
        }
        await work(other, turns: 3)
    }

    private func restyle(_ coach: Person, _ node: Node) async throws {
        let color = dice.chance(50) ? "\(dice.number(1...11))" : nil
        let level = dice.pick(UserCalendarConnection.DetailLevel.allCases)
        let policy = weather.hasMeddling ? dice.pick(UserCalendarConnection.DriftPolicy.allCases) : .restore
        tell("\(coach.id) wants colour \(color ?? "none"), \(level), \(policy)")
        _ = try await node.sync.change(
            connectionOf: coach.id, colorID: .some(color), detailLevel: level, driftPolicy: policy)
    }

    private func settle(_ coach: Person, _ node: Node) async throws {
        guard weather.hasMeddling, let session = self.sessions(of: coach).isEmpty ? nil : dice.pick(self.sessions(of: coach))
        else { return }
        let decision = dice.pick(CalendarSyncService.DriftDecision.allCases)
        do {
            try await acknowledged(session.id, on: node) {
                try await node.sync.settleDrift(of: session.id, by: coach, decision).session
            }
        } catch is InvalidInput {}
    }

    /// Remembers what a caller is told. A caller who is told nothing because the program died looks again later; that what they find then
    /// is one of the two possible states follows from every transaction being whole.
    private func acknowledged(_ id: String, on node: Node, _ act: () async throws -> CoachingSession) async throws {
        let before = told[id]
        do {
            told[id] = try await act()
            if let before { beforeLastChange = before }
        } catch {
            told[id] = try? await observer.session(id, by: Self.admin).session
            throw error
        }
    }

    static let admin = Person(id: "admin", role: .admin)
}

/// What coaches do in Google.
extension Storm {
    private enum Deed { case rename, move, delete, remind, copy, add, deleteCalendar }

    func meddle() async {
        let coach = dice.pick(coaches)
        guard let calendar = try? await observer.calendarConnection(of: coach.person.id).connection.calendarID else { return }
        let deed = dice.pick(weighted: [
            (weather.hasMeddling ? 3 : 0, Deed.rename), (weather.hasMeddling ? 3 : 0, .move),
            (weather.hasMeddling ? 3 : 0, .delete),
            (weather.hasMeddling ? 2 : 0, .remind), (weather.hasMeddling ? 1 : 0, .copy), (weather.hasMeddling ? 2 : 0, .add),
            (weather.losesCalendars ? 1 : 0, .deleteCalendar),
        ])
        if deed == .deleteCalendar {
            guard dice.chance(20) else { return }
            tell("the calendar of \(coach.person.id) is deleted in Google")
            try? await google.deleteCalendar(calendar)
            foreign[calendar] = nil
            return
        }
        if deed == .add {
            let title = "Own \(dice.number(1...999))"
            let day = (clock.now + 86_400 * Double(dice.number(1...40))).formatted(.iso8601.year().month().day())
            let after = (clock.now + 86_400 * Double(42)).formatted(.iso8601.year().month().day())
            let body: [String: any Sendable] = ["summary": title, "start": ["date": day], "end": ["date": after]]
            if let made = ask(coach, .post, "calendars/\(calendar)/events", body), let id = made["id"] as? String {
                tell("\(coach.person.id) adds an event of their own")
                foreign[calendar, default: [:]][id] = title
            }
            return
        }
        var filter = EventFilter()
        filter.pageSize = 2_500
        var events: [Event] = []
        do {
            for try await page in google.events(in: calendar, matching: filter) { events += page.items ?? [] }
        } catch {
            return
        }
        let ours = events.filter { $0.extendedProperties?.private?["loomSession"] != nil }.sorted { $0.id < $1.id }
        guard !ours.isEmpty else { return }
        let event = dice.pick(ours)
        let path = "calendars/\(calendar)/events/\(event.id)"
        tell("\(coach.person.id) does in Google: \(deed) \(event.id)")
        switch deed {
        case .rename: _ = ask(coach, .patch, path, ["summary": "Renamed \(dice.number(1...999))"])
        case .move:
            guard case .at(let start, _)? = event.start, case .at(let end, _)? = event.end else { return }
            let shift = Double(dice.number(-30...30)) * 3600
            _ = ask(
                coach, .patch, path,
                [
                    "start": ["dateTime": (start + shift).formatted(.iso8601)],
                    "end": ["dateTime": (end + shift).formatted(.iso8601)],
                ])
        case .delete: _ = ask(coach, .delete, path, nil)
        case .remind: _ = ask(coach, .patch, path, ["reminders": ["useDefault": false]])
        case .copy:
            guard let marker = event.extendedProperties?.private, case .at(let start, _)? = event.start else { return }
            _ = ask(
                coach, .post, "calendars/\(calendar)/events",
                [
                    "summary": "Copy", "extendedProperties": ["private": marker],
                    "start": ["dateTime": start.formatted(.iso8601)],
                    "end": ["dateTime": (start + 3600).formatted(.iso8601)],
                ])
        case .add, .deleteCalendar: break
        }
    }

    /// A request of the coach's own, past the weather.
    func ask(
        _ coach: Coach, _ method: HTTPRequest.Method, _ path: String, _ body: [String: any Sendable]?
    ) -> [String: Any]? {
        var request = HTTPRequest(method: method, scheme: "http", authority: "127.0.0.1:8085", path: "/calendar/v3/\(path)")
        request.headerFields[.authorization] = "Bearer \(coach.accessToken)"
        request.headerFields[.contentType] = "application/json"
        let data = body.flatMap { try? JSONSerialization.data(withJSONObject: $0) } ?? Data()
        let reply = emulator.respond(to: request, body: data)
        guard reply.response.status.kind == .successful else { return nil }
        return (try? JSONSerialization.jsonObject(with: reply.body)) as? [String: Any]
    }
}
