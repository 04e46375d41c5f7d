"""The synthetic pictures of make_goldens.py, for all tests of edits."""

from __future__ import annotations

from types import ModuleType

import pytest
from fixtures.edit import MADE

from triptych import Picture


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests with an argument `case` run for each edit of make_goldens.py."""
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", sorted(MADE.CASES))


@pytest.fixture
def made() -> ModuleType:
    """The module that makes the pictures, the cases and their dumps."""
    return MADE


@pytest.fixture
def picture() -> Picture:
    """128 x 96 pixels with all four layers: 24 x 32 edge pixels, 6 x 8 colours, two people, a prompt."""
    return MADE.picture()


@pytest.fixture
def other() -> Picture:
    """96 x 96 pixels, without people: 20 x 20 edge pixels, 5 x 5 colours."""
    return MADE.other()
