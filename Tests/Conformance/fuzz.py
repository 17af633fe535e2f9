"""Ten thousand requests, plausible and hostile, by the discovery document: none may crash the emulator or get a 5xx.

    fuzz.py --seed 7 --connections 1     asks the same in the same order again

Every method gets values for path, query and body by its own schemas: right ones, wrong types, nulls, huge ones, odd Unicode, deep
nesting, missing and superfluous fields. Some requests are broken below that: methods, headers, cut JSON, batches, control calls.
Nothing here knows what the right answer is. It only insists that there is one, in time, and that a refusal is well-formed.
"""

import argparse
import collections
import http.client
import json
import os
import random
import re
import shlex
import sys
import threading
import time

import schema
from emulator import Emulator
from hostile import CLIENT, COACH, Generator, World

TIMEOUT_SECONDS = 20


class Fuzzer(threading.Thread):
    """One connection that asks one request after another. Each has its own dice, so that a run can be had again from its seed."""

    def __init__(self, emulator, document, seed, count, tally):
        super().__init__(daemon=True)
        dice = random.Random(seed)
        self.world = World(dice)
        self.generator = Generator(document, self.world, dice)
        self.emulator, self.count, self.tally = emulator, count, tally
        self.connection = None

    def run(self):
        for _ in range(self.count):
            self.ask(*self.generator.request())

    def ask(self, name, verb, target, headers, body):
        headers = {key: value.encode("utf-8").decode("latin-1") for key, value in headers.items()}
        repeat = curl(self.emulator.origin, verb, target, headers, body)
        for token, holder in self.world.holders.items():
            repeat = repeat.replace(token, f"'\"${holder}\"'")  # All text in the line is in single quotes.
        started = time.monotonic()
        try:
            status, content_type, text = self.send(verb, target, headers, body)
        except (OSError, http.client.HTTPException) as error:
            self.connection = None
            self.tally.fail(f"{name}: no answer: {error!r} after {time.monotonic() - started:.1f} s", repeat)
            return
        self.tally.count(name, status, time.monotonic() - started)
        self.look(name, verb, status, content_type, text, repeat)

    def send(self, verb, target, headers, body):
        """Again on a new connection when the server has closed the old one between two requests, as it may."""
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection(self.emulator.address, timeout=TIMEOUT_SECONDS)
            try:
                self.connection.putrequest(verb, target, skip_accept_encoding=True)
                for key, value in headers.items():
                    self.connection.putheader(key, value)
                if body or verb in ("POST", "PUT", "PATCH"):
                    self.connection.putheader("Content-Length", str(len(body)))
                self.connection.endheaders(body)
                answer = self.connection.getresponse()
                text = answer.read()
                if answer.will_close:
                    self.connection.close()
                    self.connection = None
                return answer.status, answer.getheader("Content-Type", ""), text
            except (http.client.RemoteDisconnected, ConnectionError):
                self.connection.close()
                self.connection = None
                if fresh or attempt == 2:
                    raise

    def look(self, name, verb, status, content_type, text, repeat):
        if status >= 500:
            self.tally.fail(f"{name}: {status}: {message_of(text)}", repeat)
        elif status >= 400 and verb != "HEAD":
            for complaint in refusal_complaints(name, status, content_type, text):
                self.tally.fail(f"{name}: {complaint}", repeat)
        elif name == "batch" and status == 200:
            for line in text.split(b"\r\n"):
                if line.startswith(b"HTTP/1.1 5"):
                    self.tally.fail(f"in a batch: {line.decode()}", repeat)
        elif name in self.generator.document.methods and status < 300 and verb != "HEAD":
            try:
                answer = json.loads(text) if text else None
            except ValueError:
                self.tally.fail(f"{name}: {status} with a body that is not JSON", repeat)
                return
            self.world.learn(answer)
            if verb == self.generator.document.methods[name]["httpMethod"]:
                for complaint in self.generator.document.complaints(name, answer):
                    self.tally.fail(f"{name}: {status}: {complaint}", repeat)


def refusal_complaints(name, status, content_type, text):
    """The token endpoint and the control calls have forms of their own, a path that is none may get a page, and what is not
    even HTTP gets a bare 400."""
    if name == "stray" and (status == 400 and not text or status == 404 and content_type.startswith("text/html")):
        return []
    if name.startswith("calendar.") or name == "batch":
        return schema.envelope_complaints(status, content_type, text.decode("utf-8", "replace"))
    try:
        error = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        return [f"{status} without an error in JSON: {text[:100]!r}"]
    return [] if error else [f"{status} with an empty error"]


def message_of(text):
    try:
        return json.loads(text)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return repr(text[:100])


def curl(origin, verb, target, headers, body):
    """A line for a shell that asks the same again."""
    parts = ["curl", "-i", "-X", verb, "--path-as-is", "--globoff"]
    for key, value in headers.items():
        parts += ["-H", f"{key}: {value}"]
    line = shlex.join([*parts, origin + target])
    if body:
        # Bytes that no shell line can hold are written the way printf reads them.
        data = "".join(chr(byte) if 32 <= byte < 127 and byte not in b"\\%'" else f"\\{byte:03o}" for byte in body)
        line = f"printf -- '{data}' | {line} --data-binary @-"
    return line


class Tally:
    def __init__(self, limit=20):
        self.lock = threading.Lock()
        self.statuses = collections.Counter()
        self.methods = collections.Counter()
        self.failures = collections.Counter()
        self.slowest = (0.0, "")
        self.limit = limit

    def count(self, name, status, seconds):
        with self.lock:
            self.statuses[status] += 1
            self.methods[name] += 1
            self.slowest = max(self.slowest, (seconds, name))

    def fail(self, sentence, repeat):
        # The same place with another value, index or key is the same failure.
        kind = re.sub(r"'[^']*'|[-\d.]+ is|\[\d+\]|\.[^.:]*(?=: no such property)", "…", sentence)[:200]
        with self.lock:
            self.failures[kind] += 1
            if not self.failures.total() - 1:
                print(f"OWNER and GUEST are the accessToken of {COACH} and {CLIENT}: POST /emulator/users", file=sys.stderr)
            if self.failures[kind] == 1 and len(self.failures) <= self.limit:
                print(f"FAILED {sentence}\n  again: {repeat}", file=sys.stderr, flush=True)


def prepare(emulator):
    """A small world anew, without memory of what was asked before. - Returns: a token of an owner and one of a guest."""
    emulator.reset()
    # Callbacks are allowed so that `watch` does more than refuse; nobody listens on port 9.
    emulator.control("switches", {"allowHttpCallbacks": True})
    return emulator.user(COACH)["accessToken"], emulator.user(CLIENT, admin=True)["accessToken"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED", "1")))
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--round", type=int, default=2_000, help="after so many requests the world begins anew")
    arguments = parser.parse_args()
    emulator, document, tally = Emulator(), schema.Document(schema.bundled_document()), Tally()
    started, left, round_number = time.monotonic(), arguments.requests, 0
    while left > 0:
        owner, guest = prepare(emulator)
        share = min(left, arguments.round) // arguments.connections or 1
        fuzzers = []
        for number in range(arguments.connections):
            seed = f"{arguments.seed} {round_number} {number}"
            fuzzers.append(Fuzzer(emulator, document, seed, share, tally))
            fuzzers[-1].world.tokens = [owner] * 6 + [guest] * 2 + ["nonsense"]
            fuzzers[-1].world.holders = {owner: "OWNER", guest: "GUEST"}
        for fuzzer in fuzzers:
            fuzzer.start()
        for fuzzer in fuzzers:
            fuzzer.join()
        left -= share * arguments.connections
        round_number += 1
    emulator.reset()  # It still answers.
    unseen = sorted(set(document.methods) - set(tally.methods))
    for method in unseen:
        print("NEVER ASKED:", method, file=sys.stderr)
    total, seconds = tally.statuses.total(), time.monotonic() - started
    by_class = collections.Counter()
    for status, times in tally.statuses.items():
        by_class[f"{status // 100}xx"] += times
    print(
        f"{total} requests to {len(document.methods) - len(unseen)} of {len(document.methods)} methods and beside them, seed "
        f"{arguments.seed}: {dict(sorted(by_class.items()))}, {tally.failures.total()} failures of {len(tally.failures)} kinds; "
        f"slowest {tally.slowest[0]:.2f} s by {tally.slowest[1]}; {total / seconds:.0f} a second"
    )
    for sentence, times in tally.failures.most_common(30):
        print(f"  {times} × {sentence}", file=sys.stderr)
    sys.exit(1 if tally.failures or unseen or total < arguments.requests * 0.99 else 0)


if __name__ == "__main__":
    main()
