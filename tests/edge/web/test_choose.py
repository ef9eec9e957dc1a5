"""Names and numbers for the card that lies there, by ordinary forms."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from edge.tap.scene import SceneState
from reader.evidence import PasswordKind

from .conftest import Post
from .fake_terminal import NOW, FakeTerminal

CAN = frozenset({PasswordKind.CAN})


def waiting(terminal: FakeTerminal, **fields: object) -> None:
    """Let a card lie there without a password."""
    terminal.show(SceneState.CHOOSE, **{"kinds": CAN, "card_present": True, **fields})


def test_a_name_is_touched_while_the_card_lies_there(
    client: FlaskClient, terminal: FakeTerminal, post: Post
) -> None:
    """One touch; the page leads back to where it came from."""
    waiting(terminal)
    answer = post("/chon", person="3", ve="cham")
    assert terminal.acts == [("choose", "3")]
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/bang?cham=1"


def test_a_name_is_touched_first(client: FlaskClient, terminal: FakeTerminal, post: Post) -> None:
    """Without a card the next page says whose it waits for, and for how long."""
    answer = post("/chon", person="3", ve="ban")
    assert answer.headers["Location"] == "/chon/dat?person=3&ve=ban"
    page = client.get(answer.headers["Location"]).text
    assert "Hà Văn <b>Khiêm</b>" in page
    assert "Trong 30 giây" in page


def test_the_choice_is_dropped(terminal: FakeTerminal, post: Post) -> None:
    """[Bỏ, chọn lại] forgets it."""
    answer = post("/chon/huy", ve="ban")
    assert terminal.acts == [("cancel", "")]
    assert answer.headers["Location"] == "/ban"


@pytest.mark.parametrize("person", ["99", "", "13"])
def test_a_name_that_is_not_offered(person: str, terminal: FakeTerminal, post: Post) -> None:
    """Unknown people and people without a card are refused with a sentence."""
    answer = post("/chon", person=person)
    assert answer.status_code == 404
    assert "không còn chờ điểm danh" in answer.text
    assert terminal.acts == []


def test_somebody_who_is_here_already(terminal: FakeTerminal, post: Post) -> None:
    """Whoever is present is not offered again."""
    terminal.admit("3")
    assert post("/chon", person="3").status_code == 404


@pytest.mark.parametrize("path", ["/chon", "/chon/so", "/chon/dat?person=3"])
def test_names_while_no_meeting_is_open(
    path: str, client: FlaskClient, terminal: FakeTerminal
) -> None:
    """The page leads to the desk, where a meeting is opened."""
    terminal.kind = None
    assert client.get(path).headers["Location"] == "/ban"


def test_a_name_is_touched_as_the_meeting_closes(terminal: FakeTerminal, post: Post) -> None:
    """A sentence, and nothing is chosen."""
    terminal.kind = None
    answer = post("/chon", person="3")
    assert answer.status_code == 409
    assert "không hợp với cuộc họp lúc này" in answer.text
    assert terminal.acts == []


def test_letters_narrow_the_names(client: FlaskClient) -> None:
    """Each key adds its letter; the two erasing keys take back one or all."""
    assert 'value="NG"' in client.get("/chon?tim=N&phim=G").text
    assert 'value="N"' in client.get("/chon?tim=NG&phim=xoa").text
    assert 'type="search" autocomplete="off"' in client.get("/chon?tim=NG&phim=het").text
    tiles = client.get("/chon?tim=N&phim=G").text.split('class="tiles"')[1].split("</ul>")[0]
    assert "Nga" in tiles
    assert "Ngọc" in tiles
    assert tiles.count('class="tile"') == 2


def test_names_stand_in_vietnamese_order(client: FlaskClient) -> None:
    """By given name: Ánh, Bạch, Dơ, Êban, Hờ; Đ after D, accents after letters."""
    tiles = client.get("/chon").text.split('class="tiles"')[1].split("</ul>")[0]
    places = [tiles.index(f"<b>{name}</b>") for name in ("Ánh", "Bạch", "Dơ", "Êban", "Hờ", "Xuân")]
    assert places == sorted(places)


def test_the_seconds_left_are_shown(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Counted by the terminal's own time."""
    waiting(terminal, deadline=NOW + timedelta(seconds=23.4))
    assert "24 giây" in client.get("/chon").text
    assert "24 giây" in client.get("/chon/phan?cho=1").text


def test_the_card_no_longer_waits(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The page leads back by itself; one drawn without a card stays."""
    assert client.get("/chon/phan?cho=1&ve=ban").headers["HX-Redirect"] == "/ban"
    assert "HX-Redirect" not in client.get("/chon/phan?cho=0&ve=ban").headers


def test_a_wrong_guess_shows_the_tries_left(client: FlaskClient, terminal: FakeTerminal) -> None:
    """One guess per laying: what happened, what to do, how many tries are left."""
    waiting(terminal, wrong=True, tries_left=2, reason="PASSWORD_WRONG")
    for path in ("/chon", "/chon/so"):
        page = client.get(path).text
        assert "Tên hoặc số vừa chọn không mở được thẻ này." in page
        assert "Còn 2 lần thử." in page
        assert "Nhấc thẻ ra, chọn lại, rồi đặt lại thẻ." in page
    assert "1 try left" not in client.get("/chon?lang=en").text
    assert "2 tries left." in client.get("/chon?lang=en").text


def test_too_few_tries_are_left(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The terminal says that it did not guess at all."""
    waiting(terminal, wrong=True, tries_left=1, reason="PASSWORD_TRIES_LOW")
    page = client.get("/chon/so").text
    assert "trạm không thử nữa" in page
    assert "thử lại một lần có thể khoá thẻ" in page
    assert "chọn lại" not in page


def test_digits_are_pressed_one_by_one(terminal: FakeTerminal, post: Post) -> None:
    """Each key is a form; digits beyond six and other signs are dropped."""
    assert 'value="12"' in post("/chon/so", can="1", phim="2").text
    assert 'value="1"' in post("/chon/so", can="12", phim="xoa").text
    assert 'value="123456"' in post("/chon/so", can="123456", phim="7").text
    assert 'value="12"' in post("/chon/so", can="1a2<", phim="x").text
    assert terminal.acts == []


def test_six_digits_are_entered(terminal: FakeTerminal, post: Post) -> None:
    """They go to the terminal, and never into an address."""
    waiting(terminal)
    answer = post("/chon/so", can="123456", ve="ban")
    assert terminal.acts == [("can", "123456")]
    assert answer.headers["Location"] == "/ban"


def test_too_few_digits_are_entered(terminal: FakeTerminal, post: Post) -> None:
    """The page says what is missing; the terminal hears nothing."""
    assert "Chưa đủ 6 số." in post("/chon/so", can="123", phim="mo").text
    assert terminal.acts == []


def test_the_card_takes_no_number(client: FlaskClient, terminal: FakeTerminal) -> None:
    """A passport that only opens by its MRZ is not asked for six digits."""
    waiting(terminal, kinds=frozenset({PasswordKind.MRZ}))
    assert "/chon/so" not in client.get("/chon").text


def test_the_page_that_asks_for_the_card_leads_on(
    client: FlaskClient, terminal: FakeTerminal
) -> None:
    """Once a card is read, or once the choice is too old; not before."""
    now = NOW.timestamp()
    assert client.get(f"/chon/dat/phan?after=0&tu={now}").status_code == 204
    assert "HX-Redirect" in client.get(f"/chon/dat/phan?after=0&tu={now - 31}").headers
    terminal.show(SceneState.HOLD, card_present=True)
    assert "HX-Redirect" in client.get(f"/chon/dat/phan?after=0&tu={now}").headers


def test_a_way_back_that_is_not_ours(client: FlaskClient) -> None:
    """An address cannot send people elsewhere."""
    page = client.get("/chon?ve=https://example.org/").text
    assert "example.org" not in page
