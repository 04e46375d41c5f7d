"""The file of results: a line of JSON for each run, for each file that was coded, and for each failure.

Lines are only ever added, so a run that was stopped goes on where it was. What a later line says of the same picture,
codec and budget counts; lines of another version of a codec stay in the file and no longer count.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import reason
from ..version import __version__

FILE = "results.jsonl"
PICTURES = "pictures"
_PACKAGES = (
    "numpy", "Pillow", "scipy", "onnxruntime", "imagecodecs", "pillow-heif", "flip-evaluator", "pytorch-msssim",
    "scikit-image", "ssimulacra2", "blurhash", "bjontegaard", "torch", "torchmetrics", "pyiqa",
)  # fmt: skip

Line = dict[str, Any]


@dataclass
class Results:
    """What a file of results says.

    Attributes:
        runs: their headers, oldest first.
        points: the lines that count.
        errors: failures that no later line made good.
        sets: FID and KID of codecs and budgets, those of the last run that has any.
    """

    runs: list[Line] = field(default_factory=list)
    points: list[Line] = field(default_factory=list)
    errors: list[Line] = field(default_factory=list)
    sets: list[Line] = field(default_factory=list)

    @cached_property
    def _index(self) -> dict[tuple[str, str, str], list[Line]]:
        index: dict[tuple[str, str, str], list[Line]] = {}
        for line in self.points:
            index.setdefault((line["sha256"], line["codec"], line["budget"]), []).append(line)
        return index

    def done(self, picture_sha256: str, codec: str, identity: str, budget: str, wanted: Iterable[str]) -> bool:
        """Whether there is nothing left to measure at a budget."""
        found = self._index.get((picture_sha256, codec, budget), [])
        known = [line for line in found if line["identity"] == identity]
        return bool(known) and all("unreached" in line or set(wanted) <= set(line["metrics"]) for line in known)


def read_results(folder: Path) -> Results:
    """The results in a folder, or in a file.

    Raises:
        InputError: there are none, or a line is none of ours; a last line that was cut off is passed over.
    """
    path = folder if folder.is_file() else folder / FILE
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "is no text"
        raise InputError(f"{path}: cannot be read: {why}") from error
    lines = text.splitlines()
    found: list[Line] = []
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
            found.append({"kind": value["kind"]} | value)
        except (ValueError, KeyError, TypeError) as error:
            if number == len(lines) and not text.endswith("\n"):
                break
            raise InputError(f"{path}: line {number} is no result") from error
    return _counting(found)


def _counting(lines: Sequence[Line]) -> Results:
    """The lines of the last run that has any, for each picture, codec and budget; of each codec's last version."""
    results = Results(runs=[line for line in lines if line["kind"] == "run"])
    order = {line["run"]: at for at, line in enumerate(results.runs)}
    groups: dict[tuple[str, str, str], list[Line]] = {}
    identity: dict[str, str] = {}
    errors: dict[tuple[str, str], Line] = {}
    for line in lines:
        if line["kind"] == "error":
            errors[line["picture"], line["codec"]] = line
        if line["kind"] != "point":
            continue
        errors.pop((line["picture"], line["codec"]), None)
        identity[line["codec"]] = line["identity"]
        key = line["sha256"], line["codec"], line["budget"]
        before = groups.setdefault(key, [])
        if before and order.get(before[0]["run"], 0) < order.get(line["run"], 0):
            before.clear()
        before.append(line)
    results.points = [
        line for group in groups.values() for line in group if line["identity"] == identity[line["codec"]]
    ]
    results.errors = list(errors.values())
    sets = [line for line in lines if line["kind"] == "set"]
    results.sets = [line for line in sets if line["run"] == sets[-1]["run"]]
    return results


def add_lines(folder: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """
    Raises:
        InputError: the file cannot be written.
    """
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _end_line(path)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {reason(error)}") from error


def _end_line(path: Path) -> None:
    """Remove a last line that was cut off."""
    if path.exists() and (data := path.read_bytes()) and not data.endswith(b"\n"):
        path.write_bytes(data[: data.rfind(b"\n") + 1])


def header(command: Sequence[str], facts: Mapping[str, Any]) -> Line:
    """The line of a run: when, by what, on which machine, and what the caller says (data, budgets, what is absent)."""
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    commit, changed = _commit()
    return {
        "kind": "run",
        "run": f"{started}-{os.getpid()}",
        "started": started,
        "command": " ".join(command),
        "triptych": __version__,
        "commit": commit,
        "changed": changed,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
        **facts,
    }


def command_line() -> list[str]:
    """How this program was called."""
    return [Path(sys.argv[0]).name.replace("__main__.py", "triptych"), *sys.argv[1:]]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> tuple[str | None, bool | None]:
    """(the commit of the checkout this runs from, whether the package differs from it); None outside of one."""
    here = Path(__file__).parent

    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(["git", "-C", here, *words], capture_output=True, text=True, check=False)
        except OSError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    tracked = git("ls-files", "--error-unmatch", Path(__file__).name)
    commit = git("rev-parse", "HEAD") if tracked else None
    return commit, None if commit is None else bool(git("status", "--porcelain", "--untracked-files=no", ".."))


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
