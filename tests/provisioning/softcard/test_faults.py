"""Chips that break the rules at one place, and chips that take their time."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from provisioning.direct_reader import DirectReader
from provisioning.softcard.chip import Chip
from provisioning.softcard.faults import Faulty, card_of
from provisioning.softcard.image import Behaviour, CardImage, Faults
from provisioning.softcard.slot import Card, let_go
from reader.errors import CardRemoved
from reader.watch import CardLaid
from tests.provisioning.softcard import opening
from tests.provisioning.softcard.conftest import AID

MakeImage = Callable[..., CardImage]

CAN = opening.password("123456", can=True)
READ = "00B09C0002"
SET_AT = "0022C1A40F800A04007F00070202040202830102"
ASK_NONCE = "10860000027C0000"
WITHIN = 10.0  # seconds


def _send(card: Card, *commands: str) -> str:
    answer = b""
    for command in commands:
        answer = card.transmit(bytes.fromhex(command))
    return answer.hex().upper()


def test_a_card_without_faults_is_its_chip(make_image: MakeImage) -> None:
    """Nothing lies between."""
    assert isinstance(card_of(make_image()), Chip)
    assert isinstance(card_of(make_image(faults=Faults(stall_at=1))), Faulty)


def test_endless_answers_from_the_nth_on(make_image: MakeImage) -> None:
    """Every one promises more, also to GET RESPONSE; power-off begins the count again."""
    card = card_of(make_image(faults=Faults(endless_at=2)))
    assert _send(card, READ) == "31149000"
    for command in (READ, "00C00000FF", "00C00000FF"):
        assert _send(card, command) == "31" * 255 + "61FF"
    card.reset()
    assert _send(card, READ) == "31149000"


def _opened_at(image: CardImage) -> tuple[Card, opening.Opened]:
    """Open a chip and select its application: commands 1 to 6."""
    card = card_of(image)
    run = opening.pace(card.transmit, "ECDH-GM", "AES-128", 12, CAN, can=True)
    assert run.session.ask("00A4040C", AID) == "9000"
    return card, run


@pytest.mark.parametrize("status", ["6A82", "9000"])
def test_a_bare_status_in_a_session(make_image: MakeImage, status: str) -> None:
    """It comes without secure messaging, and the session is gone."""
    image = make_image(faults=Faults(bare_status_at=7, bare_status=status))
    card, run = _opened_at(image)
    with pytest.raises(AssertionError, match="without secure messaging"):
        run.session.ask("00B08100", le=b"\x00")
    with pytest.raises(AssertionError, match="6988"):
        run.session.ask("00B08100", le=b"\x00")
    assert _send(card, READ) == "6982"


def test_a_wrong_checksum(make_image: MakeImage) -> None:
    """The n-th protected answer fails its check; the one after it is right again."""
    _, run = _opened_at(make_image(faults=Faults(wrong_checksum_at=7)))
    with pytest.raises(AssertionError):
        run.session.ask("00B08100", le=b"\x00")
    assert run.session.ask("00B08100", le=b"\x00").startswith("9000")


def test_a_wrong_checksum_without_secure_messaging(make_image: MakeImage) -> None:
    """In plain there is nothing to change."""
    card = card_of(make_image(faults=Faults(wrong_checksum_at=1)))
    assert _send(card, READ) == "31149000"


def test_a_card_that_is_swapped(make_image: MakeImage) -> None:
    """From the n-th command on another card answers: without the session, with its own files."""
    other = make_image(mf_files={0x011C: b"\x31\x00"})
    card, run = _opened_at(make_image(faults=Faults(swap_at=7), other=other))
    with pytest.raises(AssertionError, match="6988"):
        run.session.ask("00B08100", le=b"\x00")
    assert _send(card, READ) == "31009000"
    card.reset()
    assert _send(card, READ) == "31149000"


def test_a_card_that_stalls_until_it_is_lifted(make_image: MakeImage) -> None:
    """The command is under way until the card is taken away; then the reader is free at once."""
    reader = DirectReader()
    reader.lay(card_of(make_image(faults=Faults(stall_at=2))))
    event = reader.next_event(1)
    while not isinstance(event, CardLaid):
        event = reader.next_event(1)
    connection = event.connection
    assert connection.transmit(bytes.fromhex(READ)).hex() == "31149000"
    ended: list[Exception] = []

    def ask() -> None:
        try:
            connection.transmit(bytes.fromhex(READ))
        except CardRemoved as removed:
            ended.append(removed)

    thread = threading.Thread(target=ask)
    thread.start()
    reader.lift()
    thread.join(WITHIN)
    assert not thread.is_alive()
    assert len(ended) == 1
    reader.lay(Chip(make_image()))
    assert reader.occupied


def test_letting_go_of_a_card_that_never_waits() -> None:
    """A card without `leave` is left alone."""

    class Plain:
        atr = b"\x3b\x00"

        def reset(self) -> None:
            """Keep nothing."""

        def transmit(self, command: bytes) -> bytes:
            """Return the command."""
            return command

    let_go(Plain())


@pytest.mark.parametrize(
    ("behaviour", "waits"),
    [
        (Behaviour(wait=0.5), [0.5, 0.5, 0.5]),
        (Behaviour(wait=2.0, wait_at=2), [2.0]),
        (Behaviour(), []),
    ],
)
def test_a_slow_chip(make_image: MakeImage, behaviour: Behaviour, waits: list[float]) -> None:
    """It waits before every answer, or before the n-th alone."""
    waited: list[float] = []
    chip = Chip(make_image(behaviour=behaviour), wait=waited.append)
    for _ in range(3):
        assert _send(chip, READ) == "31149000"
    assert waited == waits


def test_wrong_guesses_cost_time(make_image: MakeImage) -> None:
    """After a wrong guess the next one waits, over power-off too; a right one ends it."""
    waited: list[float] = []
    image = make_image(wrong_delay=3.0, bac=True)
    chip = Chip(image, wait=waited.append)
    wrong = opening.password("000000", can=True)

    def guess(secret: bytes) -> None:
        chip.reset()
        opening.pace(chip.transmit, "ECDH-GM", "AES-128", 12, secret, can=True)

    with pytest.raises(opening.Refusal, match="6300"):
        guess(wrong)
    assert sum(waited) == 0
    chip.reset()
    _send(chip, f"00A4040C07{AID.hex()}", "0084000008")
    assert sum(waited) == 3.0
    guess(CAN)
    assert sum(waited) == 6.0
    guess(CAN)
    assert sum(waited) == 6.0


def test_where_the_counter_stands(make_image: MakeImage) -> None:
    """A card can be personalised with guesses spent: suspended with one left, blocked with none."""
    suspended = Chip(make_image(can_tries=3, can_tries_left=1))
    assert _send(suspended, SET_AT) == "63C1"
    assert _send(suspended, ASK_NONCE) == "6985"
    blocked = Chip(make_image(can_tries=3, can_tries_left=0))
    assert _send(blocked, SET_AT) == "63C0"
    assert _send(blocked, ASK_NONCE) == "6983"


def test_a_wait_is_given_up(make_image: MakeImage) -> None:
    """Whoever lifts a slow card does not wait for it."""
    chip = Chip(make_image(behaviour=Behaviour(wait=600.0)))
    thread = threading.Thread(target=chip.transmit, args=(bytes.fromhex(READ),))
    thread.start()
    chip.leave()
    thread.join(WITHIN)
    assert not thread.is_alive()
