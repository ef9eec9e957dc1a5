"""What lies on the readers, from event states alone."""

from __future__ import annotations

from reader.slots import CONNECT_TRIES, TELL_AGAIN, Laying, Slots, State

EMPTY = 0x0010


def state(count: int, flags: int = State.PRESENT) -> int:
    """Return an event state: so many comings and goings, these bits, and that it changed."""
    return count << 16 | flags | State.CHANGED


def slots(*names: str, **counts: int) -> Slots:
    """Return readers of these names, and readers on which a card lies since their finding."""
    made = Slots()
    made.found([*names, *counts])
    made.saw([(name, state(0, EMPTY)) for name in names])
    made.saw([(name, state(count)) for name, count in counts.items()])
    return made


def test_a_card_is_next_until_it_was_told_of() -> None:
    """Told once, however often the state is seen again, and new after it left."""
    made = slots("A")
    assert made.next() is None
    made.saw([("A", state(1))])
    laying = made.next()
    assert laying == Laying("A", 1)
    made.told(laying)
    made.saw([("A", state(1, State.PRESENT | State.EXCLUSIVE))])
    assert (made.next(), made.there(laying)) == (None, True)
    made.saw([("A", state(2, EMPTY))])
    assert (made.next(), made.there(laying)) == (None, False)
    made.saw([("A", state(3))])
    assert made.next() == Laying("A", 3)


def test_a_card_swapped_between_two_looks() -> None:
    """Present before and after, but another count: another card."""
    made = slots(A=1)
    laying = made.next()
    assert laying is not None
    made.told(laying)
    made.saw([("A", state(3))])
    assert not made.there(laying)
    assert made.next() == Laying("A", 3)


def test_the_count_is_kept_for_the_next_wait() -> None:
    """What is waited from is the state as seen, without the mark that it changed."""
    made = slots("A")
    made.saw([("A", state(5))])
    assert made.states == [("A", 5 << 16 | State.PRESENT)]


def test_readers_come_and_go() -> None:
    """A new one is looked at; what lay on one that went is gone, also when it comes back."""
    made = slots("A")
    assert made.found(["A", "B"])
    assert made.states[1] == ("B", State.UNAWARE)
    assert not made.found(["A", "B"])
    made.saw([("B", state(1))])
    laying = made.next()
    assert laying is not None
    made.told(laying)
    assert made.found(["A"])
    assert not made.there(laying)
    assert made.found(["A", "B"])
    made.saw([("B", state(1))])
    assert made.next() == laying


def test_a_reader_that_is_unplugged_while_it_is_waited_for() -> None:
    """Unknown or unavailable: dropped with its card. States of strangers are nothing."""
    for gone in (State.UNKNOWN, State.UNAVAILABLE):
        made = slots("A", B=1)
        laying = made.next()
        assert laying is not None
        made.saw([("B", state(1, gone)), ("C", state(1))])
        assert made.names == ("A",)
        assert not made.there(laying)
        assert made.next() is None


def test_a_reader_whose_card_fails_is_passed_over() -> None:
    """The one that failed least often is next, so that one that works is not kept waiting."""
    made = slots(A=1, B=1)
    assert made.next() == Laying("A", 1)
    assert not made.failed(Laying("A", 1))
    assert made.trying
    assert made.next() == Laying("B", 1)
    assert made.next(without={"B"}) == Laying("A", 1)


def test_the_last_try() -> None:
    """After so many the card is told of as one that does not answer, and left."""
    made = slots("A")
    made.saw([("A", state(1))])
    ends = [made.failed(Laying("A", 1)) for _ in range(CONNECT_TRIES)]
    assert ends == [False] * (CONNECT_TRIES - 1) + [True]
    assert (made.next(), made.trying) == (None, False)


def test_what_nobody_laid() -> None:
    """A card that was in one of several readers from the start; in the only one it may be laid."""
    made = slots("A", B=1)
    assert made.resident(Laying("B", 1))
    made.saw([("A", state(1))])
    assert not made.resident(Laying("A", 1))
    made.saw([("B", state(3))])
    assert not made.resident(Laying("B", 3))
    assert not slots(A=1).resident(Laying("A", 1))


def test_a_card_that_was_lost_and_not_seen_to_leave() -> None:
    """Told of anew a few times and then no more, until it is seen to leave."""
    made = slots(A=1)
    laying = Laying("A", 1)
    for _ in range(TELL_AGAIN):
        made.told(laying)
        assert made.tell_again(laying)
        assert (made.next(), made.anew(laying)) == (laying, True)
    made.told(laying)
    assert not made.tell_again(laying)
    assert made.next() is None
    made.saw([("A", state(3))])
    assert not made.anew(Laying("A", 3))
    assert made.tell_again(Laying("A", 3))


def test_another_program_has_the_card() -> None:
    """Seen in the state."""
    made = slots(A=1)
    assert not made.held_by_another(Laying("A", 1))
    made.saw([("A", state(1, State.PRESENT | State.EXCLUSIVE))])
    assert made.held_by_another(Laying("A", 1))
