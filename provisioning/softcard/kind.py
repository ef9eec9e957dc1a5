"""What kind of chip a card image makes, in one short line.

Lives here: the line, in both languages. Not here: the page and the command that show it.
Names of protocols and curves are the same everywhere; the words around them are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from provisioning.softcard import active_auth, groups
from provisioning.softcard.active_auth import EcdsaSigner, RsaSigner
from provisioning.softcard.image import Behaviour, CardImage, Faults, PaceOffer

_WORDS: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "chip_auth": "xác thực chip",
        "active_auth": "xác thực chủ động",
        "no_proof": "không có khoá chip",
        "behaviour": "nếp riêng",
        "faults": "cố ý sai",
    },
    "en": {
        "chip_auth": "chip authentication",
        "active_auth": "active authentication",
        "no_proof": "no chip key",
        "behaviour": "habits of its own",
        "faults": "faulty on purpose",
    },
}


def describe(image: CardImage) -> Mapping[str, str]:
    """Return the line for each language. Raises SoftCardInvalid where a key cannot be used."""
    return {language: _line(image, words) for language, words in _WORDS.items()}


def _line(image: CardImage, words: Mapping[str, str]) -> str:
    parts = [_joined([*map(_offer, image.access.pace), *(["BAC"] if image.access.bac else [])])]
    protocols = [protocol for key in image.chip_auth.keys for protocol in key.protocols]
    if protocols:
        names = (f"{each.agreement}/{_cipher(each.suite.label)}" for each in protocols)
        parts.append(f"{words['chip_auth']} {_joined(names)}")
    if image.active_auth is not None:
        parts.append(f"{words['active_auth']} {_signer(image)}")
    if not image.chip_auth.keys and image.active_auth is None:
        parts.append(words["no_proof"])
    if image.behaviour != Behaviour():
        parts.append(words["behaviour"])
    if image.faults != Faults():
        parts.append(words["faults"])
    return "; ".join(parts)


def _offer(offer: PaceOffer) -> str:
    group = groups.by_parameter_id(offer.parameter_id)
    place = offer.parameter_id if group is None else group.name
    return f"PACE-{offer.protocol.mapping}/{_cipher(offer.protocol.suite.label)} ({place})"


def _signer(image: CardImage) -> str:
    if image.active_auth is None:
        return ""
    hash_name = image.active_auth.hash.upper()
    match active_auth.load(image.active_auth):
        case RsaSigner(modulus=modulus):
            return f"RSA-{modulus.bit_length()}/{hash_name}"
        case EcdsaSigner(curve=curve):
            return f"ECDSA/{hash_name} ({curve.name})"
        case _:
            return hash_name


def _cipher(label: str) -> str:
    """Return `AES-128` of `AES-CBC-CMAC-128`, `3DES` of `3DES-CBC-CBC`."""
    parts = label.split("-")
    return f"{parts[0]}-{parts[-1]}" if parts[-1].isdigit() else parts[0]


def _joined(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
