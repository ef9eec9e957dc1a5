"""What each page says: terminals, alarms, things aside, organisations, meetings."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from provisioning.centre import alarms
from provisioning.centre.people import audit
from provisioning.centre.people.roles import Role
from provisioning.centre.people.tries import FIRST_WAIT, FREE_TRIES
from tests.edge.log.made import NAME
from tests.provisioning.centre.made import Centre

from .conftest import ComeIn, add, log_in, token
from .stage import epoch, fill


@pytest.fixture
def operator(pages: Centre, come_in: ComeIn) -> FlaskClient:
    """Return an operator's browser before a centre with something on every page."""
    fill(pages.store.database, pages.now)
    return come_in(Role.OPERATOR)


def text(client: FlaskClient, path: str) -> str:
    """Return what a page says, without its tags."""
    answer = client.get(path)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    return " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<main") :]).split())


def test_fleet_says_what_is_known_of_a_terminal(operator: FlaskClient) -> None:
    """Last seen, list and its age, clock, version, queue, epoch, alarms, what to do."""
    said = text(operator, "/?loc=het")
    for words in (
        "99-0388 Chi bộ thôn Bái Thượng",
        "1 cảnh báo",
        "421, 9 giờ tuổi",
        "đồng bộ",
        "0.1.0",
        epoch("99-0388")[:8],
        "Gọi trạm, xem cảnh báo",
        "nhanh 7 giờ",
        "Sai giờ thiết bị",
        "Đang về: thiếu 4 số",
        "chưa báo",
        "Im 41 ngày",
        "Cử người mang USB",
    ):
        assert words in said, words
    assert NAME not in said


def test_fleet_says_what_it_does_not_know(operator: FlaskClient) -> None:
    """On the strip of every screen: terminals that have been silent."""
    page = operator.get("/").get_data(as_text=True)
    assert "Chưa biết việc ở 2 trạm chưa gửi quá 7 ngày" in page


def test_fleet_filters(operator: FlaskClient) -> None:
    """Those to look at come first by themselves; silent ones and a search on request."""
    assert "99-0702" not in text(operator, "/")
    assert "99-0418" in text(operator, "/?loc=im")
    assert "99-0231" in text(operator, "/?loc=het&q=cam+lu")
    assert "Không thấy trạm" in text(operator, "/?loc=het&q=khong+co")


def test_one_terminal(operator: FlaskClient) -> None:
    """Its epochs, its alarms with what to do, what was set aside; an unknown one is not found."""
    said = text(operator, "/tram/99-0512")
    assert epoch("99-0512") in said
    assert "không khớp mã băm" in said
    assert "Bản ghi 977" in said
    assert operator.get("/tram/99-9999").status_code == 404


def test_alarm_is_looked_at(pages: Centre, operator: FlaskClient) -> None:
    """A note and a press: it leaves the open ones, stays among the others, and is in the audit."""
    address = f"/canh-bao/99-0388/{epoch('99-0388')}/2071/SEQ_REUSED"
    form = {"ghi": "Đã  gọi\ntrạm", "csrf_token": token(operator, "/canh-bao")}
    assert operator.post(address, data=form).headers["Location"] == "/canh-bao"
    assert "99-0388" not in text(operator, "/canh-bao")
    assert "operator đã xem hôm nay 19:00: Đã gọi trạm" in text(operator, "/canh-bao?loc=da-xem")
    rows = audit.read(pages.store.database)
    assert any(row.act == "settle" and row.subject == f"POST {address}" for row in rows)
    wrong = operator.post("/canh-bao/99-0388/x/2071/SEQ_REUSED", data=form)
    assert wrong.status_code == 404


def test_operator_who_has_to_wait(pages: Centre, administrator: FlaskClient) -> None:
    """Is locked as long as the wait lasts, and no longer."""
    add(pages, "lan", Role.VIEWER)
    for _ in range(FREE_TRIES):
        log_in(pages.app.test_client(), "lan", "con meo duoi dat")
    locked = "đang khoá vì sai mật khẩu"
    assert locked in text(administrator, "/nguoi-dung")
    pages.now += FIRST_WAIT
    assert locked not in text(administrator, "/nguoi-dung")


def test_viewer_sees_no_button_that_is_not_theirs(pages: Centre, come_in: ComeIn) -> None:
    """Neither settling nor files nor what is set aside."""
    fill(pages.store.database, pages.now)
    page = come_in(Role.VIEWER).get("/canh-bao").get_data(as_text=True)
    assert "99-0388" in page
    for word in ("Đã làm gì", "CSV", "Bản ghi để riêng"):
        assert word not in page


def test_what_was_set_aside_is_shown_as_it_came(pages: Centre, operator: FlaskClient) -> None:
    """With why; its body stays sealed; a wrong address is not found."""
    (row,) = alarms.aside(pages.store.database)
    assert "99-0512 977" in text(operator, "/de-rieng")
    address = f"/de-rieng/{row.terminal}/{row.epoch}/{row.seq}/{row.digest}"
    said = text(operator, address)
    assert "Bản ghi không khớp mã băm" in said
    assert "niêm phong" in said
    for wrong in ("/de-rieng/99-0512/x/977/y", address.replace("/977/", "/978/")):
        assert operator.get(wrong).status_code == 404


def test_meetings_by_organisation_and_period(operator: FlaskClient) -> None:
    """The last thirty days by themselves; a period and a code on request; each level leads on."""
    assert "Đảng bộ tỉnh (mẫu)" in text(operator, "/cuoc-hop")
    said = text(operator, "/cuoc-hop?tu=2026-11-01&den=2026-11-07&ma=99.168.053.000.000")
    assert "Chi bộ bản Pá Hộc" in said
    assert "Cẩm Lũ" not in said
    assert "› " not in said
    assert "Lượt có mặt theo tháng" in text(operator, "/cuoc-hop?tu=2026-01-01&den=2026-11-21")
    assert "Chưa có cuộc họp nào" in text(operator, "/cuoc-hop?tu=2020-01-01&den=2020-01-31")


@pytest.mark.parametrize(
    "query",
    [
        *("tu=x&den=y", "tu=2026-11-21&den=2026-11-01", "ma=abc", "bo=-5", "bo=x"),
        *("tu=0001-01-01&den=0001-01-02", "tu=9999-12-30&den=9999-12-31"),
    ],
)
def test_period_that_is_none(operator: FlaskClient, query: str) -> None:
    """Answered as far as it makes sense."""
    assert operator.get(f"/cuoc-hop?{query}").status_code == 200


@pytest.mark.parametrize("number", ["9007199254740991", "1" + "0" * 30])
def test_row_beyond_the_last(pages: Centre, administrator: FlaskClient, number: str) -> None:
    """A list that is asked for further than it goes, or than a database counts, is no failure."""
    fill(pages.store.database, pages.now)
    for path in (
        *("/?loc=het&tu=", "/canh-bao?tu=", "/de-rieng?tu=", "/cuoc-hop?bo=", "/to-chuc?bo="),
        *("/to-chuc/99168053000000?bo=", "/viec-da-lam?truoc="),
    ):
        assert administrator.get(f"{path}{number}").status_code == 200, path


@pytest.mark.parametrize(
    "path",
    ["/?q=%00", "/tram/%00", "/to-chuc?q=a%00", "/to-chuc/%00", "/viec-da-lam?ai=%00"],
)
def test_text_that_not_every_database_takes(administrator: FlaskClient, path: str) -> None:
    """A zero byte is a wrong request, never a database that does not answer."""
    assert administrator.get(path).status_code == 400


def test_charts_have_their_figures_in_words(operator: FlaskClient) -> None:
    """Each bar has a name and a figure for whoever does not see it."""
    page = operator.get("/cuoc-hop").get_data(as_text=True)
    bars = re.findall(r'<svg viewBox="0 0 10 60"[^>]*role="img" aria-label="([^"]+)"', page)
    assert len(bars) == 30
    assert all(re.fullmatch(r"\d+: [\d.]+", bar) for bar in bars)


def test_organisation_in_its_versions(operator: FlaskClient) -> None:
    """Its names and parents over time, what stands below it, and the page of another day."""
    said = text(operator, "/to-chuc/99168053000000")
    assert "Đảng bộ xã Nậm Khoai" in said
    assert "Đảng bộ khu vực Cẩm Lũ" in said
    assert "Chi bộ bản Pá Hộc" in said
    then = text(operator, "/to-chuc/99168053000000?ngay=2024-01-01")
    assert then.index("Đảng bộ xã Nậm Khoai") < then.index("Đảng bộ xã Mường Khoa")
    early = text(operator, "/to-chuc/99168053000000?ngay=2001-01-01")
    assert "không có tổ chức mang mã này" in early
    for wrong in ("/to-chuc/123", "/to-chuc/11111111111111"):
        assert operator.get(wrong).status_code == 404


def test_organisations_of_a_day(operator: FlaskClient) -> None:
    """The topmost; those sought by name without accents."""
    assert "Đảng bộ tỉnh (mẫu)" in text(operator, "/to-chuc")
    assert "Chi bộ bản Pá Hộc" in text(operator, "/to-chuc?q=pa+hoc")
    assert "Không thấy tổ chức" in text(operator, "/to-chuc?q=zzz")


def test_before_any_catalogue(administrator: FlaskClient) -> None:
    """The page says how to begin."""
    assert "centre catalogue organisations" in text(administrator, "/to-chuc")
