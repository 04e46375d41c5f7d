"""The "workflow": what the editor shows, as the graph that it would have sent to the server.

Boxes with sockets and a row of unnamed widget values, which may be muted or bypassed, stand for whole subgraphs, or
exist on the canvas only (Reroute, PrimitiveNode, SetNode and GetNode).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .graph import Graph, Link, Node, check_count
from .widgets import as_list, widget_name, widgets

MUTED, BYPASSED = 2, 4
_MOST_LEVELS = 16  # subgraphs within subgraphs
_MOST_HOPS = 500  # of one link through reroutes, bypassed nodes and the borders of subgraphs
_MOST_HOPS_IN_ALL = 1_000_000
_INPUTS, _OUTPUTS = -10, -20  # the nodes that stand for a subgraph's own sockets


@dataclass
class _Level:
    """The canvas, or the inside of one subgraph."""

    nodes: dict[str, dict[str, object]]
    links: dict[object, tuple[object, int]]  # link -> (node it comes from, output)
    into: dict[int, object]  # output of the subgraph -> link
    prefix: str = ""
    parent: _Level | None = None
    instance: dict[str, object] | None = None  # the node that stands for this subgraph in its parent
    slots: tuple[str, ...] = ()  # names of the subgraph's inputs
    inner: dict[str, _Level] = field(default_factory=dict)
    sets: dict[object, dict[str, object]] = field(default_factory=dict)  # name of a value -> the node that sets it
    hops: list[int] = field(default_factory=lambda: [_MOST_HOPS_IN_ALL])


def from_workflow(value: object) -> Graph | None:
    """The graph that the editor would send to the server, or None if the value is no workflow.

    Raises:
        LimitError: it has more nodes than limits.py allows.
    """
    if not isinstance(value, dict) or not isinstance(value.get("nodes"), list):
        return None
    definitions: dict[str, dict[str, object]] = {}
    given = value.get("definitions")
    for item in as_list(given.get("subgraphs")) if isinstance(given, dict) else ():
        if isinstance(item, dict):
            definitions[str(item.get("id"))] = item
    count = [0]
    graph = Graph(drawn=False)
    for level in _levels(_level(value), definitions, count, _MOST_LEVELS):
        for name, node in level.nodes.items():
            kind = node.get("type")
            if node.get("mode") in (MUTED, BYPASSED) or name in level.inner or not isinstance(kind, str):
                continue
            if kind in _ON_CANVAS or kind in definitions:
                continue
            graph.nodes[level.prefix + name] = Node(
                kind, _inputs(level, node), tuple(_output_names(node)), _shown(kind, node)
            )
    return graph if graph.nodes else None


def _level(value: dict[str, object]) -> _Level:
    nodes = {str(node["id"]): node for node in as_list(value.get("nodes")) if isinstance(node, dict) and "id" in node}
    links: dict[object, tuple[object, int]] = {}
    into: dict[int, object] = {}
    for link in as_list(value.get("links")):
        if isinstance(link, list) and len(link) >= 5:
            number, origin, slot, target, target_slot = link[:5]
        elif isinstance(link, dict):
            keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
            number, origin, slot, target, target_slot = (link.get(key) for key in keys)
        else:
            continue
        if isinstance(slot, int) and isinstance(number, (int, str)) and isinstance(origin, (int, str)):
            links[number] = (origin, slot)
            if target == _OUTPUTS and isinstance(target_slot, int):
                into[target_slot] = number
    slots = tuple(str(i.get("name")) for i in as_list(value.get("inputs")) if isinstance(i, dict))
    level = _Level(nodes, links, into, slots=slots)
    for node in nodes.values():
        values = node.get("widgets_values")
        if node.get("type") == "SetNode" and isinstance(values, list) and values and isinstance(values[0], str):
            level.sets.setdefault(values[0], node)
    return level


def _levels(level: _Level, definitions: dict[str, dict[str, object]], count: list[int], depth: int) -> Iterator[_Level]:
    """A level and those within it, each linked to the node that stands for it."""
    count[0] += len(level.nodes)
    check_count(count[0])
    inside = []
    for name, node in level.nodes.items():
        definition = definitions.get(str(node.get("type")))
        if definition is None or node.get("mode") in (MUTED, BYPASSED) or depth == 0:
            continue
        inner = _level(definition)
        inner.prefix, inner.parent, inner.instance = f"{level.prefix}{name}:", level, node
        inner.hops = level.hops
        level.inner[name] = inner
        inside.append(inner)
    found = [level]
    for inner in inside:
        found += _levels(inner, definitions, count, depth - 1)
    yield from found


_ON_CANVAS = frozenset({
    "Reroute", "Reroute (rgthree)", "PrimitiveNode", "GetNode", "SetNode", "Note", "MarkdownNote", "Label (rgthree)",
    "Fast Groups Muter (rgthree)", "Fast Groups Bypasser (rgthree)", "Bookmark (rgthree)",
})  # fmt: skip  # fmt: skip


def _source(level: _Level, link: object, hops: int = _MOST_HOPS) -> object:
    """Where a link of the editor comes from in truth: a Link, the value of a widget, or None."""
    left = level.hops
    while hops > 0 and left[0] > 0:
        hops -= 1
        left[0] -= 1
        origin, slot = level.links.get(link, (None, 0)) if isinstance(link, (int, str)) else (None, 0)
        if origin is None:
            return None
        if origin == _INPUTS and level.parent and level.instance is not None:
            socket = _socket(level, slot)
            if socket is None:
                return None
            if socket.get("link") is None:
                return _widget_of(level.instance, socket)
            level, link = level.parent, socket["link"]
            continue
        name = str(origin)
        node = level.nodes.get(name)
        if node is None or node.get("mode") == MUTED:
            return None
        sockets = [socket for socket in as_list(node.get("inputs")) if isinstance(socket, dict)]
        kind = node.get("type")
        if node.get("mode") == BYPASSED:
            link = _passed(node, sockets, slot)
        elif kind in ("Reroute", "Reroute (rgthree)", "SetNode"):
            link = sockets[0].get("link") if sockets else None
        elif kind == "GetNode":
            level, link = _set_by(level, node)
        elif kind == "PrimitiveNode":
            values = node.get("widgets_values")
            return values[0] if isinstance(values, list) and values else None
        elif name in level.inner:
            level = level.inner[name]
            link = level.into.get(slot)
        else:
            return Link(level.prefix + name, slot)
    return None


def _socket(level: _Level, slot: int) -> dict[str, object] | None:
    """The socket of the outer node that an input of the subgraph stands for."""
    sockets = [s for s in as_list((level.instance or {}).get("inputs")) if isinstance(s, dict)]
    name = level.slots[slot] if 0 <= slot < len(level.slots) else None
    named = next((s for s in sockets if s.get("name") == name), None)
    if named is not None or name is not None:
        return named
    return sockets[slot] if 0 <= slot < len(sockets) else None


def _passed(node: dict[str, object], sockets: list[dict[str, object]], slot: int) -> object:
    """The link that a bypassed node hands on: of the input with the output's type, that of the same place first."""
    outputs = [output for output in as_list(node.get("outputs")) if isinstance(output, dict)]
    kind = outputs[slot].get("type") if 0 <= slot < len(outputs) else None
    if kind is None:
        return None
    order = [*sockets[slot : slot + 1], *sockets]
    fitting = [socket for socket in order if socket.get("type") in (kind, "*") or kind == "*"]
    return fitting[0].get("link") if fitting else None


def _set_by(level: _Level, node: dict[str, object]) -> tuple[_Level, object]:
    """The level and link of the SetNode whose value a GetNode gives."""
    values = node.get("widgets_values")
    wanted = values[0] if isinstance(values, list) and values else None
    place: _Level | None = level
    while place is not None:
        other = place.sets.get(wanted) if isinstance(wanted, str) else None
        if other is not None:
            sockets = [socket for socket in as_list(other.get("inputs")) if isinstance(socket, dict)]
            muted = other.get("mode") == MUTED
            return place, sockets[0].get("link") if sockets and not muted else None
        place = place.parent
    return level, None


def _inputs(level: _Level, node: dict[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    linked = set()
    for socket in as_list(node.get("inputs")):
        if isinstance(socket, dict) and isinstance(socket.get("link"), (int, str)):
            name = str(socket.get("name"))
            source = _source(level, socket["link"])
            if source is not None:
                found[name] = source
            elif widget_name(socket) is not None and level.links.get(socket["link"], (None, 0))[0] == _INPUTS:
                continue  # a widget shown on the outside of the subgraph, whose value stands inside
            linked.add(name)
    for name, value in widgets(node, linked).items():
        if name not in linked:
            found[name] = value
    return found


def _widget_of(node: dict[str, object], socket: dict[str, object]) -> object:
    """The value of the widget that a socket of a node belongs to, if it has one."""
    return widgets(node, set()).get(str(socket.get("name")))


def _output_names(node: dict[str, object]) -> Iterator[tuple[str, str]]:
    for output in as_list(node.get("outputs")):
        if isinstance(output, dict):
            yield str(output.get("name") or ""), str(output.get("type") or "")


def _shown(kind: str, node: dict[str, object]) -> tuple[str, ...]:
    """The texts that a node which displays them wrote into the workflow as it ran."""
    if not re.search(r"show|display|preview.?(any|text|string)", kind, re.IGNORECASE):
        return ()
    texts: list[str] = []
    waiting: list[object] = [node.get("widgets_values")]
    while waiting and len(texts) < 16:
        value = waiting.pop(0)
        if isinstance(value, list):
            waiting = [*value[:16], *waiting]
        elif isinstance(value, str):
            texts.append(value)
    return tuple(dict.fromkeys(texts))
