"""The guide that repeats the paper shows commands that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from triptych.cli.main import triptych
from triptych.decoders.diffusion import presets

PAGE = Path(__file__).parents[1] / "docs/guides/reproducing.md"
TEXT = PAGE.read_text("utf-8") if PAGE.exists() else ""
LINES = [*re.findall(r"^triptych .*$", TEXT, re.MULTILINE), *re.findall(r"\| `(triptych [^`]*)` \|", TEXT)]


@pytest.mark.parametrize("line", LINES)
def test_each_command_of_the_guide_is_understood(line: str) -> None:
    """Its options exist and can be read, and its decoder is a preset; nothing is run."""
    name, *given = shlex.split(line, comments=True)[1:]
    with triptych.make_context("triptych", [name, *given]) as context:
        command = triptych.get_command(context, name)
        assert command is not None
        with command.make_context(name, given, parent=context) as found:
            decoder = found.params.get("decoder")
    assert decoder in (None, *presets.names())


def test_the_guide_has_commands() -> None:
    """A page that moved would pass unseen."""
    assert len(LINES) > 10 or not PAGE.exists()
