"""Graphs of ComfyUI: nodes by name, whose inputs are values or links; as the server ran them, or (`workflow`) as drawn.

The "prompt" is what the server ran: nodes with named inputs, where a link is [node, output].
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ...errors import LimitError
from ...limits import MAX_GRAPH_NODES


class Link(NamedTuple):
    """An input that comes from an output of another node."""

    node: str
    output: int


@dataclass
class Node:
    """A node.

    Attributes:
        kind: its class, as the server knows it.
        inputs: by name: a link, or a value as JSON has them.
        outputs: (name, type) of each output, in order, where the editor wrote them down.
        shown: the texts that the node displayed after it had run, if it is one that does.
    """

    kind: str
    inputs: dict[str, object]
    outputs: tuple[tuple[str, str], ...] = ()
    shown: tuple[str, ...] = ()


@dataclass
class Graph:
    """Nodes by name.

    Attributes:
        drawn: whether choices like {red|blue} in texts were already made, which the editor does when it sends them.
    """

    nodes: dict[str, Node] = field(default_factory=dict)
    drawn: bool = True


def from_prompt(value: object, workflow: Graph | None = None) -> Graph | None:
    """The graph that ran, or None if the value is none; the editor's, if given, tells the outputs by name.

    Raises:
        LimitError: it has more nodes than limits.py allows.
    """
    if not isinstance(value, dict):
        return None
    graph = Graph()
    for name, entry in value.items():
        if not (isinstance(entry, dict) and isinstance(entry.get("class_type"), str)):
            continue
        inputs = entry.get("inputs")
        node = Node(entry["class_type"], {})
        for key, given in inputs.items() if isinstance(inputs, dict) else ():
            node.inputs[str(key)] = _given(given)
        beside = workflow.nodes.get(str(name)) if workflow else None
        if beside and beside.kind == node.kind:
            node.outputs, node.shown = beside.outputs, beside.shown
        graph.nodes[str(name)] = node
    check_count(len(graph.nodes))
    return graph if graph.nodes else None


def _given(value: object) -> object:
    """An input of the server's format: a link or a value."""
    if (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], (str, int))
        and isinstance(value[1], int)
        and not isinstance(value[1], bool)
    ):
        return Link(str(value[0]), value[1])
    if isinstance(value, dict) and set(value) == {"__value__"}:  # a list that is no link
        return value["__value__"]
    return value


def check_count(count: int) -> None:
    if count > MAX_GRAPH_NODES:
        raise LimitError(f"a graph of {count} nodes; at most {MAX_GRAPH_NODES} are read")
