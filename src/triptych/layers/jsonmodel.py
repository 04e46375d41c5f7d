"""JSON values as range-coded decisions, predicted from what the document has shown so far (SPEC §7.5.3).

Workflows repeat themselves: every node has the same members in the same order, numbers count up, and what a
node's input says its link says again. The coder knows, for each place of a document, which values and members
stood there before, and codes most of them as "the same again". A model starts from the priming documents that
ship in the package, so that even a short recipe meets names that it knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ..errors import DamagedError
from . import learner
from .learner import ANYWHERE, Input, Learner, Output, context

MAX_DEPTH = 64
_RECENT, _FOLLOWERS = 6, 4
_NUMBER_STARTS = 0xFE

CANDIDATE, OBJECT, ARRAY, STRING, WHOLE, STEP, LITERAL, WORD = range(8)
_WORDS = (None, False, True, None)
_LABELS = frozenset({"type", "class_type", "name"})


class Number(str):
    """A JSON number as it is written; nothing of it is lost."""

    __slots__ = ()


class Members(list):
    """A JSON object as its (key, value) pairs in their order; a key may occur twice."""

    __slots__ = ()


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
        return (str(start[0]), start[1]) if start else ()


def _objects(value: Any) -> Iterator[dict]:
    for entry in value if type(value) is list else ():
        yield dict(entry) if isinstance(entry, Members) else {}


class Model(Learner):
    """A learner that also knows what stood at each place of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[tuple, int] = {(): ANYWHERE}
        self.recent: dict[int, tuple] = {}
        self.whole: dict[int, int] = {}
        self.followers: dict[int, tuple] = {}
        self.graph = _Graph()

    def place(self, *facts: Any) -> int:
        """The number of a place, given out in the order in which places are met."""
        return self.places.setdefault(facts, len(self.places))

    def copy(self, coder: Any) -> Model:
        other = super().copy(coder)
        other.graph = _Graph()
        return other

    def value(self, value: Any, at: _Place, likely: tuple = (), level: int = 0, owner: str = "") -> Any:
        """Any JSON value; when reading, `value` is ignored and the one that was written comes back.

        Args:
            likely: what the graph says stands here, the likeliest first.
            level: how deep the value lies.
            owner: key of the object around the object around the value, which in a prompt names the node.
        """
        if level > MAX_DEPTH:
            raise DamagedError(f"the recipe nests deeper than {MAX_DEPTH} levels")
        encodes = self.coder.encodes
        facts = (at.key, at.depth, at.index, bool(likely))
        general, special = self.place(facts), self.place(at.label, facts)
        known = likely + self.recent.get(special, ()) + self.recent.get(general, ())
        candidates = tuple(dict.fromkeys((type(c), c) for c in known))
        kind, choice = CANDIDATE, -1
        if encodes:
            if not isinstance(value, list):
                choice = next((k for k, c in enumerate(candidates) if c == (type(value), value)), -1)
            kind = CANDIDATE if choice >= 0 else self._kind(value, special, general)
        kind = self.tree(context(special, learner.F_KIND), context(general, learner.F_KIND), kind, 3)
        if kind == OBJECT:
            return self._object(value, at, level, owner)
        if kind == ARRAY:
            return self._array(value, at, level, owner)
        if kind == CANDIDATE:
            value = self._candidate(candidates, choice, special, general)
        elif kind == STRING:
            value = self.text(value, self.place(at.key))
        elif kind == LITERAL:
            digits = self.spell(value.encode() if encodes else b"", _NUMBER_STARTS)
            value = Number(digits.decode("ascii", "replace"))
        elif kind == WORD:
            spot = context(special, learner.F_WORD), context(general, learner.F_WORD)
            value = _WORDS[self.tree(*spot, {False: 1, True: 2}.get(value, 0), 2)]
        else:
            base = self._base(special, general) if kind == STEP else 0
            number = int(value) - base if encodes else 0
            field = learner.F_STEP if kind == STEP else learner.F_WHOLE
            size = self.magnitude(special, general, field, abs(number))
            spot = context(special, learner.F_SIGN, kind), context(general, learner.F_SIGN, kind)
            value = Number(base + (-size if self.bit(*spot, number < 0) else size))
            self.count(len(value))
        self._remember(value, special, general)
        return value

    def _candidate(self, candidates: tuple, choice: int, special: int, general: int) -> Any:
        """One of the values that are expected here; the last needs no bit."""
        for k, (_, candidate) in enumerate(candidates):
            spot = context(special, learner.F_CHOICE, k), context(general, learner.F_CHOICE, k)
            if k == len(candidates) - 1 or self.bit(*spot, choice == k):
                self.count(len(candidate) if isinstance(candidate, str) else 4)
                return candidate
        raise DamagedError("the recipe repeats a value where there was none")

    def _remember(self, value: Any, special: int, general: int) -> None:
        for place in (special, general):
            before = tuple(v for v in self.recent.get(place, ()) if not (v == value and type(v) is type(value)))
            self.recent[place] = (value, *before[: _RECENT - 1])
        if isinstance(value, Number):
            if _is_whole(value):
                self.whole[special] = self.whole[general] = int(value)
        elif isinstance(value, str):
            self.know(value)

    def _kind(self, value: Any, special: int, general: int) -> int:
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

    def _base(self, special: int, general: int) -> int:
        return self.whole.get(special, self.whole.get(general, 0))

    def _object(self, value: Members, at: _Place, level: int, owner: str) -> Members:
        label, previous = at.label, ""
        members = Members()
        widget, widgets = 0, self.graph.widgets.get(owner, ())
        while True:
            pair = value[len(members)] if self.coder.encodes and len(members) < len(value) else (None, None)
            key = self._key(pair[0], at, label, previous)
            if key is None:
                break
            likely, parts = (), ()
            if key == "class_type" and at.key in self.graph.types:
                likely = (self.graph.types[at.key],)
            elif at.key == "inputs":
                parts = self.graph.source(owner, key)
                likely = () if parts else tuple(widgets[widget : widget + 3])
            elif at.key == "links":
                likely = self.graph.of_link([item for _, item in members])
            item = self.value(pair[1], _Place(label, key, parts=parts), likely, level + 1, at.key)
            members.append((key, item))
            if at.key == "inputs" and item in likely:
                widget += likely.index(item) + 1
            if key in _LABELS and type(item) is str:
                label = item
            previous = key
        if at.key == "nodes" and at.depth == 1:
            self.graph.learn(members)
        return members

    def _key(self, key: str | None, at: _Place, label: str, previous: str) -> str | None:
        """The next member's key, or None for the end of the object."""
        facts = (at.key, at.depth, previous, "key")
        general, special = self.place(facts), self.place(label, facts)
        self.count(4)
        candidates = tuple(dict.fromkeys(self.followers.get(special, ()) + self.followers.get(general, ())))
        for k, candidate in enumerate(candidates):
            if self.bit(context(special, learner.F_KEY, k), context(general, learner.F_KEY, k), candidate == key):
                key = candidate
                break
        else:
            if self.bit(context(general, learner.F_END), context(ANYWHERE, learner.F_END), key is None):
                key = None
            else:
                key = self.text(key or "", self.place("key"))
        for place in (special, general):
            before = tuple(k for k in self.followers.get(place, ()) if k != key)
            self.followers[place] = (key, *before[: _FOLLOWERS - 1])
        return key

    def _array(self, value: list, at: _Place, level: int, owner: str) -> list:
        items: list = []
        depth = at.depth + 1
        facts = (at.key, depth, "more")
        general, special = self.place(facts), self.place(at.label, facts)
        while True:
            index = min(len(items), 15)
            more = self.coder.encodes and len(items) < len(value)
            self.count(2)
            if not self.bit(context(special, learner.F_MORE, index), context(general, learner.F_MORE, index), more):
                return items
            inside = _Place(at.label, at.key, depth, index)
            likely = at.parts[len(items) : len(items) + 1]
            if at.key == "links" and depth == 2:
                likely = self.graph.of_link(items)
            items.append(self.value(value[len(items)] if more else None, inside, likely, level + 1, owner))


def _is_whole(text: str) -> bool:
    """Whether a number is a whole one of less than 2^62, written the usual way."""
    if len(text) > 19 or not text.isascii() or not text.lstrip("-").isdecimal():
        return False
    return str(int(text)) == text and abs(int(text)) < 1 << 62


def pack(document: Any, *, blocks: bool) -> bytes:
    """A JSON value, of str, Number, bool, None, list and Members, as a payload.

    Args:
        blocks: start from all priming documents, and not only from those without blocks.

    Raises:
        LimitError, DamagedError: it is too large or too deep for a payload (see limits.py).
    """
    output = Output()
    _primed(blocks).copy(output).value(document, _Place("", ""))
    return output.range.finish()


def unpack(payload: bytes, *, blocks: bool) -> Any:
    """The JSON value in a payload.

    Raises:
        DamagedError: no writer makes this payload.
        LimitError: it unpacks to more, or takes longer, than limits.py allows.
    """
    source = Input(payload)
    document = _primed(blocks).copy(source).value(None, _Place("", ""))
    source.range.finish()
    return document


@cache
def _primed(blocks: bool) -> Model:
    from importlib.resources import files

    from .jsontext import parse

    model = Model()
    text = files("triptych.layers.tables").joinpath("recipe.jsonl").read_text(encoding="utf-8")
    for line in text.splitlines():
        document = parse(line)
        if blocks or len(document) == 1:
            model.value(document, _Place("", ""))
            model = model.copy(model.coder)
    return model
