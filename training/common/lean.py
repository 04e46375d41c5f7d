"""The same network in an order of work that takes ONNX Runtime less time: the same numbers but for their last digits.

What PyTorch exports for pixels that become channels, and channels that become pixels, moves single numbers; that takes
ONNX Runtime as long as the convolution beside it. Here the first becomes a part of the convolution that follows, and
the second moves blocks of channels. Weights stay in the file as they were trained, under their names: how they are
turned around stands in the graph, and is worked out when the file is opened.

    python training/common/lean.py FILE.onnx ...

changes networks that ship, each with the hash in its card; exported ones are changed already.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from graphlib import TopologicalSorter
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

PREFIX = "lean."  # of the names of what is new


def lean(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model, changed in place where it can be: of a network for one picture, whose sides have any even length."""
    if any(tensor.name.startswith(PREFIX) for tensor in model.graph.initializer):
        return model  # it has been
    graph = _Graph(model.graph)
    shuffles = graph.of("DepthToSpace")
    _stem(graph)
    _last(graph)
    for node in shuffles:
        if node in graph.nodes:
            _grow(graph, node)
    graph.finish()
    onnx.checker.check_model(model)
    return model


class _Graph:
    """A graph that is being changed."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.graph = graph
        self.nodes = list(graph.node)
        self.count = 0

    def of(self, kind: str) -> list[NodeProto]:
        return [node for node in self.nodes if node.op_type == kind]

    def maker(self, name: str) -> NodeProto | None:
        """The node that gives `name`, if one does."""
        return next((node for node in self.nodes if name in node.output), None)

    def shape(self, name: str) -> list[int]:
        """That of weights, stored as they are or as float16."""
        cast = self.maker(name)
        stored = cast.input[0] if cast else name
        return next(list(tensor.dims) for tensor in self.graph.initializer if tensor.name == stored)

    def add(self, op: str, *inputs: str, output: str | None = None, **attributes: object) -> str:
        """The name of the output of a new node."""
        self.count += 1
        name = output or f"{PREFIX}{self.count}"
        self.nodes.append(helper.make_node(op, inputs, [name], f"{PREFIX}{self.count}.{op}", **attributes))
        return name

    def constant(self, *values: int) -> str:
        return self.numbers(np.array(values, np.int64))

    def numbers(self, values: np.ndarray) -> str:
        self.count += 1
        name = f"{PREFIX}{self.count}"
        self.graph.initializer.append(numpy_helper.from_array(values, name))
        return name

    def reshape(self, name: str, *shape: int) -> str:
        return self.add("Reshape", name, self.constant(*shape))

    def replace(self, node: NodeProto) -> str:
        """The name of the output of a node that is dropped: of a new one from now on."""
        self.nodes.remove(node)
        return str(node.output[0])

    def finish(self) -> None:
        """Put everything in order and drop what nobody uses any more."""
        needed, waiting = [], [output.name for output in self.graph.output]
        makers = {name: number for number, node in enumerate(self.nodes) for name in node.output}
        while waiting:
            number = makers.get(waiting.pop())
            if number is not None and number not in needed:
                needed.append(number)
                waiting += self.nodes[number].input
        before = {n: sorted(makers[name] for name in self.nodes[n].input if name in makers) for n in sorted(needed)}
        nodes = [self.nodes[number] for number in TopologicalSorter(before).static_order()]
        used = {name for node in nodes for name in node.input}
        tensors = [tensor for tensor in self.graph.initializer if tensor.name in used]
        del self.graph.node[:], self.graph.initializer[:]
        self.graph.node.extend(nodes)
        self.graph.initializer.extend(tensors)


def _stem(graph: _Graph) -> None:
    """`pixel_unshuffle` and a convolution of 3 x 3 become one of 6 x 6 in steps of 2.

    Beside the pixels there may be planes of one number each; they are made as large as the picture then, and count once
    for each 2 x 2.
    """
    conv = next((node for node in graph.of("Conv") if "stem.weight" in node.input), None)
    if conv is None or graph.shape("stem.weight")[2:] != [3, 3]:
        return
    given, about = conv.input[0], None
    if (joined := graph.maker(given)) and joined.op_type == "Concat":
        given, expanded = joined.input
        about = graph.maker(expanded).input[0]
    node = graph.maker(given)
    while node is not None and node.op_type != "Concat":
        node = graph.maker(node.input[0])
    if node is None:
        return  # of planes that are no pictures side by side, such as those of the ranking of strokes
    pictures = list(node.input)
    width, channels, _, _ = graph.shape("stem.weight")
    numbers = 0 if about is None else channels % 4 or 4
    planes = (channels - numbers) // 4
    pixels = "stem.weight"
    if about is not None:
        at, end, axis = (graph.constant(value) for value in (channels - numbers, channels, 1))
        pixels = graph.add("Slice", "stem.weight", graph.constant(0), at, axis)
    pixels = graph.reshape(pixels, width, planes, 2, 2, 3, 3)
    weight = graph.reshape(graph.add("Transpose", pixels, perm=[0, 1, 4, 2, 5, 3]), width, planes, 6, 6)
    if about is not None:
        rest = graph.reshape(graph.add("Slice", "stem.weight", at, end, axis), width, numbers, 3, 1, 3, 1)
        rest = graph.add("Pad", rest, graph.constant(*[0] * 9, 1, 0, 1))  # the other three of each 2 x 2
        weight = graph.add("Concat", weight, graph.reshape(rest, width, numbers, 6, 6), axis=1)
        size = graph.add("Concat", graph.constant(1, 1), graph.add("Shape", pictures[0], start=2), axis=0)
        pictures.append(graph.add("Expand", about, size))
    whole = graph.add("Concat", *pictures, axis=1)
    bias, output = conv.input[2], graph.replace(conv)
    graph.add("Conv", whole, weight, bias, output=output, kernel_shape=[6, 6], strides=[2, 2], pads=[2, 2, 2, 2])


def _last(graph: _Graph) -> None:
    """`pixel_shuffle` and a convolution of 3 x 3: the latter comes first, at half the size and with more channels."""
    conv = next((node for node in graph.of("Conv") if "last.weight" in node.input), None)
    if conv is None:
        return
    shuffle = graph.maker(conv.input[0])
    outputs, inputs, _, _ = graph.shape("last.weight")
    # Of the pixel p of a pair, the tap k of 3 falls on the pixel d of the pair o.
    taps = np.zeros((3, 2, 2, 3), np.float32)
    for p in range(2):
        for k in range(3):
            taps[k, p, (p + k - 1) % 2, (p + k - 1) // 2 + 1] = 1
    plane = np.einsum("kpdo,lqes->klpqdeos", taps, taps).reshape(9, -1)
    weight = graph.reshape("last.weight", outputs * inputs, 9)
    weight = graph.add("MatMul", weight, graph.numbers(plane))
    weight = graph.reshape(weight, outputs, inputs, 2, 2, 2, 2, 3, 3)
    weight = graph.add("Transpose", weight, perm=[0, 2, 3, 1, 4, 5, 6, 7])
    weight = graph.reshape(weight, 4 * outputs, 4 * inputs, 3, 3)
    bias = graph.add("Expand", graph.reshape(conv.input[2], outputs, 1), graph.constant(outputs, 4))
    bias = graph.reshape(bias, 4 * outputs)
    output = graph.replace(conv)
    graph.replace(shuffle)
    made = graph.add("Conv", shuffle.input[0], weight, bias, kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    graph.add("DepthToSpace", made, output=output, blocksize=2, mode="CRD")


def _grow(graph: _Graph, shuffle: NodeProto) -> None:
    """A convolution and `pixel_shuffle`: with its channels in another order, neighbouring ones stay neighbours."""
    before = graph.maker(shuffle.input[0])
    whole = before.op_type == "DequantizeLinear"
    conv = graph.maker(graph.maker(before.input[0]).input[0]) if whole else before
    for at, name in enumerate(conv.input[1:], 1):
        made = graph.maker(name)
        if made and made.op_type == "DequantizeLinear":  # values, scales and zero points
            for part, each in enumerate(made.input):
                made.input[part] = _in_order(graph, each)
        else:
            conv.input[at] = _in_order(graph, name)
    source = before.input[0] if whole else before.output[0]
    last = graph.add("Transpose", source, perm=[0, 2, 3, 1])
    size = graph.add("Mul", graph.add("Shape", last), graph.constant(1, 2, 2, 1))
    size = graph.add("Div", size, graph.constant(1, 1, 1, 4))
    moved = graph.add("Transpose", graph.reshape(last, 0, 0, 0, 2, -1), perm=[0, 1, 3, 2, 4])
    moved = graph.add("Reshape", moved, size)
    output = graph.replace(shuffle)
    moved = graph.add("Transpose", moved, perm=[0, 3, 1, 2], output=None if whole else output)
    if whole:
        graph.add("DequantizeLinear", moved, *before.input[1:], output=output)


def _in_order(graph: _Graph, name: str) -> str:
    """Kernels or numbers of channels, sorted by the place of the channel in its 2 x 2 first."""
    shape = graph.shape(name)
    turned = graph.reshape(name, shape[0] // 4, 4, *shape[1:])
    turned = graph.add("Transpose", turned, perm=[1, 0, *range(2, len(shape) + 1)])
    return graph.reshape(turned, *shape)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    for file in parser.parse_args().files:
        data = lean(onnx.load(file)).SerializeToString()
        card = file.with_suffix(".json")
        facts = json.loads(card.read_text("utf-8"))
        facts["sha256"] = hashlib.sha256(data).hexdigest()
        file.write_bytes(data)
        card.write_text(json.dumps(facts, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
