"""The machine's tools: one that is missing fails a test, and says how it is got."""

from __future__ import annotations

import pytest

from tests.tools import needed


def test_a_tool_that_is_there() -> None:
    """Found wherever Debian puts it, a user's path or root's."""
    assert needed("sh").endswith("/sh")


def test_a_tool_that_is_missing() -> None:
    """The test fails, with the package and the command that installs it."""
    with pytest.raises(pytest.fail.Exception, match=r"Debian: such-tools.*setup dev"):
        needed("no-such-tool", "such-tools")
