"""The text of A1111 and its relatives, wherever it stands, read and written."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.metadata import NEGATIVE, PARAMETERS, check, exif_file, png, xmp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from triptych.layers import Block, Recipe
from triptych.metadata.a1111 import parameters_text, write_parameters
from triptych.metadata.read import png_texts, read_metadata


def test_a1111_in_png(tmp_path: Path) -> None:
    """The `parameters` chunk gives prompt, settings and LoRAs exactly, and is kept whole."""
    found = read_metadata(png(tmp_path / "a.png", parameters=PARAMETERS))
    check(
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
    found = read_metadata(exif_file(tmp_path / f"a.{ending}", comment))
    check(found, "A1111")
    assert png_texts(found.recipe.blocks) == {"parameters": PARAMETERS}


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
    check(read_metadata(png(tmp_path / "a.png", parameters=text)), tool)


def test_a_prompt_may_mention_what_the_block_uses(tmp_path: Path) -> None:
    """Only a line that starts so begins the negative prompt, and only the last settings count."""
    text = "sign says Negative prompt: no\nSteps: 1 to fame\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 42"
    found = read_metadata(png(tmp_path / "a.png", parameters=text))
    assert found.prompt == "sign says Negative prompt: no\nSteps: 1 to fame"
    assert found.recipe.negative is None and found.recipe.steps == 20


# --- the line of settings ---

WORDS = "a barn\nNegative prompt: cars\n"
FACTS = {"seed": 42, "steps": 20, "guidance": "6.5", "sampler": "Euler a", "size": (768, 512)}
ONE_LINE = "Steps: 20, Sampler: Euler a, CFG scale: 6.5, Seed: 42, Size: 768x512"


def facts(recipe: Recipe) -> dict[str, object]:
    """The settings in `FACTS`."""
    return {name: getattr(recipe, name) for name in FACTS}


@pytest.mark.parametrize(
    "line",
    [
        ONE_LINE,
        "Version: aa62f6d, Pipeline: Original, Steps: 20, Seed: 42, Sampler: Euler a, CFG scale: 6.5, Size: 768x512",
        "Size: 768x512, Seed: 42, CFG scale: 6.5, Sampler: Euler a, Steps: 20, App: SD.Next",
        ONE_LINE + ", Model: a",
        ONE_LINE + '\nTemplate: "a {red|blue} barn"\nNegative Template: cars',
        ONE_LINE.replace(", ", ",  ") + ",",
        "steps: 20, sampler: Euler a, cfg scale: 6.5, seed: 42, size: 768x512",
    ],
)
def test_settings_in_any_order(line: str) -> None:
    """Whichever comes first, and whatever follows, they are settings and no prompt."""
    for words, negative in ((WORDS, "cars"), ("a barn\n", None)):
        prompt, recipe = parameters_text(words + line) or (None, Recipe())
        assert (prompt, recipe.negative, facts(recipe)) == ("a barn", negative, FACTS)
    assert parameters_text((WORDS + line).replace("\n", "\r\n")) == parameters_text(WORDS + line)


@pytest.mark.parametrize(
    ("between", "line"),
    [(" ", ONE_LINE), (".", ONE_LINE), (", ", ONE_LINE), (" ", "Version: aa6, Seed: 42, " + ONE_LINE)],
)
def test_texts_that_lost_their_line_breaks(between: str, line: str) -> None:
    """The labels still tell the parts apart, in any order of the settings."""
    text = f"a barn{between}Negative prompt: cars{between}{line}"
    prompt, recipe = parameters_text(text) or (None, Recipe())
    assert prompt and recipe.negative and prompt.strip(", ") == "a barn" and recipe.negative.strip(", ") == "cars"
    assert facts(recipe) == FACTS
    assert (parameters_text(f"a barn{between}{line}") or (None, None))[1] == replace(recipe, negative=None)


@pytest.mark.parametrize(
    "more",
    [
        'ADetailer prompt: "a face, \\"smile\\", Steps: 9, Seed: 3"',
        'Hires prompt: "crisp [a|b], Seed: 4, Model: other", Hires upscale: 2',
        'ControlNet 0: "Module: canny, Model: control_v11 [d14c], Weight: 1, Processor Res: 512"',
        'Regional Prompter: "{\\"mode\\": \\"Columns\\", \\"seed\\": 4}"',
        'Civitai resources: [{"type":"checkpoint","modelName":"paint [v2], Seed: 3"}]',
        'Template: "a {red|blue} barn\\nSteps: 4"',
        'Lora hashes: "fur: 12ab, b: 34", TI hashes: "easy: c7"',
    ],
)
def test_settings_of_extensions(more: str) -> None:
    """What stands in their texts are no settings of the picture, on either side of it."""
    for line in (f"{ONE_LINE}, {more}, Model: paint", f"{ONE_LINE}, Model: paint, {more}"):
        _, recipe = parameters_text(WORDS + line) or (None, Recipe())
        assert (facts(recipe), recipe.model) == (FACTS, "paint")


@pytest.mark.parametrize(
    "text",
    [
        "a barn",
        "Steps: 30 stone steps lead up",
        "how to: first, do this. Second: that",
        "sign: Steps: 3, and more",
        "Seed: a story, Model: my sister",
        "Camera: X, Lens: 50mm, ISO: 100",
        "",
    ],
)
def test_other_texts(text: str) -> None:
    """What merely looks alike is none of ours."""
    assert parameters_text(text) is None


def test_loras_of_a_prompt() -> None:
    """The first weight counts, and a negative one is one."""
    prompt = "a barn <lora:old wood:0.7:0.5> <lora:moon:-0.3> <lyco:sky> <lora:moon:-0.3>"
    _, recipe = parameters_text(f"{prompt}\n{ONE_LINE}") or (None, Recipe())
    assert recipe.loras == (("old wood", "0.7"), ("moon", "-0.3"), ("sky", None))


# --- wherever it stands ---


@pytest.mark.parametrize("tag", [0x010E, 0x013B, 0x9C9C])
def test_a1111_in_other_tags_of_exif(tmp_path: Path, tag: int) -> None:
    """ImageDescription, Artist, and the comment that Windows writes."""
    text = PARAMETERS.encode("ascii", "ignore").decode()
    data = text.encode("utf-16-le") if tag == 0x9C9C else text
    exif = Image.Exif()
    exif[tag] = data
    Image.new("RGB", (16, 16)).save(tmp_path / "a.jpg", exif=exif)
    found = read_metadata(tmp_path / "a.jpg")
    assert (found.recipe.seed, found.recipe.negative, found.tool) == (42, NEGATIVE, "A1111")
    assert png_texts(found.recipe.blocks) == {"parameters": text}


@pytest.mark.parametrize("ending", ["gif", "jpg"])
def test_a1111_in_comments(tmp_path: Path, ending: str) -> None:
    """Of GIF and JPEG."""
    Image.new("L", (16, 16)).save(tmp_path / f"a.{ending}", comment=PARAMETERS.encode())
    found = read_metadata(tmp_path / f"a.{ending}")
    check(found, "A1111")
    assert png_texts(found.recipe.blocks) == {"parameters": PARAMETERS}


@pytest.mark.parametrize(
    "form",
    [
        '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description>',
        "<exif:UserComment><rdf:Alt><rdf:li>{}</rdf:li></rdf:Alt></exif:UserComment>",
        "<tiff:ImageDescription>{}</tiff:ImageDescription>",
        "<sd:parameters><![CDATA[{}]]></sd:parameters>",
    ],
)
def test_a1111_in_xmp(tmp_path: Path, form: str) -> None:
    """Moved there by an editor, in whichever element; line breaks may be escaped."""
    if "CDATA" in form:
        texts = [PARAMETERS]
    else:
        escaped = html.escape(PARAMETERS)
        texts = [escaped, escaped.replace("\n", "&#10;")]
    for text in texts:
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp(form.format(text)))
        Image.new("RGB", (16, 16)).save(tmp_path / "a.png", pnginfo=info)
        check(read_metadata(tmp_path / "a.png"), "A1111")


def test_a1111_in_an_attribute_of_xmp(tmp_path: Path) -> None:
    """The short form of XMP."""
    packet = xmp("").replace('rdf:about=""', f'rdf:about="" exif:UserComment="{html.escape(PARAMETERS)}"')
    Image.new("RGB", (16, 16)).save(tmp_path / "a.webp", xmp=packet.encode())
    check(read_metadata(tmp_path / "a.webp"), "A1111")


# --- and back ---

_LINES = st.lists(
    st.sampled_from([
        "a barn", "Negative prompt: none", "Steps: 30 stone steps", "Steps: 20, Sampler: Euler, Seed: 4", " ", "",
        'say "x", y', "Size: 3x4", "<lora:fur:0.8>", "月 Negative prompt: x", "Prompt length: 3",
    ]),
    min_size=1,
    max_size=4,
).map("\n".join)  # fmt: skip


@given(_LINES, st.none() | _LINES, st.sampled_from(['weird "name", v2', "paint [v2", "{x}", None, "a: b", " c"]))
@settings(max_examples=200, deadline=None)
def test_what_is_written_reads_back_the_same(prompt: str, negative: str | None, model: str | None) -> None:
    """Prompts with the words of the format in them, names with quotes, LoRAs that the prompt does not mention."""
    recipe = Recipe(negative=negative, model=model, seed=4, loras=(("moon", "0.5"),))
    back = parameters_text(write_parameters(recipe, prompt, (64, 48)))
    assert back
    assert back[0] == (prompt.strip() or None) and back[1].negative == ((negative or "").strip() or None)
    assert (back[1].model, back[1].seed, back[1].size) == (model, 4, (64, 48))
    assert ("moon", "0.5") in back[1].loras


def test_line_breaks_of_old_macs_are_line_breaks() -> None:
    """A text whose lines end in carriage returns alone reads as with any other line breaks; -1 is no seed."""
    text = "a barn,\rred\rNegative prompt: cars\rSteps: 20, Sampler: Euler, CFG scale: 7, Seed: -1, Size: 16x16"
    found = parameters_text(text)
    assert found and found[0] == "a barn,\nred"
    assert (found[1].negative, found[1].steps, found[1].seed) == ("cars", 20, None)
