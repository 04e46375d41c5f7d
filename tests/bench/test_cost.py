"""Memory at its peak is that of the call, and what the codec keeps stays counted."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from triptych.bench.cost import Meter, note_peak


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells the peak of a process")
def test_peaks_and_what_is_kept() -> None:
    """40 MB that are given back count once; 40 MB that are kept count from then on."""
    meter, kept = Meter(), []
    value, cost = meter.run(lambda: len(bytearray(b"x" * 20_000_000)))
    if cost.peak is None:
        pytest.skip("this system does not let a process reset its peak")
    assert value == 20_000_000 and 30e6 < cost.peak < 80e6 and cost.seconds > 0
    _, small = meter.run(lambda: time.sleep(0))
    assert small.peak is not None and small.peak < 10e6
    meter.run(lambda: kept.append(b"y" * 40_000_000))
    _, after = meter.run(lambda: time.sleep(0))
    assert after.peak is not None and 35e6 < after.peak < 60e6


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells the peak of a process")
def test_programs_count() -> None:
    """The memory of a program that a codec called is its memory, too."""

    def work() -> None:
        subprocess.run([sys.executable, "-c", "x = b'x' * 60_000_000"], check=True)
        note_peak()

    _, cost = Meter().run(work)
    assert cost.peak is None or cost.peak > 60e6
