"""A page comes to be paired, is known again, and is let go."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import PairingRefused
from edge.procedure.offer import MAX_TRIES, OFFER_SECONDS, Ended, Offer, check_number
from edge.procedure.pairing import MAX_BYTES, MAX_PAIRINGS
from edge.procedure.pairing_fault import PairingFault
from edge.procedure.pairing_store import FILE, PairingFile
from edge.procedure.pairings import USED_STEP, Pairings
from tests.edge.people.made import WRAP_KEY, Seconds

from .pairing_made import NAME, NOW, ORIGIN, OTHER, asked, paired, pairings_of


@pytest.fixture
def seconds() -> Seconds:
    """Return the seconds that the terminal has run."""
    return Seconds()


@pytest.fixture
def pairings(tmp_path: Path, seconds: Seconds) -> Pairings:
    """Return the pairings of a terminal that never had one."""
    return pairings_of(tmp_path, seconds)


def offer_of(pairings: Pairings) -> Offer:
    """Let the desk offer a pairing, and return what it shows."""
    pairings.offer()
    offer = pairings.view().offer
    assert offer is not None
    return offer


def fault(error: pytest.ExceptionInfo[PairingRefused]) -> str:
    """Return the code of what was raised."""
    return error.value.fault


def test_a_page_is_paired(pairings: Pairings, tmp_path: Path, seconds: Seconds) -> None:
    """Code and PIN, then the desk's word; known from then on, also after a new start."""
    granted = asked(pairings)
    view = pairings.view()
    assert view.offer is None
    assert view.asked is not None
    assert (view.asked.pairing.name, view.asked.pairing.origin) == (NAME, ORIGIN)
    assert view.asked.check == granted.check
    pairings.agree(granted.pairing.id)
    assert pairings.view().ended is Ended.PAIRED
    assert pairings.find(granted.token) == granted.pairing
    again = pairings_of(tmp_path, seconds)
    assert again.find(granted.token) == granted.pairing
    assert again.view().pairings == (granted.pairing,)


def test_before_the_desk_has_agreed(pairings: Pairings) -> None:
    """The token opens nothing; it only tells who waits."""
    granted = asked(pairings)
    assert pairings.find(granted.token) is None
    assert pairings.waiting(granted.token) == granted.pairing
    assert pairings.waiting("x" * 43) is None
    assert not pairings.stands(granted.pairing.id)
    assert pairings.knows(ORIGIN)


def test_the_desk_does_not_agree(pairings: Pairings) -> None:
    """Nobody is paired, and the token is worth nothing."""
    granted = asked(pairings)
    pairings.drop()
    assert pairings.view().ended is Ended.DROPPED
    assert pairings.waiting(granted.token) is None
    assert not pairings.knows(ORIGIN)
    with pytest.raises(PairingRefused) as refused:
        pairings.agree(granted.pairing.id)
    assert fault(refused) == PairingFault.OFFER_CHANGED


def test_the_desk_agrees_to_one_that_is_not_shown_any_more(pairings: Pairings) -> None:
    """What a page of the desk showed a while ago is not what waits now: nobody is paired."""
    first = asked(pairings)
    second = asked(pairings, OTHER)
    with pytest.raises(PairingRefused) as refused:
        pairings.agree(first.pairing.id)
    assert fault(refused) == PairingFault.OFFER_CHANGED
    pairings.agree(second.pairing.id)
    assert [one.origin for one in pairings.view().pairings] == [OTHER]


@pytest.mark.parametrize("wrong", ["code", "pin", "both", "empty", "surrogate"])
def test_three_wrong_tries(wrong: str, pairings: Pairings) -> None:
    """End the offer: the right ones are worth nothing afterwards."""
    offer = offer_of(pairings)
    other_pin = "000000" if offer.pin != "000000" else "000001"
    other_code = "00000000" if offer.code != "00000000" else "00000001"
    code, pin = {
        "code": (other_code, offer.pin),
        "pin": (offer.code, other_pin),
        "both": (other_code, other_pin),
        "empty": ("", ""),
        "surrogate": ("\ud800", "\ud800"),
    }[wrong]
    for left in range(MAX_TRIES - 1, -1, -1):
        with pytest.raises(PairingRefused) as refused:
            pairings.ask(code, pin, NAME, ORIGIN)
        assert fault(refused) == PairingFault.OFFER_WRONG
        shown = pairings.view().offer
        assert (0 if shown is None else shown.left) == left
    assert pairings.view().ended is Ended.TRIED_OUT
    with pytest.raises(PairingRefused) as refused:
        pairings.ask(offer.code, offer.pin, NAME, ORIGIN)
    assert fault(refused) == PairingFault.OFFER_CLOSED


def test_many_try_at_once(pairings: Pairings) -> None:
    """Three tries are compared, whoever makes them; the others come too late."""
    offer = offer_of(pairings)
    found: list[str] = []
    together = threading.Barrier(12)

    def guess(number: int) -> None:
        together.wait()
        with pytest.raises(PairingRefused) as refused:
            pairings.ask(offer.code, f"x{number}", NAME, ORIGIN)
        found.append(fault(refused))

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["OFFER_CLOSED"] * 9 + ["OFFER_WRONG"] * MAX_TRIES


def test_a_code_as_people_type_it(pairings: Pairings) -> None:
    """Small letters, in groups."""
    offer = offer_of(pairings)
    typed = f" {offer.code[:4].lower()}-{offer.code[4:]} "
    assert pairings.ask(typed, offer.pin, NAME, ORIGIN).pairing.origin == ORIGIN


def test_an_unfit_page_costs_no_try(pairings: Pairings) -> None:
    """Code and PIN are not looked at for a page that could not be paired."""
    offer = offer_of(pairings)
    for name, origin, expected in (
        ("", ORIGIN, PairingFault.NAME_UNFIT),
        (NAME, "null", PairingFault.ORIGIN_UNFIT),
        (NAME, "http://motcua.example", PairingFault.ORIGIN_NOT_SECURE),
    ):
        with pytest.raises(PairingRefused) as refused:
            pairings.ask(offer.code, offer.pin, name, origin)
        assert fault(refused) == expected
    shown = pairings.view().offer
    assert shown is not None
    assert shown.left == MAX_TRIES


def test_an_offer_is_taken_once(pairings: Pairings) -> None:
    """A second page with the same code and PIN comes too late, and the desk sees the first."""
    offer = offer_of(pairings)
    first = pairings.ask(offer.code, offer.pin, NAME, ORIGIN)
    with pytest.raises(PairingRefused) as refused:
        pairings.ask(offer.code, offer.pin, "Kẻ khác", OTHER)
    assert fault(refused) == PairingFault.OFFER_CLOSED
    waiting = pairings.view().asked
    assert waiting is not None
    assert waiting.pairing == first.pairing


def test_an_offer_runs_out(pairings: Pairings, seconds: Seconds) -> None:
    """After five minutes the right ones are worth nothing."""
    offer = offer_of(pairings)
    seconds.now += OFFER_SECONDS - 1
    assert pairings.is_offering()
    seconds.now += 1
    assert not pairings.is_offering()
    assert pairings.view().ended is Ended.EXPIRED
    with pytest.raises(PairingRefused) as refused:
        pairings.ask(offer.code, offer.pin, NAME, ORIGIN)
    assert fault(refused) == PairingFault.OFFER_CLOSED


def test_the_desk_says_nothing(pairings: Pairings, seconds: Seconds) -> None:
    """Who asked is forgotten after five minutes."""
    granted = asked(pairings)
    seconds.now += OFFER_SECONDS
    assert pairings.waiting(granted.token) is None
    with pytest.raises(PairingRefused):
        pairings.agree(granted.pairing.id)


def test_one_offer_at_a_time(pairings: Pairings) -> None:
    """A new one ends the one before."""
    old = offer_of(pairings)
    new = offer_of(pairings)
    assert (old.code, old.pin) != (new.code, new.pin)
    with pytest.raises(PairingRefused) as refused:
        pairings.ask(old.code, old.pin, NAME, ORIGIN)
    assert fault(refused) == PairingFault.OFFER_WRONG


def test_what_is_shown_and_kept(pairings: Pairings, tmp_path: Path) -> None:
    """Six digits, eight characters, 256 bits; no secret in a repr, nothing legible on disk."""
    offer = offer_of(pairings)
    assert len(offer.pin) == 6
    assert offer.pin.isdecimal()
    assert len(offer.code) == 8
    assert offer.code not in repr(offer)
    assert offer.pin not in repr(offer)
    granted = pairings.ask(offer.code, offer.pin, NAME, ORIGIN)
    assert len(granted.token) == 43
    assert granted.token not in repr(granted)
    assert granted.check == check_number(granted.pairing.token_hash)
    pairings.agree(granted.pairing.id)
    data = (tmp_path / FILE).read_bytes()
    for word in (granted.token, NAME, ORIGIN, granted.pairing.id):
        assert word.encode() not in data
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_page_is_let_go(pairings: Pairings, tmp_path: Path, seconds: Seconds) -> None:
    """At once and for ever; the others stay."""
    gone, stays = paired(pairings), paired(pairings, OTHER)
    pairings.revoke(gone.pairing.id)
    pairings.revoke(gone.pairing.id)
    for kept in (pairings, pairings_of(tmp_path, seconds)):
        assert kept.find(gone.token) is None
        assert not kept.knows(ORIGIN)
        assert not kept.stands(gone.pairing.id)
        assert kept.find(stays.token) == stays.pairing


def test_too_many_pages(pairings: Pairings) -> None:
    """No more are offered than can be kept."""
    for number in range(MAX_PAIRINGS):
        paired(pairings, name=f"Quầy {number}")
    assert pairings.view().full
    with pytest.raises(PairingRefused) as refused:
        pairings.offer()
    assert fault(refused) == PairingFault.PAIRINGS_FULL
    pairings.revoke(pairings.view().pairings[0].id)
    pairings.offer()


@pytest.mark.parametrize("place", [0, 11, 12, 40, -1])
def test_the_file_is_altered(
    place: int, pairings: Pairings, tmp_path: Path, seconds: Seconds
) -> None:
    """Nobody is paired, and that is said; the desk may begin anew."""
    granted = paired(pairings)
    sealed = bytearray((tmp_path / FILE).read_bytes())
    sealed[place] ^= 1
    (tmp_path / FILE).write_bytes(sealed)
    again = pairings_of(tmp_path, seconds)
    assert again.damaged
    assert again.view().damaged
    assert again.find(granted.token) is None
    with pytest.raises(PairingRefused) as refused:
        again.offer()
    assert fault(refused) == PairingFault.PAIRINGS_DAMAGED
    again.begin_anew()
    assert not again.view().damaged
    assert again.find(granted.token) is None
    assert not pairings_of(tmp_path, seconds).damaged
    paired(again)


def test_beginning_anew_is_for_a_damaged_file(pairings: Pairings) -> None:
    """A list that opens is not thrown away."""
    granted = paired(pairings)
    pairings.begin_anew()
    assert pairings.find(granted.token) is not None


@pytest.mark.parametrize("length", [0, 1, 28, MAX_BYTES + 1])
def test_the_file_has_another_length(
    length: int, pairings: Pairings, tmp_path: Path, seconds: Seconds
) -> None:
    """Empty, cut short, or larger than any such file."""
    paired(pairings)
    data = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes((data * 200)[:length].ljust(length, b"\x00"))
    assert pairings_of(tmp_path, seconds).damaged


def test_a_file_of_another_terminal(pairings: Pairings, tmp_path: Path, seconds: Seconds) -> None:
    """Does not open here; nor does any without the wrap key, and none is written then."""
    paired(pairings)
    assert pairings_of(tmp_path, seconds, wrap_key=bytes(32)).damaged
    lost = pairings_of(tmp_path, seconds, wrap_key=None)
    assert lost.damaged
    with pytest.raises(PairingRefused) as refused:
        lost.begin_anew()
    assert fault(refused) == PairingFault.PAIRINGS_DAMAGED
    assert PairingFile(tmp_path, WRAP_KEY).read().pairings != ()


def test_the_disk_takes_nothing(pairings: Pairings, tmp_path: Path) -> None:
    """Nothing is changed: who waited waits, who was paired is paired."""
    first = paired(pairings)
    second = asked(pairings, OTHER)
    (tmp_path / f".{FILE}.new").mkdir()
    with pytest.raises(PairingRefused) as refused:
        pairings.agree(second.pairing.id)
    assert fault(refused) == PairingFault.PAIRINGS_NOT_KEPT
    assert pairings.find(second.token) is None
    assert pairings.waiting(second.token) is not None
    with pytest.raises(PairingRefused):
        pairings.revoke(first.pairing.id)
    assert pairings.find(first.token) is not None


def test_last_use(tmp_path: Path, seconds: Seconds) -> None:
    """Shown to the second, written at most once an hour."""
    at = [NOW]
    kept = pairings_of(tmp_path, seconds, now=lambda: at[0])
    granted = paired(kept)
    written = []
    for step in (timedelta(0), timedelta(minutes=1), USED_STEP):
        at[0] += step
        kept.note_use(granted.pairing)
        assert kept.view().pairings[0].used == at[0]
        written.append(pairings_of(tmp_path, seconds).view().pairings[0].used)
    assert written == [NOW, NOW, NOW + timedelta(minutes=1) + USED_STEP]


def test_last_use_on_a_full_disk(
    pairings: Pairings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The page is answered all the same; its next call does not try again."""
    granted = paired(pairings)
    (tmp_path / f".{FILE}.new").mkdir()
    pairings.note_use(granted.pairing)
    assert pairings.view().pairings[0].used == NOW
    assert "was not written" in caplog.text
    caplog.clear()
    pairings.note_use(granted.pairing)
    assert caplog.text == ""


def test_a_use_after_the_end(pairings: Pairings) -> None:
    """Of a page that was let go while it asked: it does not come back."""
    granted = paired(pairings)
    pairings.revoke(granted.pairing.id)
    pairings.note_use(granted.pairing)
    assert pairings.view().pairings == ()


def test_the_log_names_nobody(pairings: Pairings, caplog: pytest.LogCaptureFixture) -> None:
    """Neither code nor PIN nor token nor the page's name."""
    caplog.set_level("DEBUG")
    offer = offer_of(pairings)
    with pytest.raises(PairingRefused):
        pairings.ask(offer.code, "x", NAME, ORIGIN)
    granted = pairings.ask(offer.code, offer.pin, NAME, ORIGIN)
    pairings.agree(granted.pairing.id)
    assert granted.pairing.id in caplog.text
    for word in (offer.code, offer.pin, granted.token, NAME):
        assert word not in caplog.text
