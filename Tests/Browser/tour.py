"""A way through every page and every state that it can be in, for whoever wants to look at all of them."""

import datetime

from playwright.sync_api import expect

from server import Somebody
from visits import BADGE, DESKTOP, IN_A_WHILE, PHONE, SETTINGS, STATE, Words, at, last_sunday, next_week

LANGUAGES = ["en", "he"]
ZONES = {"en": "Europe/Berlin", "he": "Asia/Jerusalem"}
NAMES = {"en": ["A coach", "Another coach", "A client", "An operator"], "he": ["מאמן", "מאמן אחר", "לקוח", "תפעול"]}
TEXTS = {
    "en": {
        "short": "First conversation", "weekly": "Weekly", "refused": "Refused",
        "long": "Listening and asking better questions, and what else there is to say about it",
        "notes": "What should be different in three months?\nAnd how would others see it?",
    },
    "he": {
        "short": "שיחה ראשונה", "weekly": "שבועי", "refused": "נדחתה",
        "long": "להקשיב ולשאול שאלות טובות יותר, ומה עוד יש לומר על כך",
        "notes": "מה יהיה שונה בעוד שלושה חודשים?\nואיך יראו זאת אחרים?",
    },
}


class Tour:
    """One language's way."""

    def __init__(self, site, language, look):
        """`look` is called with a visitor and the name of what is seen."""
        self.site, self.look, self.words, self.texts = site, look, Words(language), TEXTS[language]
        self.server = site.server
        zone, names = ZONES[language], NAMES[language]
        self.coach = Somebody("coach-1", zone=zone, locale=language, name=names[0])
        self.other_coach = Somebody("coach-2", zone=zone, locale=language, name=names[1])
        self.client = Somebody("client-1", "client", "America/New_York", language, names[2])
        self.operator = Somebody("operator-1", "admin", zone, language, names[3])
        self.day = next_week(self.coach, 1)
        # What fades in is not looked at half-way.
        self.options = {"locale": language, "strict": False, "reduced_motion": "reduce"}

    def go(self):
        self.signing_in()
        with self.visit(self.other_coach) as other:
            self.connecting(other)
        with self.visit(self.coach) as coach, self.visit(self.client) as client, self.visit(self.operator) as operator:
            self.filling(coach, client)
            self.planning(coach)
            self.one_session(coach)
            self.booking(client, coach)
            self.unknown_calendars(coach, client)
            self.trouble(coach)
            self.overseeing(operator)
            self.paused(coach, operator)
            self.leaving(coach)

    def visit(self, person):
        return self.site.visit(person, **self.options)

    def put(self, name, day, hour, topic, **more):
        start = at(day, hour, self.coach)
        self.server.call(self.coach, "PUT", "/v1/sessions/" + name, {
            "topic": topic, "startsAt": start.isoformat(), "timeZone": self.coach.zone, **more})

    def moment(self, day, hour):
        """As Google has it."""
        return {"dateTime": at(day, hour, self.coach).isoformat()}

    def after(self, days):
        return self.day + datetime.timedelta(days=days)

    def is_healthy(self, coach):
        coach.go(SETTINGS)
        coach.sees(STATE, self.words("settings.badges.healthy"), IN_A_WHILE)

    # MARK: - Where it begins

    def signing_in(self):
        with self.site.visit(**self.options) as nobody:
            self.look(nobody, "sign-in")
            nobody.go("/sign-in?token=none")
            self.look(nobody, "problem-token")

    def connecting(self, coach):
        self.look(coach, "week-empty")
        coach.go("/sessions?view=month")
        self.look(coach, "month-empty")
        coach.go("/settings/booking")
        self.look(coach, "booking-rules")
        coach.fill(self.words("booking.days.monday"), "9 - 5")
        coach.press(self.words("settings.save"))
        expect(coach.page.get_by_role("alert")).to_have_count(1)
        self.look(coach, "booking-rules-mistake")
        coach.go(SETTINGS)
        self.look(coach, "settings-never")
        self.server.fault(method="calendars.insert", status=503)
        coach.press(self.words("settings.connect"))
        coach.is_told(self.words("toasts.connectFailed"))
        self.look(coach, "settings-waiting")
        self.server.end_faults()
        # Longer than anybody looks at it, and nobody waits for its end.
        self.server.fault(method="calendars.insert", delayMilliseconds=15_000, count=1)
        coach.press(self.words("settings.connectAgain"))
        coach.is_told(self.words("toasts.connecting"))
        self.look(coach, "settings-connecting")

    # MARK: - What goes well

    def filling(self, coach, client):
        self.look(client, "list-empty")
        notes = self.texts["notes"]
        self.put("s-1", self.day, 10, self.texts["short"], clientId=self.client.id, sharedSummary=notes, privateNotes=notes,
                 location="https://meet.example.com/loom")
        self.put("s-2", self.day, 10, self.texts["long"], durationMinutes=90, allowOverlap=True)
        for number in range(6):
            self.put(f"short-{number}", self.after(1), 9 + number, self.texts["long"], durationMinutes=[15, 30, 45][number % 3])
        self.put("night", self.after(9), 23, self.texts["short"], durationMinutes=120)
        self.server.call(self.coach, "PUT", "/v1/series/weekly", {
            "topic": self.texts["weekly"], "startsAt": f"{self.after(2)}T11:00", "timeZone": self.coach.zone, "count": 4})
        self.server.fault(method="events.insert", delayMilliseconds=4_000)
        coach.go(SETTINGS)
        coach.press(self.words("settings.connect"))
        coach.is_told(self.words("toasts.connected"))
        self.look(coach, "settings-filling")
        self.server.end_faults()
        self.is_healthy(coach)
        self.look(coach, "settings-connected")

    def planning(self, coach):
        coach.go(f"/sessions?date={self.day}")
        self.look(coach, "week")
        coach.go(f"/sessions?date={self.after(9)}")
        self.look(coach, "week-with-a-night")
        coach.go(f"/sessions?view=month&date={self.day}")
        self.look(coach, "month")
        coach.go(f"/new-session?at={self.after(3)}T10:00")
        self.look(coach, "new-session")
        coach.fill(self.words("form.date"), str(self.day))
        expect(coach.page.locator("#conflicts .notice")).to_have_count(1)
        self.look(coach, "new-session-conflict")
        coach.press(self.words("form.save"))
        expect(coach.page.locator("#conflicts .notice")).to_have_count(1)
        self.look(coach, "new-session-refused")
        # What no browser finds wrong by itself: clocks in Berlin skip that time on that day.
        year = datetime.date.today().year + 1
        coach.page.get_by_label(self.words("form.timeZone")).select_option("Europe/Berlin")
        coach.fill(self.words("form.date"), str(last_sunday(year, 3)))
        coach.fill(self.words("form.time"), "02:30")
        coach.press(self.words("form.save"))
        expect(coach.page.get_by_role("alert")).to_have_count(1)
        self.look(coach, "new-session-mistake")
        coach.fill(self.words("form.date"), str(last_sunday(year, 10)))
        coach.press(self.words("form.save"))
        expect(coach.page.locator("#offsets input")).to_have_count(2)
        self.look(coach, "new-session-two-times")

    def one_session(self, coach):
        coach.go("/sessions/s-1")
        self.look(coach, "session")
        coach.page.locator("summary").click()
        self.look(coach, "session-about-to-be-cancelled")
        coach.go("/sessions/weekly-3/edit")
        self.look(coach, "edit-session-of-a-series")
        self.server.call(self.coach, "PATCH", "/v1/sessions/weekly-3", {"privateNotes": self.texts["notes"]})
        coach.press(self.words("form.save"))
        expect(coach.page.get_by_role("alert")).to_have_count(1)
        self.look(coach, "edit-session-changed-meanwhile")
        self.server.call(self.coach, "DELETE", "/v1/sessions/weekly-4")
        coach.go("/sessions/weekly-4")
        coach.sees(BADGE, self.words("session.badges.gone"))
        self.look(coach, "session-cancelled")

    def booking(self, client, coach):
        client.go("/sessions")
        self.look(client, "list")
        client.go("/sessions/s-1")
        self.look(client, "client-session")
        client.go(f"/book/{self.coach.id}?from={self.day}&moving=s-1")
        self.look(client, "book-another-time")
        client.go(f"/book/{self.coach.id}?from={self.day}")
        self.look(client, "book")
        client.page.locator(".chips button").first.click()
        expect(client.page.locator("h1")).to_have_text(self.words("hold.title"))
        self.look(client, "hold")
        coach.go(f"/sessions?date={self.day}")
        self.look(coach, "week-with-a-hold")
        coach.go(f"/book/{self.coach.id}?from={self.day}")
        self.look(coach, "book-preview")
        client.go("/book/nobody")
        self.look(client, "problem-not-found")
        client.go("/operator")
        self.look(client, "problem-not-for-you")

    # MARK: - What does not

    def unknown_calendars(self, coach, client):
        me = self.server.emulator.person(self.coach.email)
        account = self.server.google().email
        coach.go(SETTINGS)
        coach.fill(self.words("settings.conflicts.id"), self.coach.email)
        coach.press(self.words("settings.conflicts.add"))
        expect(coach.page.locator("#calendar-refused")).to_be_visible()
        self.look(coach, "settings-calendar-refused")
        me.must("POST", "calendars/primary/acl", {"role": "freeBusyReader", "scope": {"type": "user", "value": account}})
        me.must("POST", "calendars/primary/events", {
            "summary": "Dentist", "start": self.moment(self.day, 10), "end": self.moment(self.day, 13)})
        coach.press(self.words("settings.conflicts.add"))
        coach.is_told(self.words("toasts.saved"))
        coach.go("/sessions/s-1")
        coach.sees("#calendar-state", self.words("conflicts.heading"))
        self.look(coach, "session-with-conflict")
        other = me.calendar("Family")
        me.must("POST", f"calendars/{other}/acl", {"role": "freeBusyReader", "scope": {"type": "user", "value": account}})
        self.server.fault(method="freebusy.query", status=503)
        coach.go(SETTINGS)
        coach.fill(self.words("settings.conflicts.id"), other)
        coach.press(self.words("settings.conflicts.add"))
        coach.is_told(self.words("toasts.saved"))
        coach.sees(f"#conflict-calendars li:has-text('{other}') .bad-text", "Google")
        self.look(coach, "settings-calendar-unknown")
        coach.go(f"/sessions?date={self.day}")
        self.look(coach, "week-unknown")
        coach.go(f"/sessions?view=month&date={self.day}")
        self.look(coach, "month-unknown")
        client.go(f"/book/{self.coach.id}?from={self.day}")
        self.look(client, "book-unknown")
        self.server.end_faults()

    def trouble(self, coach):
        self.server.fault(method="events.insert", status=400, reason="invalid", count=1)
        self.put("refused", self.after(3), 14, self.texts["refused"])
        coach.go("/sessions/refused")
        coach.sees(BADGE, self.words("session.badges.failed"))
        self.look(coach, "session-refused")
        coach.go(SETTINGS)
        self.look(coach, "settings-problem")
        coach.page.get_by_label(self.words("settings.events.policies.ask.name")).check()
        coach.press(self.words("settings.save"))
        coach.is_told(self.words("toasts.saved"))
        coach.press(self.words("settings.tryNow"))
        self.is_healthy(coach)
        calendar = self.server.calendars(self.coach)[0]
        event = next(event for event in calendar["events"] if event["summary"] == self.texts["refused"])
        self.server.emulator.person(self.coach.email).must("PATCH", f"calendars/{calendar['id']}/events/{event['id']}", {
            "start": self.moment(self.after(3), 16), "end": self.moment(self.after(3), 17)})
        coach.press(self.words("settings.audit.now"))
        coach.sees("#connection-state", self.words("settings.audit.drifted.one"))
        self.look(coach, "settings-drifted")
        coach.go("/sessions/refused")
        self.look(coach, "session-changed-in-google")
        coach.press(self.words("session.drift.keepSession"))
        coach.is_told(self.words("toasts.driftSettled"))

    def overseeing(self, operator):
        operator.go("/operator")
        self.look(operator, "operator")
        operator.go("/operator?coach=nobody")
        self.look(operator, "operator-unknown-coach")
        operator.go(f"/operator/coaches/{self.coach.id}")
        self.look(operator, "operator-coach")
        operator.go("/operator/coaches/demo-coach-he")
        self.look(operator, "operator-coach-never-connected")
        operator.go("/sessions/s-1")
        self.look(operator, "operator-session")

    def paused(self, coach, operator):
        self.server.google().must("DELETE", "calendars/" + self.server.calendars(self.coach)[0]["id"])
        self.put("s-1", self.day, 10, self.texts["long"], clientId=self.client.id)
        coach.go(SETTINGS)
        coach.sees(STATE, self.words("settings.badges.attention"))
        self.look(coach, "settings-attention")
        coach.go("/sessions/s-1")
        self.look(coach, "session-of-a-lost-calendar")
        coach.go(SETTINGS)
        coach.press(self.words("settings.connectAgain"))
        self.is_healthy(coach)
        # Google's limits stop everybody.
        self.server.emulator.control("quotas", {"eventCreations": 0})
        self.put("limited", self.after(3), 8, self.texts["short"])
        coach.go(SETTINGS)
        coach.sees(STATE, self.words("settings.badges.paused"))
        self.look(coach, "settings-paused")
        coach.go("/sessions/limited")
        self.look(coach, "session-paused")
        operator.go("/operator")
        self.look(operator, "operator-paused")
        operator.go(f"/operator/coaches/{self.coach.id}")
        self.look(operator, "operator-coach-paused")

    def leaving(self, coach):
        coach.go(SETTINGS + "/disconnect")
        self.look(coach, "disconnect")
        coach.page.get_by_role("radio").last.check()
        coach.press(self.words("disconnect.confirm"))
        # The limit holds for taking out as well.
        coach.is_told(self.words("toasts.removing"))
        self.look(coach, "settings-removing")
        self.server.call(self.coach, "DELETE", "/v1/google-calendar/connection")
        coach.go(SETTINGS)
        expect(coach.page.locator(STATE)).to_have_text(self.words("settings.badges.disconnected"))
        self.look(coach, "settings-disconnected")
        coach.go("/sessions/s-1")
        self.look(coach, "session-in-no-calendar")
        coach.press(self.words("layout.signOut"))
        coach.is_told(self.words("toasts.signedOut"))
        self.look(coach, "signed-out")


def shapes(visitor):
    """Shows what is seen now on a desk and on a phone, by day and by night: a name for each."""
    for shape, viewport in (("phone", PHONE), ("desktop", DESKTOP)):
        visitor.page.set_viewport_size(viewport)
        for scheme in ("dark", "light"):
            visitor.page.emulate_media(color_scheme=scheme)
            yield f"{shape}-{scheme}"
