"""Files that belong to pictures by their names: the texts, edge maps and keypoints of a batch.

`cat.png` and `cat.txt` belong together, wherever they are; so do `cat.png` and `cat.keypoints.json`, or OpenPose's own
`cat_keypoints.json`.
"""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from .files import PICTURE_ENDINGS

_KEYPOINTS = re.compile(r"[._]keypoints$")
ENDINGS = {
    "--texts": frozenset({".txt"}),
    "--edges": PICTURE_ENDINGS,
    "--keypoints": PICTURE_ENDINGS | {".json"},
}


@dataclass(frozen=True)
class Matched:
    """What an option was given.

    Attributes:
        option: its name.
        given: its value.
        one: the file for the only picture; None for a folder or a glob.
        by_stem: stem of a picture -> its files, of which there should be one.
    """

    option: str
    given: str
    one: Path | None
    by_stem: dict[str, list[Path]]

    def of(self, picture: Path) -> Path:
        """The file that belongs to a picture.

        Raises:
            InputError: there is none, or more than one.
        """
        if self.one is not None:
            return self.one
        found = self.by_stem.get(picture.stem, [])
        if len(found) == 1:
            return found[0]
        names = " and ".join(path.name for path in found)
        why = f"{names} have its name; keep one of them" if found else f"no file has its name, {picture.stem}"
        raise InputError(f"{picture}: {self.option} {self.given}: {why}")


def match(option: str, given: Path | None, count: int) -> Matched | None:
    """What an option names: a file, a folder (not what lies deeper), or a glob; None if it was not given.

    Args:
        option: its name, of `ENDINGS`.
        given: its value.
        count: of pictures; a file is for one.

    Raises:
        InputError: one file is given for several pictures, or there is none in a folder or a glob.
    """
    if given is None:
        return None
    if given.is_dir():
        files = [path for path in given.iterdir() if path.suffix.lower() in ENDINGS[option] and path.name[0] != "."]
    elif glob.has_magic(str(given)) and not given.exists():
        files = [Path(name) for name in glob.glob(str(given), recursive=True)]
    elif count > 1:
        raise InputError(f"{option}: one file describes one picture; for several give a folder or a quoted glob")
    else:
        return Matched(option, str(given), given, {})
    by_stem: dict[str, list[Path]] = {}
    for path in sorted(path for path in files if path.is_file()):
        by_stem.setdefault(_KEYPOINTS.sub("", path.stem), []).append(path)
    if not by_stem:
        raise InputError(f"{option} {given}: no {' or '.join(_named(option))} files there")
    return Matched(option, str(given), None, by_stem)


def _named(option: str) -> list[str]:
    """Endings for a message; of pictures, the usual one."""
    return sorted({".png" if ending in PICTURE_ENDINGS else ending for ending in ENDINGS[option]})
