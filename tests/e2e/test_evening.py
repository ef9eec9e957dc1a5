"""A whole evening as people live it: pages in Chromium, cards over PC/SC, the plug pulled.

The terminal is a process of its own that is killed in the middle; the centre is away until the
next morning. What must come out: one correct sheet, and every event in the centre once.
"""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import tty
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from edge.layout import StateLayout
from edge.log.reading import open_read_only
from edge.signals.scanner import ScannerState
from provisioning import forge
from provisioning.centre.process import DATABASE
from provisioning.centre.store import CentreStore
from provisioning.cli.common import office_time
from provisioning.demo import field as fields
from provisioning.demo.children import free_port
from provisioning.demo.field import TrayField
from provisioning.demo.prepare import PIN, STYLES, TERMINAL, Stage, prepare
from tests.conftest import PATIENCE
from tests.e2e import cell as cells
from tests.e2e.cell import (
    CARDLESS,
    COPIED,
    COPY,
    ELDER,
    FORGOT,
    LOST,
    LOST_CARD,
    NEWLY_IN,
    SECRETARY,
    SIZE,
    UNEXCUSED,
    WITHOUT_CHIP,
    Cell,
    key_of,
)
from tests.e2e.conftest import Centre, wait

pytestmark = [pytest.mark.card, pytest.mark.browser]
PICTURES = Path("build/evening")
_TRAMTHE = (sys.executable, "-m", "provisioning.cli.main")


class Evening:
    """The terminal's machine, the reader's field, and two screens: the room's and the desk's."""

    def __init__(
        self, stage: Stage, cell: Cell, field: TrayField, browser: Browser, folder: Path
    ) -> None:
        self.stage = stage
        self.cell = cell
        self.field = field
        self._scanner, slave = os.openpty()
        tty.setraw(slave)
        self.port, self.centre_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._config = folder / "terminal.toml"
        self._config.write_text(
            f'terminal = "{TERMINAL}"\nstate = "{stage.terminal}"\nport = {self.port}\n'
            f'centre = "http://127.0.0.1:{self.centre_port}"\nsync_seconds = 1\n'
            f'scanner = "{os.ttyname(slave)}"\nvolatile_state = true\n',
            encoding="utf-8",
        )
        self._words = folder / "terminal.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.room = browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
        self.desk = browser.new_context(viewport={"width": 800, "height": 480}).new_page()
        for page in (self.room, self.desk):
            page.set_default_timeout(PATIENCE)

    def switch_on(self) -> None:
        """Start the terminal and wait until it is ready."""
        with self._words.open("ab") as words:
            self._process = subprocess.Popen(
                [*_TRAMTHE, "serve", "--config", self._config],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
            )
        wait(self._ready)

    def _ready(self) -> bool:
        """Whether the pages answer, and reader and scanner are there."""
        assert self._process is not None
        assert self._process.poll() is None, self._words.read_text("utf-8")
        try:
            said = self.status()
        except Error:  # nobody listens yet
            return False
        return said["reader"] is not None and said["scanner"] == ScannerState.READY

    def pull_the_plug(self) -> None:
        """End the terminal as a power cut does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def status(self) -> dict[str, Any]:
        """Return what the terminal says of itself."""
        answer = self.room.request.get(f"{self.url}/api/v1/status")
        found: dict[str, Any] = answer.json()
        return found

    def scan(self, number: int) -> None:
        """Hold a card's printed code before the scanner."""
        line = f"{forge.party_qr(self.cell.member(number))}\r\n"
        os.write(self._scanner, line.encode())

    def lay(self, key: str, *, state: str, name: str | None = None) -> None:
        """Lay a card, see on the room's screen what became of it, lift it."""
        self.field.lay(key)
        expect(self.room.locator(f'.board[data-state="{state}"]')).to_be_visible()
        if name is not None:
            expect(self.room.locator(".outcome__name")).to_have_text(name)
        self.field.lift()

    def come(self, number: int) -> None:
        """Let a person scan the code and lay the card."""
        self.scan(number)
        self.lay(key_of(number), state="accepted", name=self.cell.name(number))

    def close(self) -> None:
        """Switch everything off."""
        for page in (self.room, self.desk):
            page.context.close()
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


@pytest.fixture
def evening(
    virtual_reader: tuple[str, int], chromium: Browser, tmp_path: Path
) -> Iterator[Evening]:
    """Return everything in its place, and switched off."""
    stage = prepare(tmp_path / "pilot", office_time())
    cell = cells.make(stage, office_time())
    with ExitStack() as stack:
        field = stack.enter_context(
            fields.over_pcsc(cell.cards, STYLES, tmp_path, "http://127.0.0.1:1")
        )
        made = Evening(stage, cell, field, chromium, tmp_path)
        stack.callback(made.close)
        yield made


def press_pin(page: Page, pin: str = PIN) -> None:
    """Type a PIN on the screen's keypad."""
    for key in [*pin, "mo"]:
        with page.expect_navigation():
            page.locator(f'.keys button[value="{key}"]').click()


def picture(page: Page, name: str) -> None:
    """Keep a screenshot to be looked at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def test_forty_people_one_evening(evening: Evening, tmp_path: Path) -> None:
    """37 cards, three cardless, a lost one, a copy, an elder twice, a power cut, no network."""
    cell, desk, room = evening.cell, evening.desk, evening.room
    evening.switch_on()
    take_the_roster(evening, tmp_path)
    open_the_meeting(evening)

    room.goto(f"{evening.url}/bang")
    first, rest = cell.by_card[:20], cell.by_card[20:]
    for number in first:
        evening.come(number)
    evening.pull_the_plug()
    evening.switch_on()
    # Nobody has logged in again, and the meeting goes on where it was.
    for number in rest:
        if number == ELDER:
            evening.come(ELDER)
            evening.scan(ELDER)
            evening.lay(key_of(ELDER), state="already", name=cell.name(ELDER))
        elif number == COPIED:
            evening.scan(number)
            evening.lay(COPY, state="refused")
            evening.come(number)
        else:
            evening.come(number)
    evening.scan(LOST)
    evening.lay(LOST_CARD, state="refused")
    picture(room, "room")
    assert cell.name(LOST) not in room.content()
    desk.goto(f"{evening.url}/ban")
    finish(evening, tmp_path)


def take_the_roster(evening: Evening, folder: Path) -> None:
    """Bring the list of forty in from a file, over the old one, with the secretary's PIN."""
    desk = evening.desk
    file = folder / "danh-sach.csv"
    file.write_bytes(evening.cell.table())
    desk.goto(f"{evening.url}/danh-sach")
    press_pin(desk)
    desk.locator("#tep").set_input_files(file)
    desk.get_by_role("button", name="Xem trước").click()
    expect(desk.get_by_text("dòng chưa nhận được")).to_have_count(0)
    picture(desk, "roster")
    desk.get_by_role("button", name=f"Nhận danh sách {SIZE} người").click()
    expect(desk.get_by_text(f"{SIZE} người")).to_be_visible()
    desk.get_by_role("button", name="Khoá").click()


def open_the_meeting(evening: Evening) -> None:
    """Open the desk with the deputy's own card, and the meeting in two touches."""
    desk = evening.desk
    desk.goto(f"{evening.url}/bang")
    desk.get_by_role("link", name="Mở cuộc họp").click()
    picture(desk, "login")
    evening.scan(SECRETARY)
    evening.field.lay(key_of(SECRETARY))
    expect(desk.get_by_role("heading", name="Mở cuộc họp")).to_be_visible()
    evening.field.lift()
    picture(desk, "open")
    desk.get_by_role("button", name="Sinh hoạt thường kỳ").click()
    picture(desk, "opened")


def finish(evening: Evening, folder: Path) -> None:
    """Enter those without a card, read aloud, close, sign; next morning the network is back."""
    desk, cell = evening.desk, evening.cell
    press_pin(desk)
    picture(desk, "desk")
    by_hand = {NEWLY_IN: "PROBATIONARY", WITHOUT_CHIP: "NOT_EXCHANGED", FORGOT: "FORGOTTEN"}
    for number, reason in by_hand.items():
        desk.get_by_role("link", name="Ghi tay", exact=True).click()
        desk.locator("label.choice", has_text=cell.name(number)).click()
        desk.locator(f'label.choice:has(input[value="{reason}"])').click()
        desk.get_by_role("button", name="Ghi có mặt").click()
    desk.get_by_role("link", name="Điểm danh", exact=True).click()
    desk.get_by_role("link", name=f"Ghi cho {cell.name(LOST)}").click()
    desk.get_by_label("Lý do", exact=True).fill("ốm, đã báo")
    desk.get_by_role("button", name="Ghi vắng có lý do").click()

    desk.get_by_role("link", name="Công bố").click()
    expect(desk.locator(".aloud")).to_contain_text("Có mặt: 38 đồng chí, đạt 95 %")
    picture(desk, "aloud")
    desk.get_by_role("button", name="Chép vào biên bản").click()
    desk.get_by_role("link", name="Kết thúc").click()
    expect(desk.locator("main")).to_contain_text(cell.name(UNEXCUSED))
    desk.locator("label.choice", has_text="Ghi: vắng không lý do").click()
    desk.locator("label.choice", has_text="Đúng cả 3 người").click()
    picture(desk, "closing")
    desk.get_by_role("button", name="Kết thúc và ký").click()
    expect(desk.get_by_role("heading", name="Biên bản điểm danh")).to_be_visible()
    picture(desk, "sheet")
    with desk.expect_download() as coming:
        desk.locator('button[formaction$="/json"]').click()
    sheet = folder / "bien-ban.json"
    coming.value.save_as(sheet)
    same_sheet(evening, sheet, folder)
    every_event_in_the_centre(evening, folder)


def same_sheet(evening: Evening, sheet: Path, folder: Path) -> None:
    """Whoever holds the file makes the same list of it again: who was there, and how."""
    table = folder / "bien-ban.csv"
    done = subprocess.run(
        [*_TRAMTHE, "sheet", "verify", sheet, "--state", evening.stage.terminal, "--csv", table],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "38 of 40 present" in done.stdout
    lines = table.read_text("utf-8-sig").splitlines()
    rows = {row["Họ và tên"]: row for row in csv.DictReader(lines, delimiter=";")}
    cell, by_card = evening.cell, set(evening.cell.by_card)
    assert len(rows) == SIZE
    for number in range(1, SIZE + 1):
        row = rows[cell.name(number)]
        expected = {UNEXCUSED: ("Vắng không lý do", ""), LOST: ("Vắng có lý do", "")}.get(
            number, ("Có mặt", "thẻ" if number in by_card else "tay")
        )
        assert (row["Điểm danh"], row["Cách"]) == expected
    reasons = [rows[cell.name(number)]["Lý do ghi tay"] for number in CARDLESS]
    assert reasons == ["dự bị", "chưa đổi thẻ chip", "quên thẻ"]


def every_event_in_the_centre(evening: Evening, folder: Path) -> None:
    """Nothing was sent all evening; in the morning each event arrives once, as it was written."""
    assert evening.status()["unsent"] > SIZE
    centre = Centre(evening.stage.centre, evening.centre_port, folder / "centre.log")
    centre.start()
    wait(lambda: evening.status()["unsent"] == 0)
    centre.stop()
    with closing(open_read_only(StateLayout(evening.stage.terminal).log)) as log:
        (epoch,) = log.execute("SELECT epoch FROM epoch").fetchone()
        written = [row[0] for row in log.execute("SELECT hash FROM event ORDER BY place")]
    store = CentreStore(f"sqlite:///{evening.stage.centre / DATABASE}")
    arrived = [event.hash for event in store.events(TERMINAL, epoch)]
    store.close()
    assert arrived == written
