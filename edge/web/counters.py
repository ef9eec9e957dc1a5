"""The pages and calls of a counter: consent, procedures, slips, handing over, pairing, the API.

Lives here: putting them into the application. Not here: any page. Imported by `later` alone, with
the first request that is for one of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from edge.procedure.pairings import Pairings
from edge.web import consent, counter, handover, handover_import, pairing, slips
from edge.web.api import described, door, verifications
from edge.web.api import pairings as api_pairings
from edge.web.api.limits import LIMITS, Limits


def install(
    app: Flask, pairings: Pairings, limits: Limits | None, counter_hosts: Sequence[str]
) -> None:
    """Put the door of the API and every page of a counter into the application."""
    pairing.install(app, counter_hosts)
    door.install(app, pairings, limits or LIMITS)
    pages = (counter, consent, slips, handover, handover_import, pairing)
    for part in (*pages, api_pairings, verifications, described):
        app.register_blueprint(part.bp)
