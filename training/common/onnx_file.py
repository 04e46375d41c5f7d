"""Networks as ONNX files that ship: inputs have any size; weights are float16 on disk and float32 in use, or, in
convolutions that examples are given for, whole numbers of eight bits."""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from triptych.networks import load_runtime

from .lean import lean
from .quantised import quantised


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network, changed in place, with its matrices and kernels stored as float16."""
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and len(tensor.dims) > 1:
            half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name + ".half")
            casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
            tensor.CopyFrom(half)
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    for node in model.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(model)
    return model


def to_onnx(
    network: nn.Module,
    inputs: Mapping[str, Tensor],
    output: str,
    examples: Iterable[Mapping[str, np.ndarray]] = (),
    keep: Collection[str] = (),
) -> bytes:
    """The file of a network that is called with `inputs`, in their order.

    Args:
        inputs: name -> an example; those of more than a pixel may have any height and width, each its own.
        output: the name of what the network gives, which has any height and width, too.
        examples, keep: see `quantised`; without examples nothing is quantised.
    """
    buffer = io.BytesIO()
    planes = [name for name, example in inputs.items() if example.dim() == 4 and example.shape[-1] > 1]
    with warnings.catch_warnings():
        # The older exporter needs no further package, and keeps the names of parameters.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            tuple(inputs.values()),
            buffer,
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes={name: {2: f"{name}_height", 3: f"{name}_width"} for name in (*planes, output)},
            opset_version=17,
            dynamo=False,
        )
    model = onnx.load_from_string(buffer.getvalue())
    given = list(examples)
    return halved(lean(quantised(model, given, keep) if given else model)).SerializeToString()


def errors(
    network: nn.Module, model: bytes, examples: Iterable[Mapping[str, Tensor]], output: str
) -> Iterator[np.ndarray]:
    """How far PyTorch and ONNX Runtime are apart for each of some examples of the inputs, everywhere."""
    session = load_runtime().InferenceSession(model, providers=["CPUExecutionProvider"])
    for inputs in examples:
        with torch.no_grad():
            wanted = network(*inputs.values()).numpy()
        (made,) = session.run([output], {name: value.numpy() for name, value in inputs.items()})
        yield np.abs(made - wanted)


def largest_difference(
    network: nn.Module, model: bytes, examples: Iterable[Mapping[str, Tensor]], output: str
) -> float:
    """The largest difference between PyTorch and ONNX Runtime over examples of the inputs."""
    return max(float(error.max()) for error in errors(network, model, examples, output))
