"""Which sampler made the saved picture: the graph is walked back from the nodes that save."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .graph import Link, Node
from .names import PIPES, SAME, SAVES
from .walk import MOST_STEPS, Walk

# Inputs by which a picture, or what becomes one, comes into a node.
_PICTURE = re.compile(
    r"(images?|pixels|samples?|latents?|frames|video|destination|source|input|any|anything|value|optional_image"
    r"|base_image|on_true|on_false|upscaled_image|samples_(to|from)|latent_image|image_?[a-d1-9]|"
    r"(image|latent|samples|input|any)_?\d{1,2})",
    re.IGNORECASE,
)
_MOST_SAMPLERS = 32  # that lead to one picture


class Samplers:
    """The samplers of one graph."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self._found: dict[str, tuple[str, ...]] = {}

    def first(self, stem: str | None) -> list[str]:
        """The first samplers on the way to the saved picture."""
        savers = self._savers()
        named = [name for name in savers if stem is not None and self._prefix(name, stem)]
        found: list[str] = []
        for name in (named or savers)[:_MOST_SAMPLERS]:
            found += [sampler for sampler in self._first(name) if sampler not in found]
        if found or savers:
            return found
        # No node that saves or shows: the samplers that feed no other.
        all_of_them = [name for name, node in self.walk.nodes.items() if self._samples(node)]
        for name in all_of_them[:_MOST_SAMPLERS]:
            found += [sampler for sampler in self._first(name) if sampler not in found]
        return found

    def _savers(self) -> list[str]:
        saving: list[str] = []
        showing: list[str] = []
        for name, node in self.walk.nodes.items():
            own = node.inputs.get("image_output")
            if isinstance(own, str) and self._samples(node):
                (saving if own in SAVES else showing).append(name)
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
        given = self.walk.nodes[name].inputs.get("filename_prefix", self.walk.nodes[name].inputs.get("save_prefix"))
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
        prompted = any(key in given for key in SAME["positive"]) or any(key in given for key in PIPES)
        counted = any(key in given for key in ("steps", "steps_total", "sigmas"))
        return prompted and (counted or re.search(r"sampler", node.kind, re.IGNORECASE) is not None)

    def _pictures(self, node: Node) -> Iterator[Link]:
        """The inputs by which pictures come in, those of a switch only if it let them through."""
        chosen = self.walk.chosen(node)
        if chosen is not None:
            if isinstance(chosen, Link):
                yield chosen
            return
        for key, value in node.inputs.items():
            if not isinstance(value, Link):
                continue
            source = self.walk.node(value)
            kind = source.outputs[value.output][1] if source and value.output < len(source.outputs) else ""
            if kind in ("IMAGE", "LATENT") if kind not in ("", "*") else _PICTURE.fullmatch(key):
                yield value

    def _first(self, name: str) -> tuple[str, ...]:
        """The first samplers on the way to a node, itself among them if it is one."""
        if name in self._found:
            return self._found[name]
        self._found[name] = ()  # a graph that goes in circles ends here
        node = self.walk.nodes[name]
        if self.walk.depth > MOST_STEPS:
            return ()
        with self.walk.deeper():
            samples = self._samples(node)
            links = list(self._pictures(node))
            if samples:
                piped = [self.walk.field(name, key) for key in ("latent_image", "images")]
                links += [value for value in piped if isinstance(value, Link)]
            found: list[str] = []
            for link in links:
                if link.node in self.walk.nodes and len(found) < _MOST_SAMPLERS:
                    found += [sampler for sampler in self._first(link.node) if sampler not in found]
            if samples and not found:
                found = [name]
        self._found[name] = tuple(found)
        return self._found[name]
