"""The checkpoint that a sampler was given, and the LoRAs on the way to it."""

from __future__ import annotations

import math
import re

from ...limits import MAX_PROMPT_CHARS
from .graph import Link, Node
from .names import MODEL_KEYS, PIPES, REROUTES
from .walk import MOST_STEPS, Walk

_LORA_TAG = re.compile(r"<lora:([^<>:]{1,200})(?::(-?[\d.]+))?[^<>]{0,100}>")
_MOST_LISTS = 300  # nodes whose LoRAs are listed


class Models:
    """The models of one graph."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self._lists_left = _MOST_LISTS

    def name(self, link: object, sampler: str, loras: list[tuple[str, str | None]]) -> str | None:
        """The name of the checkpoint; the LoRAs on the way to it are added, the last first."""
        if link is None:  # the loader is the end of a pipe; or nothing says which, and there is only one
            holder = self.walk.owner(sampler, "ckpt_name")
            for name in self.walk.piped(sampler):
                if name != holder:
                    self._add_loras(self.walk.nodes[name], loras)
            if any(key in self.walk.nodes[holder].inputs for key in MODEL_KEYS):
                return self._loaded(holder, loras)
            names = {node.inputs.get("ckpt_name", node.inputs.get("unet_name")) for node in self.walk.nodes.values()
                     if isinstance(node.inputs.get("ckpt_name", node.inputs.get("unet_name")), str)}  # fmt: skip
            return str(names.pop()) if len(names) == 1 else None
        seen: set[Link] = set()
        while len(seen) < MOST_STEPS:
            node = self.walk.node(link)
            if node is None or not isinstance(link, Link) or link in seen:
                return None
            seen.add(link)
            chosen = self.walk.chosen(node)
            if chosen is not None:
                link = chosen
                continue
            self._add_loras(node, loras)
            before = node.inputs.get("model", node.inputs.get("base_model", node.inputs.get("unet")))
            if isinstance(before, Link):
                link = before
                continue
            if any(isinstance(node.inputs.get(p), Link) for p in PIPES):
                link = self.walk.field(link.node, "model") or Link(self.walk.owner(link.node, "ckpt_name"), 0)
                if self.walk.node(link) is node:
                    return None
                continue
            if node.kind in REROUTES:
                link = next((value for value in node.inputs.values() if isinstance(value, Link)), None)
                continue
            return self._loaded(link.node, [])
        return None

    def _loaded(self, name: str, loras: list[tuple[str, str | None]]) -> str | None:
        node = self.walk.nodes.get(name)
        if node is None:
            return None
        self._add_loras(node, loras)
        for key in MODEL_KEYS:
            value = node.inputs.get(key)
            if isinstance(value, dict):
                value = value.get("content")
            if value is not None:
                linked = self.walk.named(value, "ckpt_name") if isinstance(value, Link) else None
                return self.walk.named(value, key) or linked
        return None

    def _add_loras(self, node: Node, found: list[tuple[str, str | None]]) -> None:
        """The LoRAs that a node applies, the last first, in whichever way it lists them."""
        own: list[tuple[str, str | None]] = []
        stack = node.inputs.get("lora_stack", node.inputs.get("optional_lora_stack"))
        if self._lists_left <= 0:
            return
        self._lists_left -= 1
        for _ in range(MOST_STEPS):
            before = self.walk.node(stack)
            if before is None or self._lists_left <= 0:
                break
            self._lists_left -= 1
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
