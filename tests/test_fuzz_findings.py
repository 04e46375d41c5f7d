"""What fuzzing found once: each file of tests/fuzz_findings/ is read with nothing but our own errors.

The names say what was wrong when the file was found.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest

import triptych
from triptych.limits import Limits

FOLDER = Path(__file__).parent / "fuzz_findings"


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.trp")))
def test_findings_stay_fixed(name: str) -> None:
    """Inspecting, decoding, whole and partial, and extracting give a result or a TriptychError of one line."""
    data = (FOLDER / name).read_bytes()
    limits = Limits(pixels=1 << 16)
    names: dict[str, bytes] = {}
    calls = [
        lambda: triptych.inspect(data),
        lambda: triptych.decode(data, limits=limits),
        lambda: triptych.decode(data, partial=True, limits=limits),
        lambda: names.update(triptych.extract(data, partial=True)),
    ]
    for call in calls:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", triptych.PartialWarning)
                call()
        except triptych.TriptychError as error:
            assert "\n" not in str(error)
    assert all(re.fullmatch(r"\w[\w.-]*", file) for file in names)
