"""The nodes for ComfyUI, called as ComfyUI calls them, without ComfyUI."""

from __future__ import annotations

import importlib.util
import inspect
import io
import json
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import triptych
from triptych import Picture
from triptych.codec.encode import NO_ROI
from triptych.layers import DetailLayer

torch = pytest.importorskip("torch")

FOLDER = Path(__file__).parents[2] / "integrations/comfyui"
WORKFLOWS = sorted((FOLDER / "example_workflows").glob("*.json"))

# What two samplers and two savers make, as PROMPT has it.
GRAPH: dict[str, Any] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "dream.safetensors"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red square", "clip": ["1", 1]}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["1", 1]}},
    "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
    "7": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
    "8": {"class_type": "TriptychSave", "inputs": {"images": ["7", 0], "filename_prefix": "red"}},
    "12": {"class_type": "CLIPTextEncode", "inputs": {"text": "a blue circle", "clip": ["1", 1]}},
    "17": {"class_type": "VAEDecode", "inputs": {"samples": ["15", 0], "vae": ["1", 2]}},
    "18": {"class_type": "TriptychSave", "inputs": {"images": ["17", 0], "filename_prefix": "blue"}},
} | {
    name: {
        "class_type": "KSampler",
        "inputs": {
            "seed": seed,
            "steps": 20,
            "cfg": 7.0,
            "sampler_name": "euler",
            "scheduler": "normal",
            "denoise": 1.0,
            "model": ["1", 0],
            "positive": [positive, 0],
            "negative": ["3", 0],
            "latent_image": ["4", 0],
        },
    }
    for name, seed, positive in (("5", 42, "2"), ("15", 99, "12"))
}
EXTRA = {"workflow": {"nodes": [], "version": 0.4, "note": "a café"}}


@pytest.fixture(scope="module")
def package() -> ModuleType:
    """The folder, imported as ComfyUI imports what is in `custom_nodes`."""
    spec = importlib.util.spec_from_file_location("custom_nodes_triptych", FOLDER / "__init__.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of the test's own, whose `input` and `output` are ComfyUI's; no temporary file stays."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "temp"))
    return tmp_path


@pytest.fixture
def node(package: ModuleType) -> Callable[..., Any]:
    """Calls the function of a node by its name, with the defaults of its widgets."""

    def call(name: str, **inputs: object) -> Any:
        kind = package.NODE_CLASS_MAPPINGS[name]
        widgets = {}
        for key, (of, *more) in kind.INPUT_TYPES()["required"].items():
            if more and "default" in more[0]:
                widgets[key] = more[0]["default"]
                assert not isinstance(of, list) or widgets[key] in of
        return getattr(kind(), kind.FUNCTION)(**(widgets | inputs))

    return call


def _images(count: int = 1, channels: int = 3) -> Any:
    """An IMAGE batch of 64 x 64 pixels: a red square on grey, further right in each picture."""
    images = torch.full((count, 64, 64, channels), 0.5)
    for i in range(count):
        images[i, 16:48, 8 + 8 * i : 40 + 8 * i] = torch.tensor([0.8, 0.2, 0.1, 1.0][:channels])
    return images


def test_every_node_keeps_the_contract(package: ModuleType) -> None:
    """Types, names and functions are what ComfyUI's documentation asks for, and the function takes every input."""
    assert set(package.NODE_CLASS_MAPPINGS) == set(package.NODE_DISPLAY_NAME_MAPPINGS)
    for name, kind in package.NODE_CLASS_MAPPINGS.items():
        given = kind.INPUT_TYPES()
        assert set(given) <= {"required", "optional", "hidden"} and "required" in given
        json.dumps(given)  # as /object_info sends it
        function = inspect.signature(getattr(kind, kind.FUNCTION)).parameters
        takes = {*given["required"], *given.get("optional", ()), *given.get("hidden", ())}
        assert takes == set(function) - {"self"}, name
        for key in (*given.get("optional", ()), *given.get("hidden", ())):
            assert function[key].default is None
        assert isinstance(kind.RETURN_TYPES, tuple) and len(kind.RETURN_TYPES) == len(kind.RETURN_NAMES)
        assert len(kind.OUTPUT_TOOLTIPS) == len(kind.RETURN_TYPES) and kind.CATEGORY.startswith("image/")
    assert package.NODE_CLASS_MAPPINGS["TriptychSave"].OUTPUT_NODE is True


def test_a_batch_is_saved_shown_and_reported(node: Callable[..., Any], home: Path) -> None:
    """Each picture has a numbered file, a preview as PNG with its workflow, and its bytes in text and outputs."""
    done = node("TriptychSave", images=_images(2), graph=GRAPH, extra_pnginfo=EXTRA, unique_id="8", preview="sketch")
    paths, sizes = done["result"]
    assert [Path(path).name for path in paths] == ["ComfyUI_00001_.trp", "ComfyUI_00002_.trp"]
    assert sizes == [(home / "output" / Path(path).name).stat().st_size for path in paths]
    for size, text, saved in zip(sizes, done["ui"]["text"], done["ui"]["triptych"], strict=True):
        assert f"{size:,} bytes" in text and saved["bytes"] == size and saved["type"] == "output"
    for shown in done["ui"]["images"]:
        assert shown["type"] == "temp"
        with Image.open(home / "temp/triptych-nodes" / shown["filename"]) as image:
            assert image.size == (64, 64) and json.loads(image.info["workflow"]) == EXTRA["workflow"]
    again = node("TriptychSave", images=_images(), filename_prefix="sub/ComfyUI", preview="none")
    assert again["ui"]["images"] == [] and again["ui"]["triptych"][0]["subfolder"] == "sub"
    assert node("TriptychSave", images=_images(), preview="none")["result"][0][0].endswith("ComfyUI_00003_.trp")


def test_the_graph_is_kept_as_save_image_keeps_it(node: Callable[..., Any]) -> None:
    """A full recipe holds the texts of ComfyUI's own PNG to the last byte; the prompt is that of this branch."""
    for branch, prompt, seed in (("8", "a red square", 42), ("18", "a blue circle", 99)):
        done = node(
            "TriptychSave", images=_images(), graph=GRAPH, extra_pnginfo=EXTRA, unique_id=branch, preview="none"
        )
        picture = Picture.open(done["result"][0][0])
        assert picture.prompt == prompt and picture.recipe
        recipe = picture.recipe.recipe
        assert (recipe.seed, recipe.negative, recipe.steps) == (seed, "blurry", 20)
        assert recipe.model and "dream" in recipe.model
        assert {block.name: block.text for block in recipe.blocks} == {
            "prompt": json.dumps(GRAPH),
            "workflow": json.dumps(EXTRA["workflow"]),
        }


def test_less_of_the_graph_can_be_kept(node: Callable[..., Any]) -> None:
    """ "core" keeps the settings only, "none" nothing but the prompt."""
    inputs = {"images": _images(), "graph": GRAPH, "extra_pnginfo": EXTRA, "unique_id": "8", "max_bytes": 400}
    ((core,), (size,)) = node("TriptychEncode", recipe="core", **inputs)
    assert core.recipe.recipe.blocks == () and core.recipe.recipe.seed == 42 and size <= 400
    ((none,), _) = node("TriptychEncode", recipe="none", **inputs)
    assert none.recipe is None and none.prompt == "a red square"


def test_nothing_of_the_graph_is_kept_where_metadata_is_off(
    node: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--disable-metadata` of ComfyUI holds for these files, too."""
    arguments = SimpleNamespace(args=SimpleNamespace(disable_metadata=True))
    monkeypatch.setitem(sys.modules, "comfy", ModuleType("comfy"))
    monkeypatch.setitem(sys.modules, "comfy.cli_args", arguments)
    ((picture,), _) = node("TriptychEncode", images=_images(), graph=GRAPH, extra_pnginfo=EXTRA, unique_id="8")
    assert picture.prompt is None and picture.recipe is None


def test_a_file_comes_back_with_its_layers(node: Callable[..., Any], make: Callable[..., Picture], home: Path) -> None:
    """Load gives float tensors of the picture's size, the prompt, the mask of the region, and the layers."""
    (home / "output/sub").mkdir(parents=True)
    make((64, 48), "a red fox").save(home / "output/sub/fox.trp")
    kind = "TriptychLoad"
    image, prompt, edges, pose, colours, mask, picture = node(
        kind, file="sub/fox.trp [output]", decoder="sketch", region="0,0,50%,100%"
    )
    assert prompt == "a red fox" and picture.size == (64, 48)
    for tensor in (image, edges, pose, colours):
        assert tensor.shape == (1, 48, 64, 3) and tensor.dtype == torch.float32
        assert tensor.min() >= 0 and 0.1 < tensor.max() <= 1
    assert torch.equal(edges, edges.round())  # white lines on black
    assert mask.shape == (1, 48, 64) and mask[:, :, :32].eq(1).all() and mask[:, :, 32:].eq(0).all()
    painted = np.asarray(triptych.decode(picture, decoder="sketch"))
    assert np.array_equal((image[0] * 255).round().byte().numpy(), painted)


def test_the_list_of_files_names_what_can_be_loaded(
    package: ModuleType, make: Callable[..., Picture], home: Path
) -> None:
    """Files of input and output are offered; a new content is a change; other places are refused."""
    kind = package.NODE_CLASS_MAPPINGS["TriptychLoad"]
    for folder in ("input", "output"):
        (home / folder).mkdir()
        make((64, 64)).save(home / folder / "fox.trp")
    make((64, 64)).save(home / "secret.trp")
    names, _ = kind.INPUT_TYPES()["required"]["file"]
    assert names == ["fox.trp", "fox.trp [output]"]
    assert [kind.VALIDATE_INPUTS(file=name) for name in names] == [True, True]
    for name in ("../secret.trp", str(home / "secret.trp"), "no.trp"):
        assert "no such file" in str(kind.VALIDATE_INPUTS(file=name))
        with pytest.raises(triptych.InputError):
            kind().load(file=name)
    before = kind.IS_CHANGED(file="fox.trp", decoder="sketch")
    assert before == kind.IS_CHANGED(file="fox.trp", decoder="sketch")
    make((64, 64), "another").save(home / "input/fox.trp")
    assert before != kind.IS_CHANGED(file="fox.trp", decoder="sketch")


def test_what_is_missing_is_black(node: Callable[..., Any]) -> None:
    """A picture without prompt, pose and edges gives an empty text and black pictures."""
    blank = triptych.encode(Image.new("RGB", (64, 64), "white"), prompt="", layers="texture")
    image, prompt, edges, pose, colours, mask = node("TriptychDecode", picture=blank, decoder="sketch")
    assert prompt == "" and not edges.any() and not pose.any() and mask.eq(1).all()
    assert colours.min() > 0.9 and image.min() > 0.9


def test_a_region_is_not_the_name_of_a_file(node: Callable[..., Any], make: Callable[..., Picture], home: Path) -> None:
    """A workflow from elsewhere cannot have files of the server read as masks."""
    Image.new("L", (64, 64), 255).save(home / "mask.png")
    for region in ("mask.png", str(home / "mask.png")):
        with pytest.raises(triptych.InputError, match="is not a region"):
            node("TriptychDecode", picture=make((64, 64)), decoder="sketch", region=region)


def test_more_can_be_given_to_the_encoder(node: Callable[..., Any], person: np.ndarray) -> None:
    """Text, edges and keypoints of other nodes, one for each picture or one for all."""
    joints = [value for x, y in person.tolist() for value in (x / 4, y / 4, 1.0)]
    people = [{"people": [{"pose_keypoints_2d": joints}], "canvas_width": 64, "canvas_height": 64}]
    lines = torch.zeros((1, 64, 64, 3))
    lines[:, 32, 4:60] = 1
    pictures, sizes = node(
        "TriptychEncode", images=_images(2), text="two", edge_map=lines, keypoints=people, graph=GRAPH, unique_id="8"
    )
    assert len(pictures) == 2 and sizes == [len(picture.to_bytes()) for picture in pictures]
    for picture in pictures:
        assert picture.prompt == "two" and len(picture.pose.people) == 1
        assert picture.edges.raster.any()


def test_regions_of_interest_are_kept_finer(node: Callable[..., Any], noise: Image.Image) -> None:
    """As `triptych.encode` keeps them, none by default; a box outside is refused."""
    images = torch.from_numpy(np.asarray(noise, np.float32) / 255)[None]
    given = {"images": images, "max_bytes": 1200, "text": "noise", "recipe": "none"}
    wanted = triptych.encode(np.asarray(noise), prompt="noise", max_bytes=1200, roi=[(60, 60, 96, 96)])
    saved = node("TriptychSave", roi="60,60,60%,60%", preview="none", **given)["result"][0][0]
    assert Path(saved).read_bytes() == wanted.to_bytes()
    ((plain,), _) = node("TriptychEncode", roi="", images=_images())  # as the widget is at first
    assert NO_ROI not in plain.notes and wanted.get(DetailLayer).detail.regions
    with pytest.raises(triptych.InputError, match="no pixel"):
        node("TriptychEncode", roi="600,60,700,70", **given)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_any_channels_and_values_are_taken(package: ModuleType, channels: int) -> None:
    """Greyscale and RGBA batches are read; values out of range are clipped, and what is no number is black."""
    tensors = sys.modules[f"{package.__name__}.tensors"]
    images = torch.linspace(0, 255, 256).div(255).reshape(1, 16, 16, 1).repeat(1, 1, 1, channels)
    (levels,) = tensors.to_arrays(images)
    assert levels.shape == (16, 16, channels) and levels[..., 0].ravel().tolist() == list(range(256))
    images[0, 0, 0], images[0, 0, 1], images[0, 0, 2] = float("nan"), -3, 7
    (levels,) = tensors.to_arrays(images)
    assert levels[0, :3, 0].tolist() == [0, 0, 255]
    assert triptych.encode(levels, prompt="").size == (16, 16)


def test_encoding_is_that_of_the_command_line(node: Callable[..., Any]) -> None:
    """A PNG that ComfyUI saved and the tensor it was saved from give the same file."""
    inputs = {"images": _images(), "graph": GRAPH, "extra_pnginfo": EXTRA, "unique_id": "8"}
    ((picture,), _) = node("TriptychEncode", recipe="core", **inputs)
    info, file = PngInfo(), io.BytesIO()
    info.add_text("prompt", json.dumps({name: GRAPH[name] for name in GRAPH if name not in ("12", "15", "17", "18")}))
    Image.fromarray((_images()[0] * 255).round().byte().numpy()).save(file, "PNG", pnginfo=info)
    assert picture == triptych.encode(file.getvalue())


def test_comfyui_s_own_folders_are_used(node: Callable[..., Any], home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `folder_paths` is there, it says where files go, and the server shows the bytes under the node."""
    asked, told = [], []

    def save_path(prefix: str, folder: str, width: int = 0, height: int = 0) -> tuple[str, str, int, str, str]:
        asked.append((prefix, width, height))
        (home / folder).mkdir(exist_ok=True)
        return str(home / folder), "name", 7, "", prefix

    folders = SimpleNamespace(
        get_output_directory=lambda: "theirs", get_temp_directory=lambda: "temp", get_save_image_path=save_path
    )
    server = SimpleNamespace(send_progress_text=lambda text, node: told.append((text, node)))
    monkeypatch.setitem(sys.modules, "folder_paths", folders)
    monkeypatch.setitem(sys.modules, "server", SimpleNamespace(PromptServer=SimpleNamespace(instance=server)))
    node("TriptychSave", images=_images()[:, :48], filename_prefix="p", preview="none", unique_id="8")
    assert asked == [("p", 64, 48)] and (home / "theirs/name_00007_.trp").is_file()
    ((text, shown),) = told
    assert "bytes" in text and shown == "8"


def test_files_stay_in_the_output_folder(node: Callable[..., Any], home: Path) -> None:
    """A prefix that leads out of it is refused."""
    with pytest.raises(ValueError, match="outside"):
        node("TriptychSave", images=_images(), filename_prefix="../../out", preview="none")
    assert not (home.parent / "out_00001_.trp").exists()


def test_the_registry_can_read_the_package() -> None:
    """pyproject.toml follows ComfyUI's specification, and names what requirements.txt does."""
    read = tomllib.loads((FOLDER / "pyproject.toml").read_text("utf-8"))
    project = read["project"]
    assert re.fullmatch(r"[a-z](?:[-_.]?[a-z0-9])*", project["name"]) and "comfyui" not in project["name"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", project["version"]) and project["license"] == {"text": "MIT"}
    assert {"PublisherId", "DisplayName"} <= set(read["tool"]["comfy"])
    assert project["dependencies"] == (FOLDER / "requirements.txt").read_text("utf-8").split()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_example_workflows_are_whole(package: ModuleType, path: Path) -> None:
    """Links join outputs and inputs of one type; our nodes have the inputs, outputs and widgets that they have."""
    workflow = json.loads(path.read_text("utf-8"))
    nodes = {node["id"]: node for node in workflow["nodes"]}
    joined = set()
    for link, source, output, target, slot, kind in workflow["links"]:
        assert nodes[source]["outputs"][output]["type"] == kind == nodes[target]["inputs"][slot]["type"]
        assert link in nodes[source]["outputs"][output]["links"] and nodes[target]["inputs"][slot]["link"] == link
        joined.add(link)
    assert joined == {entry["link"] for node in nodes.values() for entry in node["inputs"]} - {None}
    assert any(node["type"] in package.NODE_CLASS_MAPPINGS for node in nodes.values())
    for node in nodes.values():
        kind = package.NODE_CLASS_MAPPINGS.get(node["type"])
        if kind is None:
            continue
        assert [entry["type"] for entry in node["outputs"]] == list(kind.RETURN_TYPES)
        assert [entry["name"] for entry in node["outputs"]] == list(kind.RETURN_NAMES)
        given = kind.INPUT_TYPES()
        sockets, widgets = {}, []
        for name, (of, *more) in (given["required"] | given.get("optional", {})).items():
            if isinstance(of, list) or (of in ("INT", "STRING") and not (more and more[0].get("forceInput"))):
                widgets.append((name, of))
            else:
                sockets[name] = of
        assert {entry["name"]: entry["type"] for entry in node["inputs"]} == sockets
        for (name, of), value in zip(widgets, node["widgets_values"], strict=True):
            if name != "file":
                assert value in of if isinstance(of, list) else isinstance(value, {"INT": int, "STRING": str}[of])


def test_there_is_an_example_for_each_node(package: ModuleType) -> None:
    """Every node appears in an example workflow."""
    used = {node["type"] for path in WORKFLOWS for node in json.loads(path.read_text("utf-8"))["nodes"]}
    assert set(package.NODE_CLASS_MAPPINGS) <= used
