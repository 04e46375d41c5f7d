"""Networks in whole numbers of eight bits, which CPUs multiply twice as fast as floating point.

ONNX Runtime's own quantisation does it (Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference"): each convolution's inputs become 0 to 255 by the range that they have for examples,
its weights -64 to 63 by the largest of each channel. Weights of eight bits would be too large for processors without
VNNI, which add two products in sixteen bits.
"""

from __future__ import annotations

import importlib
import logging
import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from triptych.networks import load_runtime

SUFFIX = "_quantized"  # of weights in whole numbers; beside them are those with "_scale"


def quantised(
    model: onnx.ModelProto, examples: Iterable[Mapping[str, np.ndarray]], keep: Collection[str] = ()
) -> onnx.ModelProto:
    """The same network with its convolutions in whole numbers.

    Args:
        model: in float32.
        examples: inputs like those that it will see, by name; they say how large all between the layers becomes.
        keep: parts of names of weights whose convolutions stay as they are, such as the first and the last.
    """
    load_runtime()
    tools = importlib.import_module("onnxruntime.quantization")  # through the one door to it, see `triptych.networks`

    class Examples(tools.CalibrationDataReader):
        def __init__(self) -> None:
            self.rest = iter(examples)

        def get_next(self) -> Mapping[str, np.ndarray] | None:
            return next(self.rest, None)

    convolutions = (node for node in model.graph.node if node.op_type == "Conv")
    kept = [node.name for node in convolutions if any(part in node.input[1] for part in keep)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "quantised.onnx"
        logging.disable(logging.WARNING)  # it advises to prepare the model in ways that make no difference here
        try:
            tools.quantize_static(
                model,
                file,
                Examples(),
                quant_format=tools.QuantFormat.QDQ,
                op_types_to_quantize=["Conv"],
                nodes_to_exclude=kept,
                per_channel=True,
                reduce_range=True,
                activation_type=tools.QuantType.QUInt8,
                weight_type=tools.QuantType.QInt8,
            )
        finally:
            logging.disable(logging.NOTSET)
        return onnx.load(file)


def weights_of(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """Name -> weights of a network in a file that `onnx_file.to_onnx` made, float32, whatever they are stored as."""
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Identity" and node.input[0] in arrays:  # one of several equal weights
            arrays[node.output[0]] = arrays[node.input[0]]
    result = {}
    for name, array in arrays.items():
        if name.endswith(SUFFIX):
            name = name.removesuffix(SUFFIX)
            scale = arrays.get(f"{name}{SUFFIX}_scale", arrays.get(f"{name}_scale"))  # of biases, of weights
            array = array * scale.reshape(-1, *[1] * (array.ndim - 1))
        result[name.removesuffix(".half")] = array.astype(np.float32)
    return result
