"""Small pictures in folders, and an engine that works in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from triptych.batch import Encode, Plan, Summary, runner

CHEAP = {"layers": ["semantic", "texture"], "colour_grid": 2}  # some 30 ms


class Here:
    """An engine of this process; it may give results in another order, and be cut off.

    Attributes:
        worked: the keys of what was worked on.
        cut_after: results, after which it is as if the process were killed; None: never.
        ahead: tasks that are taken at once; of these the last is done first.
    """

    def __init__(self) -> None:
        self.worked: list[str] = []
        self.cut_after: int | None = None
        self.ahead = 1

    def run(self, work: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        todo = iter(tasks)
        given = 0
        while taken := [task for _, task in zip(range(self.ahead), todo, strict=False)]:
            for task in reversed(taken):
                if self.cut_after is not None and given >= self.cut_after:
                    raise KeyboardInterrupt
                self.worked += [one.item.key for one in task if hasattr(one, "item")]
                yield task, work(task)
                given += 1


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Here:
    """Runs use this engine."""
    engine = Here()
    monkeypatch.setattr(runner, "_engine", lambda plan: engine)
    return engine


def draw(path: Path, number: int, side: int = 64) -> None:
    """A picture of a colour and a bar, another one for each number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", (side, side), (number * 37 % 256, number * 91 % 256, number * 53 % 256))
    image.paste((250, 240, number % 256), (side // 4, side // 4, side // 2, side * 3 // 4))
    image.save(path)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of five pictures in two folders, of which one has a text beside it, and a file that is none."""
    folder = tmp_path / "in"
    for number in range(5):
        draw(folder / ("b" if number % 2 else "a") / f"p{number}.png", number)
    (folder / "a/p0.txt").write_text("a yellow bar")
    (folder / "b/bad.png").write_bytes(b"not a picture")
    return folder


def encode(source: Any, target: Path | str, **options: Any) -> Summary:
    """The summary of a cheap run."""
    return runner.run(Plan(verb=Encode(options=CHEAP), source=source, target=str(target), **options))


def tree(folder: Path) -> dict[str, bytes]:
    """All files of a folder but the manifest, by their places."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("manifest.sqlite")
    }
