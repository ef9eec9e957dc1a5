"""The stick among the protocol's vectors: what a terminal puts there, and what a centre answers.

Not here: the exchanges over HTTP, and writing the files (`make_protocol`).
"""

from __future__ import annotations

from collections.abc import Callable

from edge.wire.bundle import (
    MANIFEST,
    ROOT,
    Bundle,
    Way,
    ack_name,
    describe,
    place_of,
    segment_name,
    sign_bundle,
)
from provisioning.conformance.identity import Identity
from tests.docs.protocol_keys import CENTRE_KEY, EPOCHS, KID, START, TERMINAL

PLACE = place_of(TERMINAL)
UP, DOWN = (f"{ROOT}/{way.value}/{PLACE}" for way in (Way.UP, Way.DOWN))


def files(who: Identity, segment: str, ack: str, kept: Callable[[str, str], str]) -> dict[str, str]:
    """Return the files by path; `kept(path, made)`: the one that is there where it still fits."""
    sent = {segment_name(EPOCHS[0], 1, 2): segment}
    answered = {ack_name(EPOCHS[0]): ack}
    up = sign_bundle(_bundle(Way.UP, sent), who.key, certificate=who.certificate)
    down = sign_bundle(_bundle(Way.DOWN, answered), CENTRE_KEY, kid=KID)
    return {
        **{f"{UP}/{name}": text for name, text in sent.items()},
        f"{UP}/{MANIFEST}": kept(f"{UP}/{MANIFEST}", up),
        **{f"{DOWN}/{name}": text for name, text in answered.items()},
        f"{DOWN}/{MANIFEST}": kept(f"{DOWN}/{MANIFEST}", down),
    }


def _bundle(way: Way, held: dict[str, str]) -> Bundle:
    return describe(TERMINAL, way, START, {name: text.encode() for name, text in held.items()})


def listing(found: dict[str, str]) -> str:
    """Return the paths with their sizes, as the page shows them."""
    return "\n".join(f"{path}  {len(text)} bytes" for path, text in sorted(found.items()))
