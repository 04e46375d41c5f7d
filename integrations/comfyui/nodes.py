"""The nodes: save, load, encode and decode.

They keep to ComfyUI's documented contract for nodes (INPUT_TYPES, RETURN_TYPES, FUNCTION, CATEGORY, OUTPUT_NODE, hidden
inputs, the `ui` dict), import nothing of ComfyUI themselves, and run wherever torch does; see `host`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

import triptych
from triptych import Picture, edit
from triptych.analysis.keypoints import read_openpose

from .graph import RECIPES, Graph, Origin, read_origin
from .host import find_folders, is_inside, metadata_is_off, show_text
from .tensors import COLOUR_STYLES, EDGE_STYLES, draw_layers, to_arrays, to_image, to_mask

PICTURE = "TRIPTYCH_PICTURE"  # the type of a `triptych.Picture` on its way between nodes
# Those that need no model beside the package. To paint with a diffusion model, connect the layers to ComfyUI's nodes.
DECODERS = ("miniature", "sketch")
_MOST_BYTES = 1 << 24

Inputs = dict[str, dict[str, Any]]
Outputs = tuple[torch.Tensor, str, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]

_ENCODING: dict[str, Any] = {
    "max_bytes": (
        "INT",
        {
            "default": 0,
            "min": 0,
            "max": _MOST_BYTES,
            "tooltip": "Largest size of the file in bytes; 0 is 0.02 bits per pixel. A full recipe comes on top.",
        },
    ),
    "recipe": (
        list(RECIPES),
        {
            "default": "full",
            "tooltip": "full: graph and workflow, to run again; core: seed, sampler, model and other settings; none",
        },
    ),
}
_MORE_ENCODING: dict[str, Any] = {
    "text": ("STRING", {"forceInput": True, "tooltip": "What the picture shows, instead of the prompt in the graph."}),
    "edge_map": ("IMAGE", {"tooltip": "Ready-made edges, light on dark or dark on light, of any size."}),
    "keypoints": ("POSE_KEYPOINT", {"tooltip": "People, as pose estimators give them."}),
    "roi": (
        "STRING",
        {
            "default": "",
            "tooltip": "Kept finer: faces (of the keypoints), or LEFT,TOP,RIGHT,BOTTOM; pixels, or percent.",
        },
    ),
}
_HIDDEN = {"graph": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO", "unique_id": "UNIQUE_ID"}
_DECODING: dict[str, Any] = {
    "decoder": (list(DECODERS), {"default": "miniature", "tooltip": "Paints without any model to download."}),
    "region": (
        "STRING",
        {"default": "all", "tooltip": "For the mask: all, LEFT,TOP,RIGHT,BOTTOM or X,Y X,Y X,Y; pixels, or percent."},
    ),
    "edge_style": (
        list(EDGE_STYLES),
        {"default": "sketch", "tooltip": "sketch: for T2I adapters and scribble ControlNets; softedge; canny."},
    ),
    "colour_style": (
        list(COLOUR_STYLES),
        {"default": "smooth", "tooltip": "smooth, or cells as the colour adapter was trained with."},
    ),
}


def encode_batch(
    images: torch.Tensor,
    origin: Origin,
    max_bytes: int,
    text: str | None = None,
    edge_map: torch.Tensor | None = None,
    keypoints: Sequence[Mapping[str, object]] | None = None,
    roi: str | None = None,
) -> list[Picture]:
    """The pictures of an IMAGE batch as layers.

    Args:
        images: float (batch, height, width, channels), 0..1.
        origin: of all of them.
        max_bytes: of each file; 0 is the default of `triptych.encode`.
        text: what they show, instead of the prompt in the graph.
        edge_map: IMAGE, one for each picture, or one for all.
        keypoints: OpenPose documents, one for each picture, or one for all.
        roi: as of `triptych.encode`, a text.
    """
    maps = [] if edge_map is None else to_arrays(edge_map)
    pictures = []
    for number, pixels in enumerate(to_arrays(images)):
        size = (pixels.shape[1], pixels.shape[0])
        people = None
        if keypoints:
            people = read_openpose(json.dumps(keypoints[min(number, len(keypoints) - 1)]), size)
        picture = triptych.encode(
            pixels,
            prompt=(origin.prompt or "") if text is None else text,
            edges=maps[min(number, len(maps) - 1)] if maps else None,
            people=people,
            max_bytes=max_bytes or None,
            recipe=origin.recipe,
            roi=roi,
        )
        pictures.append(picture)
    return pictures


def outputs_of(picture: Picture, decoder: str, region: str, edge_style: str, colour_style: str) -> Outputs:
    """(picture, prompt, edges, pose, colours, mask of the region), as the outputs of a node.

    Raises:
        InputError: the region is none.
    """
    return (
        to_image(triptych.decode(picture, decoder=decoder)),
        picture.prompt or "",
        *draw_layers(picture, edge_style, colour_style),
        to_mask(_find_region(region, picture).cells((picture.height, picture.width), "picture")),
    )


def _find_region(region: str, picture: Picture) -> edit.Region:
    """A box or a polygon; the names of files are refused, because a workflow may come from anybody."""
    text = region.strip() or "all"
    if text != "all" and not set(text) <= set("0123456789+-.,;%px \t\n"):
        raise triptych.InputError(f"{text!r} is not a region; write all, LEFT,TOP,RIGHT,BOTTOM or X,Y X,Y X,Y")
    return edit.find_region(text, picture.size)


def describe(picture: Picture) -> str:
    """One line for people: the size of the file, and what its making has to say."""
    size = len(picture.to_bytes())
    parts = [f"{size:,} bytes, {8 * size / (picture.width * picture.height):.4f} bits per pixel"]
    if picture.recipe:
        parts[0] += f", {picture.recipe.cost:,} bytes of it the recipe"
    return "; ".join([*parts, *picture.notes])


class SaveTrp:
    """Pictures into `.trp` files in ComfyUI's output folder, with the graph that made them."""

    DESCRIPTION = "Saves pictures as .trp files of a few hundred bytes, with prompt and workflow."
    CATEGORY = "image/triptych"
    FUNCTION = "save"
    OUTPUT_NODE = True
    RETURN_TYPES = ("STRING", "INT")
    RETURN_NAMES = ("files", "bytes")
    OUTPUT_IS_LIST = (True, True)
    OUTPUT_TOOLTIPS = ("Paths of the files.", "Bytes of each file, the recipe included.")

    @classmethod
    def INPUT_TYPES(cls) -> Inputs:
        prefix = {"default": "ComfyUI", "tooltip": "Name of the files, as in Save Image; may name a subfolder."}
        shown = {"default": "miniature", "tooltip": "What paints the preview from the file."}
        return {
            "required": {
                "images": ("IMAGE",),
                "filename_prefix": ("STRING", prefix),
                **_ENCODING,
                "preview": ([*DECODERS, "none"], shown),
            },
            "optional": _MORE_ENCODING,
            "hidden": _HIDDEN,
        }

    def save(
        self,
        images: torch.Tensor,
        filename_prefix: str = "ComfyUI",
        max_bytes: int = 0,
        recipe: str = "full",
        preview: str = "miniature",
        text: str | None = None,
        edge_map: torch.Tensor | None = None,
        keypoints: Sequence[Mapping[str, object]] | None = None,
        roi: str | None = None,
        graph: Graph | None = None,
        extra_pnginfo: Mapping[str, object] | None = None,
        unique_id: str | None = None,
    ) -> dict[str, Any]:
        folders = find_folders()
        folder, name, number, subfolder, _ = folders.get_save_image_path(
            filename_prefix, folders.get_output_directory(), images.shape[2], images.shape[1]
        )
        origin = Origin() if metadata_is_off() else read_origin(graph, extra_pnginfo, unique_id, recipe)
        pictures = encode_batch(images, origin, max_bytes, text, edge_map, keypoints, roi)
        saved, lines = [], []
        for i, picture in enumerate(pictures):
            file = f"{name.replace('%batch_num%', str(i))}_{number + i:05}_.trp"
            size = picture.save(os.path.join(folder, file))
            saved.append({"filename": file, "subfolder": subfolder, "type": "output", "bytes": size})
            lines.append(f"{file}: {describe(picture)}")
            logging.info("%s", lines[-1])
        show_text("\n".join(lines), unique_id)
        shown = [] if preview == "none" else show_pictures(pictures, preview)
        paths = [os.path.join(folder, entry["filename"]) for entry in saved]
        return {
            "ui": {"images": shown, "text": lines, "triptych": saved},
            "result": (paths, [entry["bytes"] for entry in saved]),
        }


def show_pictures(pictures: Sequence[Picture], decoder: str) -> list[dict[str, str]]:
    """What the files show, as PNGs in ComfyUI's temporary folder: entries for `ui.images`."""
    folders = find_folders()
    folder, name, number, subfolder, _ = folders.get_save_image_path(
        f"triptych_temp_{secrets.token_hex(3)}", folders.get_temp_directory()
    )
    shown = []
    for i, picture in enumerate(pictures):
        file = f"{name}_{number + i:05}_.png"
        Path(folder, file).write_bytes(triptych.render(picture, decoder=decoder))
        shown.append({"filename": file, "subfolder": subfolder, "type": "temp"})
    return shown


_DECODED = ("IMAGE", "STRING", "IMAGE", "IMAGE", "IMAGE", "MASK")
_DECODED_NAMES = ("image", "prompt", "edges", "pose", "colours", "mask")
_DECODED_TOOLTIPS = (
    "The picture, painted from its layers.",
    "What the picture shows.",
    "White lines on black; black if there are none.",
    "OpenPose skeletons on black; black if there is nobody.",
    "The colour map; black if there is none.",
    "1 in the region.",
)


class LoadTrp:
    """A `.trp` file from ComfyUI's input or output folder."""

    DESCRIPTION = "Loads a .trp file: the picture, and its layers for ControlNets and adapters."
    CATEGORY = "image/triptych"
    FUNCTION = "load"
    RETURN_TYPES = (*_DECODED, PICTURE)
    RETURN_NAMES = (*_DECODED_NAMES, "picture")
    OUTPUT_TOOLTIPS = (*_DECODED_TOOLTIPS, "The layers, for Decode .trp.")

    @classmethod
    def INPUT_TYPES(cls) -> Inputs:
        tooltip = {"tooltip": "From the folders input and output."}
        return {"required": {"file": (list_files(), tooltip), **_DECODING}}

    @classmethod
    def IS_CHANGED(cls, file: str, **_others: object) -> str:
        return hashlib.sha256(Path(locate(file)).read_bytes()).hexdigest()

    @classmethod
    def VALIDATE_INPUTS(cls, file: str | None = None) -> bool | str:
        try:
            if file is not None:  # else another node will name it
                locate(file)
        except triptych.InputError as error:
            return str(error)
        return True

    def load(
        self,
        file: str,
        decoder: str = "miniature",
        region: str = "all",
        edge_style: str = "sketch",
        colour_style: str = "smooth",
    ) -> tuple[Any, ...]:
        picture = Picture.open(locate(file))
        return (*outputs_of(picture, decoder, region, edge_style, colour_style), picture)


def list_files() -> list[str]:
    """The `.trp` files of the folders input and output and their subfolders, those of the latter marked [output]."""
    folders = find_folders()
    found = []
    for root, mark in ((folders.get_input_directory(), ""), (folders.get_output_directory(), " [output]")):
        for folder, _, files in os.walk(root):
            for file in files:
                if file.lower().endswith(".trp"):
                    found.append(Path(os.path.relpath(os.path.join(folder, file), root)).as_posix() + mark)
    return sorted(found)


def locate(file: str) -> str:
    """The path of a file that is named as `list_files` does.

    Raises:
        InputError: there is no such file in ComfyUI's folders; a workflow may not read any other.
    """
    folders = find_folders()
    path = folders.get_annotated_filepath(file)
    allowed = (folders.get_input_directory(), folders.get_output_directory(), folders.get_temp_directory())
    if not any(is_inside(path, folder) for folder in allowed) or not os.path.isfile(path):
        raise triptych.InputError(f"{file}: there is no such file in the folders input and output")
    return path


class EncodeTrp:
    """Pictures as layers, in the middle of a graph."""

    DESCRIPTION = "Describes pictures by layers, as a .trp file would, without a file."
    CATEGORY = "image/triptych"
    FUNCTION = "encode"
    RETURN_TYPES = (PICTURE, "INT")
    RETURN_NAMES = ("picture", "bytes")
    OUTPUT_IS_LIST = (True, True)
    OUTPUT_TOOLTIPS = ("The layers, one for each picture of the batch.", "Bytes that a file of it would have.")

    @classmethod
    def INPUT_TYPES(cls) -> Inputs:
        return {"required": {"images": ("IMAGE",), **_ENCODING}, "optional": _MORE_ENCODING, "hidden": _HIDDEN}

    def encode(
        self,
        images: torch.Tensor,
        max_bytes: int = 0,
        recipe: str = "full",
        text: str | None = None,
        edge_map: torch.Tensor | None = None,
        keypoints: Sequence[Mapping[str, object]] | None = None,
        roi: str | None = None,
        graph: Graph | None = None,
        extra_pnginfo: Mapping[str, object] | None = None,
        unique_id: str | None = None,
    ) -> tuple[list[Picture], list[int]]:
        origin = Origin() if metadata_is_off() else read_origin(graph, extra_pnginfo, unique_id, recipe)
        pictures = encode_batch(images, origin, max_bytes, text, edge_map, keypoints, roi)
        show_text("\n".join(map(describe, pictures)), unique_id)
        return pictures, [len(picture.to_bytes()) for picture in pictures]


class DecodeTrp:
    """A picture from its layers, in the middle of a graph."""

    DESCRIPTION = "Paints a picture from its layers, and gives the layers for ControlNets and adapters."
    CATEGORY = "image/triptych"
    FUNCTION = "decode"
    RETURN_TYPES = _DECODED
    RETURN_NAMES = _DECODED_NAMES
    OUTPUT_TOOLTIPS = _DECODED_TOOLTIPS

    @classmethod
    def INPUT_TYPES(cls) -> Inputs:
        return {"required": {"picture": (PICTURE, {"forceInput": True}), **_DECODING}}

    def decode(
        self,
        picture: Picture,
        decoder: str = "miniature",
        region: str = "all",
        edge_style: str = "sketch",
        colour_style: str = "smooth",
    ) -> Outputs:
        return outputs_of(picture, decoder, region, edge_style, colour_style)


NODE_CLASS_MAPPINGS: dict[str, type] = {
    "TriptychSave": SaveTrp,
    "TriptychLoad": LoadTrp,
    "TriptychEncode": EncodeTrp,
    "TriptychDecode": DecodeTrp,
}
NODE_DISPLAY_NAME_MAPPINGS: dict[str, str] = {
    "TriptychSave": "Save as .trp",
    "TriptychLoad": "Load .trp",
    "TriptychEncode": "Encode to .trp",
    "TriptychDecode": "Decode .trp",
}
