"""Lists on disk: taken over whole or not at all, and never GOOD from damaged files."""

from __future__ import annotations

import resource
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crl.errors import ListMalformed, ListRefused, StoreDamaged, StoreUnwritable
from crl.rules import ListHeader, ListKey, RefusalReason
from crl.status import Answer, Purpose, ReasonCode, Status, card_entry
from crl.store import ListStore
from tests.crl.made import NOW, SCOPE, Office, Recipe, entry, moment, name

FRESH = timedelta(days=10)
KEY = ListKey(Purpose.CERTIFICATE, name("Status signer"), None)
CARDS = ListKey(Purpose.CARD_STATUS, name("Status signer"), SCOPE)
FIVE = Recipe()
SIX = Recipe(number=6, entries=[entry(11, ReasonCode.SUPERSEDED)])


def _import(store: ListStore, office: Office, recipe: Recipe) -> ListHeader:
    return store.import_list(office.sign(recipe), Purpose.CERTIFICATE, office, NOW)


def _ask(store: ListStore, serial: int, at: datetime = NOW, key: ListKey = KEY) -> Answer:
    return store.lookup(key, serial, at, FRESH)


def _list_file(folder: Path) -> Path:
    (path,) = folder.glob("*.crl")
    return path


@contextmanager
def _disk_full_after(octets: int) -> Iterator[None]:
    """Let the kernel refuse files longer than this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_named_serial_is_revoked_with_reason_and_date(store: ListStore, office: Office) -> None:
    """The answer carries the numbers behind it."""
    _import(store, office, FIVE)
    assert _ask(store, 7) == Answer(
        Status.REVOKED,
        reason=ReasonCode.CERTIFICATE_HOLD,
        since=NOW,
        number=5,
        this_update=NOW - timedelta(days=1),
        next_update=NOW + timedelta(days=30),
        age=timedelta(days=1),
    )
    assert _ask(store, 9).reason is ReasonCode.UNSPECIFIED


def test_other_serial_is_good_by_a_fresh_list(store: ListStore, office: Office) -> None:
    """GOOD says by which list."""
    _import(store, office, FIVE)
    answer = _ask(store, 8)
    assert (answer.status, answer.reason, answer.since) == (Status.GOOD, None, None)
    assert (answer.number, answer.age) == (5, timedelta(days=1))


def test_no_list_covers_nothing(store: ListStore, office: Office) -> None:
    """Neither another issuer's nor another scope's nor another purpose's list counts."""
    assert _ask(store, 7).status is Status.NOT_COVERED
    _import(store, office, FIVE)
    for other in (
        replace(KEY, issuer=b"other"),
        replace(KEY, scope=SCOPE),
        replace(KEY, purpose=Purpose.CARD_STATUS),
    ):
        assert _ask(store, 7, key=other) == Answer(Status.NOT_COVERED)


def test_list_grows_stale_and_revoked_stays_revoked(store: ListStore, office: Office) -> None:
    """Old lists still say who is revoked, and no longer who is not."""
    _import(store, office, FIVE)
    edge = NOW - timedelta(days=1) + FRESH
    assert _ask(store, 8, edge).status is Status.GOOD
    late = edge + timedelta(seconds=1)
    assert _ask(store, 8, late).status is Status.STALE
    assert _ask(store, 8, late).age == FRESH + timedelta(seconds=1)
    assert _ask(store, 7, late + timedelta(days=3650)).status is Status.REVOKED


def test_list_past_its_next_update_is_stale(store: ListStore, office: Office) -> None:
    """What the issuer promised counts, however fresh policy would think it."""
    _import(store, office, replace(FIVE, next_update=moment(NOW)))
    assert _ask(store, 8, NOW).status is Status.GOOD
    assert _ask(store, 8, NOW + timedelta(seconds=1)).status is Status.STALE


def test_clock_behind_the_list_gives_a_negative_age(store: ListStore, office: Office) -> None:
    """A lagging clock cannot prove staleness; the age shows it."""
    _import(store, office, FIVE)
    answer = _ask(store, 8, NOW - timedelta(days=5))
    assert (answer.status, answer.age) == (Status.GOOD, timedelta(days=-4))


def test_chip_named_by_the_card_status_list(store: ListStore, office: Office) -> None:
    """One physical chip is named by the digest of its signed content."""
    serial = card_entry(b"signed content of a lost card")
    recipe = Recipe(scope=SCOPE, entries=[entry(serial, ReasonCode.CERTIFICATE_HOLD)])
    store.import_list(office.sign(recipe), Purpose.CARD_STATUS, office, NOW, SCOPE)
    assert _ask(store, serial, key=CARDS).status is Status.REVOKED
    assert _ask(store, card_entry(b"another card"), key=CARDS).status is Status.GOOD


def test_serial_named_twice_keeps_its_first_entry(store: ListStore, office: Office) -> None:
    """Revoked either way."""
    twice = [entry(7, ReasonCode.KEY_COMPROMISE), entry(7, ReasonCode.SUPERSEDED)]
    _import(store, office, replace(FIVE, entries=twice))
    assert _ask(store, 7).reason is ReasonCode.KEY_COMPROMISE


def test_newer_list_replaces_the_old_one(store: ListStore, office: Office, folder: Path) -> None:
    """The old list's entries are gone, and so is its file."""
    _import(store, office, FIVE)
    assert _ask(store, 7).status is Status.REVOKED
    header = _import(store, office, SIX)
    assert header.number == 6
    assert _ask(store, 7).status is Status.GOOD
    assert _ask(store, 11).status is Status.REVOKED
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        ["lock", "state.json", _list_file(folder).name, _list_file(folder).with_suffix(".idx").name]
    )


def test_older_list_is_refused_after_a_restart(
    store: ListStore, office: Office, folder: Path
) -> None:
    """Numbers are remembered on disk."""
    _import(store, office, SIX)
    with pytest.raises(ListRefused) as refused:
        _import(ListStore(folder), office, FIVE)
    assert refused.value.reason == RefusalReason.NOT_NEWER
    assert _ask(ListStore(folder), 11).status is Status.REVOKED


def test_same_list_again_changes_nothing(store: ListStore, office: Office, folder: Path) -> None:
    """The header comes back and no file is written."""
    data = office.sign(FIVE)
    first = store.import_list(data, Purpose.CERTIFICATE, office, NOW)
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    assert store.import_list(data, Purpose.CERTIFICATE, office, NOW) == first
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == before


def test_same_number_with_other_bytes_is_refused(store: ListStore, office: Office) -> None:
    """Even correctly signed."""
    _import(store, office, FIVE)
    with pytest.raises(ListRefused) as refused:
        _import(store, office, replace(FIVE, entries=[]))
    assert refused.value.reason == RefusalReason.SAME_NUMBER_OTHER_BYTES
    assert _ask(store, 7).status is Status.REVOKED


def test_list_of_a_stranger_is_refused(store: ListStore, office: Office) -> None:
    """A name nobody trusts."""
    with pytest.raises(ListRefused) as refused:
        _import(store, office, replace(FIVE, issuer=name("Stranger")))
    assert refused.value.reason == RefusalReason.ISSUER_UNKNOWN
    assert store.keys() == ()


def test_list_signed_by_another_key_is_refused(store: ListStore, office: Office) -> None:
    """The list before stays in force, and its number stays the remembered one."""
    _import(store, office, FIVE)
    with pytest.raises(ListRefused) as refused:
        store.import_list(Office().sign(SIX), Purpose.CERTIFICATE, office, NOW)
    assert refused.value.reason == RefusalReason.SIGNATURE_INVALID
    assert _ask(store, 7).status is Status.REVOKED
    assert _import(store, office, SIX).number == 6


def test_list_with_an_entry_changed_is_refused(store: ListStore, office: Office) -> None:
    """The signature covers every octet of the body."""
    data = bytearray(office.sign(FIVE))
    at = data.index(entry(9))
    data[at + 4] = 10
    with pytest.raises(ListRefused) as refused:
        store.import_list(bytes(data), Purpose.CERTIFICATE, office, NOW)
    assert refused.value.reason == RefusalReason.SIGNATURE_INVALID


def test_algorithm_that_is_not_allowed_is_refused(store: ListStore, office: Office) -> None:
    """The authority decides which."""
    other = bytes.fromhex("300906072a8648ce3d0401")
    with pytest.raises(ListRefused) as refused:
        _import(store, office, replace(FIVE, algorithm=other, outer_algorithm=other))
    assert refused.value.reason == RefusalReason.ALGORITHM_NOT_ALLOWED


def test_list_for_another_scope_is_refused(store: ListStore, office: Office) -> None:
    """A document signer's list is not a card list, nor the reverse."""
    with pytest.raises(ListRefused) as refused:
        store.import_list(office.sign(FIVE), Purpose.CARD_STATUS, office, NOW, SCOPE)
    assert refused.value.reason == RefusalReason.SCOPE_DIFFERS
    with pytest.raises(ListRefused) as refused:
        _import(store, office, replace(FIVE, scope=SCOPE))
    assert refused.value.reason == RefusalReason.SCOPE_DIFFERS


def test_malformed_entry_leaves_the_list_before_in_force(store: ListStore, office: Office) -> None:
    """Every entry is read before anything is replaced."""
    _import(store, office, FIVE)
    with pytest.raises(ListMalformed):
        _import(store, office, replace(SIX, entries=[entry(3), b"\x30\x00"]))
    assert _ask(store, 7).status is Status.REVOKED


def test_headers_of_all_lists_in_force(store: ListStore, office: Office) -> None:
    """Status pages and the command line list what is held."""
    first = _import(store, office, FIVE)
    cards = office.sign(Recipe(scope=SCOPE, number=77))
    second = store.import_list(cards, Purpose.CARD_STATUS, office, NOW, SCOPE)
    assert store.headers() == {KEY: first, CARDS: second}
    assert set(store.keys()) == {KEY, CARDS}
    assert store.header(CARDS) == second
    path = store.path(CARDS)
    assert path is not None
    assert path.read_bytes() == cards
    absent = replace(KEY, issuer=b"other")
    assert (store.path(absent), store.header(absent)) == (None, None)


def test_full_disk_leaves_the_list_before_in_force(
    store: ListStore, office: Office, folder: Path
) -> None:
    """Nothing half-written remains, and the import succeeds once there is room."""
    _import(store, office, FIVE)
    data = office.sign(SIX)
    with _disk_full_after(100), pytest.raises(StoreUnwritable) as full:
        store.import_list(data, Purpose.CERTIFICATE, office, NOW)
    assert "space" in full.value.next_step
    assert not list(folder.glob("*.tmp"))
    for reopened in (store, ListStore(folder)):
        assert _ask(reopened, 7).status is Status.REVOKED
    assert store.import_list(data, Purpose.CERTIFICATE, office, NOW).number == 6


def test_disk_full_at_the_state_file_leaves_the_list_before_in_force(
    store: ListStore, office: Office, folder: Path
) -> None:
    """The new list's file is there, but nothing points at it."""
    data = office.sign(replace(SIX, entries=[]))
    _import(store, office, FIVE)
    for number in range(4):
        other = Office(issuer=name(f"Office {number}"))
        _import(store, other, replace(FIVE, issuer=other.issuer))
    assert (folder / "state.json").stat().st_size > len(data)
    with _disk_full_after(len(data)), pytest.raises(StoreUnwritable):
        store.import_list(data, Purpose.CERTIFICATE, office, NOW)
    assert _ask(ListStore(folder), 7).status is Status.REVOKED


def test_first_import_on_a_full_disk_can_be_repeated(
    store: ListStore, office: Office, folder: Path
) -> None:
    """A power cut or a full disk at the very first list does not look like a lost memory."""
    data = office.sign(FIVE)
    for limit in (10, 150):
        with _disk_full_after(limit), pytest.raises(StoreUnwritable):
            store.import_list(data, Purpose.CERTIFICATE, office, NOW)
        assert _ask(ListStore(folder), 7).status is Status.NOT_COVERED
    assert store.import_list(data, Purpose.CERTIFICATE, office, NOW).number == 5


def test_folder_that_cannot_be_made_is_unwritable(tmp_path: Path, office: Office) -> None:
    """Look-ups say NOT_COVERED, imports say why not."""
    (tmp_path / "file").write_bytes(b"")
    store = ListStore(tmp_path / "file" / "lists")
    assert _ask(store, 7).status is Status.NOT_COVERED
    with pytest.raises(StoreUnwritable):
        _import(store, office, FIVE)


def test_leftover_of_a_power_cut_is_swept(store: ListStore, office: Office, folder: Path) -> None:
    """Half-written files never count and go at the next import."""
    _import(store, office, FIVE)
    leftover = folder / "state.json.tmp"
    leftover.write_bytes(b"half")
    orphan = folder / "0000.crl"
    orphan.write_bytes(b"written, but never in force")
    assert _ask(ListStore(folder), 7).status is Status.REVOKED
    _import(store, office, SIX)
    assert not leftover.exists()
    assert not orphan.exists()


@pytest.mark.parametrize("at", [0, 40, -1])
def test_altered_list_file_is_damage_and_never_good(
    store: ListStore, office: Office, folder: Path, at: int
) -> None:
    """A changed octet would say "not revoked"."""
    _import(store, office, FIVE)
    path = _list_file(folder)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreDamaged):
        _ask(ListStore(folder), 8)
    with pytest.raises(StoreDamaged):
        ListStore(folder).headers()


def test_lost_list_file_is_damage_and_importing_again_mends_it(
    store: ListStore, office: Office, folder: Path
) -> None:
    """The number is still remembered: only this list or a newer one passes."""
    data = office.sign(SIX)
    store.import_list(data, Purpose.CERTIFICATE, office, NOW)
    _list_file(folder).unlink()
    reopened = ListStore(folder)
    with pytest.raises(StoreDamaged) as damaged:
        _ask(reopened, 8)
    assert "Import" in damaged.value.next_step
    with pytest.raises(ListRefused):
        _import(reopened, office, FIVE)
    reopened.import_list(data, Purpose.CERTIFICATE, office, NOW)
    assert _ask(reopened, 11).status is Status.REVOKED


def test_one_damaged_list_leaves_the_others_usable(
    store: ListStore, office: Office, folder: Path
) -> None:
    """Damage stays where it is."""
    _import(store, office, FIVE)
    cards = Recipe(scope=SCOPE)
    store.import_list(office.sign(cards), Purpose.CARD_STATUS, office, NOW, SCOPE)
    path = store.path(CARDS)
    assert path is not None
    path.write_bytes(b"")
    reopened = ListStore(folder)
    assert _ask(reopened, 7).status is Status.REVOKED
    with pytest.raises(StoreDamaged):
        _ask(reopened, 7, key=CARDS)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[]", id="another document"),
        pytest.param(b'{"format":"tramthe-crl-store/1","lists":[],"sha256":""}', id="no checksum"),
        pytest.param(b"[" * 100_000, id="nested"),
        pytest.param(b" " * (5 * 1024 * 1024), id="too large"),
    ],
)
def test_state_file_that_is_not_ours_is_damage(
    store: ListStore, office: Office, folder: Path, content: bytes
) -> None:
    """Without its memory the store neither answers nor takes lists."""
    _import(store, office, FIVE)
    (folder / "state.json").write_bytes(content)
    with pytest.raises(StoreDamaged):
        _ask(store, 8)
    with pytest.raises(StoreDamaged):
        _import(ListStore(folder), office, SIX)


def test_number_changed_in_the_state_file_is_damage(
    store: ListStore, office: Office, folder: Path
) -> None:
    """A remembered number cannot be turned back by hand unnoticed."""
    _import(store, office, SIX)
    path = folder / "state.json"
    path.write_bytes(path.read_bytes().replace(b'"number":"6"', b'"number":"4"'))
    with pytest.raises(StoreDamaged):
        _import(ListStore(folder), office, FIVE)


def test_lost_state_file_is_damage(store: ListStore, office: Office, folder: Path) -> None:
    """Lists without the memory of their numbers are not taken for a new store."""
    _import(store, office, FIVE)
    (folder / "state.json").unlink()
    with pytest.raises(StoreDamaged):
        _ask(ListStore(folder), 8)


def test_list_taken_over_by_another_process_is_seen(
    store: ListStore, office: Office, folder: Path
) -> None:
    """`tramthe crl import` beside a running terminal needs no restart."""
    _import(store, office, FIVE)
    assert _ask(store, 11).status is Status.GOOD
    _import(ListStore(folder), office, SIX)
    assert _ask(store, 11).status is Status.REVOKED


def test_look_ups_during_imports_see_one_list_or_the_other(
    store: ListStore, office: Office
) -> None:
    """From any thread, an answer comes from one whole list."""
    _import(store, office, FIVE)
    lists = [office.sign(replace(SIX, number=n)) for n in range(6, 26)]
    seen: set[tuple[int | None, Status]] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            answer = _ask(store, 7)
            seen.add((answer.number, answer.status))

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for data in lists:
        store.import_list(data, Purpose.CERTIFICATE, office, NOW)
    done.set()
    for thread in threads:
        thread.join()
    assert all(s is (Status.REVOKED if n == 5 else Status.GOOD) for n, s in seen)
    assert _ask(store, 7).number == 25


def test_store_folder_may_be_moved(
    store: ListStore, office: Office, folder: Path, tmp_path: Path
) -> None:
    """Nothing in it names its place."""
    _import(store, office, FIVE)
    shutil.move(folder, tmp_path / "elsewhere")
    assert _ask(ListStore(tmp_path / "elsewhere"), 7).status is Status.REVOKED
