"""The card tray's page and its JSON side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from provisioning.direct_reader import DirectReader
from provisioning.errors import VirtualReaderAbsent, VirtualReaderBusy
from provisioning.softcard.catalogue import STATES, TrayCard
from provisioning.softcard.hostile import Foreign
from provisioning.softcard.slot import Card, Slot
from provisioning.softcard.tray import POLICY, create_app
from provisioning.softcard.words import WORDS

HOST = "127.0.0.1:8090"
OURS = {"Host": HOST, "Origin": f"http://{HOST}"}
MakeClient = Callable[[Slot], FlaskClient]


def _tray_card(key: str, **changes: Any) -> TrayCard:
    fields: dict[str, Any] = {
        "key": key,
        "title": "H’Ƀlăm <Niê>",
        "number": "99.104031",
        "family": {"vi": "Thẻ đảng viên", "en": "Party member card"},
        "note": {"vi": "Có trong danh sách", "en": "On the list"},
        "expected_state": "refused",
        "expected_words": {"vi": "Thẻ báo mất", "en": "Reported lost"},
    }
    return TrayCard(**fields | changes)


@pytest.fixture
def make_client(tmp_path: Path) -> MakeClient:
    """Return a maker of clients over two cards, the second of which is torn."""
    (tmp_path / "tokens.css").write_text(":root {}")
    cards = (_tray_card("mat"), _tray_card("lac", expected_state="hold", tear_after=0))

    def make(slot: Slot) -> FlaskClient:
        chips = {card.key: Foreign() for card in cards}
        app = create_app(
            slot,
            cards,
            chips,
            kinds={card.key: {"vi": "PACE; cố ý sai", "en": "PACE; faulty"} for card in cards},
            static_folder=tmp_path,
            allowed_hosts=frozenset({HOST}),
        )
        return app.test_client()

    return make


@pytest.fixture
def reader() -> DirectReader:
    """Return the reader under the tray."""
    return DirectReader()


@pytest.fixture
def client(make_client: MakeClient, reader: DirectReader) -> FlaskClient:
    """Return a client of the tray."""
    return make_client(reader)


def _laid(client: FlaskClient) -> str | None:
    state = client.get("/api/state", headers={"Host": HOST}).get_json()
    laid: str | None = state["laid"]
    return laid


def test_the_page_in_vietnamese(client: FlaskClient) -> None:
    """Each card stands there with what the terminal will say, and a button to lay it."""
    page = client.get("/", headers={"Host": HOST}).get_data(as_text=True)
    assert '<html lang="vi">' in page
    assert "Thẻ báo mất" in page
    assert "H’Ƀlăm &lt;Niê&gt;" in page
    assert "PACE; cố ý sai" in page
    assert 'name="dat" value="mat"' in page
    assert "lay-ra" not in page
    assert "style=" not in page
    assert "<script" not in page


def test_the_page_in_english(client: FlaskClient) -> None:
    """`?lang=en` turns every word; an unknown language is Vietnamese."""
    page = client.get("/?lang=en", headers={"Host": HOST}).get_data(as_text=True)
    assert '<html lang="en">' in page
    assert "Reported lost" in page
    assert "PACE; faulty" in page
    assert "Trạm sẽ nói" not in page
    assert '<html lang="vi">' in client.get("/?lang=xx", headers={"Host": HOST}).text


def test_both_languages_have_the_same_words() -> None:
    """No word is missing in either language."""
    assert WORDS["vi"].keys() == WORDS["en"].keys()


def test_every_outcome_has_its_sign(client: FlaskClient) -> None:
    """The page carries a drawing for each state that a card may lead to."""
    page = client.get("/", headers={"Host": HOST}).get_data(as_text=True)
    for state in STATES:
        assert f'<symbol id="o-{state}"' in page


def test_laid_and_lifted_by_form(client: FlaskClient, reader: DirectReader) -> None:
    """A press lays the card, its button then lifts it; the language stays."""
    answer = client.post("/khay?lang=en", data={"dat": "mat"}, headers=OURS)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/?lang=en"
    assert reader.occupied
    assert _laid(client) == "mat"
    page = client.get("/", headers={"Host": HOST}).text
    assert page.count("soft--on") == 1
    assert 'name="lay-ra"' in page
    assert client.post("/khay", data={"lay-ra": "1"}, headers=OURS).status_code == 303
    assert _laid(client) is None


def test_laid_and_lifted_by_json(client: FlaskClient, reader: DirectReader) -> None:
    """The demonstration does the same without the page."""
    assert client.post("/api/lay", json={"key": "mat"}, headers=OURS).get_json() == {"laid": "mat"}
    assert client.post("/api/lift", headers=OURS).get_json() == {"laid": None}
    assert not reader.occupied


def test_a_torn_card_lies_there_no_more(client: FlaskClient, reader: DirectReader) -> None:
    """When the card has left by itself, the tray says that none lies there."""
    client.post("/api/lay", json={"key": "lac"}, headers=OURS)
    assert _laid(client) == "lac"
    reader.next_event(0)
    event = reader.next_event(0)
    connection = getattr(event, "connection", None)
    assert connection is not None
    with pytest.raises(Exception, match="left the reader"):
        connection.transmit(b"\x00\xa4\x00\x0c")
    assert _laid(client) is None


@pytest.mark.parametrize("data", [{"dat": "other"}, {"dat": ""}, {}])
def test_a_card_that_is_not_in_the_tray(client: FlaskClient, data: dict[str, str]) -> None:
    """The page says so, and nothing is laid."""
    answer = client.post("/khay", data=data, headers=OURS)
    assert answer.status_code == 404
    assert WORDS["vi"]["unknown"] in answer.text
    assert _laid(client) is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"key": 1}', 400),
        (b'{"key": "other"}', 404),
        (b" " * 5000, 413),
    ],
)
def test_json_that_names_no_card(client: FlaskClient, body: bytes, status: int) -> None:
    """Malformed, too large or unknown: a status and a sentence, no card."""
    answer = client.post("/api/lay", data=body, headers=OURS | {"Content-Type": "application/json"})
    assert answer.status_code == status
    assert _laid(client) is None


class _Refusing:
    """A reader that cannot take a card."""

    occupied = False

    def __init__(self, error: VirtualReaderAbsent | VirtualReaderBusy) -> None:
        self._error = error

    def lay(self, card: Card, *, tear_after: int | None = None) -> None:
        raise self._error

    def lift(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("kind", "word"), [(VirtualReaderAbsent, "absent"), (VirtualReaderBusy, "busy")]
)
def test_a_reader_that_cannot_take_the_card(
    make_client: MakeClient,
    kind: type[VirtualReaderAbsent] | type[VirtualReaderBusy],
    word: str,
) -> None:
    """The page says what happened and what to do, and so does the JSON side."""
    client = make_client(_Refusing(kind("The reader cannot.", next_step="Do this.")))
    answer = client.post("/khay", data={"dat": "mat"}, headers=OURS)
    assert answer.status_code == 503
    assert WORDS["vi"][word] in answer.text
    assert WORDS["vi"][f"{word}_next"] in answer.text
    answer = client.post("/api/lay", json={"key": "mat"}, headers=OURS)
    assert answer.status_code == 503
    assert answer.get_json() == {"error": "The reader cannot.", "next_step": "Do this."}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:80", "localhost:8090.x"])
def test_another_host_is_misdirected(client: FlaskClient, host: str) -> None:
    """Only the exact host and port are answered: a name bound to loopback elsewhere is not."""
    assert client.get("/", headers={"Host": host}).status_code == 421
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert client.post("/khay", data={"dat": "mat"}, headers=headers).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:8091"},
        {"Origin": f"https://{HOST}"},
        {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "cross-site"},
        {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/khay", "/api/lay", "/api/lift"])
def test_a_page_from_elsewhere_lays_nothing(
    client: FlaskClient, reader: DirectReader, path: str, headers: dict[str, str]
) -> None:
    """A change needs this page's own origin; its absence is no pass."""
    answer = client.post(path, data={"dat": "mat"}, headers={"Host": HOST} | headers)
    assert answer.status_code == 403
    assert not reader.occupied


@pytest.mark.parametrize("path", ["/", "/api/state", "/static/tokens.css", "/nowhere"])
def test_every_answer_has_the_policy(client: FlaskClient, path: str) -> None:
    """Pages, data, style sheets and refusals carry the strict policy."""
    answer = client.get(path, headers={"Host": HOST})
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()


def test_board_and_desk_are_one_click_away(tmp_path: Path, reader: DirectReader) -> None:
    """Where the tray knows the terminal's address it leads there, in its own language."""
    app = create_app(
        reader,
        (_tray_card("mat"),),
        {"mat": Foreign()},
        kinds={"mat": {"vi": "PACE", "en": "PACE"}},
        static_folder=tmp_path,
        allowed_hosts=frozenset({HOST}),
        terminal_url="http://127.0.0.1:8080",
    )
    page = app.test_client().get("/?lang=en", headers={"Host": HOST}).text
    assert 'href="http://127.0.0.1:8080/bang?lang=en"' in page
    assert 'href="http://127.0.0.1:8080/ban?lang=en"' in page


def test_the_terminal_s_address_is_not_known(client: FlaskClient) -> None:
    """The tray leads nowhere else."""
    assert "/bang" not in client.get("/", headers={"Host": HOST}).text
