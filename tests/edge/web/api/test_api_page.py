"""docs/api.md: its table is the code's, its figures are the limits', its script works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge.procedure.pairing import MAX_PAIRINGS
from edge.procedure.sessions import KEPT_SECONDS, WAIT_FOR_CARD
from edge.web.api.body import MAX_BODY
from edge.web.api.limits import LIMITS
from edge.web.api.problem import TABLE
from tests.edge.procedure.pairing_made import NAME
from tests.edge.test_service import Starter, start

from .test_browser_api import Site, Visit, site, visit

__all__ = ["site", "start", "visit"]

PAGE = (Path(__file__).parents[4] / "docs" / "api.md").read_text("utf-8")


def test_the_table_of_codes() -> None:
    """Every code with its status and title, and no other."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \| (.+) \|$", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted(
        (code.value, str(kind.status), kind.title) for code, kind in TABLE.items()
    )


def test_the_figures() -> None:
    """How often, how large, how long, how many."""
    page = " ".join(PAGE.split())
    each, together = LIMITS.pairing, LIMITS.together
    assert f"{each.burst} calls at once and {each.per_second:.0f} a second" in page
    assert f"{together.burst} and {together.per_second:.0f} of all together" in page
    assert f"at most {MAX_BODY // 1024} KiB" in page
    assert f"{MAX_PAIRINGS} pages can be paired" in page
    assert f"waits {WAIT_FOR_CARD:.0f} seconds" in page
    assert KEPT_SECONDS == 600
    assert "ten minutes to be fetched" in page


@pytest.mark.browser
def test_the_script(start: Starter, site: Site, visit: Visit) -> None:
    """As it stands there: a page of another origin is paired, asks, and gets its card's answer."""
    terminal = start()
    (script,) = re.findall(r"^```js\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    page = visit(site())
    page.add_script_tag(content=script.replace("http://127.0.0.1:8080", terminal.url))
    pairings = terminal.service.pairings
    pairings.offer()
    offer = pairings.view().offer
    assert offer is not None
    granted = page.evaluate("(args) => pair(...args)", [offer.code, offer.pin, NAME])
    pairings.agree(granted["id"])
    question = {
        "procedure": "chuyen-sinh-hoat-chinh-thuc",
        "dossier": "CSH-2026-0147",
        "nonce": "n-0123456789",
        "fields": ["name", "number"],
        "access": {"can": terminal.cast("member-1").image.can},
    }
    page.evaluate(
        """([token, question]) => { window.seen = [];
          window.end = verify(token, question, (now) => window.seen.push(now.state)); }""",
        [granted["token"], question],
    )
    page.wait_for_function("window.seen.length > 0")
    terminal.lay("member-1")
    end = page.evaluate("window.end")
    assert (end["state"], end["result"]["outcome"]) == ("done", "ACCEPTED")
    assert set(end["result"]["fields"]) == {"name", "number"}
    problem = page.evaluate(
        """([token, question]) => verify(token, { ...question, fields: ["hometown"] }, () => {})
          .catch((error) => error.problem)""",
        [granted["token"], question],
    )
    assert (problem["code"], problem["fields"]) == ("fields-not-allowed", ["hometown"])
