"""The pages of a desk: letting people in, the roster, the meeting up to its papers, the diagnosis.

Lives here: putting them into the application. Not here: any page. Imported by the application
alone, with the first request that is for one of them (`later`).
"""

from __future__ import annotations

from flask import Flask

from edge.web import (
    announce,
    annul,
    choose,
    closing,
    desk,
    diagnosis,
    hand,
    login,
    papers,
    person,
    phones,
    roster_import,
    sitting,
)


def install(app: Flask) -> None:
    """Put every page of a desk into the application."""
    at_desk = (desk, hand, person, annul, sitting, announce, closing, papers, roster_import, phones)
    for part in (*at_desk, choose, diagnosis, login):
        app.register_blueprint(part.bp)
