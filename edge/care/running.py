"""The diagnosis of the running terminal, made of the configuration that it was started with.

Lives here: desk and support bundle of a terminal that runs. Not here: the desk itself (`desk`),
what is looked at (`diagnose`), what goes into a bundle (`support`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from edge.care import journal, support
from edge.care.check import State
from edge.care.desk import DiagnosisDesk
from edge.care.diagnose import Terminal, diagnose
from edge.care.diagnosis import Diagnosis
from edge.care.support_facts import facts
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


def support_bundle(config: Config, at: Moment) -> bytes:
    """Return the support bundle of this terminal as it is now; takes as long as a diagnosis."""
    return support_bundle_of(looked_at(config).values, at, at_work=True)


def support_bundle_of(values: Mapping[str, Any], at: Moment, *, at_work: bool = False) -> bytes:
    """Return that of a terminal of which these values of its configuration are known."""
    found = tuple(diagnose(Terminal(values, faults=0, remarks=0)))
    made = Diagnosis(values.get("terminal"), at, found)
    return support.make(made, facts(values, at_work=at_work), journal.ask())
