"""The other programs, each with its own way to write what it did."""

from __future__ import annotations

import json
from pathlib import Path

from fixtures.metadata import GRAPH, NEGATIVE, PROMPT, check, exif_file, png, xmp
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from triptych.layers import Block
from triptych.metadata.read import png_texts, read_metadata


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
