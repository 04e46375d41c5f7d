"""Codecs that are programs: a small TOML says how they are called.

    name = "cwebp"
    about = "one line"                       # for --list
    encode = "cwebp -quiet -m 6 -q {quality} {input} -o {coded}"
    decode = "dwebp -quiet {coded} -o {decoded}"
    version = "cwebp -version"               # what it says tells the results of one version from those of another
    qualities = [0, 25, 50, 75, 100]         # or { from = 0, to = 100 }: whole numbers; smallest files first
    scales = true                            # reduce the picture where that helps
    coded = "coded.webp"                     # names of the files, where the programs are particular about them
    decoded = "decoded.png"

No shell is involved: the line is split into words, and then {input} (input.png), {coded}, {decoded}, {folder} (where
these are to be), {input_folder} (which holds the PNG alone) and {quality} are filled in; {here} is the folder of the
TOML, {python} this interpreter, ${NAME} a variable of the environment. A program that can only do both at once has
`both` instead of `encode` and `decode`, and leaves both files in {folder}.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from PIL import Image

from ...errors import InputError, TriptychError, UnsupportedError
from ...toml import read_toml, typed
from ..cost import note_peak

READY = Path(__file__).with_name("ready")  # TOML files that come with the package
_SECONDS = 600  # that a program may take
_TOGETHER = 64  # pictures that a program which does both at once is remembered for
_TAIL = 200  # characters of what a program said, for messages
_VARIABLE = re.compile(r"\$\{(\w+)\}")


class Range(msgspec.Struct, forbid_unknown_fields=True, rename={"first": "from", "last": "to"}):
    """Whole numbers, both ends included."""

    first: int
    last: int


class Table(msgspec.Struct, forbid_unknown_fields=True):
    """The keys of a TOML; see the module's docstring."""

    name: str
    encode: str | None = None
    decode: str | None = None
    both: str | None = None
    version: str | None = None
    about: str = ""
    qualities: list[int | float] | Range = msgspec.field(default_factory=lambda: list[int | float]([0]))
    scales: bool = False
    coded: str = "coded.bin"
    decoded: str = "decoded.png"


class CommandCoder:
    """A `Coder` that calls programs.

    Attributes:
        scales: whether reduced pictures may be tried.
        at_once: whether encoding and decoding cannot be told apart.
    """

    def __init__(self, path: Path) -> None:
        """
        Raises:
            InputError: the file is no such TOML.
            UnsupportedError: a program is not on the PATH, or a variable of the environment is not set.
        """
        self._table = typed(read_toml(path, str(path)), Table, str(path))
        self._here = path.resolve().parent
        lines = [line for line in (self._table.encode, self._table.decode, self._table.both) if line]
        if len(lines) != (1 if self._table.both else 2):
            raise InputError(f"{path}: needs either encode and decode, or both")
        for line in lines:
            self._words(line, {}, checked=True)
        self.name = self._table.name
        self.scales = self._table.scales
        self.at_once = self._table.both is not None
        given = self._table.qualities
        self.qualities: Sequence[float] = range(given.first, given.last + 1) if isinstance(given, Range) else given
        if not len(self.qualities):
            raise InputError(f"{path}: qualities: there are none")
        self._together: dict[bytes, bytes] = {}  # file -> PNG of what it decodes to

    def identity(self) -> str:
        lines = " | ".join(line for line in (self._table.both, self._table.encode, self._table.decode) if line)
        return f"{self._version()}{lines}"

    def encode(self, image: Image.Image, quality: float) -> bytes:
        with tempfile.TemporaryDirectory() as name:
            places = self._places(Path(name), quality)
            image.save(places["input"])
            self._call(self._table.both or self._table.encode or "", places)
            data = self._made(places["coded"], self._table.coded).read_bytes()
            if self.at_once:
                buffer = io.BytesIO()
                self._picture(places).save(buffer, "PNG", compress_level=1)
                self._together[data] = buffer.getvalue()
                if len(self._together) > _TOGETHER:
                    del self._together[next(iter(self._together))]
            return data

    def decode(self, data: bytes) -> Image.Image:
        if self.at_once:
            if data not in self._together:
                raise TriptychError(f"{self.name}: codes and decodes at once, so only what it coded here can be shown")
            with Image.open(io.BytesIO(self._together[data])) as image:
                return image.convert("RGB")
        with tempfile.TemporaryDirectory() as name:
            places = self._places(Path(name), 0)
            Path(places["coded"]).write_bytes(data)
            self._call(self._table.decode or "", places)
            return self._picture(places)

    def _places(self, folder: Path, quality: float) -> dict[str, str]:
        (folder / "in").mkdir()
        places = {name: str(folder / getattr(self._table, name)) for name in ("coded", "decoded")}
        for place in places.values():
            Path(place).parent.mkdir(parents=True, exist_ok=True)
        inputs = {"input": str(folder / "in" / "input.png"), "input_folder": str(folder / "in")}
        return places | inputs | {"folder": str(folder), "quality": f"{quality:g}"}

    def _picture(self, places: dict[str, str]) -> Image.Image:
        with Image.open(self._made(places["decoded"], self._table.decoded)) as image:
            return image.convert("RGB")

    def _made(self, place: str, name: str) -> Path:
        if not Path(place).is_file():
            raise TriptychError(f"{self.name}: its program left no {name}")
        return Path(place)

    def _words(self, line: str, places: dict[str, str], checked: bool = False) -> list[str]:
        def value(match: re.Match[str]) -> str:
            if match[1] not in os.environ:
                raise UnsupportedError(f"the environment has no {match[1]}, which {self._table.name} needs")
            return os.environ[match[1]]

        known = {"here": str(self._here), "python": sys.executable} | places
        words = [_VARIABLE.sub(value, word) for word in shlex.split(line)]
        for name, place in known.items():
            words = [word.replace(f"{{{name}}}", place) for word in words]
        if checked and (not words or shutil.which(words[0]) is None):
            raise UnsupportedError(f"there is no {words[0] if words else 'program'} on the PATH")
        return words

    def _call(self, line: str, places: dict[str, str]) -> None:
        words = self._words(line, places)
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
            try:
                code = process.wait(_SECONDS)
            except subprocess.TimeoutExpired as error:
                process.kill()
                process.wait()
                raise TriptychError(f"{self.name}: {words[0]} took more than {_SECONDS} s") from error
            if code:
                said.seek(0)
                text = " ".join(said.read().decode("utf-8", "replace").split())[-_TAIL:]
                raise TriptychError(f"{self.name}: {words[0]} ended with code {code}: {text}")
        note_peak()

    def _version(self) -> str:
        if not self._table.version:
            return ""
        done = subprocess.run(self._words(self._table.version, {}), capture_output=True, text=True, check=False)
        lines = [line for line in (done.stdout or done.stderr).splitlines() if line.strip()]
        return f"{lines[0].strip()}; " if lines else ""


def ready() -> dict[str, Path]:
    """The TOML files that come with the package, by the names of their codecs."""
    return {path.stem: path for path in sorted(READY.glob("*.toml"))}
