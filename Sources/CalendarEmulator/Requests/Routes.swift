import HTTPTypes

extension Route {
    /// Every method of Google Calendar API v3, in the order in which they are tried.
    static let table: [Route] = calendars + acl + calendarList + events + others

    private static let calendars: [Route] = [
        Route("calendars.insert", .post, "calendars", scopes: Scopes.writeCalendar) { try $0.insertCalendar($1) },
        Route("calendars.get", .get, "calendars/{calendarId}", scopes: Scopes.getCalendar) { try $0.getCalendar($1) },
        Route("calendars.patch", .patch, "calendars/{calendarId}", scopes: Scopes.writeCalendar) {
            try $0.patchCalendar($1)
        },
        Route("calendars.update", .put, "calendars/{calendarId}", scopes: Scopes.writeCalendar) {
            try $0.updateCalendar($1)
        },
        Route("calendars.delete", .delete, "calendars/{calendarId}", scopes: Scopes.writeCalendar) {
            try $0.deleteCalendar($1)
        },
        Route("calendars.clear", .post, "calendars/{calendarId}/clear", scopes: Scopes.ownCalendar) {
            try $0.clearCalendar($1)
        },
        Route(
            "calendars.transferOwnership", .post, "calendars/{calendarId}/transferOwnership", scopes: Scopes.ownCalendar,
            parameters: ["newDataOwner": .text, "useAdminAccess": .boolean]
        ) { try $0.transferOwnership($1) },
    ]

    private static let acl: [Route] = [
        Route("acl.watch", .post, "calendars/{calendarId}/acl/watch", scopes: Scopes.listAcl, parameters: Parameter.aclList) {
            try $0.watchRules($1)
        },
        Route("acl.list", .get, "calendars/{calendarId}/acl", scopes: Scopes.listAcl, parameters: Parameter.aclList) {
            try $0.listRules($1)
        },
        Route("acl.insert", .post, "calendars/{calendarId}/acl", scopes: Scopes.writeAcl, parameters: Parameter.aclWrite) {
            try $0.insertRule($1)
        },
        Route("acl.get", .get, "calendars/{calendarId}/acl/{ruleId}", scopes: Scopes.getAcl) { try $0.getRule($1) },
        Route(
            "acl.patch", .patch, "calendars/{calendarId}/acl/{ruleId}", scopes: Scopes.writeAcl,
            parameters: Parameter.aclWrite
        ) { try $0.changeRule($1) },
        Route(
            "acl.update", .put, "calendars/{calendarId}/acl/{ruleId}", scopes: Scopes.writeAcl,
            parameters: Parameter.aclWrite
        ) { try $0.changeRule($1) },
        Route("acl.delete", .delete, "calendars/{calendarId}/acl/{ruleId}", scopes: Scopes.writeAcl) {
            try $0.deleteRule($1)
        },
    ]

    private static let entry = "users/me/calendarList/{calendarId}"
    private static let calendarList: [Route] = [
        Route(
            "calendarList.watch", .post, "users/me/calendarList/watch", scopes: Scopes.listEntries,
            parameters: Parameter.entryList
        ) { try $0.watchEntries($1) },
        Route(
            "calendarList.list", .get, "users/me/calendarList", scopes: Scopes.listEntries, parameters: Parameter.entryList
        ) { try $0.listEntries($1) },
        Route(
            "calendarList.insert", .post, "users/me/calendarList", scopes: Scopes.insertEntry,
            parameters: Parameter.entryWrite
        ) { try $0.insertEntry($1) },
        Route("calendarList.get", .get, entry, scopes: Scopes.getEntry) { try $0.getEntry($1) },
        Route("calendarList.patch", .patch, entry, scopes: Scopes.changeEntry, parameters: Parameter.entryWrite) {
            try $0.changeEntry($1, replaces: false)
        },
        Route("calendarList.update", .put, entry, scopes: Scopes.changeEntry, parameters: Parameter.entryWrite) {
            try $0.changeEntry($1, replaces: true)
        },
        Route("calendarList.delete", .delete, entry, scopes: Scopes.changeEntry) { try $0.deleteEntry($1) },
    ]

    private static let path = "calendars/{calendarId}/events"
    private static let events: [Route] = [
        Route("events.import", .post, path + "/import", scopes: Scopes.writeEvents, parameters: Parameter.eventImport) {
            try $0.importEvent($1)
        },
        Route(
            "events.quickAdd", .post, path + "/quickAdd", scopes: Scopes.writeEvents,
            parameters: Parameter.notifications.merging(["text": .text]) { $1 }
        ) { try $0.quickAddEvent($1) },
        Route("events.watch", .post, path + "/watch", scopes: Scopes.readEvents, parameters: Parameter.eventList) {
            try $0.watchEvents($1)
        },
        Route("events.list", .get, path, scopes: Scopes.readEvents, parameters: Parameter.eventList) {
            try $0.listEvents($1)
        },
        Route("events.insert", .post, path, scopes: Scopes.writeEvents, parameters: Parameter.eventInsert) {
            try $0.insertEvent($1)
        },
        Route("events.get", .get, path + "/{eventId}", scopes: Scopes.readEvents, parameters: Parameter.eventGet) {
            try $0.getEvent($1)
        },
        Route("events.patch", .patch, path + "/{eventId}", scopes: Scopes.writeEvents, parameters: Parameter.eventUpdate) {
            try $0.changeEvent($1, replaces: false)
        },
        Route("events.update", .put, path + "/{eventId}", scopes: Scopes.writeEvents, parameters: Parameter.eventUpdate) {
            try $0.changeEvent($1, replaces: true)
        },
        Route(
            "events.delete", .delete, path + "/{eventId}", scopes: Scopes.writeEvents, parameters: Parameter.notifications
        ) { try $0.deleteEvent($1) },
        Route(
            "events.instances", .get, path + "/{eventId}/instances", scopes: Scopes.readEvents,
            parameters: Parameter.eventInstances
        ) { try $0.listInstances($1) },
        Route(
            "events.move", .post, path + "/{eventId}/move", scopes: Scopes.moveEvent,
            parameters: Parameter.notifications.merging(["destination": .text]) { $1 }
        ) { try $0.moveEvent($1) },
    ]

    private static let others: [Route] = [
        Route("freebusy.query", .post, "freeBusy", scopes: Scopes.freeBusy) { try $0.queryFreeBusy($1) },
        Route("colors.get", .get, "colors", scopes: Scopes.colors) { $1.answer(Palette.colors, etag: Palette.etag) },
        Route("channels.stop", .post, "channels/stop", scopes: Scopes.stopChannel) { try $0.stopChannel($1) },
        Route("settings.watch", .post, "users/me/settings/watch", scopes: Scopes.settings, parameters: Parameter.list) {
            try $0.watchSettings($1)
        },
        Route("settings.list", .get, "users/me/settings", scopes: Scopes.settings, parameters: Parameter.list) {
            try $0.listSettings($1)
        },
        Route("settings.get", .get, "users/me/settings/{setting}", scopes: Scopes.settings) { try $0.getSetting($1) },
    ]
}
