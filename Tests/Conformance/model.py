"""A calendar as simple as can be: dictionaries, one loop over the days for a series, one set of quarter hours for what is busy.

It shares no idea with the emulator but Google's own description, and no line. Where neither that nor the emulator's documented
switches say what happens, the model does not know it either, and the test does not do it.
"""

import copy
import dataclasses
import datetime
import zoneinfo

UTC = datetime.timezone.utc
QUARTER = datetime.timedelta(minutes=15)
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
# A series without end goes on; nobody here looks further than this.
HORIZON = datetime.datetime(2027, 9, 1, tzinfo=UTC)


@dataclasses.dataclass
class Event:
    id: str
    ical_uid: str
    # A date, or an instant in UTC.
    start: datetime.date
    end: datetime.date
    # The zone that was sent with the times.
    zone: str | None = None
    # What is kept as sent: summary, description, location, colorId, transparency, visibility, extendedProperties, recurrence.
    fields: dict = dataclasses.field(default_factory=dict)
    status: str = "confirmed"
    # For one instance of a series that was changed on its own:
    series: str | None = None
    original: datetime.datetime | None = None
    # What a move leaves behind: only the id is sure.
    is_bare: bool = False
    # The number of the change that made it what it is.
    change: int = 0

    @property
    def is_cancelled(self):
        return self.status == "cancelled"

    @property
    def is_day(self):
        return not isinstance(self.start, datetime.datetime)

    @property
    def recurrence(self):
        return self.fields.get("recurrence")


class Calendar:
    def __init__(self, id, zone):
        self.id = id
        self.zone = zoneinfo.ZoneInfo(zone)
        self.events = {}
        self.changes = 0

    def put(self, event):
        self.changes += 1
        event.change = self.changes
        self.events[event.id] = event

    def exceptions(self, series):
        return [event for event in self.events.values() if event.series == series.id]

    def instances(self, series):
        """All instances of a series, each as it is now, the cancelled ones too."""
        found = []
        for original in occurrences(series):
            event_id = f"{series.id}_{original:%Y%m%dT%H%M%SZ}"
            found.append(self.events.get(event_id) or instance(series, event_id, original))
        return found

    def singles(self):
        """Every live event, with instances in the place of their series."""
        for event in list(self.events.values()):
            if event.is_cancelled or event.series:
                continue
            yield from ([one for one in self.instances(event) if not one.is_cancelled] if event.recurrence else [event])

    def instant(self, moment):
        """When a moment is; a day begins at midnight of the calendar's zone."""
        if isinstance(moment, datetime.datetime):
            return moment
        return datetime.datetime.combine(moment, datetime.time(), self.zone).astimezone(UTC)

    def overlaps(self, event, time_min, time_max):
        return not ((time_min and self.instant(event.end) <= time_min) or (time_max and self.instant(event.start) >= time_max))

    def busy_quarters(self, time_min, time_max):
        busy = set()
        for event in self.singles():
            if event.fields.get("transparency") == "transparent":
                continue
            moment = max(self.instant(event.start), time_min)
            while moment < min(self.instant(event.end), time_max):
                busy.add(moment)
                moment += QUARTER
        return busy


def instance(series, event_id, original):
    fields = {name: copy.deepcopy(value) for name, value in series.fields.items() if name != "recurrence"}
    return Event(
        event_id,
        series.ical_uid,
        original,
        original + (series.end - series.start),
        series.zone,
        fields,
        series.status,
        series=series.id,
        original=original,
    )


def occurrences(series):
    """When the instances of a weekly series begin, day by day from its start, on the wall clock of its zone."""
    rule, excluded = {}, set()
    zone = zoneinfo.ZoneInfo(series.zone)
    for line in series.recurrence:
        name, value = line.split(":", 1)
        if name == "RRULE":
            rule = dict(part.split("=") for part in value.split(";"))
        else:  # EXDATE;TZID=…
            excluded.add(datetime.datetime.strptime(value, "%Y%m%dT%H%M%S").replace(tzinfo=zone).astimezone(UTC))
    first = series.start.astimezone(zone)
    monday = first.date() - datetime.timedelta(days=first.weekday())
    wanted = rule.get("BYDAY", WEEKDAYS[first.weekday()]).split(",")
    until = datetime.datetime.strptime(rule["UNTIL"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if "UNTIL" in rule else HORIZON
    found, day = [], first.date()
    while len(found) < int(rule.get("COUNT", 10_000)):
        moment = datetime.datetime.combine(day, first.time(), zone).astimezone(UTC)
        if moment > until:
            break
        weeks = (day - monday).days // 7
        if WEEKDAYS[day.weekday()] in wanted and weeks % int(rule.get("INTERVAL", 1)) == 0:
            found.append(moment)
        day += datetime.timedelta(days=1)
    return [moment for moment in found if moment not in excluded]


def merged(old, change):
    """What PATCH does: objects merge, null clears, everything else is replaced."""
    result = dict(old)
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            result[name] = merged(result.get(name, {}), value)
        else:
            result[name] = value
    return result


def kept(fields):
    """What is stored of what was sent: defaults and empty texts are left out, extended properties are cut to their limits."""
    defaults = {"transparency": "opaque", "visibility": "default"}
    result = {name: value for name, value in fields.items() if value not in ("", {}, None) and defaults.get(name) != value}
    properties = {}
    for kind, pairs in fields.get("extendedProperties", {}).items():
        pairs = {key: value[:1024] for key, value in pairs.items() if len(key) <= 44 and value is not None}
        if pairs:
            properties[kind] = pairs
    result.pop("extendedProperties", None)
    return {**result, "extendedProperties": properties} if properties else result
