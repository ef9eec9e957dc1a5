"""The demonstration's folders: a pilot's keys, a centre, a provisioned terminal, a tray of cards.

Lives here: what lies where before anything runs. Not here: making any of it (`office`, `cast`).
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization

import edge.web
from edge.holdings import Holdings
from edge.identity.key import load_or_create, store_certificate
from edge.layout import StateLayout
from edge.people.claim import Claim
from edge.people.doorkeeper import Doorkeeper
from edge.people.recovery import secret_of
from edge.people.roles import Role
from edge.people.store import PeopleFile
from edge.tap.admit import Admission
from provisioning.cast import Cast, CastCard, PasswordSource, make_cast
from provisioning.centre import process as centre
from provisioning.centre.people.accounts import Operators
from provisioning.centre.people.roles import Role as CentreRole
from provisioning.centre.store import CentreStore
from provisioning.office.pilot import PilotPki
from provisioning.office.pki import issue_terminal
from provisioning.office.recovery import make_key
from provisioning.office.trust import pilot_trust_list, sign_trust_list
from provisioning.softcard.catalogue import TrayCard, save_catalogue

TERMINAL = "demo-terminal"
TRUST_NUMBER = 1
PIN = "314159"
"""Of every role at the demonstration's terminal, and of no other terminal: it is printed."""
OPERATOR, OPERATOR_PASSWORD = "demo", "xem thu trung tam"
"""Of the demonstration's centre, and of no other: it is printed."""
RECOVERY_KEY = "recovery.key"
"""The office's, in its folder."""
STYLES = Path(edge.web.__file__).parent / "static"
"""The screens' style sheets, which the tray shares."""
ISSUED_BEFORE = timedelta(hours=2)
"""Everything is made a little before now, so that no clock is behind it."""

_STATES = {
    Admission.ADMITTED: ("accepted", "Có mặt", "Present"),
    Admission.ALREADY: ("already", "Đã điểm danh rồi", "Already here"),
    Admission.NOT_EXPECTED: (
        "unexpected",
        "Thẻ thật, không dùng ở đây",
        "Genuine, not expected here",
    ),
    Admission.REFUSED: ("refused", "Mời gặp thư ký", "See the secretary"),
}
_WITHDRAWN = ("refused", "Có mặt, rồi rút lại", "Present, then withdrawn")
_FAMILIES = {
    "passport": {"vi": "Hộ chiếu", "en": "Passport"},
    "citizen": {"vi": "Thẻ căn cước", "en": "Citizen card"},
}
_PARTY = {"vi": "Thẻ đảng viên", "en": "Party card"}


@dataclass(frozen=True, slots=True)
class Stage:
    """A demonstration that is ready to run."""

    cast: Cast
    pilot: PilotPki
    terminal: Path
    """The terminal's state folder."""
    centre: Path
    cards: Path


def prepare(folder: Path, at: datetime) -> Stage:
    """Make everything under `folder`, which must be empty."""
    issued = (at - ISSUED_BEFORE).replace(microsecond=0)
    pilot = PilotPki.create(issued)
    cast = make_cast(pilot, issued)
    stage = Stage(cast, pilot, folder / "terminal", folder / "centre", folder / "cards")
    pilot.save(folder / "office")
    _provision(stage, issued, at)
    _let_people_in(stage, make_key(folder / "office" / RECOVERY_KEY))
    centre.make_folder(
        stage.centre,
        pilot.centre.sign_key,
        pilot.centre.sign_kid,
        [pilot.terminal_ca.certificate],
    )
    _let_an_operator_in(stage, at)
    _lay_out(stage)
    return stage


def _let_an_operator_in(stage: Stage, at: datetime) -> None:
    """Give the centre its operator, who has chosen a password already."""
    store = CentreStore(centre.CentreFolder.load(stage.centre).database)
    try:
        operators = Operators(store.database)
        operators.add(OPERATOR, CentreRole.ADMINISTRATOR, secrets.token_urlsafe(), at)
        operators.change_password(OPERATOR, OPERATOR_PASSWORD, at)
    finally:
        store.close()


def _provision(stage: Stage, issued: datetime, at: datetime) -> None:
    """Give the terminal its root key, certificate, trust list, lists and roster."""
    layout = StateLayout(stage.terminal)
    layout.holdings.mkdir(mode=0o700, parents=True)
    root = stage.pilot.root.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (layout.holdings / "root.pem").write_bytes(root)
    holdings = Holdings(layout.holdings)
    trust = pilot_trust_list(stage.pilot, number=TRUST_NUMBER, issued=issued)
    holdings.apply_trust(sign_trust_list(trust, stage.pilot.root))
    for item in stage.cast.lists:
        holdings.import_list(item.data, at, item.purpose)
    holdings.keep_roster(stage.cast.roster.to_bytes())
    identity = load_or_create(layout.identity, TERMINAL)
    certificate = issue_terminal(
        stage.pilot.terminal_ca, identity.key.public_key(), TERMINAL, at=issued
    )
    store_certificate(layout.identity, identity, certificate)


def _let_people_in(stage: Stage, office_key: bytes) -> None:
    """Give the terminal its first PINs and its recovery secret, as a claim would."""
    layout = StateLayout(stage.terminal)
    file = PeopleFile(layout.identity, load_or_create(layout.identity, TERMINAL).wrap_key)
    keeper = Doorkeeper(file, terminal=TERMINAL, monotonic=time.monotonic)
    pins = dict.fromkeys(Role, PIN)
    keeper.take(Claim(TERMINAL, pins, secret_of(office_key, TERMINAL)))


def _lay_out(stage: Stage) -> None:
    stage.cards.mkdir(mode=0o700)
    for card in stage.cast.cards:
        card.image.save(stage.cards / card.key)
    save_catalogue(stage.cards, [_tray_card(card) for card in stage.cast.cards])


def _tray_card(card: CastCard) -> TrayCard:
    scan = card.key in _FAMILIES and card.password is PasswordSource.SCANNER
    state, vi, en = _WITHDRAWN if card.withdrawn else _STATES[card.admission]
    return TrayCard(
        key=card.key,
        title=card.holder,
        number=f"CAN {card.image.can}" if card.image.can else "",
        family=_FAMILIES.get(card.key, _PARTY),
        note={
            "vi": card.title + (", cần máy quét" if scan else ""),
            "en": card.key.replace("-", " ") + (", needs a scanner" if scan else ""),
        },
        expected_state=state,
        expected_words={"vi": vi, "en": en},
    )
