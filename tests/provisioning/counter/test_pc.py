"""What the counter's PC is given: every file, and the page that explains them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Browser, Page, expect

from provisioning.cli.common import office_time
from provisioning.counter.authority import create
from provisioning.counter.hosts import Door, Hosts
from provisioning.counter.pc import (
    CHROME,
    FIREFOX,
    NAMES,
    PAGE,
    REG_ADD,
    REG_REMOVE,
    ROOT_DER,
    ROOT_PEM,
    CounterPc,
    files,
    fingerprint,
)
from tests.edge.web.test_axe import OPTIONS, RUN
from tests.provisioning.counter.conftest import ADDRESS, CODE, NAME

HOSTS = Hosts.of([NAME, "tram-1.local", ADDRESS])
ORIGINS = ("https://hoso.example.vn", "https://thu-tuc.example.vn:8444")
ROOT = create(CODE, HOSTS, at=office_time()).root
PC = CounterPc(CODE, Door(HOSTS), ROOT, ORIGINS)
SIZES = {"800x480": (800, 480), "phone": (360, 800), "1080p": (1920, 1080)}
SHOTS = Path("build/counter")


def test_the_root_in_both_forms() -> None:
    """DER for Windows, PEM for the rest; one certificate, and no key with it."""
    given = files(PC)
    assert given.keys() == NAMES
    assert given[ROOT_DER] == ROOT
    assert x509.load_pem_x509_certificate(given[ROOT_PEM]).public_bytes(Encoding.DER) == ROOT
    assert not any(b"PRIVATE" in data for data in given.values())


def test_without_a_back_office() -> None:
    """No policy that lets anybody call the local network."""
    given = files(CounterPc(CODE, Door(HOSTS), ROOT))
    assert given.keys() == {ROOT_DER, ROOT_PEM, PAGE, FIREFOX}
    assert "LocalNetworkAccess" not in given[FIREFOX].decode()
    assert "phần mềm nghiệp vụ" not in given[PAGE].decode()


def test_policies_name_the_back_offices_and_nobody_else() -> None:
    """Under both names that Chromium and Edge have had for it."""
    given = files(PC)
    lists = json.loads(given[CHROME])
    assert lists == {
        "LocalNetworkAccessAllowedForUrls": list(ORIGINS),
        "LocalNetworkAllowedForUrls": list(ORIGINS),
    }
    firefox = json.loads(given[FIREFOX])["policies"]
    assert firefox["Certificates"] == {"Install": [ROOT_PEM]}
    assert firefox["LocalNetworkAccess"] == {
        "SkipDomains": ["hoso.example.vn", "thu-tuc.example.vn"]
    }


def test_registry_files() -> None:
    """UTF-16 as Windows' editor writes it; what the one adds, the other takes out, and no more."""
    given = files(PC)
    added, removed = (given[name].decode("utf-16") for name in (REG_ADD, REG_REMOVE))
    for text in (added, removed):
        assert text.startswith("Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\")
        assert "\n" not in text.replace("\r\n", "")
    assert re.sub(r"=-", "", removed) == re.sub(r'="https://[^"]+"', "", added)
    assert added.count('"7701"="https://hoso.example.vn"') == 4
    assert "[-" not in removed


def test_fingerprint_in_groups() -> None:
    """SHA-256 of the DER file, as `sha256sum` and `certutil -hashfile` say it."""
    groups = fingerprint(ROOT).split()
    assert [len(group) for group in groups] == [4] * 16
    assert "".join(groups).lower() == hashlib.sha256(ROOT).hexdigest()


@pytest.fixture
def page(chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """Open the page from the folder; whatever it asks of a network fails the test."""
    for name, data in files(PC).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    context = chromium.new_context(java_script_enabled=True)
    opened = context.new_page()
    wanted: list[str] = []
    opened.on("request", lambda request: wanted.append(request.url))
    opened.on("console", lambda message: wanted.append(message.text))
    opened.goto((tmp_path / PAGE).as_uri())
    yield opened
    context.close()
    assert wanted == [(tmp_path / PAGE).as_uri()]


@pytest.mark.browser
def test_the_page_says_what_to_type(page: Page) -> None:
    """Names, fingerprint, each system's command and its undoing; Vietnamese first."""
    expect(page.get_by_role("heading", level=1).first).to_contain_text("Cài máy tính ở quầy")
    text = page.locator("main").inner_text()
    for said in (
        f"https://{NAME}:8443/",
        f"certutil -addstore -f Root {ROOT_DER}",
        f"certutil -delstore Root {hashlib.sha1(ROOT).hexdigest()}",  # noqa: S324 -- Windows'
        f"{ADDRESS} {NAME}\n",
        "/etc/chromium/policies/managed/",
        "đừng bấm “vẫn tiếp tục”",
    ):
        assert said in text
    groups = page.locator(".print li").all_inner_texts()
    assert groups == fingerprint(ROOT).split()
    assert f"{ADDRESS} tram-1.local" not in text


@pytest.mark.browser
@pytest.mark.parametrize("size", SIZES)
def test_the_page_on_every_screen(page: Page, size: str) -> None:
    """Nothing runs out at the side; nothing that axe finds wrong."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(RUN, OPTIONS) == []
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"pc--{size}.png", full_page=True)
