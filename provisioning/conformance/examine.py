"""All rules, asked one after the other.

Lives here: the list and the loop. Not here: printing (`provisioning.cli.centre_check`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from provisioning.conformance import answers, events, inbox, network, receipts, refusals
from provisioning.conformance.bench import Bench
from provisioning.conformance.rule import Finding, Outcome, Rule, RuleBroken, RuleNotAsked
from provisioning.errors import CentreNotReached

RULES: tuple[Rule, ...] = (
    *answers.RULES,
    *events.RULES,
    *refusals.RULES,
    *network.RULES,
    *inbox.RULES,
    *receipts.RULES,
)


def examine(bench: Bench, only: Collection[str] = ()) -> Iterator[Finding]:
    """Yield what comes of each rule, in order; of those named in `only` where it names some.

    Raises CentreNotReached where nothing answers at all.
    """
    bench.line.ask("GET", "/v1/health", certificate=bench.certificate)
    for rule in RULES:
        if not only or rule.name in only:
            yield _ask(rule, bench)


def _ask(rule: Rule, bench: Bench) -> Finding:
    try:
        rule.ask(bench)
    except RuleBroken as broken:
        return Finding(rule, Outcome.FAILED, str(broken))
    except CentreNotReached as error:
        return Finding(rule, Outcome.FAILED, error.message)
    except RuleNotAsked as missing:
        return Finding(rule, Outcome.NOT_ASKED, str(missing))
    return Finding(rule, Outcome.OK)
