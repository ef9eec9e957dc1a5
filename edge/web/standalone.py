"""A document that stands by itself: styles and fonts inside, nothing to fetch, nothing that runs.

Lives here: what paper of any kind shares. Not here: what stands on it (`sheet_page`, `slip_page`).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

_STYLES = (("tokens.css", ""), ("components.css", ""), ("pages.css", ""), ("print.css", "print"))
_FONT = re.compile(r'url\("(fonts/[a-z0-9-]+\.woff2)"\)')


@cache
def templates() -> Environment:
    """Return the templates as paper uses them: no request, no translation."""
    return Environment(
        loader=PackageLoader("edge.web"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )


def document(title: str, main: Markup, more_styles: Iterable[str] = ()) -> str:
    """Return a whole HTML document around a `<main>`; its policy allows these styles alone."""
    named = (*_STYLES, *((name, "") for name in more_styles))
    styles = [(Markup(_style(name)), media) for name, media in named]  # noqa: S704 -- our own
    hashes = " ".join(f"'sha256-{_sha256(text)}'" for text, _ in styles)
    return (
        templates()
        .get_template("sheet.html")
        .render(
            title=title,
            policy=f"default-src 'none'; style-src {hashes}; font-src data:",
            styles=styles,
            main=main,
        )
    )


@cache
def _style(name: str) -> str:
    """Return a style sheet with its fonts inside."""
    folder = files("edge.web") / "static"

    def inside(found: re.Match[str]) -> str:
        font = base64.b64encode((folder / found[1]).read_bytes()).decode()
        return f'url("data:font/woff2;base64,{font}")'

    return _FONT.sub(inside, (folder / name).read_text("utf-8"))


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
