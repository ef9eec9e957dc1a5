"""Delta lists on a complete one: RFC 5280 section 5.2.4 on disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crl import limits
from crl.errors import CrlError, ListRefused, ListTooLarge, StoreDamaged
from crl.limits import MAX_DELTAS
from crl.rules import ListHeader, ListKey, RefusalReason
from crl.status import Answer, Purpose, ReasonCode, Status
from crl.store import ListStore
from tests.crl.made import (
    AKI,
    DELTA,
    NOW,
    SCOPE,
    Office,
    Recipe,
    der,
    entry,
    extension,
    idp,
    integer,
    moment,
    name,
)

FRESH = timedelta(days=10)
KEY = ListKey(Purpose.CARD_STATUS, name("Status signer"), SCOPE)
HELD = ReasonCode.CERTIFICATE_HOLD
FIVE = Recipe(
    scope=SCOPE, number=5, entries=[entry(7, HELD), entry(8, ReasonCode.SUPERSEDED), entry(9)]
)


def delta(number: int, base: int, *entries: bytes, **changes: Any) -> Recipe:
    """Return a delta on `base`."""
    indicator = extension(DELTA, integer(base), critical=True)
    made = Recipe(scope=SCOPE, number=number, entries=entries, extra=[indicator])
    return replace(made, **changes)


def take(store: ListStore, office: Office, recipe: Recipe) -> ListHeader:
    """Import a list."""
    return store.import_list(office.sign(recipe), Purpose.CARD_STATUS, office, NOW, SCOPE)


def refused(store: ListStore, office: Office, recipe: Recipe) -> str:
    """Return why a list is not taken."""
    with pytest.raises(ListRefused) as caught:
        take(store, office, recipe)
    assert caught.value.next_step
    return caught.value.reason


def ask(store: ListStore, serial: int) -> Answer:
    """Ask today."""
    return store.lookup(KEY, serial, NOW, FRESH)


def numbers(store: ListStore) -> list[int]:
    """Return the numbers of the lists in force, the complete one first."""
    return [header.number for header in store.stack(KEY)]


CHANGES = delta(
    8,
    5,
    entry(7, ReasonCode.REMOVE_FROM_CRL),
    entry(8, ReasonCode.KEY_COMPROMISE),
    entry(11, HELD),
    this_update=moment(NOW),
)


def test_delta_changes_what_the_complete_list_says(store: ListStore, office: Office) -> None:
    """A hold released, a reason changed, an entry more; the rest stays. Number and age are its."""
    take(store, office, FIVE)
    assert ask(store, 7).reason is HELD
    assert take(store, office, CHANGES).base_number == 5
    assert ask(store, 7).status is Status.GOOD
    assert ask(store, 8).reason is ReasonCode.KEY_COMPROMISE
    assert ask(store, 9).status is Status.REVOKED
    assert ask(store, 11).reason is HELD
    assert ask(store, 12).status is Status.GOOD
    answer = ask(store, 9)
    assert (answer.number, answer.age) == (8, timedelta(0))
    header = store.header(KEY)
    assert header is not None
    assert header.number == 8
    assert numbers(store) == [5, 8]


def test_delta_is_there_after_a_restart(store: ListStore, office: Office, folder: Path) -> None:
    """And the complete list's file is the one that is handed out."""
    take(store, office, FIVE)
    take(store, office, CHANGES)
    again = ListStore(folder)
    assert ask(again, 7).status is Status.GOOD
    assert ask(again, 11).status is Status.REVOKED
    path = again.path(KEY)
    assert path is not None
    assert len(list(folder.glob("*.crl"))) == 2


def test_hold_taken_off_and_put_on_again(store: ListStore, office: Office) -> None:
    """The newest word counts."""
    take(store, office, FIVE)
    take(store, office, delta(6, 5, entry(7, ReasonCode.REMOVE_FROM_CRL)))
    assert ask(store, 7).status is Status.GOOD
    take(store, office, delta(7, 6, entry(7, HELD)))
    assert ask(store, 7).status is Status.REVOKED
    take(store, office, delta(8, 7, entry(7, ReasonCode.REMOVE_FROM_CRL)))
    assert ask(store, 7).status is Status.GOOD
    assert numbers(store) == [5, 6, 7, 8]


def test_serial_taken_off_and_revoked_in_one_delta_is_revoked(
    store: ListStore, office: Office
) -> None:
    """Of two words in one list the safe one counts."""
    take(store, office, FIVE)
    twice = [entry(7, ReasonCode.REMOVE_FROM_CRL), entry(7, ReasonCode.KEY_COMPROMISE)]
    take(store, office, delta(6, 5, *twice))
    assert ask(store, 7).reason is ReasonCode.KEY_COMPROMISE


def test_delta_from_further_back_replaces_those_before(
    store: ListStore, office: Office, folder: Path
) -> None:
    """It says all that they said; their files are gone."""
    take(store, office, FIVE)
    take(store, office, delta(6, 5, entry(21)))
    take(store, office, delta(7, 6, entry(22)))
    take(store, office, delta(8, 7, entry(23)))
    take(store, office, delta(9, 6, entry(22), entry(24)))
    assert numbers(store) == [5, 6, 9]
    assert [ask(store, n).status is Status.REVOKED for n in (21, 22, 23, 24)] == [1, 1, 0, 1]
    assert len(list(folder.glob("*.crl"))) == len(list(folder.glob("*.idx"))) == 3


def test_complete_list_takes_the_place_of_what_it_covers(store: ListStore, office: Office) -> None:
    """Deltas that reach further stay on top; the others go."""
    take(store, office, FIVE)
    take(store, office, delta(7, 5, entry(21)))
    take(store, office, delta(9, 7, entry(22)))
    take(store, office, replace(FIVE, number=7, entries=[entry(9), entry(21)]))
    assert numbers(store) == [7, 9]
    assert ask(store, 8).status is Status.GOOD
    assert ask(store, 21).status is Status.REVOKED
    assert ask(store, 22).status is Status.REVOKED
    take(store, office, replace(FIVE, number=9, entries=[entry(22)]))
    assert numbers(store) == [9]
    assert ask(store, 21).status is Status.GOOD


def test_delta_without_a_complete_list_is_refused(store: ListStore, office: Office) -> None:
    """It says nothing about what it does not name."""
    assert refused(store, office, CHANGES) == RefusalReason.WRONG_BASE
    assert store.keys() == ()


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        (delta(8, 6), RefusalReason.WRONG_BASE),
        (delta(8, 8), RefusalReason.WRONG_BASE),
        (delta(8, 9), RefusalReason.WRONG_BASE),
        (delta(5, 4), RefusalReason.NOT_NEWER),
        (delta(4, 3), RefusalReason.NOT_NEWER),
        (delta(8, 5, issuer=name("Stranger")), RefusalReason.WRONG_BASE),
        (delta(8, 5, scope=SCOPE + ":other"), RefusalReason.SCOPE_DIFFERS),
        (delta(8, 5, scope=None), RefusalReason.SCOPE_DIFFERS),
        (
            delta(
                8,
                5,
                this_update=moment(NOW + timedelta(days=500)),
                next_update=moment(NOW + timedelta(days=600)),
            ),
            RefusalReason.FROM_THE_FUTURE,
        ),
    ],
)
def test_delta_that_does_not_fit_is_refused(
    store: ListStore, office: Office, recipe: Recipe, reason: RefusalReason
) -> None:
    """Base too new, number too old, another issuer or scope: what is in force stays."""
    take(store, office, FIVE)
    assert refused(store, office, recipe) == reason
    assert numbers(store) == [5]


def test_delta_of_a_stranger_with_a_base_of_his_own_is_refused(
    store: ListStore, office: Office
) -> None:
    """Lists of another name are filed apart, and nobody trusts him."""
    take(store, office, FIVE)
    complete = replace(FIVE, issuer=name("Stranger"))
    assert refused(store, office, complete) == RefusalReason.ISSUER_UNKNOWN


def test_delta_signed_by_another_key_is_refused(store: ListStore, office: Office) -> None:
    """The signature is checked as on any list."""
    take(store, office, FIVE)
    assert refused_as(store, office, Office().sign(CHANGES)) == RefusalReason.SIGNATURE_INVALID
    assert ask(store, 7).status is Status.REVOKED


def test_delta_that_names_another_key_is_refused(store: ListStore, office: Office) -> None:
    """Section 5.2.4: both are signed with the same key."""
    take(store, office, FIVE)
    key_id = extension(AKI, der(0x30, der(0x80, b"another")))
    indicator = extension(DELTA, integer(5), critical=True)
    assert refused(store, office, replace(CHANGES, extra=[key_id, indicator])) == (
        RefusalReason.OTHER_KEY
    )


def test_rollback_of_a_delta_is_refused(store: ListStore, office: Office, folder: Path) -> None:
    """Also after a restart, and also by a delta of the same number."""
    take(store, office, FIVE)
    take(store, office, CHANGES)
    for old in (delta(7, 5), delta(8, 5, entry(7, HELD))):
        assert refused(ListStore(folder), office, old) == RefusalReason.NOT_NEWER
    assert refused(store, office, replace(FIVE, number=4)) == RefusalReason.NOT_NEWER
    assert ask(store, 11).status is Status.REVOKED


def test_same_delta_again_changes_nothing(store: ListStore, office: Office, folder: Path) -> None:
    """Two sticks with the same delta are no fault."""
    take(store, office, FIVE)
    data = office.sign(CHANGES)
    store.import_list(data, Purpose.CARD_STATUS, office, NOW, SCOPE)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    store.import_list(data, Purpose.CARD_STATUS, office, NOW, SCOPE)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_chain_of_deltas_has_an_end(store: ListStore, office: Office) -> None:
    """Each costs every look-up a little; one that begins at the complete list is taken again."""
    take(store, office, FIVE)
    for number in range(6, 6 + MAX_DELTAS):
        take(store, office, delta(number, number - 1, entry(number + 100)))
    last = 5 + MAX_DELTAS
    assert refused(store, office, delta(last + 1, last)) == RefusalReason.TOO_MANY_DELTAS
    take(store, office, delta(last + 1, 5, entry(300)))
    assert numbers(store) == [5, last + 1]


@pytest.mark.parametrize("suffix", [".crl", ".idx"])
def test_lost_delta_is_damage_and_never_the_complete_list_alone(
    store: ListStore, office: Office, folder: Path, suffix: str
) -> None:
    """The complete list would call a chip good that the delta names; a lost index is made anew."""
    take(store, office, FIVE)
    before = set(folder.iterdir())
    take(store, office, CHANGES)
    (lost,) = (p for p in set(folder.iterdir()) - before if p.suffix == suffix)
    lost.unlink()
    again = ListStore(folder)
    if suffix == ".idx":
        assert ask(again, 11).status is Status.REVOKED
        assert lost.exists()
        return
    with pytest.raises(StoreDamaged):
        ask(again, 11)
    take(again, office, CHANGES_AGAIN)
    assert ask(again, 11).status is Status.REVOKED


CHANGES_AGAIN = replace(CHANGES, number=9)


def test_partial_and_indirect_lists_are_still_refused(store: ListStore, office: Office) -> None:
    """Parsed for path validation, but no terminal answers from them."""
    point = extension(DELTA, integer(5), critical=True)
    for field, reason in (
        (der(0x81, b"\xff"), RefusalReason.PARTIAL_LIST),
        (der(0x84, b"\xff"), RefusalReason.INDIRECT_NOT_SUPPORTED),
    ):
        extra = [point, extension("551d1c", idp(field), critical=True)]
        assert refused(store, office, replace(CHANGES, scope=None, extra=extra)) == reason


def refused_as(store: ListStore, office: Office, data: bytes) -> str:
    """Return why these octets are not taken."""
    with pytest.raises(ListRefused) as caught:
        store.import_list(data, Purpose.CARD_STATUS, office, NOW, SCOPE)
    return caught.value.reason


@pytest.mark.parametrize("recipe", [CHANGES, replace(FIVE, number=8)], ids=["delta", "complete"])
def test_any_bit_flipped_on_the_way_is_refused(
    store: ListStore, office: Office, recipe: Recipe
) -> None:
    """Wherever it is; the lists before stay in force."""
    take(store, office, FIVE)
    data = office.sign(recipe)
    for place in range(len(data)):
        altered = bytearray(data)
        altered[place] ^= 1 << place % 8
        with pytest.raises(CrlError) as caught:
            store.import_list(bytes(altered), Purpose.CARD_STATUS, office, NOW, SCOPE)
        assert caught.value.next_step
    assert numbers(store) == [5]
    assert ask(store, 7).reason is HELD


def test_too_many_entries_are_refused_before_the_signature_is_checked(
    store: ListStore, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends a huge list need not even sign it to keep a terminal busy; so it ends early."""
    monkeypatch.setattr(limits, "MAX_ENTRIES", 2)
    with pytest.raises(ListTooLarge):
        store.import_list(Office().sign(FIVE), Purpose.CARD_STATUS, office, NOW, SCOPE)
