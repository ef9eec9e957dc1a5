"""The buttons at the composed terminal: a stick really mounted, real forms, a real centre."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from edge.layout import StateLayout
from edge.stick import open_folder
from edge.stick_desk import Done
from edge.sync.courier_ledger import CourierLedger
from edge.wire.bundle import ROOT, Way
from edge.wire.inbox import Command, MessageKind
from provisioning.centre.app import Signer
from provisioning.centre.courier import open_courier
from provisioning.centre.inbox import CentreInbox
from provisioning.centre.store import CentreStore
from provisioning.cli.common import office_time
from provisioning.demo.prepare import TERMINAL
from tests.edge.sticks_made import small
from tests.edge.test_service import Running, Starter, start, wait

__all__ = ["start"]


def pressed(running: Running, button: str, stick: str) -> Done:
    """Press a button of the status page, wait until the act has ended, and return how."""
    before = running.service.sticks().last
    running.post("/usb", "/trang-thai", lam=button, usb=stick)
    wait(lambda: running.service.sticks().last not in (None, before))
    wait(lambda: running.service.sticks().busy is None)
    done = running.service.sticks().last
    assert done is not None
    return done


def test_records_go_and_the_acknowledgement_comes(start: Starter, tmp_path: Path) -> None:
    """Copied at the terminal while a meeting is open, taken at the centre, taken home."""
    media = tmp_path / "media"
    with small(media / "pi" / "GOI-XA", 1000) as point:
        running = start(sticks=(media,))
        running.service.open_meeting("regular")
        running.tap("member-1")
        waiting = running.service.status().unsent
        assert waiting > 0
        assert "GOI-XA" in running.get("/trang-thai")
        done = pressed(running, "chep", "GOI-XA")
        assert done.exported is not None
        assert (done.exported.events, done.exported.stopped) == (waiting, None)
        page = running.get("/trang-thai")
        assert f"Đã chép đủ {waiting} bản ghi lên GOI-XA" in page
        assert "chờ trung tâm báo đã nhận" in page

        pilot = running.stage.pilot
        store = CentreStore(f"sqlite:///{tmp_path / 'centre.db'}")
        signer = Signer(pilot.centre.sign_key, pilot.centre.sign_kid)
        courier = open_courier(store, [pilot.terminal_ca.certificate], signer, office_time)
        with open_folder(point) as stick, stick.existing(ROOT) as root:
            assert courier.take(root).segments == 1
        store.close()

        done = pressed(running, "nhan", "GOI-XA")
        assert done.received is not None
        assert done.received.down is not None
        assert done.received.down.high_water == waiting
        assert running.service.status().unsent == 0
        assert "chờ trung tâm báo đã nhận" not in running.get("/trang-thai")
        ledger = CourierLedger(StateLayout(running.service.log.path.parent).courier)
        assert [one.by for way in Way for one in ledger.passages(way, most=9)] == [
            "pin:secretary",
            "pin:secretary",
        ]


def test_a_message_comes(start: Starter, tmp_path: Path) -> None:
    """The status of a terminal that no network reaches says at once that it was taken."""
    media = tmp_path / "media"
    with small(media / "GOI-XA", 1000) as point:
        running = start(sticks=(media,))
        pressed(running, "chep", "GOI-XA")
        pilot = running.stage.pilot
        with closing(CentreStore(f"sqlite:///{tmp_path / 'centre.db'}")) as store:
            signer = Signer(pilot.centre.sign_key, pilot.centre.sign_kid)
            courier = open_courier(store, [pilot.terminal_ca.certificate], signer, office_time)
            with open_folder(point) as stick, stick.existing(ROOT) as root:
                courier.take(root)
                office = CentreInbox(store.database, signer.key, signer.kid)
                body = {"command": Command.CHECK_LOG.value, "arguments": {}}
                office.send(TERMINAL, MessageKind.COMMAND, body, office_time())
                courier.take(root)
        assert running.status()["inbox"]["high_water"] == 0
        done = pressed(running, "nhan", "GOI-XA")
        assert done.received is not None
        assert done.received.inbox is not None
        assert done.received.inbox.taken == (1,)
        assert running.status()["inbox"]["high_water"] == 1


def test_a_stick_that_is_pulled_meanwhile(start: Starter, tmp_path: Path) -> None:
    """It is gone from the page, and its name begins nothing any more."""
    media = tmp_path / "media"
    with small(media / "GOI-XA", 1000):
        running = start(sticks=(media,))
        assert "GOI-XA" in running.get("/trang-thai")
    assert "Chưa thấy USB" in running.get("/trang-thai")
    assert running.service.sticks().sticks == ()
