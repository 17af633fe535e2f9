"""What all browser tests have in common: windows that hear complaints, waiting, looking at a page as people with other senses
get it, and the run itself."""

import argparse
import concurrent.futures
import contextlib
import signal
import sys
import time
import traceback

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from processes import end

# A change has to be seen within two seconds, without a reload. The rest is for machines with much else to do.
SOON = 5000


@contextlib.contextmanager
def window(browser, strict=True, **options):
    """A page. Whatever its console complains of fails the test, but for refusals where the test asks for some."""
    context = browser.new_context(**options)
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append("a dialog opened"), dialog.dismiss()))
    page.set_default_timeout(10_000)
    yield page
    wrong = [text for text in complaints if strict or not text.startswith("Failed to load resource")]
    assert not wrong, wrong
    context.close()


def soon(condition, message, patience=SOON):
    """Looks again and again until something is so, and answers what it found."""
    deadline = time.monotonic() + patience / 1000
    while not (found := condition()):
        assert time.monotonic() < deadline, message() if callable(message) else message
        time.sleep(0.05)
    return found


def violations(page):
    """What axe-core finds."""
    # A page takes the program once, and answers with no more than what is asked for: half the time of `Axe().run`.
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then((results) => results.violations)")
    return [
        f"{violation['id']}: {', '.join(str(node['target']) for node in violation['nodes'][:4])}" for violation in found]


def is_too_wide(page):
    """Whether the page scrolls sideways."""
    return page.evaluate("document.documentElement.scrollWidth") > page.viewport_size["width"]


def run(description, tests, option, open_site):
    """Runs the tests that the command line names, all without names, and answers how the program ends: 3 if there are none.

    :param tests: names and functions that take a site.
    :param option: what the command line has to say besides: a name, and what it means. Its value goes to `open_site`.
    :param open_site: makes something that has `fresh()`, called before each test, and `stop()`.
    """
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(option[0], dest="value", required=True, help=option[1])
    options.add_argument("--chromium", default="/usr/bin/chromium")
    options.add_argument("--at-once", type=int, default=2, help="how many tests run at the same time")
    options.add_argument("names", nargs="*", help="parts of the names of tests to run")
    chosen = options.parse_args()
    tests = [(name, test) for name, test in tests if not chosen.names or any(part in name for part in chosen.names)]
    if not tests:
        print("no test has such a name", file=sys.stderr)
        return 3
    signal.signal(signal.SIGTERM, end)
    # Whoever is ready takes the next one.
    waiting, failed = iter(tests), []

    def work():
        # Playwright wants to be used by the thread that has started it.
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chosen.chromium, args=["--no-sandbox"])
            site = open_site(chosen.value, browser)
            try:
                for name, test in waiting:
                    if not passes(name, test, site):
                        failed.append(name)
                    for context in browser.contexts:
                        context.close()
            finally:
                site.stop()
                browser.close()

    with concurrent.futures.ThreadPoolExecutor(chosen.at_once) as pool:
        for worker in [pool.submit(work) for _ in range(min(chosen.at_once, len(tests)))]:
            worker.result()
    print(f"{len(tests) - len(failed)} passed, {len(failed)} failed")
    for name in failed:
        print(f"FAILED  {name}")
    return 1 if failed else 0


def passes(name, test, site):
    """Runs one test and says how it ended, in one piece, since others are running."""
    started = time.monotonic()
    try:
        site.fresh()
        test(site)
    except Exception:
        print(f"FAILED  {name}\n{traceback.format_exc()}", end="", flush=True)
        return False
    print(f"ok      {name} ({time.monotonic() - started:.1f} s)", flush=True)
    return True
