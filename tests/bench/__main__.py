"""Measure, print a table, write `build/bench.json`: a list of rows.

Each row: name, description, figure, unit, reference, ratio (figure / reference), goal (the ratio
is to be at most this, with `at_least` at least this; null for none), spread (quartiles of the
rounds' ratios), rounds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from tests.bench import (
    centre,
    chain,
    crl_rows,
    down,
    log,
    meeting,
    round_trip,
    round_trips,
    service,
    tap,
)
from tests.bench.measure import Row

BUILD = Path(__file__).parents[2] / "build"
ROWS: dict[str, Callable[[Path], Row]] = {
    tap.NAME: tap.measure,
    **round_trips.ROWS,
    log.NAME: log.measure,
    **meeting.ROWS,
    **service.ROWS,
    round_trip.NAME: round_trip.measure,
    **dict(chain.ROWS),
    **crl_rows.ROWS,
    **centre.ROWS,
    **down.ROWS,
}


@click.command()
@click.option("--only", default="", metavar="PREFIX", help="Only rows whose name begins so.")
def main(only: str) -> None:
    """Measure the product against the bare library calls beneath it.

    Exit status 0 whether or not a goal is met: a benchmark informs. 2: no row begins so.
    """
    chosen = [measure for name, measure in ROWS.items() if name.startswith(only)]
    if not chosen:
        raise click.BadParameter(f"no row begins so; there are: {', '.join(ROWS)}")
    BUILD.mkdir(exist_ok=True)
    rows = [measure(BUILD) for measure in chosen]
    click.echo(table(rows))
    target = BUILD / "bench.json"
    text = json.dumps([row.to_object() for row in rows], indent=2)
    target.write_text(text + "\n", encoding="utf-8")
    click.echo(f"\n{target.relative_to(BUILD.parent)}: {len(rows)} rows")


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text, each description below."""
    head = f"{'row':<16}{'figure':>10}{'reference':>12}  {'unit':<8}{'ratio':>7}"
    lines = [f"{head}{'quartiles':>15}{'goal':>8}"]
    for row in rows:
        low, high = row.spread
        goal = "-" if row.goal is None else f"{'>=' if row.at_least else '<='} {row.goal:g}"
        missed = "  MISSED" if row.met is False else ""
        lines.append(
            f"{row.name:<16}{row.figure:>10.3f}{row.reference:>12.3f}  {row.unit:<8}"
            f"{row.ratio:>7.2f}{f'{low:.2f} - {high:.2f}':>15}{goal:>8}{missed}"
        )
    lines += [f"\n{row.name} ({row.rounds} rounds): {row.description}" for row in rows]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
