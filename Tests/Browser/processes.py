"""Programs that the browser tests start and end. Only the standard library."""

import os
import socket
import subprocess
import time

running = set()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A program that runs until it is stopped."""

    def __init__(self, command, is_ready, **more):
        """Waits until it is ready; `is_ready` may raise `OSError` while nobody listens yet."""
        self.process = subprocess.Popen(command, **more)
        running.add(self)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {self.process.returncode}")
            try:
                if is_ready():
                    return
            except OSError:
                pass
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"{command[0]} was not ready within 30 seconds")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        running.discard(self)


def end(*_):
    """Ends this program at a signal, and what it has started, which would go on without it."""
    for process in list(running):
        process.stop()
    os._exit(143)
