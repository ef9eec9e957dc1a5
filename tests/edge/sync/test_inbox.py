"""The inbox at the terminal: each message once, whatever came of the way it took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import InboxNotKept
from edge.identity.inbox_keys import InboxKeys
from edge.identity.key import TerminalIdentity
from edge.net.http import HttpAnswer
from edge.sync.inbox import Aside
from edge.sync.take_inbox import take_inbox
from edge.wire.ack import Ack, sign_ack
from edge.wire.inbox import MAX_MESSAGE, TYP, Command, MessageKind, seal_message
from edge.wire.wipe import order_body
from provisioning.office.pki import new_key
from tests.edge.log.made import START, TERMINAL
from tests.edge.sync.inbox_made import NOW, Wired, command, later, meeting, roster, roster_body
from tests.provisioning.centre.made import KID, Centre
from verify import jws


@pytest.fixture
def wired(centre: Centre, identity: TerminalIdentity, tmp_path: Path) -> Wired:
    """Return a terminal that the centre knows the inbox key of."""
    made = Wired(centre, identity, tmp_path)
    made.call()
    return made


def test_roster_meeting_and_command_arrive(wired: Wired) -> None:
    """What the centre sends is done at the terminal, and its numbers are taken."""
    wired.send(MessageKind.ROSTER, roster_body("Lò Thị Mai", "Giàng A Páo"))
    wired.send(MessageKind.MEETING, meeting(1, "kết nạp").to_object())
    wired.send(MessageKind.COMMAND, command(Command.CHECK_LOG))
    wired.call()
    assert wired.acts.did == [("roster", roster("Lò Thị Mai", "Giàng A Páo")), ("check", None)]
    assert wired.store.meetings() == (meeting(1, "kết nạp"),)
    row = wired.store.row()
    assert (row.high_water, row.gaps, row.set_aside) == (3, (), ())


def test_order_to_wipe_arrives(wired: Wired) -> None:
    """For this terminal and in its form; anything else is set aside, and nothing is destroyed."""
    good = wired.send(MessageKind.WIPE, order_body(TERMINAL, "ab" * 16))
    other = wired.send(MessageKind.WIPE, order_body("TT-0002", "ab" * 16))
    odd = wired.send(MessageKind.WIPE, {"terminal": TERMINAL, "order": "now"})
    outcome = wired.take(other, odd, good)
    malformed = Aside.BODY_MALFORMED
    assert (outcome.taken, outcome.set_aside) == ((1,), ((2, malformed), (3, malformed)))
    assert wired.acts.did == [("wipe", "ab" * 16)]


def test_acknowledgement_arrives(wired: Wired) -> None:
    """An acknowledgement for a terminal that got no answer by the network, checked once more."""
    ack = Ack(TERMINAL, "ab" * 16, 4, (), bytes(32), (), ())
    good = wired.send(
        MessageKind.ACKNOWLEDGEMENT, {"ack": sign_ack(ack, wired.centre.sign_key, KID)}
    )
    forged = wired.send(MessageKind.ACKNOWLEDGEMENT, {"ack": sign_ack(ack, new_key(), KID)})
    outcome = wired.take(good, forged)
    assert (outcome.taken, outcome.set_aside) == ((1,), ((2, Aside.REFUSED),))
    assert wired.acts.did == [("ack", ack)]


def test_same_message_again_is_harmless(wired: Wired) -> None:
    """A message taken already does nothing when it comes again, from the network or a folder."""
    sent = wired.send(MessageKind.ROSTER, roster_body("Lò Thị Mai"))
    assert wired.take(sent).taken == (1,)
    again = wired.take(sent, sent)
    assert (again.taken, again.repeated, len(wired.acts.did)) == ((), (1, 1), 1)


def test_older_number_does_not_undo_a_later_one(wired: Wired) -> None:
    """A roster that was under way longer counts as taken, and the later one stays in force."""
    old = wired.send(MessageKind.ROSTER, roster_body("Lò Thị Mai"))
    new = wired.send(MessageKind.ROSTER, roster_body("Lò Thị Mai", "Giàng A Páo"))
    wired.take(new)
    outcome = wired.take(old)
    assert (outcome.taken, outcome.row.high_water) == ((1,), 2)
    assert wired.acts.did == [("roster", roster("Lò Thị Mai", "Giàng A Páo"))]


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_order_any_number_of_times(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However messages arrive, what is in force at the end is the same."""
    folder = tmp_path_factory.mktemp("order")
    centre = Centre(f"sqlite:///{folder / 'centre.db'}")
    wired = Wired(centre, centre.enrol(folder / "identity"), folder)
    wired.call()
    sent = [
        wired.send(MessageKind.MEETING, meeting(1, "một").to_object()),
        wired.send(MessageKind.ROSTER, roster_body("Lò Thị Mai")),
        wired.send(MessageKind.MEETING, meeting(2, "hai").to_object()),
        wired.send(MessageKind.MEETING, meeting(1, "một, đổi giờ").to_object()),
        wired.send(MessageKind.ROSTER, roster_body("Giàng A Páo")),
        wired.send(MessageKind.COMMAND, command(Command.CANCEL_MEETING, meeting=f"{2:032x}")),
    ]
    order = data.draw(st.permutations(sent))
    more = data.draw(st.lists(st.sampled_from(sent), max_size=6))
    for message in (*order, *more):
        wired.take(message)
    assert wired.store.meetings() == (meeting(1, "một, đổi giờ"),)
    assert wired.acts.did[-1] == ("roster", roster("Giàng A Páo"))
    assert wired.store.row().high_water == len(sent)
    centre.store.close()


def test_gap_is_reported(wired: Wired) -> None:
    """What has not come yet is known by its numbers, the last one given out included."""
    first, _second, third, _fourth = [
        wired.send(MessageKind.COMMAND, command(Command.CHECK_LOG)) for _ in range(4)
    ]
    assert wired.take(first, third).row.gaps == ((2, 2),)
    wired.store.given_out(4)
    row = wired.store.row()
    assert (row.high_water, row.highest, row.gaps) == (1, 3, ((2, 2), (4, 4)))
    wired.call()
    assert wired.store.row().gaps == ()


def test_another_content_under_a_number_is_an_alarm(wired: Wired) -> None:
    """The first content stays, the second does nothing and is recorded once."""
    first = wired.send(MessageKind.ROSTER, roster_body("Lò Thị Mai"))
    public = wired.keys.current(NOW).public
    second = seal_message(
        *(TERMINAL, 1, MessageKind.ROSTER, roster_body("Kẻ Khác"), START),
        public=public,
        key=wired.centre.sign_key,
        kid=KID,
    )
    wired.take(first)
    for _ in range(2):
        outcome = wired.take(second)
        assert (outcome.alarms, outcome.taken, outcome.row.alarms) == ((1,), (), (1,))
    assert wired.acts.did == [("roster", roster("Lò Thị Mai")), ("reused", 1)]
    assert wired.take(first).repeated == (1,)


def _edited(**changes: Any) -> Callable[[Wired, str], str]:
    """Return a change of the signed payload, signed anew by the centre itself."""

    def change(wired: Wired, compact: str) -> str:
        payload = jws.unverified_payload(compact, typ=TYP, max_size=MAX_MESSAGE)
        return jws.sign({**payload, **changes}, typ=TYP, key=wired.centre.sign_key, kid=KID)

    return change


def _signed_by_another(_wired: Wired, compact: str) -> str:
    payload = jws.unverified_payload(compact, typ=TYP, max_size=MAX_MESSAGE)
    return jws.sign(payload, typ=TYP, key=new_key(), kid=KID)


def _another_type(wired: Wired, compact: str) -> str:
    payload = jws.unverified_payload(compact, typ=TYP, max_size=MAX_MESSAGE)
    return jws.sign(payload, typ="tramthe-ack+jws", key=wired.centre.sign_key, kid=KID)


@pytest.mark.parametrize(
    "bend",
    [
        _signed_by_another,
        _another_type,
        _edited(terminal="another-terminal"),
        _edited(number=0),
        _edited(number="1"),
        _edited(kind="Roster!"),
        _edited(at="yesterday"),
        _edited(at=5),
        _edited(kid="seal-0123456789abcdef"),
        _edited(sealed="####"),
        _edited(more=1),
        lambda _wired, compact: compact[:-4] + "AAAA",
        lambda _wired, compact: compact + "A" * MAX_MESSAGE,
        lambda _wired, _compact: "",
    ],
)
def test_what_is_not_from_the_centre_to_us_is_refused(
    wired: Wired, bend: Callable[[Wired, str], str]
) -> None:
    """Forged, altered, malformed, too large or another terminal's: it takes no number."""
    sent = wired.send(MessageKind.ROSTER, roster_body("Lò Thị Mai"))
    outcome = wired.take(bend(wired, sent), sent)
    assert (outcome.refused, outcome.taken) == (1, (1,))
    assert len(wired.acts.did) == 1


DEEP: dict[str, Any] = {}
for _ in range(20):
    DEEP = {"inside": DEEP}

POISON = [
    (MessageKind.ROSTER, {"v": 2, "organisation": "x", "code": "1", "people": "none"}, "REFUSED"),
    (MessageKind.ROSTER, {}, "REFUSED"),
    (MessageKind.MEETING, {"id": "1"}, "REFUSED"),
    (MessageKind.MEETING, {"id": "A" * 32, "opening": {}}, "REFUSED"),
    (MessageKind.MEETING, {"id": "a" * 32, "opening": {"kind": "picnic"}}, "REFUSED"),
    (MessageKind.ACKNOWLEDGEMENT, {}, "REFUSED"),
    (MessageKind.COMMAND, {"command": "self-destruct", "arguments": {}}, "COMMAND_UNKNOWN"),
    (MessageKind.COMMAND, {"command": "check-log"}, "BODY_MALFORMED"),
    (MessageKind.COMMAND, {"command": "cancel-meeting", "arguments": {}}, "BODY_MALFORMED"),
]


@pytest.mark.parametrize(("kind", "body", "code"), POISON)
def test_poison_message_is_set_aside_alone(
    wired: Wired, kind: MessageKind, body: dict[str, Any], code: str
) -> None:
    """One that cannot be used is set aside under its number, and the rest goes on."""
    before = wired.send(MessageKind.COMMAND, command(Command.CHECK_LOG))
    poison = wired.send(kind, body)
    after = wired.send(MessageKind.ROSTER, roster_body("Lò Thị Mai"))
    outcome = wired.take(before, poison, after)
    assert (outcome.taken, outcome.set_aside) == ((1, 3), ((2, code),))
    assert (outcome.row.high_water, outcome.row.set_aside) == (3, (2,))


@pytest.mark.parametrize(
    ("bend", "code"),
    [
        (_edited(kind="greeting"), Aside.SEAL_BROKEN),
        (_edited(number=7), Aside.SEAL_BROKEN),
        (_edited(at="2026-01-01T00:00:00.000Z"), Aside.SEAL_BROKEN),
        (_edited(kid="inbox-0123456789abcdef"), Aside.KEY_GONE),
        (_edited(sealed="AAAA"), Aside.SEAL_BROKEN),
    ],
)
def test_seal_is_bound_to_the_header(
    wired: Wired, bend: Callable[[Wired, str], str], code: Aside
) -> None:
    """A body moved under another number, kind or time does not open, even signed by the centre."""
    sent = wired.send(MessageKind.ROSTER, roster_body("Lò Thị Mai"))
    outcome = wired.take(bend(wired, sent))
    assert [why for _, why in outcome.set_aside] == [code]
    assert wired.acts.did == []


def test_disk_that_refuses_takes_nothing(wired: Wired) -> None:
    """Where the disk is full the message stays to be taken, and is when there is room."""
    sent = wired.send(MessageKind.ROSTER, roster_body("Lò Thị Mai"))
    wired.acts.refuse = True
    with pytest.raises(InboxNotKept):
        wired.take(sent)
    assert wired.store.row().highest == 0
    wired.acts.refuse = False
    assert wired.take(sent).taken == (1,)


def test_message_set_aside_is_tried_again(wired: Wired, tmp_path: Path) -> None:
    """One that an older program could not use is taken where it comes again and now can be."""
    sent = wired.send(MessageKind.COMMAND, command(Command.CHECK_LOG))
    without_key = replace(wired.inbox, keys=InboxKeys(tmp_path / "elsewhere"))
    assert take_inbox([sent], without_key, NOW).set_aside == ((1, Aside.KEY_GONE),)
    outcome = wired.take(sent)
    assert (outcome.taken, outcome.row.set_aside) == ((1,), ())


def test_no_name_in_the_database(wired: Wired, tmp_path: Path) -> None:
    """Who holds the terminal's disk reads no title of a called meeting."""
    wired.take(wired.send(MessageKind.MEETING, meeting(1, "kết nạp Lò Thị Mai").to_object()))
    held = (tmp_path / "inbox.sqlite").read_bytes()
    for text in ("Lò Thị Mai", "kết nạp"):
        assert text.encode() not in held
        assert text.encode("utf-16-le") not in held


def test_called_meeting_goes_in_time(wired: Wired) -> None:
    """Thirty days after its hour nothing of it is on the terminal any more."""
    wired.take(wired.send(MessageKind.MEETING, meeting(1).to_object()))
    wired.take(at=later(29))
    assert len(wired.store.meetings()) == 1
    wired.take(at=later(31))
    assert wired.store.meetings() == ()


def test_soonest_meeting_first(wired: Wired) -> None:
    """Called meetings stand in the order of their hours, those without one last."""
    days = {1: 3, 2: 1, 3: 2}
    for number, ahead in days.items():
        called = meeting(number, begins=later(ahead).at)
        wired.take(wired.send(MessageKind.MEETING, called.to_object()))
    wired.take(wired.send(MessageKind.MEETING, meeting(4, begins=None).to_object()))
    order = [int(one.id, 16) for one in wired.store.meetings()]
    assert order == [2, 3, 1, 4]


def test_busy_centre_is_not_asked_sooner(wired: Wired) -> None:
    """It names a time: until then, and spread over as long again, no pass asks it."""
    wired.centre.rewrite = lambda _: HttpAnswer(429, {"retry-after": "20"}, b"")
    assert wired.fetch.run_once(NOW).why
    due = []
    for wired.clock in (0.0, 20.0, 29.0, 30.0):
        due.append(wired.fetch.due)
    assert due == [False, False, False, True]


def test_list_of_cards(wired: Wired) -> None:
    """Handed on as it is; of two lists of one batch the later one counts, whichever comes first."""
    first = {"batch": "7" * 32, "rows": []}
    late = wired.send(MessageKind.HANDOVER, first)
    later = wired.send(MessageKind.HANDOVER, first | {"title": "đợt 3"})
    wired.take(later, late)
    assert wired.acts.did == [("batch", first | {"title": "đợt 3"})]


@pytest.mark.parametrize("batch", [None, 7, "7", "x" * 32])
def test_list_of_cards_that_names_no_batch(wired: Wired, batch: object) -> None:
    """Set aside alone."""
    sent = wired.send(MessageKind.HANDOVER, {"batch": batch})
    assert wired.take(sent).set_aside == ((1, Aside.BODY_MALFORMED),)
    assert wired.acts.did == []
