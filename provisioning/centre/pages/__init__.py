"""What people see of the centre: pages for operators, each behind a login and a role.

Lives here: tying the pages to an application. Not here: any page, any decision (`people.roles`).
The style sheets, the fonts and the signs are the terminal's own: one family of screens.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask
from flask_babel import Babel

from provisioning.centre.database import Database
from provisioning.centre.pages import (
    account,
    alarms,
    fleet,
    login,
    meetings,
    organisations,
    registry,
    reverified,
)
from provisioning.centre.pages.blueprint import bp
from provisioning.centre.pages.desk import EXTENSION, Desk
from provisioning.centre.pages.language import chosen
from provisioning.centre.pages.show import install_filters

_PARTS = (account, alarms, fleet, login, meetings, organisations, registry, reverified)
"""Each puts its routes on the blueprint when it is imported."""


def install(app: Flask, database: Database, clock: Callable[[], datetime], *, secure: bool) -> None:
    """Add the pages. `secure`: people come by TLS, so cookies go by nothing else."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(Path(__file__).parent / "translations")
    Babel(app, default_locale="vi", locale_selector=chosen)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.extensions[EXTENSION] = Desk(database, clock, secure=secure)
    install_filters(app)
    app.register_blueprint(bp)
