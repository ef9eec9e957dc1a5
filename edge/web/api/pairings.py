"""A page comes to be paired, and asks how that stands.

Lives here: two views. Not here: the rules (`edge.procedure.pairings`), the desk's page
(`edge.web.pairing`).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from edge.errors import PairingRefused
from edge.procedure.pairing import Pairing
from edge.procedure.pairing_fault import PairingFault
from edge.web.answer import JsonAnswer
from edge.web.api.body import read_object
from edge.web.api.door import caller, origin_of_call, pairings, turn_away
from edge.web.api.problem import Code, utc

bp = Blueprint("api_pairings", __name__, url_prefix="/api/v1/pairings")


@bp.post("")
def ask() -> JsonAnswer:
    """Meet the code and PIN that the desk shows; answer with the token, once.

    The token opens nothing before the desk has agreed.
    """
    origin = origin_of_call(request.environ)
    given = read_object()
    from edge.web.api.schemas import check  # not at the start: few terminals pair a page

    check("PairingAsked", given)
    try:
        granted = pairings().ask(given["code"], given["pin"], given["name"], origin)
    except PairingRefused as error:
        if error.fault in (PairingFault.OFFER_WRONG, PairingFault.OFFER_CLOSED):
            wrong = error.fault == PairingFault.OFFER_WRONG
            raise turn_away(Code.PAIRING_WRONG if wrong else Code.PAIRING_CLOSED) from error
        raise
    told = {**_told(granted.pairing, paired=False), "check": granted.check, "token": granted.token}
    return JsonAnswer(told, 201)


@bp.get("/current")
@caller
def current(pairing: Pairing) -> JsonAnswer:
    """Say which pairing the token belongs to, and whether the desk has agreed to it."""
    return JsonAnswer(_told(pairing, paired=pairings().stands(pairing.id)))


def _told(pairing: Pairing, *, paired: bool) -> dict[str, Any]:
    return {
        "id": pairing.id,
        "name": pairing.name,
        "origin": pairing.origin,
        "state": "paired" if paired else "waiting",
        "made": utc(pairing.made),
        "used": None if pairing.used is None else utc(pairing.used),
    }
