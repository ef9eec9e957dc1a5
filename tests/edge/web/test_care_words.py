"""Everything that a diagnosis says has its words in Vietnamese, and nothing else has."""

from __future__ import annotations

import ast
from pathlib import Path

import edge.care
from edge.care.check import State
from edge.care.trouble import ADVICE as ENGLISH
from edge.web import care_words
from edge.web.care_advice import ADVICE

CARE = Path(edge.care.__path__[0])
MAKERS = ("ok", "attention", "fault", "unknown")


def _calls(name: str) -> set[str]:
    """Return the first argument of each call of a function in the rules."""
    found = set()
    for path in CARE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def test_every_sentence_has_its_words() -> None:
    """Each pattern of the rules, and no other."""
    assert set(care_words.FIGURES) == _calls("say")


def test_no_sentence_is_said_in_english_alone() -> None:
    """What was measured is never a plain text of the program: those are said with `say`."""
    found = []
    for path in CARE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MAKERS:
                figure = node.args[1]
                each = figure.elts if isinstance(figure, ast.Tuple) else [figure]
                found += [one.value for one in each if isinstance(one, ast.Constant)]
    assert found == []


def test_no_gap_is_lost() -> None:
    """What was measured stands in both languages."""
    for english, vietnamese in care_words.FIGURES.items():
        gaps = {word.partition(")")[0] for word in english.split("%(")[1:]}
        assert gaps == {word.partition(")")[0] for word in vietnamese.split("%(")[1:]}


def test_every_trouble_has_its_advice() -> None:
    """Each code, in the program's order."""
    assert list(ADVICE) == list(ENGLISH)


def test_every_check_has_its_name() -> None:
    """Those that rules make, those of looks that can fail, and the lists by purpose."""
    made = set().union(*(_calls(one) for one in MAKERS))
    assert made - {"counter door"} <= set(care_words.NAMES)
    assert {"list certificate", "list card-status", "counter door"} <= set(care_words.NAMES)
    assert set(care_words.STATES) == set(State)
