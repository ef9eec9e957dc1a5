"""What this machine says of a configuration: whether what it names is there and fit.

Lives here: looks at paths, at the moment they are asked for, one by one or all together
(`around`). Not here: rules over values alone (`edge.config.rules`); whether the terminal is well
(that is more than its configuration).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from edge.config.findings import Finding, Placed, Weight
from edge.config.kinds import Keyboard
from edge.config.read import Examined
from edge.config.rules import emptied
from edge.storage import outlives_power_cut

MAX_ROOTS = 1024 * 1024  # bytes looked at
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
_PRIVATE = b"PRIVATE KEY-----"


def around(examined: Examined) -> tuple[Placed, ...]:
    """Return what is wrong with a configuration's own file, and around its values."""
    own = () if examined.path is None else look_at_file(examined.path)
    return examined.placed([*own, *look(examined.values)])


def look(
    values: Mapping[str, Any], outlives: Callable[[Path], bool] = outlives_power_cut
) -> Iterator[Finding]:
    """Yield what is wrong around the converted values; a key that has none is passed over."""
    state = values.get("state")
    if state is not None:
        absent = no_folder(state)
        if absent is not None:
            yield absent
        elif not values.get("volatile_state", False):
            yield from _kept(state, outlives)
    for key in ("centre_roots", "repository_roots"):
        if values.get(key) is not None:
            yield from _roots(key, values[key])
    for key in ("key_module", "key_pin_file"):
        if values.get(key) is not None and not _is_file(values[key]):
            yield Finding(
                Weight.FAULT,
                key,
                f"The file {values[key]} of `{key}` is not there, or cannot be looked at.",
                "Correct the path, or run this as root.",
            )
    yield from _scanner(values.get("scanner"))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def no_folder(state: Path) -> Finding | None:
    """Return what is wrong where the state folder is none, or cannot be looked at."""
    try:
        if state.is_dir():
            return None
        why, fix = "which is not a folder", "none is made here"
    except OSError as error:  # no right to the folders above it, a name too long
        why, fix = f"which cannot be looked at ({error.strerror})", "run this as its owner"
    return Finding(
        Weight.STOPS,
        "state",
        f"The key `state` names {state}, {why}.",
        f"Name the folder that the terminal was provisioned into; {fix}.",
    )


def look_at_file(path: Path) -> Iterator[Finding]:
    """Yield what is wrong with the configuration's own file."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if mode & stat.S_IWOTH:
        yield Finding(
            Weight.FAULT,
            None,
            "Everybody on this machine may change the file.",
            f"chmod 644 {path}",
        )


def _kept(state: Path, outlives: Callable[[Path], bool]) -> Iterator[Finding]:
    if emptied(state) is None and not outlives(state):  # the other is said by the rules
        yield Finding(
            Weight.FAULT,
            "state",
            f"The state folder {state} does not outlive a power cut: nothing will be recorded.",
            "Name a folder on a disk; or set `volatile_state = true`, only to try the terminal "
            "out.",
        )


def _roots(key: str, path: Path) -> Iterator[Finding]:
    def fault(message: str, next_step: str) -> Finding:
        return Finding(Weight.FAULT, key, message, next_step)

    try:
        with path.open("rb") as file:
            data = file.read(MAX_ROOTS)
    except OSError as error:
        yield fault(
            f"{path} cannot be read ({error.strerror}).",
            f"Copy the office's file of roots there, or remove `{key}` to use the system's.",
        )
        return
    if _CERTIFICATE not in data:
        yield fault(
            f"{path} holds no certificate.",
            f"It has to be PEM, with the line {_CERTIFICATE.decode()}; "
            "`openssl x509 -inform DER -in FILE` makes it of a DER file.",
        )
    if _PRIVATE in data:
        yield fault(
            f"{path} holds a private key.",
            "Put the certificates alone there, and tell the office that the key was copied.",
        )


def _scanner(place: Path | Keyboard | None) -> Iterator[Finding]:
    path = Path(place.place) if isinstance(place, Keyboard) else place
    if path is not None and path.is_absolute() and not os.path.exists(path):  # never raises
        yield Finding(
            Weight.REMARK,
            "scanner",
            f"No scanner is at {path} now.",
            "Plug it in; if it is, `ls /dev/serial/by-id /dev/input/by-id` shows its name.",
        )
