"""Prompts and settings are found where each tool writes them, and broken files do no harm."""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from triptych.layers import Block
from triptych.metadata.chunks import MAX_TEXT_BYTES, user_comment
from triptych.metadata.read import Metadata, read_metadata, tidy_prompt

PROMPT = "a red fox, (snow:1.2), <lora:fur:0.8>, テスト"
NEGATIVE = "blurry, lowres"
PARAMETERS = (
    f"{PROMPT}\nNegative prompt: {NEGATIVE}\nSteps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4.5, "
    'Seed: 42, Size: 512x768, Model hash: 9aba26abdf, Model: dreamshaper_8, Lora hashes: "fur: 12, b: 34", '
    "Version: v1.10.1"
)
GRAPH = {
    "3": {
        "inputs": {
            "seed": 42,
            "steps": 20,
            "cfg": 4.5,
            "sampler_name": "dpmpp_2m",
            "scheduler": "karras",
            "model": ["9", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
        "class_type": "KSampler",
    },
    "4": {"inputs": {"ckpt_name": "dreamshaper_8"}, "class_type": "CheckpointLoaderSimple"},
    "5": {"inputs": {"width": 512, "height": 768, "batch_size": 1}, "class_type": "EmptyLatentImage"},
    "6": {"inputs": {"text": PROMPT, "clip": ["4", 1]}, "class_type": "CLIPTextEncode"},
    "7": {"inputs": {"text": NEGATIVE, "clip": ["4", 1]}, "class_type": "CLIPTextEncode"},
    "9": {
        "inputs": {"lora_name": "fur", "strength_model": 0.8, "model": ["4", 0], "clip": ["4", 1]},
        "class_type": "LoraLoader",
    },
}
FLUX = {
    "1": {
        "inputs": {
            "noise": ["2", 0],
            "guider": ["3", 0],
            "sampler": ["4", 0],
            "sigmas": ["5", 0],
            "latent_image": ["6", 0],
        },
        "class_type": "SamplerCustomAdvanced",
    },
    "2": {"inputs": {"noise_seed": 42}, "class_type": "RandomNoise"},
    "3": {"inputs": {"model": ["9", 0], "conditioning": ["7", 0]}, "class_type": "BasicGuider"},
    "4": {"inputs": {"sampler_name": "euler"}, "class_type": "KSamplerSelect"},
    "5": {"inputs": {"scheduler": "simple", "steps": 20, "model": ["9", 0]}, "class_type": "BasicScheduler"},
    "6": {"inputs": {"width": 512, "height": 768}, "class_type": "EmptySD3LatentImage"},
    "7": {"inputs": {"guidance": 3.5, "conditioning": ["8", 0]}, "class_type": "FluxGuidance"},
    "8": {"inputs": {"text": ["10", 0], "clip": ["11", 0]}, "class_type": "CLIPTextEncode"},
    "9": {"inputs": {"unet_name": "flux1-dev.safetensors"}, "class_type": "UNETLoader"},
    "10": {"inputs": {"value": PROMPT}, "class_type": "PrimitiveStringMultiline"},
}
WORKFLOW = {"nodes": [], "links": [], "version": 0.4}


def _png(path: Path, mode: str = "RGB", **texts: str) -> Path:
    info = PngInfo()
    for name, text in texts.items():
        name = name.replace("__", " ").replace("_minus_", "-")
        info.add_text(name, text) if text.isascii() else info.add_itxt(name, text)
    Image.new(mode, (16, 16)).save(path, pnginfo=info)
    return path


def _exif(path: Path, comment: bytes | None = None, tags: dict[int, str] | None = None) -> Path:
    exif = Image.Exif()
    exif[0x0112] = 1  # upright; Pillow writes no EXIF into PNG that has only sub-directories
    for tag, text in (tags or {}).items():
        exif[tag] = text
    if comment is not None:
        exif.get_ifd(0x8769)[0x9286] = comment
    Image.new("RGB", (16, 16)).save(path, exif=exif)
    return path


def _xmp(inside: str) -> str:
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>'
        f'<rdf:Description rdf:about="">{inside}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def _check(found: Metadata, tool: str, *, prompt: str = PROMPT, **facts: object) -> None:
    assert (found.prompt, found.tool, found.notes) == (prompt, tool, ())
    wanted = {"negative": NEGATIVE, "seed": 42, "steps": 20, "guidance": "4.5"} | facts
    assert {name: getattr(found.recipe, name) for name in wanted} == wanted


def test_a1111_in_png(tmp_path: Path) -> None:
    """The `parameters` chunk gives prompt, settings and LoRAs exactly, and is kept whole."""
    found = read_metadata(_png(tmp_path / "a.png", parameters=PARAMETERS))
    _check(
        found,
        "A1111",
        sampler="DPM++ 2M",
        scheduler="Karras",
        model="dreamshaper_8",
        model_hash="9aba26abdf",
        size=(512, 768),
        loras=(("fur", "0.8"),),
        blocks=(Block.from_text("parameters", PARAMETERS),),
    )


@pytest.mark.parametrize("ending", ["jpg", "webp"])
@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + PARAMETERS.encode("utf-16-be"),
        b"UNICODE\0" + PARAMETERS.encode("utf-16-le"),
        b"ASCII\0\0\0" + PARAMETERS.encode(),
        b"\0" * 8 + PARAMETERS.encode(),
        PARAMETERS.encode(),
        b"UNICODE\0" + PARAMETERS.encode("utf-16"),
    ],
)
def test_a1111_in_exif(tmp_path: Path, ending: str, comment: bytes) -> None:
    """A UserComment is read in whichever encoding it is, and becomes the chunk that PNG would have."""
    found = read_metadata(_exif(tmp_path / f"a.{ending}", comment))
    _check(found, "A1111", blocks=(Block.from_text("parameters", PARAMETERS),))


@pytest.mark.parametrize(
    ("end", "tool"),
    [
        ("Version: f2.0.1v1.10", "Forge"),
        ("Version: neo", "Forge"),
        ("App: SD.Next, Version: 56a8aea", "SD.Next"),
        ("Version: stable-diffusion.cpp", "stable-diffusion.cpp"),
        ('Civitai resources: [{"type":"lora"}]', "Civitai"),
    ],
)
def test_relatives_of_a1111(tmp_path: Path, end: str, tool: str) -> None:
    """Whoever writes the same text is told by what it says of itself."""
    text = PARAMETERS.replace("Version: v1.10.1", end)
    _check(read_metadata(_png(tmp_path / "a.png", parameters=text)), tool)


def test_a_prompt_may_mention_what_the_block_uses(tmp_path: Path) -> None:
    """Only a line that starts so begins the negative prompt, and only the last settings count."""
    text = "sign says Negative prompt: no\nSteps: 1 to fame\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 42"
    found = read_metadata(_png(tmp_path / "a.png", parameters=text))
    assert found.prompt == "sign says Negative prompt: no\nSteps: 1 to fame"
    assert found.recipe.negative is None and found.recipe.steps == 20


def test_comfyui(tmp_path: Path) -> None:
    """The graph is followed from its sampler; graph and workflow are kept."""
    blocks = {"prompt": json.dumps(GRAPH), "workflow": json.dumps(WORKFLOW)}
    found = read_metadata(_png(tmp_path / "a.png", **blocks))
    _check(
        found,
        "ComfyUI",
        sampler="dpmpp_2m",
        scheduler="karras",
        model="dreamshaper_8",
        loras=(("fur", "0.8"),),
        size=(512, 768),
    )
    assert {block.name: block.text for block in found.recipe.blocks} == blocks


def test_comfyui_without_a_workflow_and_with_a_custom_sampler(tmp_path: Path) -> None:
    """A guider, a scheduler and a text node of their own are found behind the sampler."""
    found = read_metadata(_png(tmp_path / "a.png", prompt=json.dumps(FLUX)))
    _check(
        found,
        "ComfyUI",
        negative=None,
        guidance="3.5",
        sampler="euler",
        scheduler="simple",
        model="flux1-dev.safetensors",
    )


@pytest.mark.parametrize("names", [("workflow:", "prompt:"), ("Workflow: ", "Prompt: ")])
def test_comfyui_in_webp(tmp_path: Path, names: tuple[str, str]) -> None:
    """In EXIF the graph stands after its name, and comes out under that name."""
    tags = {0x010F: names[0] + json.dumps(WORKFLOW), 0x0110: names[1] + json.dumps(GRAPH)}
    found = read_metadata(_exif(tmp_path / "a.webp", tags=tags))
    _check(found, "ComfyUI")
    assert {block.name: block.text for block in found.recipe.blocks} == {
        "prompt": json.dumps(GRAPH),
        "workflow": json.dumps(WORKFLOW),
    }


def test_a_circular_graph_ends(tmp_path: Path) -> None:
    """Nodes that feed each other are each looked at once."""
    graph = {
        "1": {"inputs": {"positive": ["2", 0]}, "class_type": "KSampler"},
        "2": {"inputs": {"a": ["1", 0], "b": ["2", 0]}, "class_type": "X"},
    }
    assert read_metadata(_png(tmp_path / "a.png", prompt=json.dumps(graph), workflow="{}")).prompt is None


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
    found = read_metadata(_png(tmp_path / "a.png", invokeai_metadata=json.dumps(value)))
    _check(found, "InvokeAI", model="juggernaut", model_hash="blake3:12", loras=(("fur", "0.8"),))


def test_older_invokeai(tmp_path: Path) -> None:
    """The two formats before that."""
    dream = f'"{PROMPT} [{NEGATIVE}]" -s 20 -S 42 -W 512 -H 768 -C 4.5 -A k_lms'
    _check(read_metadata(_png(tmp_path / "a.png", Dream=dream)), "InvokeAI", sampler="k_lms")
    image = {
        "prompt": [{"prompt": f"{PROMPT} [{NEGATIVE}]", "weight": 1}],
        "sampler": "k_lms",
        "steps": 20,
        "cfg_scale": 4.5,
        "seed": 42,
    }
    text = json.dumps({"model_weights": "sd-1.5", "model_hash": "cc6c", "image": image})
    found = read_metadata(_png(tmp_path / "b.png", sd_minus_metadata=text))
    _check(found, "InvokeAI", model="sd-1.5", model_hash="cc6c")


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
    found = read_metadata(_png(tmp_path / "a.png", parameters=json.dumps(value), fooocus_scheme="fooocus"))
    _check(found, "Fooocus", model="xl", model_hash="ab", size=(512, 768), loras=(("fur", "0.8"),))
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
    _check(read_metadata(_png(tmp_path / "b.png", parameters=json.dumps(value))), "RuinedFooocus", model="xl")


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
    _check(read_metadata(_png(tmp_path / "a.png", parameters=text)), "SwarmUI", model_hash="0x12")
    found = read_metadata(_exif(tmp_path / "a.jpg", b"UNICODE\0" + text.encode("utf-16-le")))
    _check(found, "SwarmUI", model="xl", blocks=(Block.from_text("parameters", text),))


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
    found = read_metadata(_png(tmp_path / "a.png", **chunks))
    _check(found, "NovelAI", sampler="k_euler", model="NovelAI Diffusion V4.5", model_hash="4BDE2A90")
    assert {block.name: block.text for block in found.recipe.blocks} == chunks
    _check(read_metadata(_exif(tmp_path / "a.webp", b"ASCII\0\0\0" + json.dumps(chunks).encode())), "NovelAI")


@pytest.mark.parametrize("compressed", [True, False])
def test_text_hidden_in_the_alpha_channel(tmp_path: Path, compressed: bool) -> None:
    """The lowest bits of alpha, column by column, are read if there is nothing else."""
    data = gzip.compress(PARAMETERS.encode()) if compressed else PARAMETERS.encode()
    head = b"stealth_pngcomp" if compressed else b"stealth_pnginfo"
    bits = np.unpackbits(np.frombuffer(head + struct.pack(">I", 8 * len(data)) + data, np.uint8))
    alpha = np.full(64 * 80, 255, np.uint8)
    alpha[: len(bits)] = 254 | bits
    rgba = np.zeros((64, 80, 4), np.uint8)
    rgba[..., 3] = alpha.reshape(80, 64).T
    Image.fromarray(rgba).save(tmp_path / "a.png")
    _check(read_metadata(tmp_path / "a.png"), "A1111")


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
    xmp = _xmp(f"<exif:UserComment><rdf:Alt><rdf:li>{text}</rdf:li></rdf:Alt></exif:UserComment>")
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp)
    Image.new("RGB", (16, 16)).save(tmp_path / "a.png", pnginfo=info)
    found = read_metadata(tmp_path / "a.png")
    _check(
        found,
        "Draw Things",
        size=(512, 768),
        loras=(("fur", "0.8"),),
        blocks=(Block.from_text("XML:com.adobe.xmp", xmp),),
    )
    described = _xmp(
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
    found = read_metadata(_exif(tmp_path / "a.png", b"ASCII\0\0\0" + json.dumps(value).encode()))
    _check(found, "mflux", model="FLUX.1-dev", loras=(("fur", "0.8"),))
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
    _check(read_metadata(tmp_path / "b.png"), "TensorArt", model="xl", model_hash="AB")
    job = f"{PROMPT} --v 6.1 Job ID: b3ce08bd-5016-4c49-bbb5-de6857321513"
    found = read_metadata(_png(tmp_path / "c.png", Description=job))
    assert (found.prompt, found.tool) == (f"{PROMPT} --v 6.1", "Midjourney")
    extra = {"prompt": PROMPT, "negativePrompt": NEGATIVE, "seed": 42, "steps": 20, "cfgScale": 4.5}
    graph = {"1": {"class_type": "SaveImage", "inputs": {}}, "extraMetadata": json.dumps(extra)}
    found = read_metadata(_exif(tmp_path / "d.jpg", b"UNICODE\0" + json.dumps(graph).encode("utf-16-be")))
    _check(found, "Civitai")


# --- nothing, and worse ---


def test_pictures_of_no_generator_have_no_prompt(tmp_path: Path) -> None:
    """Comments and descriptions of editors and cameras are no prompts."""
    assert read_metadata(_png(tmp_path / "a.png", Comment="Created with GIMP")) == Metadata()
    assert read_metadata(_exif(tmp_path / "a.jpg", tags={0x010E: "OLYMPUS", 0x0131: "GIMP 3.0"})) == Metadata()
    assert read_metadata(_exif(tmp_path / "a.jpg", b'ASCII\0\0\0{"aigc_info":{}}')).prompt is None


def test_a_missing_file_is_a_note(tmp_path: Path) -> None:
    """Reading metadata never fails; opening the picture will say what is wrong."""
    found = read_metadata(tmp_path / "none.png")
    assert found.prompt is None and found.notes


@pytest.mark.parametrize("name", ["parameters", "prompt", "invokeai_metadata", "Dream", "sd_minus_metadata"])
def test_broken_blocks_are_notes(tmp_path: Path, name: str) -> None:
    """Half a block is not used, and its name is told."""
    found = read_metadata(_png(tmp_path / "a.png", **{name: '{"seed": 4'}))
    assert found.prompt is None and not found.recipe
    assert any("broken" in note and name.replace("_minus_", "-") in note for note in found.notes)


def test_a_broken_block_hides_no_other(tmp_path: Path) -> None:
    """What is whole is used."""
    found = read_metadata(_png(tmp_path / "a.png", parameters='{"a', prompt=json.dumps(GRAPH)))
    assert found.prompt == PROMPT and len(found.notes) == 1


def test_deep_and_huge_texts_do_no_harm(tmp_path: Path) -> None:
    """A bomb in a compressed chunk is not inflated beyond the limit, and deep JSON is only broken JSON."""
    info = PngInfo()
    info.add(b"zTXt", b"parameters\0\0" + zlib.compress(bytes(3 * MAX_TEXT_BYTES), 9))
    Image.new("RGB", (16, 16)).save(tmp_path / "a.png", pnginfo=info)
    found = read_metadata(tmp_path / "a.png")
    assert found.prompt is None and any("parameters" in note for note in found.notes)
    assert read_metadata(_png(tmp_path / "b.png", parameters='{"a":' * 50_000)).prompt is None
    assert read_metadata(_png(tmp_path / "c.png", prompt="[" * 50_000)).prompt is None


def test_text_after_the_pixels_and_a_cut_file(tmp_path: Path) -> None:
    """Chunks count wherever they stand, as far as the file goes."""
    data = (_png(tmp_path / "a.png")).read_bytes()
    body = b"tEXtparameters\0" + PARAMETERS.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    (tmp_path / "b.png").write_bytes(data[:-12] + chunk + data[-12:])
    _check(read_metadata(tmp_path / "b.png"), "A1111")
    (tmp_path / "c.png").write_bytes(data[:-12] + chunk[:60])
    assert read_metadata(tmp_path / "c.png").recipe.seed is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        ["parameters", "prompt", "workflow", "Dream", "Comment", "Description", "generation_data", "Software"]
    ),
    st.text(max_size=60)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["inputs", "class_type", "positive", "seed", "prompt", "model", "loras", "1"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ).map(json.dumps),
)
def test_any_text_gives_metadata(tmp_path: Path, name: str, text: str) -> None:
    """Nothing that stands in a chunk raises, and what is found can be stored."""
    from triptych.layers import RecipeLayer

    info = PngInfo()
    info.add(b"tEXt", name.encode() + b"\0" + text.encode("utf-8", "replace"))
    Image.new("RGB", (16, 16)).save(tmp_path / "a.png", pnginfo=info)
    found = read_metadata(tmp_path / "a.png")
    if found.recipe:
        RecipeLayer.from_recipe(found.recipe, (16, 16))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([b"UNICODE\0", b"ASCII\0\0\0", b"JIS\0\0\0\0\0", b""]))
def test_any_user_comment_is_some_text(data: bytes, code: bytes) -> None:
    """No bytes are too broken to be text."""
    assert isinstance(user_comment(code + data), str)


# --- tidying ---


@pytest.mark.parametrize(
    ("prompt", "tidy"),
    [
        ("photo of a duck", "photo of a duck"),
        ("masterpiece, best quality, a (red:1.3) fox, 8k", "a red fox"),
        ("a fox <lora:fur:0.8>, embedding:easy, BREAK snow", "a fox, snow"),
        ("[[fox]], {{{snow}}}, (deep (blue)) sky", "fox, snow, deep blue sky"),
        ("fox, , fox,, Fox, snow", "fox, snow"),
        (r"saber \(fate\), night", "saber (fate), night"),
        ("[dog:wolf:0.5] in snow", "wolf in snow"),
        ("fox++, (soft light)--, 1.3::blue sky::", "fox, soft light, blue sky"),
        ("score_9, score_8_up, masterpiece", ""),
        ("black-and-white photo, 3:2, at 10:30", "black-and-white photo, 3:2, at 10:30"),
    ],
)
def test_tidying(prompt: str, tidy: str) -> None:
    """Marks and boilerplate go, words and their order stay."""
    assert tidy_prompt(prompt) == tidy
    assert "(" in tidy or tidy_prompt(tidy) == tidy


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab ,()[]{}<>:1.+-\\\n", max_size=40))
def test_tidying_takes_any_text(prompt: str) -> None:
    """No text trips it, and none grows by more than the blanks after its commas."""
    assert len(tidy_prompt(prompt)) <= 2 * len(prompt)
