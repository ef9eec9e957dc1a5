"""What to say of a key that the terminal does not know: a slip of the pen, a secret, a table.

Lives here: words and a guess, from names alone; a value is neither looked at nor repeated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from edge.config import PREFIX
from edge.config.findings import Finding, Weight

NEAR = 0.75
"""How like a known key (0 to 1) a name has to be to be taken for it."""
_SECRETS = frozenset(
    {
        "credential", "credentials", "key", "keys", "khau", "khoa", "login", "matkhau", "pass",
        "passphrase", "passwd", "password", "pin", "pins", "psk", "pwd", "secret", "secrets",
        "token", "tokens",
    }
)  # fmt: skip
"""Words of a name, in English and Vietnamese."""
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+")
WHERE_SECRETS_BELONG = (
    "PINs are set by `tramthe people set-pin`; the terminal makes its own keys in its state "
    "folder; a Wi-Fi password belongs in the system's network settings."
)
_MAX_SHOWN = 64  # characters of a name


def nearest(name: str, known: Sequence[str]) -> str | None:
    """Return the known key that a name was probably meant for; None where none is near."""
    folded = name.lower().replace("-", "_")
    return next(iter(get_close_matches(folded, known, n=1, cutoff=NEAR)), None)


def looks_secret(name: str) -> bool:
    """Whether a name calls itself a password, a PIN, a token or a key."""
    return any(word.lower() in _SECRETS for word in _WORD.findall(name))


def unknown_key(name: str, known: Sequence[str]) -> Finding:
    """Return what is wrong with a key of the file that is none of `known`."""
    near = nearest(name, known)
    secret = looks_secret(name) and not (near and looks_secret(near))  # no pin of a lamp is one
    if near is not None and not secret:
        said, fix = "is not known", f"Write `{near}` if that is meant; else remove the line."
    elif secret:
        said = "looks like a secret, and secrets never stand in terminal.toml"
        fix = f"Remove the line and change that secret. {WHERE_SECRETS_BELONG}"
    else:
        said, fix = "is not known", "Remove it; `tramthe config example` shows every key there is."
    return Finding(Weight.STOPS, name, f"The key `{shown(name)}` {said}.", fix)


def unknown_table(name: str, inside: Sequence[str], known: Sequence[str]) -> Finding:
    """Return what is wrong with a table; `inside` are the names in it."""
    meant = [key for key in inside if key in known]
    keys = "its keys" if not meant else f"`{'`, `'.join(meant)}`"
    return Finding(
        Weight.STOPS,
        name,
        f"`{shown(name)}` heads a table, and terminal.toml has none.",
        f"Remove the heading, or write {keys} above it: each key has a line of its own, "
        "`key = value`.",
    )


def unknown_variable(name: str, known: Sequence[str]) -> Finding:
    """Return what is odd about a variable of our prefix; `name` is what follows the prefix."""
    near = nearest(name, known)
    if near is not None:
        fix = f"Write {PREFIX}{near.upper()} if `{near}` is meant."
    elif looks_secret(name):
        fix = f"Remove it: no key of terminal.toml is a secret. {WHERE_SECRETS_BELONG}"
    else:
        fix = "Remove it, unless another program reads it."
    return Finding(Weight.REMARK, None, "The variable sets no key.", fix)


def shown(name: str) -> str:
    """Return a name as it can stand in a line: what is no printable text becomes `?`."""
    cut = name if len(name) <= _MAX_SHOWN else f"{name[:_MAX_SHOWN]}…"
    return "".join(character if character.isprintable() else "?" for character in cut)
