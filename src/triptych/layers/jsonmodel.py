"""JSON values as range-coded decisions, predicted from what the document has shown so far (SPEC §7.6).

Workflows repeat themselves: every node has the same members in the same order, numbers count up, and what a
node's input says its link says again. The coder knows, for each place of a document, which values and members
stood there before, and codes most of them as "the same again". A model starts from the priming documents that
ship in the package, so that even a short recipe meets names that it knows.

The range coder's adaptive bits follow Cleary and Witten, "Data compression using adaptive coding and partial
string matching" (1984), in that a context that was never seen asks a shorter one. Only integers decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..bitstream.rangecoder import RangeDecoder, RangeEncoder
from ..errors import DamagedError, LimitError
from ..limits import MAX_RECIPE_BYTES, MAX_RECIPE_STEPS, MAX_TEXT_CHARS

MAX_DEPTH = 64
MAX_STRINGS = 65_536
_END = 0xFF  # closes a string; no UTF-8 has this byte
_SHORT = 12  # bytes below which a text is not worth a model's attention
_HALF = 1 << 20 | 0  # a new context: p = 32,768 of 65,536 in the upper bits, seen 0 times in the lower five
_MOST_SEEN = 24
_RATE = tuple(2 * 65536 // (2 * seen + 3) for seen in range(_MOST_SEEN + 1))
_LEAST = 48  # no bit is held for impossible
_RECENT, _FOLLOWERS = 6, 4
_PROSE_BYTE, _PROSE_CHAR = 128, 32  # what the text coder's work counts for, in decisions

CANDIDATE, OBJECT, ARRAY, STRING, WHOLE, STEP, LITERAL, WORD = range(8)
_WORDS = (None, False, True, None)
_LABELS = frozenset({"type", "class_type", "name"})


class Number(str):
    """A JSON number as it is written; nothing of it is lost."""

    __slots__ = ()


class Members(list):
    """A JSON object as its (key, value) pairs in their order; a key may occur twice."""

    __slots__ = ()


class _Output:
    """Writes the bits; the model is the same for both directions."""

    encodes = True

    def __init__(self) -> None:
        self.coder = RangeEncoder()

    def bit(self, bit: int, p1: int) -> int:
        self.coder.encode_bit(bit, p1)
        return bit

    def uniform(self, value: int, count: int) -> int:
        self.coder.encode_uniform(value, count)
        return value


class _Input:
    encodes = False

    def __init__(self, payload: bytes) -> None:
        self.coder = RangeDecoder(payload)

    def bit(self, bit: int, p1: int) -> int:
        return self.coder.decode_bit(p1)

    def uniform(self, value: int, count: int) -> int:
        return self.coder.decode_uniform(count)


class _Nothing:
    """For priming: the model learns, and nothing is written."""

    encodes = True

    def bit(self, bit: int, p1: int) -> int:
        return bit

    def uniform(self, value: int, count: int) -> int:
        return value


@dataclass
class _Place:
    """Where in a document a value stands.

    Attributes:
        label: the type or name that the nearest enclosing object has given so far.
        key: the nearest member's key.
        depth: how many arrays lie between that member and the value.
        index: the place in the innermost of them, 15 for all later ones.
        parts: what the items of an array are likely to be.
    """

    label: str
    key: str
    depth: int = 0
    index: int = 0
    parts: tuple = ()


@dataclass
class _Graph:
    """What the nodes of a workflow have said, for the links and the prompt that say it again."""

    types: dict[str, Any] = field(default_factory=dict)  # node -> type
    origin: dict[Any, tuple] = field(default_factory=dict)  # link -> (node, slot, type)
    target: dict[Any, tuple] = field(default_factory=dict)
    inputs: dict[tuple[str, Any], Any] = field(default_factory=dict)  # (node, input's name) -> link
    widgets: dict[str, list] = field(default_factory=dict)  # node -> scalars in order

    def learn(self, node: Members) -> None:
        """Take in a node of a workflow, as soon as it is whole."""
        parts = dict(node)
        name = parts.get("id")
        if not isinstance(name, str):  # a Number is one, too
            return
        if type(parts.get("type")) is str:
            self.types[str(name)] = parts["type"]
        for slot, entry in enumerate(_objects(parts.get("inputs"))):
            link = entry.get("link")
            if isinstance(link, Number):
                self.target[link] = (name, Number(slot), entry.get("type"))
                if type(entry.get("name")) is str:
                    self.inputs[str(name), entry["name"]] = link
        for slot, entry in enumerate(_objects(parts.get("outputs"))):
            links = entry.get("links")
            for link in links if type(links) is list else ():
                if isinstance(link, Number):
                    self.origin[link] = (name, Number(slot), entry.get("type"))
        values = parts.get("widgets_values")
        self.widgets[str(name)] = [v for v in values if not isinstance(v, list)] if type(values) is list else []

    def of_link(self, row: list) -> tuple:
        """What is likely next in a row [link, from, slot, to, slot, type] of which `row` is known."""
        if not 1 <= len(row) <= 5 or not isinstance(row[0], Number):
            return ()
        start, end = self.origin.get(row[0]), self.target.get(row[0])
        at = len(row)
        said = (start and start[at - 1]) if at < 3 else (end and end[at - 3]) if at < 5 else start and start[2]
        return () if said is None or isinstance(said, list) else (said,)

    def source(self, node: str, name: str) -> tuple:
        """(node, slot) that an input of a prompt's node comes from, if the workflow says so."""
        start = self.origin.get(self.inputs.get((node, name)))
        return (start[0] if type(start[0]) is str else str(start[0]), start[1]) if start else ()


def _objects(value: Any) -> Iterator[dict]:
    for entry in value if type(value) is list else ():
        yield dict(entry) if isinstance(entry, Members) else {}


class Model:
    """The state of the coder: probabilities, and what was seen where."""

    def __init__(self) -> None:
        self.slots: dict[Any, int] = {}
        self.recent: dict[Any, tuple] = {}
        self.whole: dict[Any, int] = {}
        self.followers: dict[Any, tuple] = {}
        self.strings: dict[str, int] = {}
        self.listed: list[str] = []
        self.history = bytearray()
        self.seen_at: dict[bytes, int] = {}
        self.graph = _Graph()
        self.steps = 0
        self.chars = 0
        self.coder: Any = _Nothing()

    def copy(self, coder: Any) -> Model:
        """A model that has learnt the same, for a document of its own."""
        other = Model()
        for name in ("slots", "recent", "whole", "followers", "strings", "seen_at"):
            setattr(other, name, getattr(self, name).copy())
        other.listed, other.history, other.coder = self.listed.copy(), self.history.copy(), coder
        return other

    # --- bits ---

    def bit(self, context: Any, shorter: Any, bit: int) -> int:
        """One adaptive bit; a context not seen before starts with the probability of a shorter one."""
        self.steps += 1
        if self.steps > MAX_RECIPE_STEPS:
            raise LimitError(f"the recipe takes more than {MAX_RECIPE_STEPS} decisions to read")
        slots = self.slots
        short = slots.get(shorter, _HALF)
        state = slots.get(context)
        if state is None:
            state = short & ~31
        p, seen = state >> 5, state & 31
        bit = self.coder.bit(bit, min(max(p, _LEAST), 65536 - _LEAST))
        if bit:
            slots[context] = p + ((65536 - p) * _RATE[seen] >> 16) << 5 | min(seen + 1, _MOST_SEEN)
        else:
            slots[context] = p - (p * _RATE[seen] >> 16) << 5 | min(seen + 1, _MOST_SEEN)
        p, seen = short >> 5, short & 31
        p += ((65536 - p) * _RATE[seen] >> 16) if bit else -(p * _RATE[seen] >> 16)
        slots[shorter] = p << 5 | min(seen + 1, _MOST_SEEN)
        return bit

    def tree(self, context: Any, shorter: Any, value: int, bits: int) -> int:
        """A value of so many bits, the highest first, each known by the ones before."""
        node = 1
        for k in range(bits - 1, -1, -1):
            node = node << 1 | self.bit((context, node), (shorter, node), value >> k & 1)
        return node - (1 << bits)

    def magnitude(self, context: Any, shorter: Any, value: int) -> int:
        """A whole number of 0 to 2^63 - 1: how many bits it has, then all but the first of them."""
        length = self.tree((context, "n"), (shorter, "n"), value.bit_length(), 6)
        if length < 2:
            return length
        known = 1
        for k in range(length - 2, -1, -1):
            wanted = value >> k & 1
            if length - k <= 4:
                known = known << 1 | self.bit((context, length, known), (shorter, length, known), wanted)
            else:
                known = known << 1 | self.coder.bit(wanted, 32768)
        return known

    # --- strings ---

    def text(self, value: str, key: str) -> str:
        """A string: one of those seen before, or spelt out."""
        count = len(self.listed)
        index = self.strings.get(value) if self.coder.encodes else None
        if count and self.bit(("known", key), "known", index is not None):
            value = self.listed[self.coder.uniform(index, count)]
        elif self.bit(("prose", key), "prose", self.coder.encodes and self._is_prose(value)):
            value = self._prose(value)
        else:
            data = self.spell(value.encode("utf-8", "surrogatepass") if self.coder.encodes else b"", _END)
            try:
                value = data.decode("utf-8", "surrogatepass")
            except UnicodeDecodeError as error:
                raise DamagedError(f"the recipe holds a text that is not UTF-8: {error.reason}") from error
        self.know(value)
        return value

    def know(self, value: str) -> None:
        if value not in self.strings and len(self.listed) < MAX_STRINGS:
            self.strings[value] = len(self.listed)
            self.listed.append(value)

    def spell(self, data: bytes, start: int) -> bytes:
        """Bytes up to a closing 0xFF, each from the two before, or as they went on the last time."""
        history, seen_at = self.history, self.seen_at
        out = bytearray()
        one = two = start
        follow = length = 0
        at = 0
        while True:
            if not length:
                follow = seen_at.get(bytes(history[-4:]), 0)
            wanted = (data[at] if at < len(data) else _END) if self.coder.encodes else 0
            at += 1
            byte = -1
            if follow:
                guess = history[follow]
                rank = min(length, 15)
                if self.bit(("match", rank, one == _END), ("match", rank), wanted == guess):
                    byte, length, follow = guess, length + 1, follow + 1
                else:
                    length = follow = 0
            if byte < 0:
                node = 1
                for k in range(7, -1, -1):
                    context = two << 16 | one << 8 | node
                    node = node << 1 | self.bit(context, 1 << 24 | one << 8 | node, wanted >> k & 1)
                byte = node - 256
            history.append(byte)
            if len(history) >= 4:
                seen_at[bytes(history[-4:])] = len(history)
            if byte == _END:
                return bytes(out)
            out.append(byte)
            self.count(1)
            two, one = one, byte

    def _is_prose(self, value: str) -> bool:
        """Whether the text coder of the semantic layer would need fewer bytes."""
        if type(self.coder) is _Nothing or not _SHORT <= len(value) <= MAX_TEXT_CHARS or " " not in value:
            return False
        from .textmodel import encode_text

        try:
            coded = encode_text(value)
        except ValueError:  # a lone surrogate
            return False
        trial = self.copy(_Output())
        trial.spell(value.encode("utf-8"), _END)
        return len(coded) + 1 < len(trial.coder.coder.finish())

    def _prose(self, value: str) -> str:
        from .textmodel import decode_text, encode_text

        coded = encode_text(value) if self.coder.encodes else b""
        length = self.magnitude("prose", "prose length", len(coded))
        if length > 4 * MAX_TEXT_CHARS:
            raise DamagedError(f"the recipe announces a text of {length} coded bytes")
        self.steps += _PROSE_BYTE * length
        coded = bytes(self.coder.uniform(coded[k] if coded else 0, 256) for k in range(length))
        text = value if self.coder.encodes else decode_text(coded, max_chars=MAX_TEXT_CHARS)
        self.steps += _PROSE_CHAR * len(text)
        self.count(len(text))
        self.remember(text.encode("utf-8"))
        return text

    def remember(self, data: bytes) -> None:
        """Let later texts continue as this one did."""
        for byte in (*data, _END):
            self.history.append(byte)
            self.seen_at[bytes(self.history[-4:])] = len(self.history)

    def count(self, chars: int) -> None:
        self.chars += chars
        if self.chars > MAX_RECIPE_BYTES:
            raise LimitError(f"the recipe unpacks to more than {MAX_RECIPE_BYTES} bytes")

    # --- values ---

    def value(self, value: Any, place: _Place, likely: tuple = (), level: int = 0, owner: str = "") -> Any:
        """Any JSON value.

        Args:
            likely: what the graph says stands here, the likeliest first.
            level: how deep the value lies.
            owner: key of the object around the object around the value, which in a prompt names the node.
        """
        if level > MAX_DEPTH:
            raise DamagedError(f"the recipe nests deeper than {MAX_DEPTH} levels")
        encodes = self.coder.encodes
        general = (place.key, place.depth, place.index, bool(likely))
        special = (place.label, *general)
        candidates = likely + self.recent.get(special, ()) + self.recent.get(general, ())
        candidates = tuple(dict.fromkeys((type(c), c) for c in candidates))
        kind, choice = CANDIDATE, -1
        if encodes:
            if not isinstance(value, list):
                choice = next((k for k, c in enumerate(candidates) if c == (type(value), value)), -1)
            kind = CANDIDATE if choice >= 0 else self._kind(value, special, general)
        kind = self.tree((special, "k"), (general, "k"), kind, 3)
        if kind == CANDIDATE:
            for k, (_, candidate) in enumerate(candidates):
                if k == len(candidates) - 1 or self.bit((special, "c", k), (general, "c", k), choice == k):
                    value = candidate
                    break
            else:
                raise DamagedError("the recipe repeats a value where there was none")
            self.count(len(value) if isinstance(value, str) else 4)
        elif kind == OBJECT:
            return self._object(value, place, level, owner)
        elif kind == ARRAY:
            return self._array(value, place, level, owner)
        elif kind == STRING:
            value = self.text(value, place.key)
        elif kind == WHOLE:
            number = int(value) if encodes else 0
            number = self.magnitude((special, "w"), (general, "w"), abs(number)) * (
                -1 if self.bit((special, "s"), (general, "s"), number < 0) else 1
            )
            value = Number(number)
        elif kind == STEP:
            base = self._base(special, general)
            step = int(value) - base if encodes else 0
            size = self.magnitude((special, "d"), (general, "d"), abs(step))
            if self.bit((special, "ds"), (general, "ds"), step < 0):
                size = -size
            value = Number(base + size)
        elif kind == LITERAL:
            digits = self.spell(value.encode() if encodes else b"", 0xFE)
            value = Number(digits.decode("ascii", "replace"))
        else:
            value = _WORDS[self.tree((special, "v"), (general, "v"), {False: 1, True: 2}.get(value, 0), 2)]
        for where in (special, general):
            before = tuple(v for v in self.recent.get(where, ()) if not (v == value and type(v) is type(value)))
            self.recent[where] = (value, *before[: _RECENT - 1])
        if isinstance(value, Number) and _is_whole(value):
            self.whole[special] = self.whole[general] = int(value)
        elif isinstance(value, str):
            self.know(value)
        return value

    def _kind(self, value: Any, special: tuple, general: tuple) -> int:
        if isinstance(value, Members):
            return OBJECT
        if isinstance(value, list):
            return ARRAY
        if isinstance(value, Number):
            if not _is_whole(value):
                return LITERAL
            step = abs(int(value) - self._base(special, general))
            return STEP if 2 * step < abs(int(value)) else WHOLE
        return STRING if isinstance(value, str) else WORD

    def _base(self, special: tuple, general: tuple) -> int:
        return self.whole.get(special, self.whole.get(general, 0))

    def _object(self, value: Members, place: _Place, level: int, owner: str) -> Members:
        label, previous = place.label, ""
        where = (place.key, place.depth)
        members = Members()
        pairs = iter(value) if self.coder.encodes else None
        widget, widgets = 0, self.graph.widgets.get(owner, ())
        while True:
            pair = next(pairs, None) if pairs else None
            key = self._key(pair[0] if pair else None, where, label, previous)
            if key is None:
                break
            self.count(4)
            likely, parts = (), ()
            if key == "class_type" and place.key in self.graph.types:
                likely = (self.graph.types[place.key],)
            elif place.key == "inputs":
                parts = self.graph.source(owner, key)
                likely = () if parts else tuple(widgets[widget : widget + 3])
            inside = _Place(label, key, parts=parts)
            item = self.value(pair[1] if pair else None, inside, likely, level + 1, place.key)
            members.append((key, item))
            if item in likely:
                widget += likely.index(item) + 1
            if key in _LABELS and type(item) is str:
                label = item
            previous = key
        if place.key == "nodes" and place.depth == 1:
            self.graph.learn(members)
        return members

    def _key(self, key: str | None, where: tuple, label: str, previous: str) -> str | None:
        """The next member's key, or None for the end of the object."""
        special, general = (label, where, previous), (where, previous)
        candidates = tuple(dict.fromkeys(self.followers.get(special, ()) + self.followers.get(general, ())))
        for k, candidate in enumerate(candidates):
            if self.bit((special, "f", k), (general, "f", k), candidate == key):
                key = candidate
                break
        else:
            if self.bit(("end", where), "end", key is None):
                key = None
            else:
                key = self.text(key or "", "")
        for place in (special, general):
            before = tuple(k for k in self.followers.get(place, ()) if k != key)
            self.followers[place] = (key, *before[: _FOLLOWERS - 1])
        return key

    def _array(self, value: list, place: _Place, level: int, owner: str) -> list:
        items: list = []
        depth = place.depth + 1
        general = (place.key, depth)
        row = place.key == "links" and depth == 2
        while True:
            index = min(len(items), 15)
            more = len(items) < len(value) if self.coder.encodes else False
            if not self.bit((place.label, *general, index, "more"), (general, index, "more"), more):
                return items
            self.count(2)
            inside = _Place(place.label, place.key, depth, index)
            likely = self.graph.of_link(items) if row else place.parts[len(items) : len(items) + 1]
            items.append(self.value(value[len(items)] if self.coder.encodes else None, inside, likely, level + 1, owner))


def _is_whole(text: str) -> bool:
    """Whether a number is a whole one of less than 2^62, written the usual way."""
    return len(text) <= 19 and text.lstrip("-").isdecimal() and abs(int(text)) < 1 << 62 and str(int(text)) == text


def pack(document: Any) -> bytes:
    """A JSON value, of str, Number, bool, None, list and Members, as a payload.

    Raises:
        LimitError, DamagedError: it is too large or too deep for a payload (see limits.py).
    """
    output = _Output()
    _primed().copy(output).value(document, _Place("", ""))
    return output.coder.finish()


def unpack(payload: bytes) -> Any:
    """The JSON value in a payload.

    Raises:
        DamagedError: no writer makes this payload.
        LimitError: it unpacks to more, or takes longer, than limits.py allows.
    """
    source = _Input(payload)
    document = _primed().copy(source).value(None, _Place("", ""))
    source.coder.finish()
    return document


@cache
def _primed() -> Model:
    from importlib.resources import files

    from .jsontext import parse

    model = Model()
    text = files("triptych.layers.tables").joinpath("recipe.jsonl").read_text(encoding="utf-8")
    for line in text.splitlines():
        model.graph = _Graph()
        model.value(parse(line), _Place("", ""))
    model.graph = _Graph()
    model.steps = model.chars = 0
    return model
