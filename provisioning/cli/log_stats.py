"""`tramthe log stats`: a log in numbers.

Not here: counting (`edge.log.look`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from edge.log.look import Sums, look_at
from provisioning.cli.main import Exit


@click.command(short_help="Sum up FILE, without names.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def stats(file: Path, as_json: bool) -> int:
    """Sum up FILE: events by kind, outcome, day and time quality, epochs, what is not sent yet.

    Needs no key and shows no name.
    """
    with look_at(file) as look:
        sums = look.sums()
    click.echo(json.dumps(_sums_object(sums), indent=2) if as_json else _sums_text(sums))
    return Exit.DONE


def _sums_object(sums: Sums) -> Mapping[str, object]:
    return {
        "terminal": sums.terminal,
        "events": sum(epoch.events for epoch in sums.epochs),
        "unsent": sum(epoch.unsent for epoch in sums.epochs),
        "epochs": [
            {
                "epoch": one.epoch,
                "events": one.events,
                "last": one.last,
                "acknowledged": one.acknowledged,
                "unsent": one.unsent,
            }
            for one in sums.epochs
        ],
        "contexts": {"all": sums.contexts, "open": sums.open_contexts, "with_key": sums.keys},
        "kinds": dict(sums.kinds),
        "outcomes": dict(sums.outcomes),
        "days": dict(sums.days),
        "qualities": dict(sums.qualities),
    }


def _sums_text(sums: Sums) -> str:
    lines = [f"terminal {sums.terminal}"]
    lines += [
        f"epoch {one.epoch}: {one.events} events to number {one.last},"
        f" acknowledged to {one.acknowledged}, {one.unsent} not sent"
        for one in sums.epochs
    ]
    lines.append(
        f"contexts: {sums.contexts}, open {sums.open_contexts}, with their key here {sums.keys}"
    )
    for title, counts in (
        ("kind", sums.kinds),
        ("kind and outcome", sums.outcomes),
        ("day (Viet Nam)", sums.days),
        ("time quality", sums.qualities),
    ):
        lines.append(f"by {title}:")
        lines += [f"  {count:>9}  {name}" for name, count in counts.items()]
    return "\n".join(lines)
