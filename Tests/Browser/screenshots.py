"""Pictures of every page and every state, for people to look at.

    python screenshots.py --program PATH/loom-calendar [LANGUAGE …]
"""

import functools
import sys

from harness import run
from server import ROOT
from tour import LANGUAGES, Tour, shapes
from visits import Site

FOLDER = ROOT / ".build-screenshots"


def take(site, language):
    for old in FOLDER.glob(f"*-{language}-*.png"):
        old.unlink()
    taken = []

    def look(visitor, name):
        for shape in shapes(visitor):
            path = FOLDER / f"{name}-{language}-{shape}.png"
            visitor.page.screenshot(path=path, full_page=True)
            taken.append(path)

    Tour(site, language, look).go()
    print(f"{len(taken)} pictures are in {FOLDER}")


if __name__ == "__main__":
    languages = [(language, functools.partial(take, language=language)) for language in LANGUAGES]
    sys.exit(run(__doc__, languages, ("--program", "loom-calendar, as it was built"), Site))
