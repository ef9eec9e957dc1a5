"""Which version of the program says that it runs."""

from __future__ import annotations

from importlib.metadata import version

from edge import program


def test_it_is_that_of_the_installed_program() -> None:
    """At the first look and at the next."""
    assert [program.running(), program.running()] == [version("tramthe")] * 2
