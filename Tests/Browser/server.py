"""A running server with an emulated Google beside it, and the people who use it."""

import base64
import dataclasses
import hmac
import json
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.request

from google.auth.transport.requests import Request
from google.oauth2 import service_account

from emulator import Emulator, Person
from processes import Process, free_port

SECRET = "a secret of the browser tests that is long enough"
ROOT = pathlib.Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Somebody:
    """A person as the platform knows them."""

    id: str
    role: str = "coach"
    zone: str | None = "Europe/Berlin"
    locale: str | None = "en"
    name: str | None = None

    @property
    def email(self):
        return self.id + "@example.com"


COACH = Somebody("coach-1", name="A coach")
HEBREW_COACH = Somebody("coach-2", zone="Asia/Jerusalem", locale="he", name="מאמן")
CLIENT = Somebody("client-1", "client", "America/New_York", name="A client")
OTHER_CLIENT = Somebody("client-2", "client", "Asia/Kolkata", name="Another client")
OPERATOR = Somebody("operator-1", "admin", name="An operator")


class Server:
    """`serve --emulator` in a process of its own, once its demo has been played."""

    def __init__(self, program):
        self.program = os.path.abspath(program)
        port, google = free_port(), free_port()
        self.url, self.emulator = f"http://127.0.0.1:{port}", Emulator(f"http://127.0.0.1:{google}")
        self.log = tempfile.NamedTemporaryFile(prefix="loom-calendar-", suffix=".log")
        # Calendars that are checked for conflicts are read often, so that nobody has to wait for it.
        environment = os.environ | {"LOOM_AUTH_SECRET": SECRET, "LOOM_BUSY_POLL_SECONDS": "1"}
        self.process = Process(
            [self.program, "serve", "--emulator", "--port", str(port), "--emulator-port", str(google)],
            lambda: "Stop with Ctrl-C" in self.said, cwd=ROOT, env=environment, stdout=self.log, stderr=self.log)

    @property
    def said(self):
        return pathlib.Path(self.log.name).read_text()

    def stop(self):
        self.process.stop()
        self.log.close()

    def token(self, person, minutes=10):
        """Signs this person in, as the platform's token does."""
        command = [self.program, "token", "--user", person.id, "--email", person.email, "--role", person.role]
        for option, value in [("--name", person.name), ("--time-zone", person.zone), ("--locale", person.locale)]:
            command += [option, value] if value else []
        command += ["--valid-for", str(minutes)]
        environment = os.environ | {"LOOM_AUTH_SECRET": SECRET}
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()

    def expired_token(self, person):
        """One that would have been good an hour ago, signed as all are."""
        def text(value):
            return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

        claims = {"sub": person.id, "email": person.email, "role": person.role, "exp": time.time() - 3600}
        signed = text(b'{"alg":"HS256","typ":"JWT"}') + "." + text(json.dumps(claims).encode())
        return signed + "." + text(hmac.digest(SECRET.encode(), signed.encode(), "sha256"))

    def call(self, person, method, path, body=None):
        """A call of the API that has to be answered well."""
        request = urllib.request.Request(
            self.url + path, None if body is None else json.dumps(body).encode(),
            {"Authorization": "Bearer " + self.token(person)}, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or "{}")

    # MARK: - The emulated Google

    def fault(self, **fault):
        self.emulator.control("faults", fault)

    def end_faults(self):
        self.emulator.control("faults", method="DELETE")

    def google(self):
        """Whom all calendars of the platform belong to."""
        email = self.emulator.control("state", method="GET")["serviceAccounts"][0]["email"]
        name, project = email.split("@")[0], email.split("@")[1].split(".")[0]
        key = self.emulator.control("service-accounts", {"project": project, "name": name})
        credentials = service_account.Credentials.from_service_account_info(
            key, scopes=["https://www.googleapis.com/auth/calendar"])
        credentials.refresh(Request())
        return Person(self.emulator, email, credentials.token)

    def calendars(self, person):
        """What was made for this coach and is still there."""
        return [
            calendar for calendar in self.emulator.control("state", method="GET")["calendars"]
            if not calendar["primary"] and any(rule["id"] == "user:" + person.email for rule in calendar["acl"])
        ]

    def events(self, person):
        """The events in this coach's calendar that are not deleted."""
        return [
            event for calendar in self.calendars(person) for event in calendar["events"] if event["status"] != "cancelled"
        ]
