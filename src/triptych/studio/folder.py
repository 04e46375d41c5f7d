"""The files that a studio is opened with; nothing else of the disk can be reached from the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, LimitError
from . import bounds

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".avif", ".bmp", ".gif", ".tif", ".tiff"}
STREAM = ".trp"


@dataclass(frozen=True)
class Folder:
    """Pictures and `.trp` files, in the order of their names."""

    files: tuple[Path, ...] = ()

    @classmethod
    def open(cls, path: Path | None) -> Folder:
        """The file of a path, or those that lie in it.

        Raises:
            InputError: there is nothing at this path, or nothing that the studio can show.
        """
        if path is None:
            return cls()
        if path.is_file():
            return cls((path,))
        if not path.is_dir():
            raise InputError(f"{path}: there is no such file or folder")
        endings = PICTURES | {STREAM}
        found = sorted(each for each in path.iterdir() if each.suffix.lower() in endings and each.is_file())
        if not found:
            raise InputError(f"{path}: holds no pictures and no .trp files")
        return cls(tuple(found[: bounds.FOLDER_FILES]))

    def read(self, number: int) -> bytes:
        """The bytes of a file, counted from 0.

        Raises:
            InputError: there is no such file any more.
            LimitError: it is too large.
        """
        if not 0 <= number < len(self.files):
            raise InputError(f"there is no file {number}; there are {len(self.files)}, counted from 0")
        path = self.files[number]
        try:
            with path.open("rb") as file:
                data = file.read(bounds.FOLDER_BYTES + 1)
        except OSError as error:
            raise InputError(f"{path.name}: cannot be read: {error.strerror or error}") from error
        if len(data) > bounds.FOLDER_BYTES:
            raise LimitError(f"{path.name}: is larger than {bounds.FOLDER_BYTES >> 20} MiB")
        return data
