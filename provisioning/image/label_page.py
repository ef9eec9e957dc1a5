"""Labels as a page to print: for a roll of labels, or 24 on a sheet of A4.

Lives here: labels to HTML with styles, fonts and codes inside. Not here: what a label says
(`label`). The page names nothing outside itself and runs nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from provisioning.image.label import Label, Paper

_PER_SHEET = 24
_FONTS = (
    ("be-vietnam-pro-latin", "U+0000-002F,U+003A-00FF"),
    ("be-vietnam-pro-vietnamese", "U+0102-0103,U+0110-0111,U+0128-01B0,U+0300-0323,U+1EA0-1EF9"),
    ("tram-the-so", "U+0030-0039"),
)
_WEIGHTS = (400, 700)


def page(labels: Sequence[Label], paper: Paper) -> str:
    """Return the labels as an HTML document, in the order given."""
    size = _PER_SHEET if paper is Paper.A4 else 1
    sheets = [labels[start : start + size] for start in range(0, len(labels), size)]
    return (
        _environment()
        .get_template("label.html")
        .render(sheets=sheets, paper=paper.value, fonts=list(_fonts()), qr=_qr)
    )


def _qr(label: Label) -> Markup:
    import segno  # not at the start: only paper has a code

    code = segno.make_qr(label.qr_text, error="m")
    drawn = code.svg_inline(svgclass="qr", lineclass=None, border=2, omitsize=True)
    opening = '<svg role="img" aria-label="Mã QR của trạm" '
    return Markup(drawn.replace("<svg ", opening, 1))  # noqa: S704 -- drawn here: squares alone


def _fonts() -> Iterator[tuple[int, str, Markup]]:
    """Return weight, range and address of each font file."""
    for name, covers in _FONTS:
        for weight in _WEIGHTS:
            yield weight, covers, Markup(f"data:font/woff2;base64,{_font(name, weight)}")  # noqa: S704


@cache
def _font(name: str, weight: int) -> str:
    style = "" if name == "tram-the-so" else "-normal"
    path = files("edge.web") / "static" / "fonts" / f"{name}-{weight}{style}.woff2"
    return base64.b64encode(path.read_bytes()).decode("ascii")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("provisioning.image"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
