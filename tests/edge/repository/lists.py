"""The lists of each day at the office, and a terminal that trusts those who sign them."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization

from crl.status import ReasonCode, card_entry
from edge.holdings import Holdings
from provisioning.office.lists import issue_crl, issue_status_list
from provisioning.office.pilot import STATUS_SCOPE, PilotPki
from provisioning.office.signed_list import Entry
from provisioning.office.trust import pilot_trust_list, sign_trust_list
from provisioning.publish import card_status
from tests.edge.repository.made import AT, DAY, Office, Taker

A_DAY = 5  # cards


def terminal_with_trust(folder: Path, office: Office, pilot: PilotPki) -> Taker:
    """Return a terminal as it is provisioned: root, trust list, no list of revocations."""
    holdings = folder / "holdings"
    holdings.mkdir(parents=True)
    root = pilot.root.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (holdings / "root.pem").write_bytes(root)
    trust = pilot_trust_list(pilot, number=1, issued=AT)
    Holdings(holdings).apply_trust(sign_trust_list(trust, pilot.root))
    return Taker(folder, office.first_root)


def publish_lists(
    office: Office,
    pilot: PilotPki,
    day: int,
    scratch: Path,
    *,
    cards: int = 0,
    a_day: int = A_DAY,
    signers: int = 0,
) -> None:
    """Publish the lists of one day, with its number, signed by the online roles.

    `cards` stand on the card status list from the start and `a_day` come each day. Where there
    are `signers`, each of two authorities publishes its own list too, with so many revoked.
    """
    at = AT + day * DAY
    file = scratch / "complete.crl"
    file.write_bytes(
        issue_status_list(
            pilot.status_signer,
            scope=STATUS_SCOPE,
            number=day,
            this_update=at,
            next_update=at + 30 * DAY,
            entries=_entries(cards + day * a_day),
        )
    )
    card_status.offer(office.shop, office.at(at), file, pilot.status_signer)
    authorities = {"party": pilot.party_csca, "citizen": pilot.citizen_csca} if signers else {}
    for name, authority in authorities.items():
        file = scratch / f"{name}.crl"
        file.write_bytes(
            issue_crl(
                authority,
                number=day,
                this_update=at,
                next_update=at + 30 * DAY,
                revoked=_entries(signers),
            )
        )
        office.at(at).add(f"lists/certificate/{name}.crl", file)
    office.sign(at, "lists", "snapshot", "timestamp")


def _entries(count: int) -> list[Entry]:
    return [(card_entry(str(n).encode()), ReasonCode.SUPERSEDED, AT) for n in range(count)]
