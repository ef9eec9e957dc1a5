"""The graph of valid policies, where a tree would grow without bound."""

from __future__ import annotations

from verify.extensions import ANY_POLICY
from verify.policies import PolicyGraph, Qualifiers

WIDTH = 40
DEPTH = 30


def _named(count: int) -> dict[str, Qualifiers]:
    return {f"1.2.{number}": () for number in range(count)}


def test_mappings_of_all_to_all() -> None:
    """Forty policies each mapped to forty, thirty deep, are 1,600 edges a step and no more."""
    policies = _named(WIDTH)
    everything = frozenset(policies)
    graph = PolicyGraph()
    for _ in range(DEPTH):
        graph.descend(policies, any_counts=True)
        graph.map(dict.fromkeys(policies, everything), ())
    found = graph.result(frozenset({ANY_POLICY}))
    assert found.constrained == everything


def test_policy_in_the_words_of_the_anchor() -> None:
    """After a mapping the policy that holds is the one that the anchor's domain knows."""
    graph = PolicyGraph()
    graph.descend({"1.1": (b"first",)}, any_counts=True)
    graph.map({"1.1": frozenset({"2.1"})}, ())
    graph.descend({"2.1": (b"second",), "1.1": (b"stranger",)}, any_counts=True)
    found = graph.result(frozenset({ANY_POLICY}))
    assert found.constrained == {"1.1"}
    assert found.qualifiers == {"1.1": (b"first",), "2.1": (b"second",)}
    assert graph.result(frozenset({"2.1"})).constrained == frozenset()


def test_any_policy_that_does_not_count() -> None:
    """Inhibited, anyPolicy stands for nothing."""
    graph = PolicyGraph()
    graph.descend({ANY_POLICY: ()}, any_counts=False)
    assert graph.is_empty
    assert graph.result(frozenset({ANY_POLICY})).constrained == frozenset()


def test_nothing_comes_back() -> None:
    """Once no policy is valid, none further down is."""
    graph = PolicyGraph()
    graph.descend({"1.1": ()}, any_counts=True)
    graph.clear()
    graph.descend({"1.1": ()}, any_counts=True)
    graph.map({"1.1": frozenset({"1.2"})}, ())
    graph.remove(["1.1"])
    assert graph.is_empty
