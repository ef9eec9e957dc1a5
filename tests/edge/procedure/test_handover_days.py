"""A batch over its days: what the next one finds, after a power cut too, and what names stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import HandoverRefused, KeyDestroyed, RecordingLocked
from edge.log.due import KEPT
from edge.log.forget import destroy_due
from edge.procedure import handover_batch_json as forms
from edge.procedure.handover import State
from edge.procedure.handover_batch import Batch, Field
from edge.procedure.handover_progress import Pace
from edge.wire.kinds import AnnulReason, CloseReason, EventKind, HandoverOutcome, HandoverReason
from tests.edge.log.test_forget import everywhere
from verify.verdict import Outcome

from .batch_made import AYUN, DO, MAI, TODAY
from .handover_desk import BY, HandoverDesk


def sealed(desk: HandoverDesk) -> Batch:
    """Return the batch as it lies on the disk."""
    data = desk.file.read()
    assert data is not None
    return forms.from_bytes(data)


def troubled(desk: HandoverDesk) -> bool:
    """Return whether the terminal says that its batch cannot be used."""
    return desk.book.trouble is not None


def test_next_day(desk: HandoverDesk) -> None:
    """The first act ends the day before; who got the card is gone from the list, the rest stays."""
    desk.deliver(AYUN)
    desk.lay(DO, name="Lò Thị Dợi")
    first = desk.log.open_contexts()
    desk.wait(days=1)
    desk.book.say(MAI.id, HandoverOutcome.ABSENT, by=BY)
    (second,) = desk.log.open_contexts()
    assert (second,) != first
    assert list(desk.view.standings) == [DO.id, MAI.id]
    assert desk.state(DO) is State.DATA_DIFFER
    assert desk.standing(DO).differs == frozenset({Field.NAME})
    assert [row["name"] for row in desk.log.roster(second)] == [DO.name, MAI.name]
    assert (desk.view.delivered, desk.view.total) == (1, 3)
    assert desk.lay(AYUN).before == TODAY


def test_end_of_a_day_says_how_far_each_organisation_is(desk: HandoverDesk) -> None:
    """Sealed for the centre, and enough for it without opening any other body."""
    desk.deliver(AYUN)
    desk.book.say(DO.id, HandoverOutcome.ABSENT)
    desk.book.end_day(by=BY)
    event, _ = desk.last()
    assert (event.kind, event.reason) == (EventKind.CONTEXT_CLOSED, None)
    khoai, hoc = desk.log.body(event)["progress"]
    assert (khoai["total"], khoai["delivered"], khoai["exceptions"]) == (2, 1, 1)
    assert (hoc["total"], hoc["delivered"], hoc["code"]) == (1, 0, None)
    assert not desk.view.day_open
    desk.book.end_day(by=BY)
    assert desk.last()[0] == event


def test_clock_set_back(desk: HandoverDesk) -> None:
    """No day ends, and none begins twice, because the clock was put right."""
    desk.wait(days=-1)
    desk.deliver(AYUN)
    assert len(desk.log.open_contexts()) == 1


def test_pace_counts_days_over_the_whole_batch(desk: HandoverDesk) -> None:
    """A card on each of two days: two days are needed for two more, however often it restarts."""
    desk.deliver(AYUN)
    desk.wait(days=1)
    desk.again()
    desk.deliver(DO)
    khoai = desk.view.progress[0]
    assert (khoai.delivered, khoai.total, khoai.pace) == (2, 2, Pace.DONE)


def test_power_cut_in_the_middle_of_a_card(desk: HandoverDesk) -> None:
    """The steps that were done are done; nothing is asked twice."""
    desk.deliver(AYUN)
    desk.lay(DO)
    desk.again()
    assert (desk.state(AYUN), desk.state(DO)) == (State.DELIVERED, State.READY)
    desk.book.hand_over(DO.id, HandoverReason.COLLECTED, papers=True)
    assert desk.view.delivered == 2


def test_power_cut_between_two_days(desk: HandoverDesk) -> None:
    """Two days stand open: the later one counts, the earlier one is ended, nothing is lost."""
    desk.deliver(AYUN)
    left = sealed(desk)
    desk.wait(days=1)
    later = desk.log.open_context(
        forms.opening(left) | {"by": None}, desk.now(), forms.people(left)
    )
    desk.again()
    assert desk.log.open_contexts() == (later,)
    assert list(desk.view.standings) == [DO.id, MAI.id]
    assert desk.view.delivered == 1
    assert sealed(desk) == left


def test_power_cut_before_the_batch_was_sealed(desk: HandoverDesk) -> None:
    """The log decides: what it has and the sealed batch lacks is not asked again."""
    before = desk.file.read()
    desk.deliver(AYUN)
    assert before is not None
    desk.file.keep(before)
    desk.again()
    assert desk.state(AYUN) is State.DELIVERED
    assert AYUN.number not in {card.number for card in sealed(desk).cards}


def test_batch_that_rests_for_longer_than_keys_live(desk: HandoverDesk) -> None:
    """The log ends the day by itself and forgets its names; the list goes on without them."""
    desk.deliver(AYUN)
    (context,) = desk.log.open_contexts()
    desk.at += KEPT
    desk.again()
    assert destroy_due(desk.log, desk.now()) == (context,)
    desk.book.drop((context,))
    ended = desk.log.events()[-1]
    assert (ended.kind, ended.reason) == (EventKind.CONTEXT_CLOSED, CloseReason.EXPIRED)
    assert list(desk.view.standings) == [DO.id, MAI.id]
    desk.again()
    desk.deliver(DO)
    assert (desk.view.delivered, desk.view.total) == (2, 3)
    with pytest.raises(KeyDestroyed):
        desk.log.roster(context)


def test_terminal_that_was_off_for_longer_than_keys_live(desk: HandoverDesk) -> None:
    """The key is gone before the book is made: the sealed batch alone is enough."""
    desk.deliver(AYUN)
    desk.at += KEPT
    desk.log.close()
    desk.open_log()
    destroy_due(desk.log, desk.now())
    desk.again()
    assert list(desk.view.standings) == [DO.id, MAI.id]
    assert desk.view.batch.delivered[0].on == TODAY


def test_nothing_readable_on_the_disk(desk: HandoverDesk) -> None:
    """No name and no number in any file, in UTF-8 or UTF-16, while the batch runs or after."""
    desk.deliver(AYUN)
    desk.lay(DO, Outcome.REJECTED)
    desk.book.say(DO.id, HandoverOutcome.ABSENT, note="đi viện Bạch Mai")
    for _ in range(2):
        found = everywhere(desk.folder)
        for text in (AYUN.name, DO.name, AYUN.number, DO.personal_number or "", "Bạch Mai"):
            for encoding in ("utf-8", "utf-16-le"):
                assert text.encode(encoding) not in found
        if desk.book.batch is not None:
            desk.book.finish()


def test_finished_batch_is_forgotten(desk: HandoverDesk) -> None:
    """Its key is destroyed: no file of it is left."""
    desk.deliver(AYUN)
    desk.book.finish(by=BY)
    assert list(desk.folder.glob("batch*")) == []
    desk.again()
    assert desk.book.view() is None


def test_taken_back_on_the_next_day(desk: HandoverDesk) -> None:
    """What an ended day left stays: the card is no longer on the list."""
    desk.deliver(AYUN)
    said = desk.standing(AYUN).word
    assert said is not None
    desk.wait(days=1)
    with pytest.raises(HandoverRefused):
        desk.book.annul(AYUN.id, said.place, AnnulReason.BY_MISTAKE)


@pytest.mark.parametrize("damage", ["altered", "of another version"])
def test_sealed_batch_that_cannot_be_used(desk: HandoverDesk, damage: str) -> None:
    """Without an open day it is said, and a new list may be loaded over it."""
    desk.book.end_day()
    if damage == "altered":
        path = desk.folder / "batch.sealed"
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    else:
        desk.file.keep(b'{"v": 9}')
    desk.again()
    assert desk.book.view() is None
    assert troubled(desk)
    desk.begin(DO)
    assert not troubled(desk)
    assert desk.state(DO) is State.LEFT


def test_damaged_batch_on_an_open_day(desk: HandoverDesk) -> None:
    """The log has the day: it goes on, and is sealed anew."""
    desk.deliver(AYUN)
    path = desk.folder / "batch.sealed"
    path.write_bytes(b"\0" * 64)
    desk.again()
    assert desk.book.trouble is None
    assert desk.state(AYUN) is State.DELIVERED
    assert [card.id for card in sealed(desk).cards] == [DO.id, MAI.id]


def test_disk_that_refuses_the_list(tmp_path: Path) -> None:
    """No batch begins that the next start would not know."""
    desk = HandoverDesk(tmp_path)
    (tmp_path / "batch.sealed").mkdir()
    with pytest.raises(RecordingLocked):
        desk.begin()
    assert desk.book.view() is None
    assert desk.log.open_contexts() == ()
    desk.again()
    assert isinstance(desk.book.trouble, RecordingLocked)
    desk.log.close()


def test_disk_that_refuses_the_list_in_the_middle(desk: HandoverDesk) -> None:
    """The log has taken it: the act stands, and the list is sealed with the next one."""
    block = desk.folder / "batch.sealed"
    block.unlink()
    block.mkdir()
    desk.deliver(AYUN)
    assert desk.state(AYUN) is State.DELIVERED
    block.rmdir()
    desk.book.say(DO.id, HandoverOutcome.ABSENT)
    assert [card.id for card in sealed(desk).cards] == [DO.id, MAI.id]


def test_key_that_cannot_be_destroyed(desk: HandoverDesk) -> None:
    """The batch is not said to be forgotten before it is."""
    block = desk.folder / "batch-0.key"
    block.mkdir()
    with pytest.raises(RecordingLocked):
        desk.book.finish()
    assert desk.book.view() is not None
    block.rmdir()
    desk.book.finish()
    assert desk.book.view() is None
