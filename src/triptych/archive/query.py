"""What is asked of an index, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import InputError

SORTS: Mapping[str, str] = {
    "best": "rank, modified DESC",
    "newest": "modified DESC",
    "oldest": "modified",
    "smallest": "bytes",
    "largest": "bytes DESC",
    "name": "path",
}
_COLUMNS = (
    "path", "bytes", "modified", "width", "height", "layers", "prompt", "negative", "tool", "model", "loras", "seed",
    "sampler", "steps", "guidance", "error",
)  # fmt: skip
_SEARCHED = "{prompt model loras path}"  # what plain words are looked for in: not what should *not* be shown
_MOST_RANKED = 20_000  # of more matches the newest are ranked, so that a word that stands everywhere costs no more


@dataclass(frozen=True)
class Query:
    """What to look for; every condition that is given must hold.

    Attributes:
        words: all of them stand in the prompt, the model, the LoRAs or the path. `cat*` finds words that begin with
            cat, `-dog` leaves out what has dog, and words with a space in them are found next to each other.
        negative: words of the negative prompt, in the same way.
        model, lora, tool, sampler: parts of their names; capitals do not matter.
        seed: the very number.
        after, before: dates of the files, as "2026", "2026-11", "2026-11-25" or "2026-11-25T18:30" (local time);
            `before` leaves out what was changed on that day or later.
        width, height: in pixels.
        damaged: True: only files with an error; False: only those without; None: both.
        sort: one of `SORTS`; "best" is by how rare and near to each other the words are, then the newest.
        limit: how many, None: all.
    """

    words: Sequence[str] = ()
    negative: Sequence[str] = ()
    model: str | None = None
    lora: str | None = None
    tool: str | None = None
    sampler: str | None = None
    seed: int | None = None
    after: str | None = None
    before: str | None = None
    width: int | None = None
    height: int | None = None
    damaged: bool | None = None
    sort: str = "best"
    limit: int | None = None

    def statement(self) -> tuple[str, list[Any]]:
        """The SQL and its values.

        Raises:
            InputError: a date or an order that is none, or words that are only left out.
        """
        if self.sort not in SORTS:
            raise InputError(f"sort: {self.sort!r} is none of {', '.join(SORTS)}")
        conditions, values = self._conditions()
        match = " AND ".join(filter(None, (_match(self.words, _SEARCHED), _match(self.negative, "{negative}"))))
        columns = ", ".join(f"files.{name}" for name in _COLUMNS)
        order = SORTS[self.sort]
        if match:
            # Ranking reads each match; so many are enough for an answer, and the newest are the likeliest.
            ranked = f"SELECT rowid, rank FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT {_MOST_RANKED}"
            if self.sort != "best":
                ranked = "SELECT rowid FROM words WHERE words MATCH ?"
            tables = f"({ranked}) AS found JOIN files ON files.id = found.rowid"
            values.insert(0, match)
        else:
            tables = "files"
            order = SORTS["newest"] if self.sort == "best" else order
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        values.append(-1 if self.limit is None else self.limit)
        return f"SELECT {columns} FROM {tables}{where} ORDER BY {order}, files.id LIMIT ?", values

    def _conditions(self) -> tuple[list[str], list[Any]]:
        conditions: list[str] = []
        values: list[Any] = []
        for column, part in (
            ("model", self.model), ("loras", self.lora), ("tool", self.tool), ("sampler", self.sampler)
        ):  # fmt: skip
            if part is not None:
                conditions.append(f"instr(lower(files.{column}), ?) > 0")
                values.append(part.lower())
        for column, value in (("width", self.width), ("height", self.height)):
            if value is not None:
                conditions.append(f"files.{column} = ?")
                values.append(value)
        if self.seed is not None:
            conditions.append("files.seed = ?")
            values.append(str(self.seed))
        for sign, date in ((">=", self.after), ("<", self.before)):
            if date is not None:
                conditions.append(f"files.modified {sign} ?")
                values.append(_nanoseconds(date))
        if self.damaged is not None:
            conditions.append(f"files.error IS {'NOT ' if self.damaged else ''}NULL")
        return conditions, values


@dataclass(frozen=True)
class Found:
    """A file that was found.

    Attributes:
        path: of the file.
        place: the same under the folder of the index, with /.
        bytes: of the whole file.
        modified: when it was last changed.
        width, height: pixels; None if not even the header can be read.
        layers: name -> its bytes in the file.
        prompt, negative, tool, model, loras, seed, sampler, steps, guidance: as the file says, None: it does not.
        error: what is wrong with the file, None: nothing.
    """

    path: Path
    place: str
    bytes: int
    modified: datetime
    width: int | None
    height: int | None
    layers: Mapping[str, int]
    prompt: str | None
    negative: str | None
    tool: str | None
    model: str | None
    loras: tuple[str, ...]
    seed: int | None
    sampler: str | None
    steps: int | None
    guidance: str | None
    error: str | None

    @classmethod
    def from_row(cls, folder: Path, row: Sequence[Any]) -> Found:
        given = dict(zip(_COLUMNS, row, strict=True))
        layers = (part.rpartition(":") for part in (given.pop("layers") or "").split())
        return cls(
            path=folder / given["path"],
            place=given.pop("path"),
            layers={name: int(size) for name, _, size in layers},
            modified=datetime.fromtimestamp(given.pop("modified") / 1e9),
            loras=tuple(filter(None, (given.pop("loras") or "").split(", "))),
            seed=int(seed) if (seed := given.pop("seed")) is not None else None,
            **given,
        )

    def facts(self) -> dict[str, Any]:
        """What is known, as JSON types."""
        shown = dict(vars(self), path=str(self.path), modified=self.modified.isoformat(timespec="seconds"))
        shown["bpp"] = round(self.bytes * 8 / (self.width * self.height), 5) if self.width and self.height else None
        return {name: value for name, value in shown.items() if value not in (None, (), {})}


def _match(words: Sequence[str], columns: str) -> str:
    """Words in FTS5's language; whatever else that language knows is quoted."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for word in words:
        left_out = word.startswith("-") and len(word) > 1
        text = word[left_out:].replace("\0", " ")
        if not re.search(r"\w", text):
            continue
        quoted = '"' + text.rstrip("*").replace('"', '""') + '"' + ("*" if text.endswith("*") else "")
        (unwanted if left_out else wanted).append(f"{columns} : {quoted}")
    if unwanted and not wanted:
        raise InputError("words that are only left out find nothing: give a word to look for, too")
    found = " AND ".join(wanted)
    return f"({found}{''.join(f' NOT {word}' for word in unwanted)})" if found else ""


def _nanoseconds(date: str) -> int:
    """A date, or the start of the year or month that is given, in local time."""
    text = date.strip()
    text += "-01-01" if re.fullmatch(r"\d{4}", text) else "-01" if re.fullmatch(r"\d{4}-\d{2}", text) else ""
    try:
        moment = datetime.fromisoformat(text)
        return int(moment.timestamp() * 1e9)
    except (ValueError, OverflowError, OSError):
        raise InputError(f"{date!r} is no date: give 2026, 2026-11, 2026-11-25 or 2026-11-25T18:30") from None
