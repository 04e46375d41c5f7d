"""Walking through a graph: inputs by name, also along pipes and through switches, each within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from .graph import Graph, Link, Node
from .names import OUTPUTS, PIPES, REROUTES, SAME, SWITCHED

MOST_STEPS = 300  # nodes on one way through the graph
# Calls within calls: each takes up to seven frames of Python's stack, which has 1,000, some of them the caller's.
_MOST_DEPTH = 100
# Inputs of nodes of one number that say nothing of it.
BESIDE = re.compile(r"control|unique_id|extra_pnginfo|speak|button|label|title|note", re.IGNORECASE)

_T = TypeVar("_T")


class Walk:
    """One walk through one graph.

    Attributes:
        depth: how many calls that follow links are open; few are opened within each other.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = graph.nodes
        self.depth = 0
        self._switches: dict[int, object] = {}

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One call more is open."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def node(self, link: object) -> Node | None:
        return self.nodes.get(link.node) if isinstance(link, Link) else None

    def field(self, name: str, key: str) -> object:
        """The input of a node by its name; if it has none, that of the pipe which comes into it."""
        seen: set[str] = set()
        while name in self.nodes and name not in seen and len(seen) < MOST_STEPS:
            seen.add(name)
            given = self.nodes[name].inputs
            for own in SAME.get(key, (key,)):
                if given.get(own) is not None and (own == key or not isinstance(given[own], bool)):
                    return given[own]
            pipe = next((given[p] for p in PIPES if isinstance(given.get(p), Link)), None)
            if not isinstance(pipe, Link):
                return None
            name = pipe.node
        return None

    def piped(self, name: str) -> list[str]:
        """A node, and those along the pipe that comes into it."""
        found: list[str] = []
        while name in self.nodes and name not in found and len(found) < MOST_STEPS:
            found.append(name)
            given = self.nodes[name].inputs
            pipe = next((given[p] for p in PIPES if isinstance(given.get(p), Link)), None)
            name = pipe.node if isinstance(pipe, Link) else ""
        return found

    def owner(self, name: str, key: str) -> str:
        """The node that holds what `field` gives."""
        seen: set[str] = set()
        while name in self.nodes and name not in seen and len(seen) < MOST_STEPS:
            seen.add(name)
            given = self.nodes[name].inputs
            if any(given.get(own) is not None for own in SAME.get(key, (key,))):
                return name
            pipe = next((given[p] for p in PIPES if isinstance(given.get(p), Link)), None)
            if not isinstance(pipe, Link):
                break
            name = pipe.node
        return name

    def named(self, value: object, key: str) -> str | None:
        """A name, or that which a node with an input of this name gives."""
        for _ in range(MOST_STEPS):
            if not isinstance(value, Link):
                return value if isinstance(value, str) and value else None
            node = self.node(value)
            if node is None:
                return None
            chosen = self.chosen(node)
            value = chosen if chosen is not None else node.inputs.get(key, node.inputs.get("value"))
        return None

    def number(self, value: object, keys: tuple[str, ...]) -> int | float | None:
        """A number, or that which a node gives that holds nothing else under these names."""
        for _ in range(MOST_STEPS):
            if isinstance(value, bool):
                return None
            if isinstance(value, (int, float)):
                return value if abs(value) < 1 << 70 else None  # not NaN, either
            if isinstance(value, str):
                match = re.fullmatch(r"\d{1,20}|\d{1,9}\.\d{1,9}", value.strip())
                return None if match is None else int(value) if value.strip().isdigit() else float(value)
            node = self.node(value)
            if node is None or not isinstance(value, Link):
                return None
            chosen = self.chosen(node)
            if chosen is not None:
                value = chosen
                continue
            known = OUTPUTS.get(node.kind)
            if known is not None:
                key = known.get(value.output)
                value = self.field(value.node, key) if key else None
                continue
            if node.kind in REROUTES:
                value = next(iter(node.inputs.values()), None)
                continue
            if re.search(r"math|operat|calc|random|\bmin\b|\bmax\b|convert.*hash|add|subtract|multip", node.kind, re.I):
                return None
            held = [key for key in keys if isinstance(node.inputs.get(key), (int, float, Link))]
            if len(held) != 1 or not _tells(node, value.output, held[0]):
                return None
            value = node.inputs[held[0]]
        return None

    def chosen(self, node: Node) -> object:
        """The input that a switch lets through, or None if the node is no switch (or it cannot be told)."""
        if id(node) not in self._switches:
            self._switches[id(node)] = None  # what chooses by what it chooses, does not choose
            if self.depth < _MOST_DEPTH:
                with self.deeper():
                    self._switches[id(node)] = self._chosen_of(node)
        return self._switches[id(node)]

    def once(
        self, known: dict[tuple[Link, str], _T | None], link: Link, role: str, find: Callable[[Link, str], _T | None]
    ) -> _T | None:
        """What `find` gives, once for each link; None for what goes in circles or too deep."""
        key = (link, role)
        if key not in known:
            known[key] = None
            if self.depth < _MOST_DEPTH:
                with self.deeper():
                    known[key] = find(link, role)
        return known[key]

    def _chosen_of(self, node: Node) -> object:
        given, kind = node.inputs, node.kind
        if kind == "Context Switch (rgthree)":
            return None  # followed as a pipe
        if kind == "Any Switch (rgthree)":
            names = sorted(name for name in given if re.fullmatch(r"any_\d+", name))
            return next((given[name] for name in names if given[name] is not None), None)
        if not re.search(r"switch|conditionalbranch|ifelse|if_else", kind, re.IGNORECASE):
            return None
        for key in ("select", "Input", "input", "index"):
            number = self.number(given.get(key), ("value", "select", "int", "number")) if key in given else None
            if number is not None:
                place = int(number)
                names = [f"{name}{place}" for name in SWITCHED]
                return next((given[name] for name in names if name in given), None)
        for key in ("switch", "boolean", "cond", "condition", "boolean_value"):
            flag = given.get(key)
            if isinstance(flag, Link):
                holder = self.node(flag)
                flag = holder.inputs.get("value", holder.inputs.get("boolean")) if holder else None
            if isinstance(flag, bool):
                ways = ("on_true", "tt_value", "if_true") if flag else ("on_false", "ff_value", "if_false")
                return next((given[name] for name in ways if name in given), None)
        return None


def _tells(node: Node, output: int, key: str) -> bool:
    """Whether an output of a node that is not in the tables is the number in one of its inputs.

    It is if the node has nothing else, if it is a node for seeds and this is its seed, or if the editor wrote down
    that the output has that name.
    """
    if output < len(node.outputs) and len(node.outputs) > 1:
        name = node.outputs[output][0].lower().replace(" ", "_")
        return name == key.lower() or any(name in same and key in same for same in SAME.values())
    if len([name for name in node.inputs if not BESIDE.search(name)]) == 1:
        return True
    return key in ("seed", "noise_seed") and re.search(r"seed", node.kind, re.IGNORECASE) is not None
