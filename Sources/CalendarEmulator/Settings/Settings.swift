import Foundation
import OrderedCollections

/// `settings.*`: what people have set in Google's pages. The API only reads them; a control call stands for the pages.
extension World {
    func listSettings(_ call: Call) throws(GoogleError) -> Answer {
        let email = call.principal.email
        let all = settings(of: email)
        let page = try Page(of: all, for: call, owner: listID(email), areTokensExpired: switches.syncTokensExpired) { _ in true
        }
        let etag = "\"p\(all.lastChange)\""
        var json: JSON.Object = ["kind": "calendar#settings", "etag": .string(etag)]
        page.describe(in: &json) { $0.element.json }
        return call.answer(.object(json), etag: etag)
    }

    func getSetting(_ call: Call) throws(GoogleError) -> Answer {
        guard let setting = settings(of: call.principal.email)[call.path["setting"] ?? ""] else { throw .notFound }
        return call.answer(setting.json, etag: setting.etag)
    }

    /// All settings of an account, also of one that never changed any.
    func settings(of email: String) -> TrackedList<Setting> {
        if let changed = settings[email] { return changed }
        var usual = TrackedList<Setting>()
        for (id, value) in Setting.usual {
            let own = id == "timezone" ? calendars[email]?.timeZone ?? value : value
            usual.put(Setting(id: id, value: own, etag: "\"p3000\""), id)
        }
        return usual
    }

    /// The number of the last change of somebody's settings.
    func settingsVersion(of email: String) -> Int { settings[email]?.lastChange ?? Setting.usual.count }

    /// The zone of the primary calendar is one of the settings; call this before the calendar has it.
    mutating func keepSettingOfTimeZone(_ name: String, of email: String) {
        change("timezone", to: name, of: email)
    }

    @discardableResult
    private mutating func change(_ id: String, to value: String, of email: String) -> Setting {
        var all = settings(of: email)
        if let setting = all[id], setting.value == value { return setting }
        let changed = Setting(id: id, value: value, etag: nextEtag())
        all.put(changed, id)
        settings[email] = all
        return changed
    }

    /// `POST /emulator/settings {email, id, value}`: somebody changes a setting in Google's pages.
    mutating func setSetting(_ body: ControlBody, now: Instant) throws(ControlError) -> Reply {
        try body.refuseOthers(than: ["email", "id", "value"])
        guard let email = try body.string("email")?.lowercased(), calendars[email] != nil else {
            throw ControlError("email must be the address of an account that is there")
        }
        guard let id = try body.string("id"), Setting.usual[id] != nil else {
            throw ControlError("id must be one of \(Setting.usual.keys.joined(separator: ", "))")
        }
        guard let value = try body.string("value"), Setting.allows(value, for: id) else {
            throw ControlError("value is none that \(id) can have")
        }
        let setting = change(id, to: value, of: email)
        if id == "timezone", let old = calendars[email], old.timeZone != value {
            var calendar = old
            calendar.timeZone = value
            calendar.updated = now
            calendar.etag = nextEtag()
            calendars[email] = calendar
            renewEntries(of: old)
        }
        return .json(setting.json, indent: 2)
    }
}
