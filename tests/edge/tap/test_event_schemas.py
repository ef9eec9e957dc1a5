"""What taps leave in the log is what the published schemas say."""

from __future__ import annotations

from edge.wire.kinds import EventKind
from tests.docs.schemas import check_log
from tests.edge.tap.conftest import Rig


def test_cards_of_every_sort(rig: Rig) -> None:
    """Every card of the cast, whatever comes of it: header and opened body of each event hold."""
    for card in rig.stage.cast.cards:
        rig.tap(card.key)
        rig.lift()
    kinds = {event.kind for event in rig.log.events()}
    assert kinds >= {EventKind.CONTEXT_OPENED, EventKind.ROSTER_PART, EventKind.CHECK_IN}
    assert {"ADMITTED", "REFUSED"} <= {event.outcome for event in rig.log.events()}
    assert check_log(rig.log) >= 10
