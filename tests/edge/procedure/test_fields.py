"""Fields: what people agree to before a card is laid, and what is taken of it afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

from crl.status import Status
from edge.procedure.catalogue import Field, Procedure, Words, builtin_procedures
from edge.procedure.fields import DATES, FINGERPRINTS, IRIS, PHOTO, WORDS, consent, take
from reader.lds.files import FileId
from reader.profile import CardProfile, builtin_profiles
from tests.edge.procedure.made import parsed
from tests.verify.made import DG13, NOW, NUMBER, Lists, World, answer, dg13
from verify import pipeline
from verify.policy import DEFAULT
from verify.verdict import Holder, Outcome, Verdict

PARTY, CITIZEN, _ = builtin_profiles()
MORE = {4: "Nữ", 5: "Bắc Ninh", 6: "03/02/2005", 7: "03/02/2006", 8: "99168053000004"}
ALL = replace(parsed(), fields=tuple(Field))


def judged(lists: Lists | None = None, files: dict[int, str] | None = None) -> Verdict:
    """Return the verdict on a party card of which everything is good but what `lists` say."""
    world = World.new()
    texts = DG13 | MORE if files is None else files
    card = world.card(world.groups() | {FileId.DG13: dg13(texts)})
    good = Lists(for_card=answer(Status.GOOD), for_certificates=answer(Status.GOOD))
    trust = world.trust(profiles=["dang-vien"])
    return pipeline.verify(card, PARTY, trust, lists or good, DEFAULT, NOW)


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    """Return the verdict on a good card that has every field."""
    made = judged()
    assert made.outcome is Outcome.ACCEPTED
    return made


def procedure(code: str) -> Procedure:
    """Return a built-in procedure."""
    return next(one for one in builtin_procedures() if one.code == code)


def test_every_field_of_the_cards_has_words() -> None:
    """What a card profile names can be asked for, in both languages, each word for one field.

    The document number only opens a citizen card: no procedure is told of it.
    """
    named = set(PARTY.fields) | set(CITIZEN.fields)
    assert named - {"document_number"} == {*Field} == WORDS.keys()
    for languages in zip(*WORDS.values(), strict=True):
        assert len(set(languages)) == len(WORDS)


@pytest.mark.parametrize("profile", builtin_profiles(), ids=lambda one: one.name)
def test_dates_are_dates(profile: CardProfile, verdict: Verdict) -> None:
    """A field that is called a date is one in every profile, and no other field is."""
    for name in DATES & profile.fields.keys():
        assert "date(" in profile.fields[name] or profile.fields[name] in {
            "DG1.birth", "DG1.expiry",
        }  # fmt: skip
    found = take(verdict, ALL, Field)
    for name in DATES & found.keys():
        assert date.fromisoformat(found[name]).isoformat() == found[name]


def test_all_that_a_card_has(verdict: Verdict) -> None:
    """The holder carries every field that its profile names: none needs another reading."""
    assert dict(take(verdict, ALL, Field)) == {
        "name": "Nguyễn Thị Bình",
        "number": NUMBER,
        "birth": "1979-08-06",
        "sex": "Nữ",
        "hometown": "Bắc Ninh",
        "personal_number": "079179000001",
        "organisation": "99168053000004",
        "joined": "2005-02-03",
        "official": "2006-02-03",
        "issued": "2025-11-20",
        "expiry": "2031-11-20",
    }


def test_only_what_was_asked_and_is_allowed(verdict: Verdict) -> None:
    """Whatever is asked of any procedure, nothing beyond both sets comes back."""
    for one in builtin_procedures():
        for asked in combinations(Field, 2):
            got = take(verdict, one, asked).keys()
            assert got <= {*asked} & {*one.fields}


def test_in_the_order_of_the_procedure(verdict: Verdict) -> None:
    """The order of the question does not matter, and unknown names give nothing."""
    asked = ["organisation", "religion", "number", "name"]
    found = take(verdict, procedure("thu-nop-dang-phi"), asked)
    assert list(found) == ["name", "number", "organisation"]


def test_what_the_card_does_not_have() -> None:
    """An absent field is left out, not empty."""
    found = take(judged(files=DG13), ALL, ["name", "joined", "organisation"])
    assert dict(found) == {"name": "Nguyễn Thị Bình"}


def test_a_date_that_is_none() -> None:
    """What stands in the place of a date and is none is as if absent."""
    found = take(judged(files=DG13 | {6: "khoảng 2005"}), ALL, ["name", "joined"])
    assert dict(found) == {"name": "Nguyễn Thị Bình"}


def test_a_card_that_the_procedure_does_not_take(verdict: Verdict) -> None:
    """A genuine party card says nothing to a procedure for citizen cards."""
    assert take(verdict, procedure("cap-lai-the-bi-mat"), ["name"]) == {}


def test_a_card_that_was_reported_lost() -> None:
    """It may be in other hands: its holder's data are not handed over."""
    lost = Lists(for_card=answer(Status.REVOKED), for_certificates=answer(Status.GOOD))
    found = judged(lost)
    assert found.outcome is Outcome.REJECTED
    assert found.holder is not None
    assert take(found, ALL, Field) == {}


def test_a_list_that_is_old() -> None:
    """Age alone keeps nobody's data back, as at a meeting's door; the outcome stays in doubt."""
    old = answer(Status.STALE, days=40)
    found = judged(Lists(for_card=old, for_certificates=answer(Status.GOOD)))
    assert (found.outcome, found.freshness_only) == (Outcome.INDETERMINATE, True)
    assert take(found, ALL, ["name"]) == {"name": "Nguyễn Thị Bình"}


def test_a_doubt_that_is_more_than_age() -> None:
    """No list covers the card: nothing is handed over."""
    found = judged(Lists(for_card=answer(Status.NOT_COVERED), for_certificates=answer(Status.GOOD)))
    assert (found.outcome, found.freshness_only) == (Outcome.INDETERMINATE, False)
    assert take(found, ALL, Field) == {}


def test_no_holder(verdict: Verdict) -> None:
    """A card whose signature does not hold names nobody."""
    assert take(replace(verdict, holder=None), ALL, Field) == {}


def test_values_stay_out_of_representations(verdict: Verdict) -> None:
    """The holder that they come from prints none of them."""
    assert isinstance(verdict.holder, Holder)
    assert "Nguyễn" not in repr(verdict.holder)


def test_what_laying_the_card_agrees_to() -> None:
    """The words of the asked fields, in the procedure's order; photo, fingerprints, iris never."""
    said = consent(procedure("chuyen-sinh-hoat-chinh-thuc"), ["organisation", "name"])
    assert [words.vi for words in said.reads] == ["Họ và tên", "Nơi sinh hoạt"]
    assert said.never == (FINGERPRINTS, IRIS, PHOTO)
    assert said.besides.vi.startswith("Các mục khác")


def test_where_the_photo_is_looked_at() -> None:
    """It stands among what is read, and no longer among what is not."""
    said = consent(procedure("phat-the"), ["name"])
    assert said.reads == (Words("Họ và tên", "Full name"), PHOTO)
    assert said.never == (FINGERPRINTS, IRIS)
