"""The desk: who is here, what just happened and what to do about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from edge.tap.scene import SceneState
from edge.web.terminal import ResultRow
from verify.freshness import Standing
from verify.moment import TimeQuality

from .conftest import Post
from .fake_terminal import JPEG, NOW, FakeTerminal, card_list


def test_a_lost_card_was_refused(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The desk says why and what to do; the board says neither."""
    terminal.refuse(SceneState.REFUSED, "CARD_REPORTED_LOST")
    page = client.get("/ban").text
    assert "Thẻ báo mất." in page
    assert "báo cấp uỷ đã tìm thấy thẻ" in page


def test_a_code_has_no_words_yet(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The secretary still gets a sentence and a next step, with the code to pass on."""
    terminal.refuse(SceneState.REFUSED, "SOMETHING_NEW")
    page = client.get("/ban").text
    assert "một lý do chưa có tên" in page
    assert "(SOMETHING_NEW)" in page


def test_an_unconfirmed_card_takes_one_touch(
    client: FlaskClient, terminal: FakeTerminal, post: Post
) -> None:
    """[Ghi có mặt] posts the event's number; afterwards the button is gone."""
    terminal.refuse(SceneState.UNCONFIRMED, "CARD_STATUS_STALE", person="Hà Văn Khiêm")
    assert 'action="/ban/ghi/1"' in client.get("/ban").text
    answer = post("/ban/ghi/1")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/ban"
    assert terminal.acts == [("confirm", "1")]
    assert 'action="/ban/ghi/1"' not in client.get("/ban").text


def test_the_last_five_results_stand_there(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Never more, the newest first."""
    for person in ("1", "2", "3", "4", "5", "6"):
        terminal.admit(person)
    recent = client.get("/ban").text.split('id="vua-qua"')[1].split("</section>")[0]
    assert recent.count('class="result"') == 5
    assert recent.index("Thao Văn") < recent.index("Nguyễn Thị")
    assert "Vàng A" not in recent


def test_a_presence_was_withdrawn(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Its row is no longer filled, says so, and offers nothing."""
    terminal.recent = (
        ResultRow(3, SceneState.REFUSED, NOW, "Hà Văn Khiêm", "LATE_FILE_MISMATCH"),
        ResultRow(2, SceneState.ACCEPTED, NOW, "Hà Văn Khiêm", withdrawn=True),
        ResultRow(
            1, SceneState.UNCONFIRMED, NOW, "Bùi Thị Nga", "CARD_STATUS_STALE", withdrawn=True
        ),
    )
    recent = client.get("/ban").text.split('id="vua-qua"')[1].split("</section>")[0]
    assert recent.count("Đã rút lại, không tính có mặt") == 2
    assert 'data-state="accepted"' not in recent
    assert "Có mặt, bằng thẻ" not in recent
    assert "/ban/ghi/" not in recent


def test_the_same_minute_is_said_once(client: FlaskClient, terminal: FakeTerminal) -> None:
    """A second tap at once: the time of the first one is the time of the row."""
    rows = [ResultRow(1, SceneState.ALREADY, NOW, "Hà Văn Khiêm", None, NOW)]
    rows.append(replace(rows[0], seq=2, first_at=NOW - timedelta(minutes=9)))
    terminal.recent = tuple(rows)
    recent = client.get("/ban").text.split('id="vua-qua"')[1].split("</section>")[0]
    assert "19:03. Đã điểm danh rồi</p>" in recent
    assert "19:03. Đã điểm danh rồi, lúc 18:54</p>" in recent


@pytest.mark.parametrize("query", ["xuan", "XUAN", "trieu", "xuân", "thi xuan", "trieuthi"])
def test_a_name_is_searched_without_accents(query: str, client: FlaskClient) -> None:
    """Any beginning of a word, any case, with or without accents, in any order or run on."""
    rows = client.get("/ban", query_string={"q": query}).text.split('class="rows"')[1]
    assert "<b>Xuân</b>" in rows
    assert rows.count('class="row"') == 1


def test_nobody_matches(client: FlaskClient) -> None:
    """The list says so and how to try again."""
    assert "Thử gõ ít chữ hơn" in client.get("/ban?q=zzz").text


def test_the_filters(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Not here yet by default; present and all on request; unknown words change nothing."""
    terminal.admit("1")

    def rows(address: str) -> int:
        return client.get(address).text.split('class="rows"')[1].count('class="row"')

    assert rows("/ban") == 12
    assert rows("/ban?loc=co-mat") == 1
    assert rows("/ban?loc=het") == 14
    assert rows("/ban?loc=la") == 12


def test_sums_agree_with_the_board(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Those not here yet and those present make up those summoned."""
    terminal.admit("1")
    tally = client.get("/ban").text.split('id="so-lieu"')[1].split("</section>")[0]
    assert "1<small> / 13</small>" in tally
    assert "<dd>12</dd>" in tally
    assert "7,7 %" in tally


def test_two_people_of_one_name(client: FlaskClient) -> None:
    """Each carries the birth year; nobody else does."""
    rows = client.get("/ban?loc=het").text.split('class="rows"')[1]
    assert rows.count("sinh 19") == 2


def test_a_card_waits_for_a_name(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The desk shows the absent people who have a card; those without are not offered."""
    terminal.show(SceneState.CHOOSE, card_present=True)
    waiting = client.get("/ban").text.split('id="dang-cho"')[1].split("</section>")[0]
    assert waiting.count('class="tile"') == 13
    assert "Trư" not in waiting
    assert "/chon/so?ve=ban" in waiting


@pytest.mark.parametrize(
    ("waiting_for", "sentence"),
    [("pcsc", "Dịch vụ đầu đọc thẻ chưa chạy."), ("reader", "Đầu đọc chưa nối.")],
)
def test_the_reader_is_gone(
    waiting_for: str, sentence: str, client: FlaskClient, terminal: FakeTerminal
) -> None:
    """One clear sentence and the next step, at all sizes."""
    terminal.view = replace(terminal.view, reader=None, reader_waiting_for=waiting_for)
    assert sentence in client.get("/ban").text.split('id="can-biet"')[1]


@pytest.mark.parametrize(
    ("state", "reason", "sentence"),
    [
        (SceneState.HOLD, "CARD_REMOVED", "Thẻ được lấy ra trước khi đọc xong."),
        (SceneState.REFUSED, "NOT_OUR_CARD", "Đây không phải thẻ mà trạm biết đọc."),
        (SceneState.REFUSED, "CARD_GARBLED", "Không đọc được thẻ: thẻ trả lời sai."),
        (SceneState.REFUSED, "CARD_STALLED", "trạm đã dừng đọc."),
        (SceneState.UNEXPECTED, "NO_MEETING", "Chưa mở cuộc họp."),
        (SceneState.LOCKED, "LOG_DISK_FULL", "Ổ đĩa đầy nên chưa ghi được."),
    ],
)
def test_something_went_wrong_that_no_event_tells(
    state: SceneState, reason: str, sentence: str, client: FlaskClient, terminal: FakeTerminal
) -> None:
    """A scene without an event still stands at the desk in words."""
    terminal.show(state, reason=reason)
    assert sentence in client.get("/ban").text.split('id="can-biet"')[1]


def test_recording_is_locked(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The lock outlives the scene: it stands there as long as it lasts."""
    terminal.view = replace(terminal.view, locked="LOG_CHAIN_BROKEN")
    page = client.get("/ban").text
    assert "Nhật ký của trạm không còn liền." in page
    assert "Chưa ghi được nhật ký" in page


def test_the_clock_and_the_list_are_poor(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The desk warns before the first card, not after it."""
    terminal.view = replace(
        terminal.view,
        time_quality=TimeQuality.FLOOR_ONLY,
        lists=(card_list("card-status", days=40, fresh=False),),
    )
    page = client.get("/ban").text
    assert "So giờ trạm với đồng hồ của đồng chí." in page
    assert "Danh sách thẻ thu hồi quá hạn." in page


ALL_AGES = (
    "Chưa có danh sách thẻ thu hồi.",
    "Chưa chắc danh sách thẻ thu hồi còn mới.",
    "Danh sách thẻ thu hồi quá hạn.",
    "Danh sách thẻ thu hồi quá cũ.",
)


@pytest.mark.parametrize(
    ("standing", "says"),
    [
        (None, "Chưa có danh sách thẻ thu hồi."),
        (Standing.UNPROVED, "Chưa chắc danh sách thẻ thu hồi còn mới."),
        (Standing.STALE, "Danh sách thẻ thu hồi quá hạn."),
        (Standing.TOO_OLD, "Danh sách thẻ thu hồi quá cũ."),
    ],
)
def test_how_old_the_list_is_known_to_be(
    client: FlaskClient, terminal: FakeTerminal, standing: Standing | None, says: str
) -> None:
    """Proved stale, too old, not provably fresh, absent: each in its own words at the desk."""
    lists = () if standing is None else (card_list("card-status", days=12, standing=standing),)
    terminal.view = replace(terminal.view, lists=lists)
    page = client.get("/ban").text
    assert says in page
    assert sum(page.count(other) for other in ALL_AGES) == 1


def test_a_photo_that_cannot_be_seen(client: FlaskClient, terminal: FakeTerminal) -> None:
    """A sentence at the desk; the board is green and says nothing of it."""
    terminal.admit("1")
    terminal.stage.show(replace(terminal.stage.scene, photo=None, photo_fault="PHOTO_UNREADABLE"))
    assert "Không xem được ảnh trong thẻ" in client.get("/ban").text
    board = client.get("/bang").text
    assert "Không xem được ảnh" not in board
    assert 'data-state="accepted"' in board


def test_something_is_broken_in_the_terminal(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The desk says why, and the way out."""
    terminal.view = replace(terminal.view, troubles=("ROOT_KEY_MISSING", "ROSTER_DAMAGED"))
    page = client.get("/ban").text
    assert "Trạm mất khoá gốc" in page
    assert "nạp lại danh sách chi bộ" in page


def test_the_live_parts_come_together(client: FlaskClient, terminal: FakeTerminal) -> None:
    """One answer carries every part that a tap changes, and never a field."""
    terminal.admit("1")
    part = client.get("/ban/phan?after=0&mo=1").text
    for name in ("so-lieu", "vua-qua", "danh-sach", "can-biet", "dang-cho", "dau-doc", "biet"):
        assert f'id="{name}" hx-swap-oob="true"' in part
    assert 'type="search"' not in part


def test_the_meeting_was_closed_elsewhere(client: FlaskClient, terminal: FakeTerminal) -> None:
    """The desk draws itself anew instead of showing a meeting that is over."""
    terminal.kind = None
    assert client.get("/ban/phan?after=-1&mo=1").headers["HX-Refresh"] == "true"


def test_the_photo_of_the_scene_on_show(client: FlaskClient, terminal: FakeTerminal) -> None:
    """Served for this version of an accepted scene, and never kept by the browser."""
    terminal.admit("1", photo=JPEG)
    version = terminal.scene().version
    assert f"/ban/anh/{version}" in client.get("/bang").text
    answer = client.get(f"/ban/anh/{version}")
    assert answer.data == JPEG
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_photo_of_another_scene(client: FlaskClient, terminal: FakeTerminal) -> None:
    """An older version, a scene without photo and a refused one give none."""
    terminal.admit("1", photo=JPEG)
    version = terminal.scene().version
    assert client.get(f"/ban/anh/{version + 1}").status_code == 404
    terminal.show(SceneState.REFUSED, photo=JPEG)
    assert client.get(f"/ban/anh/{version + 1}").status_code == 404
    terminal.admit("2")
    assert client.get(f"/ban/anh/{version + 2}").status_code == 404


def test_figures_are_written_in_the_reader_s_language(
    client: FlaskClient, terminal: FakeTerminal
) -> None:
    """Comma and point, day and month as each language has them; the time is Vietnam's."""
    terminal.admit("1")
    terminal.view = replace(terminal.view, unsent=1204, now=terminal.view.now + timedelta(hours=6))
    vietnamese = client.get("/ban").text
    english = client.get("/ban?lang=en").text
    assert "Chưa gửi: 1.204" in vietnamese
    assert "Not sent: 1,204" in english
    assert "7.7%" in english
    assert "01:03" in english
