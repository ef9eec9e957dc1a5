"""The manual's pages, and the examples that help and manual show."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import click
import pytest

from provisioning.cli.main import Exit
from provisioning.cli.main import tramthe as root
from provisioning.cli.manual import pages, title, write
from provisioning.cli.tree import Node, walk
from tests.tools import needed

NODES = tuple(walk(root, "tramthe"))
EXAMPLES = tuple(
    line.strip()
    for node in NODES
    for line in f"{node.command.help}\n{node.command.epilog}".replace("\\\n", " ").split("\n")
    if line.startswith("  tramthe ")
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every page."""
    made: Path = tmp_path_factory.mktemp("man") / "man1"
    write(made)
    return made


def test_a_page_for_every_command(folder: Path) -> None:
    """By the name that `man` looks for."""
    assert {path.name for path in folder.iterdir()} == {f"{title(node)}.1" for node in NODES}


def test_every_page_renders_without_a_warning(folder: Path) -> None:
    """groff, with all its warnings on, has nothing to say."""
    done = subprocess.run(
        [needed("groff", "groff-base"), "-K", "utf8", "-man", "-ww", "-z", "-Tutf8",
         *sorted(folder.iterdir())],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


def shown(page: Path) -> str:
    """Return a page as a person reads it, without bold and line breaks."""
    done = subprocess.run(
        [needed("man", "man-db"), "--warnings", "-E", "UTF-8", "-l", "-Tutf8", page],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "500", "MANROFFOPT": "-c",
             "GROFF_NO_SGR": "1", "MANPAGER": "cat"},
    )  # fmt: skip
    assert done.stderr == ""
    plain: list[str] = []
    for character in done.stdout:  # a letter, a backspace and the letter again is bold
        if character == "\b":
            plain.pop()
        else:
            plain.append(character)
    return " ".join("".join(plain).split())


@pytest.mark.parametrize("words", ["serve", "config check", "people recovery-response"])
def test_a_page_says_what_help_says(folder: Path, words: str) -> None:
    """Usage, the sentence, every option with its text, the exit statuses, what else to read."""
    (node,) = (node for node in NODES if node.path == f"tramthe {words}")
    text = shown(folder / f"{title(node)}.1")
    for option in node.command.get_params(node.context):
        record = option.get_help_record(node.context) if isinstance(option, click.Option) else None
        if record is not None:
            assert record[0] in text
            assert " ".join(record[1].replace("`", "").split()) in text
    assert f"{title(node)} - " in text
    for heading in ("SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "SEE ALSO"):
        assert f" {heading} " in text
    for status in Exit:
        assert f" {int(status)} " in text
    assert "Trạm Thẻ" in text


def test_words_that_steer_groff() -> None:
    """A page shows what the words say, even where they look like requests of groff."""

    @click.command(epilog="\b\nExamples:\n  .so /etc/passwd\n  'x' \\fB -- ~ ^ `\n")
    @click.option("--x", help=".so \\n(aa `--y`")
    def odd(x: str) -> None:
        r""".TH is shown, 'quoted', with a \\ in it."""

    text = pages(odd, "odd", "odd 1")["odd.1"]
    lines = [line for line in text.split("\n") if line.startswith((".", "'"))]
    known = (".TH ", ".SH ", ".TP", ".PP", ".nf", ".fi", ".BR ", "'\\\"")
    assert all(line.startswith(known) for line in lines)
    assert sum(line.startswith(".TH ") for line in lines) == 1
    assert "\\(rsfB" in text
    assert "\\fB\\-\\-y\\fP" in text


@pytest.mark.parametrize("node", NODES[1:], ids=title)
def test_every_first_word_has_an_example(node: Node) -> None:
    """A command that is called by one word, or one below it, shows how it is called."""
    top = " ".join(node.path.split()[:2])
    assert any(example.startswith(f"{top} ") or example == top for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_is_understood(example: str) -> None:
    """Each names commands, options and arguments that there are, and no argument too few."""
    words = shlex.split(example.split(" > ")[0].split(" | ")[0])[1:]
    command: click.Command = root
    context = click.Context(root, info_name="tramthe")
    while isinstance(command, click.Group) and not _by_itself(command, words):
        name, inner, words = command.resolve_command(context, words)
        assert name is not None
        assert inner is not None
        command, context = inner, click.Context(inner, parent=context, info_name=name)
    given, left, _ = command.make_parser(context).parse_args(list(words))
    assert left == []
    for parameter in command.params:
        if parameter.required:
            assert given.get(parameter.name or "") not in (None, ()), parameter.name


def _by_itself(command: click.Group, words: list[str]) -> bool:
    """Return whether a group is given options of its own and no command."""
    return command.invoke_without_command and words[0].startswith("-")


def test_tree_ends() -> None:
    """Parents come first, and each command once."""
    paths = [node.path for node in NODES]
    assert paths[0] == "tramthe"
    assert len(paths) == len(set(paths))
    for node in NODES[1:]:
        assert node.path.rsplit(" ", 1)[0] in paths
