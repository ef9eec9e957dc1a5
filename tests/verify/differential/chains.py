"""Chains of three with one list for each authority, as hypothesis bends them.

Everything is signed after it was bent (but for what is meant to be torn), so that the oracles
get past the signatures and disagree, if at all, on the rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import strategies as st

from tests.verify.differential.oracles import Question
from tests.verify.made import AT, DAY, NOW, YEAR, Key, name, usage
from verify.extensions import ANY_POLICY
from verify.moment import Moment
from verify.validation import Settings

KEYS: dict[str, Key] = {
    who: ec.generate_private_key(ec.SECP256R1()) for who in ("root", "authority", "target", "other")
}
POLICIES = ("1.2.3.1", "1.2.3.2", ANY_POLICY)
Extension = tuple[x509.ExtensionType, bool]


@dataclass(frozen=True)
class Plan:
    """A certificate to be made. Where a field names a key or a name, it need not be the right."""

    subject: str
    issuer: str
    key: str
    signed_by: str
    extensions: tuple[Extension, ...]
    begins: datetime = AT - YEAR
    ends: datetime = AT + YEAR
    serial: int = 5
    torn: int | None = None
    """A place (of a thousand) where one bit is flipped after signing."""

    def der(self) -> bytes:
        """Return the certificate."""
        builder = x509.CertificateBuilder(
            issuer_name=name(self.issuer),
            subject_name=name(self.subject),
            public_key=KEYS[self.key].public_key(),
            serial_number=self.serial,
            not_valid_before=self.begins,
            not_valid_after=self.ends,
        )
        for extension, critical in self.extensions:
            builder = builder.add_extension(extension, critical)
        made = builder.sign(KEYS[self.signed_by], hashes.SHA256()).public_bytes(Encoding.DER)
        return made if self.torn is None else _tear(made, self.torn)


@dataclass(frozen=True)
class ListPlan:
    """A revocation list to be made."""

    issuer: str
    signed_by: str
    revoked: tuple[int, ...] = ()
    begins: datetime = AT - DAY
    ends: datetime = AT + DAY
    point: x509.IssuingDistributionPoint | None = None
    torn: int | None = None

    def der(self) -> bytes:
        """Return the list."""
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=name(self.issuer), last_update=self.begins, next_update=self.ends
        ).add_extension(x509.CRLNumber(1), False)
        if self.point is not None:
            builder = builder.add_extension(self.point, True)
        for serial in self.revoked:
            entry = x509.RevokedCertificateBuilder(serial, AT - DAY).build()
            builder = builder.add_revoked_certificate(entry)
        made = builder.sign(KEYS[self.signed_by], hashes.SHA256()).public_bytes(Encoding.DER)
        return made if self.torn is None else _tear(made, self.torn)


@dataclass(frozen=True)
class Chain:
    """Three certificates, two lists, one moment; `bent` names what was done to them."""

    root: Plan
    authority: Plan
    target: Plan
    lists: tuple[ListPlan, ...]
    settings: Settings = field(default_factory=Settings)
    moment: Moment = NOW
    bent: tuple[str, ...] = ()

    def question(self) -> Question:
        """Return it as bytes."""
        return Question(
            anchor=self.root.der(),
            between=(self.authority.der(),),
            target=self.target.der(),
            lists=tuple(one.der() for one in self.lists),
            moment=self.moment,
            settings=self.settings,
        )


def _tear(data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place * (len(data) - 1) // 1000] ^= 1
    return bytes(changed)


def policies(*oids: str) -> x509.CertificatePolicies:
    """Return certificatePolicies without qualifiers."""
    return x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier(oid), None) for oid in oids]
    )


CA: Extension = (x509.BasicConstraints(ca=True, path_length=None), True)
ISSUES: Extension = (usage(key_cert_sign=True, crl_sign=True), True)
SIGNS: Extension = (usage(digital_signature=True), True)
POLICY: Extension = (policies("1.2.3.1"), False)
STRAIGHT = Chain(
    root=Plan("Root", "Root", "root", "root", (CA, ISSUES)),
    authority=Plan("Authority", "Root", "authority", "root", (CA, ISSUES, POLICY), serial=7),
    target=Plan("Target", "Authority", "target", "authority", (SIGNS, POLICY), serial=9),
    lists=(ListPlan("Root", "root"), ListPlan("Authority", "authority")),
)


def _point(**flags: bool) -> x509.IssuingDistributionPoint:
    given = {
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_contains_attribute_certs": False,
        "indirect_crl": False,
        **flags,
    }
    return x509.IssuingDistributionPoint(
        full_name=None, relative_name=None, only_some_reasons=None, **given
    )


def _constraints(
    kind: Callable[[str], x509.GeneralName], permitted: str | None, excluded: str | None
) -> x509.NameConstraints:
    return x509.NameConstraints(
        None if permitted is None else [kind(permitted)],
        None if excluded is None else [kind(excluded)],
    )


def _alternative_names(host: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(host), x509.RFC822Name(f"me@{host}")])


_HOSTS = ("a.example", "b.example", "sub.a.example", "xa.example", "example")
_UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.25.99"), b"\x05\x00")
_certificate_changes: st.SearchStrategy[tuple[str, dict[str, object]]] = st.one_of(
    st.sampled_from(["Root", "Authority", "Target", "authority"]).map(
        lambda text: ("subject", {"subject": text})
    ),
    st.sampled_from(["Root", "Authority", "ROOT", " authority ", "Nobody"]).map(
        lambda text: ("issuer", {"issuer": text})
    ),
    st.sampled_from(list(KEYS)).map(lambda who: ("signed by", {"signed_by": who})),
    st.sampled_from(list(KEYS)).map(lambda who: ("key", {"key": who})),
    st.sampled_from([-2 * YEAR, -YEAR, -DAY, timedelta(0), DAY]).map(
        lambda by: ("ends", {"ends": AT + by, "begins": AT - 3 * YEAR})
    ),
    st.sampled_from([-DAY, timedelta(0), timedelta(seconds=1), DAY]).map(
        lambda by: ("begins", {"begins": AT + by})
    ),
    st.integers(0, 1000).map(lambda place: ("torn", {"torn": place})),
)
_extension_changes: st.SearchStrategy[tuple[str, Extension | None, type]] = st.one_of(
    st.tuples(st.booleans(), st.sampled_from([None, 0, 1]), st.booleans()).map(
        lambda drawn: (
            "basicConstraints",
            (x509.BasicConstraints(drawn[0], drawn[1] if drawn[0] else None), drawn[2]),
            x509.BasicConstraints,
        )
    ),
    st.just(("no basicConstraints", None, x509.BasicConstraints)),
    st.sampled_from(["key_cert_sign", "crl_sign", "digital_signature", "key_agreement"]).map(
        lambda bit: ("keyUsage", (usage(**{bit: True}), True), x509.KeyUsage)
    ),
    st.just(("no keyUsage", None, x509.KeyUsage)),
    st.booleans().map(
        lambda critical: ("unknown extension", (_UNKNOWN, critical), x509.UnrecognizedExtension)
    ),
    st.booleans().map(
        lambda critical: (
            "extendedKeyUsage",
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical),
            x509.ExtendedKeyUsage,
        )
    ),
    st.lists(st.sampled_from(POLICIES), min_size=1, max_size=3, unique=True).map(
        lambda oids: ("policies", (policies(*oids), False), x509.CertificatePolicies)
    ),
    st.just(("no policies", None, x509.CertificatePolicies)),
    st.tuples(st.sampled_from([None, 0, 1]), st.sampled_from([0, 1])).map(
        lambda drawn: (
            "policyConstraints",
            (x509.PolicyConstraints(drawn[0], drawn[1]), True),
            x509.PolicyConstraints,
        )
    ),
    st.sampled_from([0, 1]).map(
        lambda skip: (
            "inhibitAnyPolicy",
            (x509.InhibitAnyPolicy(skip), True),
            x509.InhibitAnyPolicy,
        )
    ),
    st.tuples(
        st.sampled_from([x509.DNSName, x509.RFC822Name]),
        st.sampled_from([None, *_HOSTS, ".a.example", "me@a.example"]),
        st.sampled_from([None, *_HOSTS]),
        st.booleans(),
    )
    .filter(lambda drawn: drawn[1] is not None or drawn[2] is not None)
    .filter(lambda drawn: drawn[0] is x509.RFC822Name or "@" not in (drawn[1] or ""))
    .map(
        lambda drawn: (
            "nameConstraints",
            (_constraints(drawn[0], drawn[1], drawn[2]), drawn[3]),
            x509.NameConstraints,
        )
    ),
    st.sampled_from(_HOSTS).map(
        lambda host: (
            "names",
            (
                x509.SubjectAlternativeName([x509.DNSName(host), x509.RFC822Name(f"me@{host}")]),
                False,
            ),
            x509.SubjectAlternativeName,
        )
    ),
)
_list_changes: st.SearchStrategy[tuple[str, dict[str, object]]] = st.one_of(
    st.lists(st.sampled_from([5, 7, 9, 11]), max_size=3, unique=True).map(
        lambda serials: ("revoked", {"revoked": tuple(serials)})
    ),
    st.sampled_from(list(KEYS)).map(lambda who: ("list signed by", {"signed_by": who})),
    st.sampled_from(["Root", "Authority", "AUTHORITY"]).map(
        lambda who: ("list issuer", {"issuer": who})
    ),
    st.just(("old list", {"begins": AT - 9 * DAY, "ends": AT - DAY})),
    st.just(("future list", {"begins": AT + DAY, "ends": AT + 2 * DAY})),
    st.sampled_from(["only_contains_user_certs", "only_contains_ca_certs", "indirect_crl"]).map(
        lambda flag: (f"list {flag}", {"point": _point(**{flag: True})})
    ),
    st.integers(0, 1000).map(lambda place: ("torn list", {"torn": place})),
)
_settings = st.builds(
    Settings,
    policies=st.sampled_from([frozenset({ANY_POLICY}), frozenset({"1.2.3.1"})]),
    explicit_policy=st.booleans(),
    inhibit_mapping=st.booleans(),
    inhibit_any_policy=st.booleans(),
)


def _extended(plan: Plan, change: tuple[str, Extension | None, type]) -> Plan:
    _, extension, kind = change
    kept = tuple(one for one in plan.extensions if not isinstance(one[0], kind))
    return replace(plan, extensions=kept if extension is None else (*kept, extension))


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    """Return the straight chain with one to three things changed."""
    chain = STRAIGHT
    bent: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        what = draw(st.sampled_from(["fields", "extensions", "lists", "settings"]))
        where = draw(st.sampled_from(["authority", "target"]))
        plan: Plan = getattr(chain, where)
        if what == "fields":
            label, changes = draw(_certificate_changes)
            chain = replace(chain, **{where: replace(plan, **changes)})  # type: ignore[arg-type]
            bent.append(f"{where}: {label}")
        elif what == "extensions":
            change = draw(_extension_changes)
            chain = replace(chain, **{where: _extended(plan, change)})  # type: ignore[arg-type]
            bent.append(f"{where}: {change[0]}")
        elif what == "lists":
            which = draw(st.integers(0, 1))
            label, changes = draw(_list_changes)
            lists = list(chain.lists)
            lists[which] = replace(lists[which], **changes)  # type: ignore[arg-type]
            chain = replace(chain, lists=tuple(lists))
            bent.append(label)
        else:
            chain = replace(chain, settings=draw(_settings))
            bent.append("settings")
    return replace(chain, bent=tuple(bent))
