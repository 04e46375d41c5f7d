"""What conditionings say: the texts that were encoded, through all that combines or changes them."""

from __future__ import annotations

import re

from ...limits import MAX_PROMPT_CHARS
from .graph import Link, Node
from .names import EMPTY, ENCODED, REROUTES
from .strings import natural
from .texts import WILDCARD, Texts, adds, both
from .walk import Walk

# Encoders that take their text as it is; others draw from templates as they run, and keep the template.
_PLAIN_ENCODER = re.compile(r"(CLIP)?TextEncode\w*")
# Nodes of several conditionings that do not add one to the other.
_NOT_ADDING = re.compile(r"subtract|negat|random|select|pick|switch|index|travel|schedul|ifelse", re.IGNORECASE)
_ENCODER = re.compile(r"text.?encode|clip.?encode|prompt.?encode|^easy (positive|negative)$|textencode", re.IGNORECASE)
# What models whose text encoder is a language model are told before the prompt, in the words of their authors.
_INSTRUCTION = re.compile(r"^\s*You are an? [^<]{1,500}<Prompt Start>\s*")


class Conditionings:
    """The conditionings of one graph. A role is "positive" or "negative": what a conditioning is wanted for."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.texts = Texts(walk)
        self._known: dict[tuple[Link, str], tuple[str, ...] | None] = {}

    def prompt(self, value: object, role: str) -> tuple[str, ...] | None:
        if isinstance(value, str):  # a loader with texts at the end of a pipe
            return self._either(value, role)
        return self._conditioning(value, role) if isinstance(value, Link) else None

    def _conditioning(self, link: Link, role: str) -> tuple[str, ...] | None:
        """The texts of a conditioning, () if it says nothing, None if that cannot be told."""
        return self.walk.once(self._known, link, role, self._conditioning_of)

    def _conditioning_of(self, link: Link, role: str) -> tuple[str, ...] | None:
        node = self.walk.nodes.get(link.node)
        if node is None:
            return None
        if node.kind in EMPTY:
            return ()
        chosen = self.walk.chosen(node)
        if chosen is not None:
            return self._conditioning(chosen, role) if isinstance(chosen, Link) else None
        key = self.texts.output(node, link, role)
        if key in ("positive", "negative"):
            return self._either(self.walk.field(link.node, key), key)
        if key == "populated_text":
            return _alone(self.texts.text(link, role))
        if _ENCODER.search(node.kind):
            # One that gives more than one conditioning, and does not hold both texts, does not say what is in which.
            name = node.outputs[link.output][0].lower() if link.output < len(node.outputs) else ""
            sole = not both(node) and "neg" not in name and (link.output == 0 or "pos" in name)
            return self._encoded(node, role) if sole else None
        if node.kind in REROUTES:
            return self._either(next(iter(node.inputs.values()), None), role)
        names = [k for k, v in node.inputs.items() if isinstance(v, Link) and re.match(r"cond(itioning)?s?(_|\d|$)", k)]
        if not names and link.output == ("positive", "negative").index(role):  # several pairs in one node
            names = [k for k in node.inputs if re.fullmatch(rf"{role}_\d{{1,2}}", k)]
        if names and key is None and not both(node):
            if len(names) > 1 and _NOT_ADDING.search(node.kind):
                return None
            parts: list[str] = []
            for name in sorted(names, key=natural):
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
            return None if WILDCARD.search(value) else _alone(self.texts.plain(value))
        if not isinstance(value, Link):
            return None
        texts = self._conditioning(value, role)
        return texts if texts is not None else _alone(self.texts.text(value, role))

    def _encoded(self, node: Node, role: str) -> tuple[str, ...] | None:
        names = [name for name in ENCODED if name in node.inputs]
        if "populated_text" in node.inputs:  # drawn from a template beside it
            names = ["populated_text"]
        if not names:
            names = [role] if role in node.inputs else []
        if adds(node.inputs, names) and "populated_text" not in names:
            return None
        parts: list[str] = []
        for name in names:
            value = node.inputs[name]
            text = self.texts.text(value, role) if isinstance(value, Link) else self.texts.plain(value)
            drawn = "populated_text" in names or _PLAIN_ENCODER.fullmatch(node.kind)
            if text is None or (not drawn and WILDCARD.search(text)):
                return None
            parts.append(_INSTRUCTION.sub("", text).strip())
        return _bounded(list(dict.fromkeys(filter(None, parts)))) if names else None


def _alone(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(filter(None, [text.strip()]))


def _bounded(parts: list[str]) -> tuple[str, ...] | None:
    return tuple(parts) if sum(map(len, parts)) <= MAX_PROMPT_CHARS else None
