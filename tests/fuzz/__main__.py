"""`make fuzz`: each target for a while, one after another; findings stay in `build/fuzz`.

`build/fuzz/TARGET/corpus` keeps what was interesting for the next run, `TARGET/found` the inputs
that broke a promise, `TARGET/log` what libFuzzer said. A finding is repeated with
`python -m tests.fuzz.child TARGET FILE`, and goes as hex into `test_findings.py`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from tests.fuzz.targets import TARGETS, Target

BUILD = Path(__file__).parents[2] / "build" / "fuzz"
SLOW = 5  # seconds that a single input may take
MEMORY = 2048  # MiB of a fuzzing process
_FIELDS = re.compile(rb"cov: (\d+) ft: (\d+) corp: (\d+)")
_RUNS = re.compile(rb"stat::number_of_executed_units:\s+(\d+)")


@dataclass(frozen=True)
class Result:
    """How a target did. `findings` are files; `whole` is False where fuzzing itself failed."""

    name: str
    runs: int
    coverage: int
    features: int
    corpus: int
    findings: tuple[Path, ...]
    whole: bool


@click.command()
@click.option("--seconds", default=60, show_default=True, help="For each target.")
@click.option("--only", default="", metavar="PREFIX", help="Only targets whose name begins so.")
def main(seconds: int, only: str) -> None:
    """Fuzz. Exit status 0: nothing found; 1: findings, each named; 2: no target begins so."""
    chosen = {name: target for name, target in TARGETS.items() if name.startswith(only)}
    if not chosen:
        raise click.BadParameter(f"no target begins so; there are: {', '.join(TARGETS)}")
    click.echo(f"{'target':<18}{'inputs':>12}{'branches':>10}{'features':>10}{'kept':>8}  found")
    results = []
    for name, target in chosen.items():
        result = fuzz(name, target, seconds)
        results.append(result)
        said = str(len(result.findings)) if result.whole else f"did not run: see {name}/log"
        click.echo(
            f"{name:<18}{result.runs:>12,}{result.coverage:>10,}{result.features:>10,}"
            f"{result.corpus:>8,}  {said}"
        )
    for result in results:
        for path in result.findings:
            click.echo(f"{result.name}: {path.relative_to(BUILD.parents[1])}")
    sys.exit(any(result.findings or not result.whole for result in results))


def fuzz(name: str, target: Target, seconds: int) -> Result:
    """Fuzz one target in a process of its own."""
    folder = BUILD / name
    corpus, begin, found = folder / "corpus", folder / "seeds", folder / "found"
    for path in (corpus, begin, found):
        path.mkdir(parents=True, exist_ok=True)
    for old in begin.iterdir():
        old.unlink()
    for seed, data in target.seeds().items():
        (begin / re.sub(r"[^A-Za-z0-9._-]", "_", seed)).write_bytes(data)
    before = set(found.iterdir())
    command = [
        *(sys.executable, "-m", "tests.fuzz.child", name, str(corpus), str(begin)),
        *(f"-max_total_time={seconds}", f"-timeout={SLOW}", f"-rss_limit_mb={MEMORY}"),
        *(f"-artifact_prefix={found}/", "-print_final_stats=1", "-reload=0"),
    ]
    log = folder / "log"
    with log.open("wb") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=False)
    said = log.read_bytes()
    last = [match.groups() for match in _FIELDS.finditer(said)][-1:] or [(b"0", b"0", b"0")]
    coverage, features, kept = map(int, last[0])
    runs = _RUNS.search(said)
    findings = tuple(sorted(set(found.iterdir()) - before))
    return Result(
        name=name,
        runs=int(runs[1]) if runs else 0,
        coverage=coverage,
        features=features,
        corpus=kept,
        findings=findings,
        whole=done.returncode == 0 or bool(findings),
    )


if __name__ == "__main__":
    main()
