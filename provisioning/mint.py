"""The office of the demonstration: makes cards, and remembers what the lists must say of them.

Lives here: the dates and keys that the demo's cards have in common, and the lists that follow
from what was revoked. Not here: which cards there are (`cast`), what is done to the bad ones
(`forge`), how a card or list is made (`office`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from crl.status import Purpose, ReasonCode, card_entry
from provisioning.office import lists, pki
from provisioning.office.options import ChipOptions
from provisioning.office.personalise import PILOT, Family, Person, personalise
from provisioning.office.pilot import (
    CITIZEN_CRL,
    PARTY_CRL,
    PASSPORT_CRL,
    STATUS_SCOPE,
    PilotPki,
    issue_party_signer,
)
from provisioning.office.pki import Authority, Rng
from provisioning.people import Member
from provisioning.softcard.image import CardImage
from reader.lds import sod
from reader.lds.files import FileId

ISSUED_BEFORE = timedelta(days=30)
CARD_VALIDITY = timedelta(days=3650)
LIST_AGE = timedelta(hours=1)
LIST_VALIDITY = timedelta(days=90)
REVOKED_SINCE = timedelta(days=5)
BRAINPOOL = 13  # domain parameter id


@dataclass(frozen=True, slots=True)
class CastList:
    """One list (DER) as a terminal imports it; `name` is its file name."""

    name: str
    purpose: Purpose
    scope: str | None
    data: bytes = field(repr=False)


class Mint:
    """Makes cards and remembers what the lists must say of them."""

    def __init__(self, pilot: PilotPki, at: datetime, rng: Rng = os.urandom) -> None:
        self.pilot = pilot
        self.at = at
        self.issued = at - ISSUED_BEFORE
        self.expires = (self.issued + CARD_VALIDITY).date()
        self._rng = rng
        self._signers: list[lists.Entry] = []
        self._chips: list[lists.Entry] = []

    def party(
        self,
        member: Member,
        *,
        options: ChipOptions = PILOT,
        signer: Authority | None = None,
        issued: datetime | None = None,
        expires: date | None = None,
    ) -> CardImage:
        """Return a member's party card."""
        return personalise(
            member.person,
            Family.PARTY,
            signer or self.pilot.party_signer,
            at=issued or self.issued,
            expires=expires or self.expires,
            can=member.can,
            options=options,
            rng=self._rng,
        )

    def other(
        self,
        person: Person,
        family: Family,
        signer: Authority,
        number: str | None = None,
        options: ChipOptions = PILOT,
    ) -> CardImage:
        """Return a card of another family."""
        return personalise(
            person,
            family,
            signer,
            at=self.issued,
            expires=self.expires,
            document_number=number,
            options=options,
            rng=self._rng,
        )

    def party_signer(self, name: str, at: datetime) -> Authority:
        """Return one more document signer of the party's authority."""
        return issue_party_signer(self.pilot.party_csca, name, at=at, rng=self._rng)

    def stranger(self) -> Authority:
        """Return a document signer whose authority no trust list names."""
        csca = pki.create_csca(
            "CSCA khong ai biet", at=self.issued, crl_name="csca-stranger.crl", rng=self._rng
        )
        return issue_party_signer(csca, "DS khong ai biet", at=self.issued, rng=self._rng)

    def revoke_signer(self, signer: Authority) -> None:
        """Put a document signer on its authority's list."""
        since = self.at - REVOKED_SINCE
        self._signers.append((signer.x509.serial_number, ReasonCode.UNSPECIFIED, since))

    def revoke_chip(self, image: CardImage, reason: ReasonCode) -> None:
        """Put one physical card on the status list."""
        content = sod.parse(image.app_files[FileId.SOD.fid]).signed_content
        self._chips.append((card_entry(content), reason, self.at - REVOKED_SINCE))

    def lists(self) -> tuple[CastList, ...]:
        """Return the lists; their number is the time of issue, so later ones are newer."""
        pilot = self.pilot
        certificates: list[tuple[str, Authority, Sequence[lists.Entry]]] = [
            (PARTY_CRL, pilot.party_csca, self._signers),
            (CITIZEN_CRL, pilot.citizen_csca, ()),
            (PASSPORT_CRL, pilot.passport_csca, ()),
        ]
        number = int(self.at.timestamp())
        begin = self.at - LIST_AGE
        end = begin + LIST_VALIDITY
        status = lists.issue_status_list(
            pilot.status_signer,
            scope=STATUS_SCOPE,
            number=number,
            this_update=begin,
            next_update=end,
            entries=self._chips,
        )
        return (
            *(
                CastList(
                    name,
                    Purpose.CERTIFICATE,
                    None,
                    lists.issue_crl(
                        authority,
                        number=number,
                        this_update=begin,
                        next_update=end,
                        revoked=revoked,
                    ),
                )
                for name, authority, revoked in certificates
            ),
            CastList("card-status-dang-vien.crl", Purpose.CARD_STATUS, STATUS_SCOPE, status),
        )
