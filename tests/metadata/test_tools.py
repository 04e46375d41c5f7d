"""The other programs, each with its own way to write what it did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fixtures.metadata import GRAPH, NEGATIVE, PROMPT, check, exif_file, png, xmp
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from triptych.layers import Block, Recipe
from triptych.metadata.invokeai import read_invokeai_graph
from triptych.metadata.read import png_texts, read_metadata
from triptych.metadata.settings import flat
from triptych.metadata.tools import read_text


def test_invokeai(tmp_path: Path) -> None:
    """The current format."""
    value = {
        "positive_prompt": PROMPT,
        "negative_prompt": NEGATIVE,
        "seed": 42,
        "steps": 20,
        "cfg_scale": 4.5,
        "scheduler": "euler",
        "model": {"name": "juggernaut", "hash": "blake3:12"},
        "loras": [{"model": {"name": "fur"}, "weight": 0.8}],
    }
    found = read_metadata(png(tmp_path / "a.png", invokeai_metadata=json.dumps(value)))
    check(found, "InvokeAI", model="juggernaut", model_hash="blake3:12", loras=(("fur", "0.8"),))


def test_older_invokeai(tmp_path: Path) -> None:
    """The two formats before that."""
    dream = f'"{PROMPT} [{NEGATIVE}]" -s 20 -S 42 -W 512 -H 768 -C 4.5 -A k_lms'
    check(read_metadata(png(tmp_path / "a.png", Dream=dream)), "InvokeAI", sampler="k_lms")
    image = {
        "prompt": [{"prompt": f"{PROMPT} [{NEGATIVE}]", "weight": 1}],
        "sampler": "k_lms",
        "steps": 20,
        "cfg_scale": 4.5,
        "seed": 42,
    }
    text = json.dumps({"model_weights": "sd-1.5", "model_hash": "cc6c", "image": image})
    found = read_metadata(png(tmp_path / "b.png", sd_minus_metadata=text))
    check(found, "InvokeAI", model="sd-1.5", model_hash="cc6c")


def test_fooocus_and_its_relatives(tmp_path: Path) -> None:
    """One object of settings in `parameters`, with names of its own."""
    value = {
        "prompt": PROMPT,
        "negative_prompt": NEGATIVE,
        "seed": "42",
        "steps": 20,
        "guidance_scale": 4.5,
        "base_model": "xl",
        "base_model_hash": "ab",
        "resolution": "(512, 768)",
        "loras": [["fur", 0.8, "ff"]],
        "version": "Fooocus v2.5.5",
    }
    found = read_metadata(png(tmp_path / "a.png", parameters=json.dumps(value), fooocus_scheme="fooocus"))
    check(found, "Fooocus", model="xl", model_hash="ab", size=(512, 768), loras=(("fur", "0.8"),))
    assert [block.name for block in found.recipe.blocks] == ["parameters", "fooocus_scheme"]
    value = {
        "Prompt": PROMPT,
        "Negative": NEGATIVE,
        "steps": 20,
        "cfg": 4.5,
        "seed": 42,
        "base_model_name": "xl",
        "software": "RuinedFooocus",
    }
    check(read_metadata(png(tmp_path / "b.png", parameters=json.dumps(value))), "RuinedFooocus", model="xl")


def test_swarmui(tmp_path: Path) -> None:
    """In PNG and in EXIF."""
    value = {
        "sui_image_params": {
            "prompt": PROMPT,
            "negativeprompt": NEGATIVE,
            "model": "xl",
            "seed": 42,
            "steps": 20,
            "cfgscale": 4.5,
        },
        "sui_models": [{"name": "xl", "hash": "0x12"}],
    }
    text = json.dumps(value, indent=2)
    check(read_metadata(png(tmp_path / "a.png", parameters=text)), "SwarmUI", model_hash="0x12")
    found = read_metadata(exif_file(tmp_path / "a.jpg", b"UNICODE\0" + text.encode("utf-16-le")))
    check(found, "SwarmUI", model="xl")
    assert png_texts(found.recipe.blocks) == {"parameters": text}


def test_novelai(tmp_path: Path) -> None:
    """Chunks in PNG, one object of them in EXIF."""
    comment = json.dumps(
        {"prompt": PROMPT, "uc": NEGATIVE, "seed": 42, "steps": 20, "scale": 4.5, "sampler": "k_euler"}
    )
    chunks = {
        "Title": "NovelAI generated image",
        "Description": PROMPT,
        "Software": "NovelAI",
        "Source": "NovelAI Diffusion V4.5 4BDE2A90",
        "Comment": comment,
    }
    found = read_metadata(png(tmp_path / "a.png", **chunks))
    check(found, "NovelAI", sampler="k_euler", model="NovelAI Diffusion V4.5", model_hash="4BDE2A90")
    assert {block.name: block.text for block in found.recipe.blocks} == chunks
    check(read_metadata(exif_file(tmp_path / "a.webp", b"ASCII\0\0\0" + json.dumps(chunks).encode())), "NovelAI")


def test_draw_things_and_descriptions(tmp_path: Path) -> None:
    """XMP holds Draw Things' settings, or a description by whoever wrote one."""
    value = {
        "c": PROMPT,
        "uc": NEGATIVE,
        "seed": 42,
        "steps": 20,
        "scale": 4.5,
        "sampler": "DPM++ 2M",
        "size": "512x768",
        "lora": [{"model": "fur", "weight": 0.8}],
    }
    text = json.dumps(value).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    packet = xmp(f"<exif:UserComment><rdf:Alt><rdf:li>{text}</rdf:li></rdf:Alt></exif:UserComment>")
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet)
    Image.new("RGB", (16, 16)).save(tmp_path / "a.png", pnginfo=info)
    found = read_metadata(tmp_path / "a.png")
    check(
        found,
        "Draw Things",
        size=(512, 768),
        loras=(("fur", "0.8"),),
        blocks=(Block("xmp", "XML:com.adobe.xmp", packet.encode()),),
    )
    described = xmp(
        '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">fish &amp; chips</rdf:li></rdf:Alt></dc:description>'
    )
    Image.new("RGB", (16, 16)).save(tmp_path / "a.jpg", xmp=described.encode())
    assert read_metadata(tmp_path / "a.jpg").prompt == "fish & chips"


def test_mflux_tensorart_midjourney_civitai(tmp_path: Path) -> None:
    """Tools with one habit each."""
    value = {
        "mflux_version": "0.15",
        "model": "FLUX.1-dev",
        "prompt": PROMPT,
        "negative_prompt": NEGATIVE,
        "seed": 42,
        "steps": 20,
        "guidance": 4.5,
        "lora_paths": ["fur"],
        "lora_scales": [0.8],
    }
    found = read_metadata(exif_file(tmp_path / "a.png", b"ASCII\0\0\0" + json.dumps(value).encode()))
    check(found, "mflux", model="FLUX.1-dev", loras=(("fur", "0.8"),))
    value = {
        "prompt": PROMPT,
        "negativePrompt": NEGATIVE,
        "seed": 42,
        "steps": 20,
        "cfgScale": 4.5,
        "baseModel": {"modelFileName": "xl", "hash": "AB"},
    }
    text = json.dumps(value, ensure_ascii=False) + "\0"
    info = PngInfo()
    info.add(b"tEXt", b"generation_data\0" + text.encode())  # UTF-8 where Latin-1 should be
    info.add_text("prompt", json.dumps(GRAPH))
    Image.new("RGB", (16, 16)).save(tmp_path / "b.png", pnginfo=info)
    check(read_metadata(tmp_path / "b.png"), "TensorArt", model="xl", model_hash="AB")
    job = f"{PROMPT} --v 6.1 Job ID: b3ce08bd-5016-4c49-bbb5-de6857321513"
    found = read_metadata(png(tmp_path / "c.png", Description=job))
    assert (found.prompt, found.tool) == (f"{PROMPT} --v 6.1", "Midjourney")
    extra = {"prompt": PROMPT, "negativePrompt": NEGATIVE, "seed": 42, "steps": 20, "cfgScale": 4.5}
    graph = {"1": {"class_type": "SaveImage", "inputs": {}}, "extraMetadata": json.dumps(extra)}
    found = read_metadata(exif_file(tmp_path / "d.jpg", b"UNICODE\0" + json.dumps(graph).encode("utf-16-be")))
    check(found, "Civitai")


CHARACTERS = {
    "prompt": "2girls, dancing",
    "uc": "lowres",
    "seed": 42,
    "steps": 28,
    "scale": 5.0,
    "sampler": "k_euler",
    "v4_prompt": {
        "caption": {
            "base_caption": "2girls, dancing",
            "char_captions": [{"char_caption": "girl, red hair", "centers": []}, {"char_caption": "girl, hat"}],
        }
    },
    "v4_negative_prompt": {"caption": {"base_caption": "lowres", "char_captions": [{"char_caption": ""}]}},
}


def test_characters_of_novelai(tmp_path: Path) -> None:
    """Version 4 has a caption of its own for each; all of them were painted."""
    chunks = {"Software": "NovelAI", "Source": "NovelAI Diffusion V4 37C2B166", "Comment": json.dumps(CHARACTERS)}
    found = read_metadata(png(tmp_path / "a.png", **chunks, Description="2girls, dancing"))
    assert found.prompt == "2girls, dancing\ngirl, red hair\ngirl, hat"
    assert (found.recipe.negative, found.recipe.guidance, found.notes) == ("lowres", "5", ())


EASY = {
    "prompt": "a barn",
    "seed": 42,
    "negative_prompt": "cars",
    "num_inference_steps": 20,
    "guidance_scale": 6.5,
    "width": 512,
    "height": 768,
    "sampler_name": "euler_a",
    "use_stable_diffusion_model": "paint",
    "use_lora_model": ["fur", "moon"],
    "lora_alpha": [0.8, 0.5],
}
EASY_FACTS = {
    "negative": "cars",
    "seed": 42,
    "steps": 20,
    "guidance": "6.5",
    "sampler": "euler_a",
    "model": "paint",
    "size": (512, 768),
    "loras": (("fur", "0.8"), ("moon", "0.5")),
}


def test_easy_diffusion(tmp_path: Path) -> None:
    """One object in EXIF, or a chunk for each setting, all of which are kept."""
    text = json.dumps(EASY)
    found = read_metadata(exif_file(tmp_path / "a.jpg", b"UNICODE\0" + text.encode("utf-16-be")))
    check(found, "Easy Diffusion", prompt="a barn", **EASY_FACTS)
    assert png_texts(found.recipe.blocks) == {"UserComment": text}
    chunks = {name: str(value) for name, value in EASY.items()}
    found = read_metadata(png(tmp_path / "b.png", **chunks))
    check(found, "Easy Diffusion", prompt="a barn", **EASY_FACTS)
    assert png_texts(found.recipe.blocks) == chunks


MOCHI = (
    "Include in Image: a barn; a moon; Exclude from Image: cars; Model: paint_split; Steps: 20; "
    "Guidance Scale: 6.5; Seed: 42; Size: 512x768; Scheduler: DPM-Solver++; Generator: Mochi Diffusion 4.0"
)


@pytest.mark.parametrize("place", ["xmp", "iptc", "exif"])
def test_mochi_diffusion(tmp_path: Path, place: str) -> None:
    """Its parts are what their labels say, wherever they stand; a prompt may hold the sign that parts them."""
    path = tmp_path / "a.jpg"
    if place == "xmp":
        packet = xmp(f"<dc:description><rdf:Alt><rdf:li>{MOCHI}</rdf:li></rdf:Alt></dc:description>")
        Image.new("RGB", (16, 16)).save(path, xmp=packet.encode())
    elif place == "exif":
        exif_file(path, tags={0x010E: MOCHI})
    else:
        Image.new("RGB", (16, 16)).save(path)
        records = b"\x1c\x02\x78" + len(MOCHI).to_bytes(2, "big") + MOCHI.encode()
        data = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(records).to_bytes(4, "big") + records
        file = path.read_bytes()
        path.write_bytes(file[:2] + b"\xff\xed" + (len(data) + 2).to_bytes(2, "big") + data + file[2:])
    found = read_metadata(path)
    facts = {"negative": "cars", "guidance": "6.5", "model": "paint_split", "size": (512, 768)}
    check(found, "Mochi Diffusion", prompt="a barn; a moon", **facts)


def test_texts_with_labels_of_easy_diffusion() -> None:
    """As it saves them beside its pictures; the first part may be the prompt."""
    settings = "Seed: 42\nSteps: 20\nGuidance Scale: 6.5\nSampler: euler_a\nNegative Prompt: cars"
    text = f"a barn\n{settings}\nWidth: 512\nHeight: 768"
    prompt, recipe = read_text(text) or (None, Recipe())
    assert (prompt, recipe.negative, recipe.seed, recipe.size) == ("a barn", "cars", 42, (512, 768))
    assert read_text(f"Prompt: {text}") == (prompt, recipe)


INVOKEAI = {
    "nodes": {
        "m": {"type": "sdxl_model_loader", "model": {"name": "paint", "base": "sdxl"}},
        "l": {"type": "sdxl_lora_loader", "lora": {"name": "fur"}, "weight": 0.8},
        "p": {"type": "sdxl_compel_prompt", "prompt": "stale"},
        "s": {"type": "string", "value": "a barn"},
        "n": {"type": "sdxl_compel_prompt", "prompt": "cars"},
        "z": {"type": "noise", "seed": 1, "width": 512, "height": 768},
        "i": {"type": "integer", "value": 42},
        "d": {"type": "denoise_latents", "steps": 20, "cfg_scale": 6.5, "scheduler": "euler"},
        "e": {"type": "l2i"},
    },
    "edges": [
        [*edge.split()]
        for edge in [
            "m unet l unet",
            "l unet d unet",
            "s value p prompt",
            "p conditioning d positive_conditioning",
            "n conditioning d negative_conditioning",
            "i value z seed",
            "z noise d noise",
            "d latents e latents",
        ]
    ],
}


def test_graphs_of_invokeai(tmp_path: Path) -> None:
    """Its workflow editor writes no summary; the graph that ran, or else the editor's, is followed."""
    edges = [
        {"source": {"node_id": a, "field": b}, "destination": {"node_id": c, "field": d}}
        for a, b, c, d in INVOKEAI["edges"]  # type: ignore[misc]
    ]
    graph = json.dumps({"nodes": INVOKEAI["nodes"], "edges": edges})
    facts = {"negative": "cars", "guidance": "6.5", "model": "paint", "size": (512, 768), "loras": (("fur", "0.8"),)}
    empty = json.dumps({"nodes": [], "edges": []})
    found = read_metadata(png(tmp_path / "a.png", invokeai_graph=graph, invokeai_workflow=empty))
    check(found, "InvokeAI", prompt="a barn", scheduler="euler", **facts)
    assert [block.name for block in found.recipe.blocks] == ["invokeai_graph", "invokeai_workflow"]
    boxes = [
        {"id": name, "type": "invocation", "data": {
            "type": node["type"],
            "inputs": {key: {"name": key, "value": value} for key, value in node.items() if key != "type"},
        }}
        for name, node in INVOKEAI["nodes"].items()  # type: ignore[attr-defined]
    ]  # fmt: skip
    names = ("source", "sourceHandle", "target", "targetHandle")
    lines = [dict(zip(names, edge, strict=True)) for edge in INVOKEAI["edges"]]
    workflow = json.dumps({"nodes": boxes, "edges": lines})
    found = read_metadata(png(tmp_path / "b.png", invokeai_workflow=workflow))
    check(found, "InvokeAI", prompt="a barn", **facts)
    summary = {"type": "core_metadata", "positive_prompt": "a barn", "negative_prompt": "cars", "seed": 42, "steps": 20}
    graph = json.dumps({"nodes": {"c": summary | {"cfg_scale": 4.5}}, "edges": []})
    found = read_metadata(png(tmp_path / "c.png", invokeai_graph=graph))
    check(found, "InvokeAI", prompt="a barn", negative="cars")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"loras": "fur: 0.8, coat"}, (("fur", "0.8"), ("coat", None))),
        ({"loras": "<lora:fur:0.8> <lora:coat:1>"}, (("fur", "0.8"), ("coat", "1"))),
        ({"loras": ["fur", "coat"], "loraweights": ["0.8", "1"]}, (("fur", "0.8"), ("coat", "1"))),
        ({"loras": {"fur": 0.8}}, (("fur", "0.8"),)),
        ({"loras": ["None", ["None", 1]]}, ()),
        ({"lora_combined_1": "fur : 0.8", "lora_combined_2": "coat : 1.0"}, (("fur", "0.8"), ("coat", "1.0"))),
        ({"use_lora_model": "fur", "lora_alpha": "0.5"}, (("fur", "0.5"),)),
        ({"loras": "[('fur', 0.8), ('None', 1)]"}, (("fur", "0.8"),)),
        ({"loras": [{"name": "fur", "enabled": False}, {"name": "coat", "strength": 0.5}]}, (("coat", "0.5"),)),
    ],
)
def test_loras_in_every_form(given: dict[str, object], wanted: tuple[tuple[str, str | None], ...]) -> None:
    """Lists, objects, one text, two lists; one called None is none."""
    assert flat(given, "X")[1].loras == wanted


def test_both_texts_of_comfyui_in_one(tmp_path: Path) -> None:
    """An object with prompt and workflow in EXIF comes out as the two."""
    value = {"prompt": GRAPH, "workflow": {"nodes": [], "links": []}}
    found = read_metadata(exif_file(tmp_path / "a.webp", b"ASCII\0\0\0" + json.dumps(value).encode()))
    check(found, "ComfyUI")
    assert {name: json.loads(text) for name, text in png_texts(found.recipe.blocks).items()} == value


@pytest.mark.parametrize("linked", ["latents", "image"])
def test_graphs_of_invokeai_in_circles(linked: str) -> None:
    """Nodes that feed each other, and texts that are joined with themselves, end."""
    nodes = {"d": {"type": "denoise_latents"}, "a": {"type": "l2i"}, "b": {"type": "i2l"}, "j": {"type": "string_join"}}
    pairs = [("b", linked, "d", "latents"), ("a", linked, "b", linked), ("b", linked, "a", linked)]
    pairs += [("j", "value", "j", "string_left"), ("j", "value", "j", "string_right"), ("j", "value", "d", "seed")]
    names = ("source", "sourceHandle", "target", "targetHandle")
    edges = [dict(zip(names, pair, strict=True)) for pair in pairs]
    found = read_invokeai_graph({"nodes": nodes, "edges": edges})
    assert found and found[1].seed is None
