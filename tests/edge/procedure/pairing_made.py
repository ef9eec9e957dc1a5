"""What tests of pairing share: a clock that stands, pages that come, one paired, all let go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from edge.procedure.pairing_store import PairingFile
from edge.procedure.pairings import Granted, Pairings
from edge.service import Service
from tests.edge.people.made import WRAP_KEY

NOW = datetime(2026, 11, 5, 12, 3, tzinfo=UTC)
ORIGIN = "https://motcua.example"
OTHER = "https://khac.example"
NAME = "Một cửa xã Nậm Khoai"


def pairings_of(
    folder: Path,
    seconds: Callable[[], float],
    *,
    wrap_key: bytes | None = WRAP_KEY,
    now: Callable[[], datetime] = lambda: NOW,
) -> Pairings:
    """Return the pairings over this identity folder, as after a start of the terminal."""
    return Pairings(PairingFile(folder, wrap_key), now=now, monotonic=seconds)


def asked(pairings: Pairings, origin: str = ORIGIN, name: str = NAME) -> Granted:
    """Let a page meet a new offer; the desk has not said anything yet."""
    pairings.offer()
    offer = pairings.view().offer
    assert offer is not None
    return pairings.ask(offer.code, offer.pin, name, origin)


def paired(pairings: Pairings, origin: str = ORIGIN, name: str = NAME) -> Granted:
    """Pair a page."""
    granted = asked(pairings, origin, name)
    pairings.agree(granted.pairing.id)
    return granted


def let_everybody_go(service: Service) -> None:
    """Leave a counter that tests share as it was found: nobody asks or is paired, no meeting."""
    service.counter.counter.decline()
    if service.meeting() is not None:
        service.close_meeting()
    service.pairings.drop()
    for pairing in service.pairings.view().pairings:
        service.pairings.revoke(pairing.id)
