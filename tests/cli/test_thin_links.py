"""The commands for thin links: bare, packets, assemble, and what encode and decode have for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triptych.cli.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture and its file of one packet."""
    folder = tmp_path_factory.mktemp("links")
    grey = np.add.outer(np.arange(80) % 40 * 3, np.arange(96) // 24 * 40).clip(0, 255).astype(np.uint8)
    Image.fromarray(np.stack([grey, grey[::-1], grey], 2)).save(folder / "cat.png")
    assert main(["encode", str(folder / "cat.png"), "--link", "sms", "--prompt", "stripes"]) == 0
    return folder


def test_bare_forms_there_and_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file that comes back is the same, from bytes and from text."""
    assert main(["bare", str(folder / "cat.trp"), "-f"]) == 0
    assert (folder / "cat.trpb").stat().st_size <= 140
    capsys.readouterr()
    assert main(["bare", "--text", str(folder / "cat.trp")]) == 0
    (folder / "cat.txt").write_text(capsys.readouterr().out, encoding="ascii")
    for name in ("cat.trpb", "cat.txt"):
        assert main(["bare", "--file", str(folder / name), "-o", str(folder / "back.trp"), "-f"]) == 0
        assert (folder / "back.trp").read_bytes() == (folder / "cat.trp").read_bytes()


def test_packets_are_lost_and_made_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With parity one packet may be missing; what is missing without it is said."""
    sent = folder / "sent"
    assert main(["packets", str(folder / "cat.trp"), "--mtu", "60", "--parity", "1", "-o", str(sent)]) == 0
    (sent / "cat.001.trpp").unlink()
    assert main(["assemble", str(sent), "-o", str(folder / "whole.trp")]) == 0
    assert (folder / "whole.trp").read_bytes() == (folder / "cat.trp").read_bytes()
    sorted(sent.iterdir())[-1].unlink()
    assert main(["assemble", str(sent), "-o", str(folder / "part.trp")]) == 0
    assert "missing: 1" in capsys.readouterr().err
    assert main(["assemble", str(folder / "cat.png"), "-o", str(folder / "none.trp")]) == 1


def test_what_was_transmitted_is_shown(folder: Path) -> None:
    """The picture has lines and dots that the painting alone has not."""
    plain, over = folder / "plain.png", folder / "over.png"
    for target, more in ((plain, []), (over, ["--show-transmitted"])):
        assert main(["decode", str(folder / "cat.trp"), "--decoder", "sketch", "-o", str(target), *more]) == 0
    with Image.open(plain) as a, Image.open(over) as b:
        assert a.size == b.size and a.tobytes() != b.tobytes()
