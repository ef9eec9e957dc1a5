"""Certificate policies along a path: which hold at its end, and with what qualifiers.

Lives here: the tree of valid policies, kept as a graph with one node for a policy at each depth
(RFC 9618: the same answers as the tree of RFC 5280, which grows without bound under mappings
made for it). Not here: the counters that say when policies are required (`validation`).
Source: RFC 5280 sections 6.1.2 to 6.1.5 as updated by RFC 9618.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from verify.extensions import ANY_POLICY

Qualifiers = tuple[bytes, ...]


@dataclass(slots=True, eq=False)
class _Node:
    """A policy at a depth; `expected` are the policies that may satisfy it one deeper."""

    policy: str
    qualifiers: Qualifiers
    expected: frozenset[str]
    parents: list[_Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ValidPolicies:
    """What holds at the end of a path.

    `constrained` are the policies that the authorities and the user agree on, in the words of
    the trust anchor; `qualifiers` (PolicyQualifierInfo, DER) what the certificates along the path
    say of these policies, by the name each gives them, anyPolicy among them.
    """

    constrained: frozenset[str]
    qualifiers: Mapping[str, Qualifiers]


NO_POLICIES = ValidPolicies(frozenset(), MappingProxyType({}))


class PolicyGraph:
    """The valid policy graph. One certificate after another from the anchor down changes it."""

    def __init__(self) -> None:
        self._levels: list[dict[str, _Node]] = [
            {ANY_POLICY: _Node(ANY_POLICY, (), frozenset({ANY_POLICY}))}
        ]

    @property
    def is_empty(self) -> bool:
        """Whether no policy is valid any more."""
        return not self._levels

    def clear(self) -> None:
        """Take a certificate without policies: none is valid from here on (6.1.3 (e))."""
        self._levels = []

    def descend(self, policies: Mapping[str, Qualifiers], *, any_counts: bool) -> None:
        """Take a certificate's policies (6.1.3 (d)). `any_counts`: anyPolicy is not inhibited."""
        if self.is_empty:
            return
        above = self._levels[-1]
        satisfying: dict[str, list[_Node]] = {}
        for node in above.values():
            for policy in node.expected:
                satisfying.setdefault(policy, []).append(node)
        level: dict[str, _Node] = {}
        for policy, qualifiers in policies.items():
            if policy == ANY_POLICY:
                continue
            parents = satisfying.get(policy) or _of(above, ANY_POLICY)
            if parents:
                level[policy] = _Node(policy, qualifiers, frozenset({policy}), parents)
        if any_counts and ANY_POLICY in policies:
            for policy, parents in satisfying.items():
                if policy not in level:
                    level[policy] = _Node(
                        policy, policies[ANY_POLICY], frozenset({policy}), parents
                    )
        self._levels.append(level)
        self._prune()

    def map(self, mappings: Mapping[str, frozenset[str]], any_qualifiers: Qualifiers) -> None:
        """Apply an authority's policy mappings (6.1.4 (b)(1)).

        `any_qualifiers` are those of anyPolicy in its certificate.
        """
        if self.is_empty:
            return
        level = self._levels[-1]
        free = level.get(ANY_POLICY)
        for policy, subjects in mappings.items():
            node = level.get(policy)
            if node is not None:
                node.expected = subjects
            elif free is not None:
                level[policy] = _Node(policy, any_qualifiers, subjects, list(free.parents))

    def remove(self, policies: Iterable[str]) -> None:
        """Drop policies whose mapping is inhibited (6.1.4 (b)(2))."""
        if self.is_empty:
            return
        for policy in policies:
            self._levels[-1].pop(policy, None)
        self._prune()

    def result(self, wanted: frozenset[str]) -> ValidPolicies:
        """Return what holds at the end, of what the user wants (6.1.5 (g))."""
        if self.is_empty:
            return NO_POLICIES
        domain = self._authority_domain()
        free = ANY_POLICY in domain
        if ANY_POLICY in wanted:
            constrained = frozenset(domain)
        elif free:
            constrained = wanted
        else:
            constrained = wanted & domain.keys()
        return ValidPolicies(constrained, self._qualifiers(domain, constrained))

    def _authority_domain(self) -> dict[str, list[_Node]]:
        """Return the policies in the anchor's words: nodes right below anyPolicy, and its end."""
        domain: dict[str, list[_Node]] = {}
        for level in self._levels[1:]:
            for policy, node in level.items():
                if policy != ANY_POLICY and any(p.policy == ANY_POLICY for p in node.parents):
                    domain.setdefault(policy, []).append(node)
        free = self._levels[-1].get(ANY_POLICY)
        if free is not None:
            domain[ANY_POLICY] = [free]
        return domain

    def _qualifiers(
        self, domain: Mapping[str, list[_Node]], constrained: frozenset[str]
    ) -> Mapping[str, Qualifiers]:
        """Return what was said of the constrained policies: theirs, and above and below them."""
        free = domain.get(ANY_POLICY, [])
        start = [node for policy in constrained for node in domain.get(policy, free)]
        nodes = {id(node): node for node in start}
        for level in self._levels:
            for node in level.values():
                if node.policy != ANY_POLICY and any(id(one) in nodes for one in node.parents):
                    nodes[id(node)] = node
        above = start
        while above:
            above = [parent for node in above for parent in node.parents]
            above = list({id(node): node for node in above}.values())
            nodes |= {id(node): node for node in above}
        found: dict[str, Qualifiers] = {}
        for level in self._levels:
            for policy, node in level.items():
                if id(node) in nodes and node.qualifiers:
                    found[policy] = (*found.get(policy, ()), *node.qualifiers)
        return MappingProxyType(found)  # the outcome of a path is remembered and shared

    def _prune(self) -> None:
        """Delete nodes without children, upwards (6.1.3 (d)(3)); without leaves all is gone."""
        if not self._levels[-1]:
            self.clear()
            return
        for depth in range(len(self._levels) - 2, -1, -1):
            kept = {id(p) for node in self._levels[depth + 1].values() for p in node.parents}
            self._levels[depth] = {
                policy: node for policy, node in self._levels[depth].items() if id(node) in kept
            }


def _of(level: Mapping[str, _Node], policy: str) -> list[_Node]:
    node = level.get(policy)
    return [] if node is None else [node]
