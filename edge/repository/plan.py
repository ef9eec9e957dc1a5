"""Which card status lists to take: the fewest bytes that bring what is held up to date.

Lives here: the choice among complete lists and deltas, as a pure function. Not here: whether a
list may come into force (`crl.rules`).
Source: RFC 5280 section 5.2.4: a delta fits what is held if its base number is at most that.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

from edge.repository.names import Target

REQUEST = 600  # bytes that asking for a file costs beside the file


def route(held: int | None, offered: Iterable[Target]) -> tuple[Target, ...]:
    """Return the lists to take, in order, from number `held` (None: no list) to the newest.

    `offered` are the card status targets of one scope and signer. Empty where nothing newer can
    be reached.
    """
    lists = [one for one in offered if one.status is not None]
    goal = max((number_of(one) for one in lists), default=None)
    if goal is None or (held is not None and goal <= held):
        return ()
    start = -1 if held is None else held
    cost: dict[int, int] = {start: 0}
    queue: list[tuple[int, int, tuple[int, ...]]] = [(0, start, ())]
    while queue:
        spent, at, way = heapq.heappop(queue)
        if at == goal:
            return tuple(lists[index] for index in way)
        for index, one in enumerate(lists):
            there, price = number_of(one), spent + one.length + REQUEST
            if _fits(one, at) and price < cost.get(there, price + 1):
                cost[there] = price
                heapq.heappush(queue, (price, there, (*way, index)))
    return ()


def number_of(target: Target) -> int:
    """Return the number of a card status list. ValueError for any other target."""
    if target.status is None:
        raise ValueError("only card status lists are chosen by number")
    return target.status.number


def groups(targets: Sequence[Target]) -> dict[tuple[str, str], list[Target]]:
    """Return the card status lists by scope and signer."""
    found: dict[tuple[str, str], list[Target]] = {}
    for one in targets:
        if one.status is not None:
            found.setdefault((one.status.scope, one.status.signer), []).append(one)
    return found


def _fits(one: Target, at: int) -> bool:
    base = None if one.status is None else one.status.base
    return number_of(one) > at and (base is None or 0 <= base <= at)
