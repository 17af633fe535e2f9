"""A way through every page and every state that it can be in, for whoever wants to look at all of them."""

import datetime

from playwright.sync_api import expect

from harness import SOON, soon
from server import Somebody
from visits import IN_A_WHILE, Words, at, next_week, starts_at

SETTINGS = "/settings/calendar"
LANGUAGES = ["en", "he"]


def people(language):
    """A coach, a client and an operator who read this language."""
    zone, coach, client, operator = {
        "en": ("Europe/Berlin", "A coach", "A client", "An operator"),
        "he": ("Asia/Jerusalem", "מאמן", "לקוח", "תפעול"),
    }[language]
    return (
        Somebody("coach-1", zone=zone, locale=language, name=coach),
        Somebody("client-1", "client", "America/New_York", language, client),
        Somebody("operator-1", "admin", zone, language, operator))


TOPICS = {
    "en": ["First conversation", "Listening and asking better questions, and what else there is to say about it", "Weekly"],
    "he": ["שיחה ראשונה", "להקשיב ולשאול שאלות טובות יותר, ומה עוד יש לומר על כך", "שבועי"],
}


def tour(site, language, look):
    """Goes through everything once, with a fresh server.

    :param look: is called with a visitor and the name of what is seen.
    """
    site.fresh()
    server, words = site.server, Words(language)
    coach, client, operator = people(language)
    topic, long_topic, weekly = TOPICS[language]
    options = {"locale": language, "strict": False}

    with site.visit(**options) as nobody:
        look(nobody, "sign-in")
        nobody.go("/sign-in?token=none")
        look(nobody, "problem-token")

    with site.visit(coach, **options) as c, site.visit(client, f"/book/{coach.id}", **options) as b, \
            site.visit(operator, **options) as o:
        day = next_week(coach, 1)
        look_at_connecting(c, words, look)
        look_at_sessions(c, coach, client, day, (topic, long_topic, weekly), words, look)
        look_at_booking(b, coach, client, day, topic, words, look)
        look_at_trouble(c, o, coach, day, topic, words, look)
        look_at_operator(o, coach, look)


def look_at_connecting(c, words, look):
    server = c.server
    c.go("/sessions")
    look(c, "week-empty")
    c.go("/sessions?view=month")
    look(c, "month-empty")
    c.go(SETTINGS)
    look(c, "settings-never")
    server.fault(method="calendars.insert", status=503)
    c.press(words("settings.connect"))
    c.is_told(words("toasts.connectFailed"))
    look(c, "settings-waiting")
    server.end_faults()
    server.fault(method="calendars.insert", delayMilliseconds=60_000)
    c.press(words("settings.connectAgain"))
    c.is_told(words("toasts.connecting"))
    look(c, "settings-connecting")
