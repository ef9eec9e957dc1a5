"""What a signed acceptance report proves to somebody who holds the file.

Lives here: the questions. Not here: the report's form and signature (`edge.care.acceptance`), whose
certificate it is (`terminals`), the given key (`proof`), words of the command.
"""

from __future__ import annotations

from collections.abc import Sequence

from edge.care import acceptance
from edge.care.acceptance import MAX_ACCEPTANCE, SignedAcceptance
from provisioning.proof import Answer, Finding, Findings, GivenKey, signature, terminal
from verify import jws


def examine(
    compact: str, *, given: GivenKey | None, authorities: Sequence[bytes]
) -> Findings[SignedAcceptance]:
    """Return what the file proves with what is given to check it.

    `authorities`: certificates of terminal authorities, DER. Raises WireMalformed,
    verify.errors.VerifyError for what is no acceptance report at all.
    """
    signed = acceptance.unproven(compact)
    header = jws.read_header(compact, max_size=MAX_ACCEPTANCE)
    report = signed.report
    return Findings(
        signed,
        (
            Finding(Answer.HOLDS, "its form is whole"),
            signature(header, given, lambda key: acceptance.verify(compact, lambda _: key)),
            terminal(
                "report",
                report.terminal,
                report.diagnosis.at.at,
                header,
                given=given,
                authorities=authorities,
            ),
        ),
    )
