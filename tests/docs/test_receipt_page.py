"""docs/receipt.html in Chromium: it answers as `tramthe receipt verify` does, without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, FilePayload, Page, expect

from edge.procedure.slip import of_receipt
from provisioning.office.pki import issue_terminal
from provisioning.receipts import Given, Standing, examine
from tests.provisioning.test_receipts import (
    AT,
    CA,
    CENTRE,
    DAY,
    FIELDS,
    KEY,
    OTHER,
    OTHER_CA,
    PASSED,
    RECEIPT,
    SALT,
    signed,
    word,
)
from verify import jws, receipt_jws
from verify.errors import VerifyError
from verify.moment import Moment, TimeQuality
from verify.receipt import CheckLine, ListLine, Place
from verify.verdict import CheckStatus, Outcome, Step

pytestmark = pytest.mark.browser

PAGE = Path(__file__).parents[2] / "docs" / "receipt.html"
GOLDEN = Path(__file__).parents[1] / "provisioning" / "golden"
SHOTS = Path("build/receipt")
SIZES = {"800x480": (800, 480), "1080p": (1920, 1080), "phone": (390, 844)}

Ask = Callable[[Given, str], None]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Open the page as a file; whatever it asks of a network or complains of fails the test."""
    context = chromium.new_context()
    opened = context.new_page()
    wanted: list[str] = []
    opened.on("request", lambda request: wanted.append(request.url))
    opened.on("console", lambda message: wanted.append(message.text))
    opened.on("pageerror", lambda error: wanted.append(str(error)))
    opened.goto(PAGE.as_uri())
    yield opened
    assert [url for url in wanted if url != PAGE.as_uri()] == []
    context.close()


def files(compact: str, given: Given) -> list[FilePayload]:
    """Return what is at hand as files for the page."""
    made = [("receipt.jws", compact.encode())]
    made += [(f"ca-{n}.der", der) for n, der in enumerate(given.authorities)]
    made += [
        (f"centre-{n}.pem", key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        for n, key in enumerate(given.centre)
    ]
    if given.anchor is not None:
        made.append(("ack.jws", given.anchor.encode()))
    if given.handed is not None:
        fields, salt = given.handed
        text = json.dumps({"fields": dict(fields), "salt": salt.hex()}, ensure_ascii=False)
        made.append(("handed.json", text.encode()))
    return [{"name": name, "mimeType": "", "buffer": data} for name, data in made]


def ask(page: Page, compact: str, given: Given) -> str:
    """Give the page its files and return the standing that it shows."""
    if given.nonce is not None:
        page.locator("#nonce").fill(given.nonce)
        page.locator("#nonce").dispatch_event("change")
    made = files(compact, given)
    page.locator("#files").set_input_files(made)
    expect(page.locator("#have li")).to_have_count(len(made))
    verdict = page.locator(".verdict")
    expect(verdict).to_have_count(1)
    return verdict.get_attribute("data-standing") or ""


def test_a_kept_receipt_is_anchored(page: Page) -> None:
    """The first form, with everything at hand, in both languages; looked at in three sizes."""
    names = (
        "receipt-1.jws", "receipt-1-ack.jws", "centre.pem", "terminal-ca.pem",
        "receipt-1-handed.json",
    )  # fmt: skip
    page.locator("#files").set_input_files([GOLDEN / name for name in names])
    expect(page.locator(".verdict")).to_have_attribute("data-standing", "anchored")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    expect(page.locator("li.holds")).to_have_count(5)
    expect(page.locator("td")).to_have_text(["đạt"] * 8)
    SHOTS.mkdir(parents=True, exist_ok=True)
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
    page.locator("#language").click()
    expect(page.locator(".verdict h2")).to_have_text("anchored")
    assert "no copy" in page.locator("#answer").inner_text()
    assert "Vàng" not in page.locator("main").inner_text()


AUTHORITY = [CA.certificate]
SIGNED = signed()
LATE = signed(replace(RECEIPT, moment=Moment(AT + 61 * DAY, TimeQuality.HELD)))
ELSE = signed(replace(RECEIPT, place=Place("tram-02", "0a" * 16, 41, bytes(32))))
LISTED = signed(replace(RECEIPT, signer_list=ListLine(1 << 150, timedelta(hours=3)), handed=None))
_LINES = list(PASSED)
_LINES[Step.CHIP - 1] = CheckLine(Step.CHIP, CheckStatus.FAILED, "CHIP_AUTH_FAILED")
REFUSED = signed(replace(RECEIPT, outcome=Outcome.REJECTED, checks=tuple(_LINES)))
NOT_FOR_TERMINALS = signed(x5c=(CA.certificate,), key=CA.key)
RUN_OUT = signed(
    x5c=(issue_terminal(CA, KEY.public_key(), "tram-01", at=AT - 9 * DAY, validity=8 * DAY),)
)
CHANGED = SIGNED[:-9] + ("A" if SIGNED[-9] != "A" else "B") + SIGNED[-8:]


@pytest.mark.parametrize(
    ("compact", "given", "standing"),
    [
        pytest.param(SIGNED, Given(), Standing.UNPROVEN, id="nothing-at-hand"),
        pytest.param(SIGNED, Given(authorities=AUTHORITY), Standing.SIGNED, id="authority"),
        pytest.param(LISTED, Given(authorities=AUTHORITY), Standing.SIGNED, id="long-number"),
        pytest.param(REFUSED, Given(authorities=AUTHORITY), Standing.SIGNED, id="refused-card"),
        pytest.param(
            SIGNED,
            Given(authorities=[OTHER_CA.certificate, CA.certificate]),
            Standing.SIGNED,
            id="one-of-two-authorities",
        ),
        pytest.param(
            SIGNED,
            Given(authorities=AUTHORITY, anchor=word(SIGNED), centre=[CENTRE.public_key()]),
            Standing.ANCHORED,
            id="anchored",
        ),
        pytest.param(
            SIGNED,
            Given(
                authorities=AUTHORITY,
                anchor=word(SIGNED),
                centre=[OTHER.public_key(), CENTRE.public_key()],
            ),
            Standing.ANCHORED,
            id="one-of-two-keys",
        ),
        pytest.param(
            SIGNED,
            Given(
                authorities=AUTHORITY, anchor=word(SIGNED, days=61), centre=[CENTRE.public_key()]
            ),
            Standing.SIGNED,
            id="anchored-late",
        ),
        pytest.param(
            SIGNED,
            Given(authorities=AUTHORITY, anchor=word(SIGNED)),
            Standing.SIGNED,
            id="word-without-key",
        ),
        pytest.param(
            SIGNED,
            Given(authorities=AUTHORITY, anchor=word(SIGNED), centre=[OTHER.public_key()]),
            Standing.FALSE,
            id="word-by-another",
        ),
        pytest.param(
            SIGNED,
            Given(authorities=AUTHORITY, anchor=word(LISTED), centre=[CENTRE.public_key()]),
            Standing.FALSE,
            id="word-on-another",
        ),
        pytest.param(CHANGED, Given(authorities=AUTHORITY), Standing.FALSE, id="changed"),
        pytest.param(
            SIGNED, Given(authorities=[OTHER_CA.certificate]), Standing.FALSE, id="other-authority"
        ),
        pytest.param(LATE, Given(authorities=AUTHORITY), Standing.FALSE, id="after-certificate"),
        pytest.param(RUN_OUT, Given(authorities=AUTHORITY), Standing.FALSE, id="run-out"),
        pytest.param(ELSE, Given(authorities=AUTHORITY), Standing.FALSE, id="other-terminal"),
        pytest.param(
            NOT_FOR_TERMINALS, Given(authorities=AUTHORITY), Standing.FALSE, id="no-terminal-s"
        ),
        pytest.param(
            SIGNED,
            Given(authorities=AUTHORITY, nonce="n0nce_of-the-asker", handed=(FIELDS, SALT)),
            Standing.SIGNED,
            id="nonce-and-fields",
        ),
        pytest.param(
            SIGNED,
            Given(authorities=AUTHORITY, nonce="n0nce_of-another"),
            Standing.FALSE,
            id="other-nonce",
        ),
        pytest.param(
            SIGNED,
            Given(authorities=AUTHORITY, handed=({"name": "Vàng A Dờ"}, SALT)),
            Standing.FALSE,
            id="other-fields",
        ),
        pytest.param(
            LISTED,
            Given(authorities=AUTHORITY, handed=(FIELDS, SALT)),
            Standing.FALSE,
            id="fields-out-of-nothing",
        ),
    ],
)
def test_page_and_command_give_one_answer(
    page: Page, compact: str, given: Given, standing: Standing
) -> None:
    """Whatever is at hand, both come to the same standing."""
    assert examine(compact, given).standing is standing
    assert ask(page, compact, given) == standing.value


def claims(**more: Any) -> dict[str, Any]:
    """Return the claims of a good receipt, some changed."""
    return {**receipt_jws.to_payload(RECEIPT), **more}


FAILED = [{"step": "security-object", "status": "failed", "reason": "SOD_MALFORMED"}]


@pytest.mark.parametrize(
    "compact",
    [
        "not.a.receipt",
        "a" * 70_000,
        jws.sign(claims(), typ="tramthe-sheet+jws", key=KEY),
        jws.sign(claims(eat_profile="2.25.1"), typ=receipt_jws.TYP, key=KEY),
        jws.sign(claims(more=1), typ=receipt_jws.TYP, key=KEY),
        jws.sign(claims(origin="javascript:alert(1)"), typ=receipt_jws.TYP, key=KEY),
        jws.sign(claims(terminal="<img src=x>"), typ=receipt_jws.TYP, key=KEY),
        jws.sign(claims(dossier="Đ" * 65), typ=receipt_jws.TYP, key=KEY),
        jws.sign(claims(fields=["name", "birth"]), typ=receipt_jws.TYP, key=KEY),
        jws.sign(claims(fields=["name", "name"]), typ=receipt_jws.TYP, key=KEY),
        jws.sign(claims(iat=-1), typ=receipt_jws.TYP, key=KEY),
        jws.sign(claims(checks=[*FAILED, *claims()["checks"][1:]]), typ=receipt_jws.TYP, key=KEY),
    ],
    ids=[
        "dots",
        "long",
        "typ",
        "form",
        "one-more",
        "origin",
        "markup",
        "dossier",
        "order",
        "twice",
        "before-time",
        "failed-check",
    ],
)
def test_what_is_no_receipt(page: Page, compact: str) -> None:
    """Another signed object, other claims and other bytes are shown as false, never as text.

    The command refuses the same.
    """
    with pytest.raises(VerifyError):
        examine(compact, Given())
    page.locator("#paste").fill(compact)
    page.locator("#paste").dispatch_event("change")
    expect(page.locator("#have li")).to_have_count(1)
    verdict = page.locator(".verdict")
    if verdict.count():
        expect(verdict).to_have_attribute("data-standing", "FALSE")
    expect(page.locator("img")).to_have_count(0)
    expect(page.locator("dl")).to_have_count(0)


def test_a_certificate_of_the_centre_serves_as_its_key(page: Page) -> None:
    """The centre's key may come as a certificate that is no authority's."""
    der = issue_terminal(CA, CENTRE.public_key(), "centre", at=AT - DAY)
    pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    given = Given(authorities=AUTHORITY, anchor=word(SIGNED))
    key: FilePayload = {"name": "centre.pem", "mimeType": "", "buffer": pem}
    page.locator("#files").set_input_files([*files(SIGNED, given), key])
    expect(page.locator(".verdict")).to_have_attribute("data-standing", "anchored")


def test_a_scanner_feeds_it_from_a_slip(page: Page) -> None:
    """A code that is typed in and ended with Enter is taken once, and the next one replaces it."""
    compact = signed(RECEIPT)
    code = of_receipt(compact).qr_text
    page.locator("#paste").focus()
    page.keyboard.insert_text(code[:-1])
    expect(page.locator("#have li")).to_have_text("Chưa có gì")
    page.keyboard.type(code[-1])
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_have_attribute("data-standing", "NOT PROVEN")
    page.locator("#nonce").focus()
    expect(page.locator("#have li")).to_have_count(1)
    page.locator("#paste").focus()
    page.keyboard.type(" ")
    page.keyboard.insert_text(signed(replace(RECEIPT, outcome=Outcome.INDETERMINATE)))
    expect(page.locator("dd").first).to_have_text("chưa đủ căn cứ xác thực")
    expect(page.locator("#have li")).to_have_count(2)
