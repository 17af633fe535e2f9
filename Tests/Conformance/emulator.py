"""A running emulator, and how Google's own client is pointed at it.

The client is the package from PyPI, untouched. `client_options.api_endpoint` is its own setting for another server;
`requestBuilder` is its own hook, used here to hold every answer against the discovery document.
"""

import collections
import http.client
import json
import os
import threading
import urllib.parse

from google.oauth2 import service_account
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest

import schema

CALENDAR_SCOPE = "https://www.googleapis.com/auth/calendar"
TIMEOUT_SECONDS = 30


class Emulator:
    def __init__(self, origin=None):
        self.origin = (origin or os.environ["EMULATOR_URL"]).rstrip("/")
        self.api_endpoint = self.origin + "/calendar/v3/"
        self.address = urllib.parse.urlsplit(self.origin).netloc

    def control(self, path, body=None, method="POST"):
        """One call below `/emulator/`; raises when it is refused."""
        connection = http.client.HTTPConnection(self.address, timeout=TIMEOUT_SECONDS)
        data = None if method in ("GET", "DELETE") else json.dumps(body or {})
        connection.request(method, "/emulator/" + path, body=data)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 300:
            raise RuntimeError(f"{method} /emulator/{path}: {answer.status} {text.decode()}")
        return json.loads(text) if text else None

    def reset(self):
        self.control("reset")

    def user(self, email, **more):
        return self.control("users", {"email": email, **more})

    def user_credentials(self, email, **more):
        return Credentials(self.user(email, **more)["accessToken"])

    def service_account_key(self, name="sync", project="demo", **more):
        return self.control("service-accounts", {"project": project, "name": name, **more})

    def service_account(self, key, *, sub=None, scopes=(CALENDAR_SCOPE,)):
        return service_account.Credentials.from_service_account_info(key, scopes=list(scopes), subject=sub)

    def client(self, credentials, checks=None):
        """Google's client on this emulator, with every answer checked when `checks` is given."""
        return build(
            "calendar",
            "v3",
            credentials=credentials,
            static_discovery=True,
            cache_discovery=False,
            client_options={"api_endpoint": self.api_endpoint},
            requestBuilder=checks.request if checks else HttpRequest,
        )


class Checks:
    """Counts what was called and collects what was wrong with the answers."""

    def __init__(self):
        self.document = schema.Document(schema.bundled_document())
        self.answers = collections.Counter()
        self.errors = 0
        self.complaints = []
        self.lock = threading.Lock()

    def request(self, http, postproc, uri, method="GET", body=None, headers=None, methodId=None, resumable=None):
        """What the client calls `requestBuilder`: its own request, with a look at the answer on the way."""

        def checked(response, content):
            self.look_at_answer(methodId, uri, response, content)
            return postproc(response, content)

        return CheckedRequest(
            self, http, checked, uri, method=method, body=body, headers=headers, methodId=methodId, resumable=resumable
        )

    def look_at_answer(self, method_id, uri, response, content):
        answer = json.loads(content) if content else None
        found = self.document.complaints(method_id, answer)
        content_type = response.get("content-type", "")
        # An answer inside a batch has its own headers too.
        if content and content_type.replace(" ", "").lower() != "application/json;charset=utf-8":
            found.append(f"Content-Type {content_type!r}")
        with self.lock:
            self.answers[method_id] += 1
            self.complaints += [f"{method_id} {uri}: {complaint}" for complaint in found]

    def look_at_error(self, error):
        if error.resp.status == 304:  # No error, although the client raises it as one.
            return
        text = error.content.decode("utf-8", "replace")
        found = schema.envelope_complaints(error.resp.status, error.resp.get("content-type", ""), text)
        with self.lock:
            self.errors += 1
            self.complaints += [f"{error.resp.status} from {error.uri}: {complaint}" for complaint in found]

    @property
    def missing(self):
        """Methods of the document that nobody has called with success."""
        return sorted(set(self.document.methods) - set(self.answers))


class CheckedRequest(HttpRequest):
    def __init__(self, checks, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.checks = checks

    def execute(self, http=None, num_retries=0):
        try:
            return super().execute(http=http, num_retries=num_retries)
        except HttpError as error:
            self.checks.look_at_error(error)
            raise


def reason(error):
    """`errors[0].reason` of a refusal."""
    return json.loads(error.content)["error"]["errors"][0]["reason"]


def refusal(request, **more):
    """Status and reason with which a request is refused; None when it is not."""
    try:
        request.execute(**more)
    except HttpError as error:
        return error.resp.status, reason(error)
    return None
