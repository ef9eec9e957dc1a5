"""What is fed with a stranger's bytes, and what alone may come out: a value, or our own error.

Each target names the error tree that belongs to it; anything else is a finding, and so is a
promise broken along the way (`AssertionError`). No import of atheris: `make test` runs the same
targets over their seeds, over the seeds cut and flipped, and over every finding of the past.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crl.errors import CrlError
from edge.errors import EdgeError
from provisioning.errors import ProvisioningError
from reader.errors import ReaderError
from tests.fuzz import (
    feed_cards,
    feed_certificates,
    feed_enrolment,
    feed_files,
    feed_lists,
    feed_signed,
    json_tree,
    seeds,
    seeds_files,
    seeds_lists,
    seeds_signed,
    tree,
)
from tests.fuzz.seeds import Seeds
from tests.fuzz.tree import Below
from verify.errors import VerifyError

Bend = Callable[[bytes, Below], bytes]


@dataclass(frozen=True)
class Target:
    """One thing to fuzz. `feed` raises only errors of the trees in `ours`."""

    feed: Callable[[bytes], object]
    ours: tuple[type[Exception], ...]
    seeds: Callable[[], Seeds]
    bend: Bend
    max_size: int = 16 * 1024
    """Bytes of the largest input that the fuzzer tries."""

    def run(self, data: bytes) -> bool:
        """Tell whether `data` was taken. Raises whatever should not have come out."""
        try:
            self.feed(data)
        except self.ours as error:
            refusal = error
        else:
            return True
        assert getattr(refusal, "next_step", ""), "an error without a next step"
        assert str(refusal).isprintable(), "an error that cannot be shown"
        return False


TARGETS: dict[str, Target] = {
    "card-file": Target(
        feed_cards.card_file, (ReaderError,), seeds_files.application_files, tree.bend
    ),
    "certificate": Target(
        feed_certificates.one_certificate, (VerifyError,), seeds.certificates, tree.bend
    ),
    "certificate-part": Target(
        feed_certificates.part, (VerifyError,), seeds.parts, tree.bend, 4096
    ),
    "chain": Target(feed_certificates.chain, (ReaderError, VerifyError), seeds.chains, tree.bend),
    "claim": Target(
        feed_enrolment.claim, (EdgeError,), feed_enrolment.claims, json_tree.bend, 4096
    ),
    "cms": Target(feed_certificates.signed_object, (VerifyError,), seeds.signed_objects, tree.bend),
    "columns": Target(feed_lists.many_at_once, (CrlError,), seeds_lists.list_entries, tree.bend),
    "correction": Target(
        feed_signed.clock_correction, (VerifyError,), seeds_signed.corrections, json_tree.bend, 1024
    ),
    "crl": Target(feed_lists.read_list, (CrlError,), seeds_lists.lists, tree.bend),
    "est-attributes": Target(
        feed_enrolment.attributes, (EdgeError,), feed_enrolment.wanted, tree.bend, 1024
    ),
    "est-certificates": Target(
        feed_enrolment.certificates, (EdgeError,), feed_enrolment.lists, tree.bend
    ),
    "est-request": Target(
        feed_enrolment.request, (ProvisioningError,), feed_enrolment.requests, tree.bend, 4096
    ),
    "evidence": Target(feed_cards.kept_reading, (ReaderError,), seeds.evidence, json_tree.bend),
    "ingest": Target(feed_lists.one_pass, (CrlError,), seeds_lists.lists, tree.bend),
    "jws": Target(
        feed_signed.compact, (VerifyError,), seeds_signed.compact, json_tree.bend_compact
    ),
    "master-list": Target(
        feed_certificates.master_list, (VerifyError,), seeds_signed.master_lists, tree.bend
    ),
    "master-list-content": Target(
        feed_certificates.master_content, (VerifyError,), seeds_signed.master_contents, tree.bend
    ),
    "master-file": Target(
        feed_files.master_file, (ReaderError,), seeds_files.master_files, tree.bend
    ),
    "objects": Target(feed_files.objects, (ReaderError,), seeds_files.objects, tree.bend),
    "policy": Target(
        feed_signed.algorithm_policy, (VerifyError,), seeds_signed.policy_payloads, json_tree.bend
    ),
    "protected-answer": Target(
        feed_files.protected_answer, (ReaderError,), seeds_files.protected_answers, tree.bend, 1024
    ),
    "protected-object": Target(
        feed_files.protected_object, (ReaderError,), seeds_files.protected_objects, tree.bend, 1024
    ),
    "scope": Target(
        feed_certificates.points,
        (CrlError, ReaderError, VerifyError),
        seeds_lists.scopes,
        tree.bend,
    ),
    "store-files": Target(
        feed_lists.store_files, (CrlError,), seeds_lists.store_files, json_tree.bend
    ),
    "trust-list": Target(
        feed_signed.trust_list, (VerifyError,), seeds_signed.trust_payloads, json_tree.bend
    ),
    "verdict": Target(feed_cards.verdict, (), seeds.security_objects, tree.bend),
    "wire": Target(feed_signed.wire, (EdgeError, VerifyError), seeds_signed.wire, json_tree.bend),
}
