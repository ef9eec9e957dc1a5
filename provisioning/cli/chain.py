"""`tramthe verify chain`: does a certificate lead to an anchor, by RFC 5280, and if not, why.

Lives here: the command, and its outcome in words and as JSON. Not here: the rules
(`verify.rfc5280`), and what a terminal makes of a card's signer (`verify.pipeline`), which is these
rules with the settings of Doc 9303 and the terminal's own lists.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from crl.errors import CrlError
from crl.status import Answer
from provisioning.cli import pem, show
from provisioning.cli.anchors import name_in_words
from provisioning.cli.common import at_option, moment, office_time
from provisioning.cli.held import holdings
from provisioning.cli.main import Exit
from verify import building, certificate, crl_processing, path
from verify.building import Pool
from verify.certificate import MAX_CERTIFICATE, Certificate
from verify.crl_processing import CertificateList
from verify.errors import VerifyError
from verify.extensions import ANY_POLICY
from verify.moment import Moment, TimeQuality
from verify.rfc5280 import Result, Validator
from verify.trust import AnchorPurpose
from verify.validation import Fault, Settings

MAX_FILE = 64 * MAX_CERTIFICATE  # bytes of a file with certificates, PEM among them
MAX_LIST = 16 * 1024 * 1024  # bytes of a list; `tramthe crl import` takes longer ones
_file = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command("chain", short_help="Examine a certificate's chain by RFC 5280.")
@click.option(
    "--anchor",
    "anchor_files",
    type=_file,
    multiple=True,
    help="A certificate to be trusted, or several in PEM. May be given again.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Trust what this terminal's trust list and master list name for documents, too.",
)
@click.option(
    "--crl",
    "list_files",
    type=_file,
    multiple=True,
    help="A revocation list, complete or delta, DER or PEM. May be given again.",
)
@click.option("--no-revocation", is_flag=True, help="Do not ask whether anything is revoked.")
@click.option(
    "--document-signer",
    is_flag=True,
    help="Hold it to what Doc 9303-12 asks of a signer of documents, as a terminal does.",
)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="OID",
    help="A certificate policy that is acceptable, dotted; any without this. May be given again.",
)
@click.option("--explicit-policy", is_flag=True, help="Ask for a policy that is valid throughout.")
@click.option("--inhibit-mapping", is_flag=True, help="Let no authority map one policy to another.")
@click.option("--inhibit-any-policy", is_flag=True, help="Let anyPolicy stand for no policy.")
@at_option
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
@click.argument("certificates", type=_file, nargs=-1, required=True, metavar="CERTIFICATES")
def chain(
    anchor_files: tuple[Path, ...],
    state: Path | None,
    list_files: tuple[Path, ...],
    no_revocation: bool,
    document_signer: bool,
    policies: tuple[str, ...],
    explicit_policy: bool,
    inhibit_mapping: bool,
    inhibit_any_policy: bool,
    at: datetime | None,
    as_json: bool,
    certificates: tuple[Path, ...],
) -> int:
    """Examine whether the first of CERTIFICATES leads to an anchor, and by which others.

    Path building, validation and revocation are those of RFC 5280 section 6. A list that revokes
    is believed however old; its silence counts up to its nextUpdate. The path that is shown is the
    first that holds, or the first there is. Files are DER or PEM; a list or another certificate
    that cannot be used is named and left out.

    Exit status 0 if the certificate may be relied on, 1 if it may not.
    """
    if not anchor_files and state is None:
        raise click.UsageError("nothing is trusted: give --anchor or --state")
    if no_revocation and list_files:
        raise click.UsageError("--no-revocation and --crl contradict each other")
    unused: list[str] = []
    target, *others = _certificates(certificates, unused)
    anchors = _certificates(anchor_files, None) + _trusted(state)
    settings = Settings(
        policies=frozenset(policies) or frozenset({ANY_POLICY}),
        explicit_policy=explicit_policy,
        inhibit_mapping=inhibit_mapping,
        inhibit_any_policy=inhibit_any_policy,
    )
    validator = Validator(
        Pool(anchors),
        Pool(others),
        None if no_revocation else _lists(list_files, unused),
        settings,
        limits=path.LIMITS if document_signer else building.DEFAULT_LIMITS,
    )
    when = _moment(state, at)
    result = validator.validate(target, when)
    found = Examined(target, when, result, _faults(result, when, document_signer), tuple(unused))
    if as_json:
        click.echo(json.dumps(found.to_object(), indent=2))
    else:
        found.show()
    return Exit.NO if found.faults else Exit.DONE


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found of a target at a moment."""

    target: Certificate
    moment: Moment
    result: Result
    faults: tuple[Fault, ...]
    unused: tuple[str, ...]
    """Which of the things given could not be used, and why."""

    def to_object(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "valid": not self.faults,
            "at": show.when(self.moment.at),
            "target": self.target.fingerprint,
            "path": [_as_json(*step) for step in self._steps()],
            "policies": sorted(self.result.policies.constrained),
            "faults": [
                {"reason": one.reason.value, "detail": one.detail, "certain": one.certain}
                for one in self.faults
            ],
            "unused": list(self.unused),
        }

    def show(self) -> None:
        """Print it."""
        word, colour = ("NOT VALID", "red") if self.faults else ("VALID", "green")
        click.secho(f"{word} at {show.when(self.moment.at)}", fg=colour, bold=True)
        for one in self.faults:
            doubt = "" if one.certain else " (the clock may be at fault)"
            click.echo(f"  {one.reason.value}: {one.detail}{doubt}")
        for role, certificate_, answer in self._steps():
            click.echo(f"  {role:<9} {name_in_words(certificate_.subject_der)[0]}")
            begins, ends = show.when(certificate_.not_before), show.when(certificate_.not_after)
            click.echo(f"            {certificate_.serial:x}, {begins} to {ends}")
            if answer is not None:
                click.echo(f"            {show.answer(answer)}")
        policies = ", ".join(sorted(self.result.policies.constrained)) or "none"
        click.echo(f"  policies  {policies}")
        for why in self.unused:
            click.echo(f"  not used  {why}")

    def _steps(self) -> list[tuple[str, Certificate, Answer | None]]:
        """Return the path, the target first: role, certificate, whether it is revoked."""
        chain = self.result.chain
        if chain is None:
            return [("target", self.target, None)]
        answers = [*self.result.answers, *(None for _ in chain.certificates)]
        below = [
            ("authority" if place else "target", one, answers[place])
            for place, one in enumerate(chain.certificates)
        ]
        return [*below, ("anchor", chain.anchor, None)]


def _as_json(role: str, one: Certificate, answer: Answer | None) -> dict[str, Any]:
    return {
        "role": role,
        "subject": name_in_words(one.subject_der)[0],
        "issuer": name_in_words(one.issuer_der)[0],
        "serial": f"{one.serial:x}",
        "not_before": show.when(one.not_before),
        "not_after": show.when(one.not_after),
        "fingerprint": one.fingerprint,
        "revocation": None
        if answer is None
        else {
            "status": answer.status.value,
            "reason": None if answer.reason is None else answer.reason.name.lower(),
            "since": None if answer.since is None else show.when(answer.since),
            "list_number": None if answer.number is None else f"{answer.number:x}",
            "this_update": None if answer.this_update is None else show.when(answer.this_update),
        },
    }


def _faults(result: Result, moment: Moment, document_signer: bool) -> tuple[Fault, ...]:
    """Return what is wrong, with what a document's signer must be where it is to be one."""
    if not document_signer or result.chain is None:
        return result.faults
    narrower = path.judge(result.chain, moment)
    known = {one.detail for one in result.faults}
    if narrower is None or narrower.detail in known:
        return result.faults
    return (*result.faults, narrower)


def _certificates(files: Sequence[Path], unused: list[str] | None) -> list[Certificate]:
    """Return the certificates in files; where `unused` is given only the first has to be good."""
    found: list[Certificate] = []
    for file in files:
        for number, data in enumerate(pem.read_objects(file, pem.CERTIFICATE, MAX_FILE), 1):
            try:
                found.append(certificate.parse(data))
            except VerifyError as error:
                if unused is None or not found:
                    raise
                unused.append(f"certificate {number} of {file}: {error.message}")
    return found


def _lists(files: Sequence[Path], unused: list[str]) -> list[CertificateList]:
    """Return the lists in files that may be used."""
    found: list[CertificateList] = []
    for file in files:
        for number, data in enumerate(pem.read_objects(file, pem.LIST, MAX_LIST), 1):
            try:
                found.append(crl_processing.read(data))
            except (CrlError, VerifyError) as error:
                unused.append(f"list {number} of {file}: {error.message}")
    return found


def _trusted(state: Path | None) -> list[Certificate]:
    """Return the anchors for documents that a terminal holds."""
    if state is None:
        return []
    anchors = holdings(state).require_anchors().anchors_for(AnchorPurpose.DOCUMENT)
    return [certificate.parse(one.certificate) for one in anchors]


def _moment(state: Path | None, at: datetime | None) -> Moment:
    """Return when to judge: as told, else by the terminal's clock, else by this computer's."""
    if at is not None:
        return Moment(at, TimeQuality.ASSERTED)
    return Moment(office_time(), TimeQuality.HELD) if state is None else moment(state, None)
