"""The prompt and settings behind a ComfyUI graph: what the sampler of the saved picture was given.

The graph is walked back from the node that saved the picture, along the outputs that its links name. Every value is
that of the very input which the sampler has, or of the node that this input is linked to. What comes out of a node
that is not known here is unknown, and so is every text it is a part of: None, never a guess.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from ..layers import Recipe
from ..limits import MAX_PROMPT_CHARS
from .graph import Graph, Link, Node

__all__ = ["read_graph"]

_MOST_STEPS = 300  # nodes on one way through the graph
_LORA_TAG = re.compile(r"<lora:([^<>:]{1,200})(?::(-?[\d.]+))?[^<>]{0,100}>")

# Outputs of nodes that hand on several things, by place. "positive" and "negative" are conditionings or texts.
_PAIR = {0: "positive", 1: "negative"}
_AFTER_MODEL = {0: "model", 1: "positive", 2: "negative"}
_EFFICIENT = {**_AFTER_MODEL, 3: "latent_image"}
_CONTEXT = {1: "model", 3: "vae", 4: "positive", 5: "negative", 6: "latent_image", 7: "images", 8: "seed"}
_EASY_PIPE = {1: "model", 2: "positive", 3: "negative", 4: "latent_image", 7: "image", 8: "seed"}
_OUTPUTS: dict[str, dict[int, str]] = {
    "ControlNetApplyAdvanced": _PAIR,
    "ControlNetApplySD3": _PAIR,
    "ControlNetInpaintingAliMamaApply": _PAIR,
    "ACN_AdvancedControlNetApply": _PAIR,
    "ACN_AdvancedControlNetApply_v2": _PAIR,
    "CR Apply Multi-ControlNet": _PAIR,
    "Control Net Stacker": _PAIR,
    "InpaintModelConditioning": _PAIR,
    "InstructPixToPixConditioning": _PAIR,
    "StableZero123_Conditioning": _PAIR,
    "SV3D_Conditioning": _PAIR,
    "WanImageToVideo": _PAIR,
    "WanFunControlToVideo": _PAIR,
    "WanVaceToVideo": _PAIR,
    "LTXVConditioning": _PAIR,
    "LTXVImgToVideo": _PAIR,
    "CosmosImageToVideoLatent": _PAIR,
    "PairConditioningSetProperties": _PAIR,
    "PairConditioningSetDefaultCombine": _PAIR,
    "SD_4XUpscale_Conditioning": _PAIR,
    "INPAINT_VAEEncodeInpaintConditioning": _PAIR,
    "ApplyPulidFlux": {0: "model"},
    "ApplyInstantID": _AFTER_MODEL,
    "ApplyInstantIDAdvanced": _AFTER_MODEL,
    "Efficient Loader": _EFFICIENT,
    "KSampler (Efficient)": _EFFICIENT,
    "KSampler Adv. (Efficient)": _EFFICIENT,
    "Eff. Loader SDXL": {1: "latent_image"},
    "Unpack SDXL Tuple": {0: "model", 2: "positive", 3: "negative"},
    "SDXLPromptStyler": {0: "text_positive", 1: "text_negative"},
    "FromBasicPipe": {0: "model", 3: "positive", 4: "negative"},
    "FromBasicPipe_v2": {1: "model", 4: "positive", 5: "negative"},
    "FromDetailerPipe": {0: "model", 3: "positive", 4: "negative"},
    "Context (rgthree)": _CONTEXT,
    "Context Big (rgthree)": _CONTEXT
    | {9: "steps", 11: "cfg", 12: "ckpt_name", 13: "sampler", 14: "scheduler", 17: "text_pos_g", 18: "text_pos_l"}
    | {19: "text_neg_g", 20: "text_neg_l"},
    "Context Switch (rgthree)": _CONTEXT,
    "Context Merge (rgthree)": _CONTEXT,
    "KSampler Config (rgthree)": {0: "steps_total", 2: "cfg", 3: "sampler_name", 4: "scheduler"},
    "easy fullLoader": {1: "model", 4: "positive", 5: "negative", 6: "latent_image"},
    "easy comfyLoader": {1: "model"},
    "easy a1111Loader": {1: "model"},
    "easy pipeOut": _EASY_PIPE,
    "easy pipeIn": {},
    "easy controlnetLoaderADV": {1: "positive", 2: "negative"},
    "ttN pipeLoader": {1: "model", 2: "positive", 3: "negative", 4: "latent_image", 7: "seed"},
    "ttN pipeLoader_v2": {1: "model", 2: "positive", 3: "negative", 4: "latent_image", 7: "seed"},
    "ttN pipeKSampler": _EASY_PIPE,
    "ttN pipeKSampler_v2": _EASY_PIPE,
    "ttN pipeOUT": _EASY_PIPE,
    "ImpactWildcardEncode": {0: "model", 2: "populated_text", 3: "populated_text"},
    "WildcardEncode //Inspire": {0: "model", 2: "populated_text", 3: "populated_text"},
    "ImpactWildcardProcessor": {0: "populated_text"},
    "Input Parameters (Image Saver)": {0: "seed", 1: "steps", 2: "cfg", 3: "sampler_name", 4: "scheduler"},
    "LoraLoader": {0: "model"},
    "LoadImage": {},
}
# Names under which nodes hold the same thing.
_SAME: dict[str, tuple[str, ...]] = {
    "positive": (
        "positive", "base_positive", "cond_positive", "pos", "positive_cond", "text_positive", "prompt_positive",
        "positive_prompt", "prompt",
    ),
    "negative": (
        "negative", "base_negative", "cond_negative", "neg", "negative_cond", "text_negative", "prompt_negative",
        "negative_prompt",
    ),
    "model": ("model", "base_model", "unet", "model1_opt"),
    "latent_image": ("latent_image", "latent", "samples", "latents", "latent_samples", "optional_latent"),
    "images": ("images", "image", "pixels"),
    "seed": ("seed", "noise_seed", "seed_value"),
    "steps": ("steps", "steps_total"),
    "cfg": ("cfg", "guidance_scale"),
    "sampler_name": ("sampler_name", "sampler"),
    "scheduler": ("scheduler",),
}  # fmt: skip
_PIPES = (
    "pipe", "basic_pipe", "sdxl_tuple", "base_ctx", "ctx", "context", "detailer_pipe", "pipe_line", "ctx_01", "ctx_02",
    "ctx_03", "ctx_04", "ctx_05",
)  # fmt: skip
_MODEL_KEYS = ("ckpt_name", "unet_name", "base_ckpt_name", "gguf_name", "model_name", "model_path", "ckpt")
# Inputs by which a picture, or what becomes one, comes into a node.
_PICTURE = re.compile(
    r"(images?|pixels|samples?|latents?|frames|video|destination|source|input|any|anything|value|optional_image"
    r"|base_image|on_true|on_false|upscaled_image|samples_(to|from)|latent_image|image_?[a-d1-9]|"
    r"(image|latent|samples|input|any)_?\d{1,2})",
    re.IGNORECASE,
)
_REROUTES = frozenset({"Reroute", "ReroutePrimitive|pysssss", "Reroute (rgthree)", "easy cleanGpuUsed", "ImpactLogger"})
# Conditionings that say nothing, whatever they are made from.
_EMPTY = frozenset({"ConditioningZeroOut", "ConditioningSetTimestepRangeZero"})
_NEUTRAL_STYLES = frozenset({"", "-", "base", "sai-base", "none", "no style", "no_style", "default"})
_ENCODER = re.compile(r"text.?encode|clip.?encode|prompt.?encode|^easy (positive|negative)$|textencode", re.IGNORECASE)
_ENCODED = (
    "text_g", "text_l", "text", "clip_g", "clip_l", "t5xxl", "llama", "bert", "mt5xl", "prompt", "user_prompt",
    "qwen25_7b", "byt5",
)  # fmt: skip
# Nodes whose one text comes out as it is: kind -> input.
_TEXTS = {
    "PrimitiveString": "value", "PrimitiveStringMultiline": "value", "String": "value", "StringConstant": "string",
    "StringConstantMultiline": "string", "String Literal": "string", "Text Multiline": "text", "Text String": "text",
    "CR Text": "text", "CR Prompt Text": "prompt", "ttN text": "text", "Text box": "text",
    "JWStringMultiline": "text", "Note Plus (mtb)": "text",
    "JWString": "text", "KepStringLiteral": "String", "Simple String Combine": "text", "easy string": "value",
    "easy positive": "positive", "easy negative": "negative", "easy showAnything": "anything",
    "Textbox": "text", "Text Prompt (JPS)": "text", "Primitive string [Crystools]": "string",
    "Primitive string multiline [Crystools]": "string", "CLIP Positive-Negative": "text", "STRING": "text",
    "ShowText|pysssss": "text", "PreviewAny": "source", "Show any [Crystools]": "any_value",
    "DisplayText": "text", "PreviewTextNode": "text", "StringViewer": "string",
}  # fmt: skip
# What such nodes are called by other authors; those that change or invent their text are not among them.
_TEXT_KIND = re.compile(r"text|string|prompt|literal|primitive|multiline|positive|negative", re.IGNORECASE)
_INVENTING = re.compile(
    r"llm|gpt|chat|generat|ollama|llama|gemini|claude|mistral|qwen|enhanc|refin|expan|caption|translat|interrogat"
    r"|random|wildcard|dynamic|florence|joy|groq|deepseek|magic|tagger|describe|rewrite|parse|style|load|file|batch"
    r"|list|schedul|travel|select|switch|encode|replace|trim|split|regex|format|extract|filter|remove|agent|api|\bai\b",
    re.IGNORECASE,
)
_JOINING = re.compile(r"concat|join|combine|append|merge", re.IGNORECASE)
_DELIMITERS = ("delimiter", "separator", "delimit", "sep")
# Inputs of a switch, before their number.
_SWITCHED = ("input", "text", "value", "image", "latent", "model", "conditioning", "input_", "any_", "text_", "string")
_CHOICE = re.compile(r"(?<!\\)\{[^{}|]*\|")  # {red|blue}
_WILDCARD = re.compile(r"__[\w/*.-]{1,200}__|(?<!\\)\{[^{}|$]*[|$]")
_COMMENT_LINE = re.compile(r"//[^\n]*")
# What models whose text encoder is a language model are told before the prompt, in the words of their authors.
_INSTRUCTION = re.compile(r"^\s*You are an? [^<]{1,500}<Prompt Start>\s*")
_TEXT_KEY = re.compile(r"text|string|str|value|prompt|positive|negative|input", re.IGNORECASE)
# Delimiters by name; nodes that have them mean what they stand for, each in its own way.
_SPELT = frozenset({"space", "comma", "newline", "none", "linebreak", "line break", "new line"})
# Inputs of nodes of one number that say nothing of it.
_BESIDE = re.compile(r"control|unique_id|extra_pnginfo|speak|button|label|title|note", re.IGNORECASE)
_MOST_SAMPLERS = 32  # that lead to one picture
_MOST_LISTS = 300  # nodes whose LoRAs are listed
_SAVES = ("Save", "Hide/Save", "Preview&Save", "Sender/Save", "Hide & Save")

_T = TypeVar("_T")


@dataclass(frozen=True)
class _Found:
    """What one sampler was given; None is unknown, an empty tuple of texts is known to be none."""

    prompt: tuple[str, ...] | None = None
    negative: tuple[str, ...] | None = None
    seed: int | None = None
    steps: int | None = None
    guidance: str | None = None
    sampler: str | None = None
    scheduler: str | None = None
    model: str | None = None
    loras: tuple[tuple[str, str | None], ...] = ()
    size: tuple[int, int] | None = None


def read_graph(graph: Graph, stem: str | None = None) -> tuple[str | None, Recipe] | None:
    """(prompt, recipe) of the picture that a graph made, or None if no sampler leads to one.

    If several nodes saved pictures, the one counts whose file names begin as the picture's does; where that does
    not tell, only what is the same for all of them. Where a picture was sampled in several passes, the settings
    are those of the first.

    Args:
        stem: the picture's file name without its ending, if it is known.
    """
    reader = _Reader(graph)
    found = [reader.settings(sampler) for sampler in reader.samplers(stem)]
    if not found:
        return None
    one = _common(found)
    if one.negative == one.prompt:  # one conditioning for both, where a model needs no negative prompt
        one = replace(one, negative=())
    recipe = Recipe(
        tool="ComfyUI",
        negative=_joined(one.negative) or None,
        seed=one.seed,
        steps=one.steps,
        guidance=one.guidance,
        sampler=one.sampler,
        scheduler=one.scheduler,
        model=one.model,
        loras=one.loras,
        size=one.size,
    )
    return _joined(one.prompt) or None, recipe


def _joined(texts: tuple[str, ...] | None) -> str | None:
    return None if texts is None else ", ".join(dict.fromkeys(texts))


def _common(found: list[_Found]) -> _Found:
    """What all of them say."""
    first, *rest = found
    values = {
        name: getattr(first, name)
        for name in _Found.__dataclass_fields__
        if all(getattr(other, name) == getattr(first, name) for other in rest)
    }
    return _Found(**values)


class _Reader:
    """One walk through one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = graph.nodes
        self._texts: dict[tuple[Link, str], str | None] = {}
        self._conditionings: dict[tuple[Link, str], tuple[str, ...] | None] = {}
        self._samplers: dict[str, tuple[str, ...]] = {}
        self._switches: dict[int, object] = {}
        self._depth = 0
        self.lists_left = _MOST_LISTS

    def node(self, link: object) -> Node | None:
        return self.nodes.get(link.node) if isinstance(link, Link) else None

    # --- which sampler ---

    def samplers(self, stem: str | None) -> list[str]:
        """The first samplers on the way to the saved picture."""
        savers = self._savers()
        named = [name for name in savers if stem is not None and self._prefix(name, stem)]
        found: list[str] = []
        for name in (named or savers)[:_MOST_SAMPLERS]:
            found += [sampler for sampler in self._first(name) if sampler not in found]
        if found or savers:
            return found
        # No node that saves or shows: the samplers that feed no other.
        all_of_them = [name for name, node in self.nodes.items() if self._samples(node)]
        for name in all_of_them[:_MOST_SAMPLERS]:
            found += [sampler for sampler in self._first(name) if sampler not in found]
        return found

    def _savers(self) -> list[str]:
        saving: list[str] = []
        showing: list[str] = []
        for name, node in self.nodes.items():
            own = node.inputs.get("image_output")
            if isinstance(own, str) and self._samples(node):
                (saving if own in _SAVES else showing).append(name)
            elif any(True for _ in self._pictures(node)):
                if re.search(r"save|\bVHS_VideoCombine|image ?output", node.kind, re.IGNORECASE):
                    if not re.search(r"latent|checkpoint|lora|model|mask", node.kind, re.IGNORECASE):
                        saving.append(name)
                elif re.search(r"preview|display|show.?image", node.kind, re.IGNORECASE):
                    showing.append(name)
        for names in (saving, showing):
            leading = [name for name in names if self._first(name)]
            if leading:
                return leading
        return saving

    def _prefix(self, name: str, stem: str) -> bool:
        """Whether a picture of this name can be from that node."""
        given = self.nodes[name].inputs.get("filename_prefix", self.nodes[name].inputs.get("save_prefix"))
        if not isinstance(given, str):
            return False
        start = re.split(r"[/\\]", given)[-1].split("%")[0]
        return bool(start) and re.match(re.escape(start) + r"(_|$)", stem) is not None

    def _samples(self, node: Node) -> bool:
        given = node.inputs
        if "guider" in given and ("sigmas" in given or "sampler" in given):
            return True
        if re.search(
            r"preSampling|loader|\bsave|context|^(To|From|Edit)\w*Pipe|pipe ?(In|Out|Edit)\b|scheduler",
            node.kind,
            re.IGNORECASE,
        ):
            return False
        prompted = any(key in given for key in _SAME["positive"]) or any(key in given for key in _PIPES)
        counted = any(key in given for key in ("steps", "steps_total", "sigmas"))
        return prompted and (counted or re.search(r"sampler", node.kind, re.IGNORECASE) is not None)

    def _pictures(self, node: Node) -> Iterator[Link]:
        """The inputs by which pictures come in, those of a switch only if it let them through."""
        chosen = self._chosen(node)
        if chosen is not None:
            if isinstance(chosen, Link):
                yield chosen
            return
        for key, value in node.inputs.items():
            if not isinstance(value, Link):
                continue
            source = self.node(value)
            kind = source.outputs[value.output][1] if source and value.output < len(source.outputs) else ""
            if kind in ("IMAGE", "LATENT") if kind not in ("", "*") else _PICTURE.fullmatch(key):
                yield value

    def _first(self, name: str) -> tuple[str, ...]:
        """The first samplers on the way to a node, itself among them if it is one."""
        if name in self._samplers:
            return self._samplers[name]
        self._samplers[name] = ()  # a graph that goes in circles ends here
        node = self.nodes[name]
        if self._depth > _MOST_STEPS:
            return ()
        self._depth += 1
        try:
            samples = self._samples(node)
            links = list(self._pictures(node))
            if samples:
                piped = [self._field(name, key) for key in ("latent_image", "images")]
                links += [value for value in piped if isinstance(value, Link)]
            found: list[str] = []
            for link in links:
                if link.node in self.nodes and len(found) < _MOST_SAMPLERS:
                    found += [sampler for sampler in self._first(link.node) if sampler not in found]
            if samples and not found:
                found = [name]
        finally:
            self._depth -= 1
        self._samplers[name] = tuple(found)
        return self._samplers[name]

    # --- what it was given ---

    def settings(self, name: str) -> _Found:
        """What a sampler was given."""
        node = self.nodes[name]
        guider = self.node(node.inputs.get("guider"))
        holder = node.inputs["guider"].node if guider and isinstance(node.inputs["guider"], Link) else name
        positive = self._field(holder, "positive")
        if guider and positive is None:
            positive = guider.inputs.get("conditioning", guider.inputs.get("cond1"))
        model = self._field(holder, "model")
        loras: list[tuple[str, str | None]] = []
        named = self._model(model, name, loras)
        return _Found(
            prompt=self._prompt(positive, "positive"),
            negative=self._prompt(self._field(holder, "negative"), "negative"),
            seed=self._seed(name),
            steps=self._steps(name),
            guidance=self._guidance(holder, positive),
            sampler=self._sampler(name),
            scheduler=self._scheduler(name),
            model=named,
            loras=tuple(dict.fromkeys(reversed(loras))),
            size=self._size(name),
        )

    def _field(self, name: str, key: str) -> object:
        """The input of a node by its name; if it has none, that of the pipe which comes into it."""
        seen: set[str] = set()
        while name in self.nodes and name not in seen and len(seen) < _MOST_STEPS:
            seen.add(name)
            given = self.nodes[name].inputs
            for own in _SAME.get(key, (key,)):
                if given.get(own) is not None and (own == key or not isinstance(given[own], bool)):
                    return given[own]
            pipe = next((given[p] for p in _PIPES if isinstance(given.get(p), Link)), None)
            if not isinstance(pipe, Link):
                return None
            name = pipe.node
        return None

    def _piped(self, name: str) -> list[str]:
        """A node, and those along the pipe that comes into it."""
        found: list[str] = []
        while name in self.nodes and name not in found and len(found) < _MOST_STEPS:
            found.append(name)
            given = self.nodes[name].inputs
            pipe = next((given[p] for p in _PIPES if isinstance(given.get(p), Link)), None)
            name = pipe.node if isinstance(pipe, Link) else ""
        return found

    def _owner(self, name: str, key: str) -> str:
        """The node that holds what `_field` gives."""
        seen: set[str] = set()
        while name in self.nodes and name not in seen and len(seen) < _MOST_STEPS:
            seen.add(name)
            given = self.nodes[name].inputs
            if any(given.get(own) is not None for own in _SAME.get(key, (key,))):
                return name
            pipe = next((given[p] for p in _PIPES if isinstance(given.get(p), Link)), None)
            if not isinstance(pipe, Link):
                break
            name = pipe.node
        return name

    def _prompt(self, value: object, role: str) -> tuple[str, ...] | None:
        if isinstance(value, str):  # a loader with texts at the end of a pipe
            return self._either(value, role)
        return self._conditioning(value, role) if isinstance(value, Link) else None

    def _seed(self, name: str) -> int | None:
        value = self._field(name, "seed")
        noise = self.node(self.nodes[name].inputs.get("noise"))
        if value is None and noise is not None:
            value = noise.inputs.get("noise_seed", noise.inputs.get("seed"))
        number = self._number(value, ("seed", "noise_seed", "value", "number", "int", "seed_value", "Number", "int_"))
        return int(number) if number is not None and float(number).is_integer() and 0 <= number < 1 << 64 else None

    def _steps(self, name: str) -> int | None:
        value = self._field(name, "steps")
        if value is None:
            value = self._scheduled(name, "steps")
        number = self._number(value, ("steps", "steps_total", "value", "number", "int", "Number", "int_"))
        return int(number) if number is not None and float(number).is_integer() and 0 < number < 1 << 31 else None

    def _scheduled(self, name: str, key: str) -> object:
        """An input of the node that the sigmas come from."""
        link, seen = self.nodes[name].inputs.get("sigmas"), 0
        while isinstance(link, Link) and seen < _MOST_STEPS:
            node, seen = self.nodes.get(link.node), seen + 1
            if node is None:
                return None
            if node.inputs.get(key) is not None:
                return node.inputs[key]
            if key == "scheduler":
                match = re.fullmatch(r"(\w+?)Scheduler", node.kind)
                if match and match[1] in ("Karras", "Exponential", "Polyexponential", "Beta", "SDTurbo", "VP"):
                    return match[1].lower()
            link = node.inputs.get("sigmas", node.inputs.get(""))
        return None

    def _guidance(self, name: str, positive: object) -> str | None:
        value = self._field(name, "cfg")
        if value is None:  # models that take it as a part of the conditioning
            value = self._flux_guidance(positive)
        number = self._number(value, ("cfg", "value", "float", "number", "guidance", "Number", "float_"))
        return None if number is None else str(number)

    def _flux_guidance(self, link: object) -> object:
        for _ in range(_MOST_STEPS):
            node = self.node(link)
            if node is None:
                return None
            if node.inputs.get("guidance") is not None:
                return node.inputs["guidance"]
            link = next((v for k, v in node.inputs.items() if isinstance(v, Link) and k.startswith("cond")), None)
        return None

    def _sampler(self, name: str) -> str | None:
        value = self._field(name, "sampler_name")
        if isinstance(value, Link):
            node = self.node(value)
            if node and (node.kind == "KSamplerSelect" or "sampler_name" in node.inputs):
                value = node.inputs.get("sampler_name")
        return self._named(value, "sampler_name")

    def _scheduler(self, name: str) -> str | None:
        value = self._field(name, "scheduler")
        if value is None:
            value = self._scheduled(name, "scheduler")
        return self._named(value, "scheduler")

    def _named(self, value: object, key: str) -> str | None:
        """A name, or that which a node with an input of this name gives."""
        for _ in range(_MOST_STEPS):
            if not isinstance(value, Link):
                return value if isinstance(value, str) and value else None
            node = self.node(value)
            if node is None:
                return None
            chosen = self._chosen(node)
            value = chosen if chosen is not None else node.inputs.get(key, node.inputs.get("value"))
        return None

    def _number(self, value: object, keys: tuple[str, ...]) -> int | float | None:
        """A number, or that which a node gives that holds nothing else under these names."""
        for _ in range(_MOST_STEPS):
            if isinstance(value, bool):
                return None
            if isinstance(value, (int, float)):
                return value if abs(value) < 1 << 70 else None  # not NaN, either
            if isinstance(value, str):
                match = re.fullmatch(r"\d{1,20}|\d{1,9}\.\d{1,9}", value.strip())
                return None if match is None else int(value) if value.strip().isdigit() else float(value)
            node = self.node(value)
            if node is None or not isinstance(value, Link):
                return None
            chosen = self._chosen(node)
            if chosen is not None:
                value = chosen
                continue
            known = _OUTPUTS.get(node.kind)
            if known is not None:
                key = known.get(value.output)
                value = self._field(value.node, key) if key else None
                continue
            if node.kind in _REROUTES:
                value = next(iter(node.inputs.values()), None)
                continue
            if re.search(r"math|operat|calc|random|\bmin\b|\bmax\b|convert.*hash|add|subtract|multip", node.kind, re.I):
                return None
            held = [key for key in keys if isinstance(node.inputs.get(key), (int, float, Link))]
            if len(held) != 1 or not _tells(node, value.output, held[0]):
                return None
            value = node.inputs[held[0]]
        return None

    def _model(self, link: object, sampler: str, loras: list[tuple[str, str | None]]) -> str | None:
        """The name of the checkpoint; the LoRAs on the way to it are added, the last first."""
        if link is None:  # the loader is the end of a pipe; or nothing says which, and there is only one
            holder = self._owner(sampler, "ckpt_name")
            for name in self._piped(sampler):
                if name != holder:
                    _add_loras(self, self.nodes[name], loras)
            if any(key in self.nodes[holder].inputs for key in _MODEL_KEYS):
                return self._loaded(holder, loras)
            names = {node.inputs.get("ckpt_name", node.inputs.get("unet_name")) for node in self.nodes.values()
                     if isinstance(node.inputs.get("ckpt_name", node.inputs.get("unet_name")), str)}  # fmt: skip
            return str(names.pop()) if len(names) == 1 else None
        seen: set[Link] = set()
        while len(seen) < _MOST_STEPS:
            node = self.node(link)
            if node is None or not isinstance(link, Link) or link in seen:
                return None
            seen.add(link)
            chosen = self._chosen(node)
            if chosen is not None:
                link = chosen
                continue
            _add_loras(self, node, loras)
            before = node.inputs.get("model", node.inputs.get("base_model", node.inputs.get("unet")))
            if isinstance(before, Link):
                link = before
                continue
            if any(isinstance(node.inputs.get(p), Link) for p in _PIPES):
                link = self._field(link.node, "model") or Link(self._owner(link.node, "ckpt_name"), 0)
                if self.node(link) is node:
                    return None
                continue
            if node.kind in _REROUTES:
                link = next((value for value in node.inputs.values() if isinstance(value, Link)), None)
                continue
            return self._loaded(link.node, [])
        return None

    def _loaded(self, name: str, loras: list[tuple[str, str | None]]) -> str | None:
        node = self.nodes.get(name)
        if node is None:
            return None
        _add_loras(self, node, loras)
        for key in _MODEL_KEYS:
            value = node.inputs.get(key)
            if isinstance(value, dict):
                value = value.get("content")
            if value is not None:
                return self._named(value, key) or (self._named(value, "ckpt_name") if isinstance(value, Link) else None)
        return None

    def _size(self, name: str) -> tuple[int, int] | None:
        """Width and height of the empty latent that the sampler began with."""
        link = self._field(name, "latent_image")
        if link is None:
            return self._sides(self._owner(name, "empty_latent_width"))
        for _ in range(_MOST_STEPS):
            node = self.node(link)
            if node is None or not isinstance(link, Link):
                return None
            chosen = self._chosen(node)
            if chosen is not None:
                link = chosen
                continue
            sides = self._sides(link.node)
            if sides:
                return sides
            key = _OUTPUTS.get(node.kind, {}).get(link.output)
            before = self._field(link.node, "latent_image") if key == "latent_image" else None
            if before is None:
                before = next((node.inputs[k] for k in ("samples", "latent", "latent_image") if k in node.inputs), None)
            if before is None and node.kind in _REROUTES:
                before = next(iter(node.inputs.values()), None)
            link = before
        return None

    def _sides(self, name: str) -> tuple[int, int] | None:
        node = self.nodes.get(name)
        if node is None:
            return None
        for key in ("resolution", "dimensions"):
            value = node.inputs.get(key)
            match = re.match(r"\s*(\d{2,5})\s*[x×]\s*(\d{2,5})\b", value) if isinstance(value, str) else None
            if match:
                return int(match[1]), int(match[2])
        for start in ("", "empty_latent_"):
            sides = []
            for side in ("width", "height"):
                value = node.inputs.get(start + side)
                number = self._number(value, (side, "value", "number", "int", "Number")) if value is not None else None
                if number is not None and float(number).is_integer() and 0 < number <= 65536:
                    sides.append(int(number))
            if len(sides) == 2:
                return sides[0], sides[1]
        return None

    # --- switches ---

    def _chosen(self, node: Node) -> object:
        """The input that a switch lets through, or None if the node is no switch (or it cannot be told)."""
        if id(node) not in self._switches:
            self._switches[id(node)] = None  # what chooses by what it chooses, does not choose
            if self._depth < _MOST_STEPS:
                self._depth += 1
                try:
                    self._switches[id(node)] = self._chosen_of(node)
                finally:
                    self._depth -= 1
        return self._switches[id(node)]

    def _chosen_of(self, node: Node) -> object:
        given, kind = node.inputs, node.kind
        if kind == "Context Switch (rgthree)":
            return None  # followed as a pipe
        if kind == "Any Switch (rgthree)":
            names = sorted(name for name in given if re.fullmatch(r"any_\d+", name))
            return next((given[name] for name in names if given[name] is not None), None)
        if not re.search(r"switch|conditionalbranch|ifelse|if_else", kind, re.IGNORECASE):
            return None
        for key in ("select", "Input", "input", "index"):
            number = self._number(given.get(key), ("value", "select", "int", "number")) if key in given else None
            if number is not None:
                place = int(number)
                names = [f"{name}{place}" for name in _SWITCHED]
                return next((given[name] for name in names if name in given), None)
        for key in ("switch", "boolean", "cond", "condition", "boolean_value"):
            flag = given.get(key)
            if isinstance(flag, Link):
                holder = self.node(flag)
                flag = holder.inputs.get("value", holder.inputs.get("boolean")) if holder else None
            if isinstance(flag, bool):
                ways = ("on_true", "tt_value", "if_true") if flag else ("on_false", "ff_value", "if_false")
                return next((given[name] for name in ways if name in given), None)
        return None

    # --- conditionings and texts ---

    def _conditioning(self, link: Link, role: str) -> tuple[str, ...] | None:
        """The texts of a conditioning, () if it says nothing, None if that cannot be told."""
        return self._once(self._conditionings, link, role, self._conditioning_of)

    def _once(
        self, known: dict[tuple[Link, str], _T | None], link: Link, role: str, find: Callable[[Link, str], _T | None]
    ) -> _T | None:
        """What `find` gives, once for each link; None for what goes in circles or too deep."""
        key = (link, role)
        if key not in known:
            known[key] = None
            if self._depth < _MOST_STEPS:
                self._depth += 1
                try:
                    known[key] = find(link, role)
                finally:
                    self._depth -= 1
        return known[key]

    def _conditioning_of(self, link: Link, role: str) -> tuple[str, ...] | None:
        node = self.nodes.get(link.node)
        if node is None:
            return None
        if node.kind in _EMPTY:
            return ()
        chosen = self._chosen(node)
        if chosen is not None:
            return self._conditioning(chosen, role) if isinstance(chosen, Link) else None
        key = self._output(node, link, role)
        if key in ("positive", "negative"):
            return self._either(self._field(link.node, key), key)
        if key == "populated_text":
            return _alone(self._text(link, role))
        if _ENCODER.search(node.kind):
            # One that gives more than one conditioning, and does not hold both texts, does not say what is in which.
            name = node.outputs[link.output][0].lower() if link.output < len(node.outputs) else ""
            sole = not _both(node) and "neg" not in name and (link.output == 0 or "pos" in name)
            return self._encoded(node, role) if sole else None
        if node.kind in _REROUTES:
            return self._either(next(iter(node.inputs.values()), None), role)
        names = [k for k, v in node.inputs.items() if isinstance(v, Link) and re.match(r"cond(itioning)?s?(_|\d|$)", k)]
        if not names and link.output == ("positive", "negative").index(role):  # several pairs in one node
            names = [k for k in node.inputs if re.fullmatch(rf"{role}_\d{{1,2}}", k)]
        if names and key is None and not _both(node):
            parts: list[str] = []
            for name in sorted(names, key=_natural):
                value = node.inputs[name]
                texts = self._conditioning(value, role) if isinstance(value, Link) else None
                if texts is None:
                    return None
                parts += texts
            return _bounded(parts)
        return None

    def _either(self, value: object, role: str) -> tuple[str, ...] | None:
        """The texts of an input that may be a conditioning, or a text of a loader that encodes it."""
        if isinstance(value, str):  # loaders draw from templates as they run, and keep the template
            return None if _WILDCARD.search(value) else _alone(self._plain(value))
        if not isinstance(value, Link):
            return None
        texts = self._conditioning(value, role)
        return texts if texts is not None else _alone(self._text(value, role))

    def _output(self, node: Node, link: Link, role: str) -> str | None:
        """What an output of a node with several is, by the name of the input it corresponds to; None: not told."""
        known = _OUTPUTS.get(node.kind)
        if known is not None and link.output in known:
            return known[link.output]
        if known is not None or not _both(node):
            return None
        name = node.outputs[link.output][0].lower() if link.output < len(node.outputs) else ""
        for word, key in (("pos", "positive"), ("neg", "negative"), ("cond+", "positive"), ("cond-", "negative")):
            if word in name or name == f"conditioning{word[-1]}":
                return key
        # Every node of that kind known to us gives the positive one first; that it does so here is believed only
        # if the place of the output and the use that is made of it agree.
        return role if link.output == ("positive", "negative").index(role) else None

    def _encoded(self, node: Node, role: str) -> tuple[str, ...] | None:
        names = [name for name in _ENCODED if name in node.inputs]
        if "populated_text" in node.inputs:  # drawn from a template beside it
            names = ["populated_text"]
        if not names:
            names = [role] if role in node.inputs else []
        parts: list[str] = []
        for name in names:
            value = node.inputs[name]
            text = self._text(value, role) if isinstance(value, Link) else self._plain(value)
            if text is None:
                return None
            parts.append(_INSTRUCTION.sub("", text).strip())
        return _bounded(list(dict.fromkeys(filter(None, parts)))) if names else None

    def _plain(self, value: object) -> str | None:
        """A text as it stands in a node; None if it is a template that was drawn from since."""
        if not isinstance(value, str) or len(value) > MAX_PROMPT_CHARS:
            return None
        if not self.graph.drawn:
            value = _uncommented(value)
            if _CHOICE.search(value):
                return None
            value = value.replace(r"\{", "{").replace(r"\}", "}")
        return value

    def _text(self, link: object, role: str) -> str | None:
        """The text that a link carries, or None if that cannot be told."""
        if isinstance(link, (int, float)) and not isinstance(link, bool):
            return str(link)
        if not isinstance(link, Link):
            return self._plain(link)
        text = self._once(self._texts, link, role, self._text_of)
        if text is None:
            node = self.nodes.get(link.node)
            if node is not None and len(node.shown) == 1:
                return node.shown[0]  # what a node displayed is what it handed on
        return text if text is None or len(text) <= MAX_PROMPT_CHARS else None

    def _text_of(self, link: Link, role: str) -> str | None:
        node = self.nodes.get(link.node)
        if node is None:
            return None
        given, kind = node.inputs, node.kind
        chosen = self._chosen(node)
        if chosen is not None:
            return self._text(chosen, role)
        if kind in _REROUTES or set(given) == {""}:
            return self._text(next(iter(given.values()), None), role)
        known = _OUTPUTS.get(kind)
        if known is not None:
            key = known.get(link.output)
            if key is None or (kind.startswith("SDXLPromptStyler") and not _unstyled(given, key)):
                return None
            return self._text(self._field(link.node, key), role)
        if kind in _TEXTS:
            return self._text(given.get(_TEXTS[kind]), role)
        made = _STRINGS.get(kind)
        if made is not None:
            return made(self, given, role)
        if isinstance(given.get("populated_text"), str):  # wildcards, as they were drawn
            return self._text(given["populated_text"], role)
        if "wildcard" in kind.lower() or kind.startswith("DP"):
            template = self._text(given.get("text", given.get("wildcard_text")), role)
            return None if template is None or _WILDCARD.search(template) else template
        if re.search(r"styler", kind, re.IGNORECASE) and _both(node):
            key = self._output(node, link, role)
            name = next((n for n in _SAME.get(key or "", ()) if n in given), None)
            return self._text(given[name], role) if name and _unstyled(given, name) else None
        if _JOINING.search(kind):
            return self._join(given, role)
        if _TEXT_KIND.search(kind) and not _INVENTING.search(kind):
            texts = {key: value for key, value in given.items() if isinstance(value, (str, Link))}
            pair = [_role_of(key) for key in texts]
            if len(texts) == 2 and sorted(filter(None, pair)) == ["negative", "positive"]:
                key = self._output(node, link, role)
                return self._text(next((v for k, v in texts.items() if _role_of(k) == key), None), role)
            if len(texts) == 1 and _TEXT_KEY.search(next(iter(texts))):
                return self._text(next(iter(texts.values())), role)
        return None

    def _join(self, given: dict[str, object], role: str) -> str | None:
        """A node that puts its texts one behind the other, with what it puts between."""
        between = next((key for key in _DELIMITERS if key in given), None)
        delimiter = self._text(given[between], role) if between else None
        if delimiter is None or delimiter.lower() in _SPELT:
            return None
        rest = {k: v for k, v in given.items() if k != between and re.match(r"(text|string|prompt|str|input)", k)}
        parts: list[str] = []
        for key in sorted(rest, key=_natural):
            text = self._text(rest[key], role)
            if text is None:
                return None
            if text:
                parts.append(text)
        return _escaped(delimiter).join(parts) if parts else None


# --- strings that are made of strings ---

_Maker = Callable[[_Reader, "dict[str, object]", str], "str | None"]


def _concatenated(reader: _Reader, given: dict[str, object], role: str) -> str | None:
    first, second, between = (reader._text(given.get(key, ""), role) for key in ("string_a", "string_b", "delimiter"))
    return None if first is None or second is None or between is None else between.join([first, second])


def _was_concatenated(reader: _Reader, given: dict[str, object], role: str) -> str | None:
    between = given.get("delimiter")
    if "linebreak_addition" in given:
        between = "\n" if given["linebreak_addition"] in (True, "true") else given.get("delimiter", "")
    if not isinstance(between, str):
        return None
    clean = given.get("clean_whitespace") in (True, "true")
    parts = []
    for key in sorted((key for key in given if re.fullmatch(r"text_\w", key)), key=_natural):
        text = reader._text(given[key], role)
        if text is None:
            return None
        text = text.strip() if clean else text
        if text:
            parts.append(text)
    return _escaped(between).join(parts)


def _function(reader: _Reader, given: dict[str, object], role: str) -> str | None:
    parts = [reader._text(given.get(key, ""), role) for key in ("text_a", "text_b", "text_c")]
    if any(part is None for part in parts) or given.get("action") not in ("append", "replace"):
        return None
    first, second, third = (part or "" for part in parts)
    if given["action"] == "replace":
        if second.startswith("/"):
            return None  # a regular expression
        return first.replace(second, third)
    if given.get("tidy_tags") in ("yes", True):
        return ", ".join(part for part in (p.strip(" ,") for p in (first, second, third)) if part)
    return first + second + third


def _replaced(reader: _Reader, given: dict[str, object], role: str) -> str | None:
    text, find, by = (reader._text(given.get(key, ""), role) for key in ("string", "find", "replace"))
    return None if text is None or find is None or by is None else text.replace(find, by)


def _trimmed(reader: _Reader, given: dict[str, object], role: str) -> str | None:
    text = reader._text(given.get("string"), role)
    if text is None:
        return None
    return {"Left": text.lstrip(), "Right": text.rstrip()}.get(str(given.get("mode")), text.strip())


def _cased(reader: _Reader, given: dict[str, object], role: str) -> str | None:
    text = reader._text(given.get("string"), role)
    change = {"UPPERCASE": str.upper, "lowercase": str.lower, "Capitalize": str.capitalize, "Title Case": str.title}
    made = change.get(str(given.get("mode")))
    return made(text) if made and text is not None else None


def _part(reader: _Reader, given: dict[str, object], role: str) -> str | None:
    text, start, end = reader._text(given.get("string"), role), given.get("start"), given.get("end")
    return text[start:end] if text is not None and isinstance(start, int) and isinstance(end, int) else None


_STRINGS: dict[str, _Maker] = {
    "StringConcatenate": _concatenated,
    "Text Concatenate": _was_concatenated,
    "StringFunction|pysssss": _function,
    "StringReplace": _replaced,
    "StringTrim": _trimmed,
    "CaseConverter": _cased,
    "StringSubstring": _part,
}


def _escaped(delimiter: str) -> str:
    """A delimiter in which a line break may be written as an escape, as these nodes take it."""
    return delimiter.replace(r"\n", "\n").replace(r"\t", "\t")


def _uncommented(text: str) -> str:
    """Without comments, as the editor sends it."""
    parts, at = [], 0
    while (start := text.find("/*", at)) >= 0 and (end := text.find("*/", start + 2)) >= 0:
        parts.append(text[at:start])
        at = end + 2
    return _COMMENT_LINE.sub("", "".join(parts) + text[at:])


def _tells(node: Node, output: int, key: str) -> bool:
    """Whether an output of a node that is not in the tables is the number in one of its inputs.

    It is if the node has nothing else, if it is a node for seeds and this is its seed, or if the editor wrote down
    that the output has that name.
    """
    if output < len(node.outputs) and len(node.outputs) > 1:
        name = node.outputs[output][0].lower().replace(" ", "_")
        return name == key.lower() or any(name in same and key in same for same in _SAME.values())
    if len([name for name in node.inputs if not _BESIDE.search(name)]) == 1:
        return True
    return key in ("seed", "noise_seed") and re.search(r"seed", node.kind, re.IGNORECASE) is not None


def _alone(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(filter(None, [text.strip()]))


def _bounded(parts: list[str]) -> tuple[str, ...] | None:
    return tuple(parts) if sum(map(len, parts)) <= MAX_PROMPT_CHARS else None


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts text2 before text10, and what is to be added behind what it is added to."""
    name = re.sub(r"_to$", "_0", name)
    parts = re.findall(r"\d+|\D+", name)
    return tuple((0, int(part[:18]), "") if part.isdigit() else (1, 0, part) for part in parts)


def _role_of(name: str) -> str | None:
    words = name.lower()
    return "positive" if words.startswith("pos") or "positive" in words else (
        "negative" if words.startswith("neg") or "negative" in words else None
    )  # fmt: skip


def _both(node: Node) -> bool:
    """Whether a node holds both prompts."""
    return all(any(key in node.inputs for key in _SAME[role]) for role in ("positive", "negative"))


def _unstyled(given: dict[str, object], key: str) -> bool:
    """Whether a styler hands on its text as it is: the texts of its styles stand in files that we have not."""
    role = _role_of(key)
    if role and given.get(f"style_{role}") is False:
        return True
    styles = [value for name, value in given.items() if name.startswith("style") and isinstance(value, str)]
    return bool(styles) and all(style.strip().lower() in _NEUTRAL_STYLES for style in styles)


# --- LoRAs ---


def _add_loras(reader: _Reader, node: Node, found: list[tuple[str, str | None]]) -> None:
    """The LoRAs that a node applies, the last first, in whichever way it lists them."""
    own: list[tuple[str, str | None]] = []
    stack = node.inputs.get("lora_stack", node.inputs.get("optional_lora_stack"))
    if reader.lists_left <= 0:
        return
    reader.lists_left -= 1
    for _ in range(_MOST_STEPS):
        before = reader.node(stack)
        if before is None or reader.lists_left <= 0:
            break
        reader.lists_left -= 1
        own = [*_listed(before.inputs), *own]
        stack = before.inputs.get("lora_stack", before.inputs.get("optional_lora_stack"))
    own += _listed(node.inputs)
    # Some take them from tags in a text: of a wildcard as it was drawn, of a loader of such tags.
    tagged = re.search(r"lora", node.kind, re.IGNORECASE) or "populated_text" in node.inputs
    text = node.inputs.get("populated_text", node.inputs.get("text")) if tagged else None
    if isinstance(text, str):
        own += [(n, w or None) for n, w in _LORA_TAG.findall(text[:MAX_PROMPT_CHARS]) if n not in dict(own)]
    found += reversed(own)


def _listed(given: dict[str, object]) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []

    def add(name: object, *weights: object) -> None:
        if not isinstance(name, str) or not name.strip() or name.strip().lower() == "none" or len(found) >= 100:
            return
        plain = [float(w) if isinstance(w, str) and re.fullmatch(r"-?\d{1,4}(\.\d{1,9})?", w) else w for w in weights]
        numbers = [w for w in plain if isinstance(w, (int, float)) and not isinstance(w, bool) and math.isfinite(w)]
        if numbers and not any(numbers):
            return  # at a strength of 0 it is not applied
        found.append((name, str(numbers[0]) if numbers else None))

    if given.get("toggle") is False:
        return []
    many = given.get("loras")
    for item in many if isinstance(many, list) else ():
        if isinstance(item, dict) and item.get("active", item.get("on", True)) is not False:
            add(item.get("name", item.get("lora")), item.get("strength", item.get("weight")), item.get("clipStrength"))
    add(
        given.get("lora_name"),
        *(given.get(k) for k in ("strength_model", "lora_model_strength", "strength", "model_weight", "lora_wt")),
        *(given.get(k) for k in ("strength_clip", "lora_clip_strength")),
    )
    count = given.get("lora_count", given.get("num_loras"))
    for number in range(1, (min(count, 50) if isinstance(count, int) else 50) + 1):
        for form in (f"{number}", f"{number:02}"):
            item = given.get(f"lora_{form}")
            if isinstance(item, dict):
                if item.get("on") is not False:
                    add(item.get("lora"), item.get("strength"), item.get("strengthTwo"))
            elif item is not None:
                add(item, given.get(f"strength_{form}"))
        if given.get(f"switch_{number}") == "Off":
            continue
        simple = given.get("input_mode") == "simple"
        weights = (f"lora_wt_{number}",) if simple else (f"model_str_{number}", f"clip_str_{number}")
        add(
            given.get(f"lora_name_{number}"),
            *(given.get(k) for k in (f"model_weight_{number}", f"clip_weight_{number}", *weights)),
        )
        add(given.get(f"lora_{number}_name"), given.get(f"lora_{number}_strength"))
    return found
