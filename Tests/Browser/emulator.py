"""A running emulator, and the people who call it: what the browser tests stand on. Only the standard library."""

import json
import urllib.error
import urllib.request


class Emulator:
    """An emulator that listens at an address, whoever has started it."""

    def __init__(self, url):
        self.url = url

    def call(self, method, path, body=None, token=None):
        """The status and the JSON of an answer; 0 and None when the connection broke."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        if token:
            request.add_header("Authorization", "Bearer " + token)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        except (urllib.error.URLError, OSError) as error:
            if isinstance(getattr(error, "reason", None), ConnectionRefusedError):
                raise
            return 0, None
        try:
            return status, json.loads(text) if text else {}
        except ValueError:
            return status, None

    def control(self, path, body=None, method="POST"):
        status, answer = self.call(method, "/emulator/" + path, {} if body is None and method == "POST" else body)
        assert 200 <= status < 300, f"{method} /emulator/{path}: {status} {answer}"
        return answer

    def person(self, email, **more):
        return Person(self, email, self.control("users", {"email": email, **more})["accessToken"])


class Person:
    """Somebody who calls the API with a token."""

    def __init__(self, emulator, email, token):
        self.emulator, self.email, self.token = emulator, email, token

    def ask(self, method, path, body=None):
        return self.emulator.call(method, "/calendar/v3/" + path, body, self.token)

    def must(self, method, path, body=None):
        status, answer = self.ask(method, path, body)
        assert 200 <= status < 300, f"{method} {path}: {status} {answer}"
        return answer

    def calendar(self, summary="Coaching", zone="Europe/Berlin"):
        return self.must("POST", "calendars", {"summary": summary, "timeZone": zone})["id"]

    def insert(self, calendar, summary, start, end, **more):
        """An event between two local times such as 2026-11-03T10:00 in Berlin, or between two days."""
        key = "dateTime" if "T" in start else "date"
        zone = {"timeZone": "Europe/Berlin"} if key == "dateTime" else {}
        seconds = ":00" if key == "dateTime" else ""
        return self.must("POST", f"calendars/{calendar}/events", {
            "summary": summary, "start": {key: start + seconds, **zone}, "end": {key: end + seconds, **zone}, **more})
