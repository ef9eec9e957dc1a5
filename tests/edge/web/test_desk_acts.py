"""Taking back, leaving, waiting for a touch, and the counts, over a real meeting and its log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.errors import EdgeError
from edge.meeting.figures import State
from edge.meeting.roster import Category
from edge.tap.admit import Admission
from edge.tap.scene import SceneState
from edge.views import meeting_view
from edge.web.roster_view import Filter, counts
from edge.wire.kinds import AbsenceOutcome, AnnulReason, HandReason

from .conftest import Post
from .real_desk import DO, NGOC, PEOPLE, QUYET, SINH, RealDesk


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[RealDesk]:
    """Return a terminal with a real meeting."""
    made = RealDesk(tmp_path)
    yield made
    made.log.close()


def test_taken_back_with_a_reason(client: FlaskClient, terminal: RealDesk, post: Post) -> None:
    """The result offers it, a page asks why, and the person is no longer here."""
    entry = terminal.lay(DO)
    assert f"/ban/huy/{entry.seq}" in client.get("/ban").text
    page = client.get(f"/ban/huy/{entry.seq}").text
    assert "Lò Thị Dợ" in page
    assert "chắc" not in page
    answer = post(f"/ban/huy/{entry.seq}", **{"ly-do": "WRONG_PERSON"})
    assert answer.headers["Location"] == "/ban"
    assert terminal.state(DO) is State.NOT_YET
    event = terminal.log.events()[-1]
    assert event.reason == AnnulReason.WRONG_PERSON
    recent = client.get("/ban").text.split('id="vua-qua"')[1].split("</section>")[0]
    assert "Huỷ lượt: nhầm người" in recent
    assert "/ban/huy/" not in recent


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Chọn vì sao huỷ."),
        ({"ly-do": "SURE"}, "Chọn vì sao huỷ."),
        ({"ly-do": "OTHER", "ghi-chu": "  "}, "Ghi rõ lý do huỷ."),
    ],
)
def test_taking_back_without_a_reason(
    fields: dict[str, str], sentence: str, terminal: RealDesk, post: Post
) -> None:
    """Asked for in a sentence; the person is here as before."""
    entry = terminal.lay(DO)
    assert sentence in post(f"/ban/huy/{entry.seq}", **fields).text
    assert terminal.state(DO) is State.PRESENT


def test_taken_back_twice(terminal: RealDesk, post: Post) -> None:
    """The second touch finds nothing to take back, and says so."""
    entry = terminal.lay(DO)
    post(f"/ban/huy/{entry.seq}", **{"ly-do": "BY_MISTAKE"})
    before = len(terminal.log.events())
    assert post(f"/ban/huy/{entry.seq}", **{"ly-do": "BY_MISTAKE"}).status_code == 409
    assert len(terminal.log.events()) == before


def test_an_older_presence_is_taken_back(
    client: FlaskClient, terminal: RealDesk, post: Post
) -> None:
    """Beyond the last five the person's own page offers it."""
    entry = terminal.lay(DO)
    for _ in range(6):
        terminal.lay(DO, Admission.ALREADY)
    assert f"/ban/huy/{entry.seq}" not in client.get("/ban").text
    assert f"/ban/huy/{entry.seq}" in client.get("/ban/nguoi?ai=r1").text
    post(f"/ban/huy/{entry.seq}", **{"ly-do": "CARD_OF_ANOTHER"})
    assert terminal.state(DO) is State.NOT_YET


@pytest.mark.parametrize("act", ["absence", "hand", "leave"])
def test_each_act_of_the_desk_can_be_taken_back(
    act: str, client: FlaskClient, terminal: RealDesk, post: Post
) -> None:
    """Absence, entry by hand, leaving: the desk says each in words and offers [Huỷ]."""
    match act:
        case "absence":
            terminal.desk.absence("r1", AbsenceOutcome.EXCUSED, note="Ốm")
            said, after = "Vắng có lý do", State.NOT_YET
        case "hand":
            terminal.desk.hand_entry("r1", HandReason.FORGOTTEN, late=False)
            said, after = "Ghi tay: quên thẻ", State.NOT_YET
        case _:
            terminal.lay(DO)
            terminal.desk.leave("r1", HandReason.LOST)
            said, after = "Về sớm, ghi tay: mất thẻ", State.PRESENT
    seq = terminal.sitting.entries[-1].seq
    recent = client.get("/ban").text.split('id="vua-qua"')[1].split("</section>")[0]
    assert said in recent
    post(f"/ban/huy/{seq}", **{"ly-do": "OTHER", "ghi-chu": "nhầm dòng"})
    assert terminal.state(DO) is after


def test_an_unconfirmed_card_waits_beyond_the_last_five(
    client: FlaskClient, terminal: RealDesk, post: Post
) -> None:
    """It stays on the desk and in the sum until it is touched; only then it counts."""
    entry = terminal.lay(SINH, Admission.UNCONFIRMED, "CARD_STATUS_STALE")
    terminal.lay(DO)
    for _ in range(6):
        terminal.lay(DO, Admission.ALREADY)
    page = client.get("/ban?loc=het").text
    assert f'action="/ban/ghi/{entry.seq}"' in page
    assert "<dt>chờ ghi</dt><dd>1</dd>" in page
    assert terminal.sitting.present == 1
    post(f"/ban/ghi/{entry.seq}")
    page = client.get("/ban").text
    assert "/ban/ghi/" not in page
    assert "chờ ghi" not in page
    assert terminal.state(SINH) is State.PRESENT


def test_the_mode_for_leaving(client: FlaskClient, terminal: RealDesk, post: Post) -> None:
    """A switch at the desk; board and desk say in words that it is on."""
    assert post("/ban/ra-ve", bat="1").headers["Location"] == "/ban"
    assert "Đang ghi ra về." in client.get("/ban").text
    assert "Ra về: mời đặt thẻ" in client.get("/bang").text
    post("/ban/ra-ve", bat="0")
    assert not terminal.book.leaving
    assert "Đang ghi ra về" not in client.get("/ban").text
    assert "Ra về" not in client.get("/bang").text


def test_whose_name_is_offered_while_people_leave(client: FlaskClient, terminal: RealDesk) -> None:
    """Those who are here, since their cards are laid now."""
    terminal.lay(DO)
    terminal.desk.set_leaving(True)
    tiles = client.get("/chon").text.split('class="tiles"')[1].split("</ul>")[0]
    assert "Dợ" in tiles
    assert "Ngọc" not in tiles


def test_the_quorum_line_by_line(client: FlaskClient, terminal: RealDesk) -> None:
    """Topic, rule, how many are there, how many it takes, and whether that is enough."""
    rules = client.get("/ban").text.split('id="ty-le"')[1].split("</section>")[0]
    assert "Mục 5, công nhận đảng viên chính thức: có 0, cần 3 trên 4." in rules
    assert "Chưa đủ tỷ lệ quy định." in rules
    for person in (DO, QUYET, NGOC):
        terminal.lay(person)
    rules = client.get("/ban").text.split('id="ty-le"')[1].split("</section>")[0]
    assert "có 3, cần 3 trên 4." in rules
    assert "<strong>Đủ tỷ lệ quy định.</strong>" in rules


def test_a_meeting_without_quorum(client: FlaskClient, terminal: RealDesk) -> None:
    """Said in words: none is known for an ordinary monthly meeting."""
    terminal.desk.amend(replace(terminal.sitting.opening, quorums=()))
    assert "Sinh hoạt thường kỳ: không đặt tỷ lệ." in client.get("/ban").text


def test_each_state_in_words(client: FlaskClient, terminal: RealDesk) -> None:
    """With the hour, and by hand with why."""
    terminal.lay(DO)
    terminal.desk.hand_entry("r3", HandReason.PROBATIONARY, late=False)
    terminal.desk.absence("r2", AbsenceOutcome.EXCUSED, note="Ốm")
    terminal.minute = 50
    terminal.lay(NGOC)
    page = client.get("/ban?loc=het").text.split('class="rows"')[1]
    assert "Có mặt 18:33</span>" in page
    assert "Có mặt 18:33, ghi tay: dự bị" in page
    assert "Đến muộn 19:23" in page
    assert "Vắng có lý do" in page
    assert "Được miễn" in page
    assert "Không triệu tập" in page
    assert "Chưa đến" in page
    english = client.get("/ban?loc=het&lang=en").text.split('class="rows"')[1]
    assert "18:33, by hand: probationary" in english


_WHO = st.sampled_from([person.id for person in PEOPLE])
_ACTS = st.lists(
    st.tuples(
        st.sampled_from(["card", "hand", "away", "exempt", "leave", "guest", "annul", "doubt"]),
        _WHO,
    ),
    max_size=12,
)


def _do(terminal: RealDesk, act: str, person_id: str) -> None:
    person = next(person for person in PEOPLE if person.id == person_id)
    match act:
        case "card":
            terminal.lay(person)
        case "doubt":
            terminal.lay(person, Admission.UNCONFIRMED, "CARD_STATUS_STALE")
        case "hand":
            terminal.desk.hand_entry(person_id, HandReason.LOST, late=True)
        case "away":
            terminal.desk.absence(person_id, AbsenceOutcome.EXCUSED, note="Ốm")
        case "exempt":
            terminal.desk.absence(person_id, AbsenceOutcome.EXEMPT)
        case "leave":
            terminal.desk.leave(person_id, HandReason.LOST)
        case "guest":
            terminal.desk.guest("Đinh Thị Lan", Category.DELEGATE)
        case _:
            terminal.desk.annul(terminal.sitting.entries[-1].seq, AnnulReason.BY_MISTAKE)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=_ACTS)
def test_counts_are_the_same_everywhere(
    acts: list[tuple[str, str]], client: FlaskClient, terminal: RealDesk
) -> None:
    """Whatever happened, board, tally, filters and rows show the figures of the meeting."""
    opening = terminal.sitting.opening
    terminal.desk.close()
    terminal.desk.open(opening)
    for act, person_id in acts:
        try:
            _do(terminal, act, person_id)
        except (EdgeError, IndexError):
            continue
    terminal.show(SceneState.IDLE)
    sums = terminal.sitting.figures
    kept = counts(meeting_view(terminal.sitting))
    assert kept[Filter.PRESENT] == sums.present
    assert kept[Filter.ABSENT] == sums.not_yet
    assert kept[Filter.EXCUSED] == sums.excused
    assert kept[Filter.BY_HAND] == sums.by_hand
    assert kept[Filter.GUESTS] == sums.guests
    assert kept[Filter.ALL] == len(terminal.sitting.roster.people)
    desk, board = client.get("/ban").text, client.get("/bang").text
    assert f"{sums.present}<small> / {sums.summoned}</small>" in desk
    assert f"<strong>{sums.present}</strong>" in board
    for kind in Filter:
        page = client.get(f"/ban?loc={kind.value}").text
        assert page.split('class="rows"')[1].count('class="who"') == kept[kind]
        shown = re.search(rf'loc={kind.value}"[^>]*>[^<]*<span class="num">(\d+)', page)
        assert (int(shown[1]) if shown else 0) == kept[kind]
