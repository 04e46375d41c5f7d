"""Graphs are walked back from the saved picture, along the outputs that their links name; what is not known is None."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.metadata import GRAPH, NEGATIVE, PROMPT, check, exif_file, png

from triptych.errors import LimitError
from triptych.layers import Recipe
from triptych.limits import MAX_GRAPH_NODES
from triptych.metadata.comfyui import from_prompt, from_workflow, read_graph
from triptych.metadata.read import png_texts, read_metadata

Nodes = dict[str, tuple[str, dict[str, object]]]
SAMPLING: dict[str, object] = {
    "seed": 42,
    "steps": 20,
    "cfg": 4.5,
    "sampler_name": "euler",
    "scheduler": "karras",
    "denoise": 1,
}


def graph(**more: tuple[str, dict[str, object]] | None) -> dict[str, object]:
    """A plain graph as the server runs it, with nodes added, replaced or (None) left out."""
    nodes: dict[str, tuple[str, dict[str, object]] | None] = {
        "model": ("CheckpointLoaderSimple", {"ckpt_name": "paint.safetensors"}),
        "empty": ("EmptyLatentImage", {"width": 512, "height": 768, "batch_size": 1}),
        "pos": ("CLIPTextEncode", {"text": "a barn", "clip": ["model", 1]}),
        "neg": ("CLIPTextEncode", {"text": "cars", "clip": ["model", 1]}),
        "sampler": ("KSampler", sampler()),
        "decode": ("VAEDecode", {"samples": ["sampler", 0], "vae": ["model", 2]}),
        "save": ("SaveImage", {"images": ["decode", 0], "filename_prefix": "out"}),
    }
    nodes |= more
    return {name: {"class_type": node[0], "inputs": node[1]} for name, node in nodes.items() if node}


def sampler(**more: object) -> dict[str, object]:
    """Inputs of a KSampler."""
    links = {"model": ["model", 0], "positive": ["pos", 0], "negative": ["neg", 0], "latent_image": ["empty", 0]}
    return {**SAMPLING, **links, **more}


def read(
    value: dict[str, object], stem: str | None = None, workflow: dict[str, object] | None = None
) -> tuple[str | None, Recipe]:
    """What a graph says."""
    found = from_prompt(value, from_workflow(workflow) if workflow else None)
    assert found
    return read_graph(found, stem) or (None, Recipe())


def prompts(value: dict[str, object], **options: object) -> tuple[str | None, str | None]:
    """Prompt and negative prompt."""
    prompt, recipe = read(value, **options)  # type: ignore[arg-type]
    return prompt, recipe.negative


def test_a_plain_graph() -> None:
    """Every setting is that of the sampler that leads to the saved picture."""
    prompt, recipe = read(graph())
    assert prompt == "a barn"
    assert recipe == Recipe(
        tool="ComfyUI",
        negative="cars",
        seed=42,
        steps=20,
        guidance="4.5",
        sampler="euler",
        scheduler="karras",
        model="paint.safetensors",
        size=(512, 768),
    )


# --- which output a link names ---

APPLIED = {"positive": ["pos", 0], "negative": ["neg", 0]}


@pytest.mark.parametrize(
    "kind", ["ControlNetApplyAdvanced", "InpaintModelConditioning", "ControlNetApplySD3", "SomeNewControlNetApply"]
)
def test_a_node_between_prompts_and_sampler_hands_both_on(kind: str) -> None:
    """Output 0 is the positive conditioning, output 1 the negative one; of two in a row, too."""
    value = graph(
        one=(kind, APPLIED | {"image": ["other", 0]}),
        two=(kind, {"positive": ["one", 0], "negative": ["one", 1]}),
        sampler=("KSampler", sampler(positive=["two", 0], negative=["two", 1])),
    )
    assert prompts(value) == ("a barn", "cars")


def test_sd_parsers_reports_a_false_negative_prompt_there() -> None:
    """This is why ComfyUI's graphs are not left to sd-parsers: it takes the positive text for both."""
    from sd_parsers.parsers import ComfyUIParser

    value = graph(
        one=("ControlNetApplyAdvanced", APPLIED),
        sampler=("KSampler", sampler(positive=["one", 0], negative=["one", 1])),
    )
    pairs = [("pos", "one"), ("neg", "one"), ("one", "sampler")]
    links = [[k, source, 0, target, 0, "CONDITIONING"] for k, (source, target) in enumerate(pairs)]
    theirs = ComfyUIParser().parse({"prompt": value, "workflow": {"links": links}})
    assert theirs.full_negative_prompt != "cars"
    assert prompts(value) == ("a barn", "cars")


def test_where_other_outputs_come_first_the_table_or_the_editor_tells() -> None:
    """InstantID gives a model first; of a node that nobody knows, the editor's names of its outputs count."""
    known = graph(
        one=("ApplyInstantID", APPLIED | {"model": ["model", 0]}),
        sampler=("KSampler", sampler(model=["one", 0], positive=["one", 1], negative=["one", 2])),
    )
    assert prompts(known) == ("a barn", "cars")
    unknown = graph(
        one=("Mystery", APPLIED),
        sampler=("KSampler", sampler(positive=["one", 1], negative=["one", 2])),
    )
    assert prompts(unknown) == (None, None)
    outputs = [{"name": name, "type": "CONDITIONING"} for name in ("x", "positive", "negative")]
    editor = {"nodes": [{"id": "one", "type": "Mystery", "outputs": outputs}], "links": []}
    assert prompts(unknown, workflow=editor) == ("a barn", "cars")


def test_an_unknown_node_makes_a_prompt_unknown_and_nothing_else() -> None:
    """The negative prompt and the settings stay known."""
    value = graph(odd=("Mystery", {"text": "what is this"}), sampler=("KSampler", sampler(positive=["odd", 0])))
    prompt, recipe = read(value)
    assert (prompt, recipe.negative, recipe.seed) == (None, "cars", 42)


def test_loaders_that_hold_both_prompts() -> None:
    """Efficient Loader: output 1 is the positive text, 2 the negative; its LoRA called None is none."""
    loader: dict[str, object] = {
        "ckpt_name": "paint.safetensors", "lora_name": "None", "positive": ["words", 0], "negative": "cars",
        "empty_latent_width": 512, "empty_latent_height": 768, "lora_stack": ["stack", 0],
    }  # fmt: skip
    value = graph(
        words=("PrimitiveString", {"value": "a barn"}),
        stack=(
            "LoRA Stacker",
            {"input_mode": "simple", "lora_count": 2, "lora_name_1": "fur", "lora_wt_1": 0.8, "lora_name_2": "None"}
            | {"lora_name_3": "beyond the count", "lora_wt_3": 1},
        ),
        load=("Efficient Loader", loader),
        sampler=(
            "KSampler (Efficient)",
            sampler(model=["load", 0], positive=["load", 1], negative=["load", 2], latent_image=["load", 3]),
        ),
        decode=None,
        save=("SaveImage", {"images": ["sampler", 5], "filename_prefix": "out"}),
    )
    prompt, recipe = read(value)
    assert (prompt, recipe.negative, recipe.model, recipe.size) == ("a barn", "cars", "paint.safetensors", (512, 768))
    assert recipe.loras == (("fur", "0.8"),)


def test_conditioning_that_says_nothing() -> None:
    """A zeroed conditioning has no text, whatever it was made from."""
    value = graph(zero=("ConditioningZeroOut", {"conditioning": ["pos", 0]}))
    value["sampler"] = {"class_type": "KSampler", "inputs": sampler(negative=["zero", 0])}
    assert prompts(value) == ("a barn", None)


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("ConditioningConcat", ("conditioning_to", "conditioning_from")),
        ("ConditioningCombine", ("conditioning_1", "conditioning_2")),
        ("ConditioningAverage", ("conditioning_to", "conditioning_from")),
    ],
)
def test_conditionings_that_are_joined(kind: str, inputs: tuple[str, str]) -> None:
    """All texts count, in their order; if one is unknown, so is the whole."""
    more = ("CLIPTextEncode", {"text": "a moon", "clip": ["model", 1]})
    joined = (kind, {inputs[1]: ["moon", 0], inputs[0]: ["pos", 0]})
    value = graph(moon=more, both=joined, sampler=("KSampler", sampler(positive=["both", 0])))
    assert prompts(value)[0] == "a barn, a moon"
    value["moon"] = {"class_type": "Mystery", "inputs": {}}
    assert prompts(value)[0] is None


def test_conditionings_that_pass_through() -> None:
    """Areas, time ranges and the guidance of Flux change no text."""
    value = graph(
        area=("ConditioningSetArea", {"conditioning": ["pos", 0], "width": 64, "height": 64}),
        guided=("FluxGuidance", {"conditioning": ["area", 0], "guidance": 3.5}),
        sampler=("KSampler", sampler(positive=["guided", 0])),
    )
    assert prompts(value)[0] == "a barn"
    assert read(value)[1].guidance == "4.5"


def test_encoders_of_several_texts() -> None:
    """SDXL and Flux encode one text twice or two texts."""
    both = ("CLIPTextEncodeSDXL", {"width": 1, "text_g": "a barn", "text_l": "a barn", "clip": ["model", 1]})
    assert prompts(graph(pos=both))[0] == "a barn"
    apart = ("CLIPTextEncodeSDXL", {"text_g": "a barn", "text_l": "oil paint", "clip": ["model", 1]})
    assert prompts(graph(pos=apart))[0] == "a barn, oil paint"
    flux = ("CLIPTextEncodeFlux", {"clip_l": "a barn", "t5xxl": "a barn", "guidance": 3.5, "clip": ["model", 1]})
    assert prompts(graph(pos=flux))[0] == "a barn"


def test_encoders_of_both_prompts() -> None:
    """The positive text is not taken for what the other output says, even where the node has no negative text."""
    given: dict[str, object] = {"prompt": "a barn", "negative_prompt": "cars", "clip": ["model", 1]}
    links = sampler(positive=["both", 0], negative=["both", 1])
    assert prompts(graph(both=("TextEncodeBoth", given), sampler=("KSampler", links))) == ("a barn", "cars")
    del given["negative_prompt"]
    assert prompts(graph(both=("TextEncodeBoth", given), sampler=("KSampler", links))) == ("a barn", None)


def test_one_conditioning_for_both_is_no_negative_prompt() -> None:
    """Graphs of models that need none link the same encoder twice."""
    assert prompts(graph(sampler=("KSampler", sampler(negative=["pos", 0])))) == ("a barn", None)


def test_what_a_model_is_told_before_the_prompt_is_none() -> None:
    """Lumina's encoder is a language model; its instruction ends with a mark."""
    words = "You are an assistant designed to generate images. <Prompt Start> a barn"
    assert prompts(graph(pos=("CLIPTextEncode", {"text": words, "clip": ["model", 1]})))[0] == "a barn"
    apart = ("CLIPTextEncodeLumina2", {"system_prompt": "superior", "user_prompt": "a barn", "clip": ["model", 1]})
    assert prompts(graph(pos=apart))[0] == "a barn"


# --- texts that nodes make ---


def text(**nodes: tuple[str, dict[str, object]]) -> str | None:
    """The prompt when the encoder's text comes from the node `t`."""
    return prompts(graph(pos=("CLIPTextEncode", {"text": ["t", 0], "clip": ["model", 1]}), **nodes))[0]


@pytest.mark.parametrize(
    ("kind", "inputs", "wanted"),
    [
        ("PrimitiveStringMultiline", {"value": "a barn"}, "a barn"),
        ("Text Multiline", {"text": "a barn"}, "a barn"),
        ("Some String Literal Node", {"string": "a barn"}, "a barn"),
        ("StringConcatenate", {"string_a": "a", "string_b": "barn", "delimiter": " "}, "a barn"),
        ("StringConcatenate", {"string_a": ["u", 0], "string_b": "barn", "delimiter": " "}, None),
        ("Text Concatenate", {"delimiter": ", ", "clean_whitespace": "true", "text_b": "b ", "text_a": "a"}, "a, b"),
        ("JoinStrings", {"string1": "a", "string2": "b", "delimiter": "\\n"}, "a\nb"),
        ("JoinStringMulti", {"string_2": "b", "string_10": "c", "string_1": "a", "delimiter": " "}, "a b c"),
        ("StringFunction|pysssss", {"action": "append", "tidy_tags": "yes", "text_a": "a,", "text_b": "b"}, "a, b"),
        ("StringFunction|pysssss", {"action": "replace", "text_a": "a cat", "text_b": "cat", "text_c": "b"}, "a b"),
        ("StringReplace", {"string": "a cat", "find": "cat", "replace": "barn"}, "a barn"),
        ("CaseConverter", {"string": "A BARN", "mode": "lowercase"}, "a barn"),
        ("StringTrim", {"string": " a barn ", "mode": "Both"}, "a barn"),
        ("StringSubstring", {"string": "a barn here", "start": 0, "end": 6}, "a barn"),
        ("RegexReplace", {"string": "a cat", "regex_pattern": "c.t", "replace": "barn"}, None),
        # drawn, not the template
        ("ImpactWildcardProcessor", {"wildcard_text": "a {x|y}", "populated_text": "a y", "seed": 3}, "a y"),
        ("DPRandomGenerator", {"text": "a {x|y} barn", "seed": 3}, None),
        ("DPRandomGenerator", {"text": "a __colour__ barn", "seed": 3}, None),
        ("DPRandomGenerator", {"text": "a barn", "seed": 3}, "a barn"),
        # invented elsewhere: the instruction is no prompt
        ("OllamaGenerate", {"prompt": "describe a barn", "model": "m"}, None),
        ("Text Generator (LLM)", {"text": "describe a barn"}, None),
        ("GeminiPrompt", {"prompt": "describe a barn"}, None),
        ("Florence2Run", {"text_input": "", "image": ["i", 0]}, None),
        ("LoadTextFile", {"text": "prompts.txt"}, None),
        ("Mystery", {"text": "a barn"}, None),
        # switches
        ("ImpactSwitch", {"select": 2, "input1": "x", "input2": "a barn"}, "a barn"),
        ("ComfySwitchNode", {"switch": True, "on_true": "a barn", "on_false": "x"}, "a barn"),
        ("Any Switch (rgthree)", {"any_02": "x", "any_01": "a barn"}, "a barn"),
        ("Text Switch", {"select": ["u", 0], "text1": "x", "text2": "a barn"}, None),
    ],
)
def test_texts_of_nodes(kind: str, inputs: dict[str, object], wanted: str | None) -> None:
    """What a node puts out is followed if the node is known, else it is unknown, and so is the whole."""
    assert text(t=(kind, inputs), u=("Mystery", {})) == wanted


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"style": "base"}, ("a barn", "cars")),
        ({"style": "watercolour"}, (None, None)),
        ({"style": "watercolour", "style_negative": False}, (None, "cars")),
    ],
)
def test_styler(more: dict[str, object], wanted: tuple[str | None, str | None]) -> None:
    """A styler hands both texts on; with a style whose words are not in the file they are not known."""
    value = graph(
        style=("SDXLPromptStyler", {"text_positive": "a barn", "text_negative": "cars", "log_prompt": "No"} | more),
        pos=("CLIPTextEncode", {"text": ["style", 0], "clip": ["model", 1]}),
        neg=("CLIPTextEncode", {"text": ["style", 1], "clip": ["model", 1]}),
    )
    assert prompts(value) == wanted


def test_wildcard_encoder() -> None:
    """Impact's encoder gives model, conditioning and text; the LoRAs that it drew are in its text."""
    drawn: dict[str, object] = {
        "wildcard_text": "a {x|y} <lora:fur:0.5>", "populated_text": "a y <lora:fur:0.5>", "seed": 3,
        "model": ["model", 0], "clip": ["model", 1],
    }  # fmt: skip
    value = graph(
        wild=("ImpactWildcardEncode", drawn),
        sampler=("KSampler", sampler(model=["wild", 0], positive=["wild", 2])),
    )
    prompt, recipe = read(value)
    assert (prompt, recipe.loras, recipe.seed) == ("a y <lora:fur:0.5>", (("fur", "0.5"),), 42)


def test_a_text_that_was_shown_is_known() -> None:
    """A node that shows texts writes them into the workflow as it runs; what a model invented is known from there."""
    value = graph(
        ask=("OllamaGenerate", {"prompt": "describe"}),
        show=("ShowText|pysssss", {"text": ["ask", 0]}),
        pos=("CLIPTextEncode", {"text": ["show", 0], "clip": ["model", 1]}),
    )
    editor = {"nodes": [{"id": "show", "type": "ShowText|pysssss", "widgets_values": [["a barn"]]}], "links": []}
    assert prompts(value, workflow=editor)[0] == "a barn"
    assert prompts(value)[0] is None


def test_texts_that_grow_without_end_are_unknown() -> None:
    """Doubling nodes make no text of a length that takes memory, and long chains no deep recursion."""
    nodes: dict[str, tuple[str, dict[str, object]]] = {"t0": ("PrimitiveString", {"value": "x" * 100})}
    for k in range(60):
        again = [f"t{k}", 0]
        nodes[f"t{k + 1}"] = ("StringConcatenate", {"string_a": again, "string_b": again, "delimiter": ""})
    assert text(t=("StringConcatenate", {"string_a": ["t60", 0], "string_b": "", "delimiter": ""}), **nodes) is None
    chain = {f"c{k}": ("Reroute", {"": [f"c{k + 1}", 0]}) for k in range(5000)}
    assert text(t=("Reroute", {"": ["c0", 0]}), **chain) is None  # type: ignore[arg-type]


# --- which node ---


def second(**more: object) -> dict[str, tuple[str, dict[str, object]]]:
    """A second sampler with another text, its decoder, and what saves or shows its picture."""
    return {
        "pos2": ("CLIPTextEncode", {"text": "a draft", "clip": ["model", 1]}),
        "sampler2": ("KSampler", sampler(positive=["pos2", 0], seed=1, steps=5, **more)),
        "decode2": ("VAEDecode", {"samples": ["sampler2", 0], "vae": ["model", 2]}),
    }


def test_a_sampler_that_leads_to_no_saved_picture_does_not_count() -> None:
    """Nor does one whose picture was only shown."""
    value = {
        **graph(**second()),
    }
    ordered = {name: value[name] for name in sorted(value, key=lambda name: not name.endswith("2"))}
    assert read(ordered)[0] == "a barn"
    shown = graph(**second(), show=("PreviewImage", {"images": ["decode2", 0]}))
    assert read(shown)[0] == "a barn"
    del shown["save"]
    assert read(shown)[0] == "a draft"


def test_of_several_saved_pictures_the_name_tells() -> None:
    """Where it does not, only what is the same for all is known."""
    value = graph(**second(), save2=("SaveImage", {"images": ["decode2", 0], "filename_prefix": "sub/draft"}))
    assert read(value, "draft_00001_")[0] == "a draft"
    assert read(value, "out_00012_")[0] == "a barn"
    prompt, recipe = read(value, "renamed")
    assert (prompt, recipe.seed, recipe.negative, recipe.model) == (None, None, "cars", "paint.safetensors")


def test_the_first_of_several_passes_counts() -> None:
    """High-resolution passes, refiners and detailers work on what the first sampler began."""
    value = graph(
        **second(latent_image=["bigger", 0], denoise=0.5),
        bigger=("LatentUpscale", {"samples": ["sampler", 0], "width": 1024, "height": 1536}),
        detail=("FaceDetailer", {**SAMPLING, "image": ["decode2", 0], "positive": ["pos2", 0], "seed": 9}),
        save=("SaveImage", {"images": ["detail", 0]}),
    )
    prompt, recipe = read(value)
    assert (prompt, recipe.seed, recipe.steps, recipe.size) == ("a barn", 42, 20, (512, 768))
    advanced = {**sampler(), "noise_seed": 42, "end_at_step": 16}
    del advanced["seed"]
    refined = graph(
        sampler=("KSamplerAdvanced", advanced),
        refiner=("KSamplerAdvanced", {**advanced, "noise_seed": 0, "steps": 25, "latent_image": ["sampler", 0]}),
        decode=("VAEDecode", {"samples": ["refiner", 0]}),
    )
    assert (read(refined)[1].seed, read(refined)[1].steps) == (42, 20)


def test_a_picture_that_no_sampler_made() -> None:
    """Loaded and scaled: nothing is known, and a sampler elsewhere does not count."""
    value = graph(
        load=("LoadImage", {"image": "x.png"}),
        up=("ImageScale", {"image": ["load", 0], "width": 2, "height": 2}),
        save=("SaveImage", {"images": ["up", 0]}),
    )
    assert read(value) == (None, Recipe())


# --- linked values ---


def test_values_of_linked_nodes() -> None:
    """A value is that of the node linked to the very input; nodes nearby have others."""
    value = graph(
        inject=("ModelNoiseInjector", {"model": ["model", 0], "seed": 5, "steps": 3}),
        seed=("Seed (rgthree)", {"seed": 77}),
        steps=("PrimitiveInt", {"value": 30}),
        config=("KSampler Config (rgthree)", {"steps_total": 9, "cfg": 6.5, "sampler_name": "ddim", "scheduler": "s"}),
        wide=("INTConstant", {"value": 640}),
        empty=("EmptyLatentImage", {"width": ["wide", 0], "height": 768}),
        sampler=(
            "KSampler",
            sampler(model=["inject", 0], seed=["seed", 0], steps=["steps", 0], cfg=["config", 2])
            | {"sampler_name": ["config", 3]},
        ),
    )
    _, recipe = read(value)
    assert (recipe.seed, recipe.steps, recipe.guidance, recipe.sampler) == (77, 30, "6.5", "ddim")
    assert (recipe.model, recipe.size) == ("paint.safetensors", (640, 768))


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("SimpleMath+", {"value": "a+1", "a": 4}),
        ("CM_IntBinaryOperation", {"op": "Add", "a": 4, "b": 5}),
        ("Random Number", {"number_type": "integer", "seed": 4}),
        ("Mystery", {}),
        ("Seed (rgthree)", {"seed": -1}),
        ("Preset", {"value": 4, "ratio": "3:4 portrait"}),
        ("Parameters", {"seed": 4, "steps": 20}),
    ],
)
def test_values_that_are_calculated_are_unknown(kind: str, inputs: dict[str, object]) -> None:
    """No number of the node is taken for its result."""
    value = graph(n=(kind, inputs), sampler=("KSampler", sampler(seed=["n", 0])))
    assert read(value)[1].seed is None
    assert read(value)[0] == "a barn"


def test_guiders_and_their_nodes() -> None:
    """Prompts and cfg from the guider, seed, steps and sampler from nodes of their own; sigmas may be split."""
    value = graph(
        sampler=(
            "SamplerCustomAdvanced",
            {"noise": ["noise", 0], "guider": ["guide", 0], "sampler": ["pick", 0], "sigmas": ["split", 0]}
            | {"latent_image": ["empty", 0]},
        ),
        noise=("RandomNoise", {"noise_seed": 42}),
        guide=("CFGGuider", {"cfg": 4.5, "model": ["model", 0], "positive": ["pos", 0], "negative": ["neg", 0]}),
        pick=("KSamplerSelect", {"sampler_name": "euler"}),
        split=("SplitSigmas", {"sigmas": ["plan", 0], "step": 10}),
        plan=("BasicScheduler", {"scheduler": "karras", "steps": 20, "denoise": 1, "model": ["model", 0]}),
    )
    assert read(value) == read(graph())
    flux = value | graph(
        guide=("BasicGuider", {"model": ["model", 0], "conditioning": ["guided", 0]}),
        guided=("FluxGuidance", {"conditioning": ["pos", 0], "guidance": 3.5}),
        sampler=("SamplerCustomAdvanced", value["sampler"]["inputs"]),  # type: ignore[index]
    )
    prompt, recipe = read(flux)
    assert (prompt, recipe.negative, recipe.guidance, recipe.seed) == ("a barn", None, "3.5", 42)


def test_pipes() -> None:
    """One link carries all; what the nearest node does not say, those before it do."""
    easy = {
        "load": (
            "easy fullLoader",
            {"ckpt_name": "paint.safetensors", "lora_name": "None", "positive": "a barn", "negative": "cars"}
            | {"resolution": "512 x 768"},
        ),
        "pre": ("easy preSampling", {**SAMPLING, "pipe": ["load", 0]}),
        "run": ("easy kSampler", {"image_output": "Save", "pipe": ["pre", 0]}),
    }
    assert read({name: {"class_type": k, "inputs": i} for name, (k, i) in easy.items()}) == read(graph())
    basic = graph(
        pipe=("ToBasicPipe", {"model": ["model", 0], "positive": ["pos", 0], "negative": ["neg", 0]}),
        out=("FromBasicPipe", {"basic_pipe": ["pipe", 0]}),
        sampler=("KSampler", sampler(model=["out", 0], positive=["out", 3], negative=["out", 4])),
    )
    assert read(basic) == read(graph())
    impact = {"basic_pipe": ["pipe", 0], "latent_image": ["empty", 0], **SAMPLING}
    piped = graph(pipe=("ToBasicPipe", {"model": ["model", 0], "positive": ["pos", 0], "negative": ["neg", 0]}))
    piped["sampler"] = {"class_type": "ImpactKSamplerBasicPipe", "inputs": impact}
    assert read(piped) == read(graph())
    context = graph(
        one=("Context (rgthree)", {"model": ["model", 0], "positive": ["pos", 0], "negative": ["neg", 0]}),
        two=("Context (rgthree)", {"base_ctx": ["one", 0], "latent": ["empty", 0], "seed": 42}),
        sampler=(
            "KSampler",
            sampler(model=["two", 1], positive=["two", 4], negative=["two", 5], latent_image=["two", 6])
            | {"seed": ["two", 8]},
        ),
    )
    assert read(context) == read(graph())


def test_templates_in_loaders_are_unknown() -> None:
    """Easy-Use draws from them as it runs."""
    load = {"ckpt_name": "paint", "positive": "a {red|blue} barn", "negative": "__bad__, cars", "resolution": "8 x 8"}
    run = {**SAMPLING, "pipe": ["load", 0], "image_output": "Save", "lora_name": "fur", "lora_strength": 0.5}
    value = {
        "load": {"class_type": "ttN pipeLoader", "inputs": load},
        "run": {"class_type": "ttN pipeKSampler", "inputs": run},
    }
    prompt, recipe = read(value)
    assert (prompt, recipe.negative, recipe.model, recipe.seed) == (None, None, "paint", 42)
    assert [name for name, _ in recipe.loras] == ["fur"]


def test_several_pairs_in_one_node() -> None:
    """The positive ones are joined at output 0, the negative ones at output 1."""
    pairs = {"positive_1": ["pos", 0], "positive_2": ["moon", 0], "negative_1": ["neg", 0], "negative_2": ["zero", 0]}
    value = graph(
        moon=("CLIPTextEncode", {"text": "a moon", "clip": ["model", 1]}),
        zero=("ConditioningZeroOut", {"conditioning": ["pos", 0]}),
        both=("ConditioningSetMaskAndCombine", pairs),
        sampler=("KSampler", sampler(positive=["both", 0], negative=["both", 1])),
    )
    assert prompts(value) == ("a barn, a moon", "cars")


def test_loras_on_the_way_to_the_model() -> None:
    """In the order in which they are applied; those of other branches, called None or switched off do not count."""
    power: dict[str, object] = {
        "model": ["stacked", 0], "lora_1": {"on": True, "lora": "a", "strength": 0.5},
        "lora_2": {"on": False, "lora": "off", "strength": 1}, "lora_3": {"on": True, "lora": "b", "strength": 1},
    }  # fmt: skip
    value = graph(
        first=("LoraLoader", {"lora_name": "fur", "strength_model": 0.8, "strength_clip": 1, "model": ["model", 0]}),
        none=("LoraLoader", {"lora_name": "None", "strength_model": 1, "model": ["first", 0]}),
        zero=("LoraLoaderModelOnly", {"lora_name": "weak", "strength_model": 0, "model": ["none", 0]}),
        stack=("CR LoRA Stack", {"switch_1": "On", "lora_name_1": "st", "model_weight_1": 0.3, "switch_2": "Off"}),
        stacked=("CR Apply LoRA Stack", {"model": ["zero", 0], "lora_stack": ["stack", 0]}),
        power=("Power Lora Loader (rgthree)", power),
        other=("LoraLoader", {"lora_name": "elsewhere", "strength_model": 1, "model": ["model", 0]}),
        sampler=("KSampler", sampler(model=["power", 0])),
    )
    _, recipe = read(value)
    assert recipe.loras == (("fur", "0.8"), ("st", "0.3"), ("a", "0.5"), ("b", "1"))
    assert recipe.model == "paint.safetensors"


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("LoraTagLoader", {"text": "words <lora:fur:0.8> <lora:moon:0.5:1>"}),
        ("Lora Loader (LoraManager)", {"text": "<lora:fur:0.8>", "loras": {"__value__": [
            {"name": "fur", "strength": 0.8, "active": True}, {"name": "off", "strength": 1, "active": False},
            {"name": "moon", "strength": "0.5", "active": True},
        ]}}),
    ],
)  # fmt: skip
def test_loras_in_one_text(kind: str, inputs: dict[str, object]) -> None:
    """Each by its name and weight."""
    value = graph(tags=(kind, {**inputs, "model": ["model", 0]}), sampler=("KSampler", sampler(model=["tags", 0])))
    loras = read(value)[1].loras
    assert loras == (("fur", "0.8"), ("moon", "0.5"))


def test_a_workflow_that_is_too_large_does_not_hide_the_graph(tmp_path: Path) -> None:
    """What ran is enough."""
    workflow = json.dumps({"nodes": [{"id": k, "type": "X"} for k in range(MAX_GRAPH_NODES + 1)], "links": []})
    found = read_metadata(png(tmp_path / "a.png", prompt=json.dumps(graph()), workflow=workflow))
    assert (found.prompt, found.recipe.seed, len(found.notes)) == ("a barn", 42, 1)


def test_a_number_whose_output_the_editor_named() -> None:
    """Of a node with several, that of this name."""
    value = graph(n=("Parameters", {"seed": 4, "steps": 20}), sampler=("KSampler", sampler(seed=["n", 1])))
    editor = {"nodes": [{"id": "n", "type": "Parameters", "outputs": [{"name": "steps"}, {"name": "seed"}]}]}
    assert read(value, workflow=editor)[1].seed == 4
    value["sampler"]["inputs"]["seed"] = ["n", 0]  # type: ignore[index]
    assert read(value, workflow=editor)[1].seed is None


def test_a_merged_model_has_no_name() -> None:
    """Two checkpoints in one are neither of them."""
    value = graph(
        other=("CheckpointLoaderSimple", {"ckpt_name": "other"}),
        merged=("ModelMergeSimple", {"model1": ["model", 0], "model2": ["other", 0], "ratio": 0.5}),
        sampler=("KSampler", sampler(model=["merged", 0])),
    )
    assert read(value)[1].model is None


def test_a_latent_that_is_no_empty_one_has_no_size() -> None:
    """The size of a picture that was loaded or drawn is not said."""
    value = graph(empty=("PainterNode", {"image": "data:image/png;base64,"}))
    assert read(value)[1].size is None


# --- in files ---


def test_comfyui(tmp_path: Path) -> None:
    """Graph and workflow are read, and kept."""
    blocks = {"prompt": json.dumps(GRAPH), "workflow": json.dumps({"nodes": [], "links": [], "version": 0.4})}
    found = read_metadata(png(tmp_path / "a.png", **blocks))
    check(found, "ComfyUI", model="dreamshaper_8", loras=(("fur", "0.8"),), size=(512, 768), sampler="dpmpp_2m")
    assert {block.name: block.text for block in found.recipe.blocks} == blocks


@pytest.mark.parametrize("names", [("workflow:", "prompt:"), ("Workflow: ", "Prompt: ")])
def test_comfyui_in_webp(tmp_path: Path, names: tuple[str, str]) -> None:
    """In EXIF the graph stands after its name, and comes out under that name."""
    tags = {0x010F: names[0] + '{"nodes": []}', 0x0110: names[1] + json.dumps(GRAPH)}
    found = read_metadata(exif_file(tmp_path / "a.webp", tags=tags))
    check(found, "ComfyUI")
    assert png_texts(found.recipe.blocks) == {"prompt": json.dumps(GRAPH), "workflow": '{"nodes": []}'}


def test_nan_and_infinity_hide_nothing(tmp_path: Path) -> None:
    """Python writes and reads them in JSON; the text stays as it is."""
    given = json.dumps({**GRAPH, "5": {**GRAPH["5"], "is_changed": [float("nan"), float("inf")]}})  # type: ignore[dict-item]
    found = read_metadata(png(tmp_path / "a.png", prompt=given))
    check(found, "ComfyUI")
    assert found.recipe.blocks[0].text == given and "NaN" in given


def test_words_of_a1111_in_a_prompt(tmp_path: Path) -> None:
    """In a graph they are plain prompt."""
    words = "a barn\nNegative prompt: none needed\nSteps: 30 stone steps"
    value = graph(pos=("CLIPTextEncode", {"text": words, "clip": ["model", 1]}))
    found = read_metadata(png(tmp_path / "a.png", prompt=json.dumps(value)))
    assert (found.prompt, found.recipe.negative, found.recipe.steps) == (words, "cars", 20)


def test_a_graph_in_circles(tmp_path: Path) -> None:
    """Nodes that feed each other are each looked at once."""
    value = {
        "1": {"inputs": {"positive": ["2", 0], "steps": 3, "latent_image": ["1", 0]}, "class_type": "KSampler"},
        "2": {"inputs": {"conditioning": ["1", 0], "conditioning_2": ["2", 0]}, "class_type": "ConditioningX"},
        "3": {"inputs": {"": ["3", 0]}, "class_type": "Reroute"},
    }
    assert read_metadata(png(tmp_path / "a.png", prompt=json.dumps(value), workflow="{}")).prompt is None


def test_switches_models_and_numbers_in_circles() -> None:
    """A switch that chooses by what it chooses does not choose; numbers beyond any are none."""
    value = graph(
        one=("ImpactSwitch", {"select": ["two", 0], "input1": ["one", 0]}),
        two=("ImpactSwitch", {"select": ["one", 0], "input1": ["two", 0]}),
        lora=("LoraLoader", {"lora_name": "fur", "model": ["lora", 0]}),
        sampler=("KSampler", sampler(model=["lora", 0], steps=["one", 0], seed=10**400)),
    )
    prompt, recipe = read(value)
    assert (prompt, recipe.model, recipe.steps, recipe.seed) == ("a barn", None, None, None)


def test_graphs_that_are_too_large_are_told_as_such(tmp_path: Path) -> None:
    """They are kept, only not searched, and nothing is called broken."""
    many = {str(k): {"class_type": "X", "inputs": {}} for k in range(MAX_GRAPH_NODES + 1)}
    with pytest.raises(LimitError):
        from_prompt(many)
    found = read_metadata(png(tmp_path / "a.png", prompt=json.dumps(many), workflow='{"nodes": []}'))
    assert [block.name for block in found.recipe.blocks] == ["prompt", "workflow"]
    assert any("20001 nodes; at most 20000" in note for note in found.notes)
    assert not any("broken" in note for note in found.notes)


def test_a_large_graph_is_read(tmp_path: Path) -> None:
    """Megabytes of drawing in a node or in the workflow hide nothing."""
    drawing = "data:image/png;base64," + "A" * (3 << 20)
    value = graph(empty=("PainterNode", {"image": drawing}))
    workflow = json.dumps({"nodes": [], "links": [], "extra": {"drawing": drawing}})
    found = read_metadata(png(tmp_path / "a.png", prompt=json.dumps(value), workflow=workflow))
    assert (found.prompt, found.recipe.negative, found.recipe.size, found.notes) == ("a barn", "cars", None, ())
    assert sum(len(block.data) for block in found.recipe.blocks) > 6 << 20


def test_prompt_and_negative_of_the_usual_names() -> None:
    """The plain names of the fixtures, as other tests use them."""
    found = from_prompt(GRAPH)
    assert found
    prompt, recipe = read_graph(found) or (None, Recipe())
    assert (prompt, recipe.negative) == (PROMPT, NEGATIVE)


@pytest.mark.parametrize("between", ["ConditioningCombine", "ControlNetApplyAdvanced", "StringConcatenate"])
@pytest.mark.parametrize("count", [60, 5000])
def test_chains_longer_than_the_stack(between: str, count: int) -> None:
    """Their text is unknown; everything else is read."""
    key = {"ConditioningCombine": "conditioning_1", "StringConcatenate": "string_b"}.get(between, "positive")
    more = {"string_a": "", "delimiter": ""} if key == "string_b" else {}
    chain = {f"c{k}": (between, {key: [f"c{k + 1}", 0], **more}) for k in range(count)}
    if key == "string_b":
        chain |= {f"c{count}": ("PrimitiveString", {"value": "a barn"})}
        chain |= {"pos": ("CLIPTextEncode", {"text": ["c0", 0]})}
    else:
        chain |= {
            f"c{count}": ("CLIPTextEncode", {"text": "a barn"}),
            "sampler": ("KSampler", sampler(positive=["c0", 0])),
        }
    prompt, recipe = read(graph(**chain))
    assert prompt == ("a barn" if count < 100 else None)
    assert (recipe.negative, recipe.seed, recipe.model) == ("cars", 42, "paint.safetensors")


# --- what is not known stays unknown ---


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("CLIPTextEncode (NSP)", {"text": "a __landscape__ at dusk", "clip": ["model", 1]}),
        ("SomeTextEncode", {"text": "a {barn|house}"}),
        ("PackTextEncodeStyled", {"text": "a barn", "style": "cinematic", "clip": ["model", 1]}),
        ("PackTextEncode", {"text": "a barn", "prefix": ["words", 0]}),
        ("OtherConditioningSubtract", {"conditioning_1": ["pos", 0], "conditioning_2": ["neg", 0]}),
        (
            "CR Conditioning Input Switch",
            {"Input": ["math", 0], "conditioning1": ["pos", 0], "conditioning2": ["neg", 0]},
        ),
        ("OllamaConditioning", {"conditioning": ["words", 0]}),
    ],
)
def test_conditionings_that_cannot_be_told(kind: str, inputs: dict[str, object]) -> None:
    """Templates, styles from files, differences, and switches whose choice is computed give no prompt."""
    value = graph(
        other=(kind, inputs),
        words=("LoadTextFile", {"path": "a.txt"}),
        math=("MathExpression", {"a": 1, "expression": "a+1"}),
        sampler=("KSampler", sampler(positive=["other", 0])),
    )
    assert prompts(value) == (None, "cars")


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("TextTruncate", {"text": "a barn in a field", "max_length": 6}),
        ("StringFromPack", {"text": "a barn", "index": 3}),
        ("RandomPromptText", {"text": "a barn"}),
        ("PromptUppercase", {"text": "a barn"}),
        ("PromptCombine", {"prefix": "masterpiece", "prompt": "a barn", "separator": ", "}),
        ("TextJoiner", {"text1": "a barn", "ending": ["words", 0], "delimiter": ", "}),
    ],
)
def test_texts_that_cannot_be_told(kind: str, inputs: dict[str, object]) -> None:
    """Nodes that change their text, or add something that is not known, give no prompt."""
    value = graph(
        text=(kind, inputs),
        words=("LoadTextFile", {"path": "a.txt"}),
        pos=("CLIPTextEncode", {"text": ["text", 0], "clip": ["model", 1]}),
    )
    assert prompts(value) == (None, "cars")


@pytest.mark.parametrize(
    ("kind", "inputs", "size"),
    [
        ("CR SDXL Aspect Ratio", {"width": 1024, "height": 1024, "aspect_ratio": "3:4 portrait"}, None),
        (
            "CR SDXL Aspect Ratio",
            {"width": 640, "height": 320, "aspect_ratio": "custom", "swap_dimensions": "Off"},
            (640, 320),
        ),
        (
            "SDXLEmptyLatentSizePicker+",
            {"resolution": "1024x768 (1.33)", "width_override": 0, "height_override": 0},
            (1024, 768),
        ),
        (
            "SDXLEmptyLatentSizePicker+",
            {"resolution": "1024x768 (1.33)", "width_override": 512, "height_override": 0},
            None,
        ),
    ],
)
def test_sizes_that_a_node_computes_are_unknown(
    kind: str, inputs: dict[str, object], size: tuple[int, int] | None
) -> None:
    """Width and height count only where nothing beside them changes them."""
    assert read(graph(empty=(kind, inputs)))[1].size == size


def test_a_guider_of_two_conditionings() -> None:
    """Both are the prompt; if one is unknown, so is the prompt."""
    given = {
        "noise": ["noise", 0],
        "guider": ["guider", 0],
        "sampler": ["select", 0],
        "sigmas": ["sigmas", 0],
        "latent_image": ["empty", 0],
    }
    for second, prompt in (("two", "a barn, at night"), ("model", None)):
        value = graph(
            two=("CLIPTextEncode", {"text": "at night"}),
            guider=(
                "DualCFGGuider",
                {"model": ["model", 0], "cond1": ["pos", 0], "cond2": [second, 0], "negative": ["neg", 0]},
            ),
            noise=("RandomNoise", {"noise_seed": 5}),
            select=("KSamplerSelect", {"sampler_name": "euler"}),
            sigmas=("BasicScheduler", {"scheduler": "beta", "steps": 9}),
            sampler=("SamplerCustomAdvanced", given),
        )
        assert prompts(value) == (prompt, "cars")
        assert read(value)[1].seed == 5


@pytest.mark.parametrize("wrap", [lambda graph: {"prompt": graph}, lambda graph: {"prompt": json.dumps(graph)}])
def test_a_graph_in_an_object_of_its_own(wrap: Callable[[object], object], tmp_path: Path) -> None:
    """A UserComment may hold an object with the graph alone, also as a text in it."""
    comment = b"UNICODE\0" + json.dumps(wrap(graph())).encode("utf-16-be")
    found = read_metadata(exif_file(tmp_path / "a.jpg", comment))
    assert (found.prompt, found.recipe.negative, found.recipe.seed) == ("a barn", "cars", 42)
