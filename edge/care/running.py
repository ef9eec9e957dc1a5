"""The diagnosis of the running terminal, made of the configuration that it was started with.

Not here: the desk that runs it (`desk`), what is looked at (`diagnose`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from edge.care.check import State
from edge.care.desk import DiagnosisDesk
from edge.care.diagnose import Terminal, diagnose
from edge.config import Config
from verify.moment import Moment


def looked_at(config: Config) -> Terminal:
    """Return what is diagnosed of a terminal that started with `config`: it has no fault."""
    values = {key.name: getattr(config, key.name) for key in fields(config)}
    return Terminal(values, faults=0, remarks=0)


def desk(
    config: Config,
    now: Callable[[], Moment],
    *,
    told: Callable[[], None],
    by_button: Callable[[State | None], None],
) -> DiagnosisDesk:
    """Return the desk of this terminal."""
    looked = looked_at(config)
    return DiagnosisDesk(
        config.terminal, lambda: diagnose(looked), now, told=told, by_button=by_button
    )
