"""Cards of every kind of chip: one for each thing in which chips differ, by name.

Lives here: what each is ordered with, and making one, to try a terminal with. Not here: the
options (`office.options`), the demonstration's cards (`cast`). Every value that an option can
take stands in the table at least once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from provisioning import people
from provisioning.office.details import PersonToNotify
from provisioning.office.face import FaceForm
from provisioning.office.options import (
    ChipKey,
    ChipOptions,
    EcdsaKey,
    KeyForm,
    RsaKey,
    pace,
)
from provisioning.office.personalise import Family, personalise
from provisioning.office.pilot import PilotPki
from provisioning.office.pki import Rng
from provisioning.softcard import groups
from provisioning.softcard.image import Behaviour, CardImage, Faults, FileEnd, Signature
from provisioning.softcard.protocols import Agreement, ChipAuthProtocol, PaceMapping
from provisioning.softcard.suite import Suite
from reader.lds.files import FileId

CAN = people.NIE.can
"""The card access number of the table's party cards."""
LARGE_PHOTO = (960, 1280)  # pixels; the drawn face then fills more than 32 kB

_GM, _IM, _CAM = PaceMapping
_DH = Agreement.DH
_CURVES = range(8, 19)
_SIGN_P256 = EcdsaKey(12)
_SHORT = {Suite.TDES: "3des", Suite.AES_128: "aes-128", Suite.AES_192: "aes-192"}
_SHORT[Suite.AES_256] = "aes-256"


@dataclass(frozen=True, slots=True)
class Order:
    """What a card of the table is made with."""

    options: ChipOptions
    family: Family = Family.PASSPORT


def make(
    name: str, pilot: PilotPki, *, at: datetime, expires: date, rng: Rng = os.urandom
) -> CardImage:
    """Return the card of this name, issued by the pilot. KeyError where there is none."""
    order = MATRIX[name]
    options = order.options
    if options.faults.swap_at is not None:
        other = _personalise(Order(ChipOptions(), order.family), pilot, at, expires, rng)
        options = replace(options, other=other)
    image = _personalise(replace(order, options=options), pilot, at, expires, rng)
    return replace(image, name=name, title=f"{image.title}: {name}")


def _personalise(order: Order, pilot: PilotPki, at: datetime, expires: date, rng: Rng) -> CardImage:
    signer = {
        Family.PARTY: pilot.party_signer,
        Family.CITIZEN: pilot.citizen_signer,
        Family.PASSPORT: pilot.passport_signer,
    }[order.family]
    abroad = order.family is Family.PASSPORT
    return personalise(
        people.TRAVELLER if abroad else people.NIE.person,
        order.family,
        signer,
        at=at,
        expires=expires,
        can=CAN if order.family is Family.PARTY else None,
        document_number=people.TRAVELLER_PASSPORT if abroad else None,
        options=order.options,
        rng=rng,
    )


def _chip_auth(
    *suites: Suite, parameter_id: int = 12, key_id: int | None = None, form: KeyForm | None = None
) -> ChipKey:
    kind = groups.agreement(parameter_id)
    protocols = tuple(ChipAuthProtocol(kind, suite) for suite in suites)
    return ChipKey(protocols, parameter_id, key_id, form or KeyForm.EXPLICIT)


def _opening() -> dict[str, Order]:
    cards = {"pilot": Order(ChipOptions(), Family.PARTY)}
    for suite, short in _SHORT.items():
        cards[f"gm-{short}"] = Order(ChipOptions(pace=(pace(13, suite),)))
        cards[f"im-{short}"] = Order(ChipOptions(pace=(pace(13, suite, _IM),)))
        cards[f"dh-gm-{short}"] = Order(ChipOptions(pace=(pace(0, suite, _GM, _DH),)))
        cards[f"dh-im-{short}"] = Order(ChipOptions(pace=(pace(0, suite, _IM, _DH),)))
        if suite is not Suite.TDES:
            cards[f"cam-{short}"] = Order(
                ChipOptions(pace=(pace(13, suite, _CAM),), active_auth=None)
            )
    for number in _CURVES:
        group = groups.by_parameter_id(number)
        name = "" if group is None else group.name.lower()
        cards[f"gm-{name}"] = Order(ChipOptions(pace=(pace(number),), active_auth=_SIGN_P256))
    for number in (1, 2):
        cards[f"dh-gm-{number}"] = Order(ChipOptions(pace=(pace(number, agreement=_DH),)))
        cards[f"dh-im-{number}"] = Order(ChipOptions(pace=(pace(number, Suite.AES_256, _IM, _DH),)))
    several = (pace(12), pace(13, Suite.AES_256, _IM), pace(0, Suite.TDES, _GM, _DH))
    return cards | {
        "im-brainpoolp384r1": Order(ChipOptions(pace=(pace(16, Suite.AES_256, _IM),))),
        "im-secp521r1": Order(ChipOptions(pace=(pace(18, Suite.AES_192, _IM),))),
        "cam-brainpoolp320r1": Order(
            ChipOptions(pace=(pace(14, Suite.AES_192, _CAM),), active_auth=None)
        ),
        "cam-party": Order(ChipOptions(pace=(pace(mapping=_CAM),), active_auth=None), Family.PARTY),
        "cam-and-gm": Order(ChipOptions(pace=(pace(13, mapping=_CAM), pace(13)))),
        "several-offers": Order(ChipOptions(pace=several)),
        "can-alone": Order(ChipOptions(mrz=False), Family.PARTY),
        "mrz-alone": Order(ChipOptions(can=False), Family.PARTY),
        "uncounted-can": Order(ChipOptions(can_tries=None), Family.CITIZEN),
        "slow-after-a-wrong-guess": Order(ChipOptions(wrong_delay=0.2), Family.PARTY),
        "bac-alone": Order(ChipOptions(pace=(), bac=True, announced=None)),
        "bac-and-pace": Order(ChipOptions(bac=True)),
    }


def _proofs() -> dict[str, Order]:
    bac = ChipOptions(pace=(), bac=True)
    tdes, aes = Suite.TDES, Suite.AES_128
    two = (
        _chip_auth(aes, tdes, key_id=1),
        _chip_auth(Suite.AES_256, parameter_id=13, key_id=300, form=KeyForm.STANDARDISED),
    )
    chips: dict[str, tuple[ChipKey, ...]] = {
        **{f"ca-{short}": (_chip_auth(suite),) for suite, short in _SHORT.items()},
        **{
            f"ca-dh-{short}": (_chip_auth(suite, parameter_id=2),)
            for suite, short in _SHORT.items()
        },
        "ca-dh-1024-bits": (_chip_auth(aes, parameter_id=0),),
        "ca-dh-pkcs3": (_chip_auth(aes, parameter_id=1, form=KeyForm.PKCS3),),
        "ca-dh-standardised": (
            _chip_auth(tdes, parameter_id=2, key_id=7, form=KeyForm.STANDARDISED),
        ),
        "ca-both-ways": (_chip_auth(tdes, aes),),
        "ca-two-keys": two,
        "ca-named-curve": (_chip_auth(aes, parameter_id=15, key_id=200, form=KeyForm.NAMED),),
        "ca-brainpoolp320r1": (_chip_auth(aes, parameter_id=14),),
        "ca-secp521r1": (_chip_auth(Suite.AES_256, parameter_id=18),),
    }
    cards = {
        name: Order(ChipOptions(chip_auth=keys, active_auth=None)) for name, keys in chips.items()
    }
    signers: dict[str, EcdsaKey | RsaKey] = {
        **{
            f"aa-rsa-{h}": RsaKey(2048, h) for h in ("sha1", "sha224", "sha256", "sha384", "sha512")
        },
        "aa-rsa-1024-bits": RsaKey(1024, "sha1"),
        "aa-rsa-3072-bits": RsaKey(3072),
        "aa-rsa-smaller": RsaKey(2048, "sha256", Signature.RECOVERY_SMALLER),
        "aa-ecdsa-sha224": EcdsaKey(10, "sha224"),
        "aa-ecdsa-sha384": EcdsaKey(15, "sha384"),
        "aa-ecdsa-sha512": EcdsaKey(17, "sha512", form=KeyForm.EXPLICIT),
        "aa-ecdsa-secp521r1": EcdsaKey(18, "sha512"),
        "aa-ecdsa-brainpoolp320r1": EcdsaKey(14),
        "aa-ecdsa-der": EcdsaKey(13, signature=Signature.DER),
    }
    cards |= {name: Order(ChipOptions(active_auth=key)) for name, key in signers.items()}
    return cards | {
        "ca-and-aa": Order(ChipOptions(chip_auth=(_chip_auth(aes),)), Family.PARTY),
        "ca-in-the-master-file": Order(
            ChipOptions(chip_auth=(_chip_auth(aes),), card_security=True)
        ),
        "cam-and-ca": Order(
            ChipOptions(
                pace=(pace(13, mapping=_CAM), pace(13)),
                chip_auth=(_chip_auth(aes, parameter_id=12, key_id=72),),
                active_auth=None,
            )
        ),
        "bac-ca-3des": Order(replace(bac, chip_auth=(_chip_auth(tdes),), active_auth=None)),
        "bac-ca-aes-256": Order(
            replace(bac, chip_auth=(_chip_auth(Suite.AES_256, parameter_id=13),), active_auth=None)
        ),
        "bac-aa-rsa": Order(replace(bac, active_auth=RsaKey(2048))),
        "no-proof": Order(ChipOptions(active_auth=None)),
    }


def _habits() -> dict[str, Order]:
    short = ChipOptions(announced=None)
    behaviours = {
        "no-master-file": Behaviour(master_file=False),
        "no-short-identifiers-6a86": Behaviour(no_short_identifiers="6A86"),
        "no-short-identifiers-6a82": Behaviour(no_short_identifiers="6A82"),
        "at-most-256": Behaviour(max_le=256),
        "exact-length": Behaviour(file_end=FileEnd.EXACT),
        "end-always-told": Behaviour(file_end=FileEnd.ALWAYS),
        "end-never-told": Behaviour(file_end=FileEnd.SILENT),
        "short-reads": Behaviour(read_limit=100),
        "answers-in-pieces": Behaviour(response_block=128),
        "no-odd-read": Behaviour(odd_read=False),
        "slow": Behaviour(wait=0.02),
        "slow-once": Behaviour(wait=0.5, wait_at=9),
    }
    cards = {name: Order(ChipOptions(behaviour=each)) for name, each in behaviours.items()}
    poor = Behaviour(extended_length=False)
    both = Behaviour(extended_length=False, command_chaining=True, response_block=256)
    return cards | {
        "no-extended-length": Order(replace(short, behaviour=poor)),
        "no-extended-length-exact": Order(
            replace(short, behaviour=replace(poor, file_end=FileEnd.EXACT))
        ),
        "everything-in-pieces": Order(
            replace(
                short,
                behaviour=both,
                active_auth=RsaKey(2048),
                chip_auth=(_chip_auth(Suite.AES_128, parameter_id=2),),
            )
        ),
        "small-buffers": Order(
            ChipOptions(
                announced=(1000, 1000),
                behaviour=Behaviour(command_buffer=1000, answer_buffer=998),
            )
        ),
        "extended-unannounced": Order(short),
        "large-photo": Order(ChipOptions(photo_size=LARGE_PHOTO)),
        "large-photo-upper-part": Order(
            ChipOptions(photo_size=LARGE_PHOTO, behaviour=Behaviour(odd_read_from=32_512))
        ),
        "ef-dir": Order(ChipOptions(efdir=True)),
        "particulars": Order(
            ChipOptions(
                details=frozenset({FileId.DG7, FileId.DG11, FileId.DG12}),
                notify=(
                    PersonToNotify(
                        date(2026, 1, 2), "LINDQVIST<<ARVID", "+99955501", "Utopia, Harbour 4"
                    ),
                ),
            )
        ),
        "face-39794": Order(ChipOptions(face=FaceForm.ISO_39794)),
    }


def _faults() -> dict[str, Order]:
    faults = {
        "stalls": Faults(stall_at=12),
        "never-ends": Faults(endless_at=12),
        "drops-the-session": Faults(bare_status_at=12, bare_status="6982"),
        "wrong-checksum": Faults(wrong_checksum_at=12),
        "swapped": Faults(swap_at=12),
    }
    return {name: Order(ChipOptions(faults=each), Family.PARTY) for name, each in faults.items()}


MATRIX: Mapping[str, Order] = _opening() | _proofs() | _habits() | _faults()
"""The table. Cards whose reading cannot end well have `faults`."""
