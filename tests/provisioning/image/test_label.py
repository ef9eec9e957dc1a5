"""A terminal's label: what a person reads out is what the office compares."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from edge import crockford
from provisioning.errors import OfficeInputInvalid
from provisioning.image import label
from provisioning.image.label import Label, Paper
from provisioning.image.label_page import page

FINGERPRINT = hashlib.sha256(b"a key").hexdigest()
FULL = Label("99-0417", "99168053000004", FINGERPRINT, "10000000abcdef01", "Pâng 0912 000 001")


def test_the_code() -> None:
    """The first 80 bits of the fingerprint, in groups of four."""
    number = int(FINGERPRINT[:20], 16)
    expected = "".join(crockford.ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))
    assert (FULL.code or "").replace(" ", "") == expected
    assert re.fullmatch(r"([0-9A-Z]{4} ){3}[0-9A-Z]{4}", FULL.code or "")


def test_it_is_read_aloud() -> None:
    """Each character has a word of its own, and no two the same."""
    said = [word for row in FULL.words for word in row]
    assert len(said) == label.CODE
    every = [Label("a", fingerprint=f"{index << 3:02x}" + "0" * 62) for index in range(32)]
    words = {one.words[0][0] for one in every}
    assert len(words) == len(crockford.ALPHABET)


@given(st.binary(min_size=32, max_size=32))
def test_what_is_typed_is_compared(key: bytes) -> None:
    """However it is typed; another key's code is another's."""
    fingerprint = key.hex()
    code = label.code_of(fingerprint)
    for typed in (code, code.lower(), crockford.grouped(code), code.replace("0", "o")):
        assert label.is_code_of(typed, fingerprint)
    assert label.is_code_of(Label("a", fingerprint=fingerprint).qr_text, fingerprint)
    other = bytes([key[0] ^ 1]) + key[1:]
    assert not label.is_code_of(code, other.hex())
    assert not label.is_code_of(Label("a", fingerprint=other.hex()).qr_text, fingerprint)


@pytest.mark.parametrize("typed", ["", "7Q4K", "not a code!", "TRAMTHE:TERMINAL:a:K=", "u" * 16])
def test_what_is_no_code(typed: str) -> None:
    """Is no key's."""
    assert not label.is_code_of(typed, FINGERPRINT)


@pytest.mark.parametrize("text", ["", "12", "g" * 64, FINGERPRINT + "0"])
def test_no_fingerprint(text: str) -> None:
    """Half a fingerprint names no key."""
    with pytest.raises(OfficeInputInvalid):
        label.code_of(text)


def test_a_fingerprint_as_others_write_it() -> None:
    """In capitals and pairs."""
    pairs = ":".join(re.findall("..", FINGERPRINT.upper()))
    assert label.check_fingerprint(pairs) == FINGERPRINT


@pytest.mark.parametrize("text", ["", "two\nlines", "x" * 61])
def test_nobody_to_call(text: str) -> None:
    """One line, no more than there is room for."""
    with pytest.raises(OfficeInputInvalid):
        label.check_contact(text)


@pytest.mark.parametrize("paper", list(Paper))
def test_the_page(paper: Paper) -> None:
    """Everything is on it, nothing comes from elsewhere, and what it names is shown as text."""
    odd = Label('<b>&"', contact="<script>")
    text = page([FULL, odd] * 20, paper)
    for said in ("99-0417", "99168053000004", "10000000abcdef01", "Pâng 0912 000 001"):
        assert said in text
    for group in (FULL.code or "").split():
        assert f"<b>{group}</b>" in text
    assert "<script" not in text
    assert text.count('class="label"') == 40
    assert text.count('<main class="sheet">') == (2 if paper is Paper.A4 else 40)
    assert not re.findall(r'(?:src|href)="|url\("(?!data:)', text)


def test_before_there_is_a_key() -> None:
    """A label of a card that was just written has room for the code, and no code."""
    text = page([Label("99-0417")], Paper.SMALL)
    assert 'class="blank"' in text
    assert Label("99-0417").qr_text == "TRAMTHE:TERMINAL:99-0417"


def test_the_code_fits_a_small_label() -> None:
    """Modules of half a millimetre at least, for any scanner, at the longest name."""
    longest = Label("x" * 64, "9" * 14, FINGERPRINT, "1" * 16)
    modules = segno.make_qr(longest.qr_text, error="m").symbol_size(border=2)[0]
    assert 23.5 / modules >= 0.4
    modules = segno.make_qr(FULL.qr_text, error="m").symbol_size(border=2)[0]
    assert 23.5 / modules >= 0.5


WORST = Label(
    "-".join(["x" * 20, "W" * 20, "m" * 22]), "9" * 14, FINGERPRINT, "1" * 16,
    "Văn phòng Đảng uỷ xã Mường Lống, anh Pâng, 0912 000 001, gọi",
)  # fmt: skip


@pytest.mark.browser
def test_nothing_is_cut_off(chromium: Browser, tmp_path: Path) -> None:
    """On no paper, however much there is to say; in our own letters."""
    for paper in Paper:
        file = tmp_path / f"{paper}.html"
        file.write_text(page([FULL, WORST, Label("99-0418")], paper), "utf-8")
        with chromium.new_context() as context:
            shown = context.new_page()
            shown.emulate_media(media="print")
            shown.goto(file.as_uri())
            cut = shown.evaluate(
                "() => [...document.querySelectorAll('.label, .label *')].filter("
                "e => e.scrollHeight > e.clientHeight + 1 && e.clientHeight > 0 "
                "&& e.matches('.label, .said') || e.scrollWidth > e.clientWidth + 1 "
                "&& e.matches('p, .label')).map(e => e.textContent)"
            )
            assert cut == []
            loaded = "() => document.fonts.ready.then(f => [...f].map(one => one.status))"
            assert "loaded" in shown.evaluate(loaded)
