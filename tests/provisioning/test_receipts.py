"""What a receipt proves with what is at hand: every answer, and what it comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from provisioning.office.pki import create_terminal_ca, issue_terminal
from provisioning.proof import Answer, GivenKey
from provisioning.receipts import Findings, Given, Standing, examine, not_proven
from verify import jws, receipt_jws
from verify.errors import MalformedObject, ReceiptRefused
from verify.moment import Moment, TimeQuality
from verify.receipt import CheckLine, Place, Receipt, Request, handed_digest
from verify.receipt_anchor import TYP as ANCHOR_TYP
from verify.receipt_anchor import Anchored
from verify.verdict import CheckStatus, Outcome, Step

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)
CA = create_terminal_ca("Terminals", at=AT - 400 * DAY)
OTHER_CA = create_terminal_ca("Terminals", at=AT - 400 * DAY)
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
CENTRE = ec.generate_private_key(ec.SECP256R1())
CERTIFICATE = issue_terminal(
    CA, KEY.public_key(), "tram-01", at=AT - 30 * DAY, validity=90 * DAY
)  # fmt: skip
FIELDS, SALT = {"name": "Vàng A Dơ"}, bytes(range(16))
PASSED = tuple(CheckLine(step, CheckStatus.PASSED, None) for step in Step)
RECEIPT = Receipt(
    Request("n0nce_of-the-asker", "https://hoso.example", "chuyen-sinh-hoat", "HS 12", ("name",)),
    Place("tram-01", "0a" * 16, 41, bytes(32)), Moment(AT, TimeQuality.SYNCHRONISED),
    Outcome.ACCEPTED, PASSED, "dang-vien", "default-1", None, None, handed_digest(FIELDS, SALT),
)  # fmt: skip


def signed(
    receipt: Receipt = RECEIPT, *, key: Any = KEY, x5c: tuple[bytes, ...] = (CERTIFICATE,)
) -> str:
    """Return a receipt as the terminal signs it."""
    return jws.sign(receipt_jws.to_payload(receipt), typ=receipt_jws.TYP, key=key, x5c=x5c)


def word(compact: str, *, days: int = 2, key: Any = CENTRE) -> str:
    """Return the centre's word that it had a receipt so many days later."""
    anchored = Anchored(receipt_jws.digest(compact), AT + days * DAY)
    return jws.sign(anchored.to_payload(), typ=ANCHOR_TYP, key=key, kid="sign-1")


def given(**more: Any) -> Given:
    """Return the terminals' authority and the centre's key, and more."""
    return Given(**{"authorities": [CA.certificate], "centre": [CENTRE.public_key()], **more})


def failing(found: Findings) -> list[str]:
    """Return what does not hold."""
    return [one.says for one in found.findings if one.answer is Answer.FAILS]


def test_signed_by_a_terminal_of_a_known_authority() -> None:
    """Without the centre's word it is `signed`, and its age is said to be unproven."""
    found = examine(signed(), given())
    assert (found.standing, found.receipt, failing(found)) == (Standing.SIGNED, RECEIPT, [])
    assert any("as old as it says" in fact for fact in not_proven(found))


def test_anchored_by_the_centre() -> None:
    """With the centre's word on this very receipt it is `anchored`: its age is proven."""
    compact = signed()
    found = examine(compact, given(anchor=word(compact)))
    assert found.standing is Standing.ANCHORED
    assert found.anchored is not None
    assert found.anchored.at == AT + 2 * DAY
    assert not any("as old as it says" in fact for fact in not_proven(found))


def test_years_later_it_is_anchored_all_the_same() -> None:
    """The certificate is judged at the time of the receipt; no clock of today is asked."""
    early = replace(RECEIPT, moment=Moment(AT - 20 * DAY, TimeQuality.SYNCHRONISED))
    compact = signed(early)
    assert examine(compact, given(anchor=word(compact))).standing is Standing.ANCHORED


def test_the_centre_had_it_after_the_certificate_ran_out() -> None:
    """The centre's word is then no proof that the key was the terminal's: `signed` only."""
    compact = signed()
    found = examine(compact, given(anchor=word(compact, days=61)))
    assert found.standing is Standing.SIGNED
    assert found.findings[-1].answer is Answer.UNPROVEN


def test_nothing_to_check_it_with() -> None:
    """Under its own certificate alone it is whole, and proves nothing."""
    found = examine(signed(), Given())
    assert found.standing is Standing.UNPROVEN
    assert [one.answer for one in found.findings] == [Answer.HOLDS, Answer.UNPROVEN]


def test_no_certificate_and_no_key() -> None:
    """Without either, not even the signature can be checked."""
    found = examine(signed(x5c=()), given())
    assert found.standing is Standing.UNPROVEN


def test_a_given_key() -> None:
    """A key got from elsewhere proves the signature; another key disproves it."""
    compact = signed(x5c=())
    assert examine(compact, Given(key=GivenKey(KEY.public_key(), None))).standing is Standing.SIGNED
    found = examine(compact, Given(key=GivenKey(OTHER.public_key(), None)))
    assert found.standing is Standing.FALSE
    found = examine(compact, Given(key=GivenKey(KEY.public_key(), "tram-02")))
    assert failing(found) == ["the receipt speaks for terminal tram-01, its key is tram-02's"]


def test_another_authority() -> None:
    """One of the same name but another key did not issue the certificate."""
    found = examine(signed(), given(authorities=[OTHER_CA.certificate]))
    assert found.standing is Standing.FALSE


def test_a_receipt_from_before_or_after_the_certificate() -> None:
    """A receipt that claims a time outside the certificate's is false."""
    for at in (AT - 31 * DAY, AT + 61 * DAY):
        receipt = replace(RECEIPT, moment=Moment(at, TimeQuality.HELD))
        assert examine(signed(receipt), given()).standing is Standing.FALSE


def test_one_terminal_s_receipt_in_another_s_name() -> None:
    """The certificate's terminal and the receipt's must be one."""
    receipt = replace(RECEIPT, place=Place("tram-02", "0a" * 16, 41, bytes(32)))
    found = examine(signed(receipt), given())
    assert failing(found) == ["the receipt speaks for terminal tram-02, its key is tram-01's"]


def test_signed_by_another_key_under_a_good_certificate() -> None:
    """A certificate of another key than the one that signed proves nothing false right."""
    header_swapped = signed(key=OTHER)
    assert examine(header_swapped, given()).standing is Standing.FALSE


def test_the_centre_s_word_on_another_receipt() -> None:
    """A good word on another receipt anchors nothing, and is called out."""
    other = signed(replace(RECEIPT, place=Place("tram-01", "0a" * 16, 42, bytes(32))))
    found = examine(signed(), given(anchor=word(other)))
    assert failing(found) == ["the centre's word is on another receipt"]
    assert (found.standing, found.anchored) == (Standing.FALSE, None)


def test_a_word_by_another_key_than_the_centre_s() -> None:
    """Nobody else anchors; of several keys of the centre any will do."""
    compact = signed()
    found = examine(compact, given(anchor=word(compact, key=OTHER)))
    assert failing(found) == ["the word on it is signed by no key of the centre"]
    keys = [OTHER.public_key(), CENTRE.public_key()]
    assert examine(compact, given(anchor=word(compact), centre=keys)).standing is Standing.ANCHORED


def test_a_word_without_a_key_of_the_centre() -> None:
    """It is not believed, and not called false."""
    compact = signed()
    found = examine(compact, given(anchor=word(compact), centre=[]))
    assert (found.standing, found.anchored) == (Standing.SIGNED, None)


def test_a_receipt_given_as_the_centre_s_word() -> None:
    """A signed object of another kind is no word of the centre."""
    compact = signed(key=CENTRE, x5c=())
    found = examine(signed(), given(anchor=compact))
    assert found.standing is Standing.FALSE


def test_the_answer_to_another_question() -> None:
    """Another nonce than the back office sent makes it a receipt of something else."""
    assert examine(signed(), given(nonce="n0nce_of-the-asker")).standing is Standing.SIGNED
    assert examine(signed(), given(nonce="n0nce_of-another")).standing is Standing.FALSE


def test_fields_that_were_changed() -> None:
    """The fields in the dossier are those handed over, or the receipt is not theirs."""
    assert examine(signed(), given(handed=(FIELDS, SALT))).standing is Standing.SIGNED
    changed = {"name": "Vàng A Dờ"}
    assert examine(signed(), given(handed=(changed, SALT))).standing is Standing.FALSE
    assert examine(signed(), given(handed=(FIELDS, bytes(16)))).standing is Standing.FALSE
    nothing = signed(replace(RECEIPT, handed=None))
    assert examine(nothing, given(handed=(FIELDS, SALT))).standing is Standing.FALSE


def test_what_rests_on_the_terminal_is_said() -> None:
    """The chip's answer cannot be seen again; a clock that was not exact is named."""
    told = not_proven(examine(signed(), given()))
    assert "no copy" in told[0]
    assert not any("exact time" in fact for fact in told)
    held = replace(RECEIPT, moment=Moment(AT, TimeQuality.HELD))
    assert any("held" in fact for fact in not_proven(examine(signed(held), given())))
    lines = list(PASSED)
    lines[Step.CHIP - 1] = CheckLine(Step.CHIP, CheckStatus.FAILED, "CHIP_AUTH_FAILED")
    refused = replace(RECEIPT, outcome=Outcome.REJECTED, checks=tuple(lines), handed=None)
    assert not any("no copy" in fact for fact in not_proven(examine(signed(refused), given())))


def test_what_is_no_receipt_at_all() -> None:
    """Other signed objects and other bytes are refused as such, not answered."""
    with pytest.raises(MalformedObject):
        examine("not.a.receipt", given())
    with pytest.raises(MalformedObject):
        examine(word(signed()), given())
    with pytest.raises(ReceiptRefused):
        examine(jws.sign({"eat_profile": "2.25.1"}, typ=receipt_jws.TYP, key=KEY), given())
