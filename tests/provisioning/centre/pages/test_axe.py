"""Every page of the centre through axe-core: no violation of WCAG 2.2 AA, in either language.

On the smallest screen with a table on it, and on a phone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from provisioning.centre import alarms
from provisioning.centre.people.accounts import Operators
from provisioning.centre.people.roles import Role
from tests.conftest import PATIENCE
from tests.edge.web.test_axe import LANGUAGES, violations
from tests.provisioning.centre.made import Centre

from .conftest import FIRST, PASSWORD, add
from .stage import epoch, fill, fill_more, fill_registry, serving

pytestmark = pytest.mark.browser

NO_PAGES = frozenset({"pages.asset"})
FIRST_DAY = "2026-01-01"


@dataclass(frozen=True)
class Served:
    """A centre's pages at an address."""

    centre: Centre
    url: str


@dataclass(frozen=True)
class Case:
    """A page: its view, its address, and who looks (None: nobody has come in)."""

    endpoint: str
    path: str
    who: str | None = "administrator"


CASES = {
    "login": Case("pages.login", "/dang-nhap?tiep=/canh-bao", None),
    "new": Case("pages.account", "/tai-khoan", "new"),
    "account": Case("pages.account", "/tai-khoan"),
    "fleet": Case("pages.fleet", "/"),
    "fleet-all": Case("pages.fleet", "/?loc=het"),
    "fleet-nothing": Case("pages.fleet", "/?loc=het&q=zzz"),
    "fleet-viewer": Case("pages.fleet", "/?loc=im", "viewer"),
    "terminal": Case("pages.terminal", "/tram/99-0512"),
    "registry": Case("pages.registered", "/so-dang-ky"),
    "registry-viewer": Case("pages.registered", "/so-dang-ky?loc=lost", "viewer"),
    "registered": Case("pages.one_registered", "/so-dang-ky/99-0802"),
    "alarms": Case("pages.alarms", "/canh-bao"),
    "alarms-settled": Case("pages.alarms", "/canh-bao?loc=da-xem"),
    "aside": Case("pages.aside", "/de-rieng"),
    "aside-one": Case("pages.aside_one", ""),
    "reverified": Case("pages.reverified", "/xet-lai"),
    "reverified-all": Case("pages.reverified", "/xet-lai?loc=het"),
    "meetings": Case("pages.meetings", "/cuoc-hop"),
    "meetings-year": Case("pages.meetings", f"/cuoc-hop?tu={FIRST_DAY}&den=2026-11-21"),
    "meetings-below": Case("pages.meetings", "/cuoc-hop?ma=99.168.053.000.000"),
    "meetings-none": Case("pages.meetings", "/cuoc-hop?tu=2020-01-01&den=2020-01-02"),
    "organisations": Case("pages.organisations", "/to-chuc"),
    "organisations-none": Case("pages.organisations", "/to-chuc?q=zzz"),
    "organisation": Case("pages.organisation", "/to-chuc/99168053000000"),
    "organisation-then": Case("pages.organisation", "/to-chuc/99168053000000?ngay=2001-01-01"),
    "operators": Case("pages.operators", "/nguoi-dung"),
    "audit": Case("pages.audit", "/viec-da-lam?ai=administrator"),
    "refused": Case("pages.audit", "/viec-da-lam", "viewer"),
    "not-found": Case("pages.terminal", "/tram/khong-co"),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a centre with something on every page."""
    centre = Centre(f"sqlite:///{tmp_path_factory.mktemp('axe') / 'centre.db'}")
    fill(centre.store.database, centre.now)
    fill_more(centre.store.database, centre.now)
    fill_registry(centre.store.database, centre.now)
    add(centre, "administrator", Role.ADMINISTRATOR)
    add(centre, "viewer", Role.VIEWER)
    Operators(centre.store.database).add("new", Role.OPERATOR, FIRST, centre.now)
    key = ("99-0231", epoch("99-0231"), 4121, "CHAIN_FORKED")
    alarms.settle(centre.store.database, key, "viewer", "Đã gọi trạm", centre.now)
    with serving(centre.app) as url:
        yield Served(centre, url)
    centre.store.close()


@pytest.fixture(scope="module")
def browsers(chromium: Browser, served: Served) -> Iterator[dict[str | None, Page]]:
    """Return a browser's page for each of those who look."""
    pages: dict[str | None, Page] = {}
    for who in (None, "administrator", "viewer", "new"):
        context = chromium.new_context(
            viewport={"width": 800, "height": 480}, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE)
        pages[who] = context.new_page()
        if who is not None:
            pages[who].goto(f"{served.url}/dang-nhap")
            pages[who].fill("#ten", who)
            pages[who].fill("#mat-khau", FIRST if who == "new" else PASSWORD)
            pages[who].click("main .btn--main")
    yield pages
    for page in pages.values():
        page.context.close()


def address(case: Case, served: Served) -> str:
    """Return where a case's page stands."""
    if case.path:
        return served.url + case.path
    (row,) = alarms.aside(served.centre.store.database)
    return f"{served.url}/de-rieng/{row.terminal}/{row.epoch}/{row.seq}/{row.digest}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_no_violation(
    name: str, language: str, served: Served, browsers: dict[str | None, Page]
) -> None:
    """As somebody meets the page; nothing of it reaches beyond the screen, on a phone neither."""
    case = CASES[name]
    page = browsers[case.who]
    where = address(case, served)
    for size in ((800, 480), (360, 800)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(f"{where}{'&' if '?' in where else '?'}lang={language}")
        assert page.locator("html").get_attribute("lang") == language
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_every_page_has_its_case(served: Served) -> None:
    """A page that is added is looked at; a case is of a page."""
    app: Flask = served.centre.app
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint.startswith("pages.")
        and "form" not in rule.arguments
    }
    assert pages - NO_PAGES == {case.endpoint for case in CASES.values()}
