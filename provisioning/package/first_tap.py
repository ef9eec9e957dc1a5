"""The first tap of a machine that was made of a package alone: run there by the package's Python.

Lives here: a pilot's keys, cards and lists; a meeting opened on the terminal's own pages; a card
laid on the virtual reader; what the status and the log say then. Not here: the machine (`proof`).
It is no part of the package.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from edge.tap.admit import Admission
from provisioning.cast import CastCard
from provisioning.cli.common import office_time
from provisioning.demo.prepare import PIN, TERMINAL, prepare

PAGES = "http://127.0.0.1:8080"
STATE, CONFIG = Path("/var/lib/tramthe"), Path("/etc/tramthe/terminal.toml")
SOON = float(os.environ.get("PATIENCE", "30"))  # seconds; an emulated machine takes its time
TRAMTHE = "/usr/bin/tramthe"
LAYINGS = int(os.environ.get("LAYINGS", "1"))
"""How often a card is laid at most: where all is slow, a reading may end before its time."""
OWN = "tramthe"
"""The user that everything in the state folder belongs to."""


class Browser:
    """Requests of one browser of this machine."""

    def __init__(self) -> None:
        self._open = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        ).open

    def get(self, path: str) -> str:
        """Return a page."""
        with self._open(PAGES + path, timeout=SOON) as answer:
            return str(answer.read().decode())

    def post(self, page: str, path: str, **fields: str) -> str:
        """Send the form of `page`, and return the page it leads to."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page))
        if token is None:
            raise SystemExit(f"{page} has no form")
        data = urllib.parse.urlencode({"csrf_token": token[1], **fields}).encode()
        with self._open(PAGES + path, data, timeout=SOON) as answer:
            return str(answer.read().decode())


def provision(folder: Path) -> None:
    """Give this machine a terminal's keys, lists and roster, as a pilot's office makes them."""
    stage = prepare(folder, office_time())
    card = next(card for card in stage.cast.cards if _green(card))
    (folder / "card.json").write_text(json.dumps({"key": card.key, "can": card.image.can}))
    shutil.copytree(stage.terminal, STATE, dirs_exist_ok=True)
    for path in (STATE, *STATE.rglob("*")):
        shutil.chown(path, OWN, OWN)
    CONFIG.write_text(f'terminal = "{TERMINAL}"\nstate = "{STATE}"\n')


def _green(card: CastCard) -> bool:
    return (
        card.admission is Admission.ADMITTED and not card.withdrawn and card.image.can is not None
    )


def tap(folder: Path) -> Browser:
    """Open a meeting, lay the card, and return once the board is green.

    The browser is logged in.
    """
    card = json.loads((folder / "card.json").read_text())
    browser = Browser()
    wait_for("the reader", lambda: status(browser)["reader"]["name"] is not None)
    browser.post("/mo-ban", "/mo-ban", so=PIN)
    browser.post("/ban/mo", "/ban/mo", kind="regular")
    laid = str(folder / "cards" / card["key"])
    laying = [TRAMTHE, "softcard", "insert", laid, "--seconds", f"{SOON:.0f}"]
    for laid_so_far in range(1, LAYINGS + 1):
        browser.post("/chon/so", "/chon/so", can=card["can"])
        started = time.monotonic()
        with subprocess.Popen(laying) as child:  # noqa: S603 -- our own command
            green = becomes(lambda: status(browser)["scene"]["state"] == "accepted")
            took = time.monotonic() - started
            child.terminate()
        if green:
            again = f", laid {laid_so_far} times" if laid_so_far > 1 else ""
            meeting = json.dumps(status(browser)["meeting"])
            sys.stdout.write(f"green after {took:.1f} s{again}; {meeting}\n")
            return browser
    raise SystemExit(f"green did not come in {SOON:.0f} s")


def evening(folder: Path) -> None:
    """Do as `tap`, and close the meeting: while one is open, no version of the program changes."""
    tap(folder).post("/ban/dong", "/ban/dong", **{"vang": "1", "xac-nhan": "1"})
    wait_for("the meeting's end", lambda: status(Browser())["meeting"] is None)


def status(browser: Browser) -> Any:
    """Return what the terminal says of itself."""
    return json.loads(browser.get("/api/v1/status"))


def becomes(so: Callable[[], bool]) -> bool:
    """Return whether it is so soon."""
    deadline = time.monotonic() + SOON
    while not so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def wait_for(what: str, so: Callable[[], bool]) -> None:
    """Return once it is so."""
    if not becomes(so):
        raise SystemExit(f"{what} did not come in {SOON:.0f} s")


if __name__ == "__main__":
    {"provision": provision, "tap": tap, "evening": evening}[sys.argv[1]](Path(sys.argv[2]))
