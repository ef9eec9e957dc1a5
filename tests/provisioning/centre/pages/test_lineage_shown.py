"""An epoch that follows nothing, on the pages: the alarm, its end, and each epoch's own line."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from edge.wire.event import genesis
from provisioning.centre.epoch_links import AGAIN
from provisioning.centre.lineage import GRACE
from provisioning.conformance.identity import enrol
from provisioning.conformance.run import Run
from tests.edge.log.made import START
from tests.provisioning.centre.made import Centre
from tests.provisioning.centre.test_lineage import NAME, STRANGE, bring, first, following, look

from .test_screens import text

WHO_LASTS = 400  # days


def test_alarm_and_its_end(pages: Centre, administrator: FlaskClient) -> None:
    """What it is and what to do; once what was missing has come, that it did, and which event."""
    who = enrol(pages.ca, NAME, START, days=WHO_LASTS)
    root = first(who)
    lost = following(who, root.hash_of(1))
    late = following(who, lost.hash_of(2))
    bring(pages, root, late)
    look(pages, GRACE)
    pages.now = START
    said = text(administrator, "/canh-bao")
    assert f"Trạm {NAME}, bản ghi 1: kỳ nhật ký không nối vào kỳ nào trước nó" in said
    assert "Trạm mất nhật ký cũ, hoặc có người dựng trạm giả" in said
    bring(pages, lost)
    look(pages, GRACE + AGAIN)
    pages.now = START + timedelta(minutes=1)
    assert "Không có cảnh báo nào chưa xem" in text(administrator, "/canh-bao")
    seen = text(administrator, "/canh-bao?loc=da-xem")
    assert f"bản ghi còn thiếu đã về (kỳ {lost.epoch}, bản ghi 2)" in seen
    assert "console" not in seen


def test_what_each_epoch_follows(pages: Centre, administrator: FlaskClient) -> None:
    """On the terminal's page: the first, those that follow, those of which it is not known."""
    who = enrol(pages.ca, NAME, START, days=WHO_LASTS)
    root = first(who)
    middle, bare = following(who, root.hash_of(2)), following(who, genesis(NAME, root.epoch))
    waiting, again = following(who, STRANGE), first(who)
    bring(pages, root, middle, bare, waiting, again)
    unseen: Run = first(who)
    assert pages.post(unseen.signed(1, 3))[0] == 200
    said = text(administrator, f"/tram/{NAME}")
    for run, words in (
        (root, "kỳ đầu tiên"),
        (middle, f"bản ghi 2 của kỳ {root.epoch[:8]}"),
        (bare, f"gốc của kỳ {root.epoch[:8]}"),
        (waiting, "chờ kỳ trước gửi về"),
        (again, "không nối vào kỳ nào"),
        (unseen, "chưa xét"),
    ):
        assert f"{run.epoch} {words}" in said
