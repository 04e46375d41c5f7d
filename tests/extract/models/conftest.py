"""Tiny checkpoints of the real classes with random weights, made once and saved as the library saves them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SPECIAL = ["<pad>", "<unk>", "<s>", "</s>", "<image>"]
WORDS = ["a", "red", "fox", "cat", "house", "in", "snow", "under", "blue", "sky"]


@pytest.fixture(scope="session")
def photos() -> list[Image.Image]:
    """Three pictures that differ in size and content."""
    pictures = [Image.linear_gradient("L").resize((60, 40)), Image.radial_gradient("L").resize((40, 60))]
    return [*pictures, Image.new("RGB", (50, 50), (200, 30, 40))]


def _tokenizer(**extra: str):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", bos_token="<s>", eos_token="</s>",
        extra_special_tokens=extra,
    )  # fmt: skip


def _save(folder: Path, model, processor, *, seed: int = 3, spread: float = 0.5) -> Path:
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():  # large weights, so that what is seen decides what is said
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * spread)
    model.generation_config.update(min_new_tokens=4, suppress_tokens=[0, 1, 2, 4])  # words only, and some
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def blip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BLIP of one layer."""
    from transformers import BlipConfig, BlipForConditionalGeneration, BlipImageProcessorPil, BlipProcessor

    layers = {"hidden_size": 16, "intermediate_size": 16, "projection_dim": 16, "num_hidden_layers": 1,
              "num_attention_heads": 2}  # fmt: skip
    text = {"vocab_size": len(SPECIAL + WORDS), "encoder_hidden_size": 16, "max_position_embeddings": 128,
            "bos_token_id": 2, "sep_token_id": 3, "eos_token_id": 3, "pad_token_id": 0}  # fmt: skip
    config = BlipConfig(
        text_config=layers | text, vision_config=layers | {"image_size": 32, "patch_size": 8}, projection_dim=16
    )
    processor = BlipProcessor(BlipImageProcessorPil(size={"height": 32, "width": 32}), _tokenizer())
    return _save(tmp_path_factory.mktemp("blip"), BlipForConditionalGeneration(config), processor)


@pytest.fixture(scope="session")
def blip2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BLIP-2 of one layer, with a T5 to speak."""
    from transformers import Blip2Config, Blip2ForConditionalGeneration, Blip2Processor, BlipImageProcessorPil

    layers = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {"model_type": "t5", "vocab_size": len(SPECIAL + WORDS), "d_model": 16, "d_ff": 16, "d_kv": 8,
            "num_layers": 1, "num_heads": 2, "decoder_start_token_id": 0, "eos_token_id": 3,
            "pad_token_id": 0}  # fmt: skip
    config = Blip2Config(
        text_config=text, vision_config=layers | {"image_size": 32, "patch_size": 8},
        qformer_config=layers | {"vocab_size": len(SPECIAL + WORDS)}, num_query_tokens=4, image_token_index=4,
        image_text_hidden_size=16,
    )  # fmt: skip
    image = BlipImageProcessorPil(size={"height": 32, "width": 32})
    processor = Blip2Processor(image, _tokenizer(), num_query_tokens=4)
    return _save(tmp_path_factory.mktemp("blip2"), Blip2ForConditionalGeneration(config), processor)


@pytest.fixture(scope="session")
def florence2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Florence-2 whose four stages have one block each, with a BART to speak."""
    from transformers import (
        CLIPImageProcessorPil,
        Florence2Config,
        Florence2ForConditionalGeneration,
        Florence2Processor,
    )

    vision = {"depths": [1, 1, 1, 1], "embed_dim": [8, 8, 8, 8], "num_heads": [1, 1, 1, 1],
              "num_groups": [1, 1, 1, 1], "window_size": 2, "projection_dim": 16}  # fmt: skip
    text = {"model_type": "bart", "vocab_size": len(SPECIAL + WORDS), "d_model": 16, "encoder_layers": 1,
            "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 16,
            "decoder_ffn_dim": 16, "max_position_embeddings": 256, "pad_token_id": 0, "bos_token_id": 2,
            "eos_token_id": 3, "decoder_start_token_id": 3, "forced_eos_token_id": 3}  # fmt: skip
    config = Florence2Config(text_config=text, vision_config=vision, image_token_id=4)
    image = CLIPImageProcessorPil(size={"height": 64, "width": 64}, do_center_crop=False)
    image.image_seq_length = 5  # 2 x 2 patches of 32 pixels, and their mean
    processor = Florence2Processor(image, _tokenizer(image_token="<image>"))
    model = Florence2ForConditionalGeneration(config)
    return _save(tmp_path_factory.mktemp("florence2"), model, processor, seed=5, spread=2)


@pytest.fixture(scope="session")
def edge_network(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes ONNX files of one convolution that answers to steps of brightness from left to right."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    folder = tmp_path_factory.mktemp("onnx")

    def write(
        *,
        channel: int | None = None,
        channels: int = 3,
        size: tuple[str | int, str | int] = ("h", "w"),
        last: str = "Abs",
    ) -> Path:
        """A file that looks at one channel or at all; `last` is the operation whose result is the map."""
        kernel = np.zeros((1, channels, 3, 3), np.float32)
        kernel[:, slice(None) if channel is None else channel, 1, [0, 2]] = [-1, 1]
        constants = {"kernel": kernel, "pads": np.array([0, 0, 1, 1, 0, 0, 1, 1])}
        nodes = [helper.make_node("Pad", ["picture", "pads"], ["padded"], mode="edge"),
                 helper.make_node("Conv", ["padded", "kernel"], ["steps"]),
                 helper.make_node(last, ["steps"], ["map"])]  # fmt: skip
        shape = [1, channels, *size]
        given = helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)
        kinds = {"steps": TensorProto.FLOAT, "map": TensorProto.INT64 if last == "Shape" else TensorProto.FLOAT}
        made = [helper.make_tensor_value_info(name, kind, None) for name, kind in kinds.items()]
        tables = [numpy_helper.from_array(value, name) for name, value in constants.items()]
        graph = helper.make_graph(nodes, "edges", [given], made, tables)
        path = folder / f"{len(list(folder.iterdir()))}.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
        return path

    return write
