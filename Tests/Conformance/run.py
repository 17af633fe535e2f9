"""Starts the emulator, lets the parts ask it one after another, ends it, and prints one line for each part.

    run.py EMULATOR_EXECUTABLE [PART …]

A part is `schema`, `methods`, `clients`, `property` or `fuzz`; all of them when none is named. What a part says of its failures
goes to stderr as it comes. Exits with 1 when a part failed or the emulator did not live to the end.
"""

import os
import queue
import re
import subprocess
import sys
import threading
import time

PARTS = {
    "schema": "schema_test.py",
    "methods": "all_methods.py",
    "clients": "clients.py",
    "property": "property.py",
    "fuzz": "fuzz.py",
}
START_SECONDS = 30
# Several times what a part takes on a machine of two cores.
PART_SECONDS = 600


class RunningEmulator:
    def __init__(self, executable):
        self.log = []
        self.process = subprocess.Popen(
            [executable, "emulator", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        origins = queue.Queue()
        threading.Thread(target=self._read, args=(origins,), daemon=True).start()
        try:
            self.origin = origins.get(timeout=START_SECONDS)
        except queue.Empty:
            self.origin = None
        if self.origin is None:
            self.stop()
            sys.exit("The emulator did not say where it listens:\n" + "".join(self.log))

    def _read(self, origins):
        """Reads to the end, so that a full pipe never stops the emulator."""
        for line in self.process.stdout:
            self.log = [*self.log[-50:], line]
            if found := re.search(r"emulated, at (http://\S+)", line):
                origins.put(found[1])
        origins.put(None)  # It ended.

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()


def run_part(name, origin):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), PARTS[name])
    started = time.monotonic()
    try:
        part = subprocess.run(
            [sys.executable, script],
            stdout=subprocess.PIPE,
            text=True,
            timeout=PART_SECONDS,
            env={**os.environ, "EMULATOR_URL": origin},
        )
        failed = part.returncode != 0
        lines = part.stdout.strip().splitlines() or ["it broke off" if failed else "as it should be"]
    except subprocess.TimeoutExpired:
        lines, failed = [f"not done after {PART_SECONDS} s"], True
    print(f"{'FAILED' if failed else 'ok    '} {name}: {lines[-1]} [{time.monotonic() - started:.0f} s]", flush=True)
    return failed


def main():
    executable, *names = sys.argv[1:]
    if unknown := set(names) - set(PARTS):
        sys.exit(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
    emulator = RunningEmulator(executable)
    try:
        failed = [name for name in names or PARTS if run_part(name, emulator.origin)]
        died = emulator.process.poll()
        if died is not None:
            print(f"FAILED the emulator ended by itself with {died}:\n{''.join(emulator.log)}", flush=True)
    finally:
        emulator.stop()
    sys.exit(1 if failed or died is not None else 0)


if __name__ == "__main__":
    main()
