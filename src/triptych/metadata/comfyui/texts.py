"""Texts that links carry: of nodes that hold one, draw one, or put one together."""

from __future__ import annotations

import re
from collections.abc import Collection

from ...limits import MAX_PROMPT_CHARS
from .graph import Link, Node
from .names import DELIMITERS, NEUTRAL_STYLES, OUTPUTS, REROUTES, SAME, SPELT, TEXTS
from .strings import STRINGS, escaped, natural
from .walk import BESIDE, Walk

# What such nodes are called by other authors; those that change or invent their text are not among them.
_TEXT_KIND = re.compile(r"text|string|prompt|literal|primitive|multiline|positive|negative", re.IGNORECASE)
_INVENTING = re.compile(
    r"llm|gpt|chat|generat|ollama|llama|gemini|claude|mistral|qwen|enhanc|refin|expan|caption|translat|interrogat"
    r"|random|wildcard|dynamic|florence|joy|groq|deepseek|magic|tagger|describe|rewrite|parse|style|load|file|batch"
    r"|list|schedul|travel|select|switch|encode|replace|trim|split|regex|format|extract|filter|remove|agent|api|\bai\b"
    r"|truncat|limit|\bcut|slice|substr|upper|lower|case|revers|shuffl|sort|uniq|dedup|clean|(?<!multi)(?<!multi-)line"
    r"|index|count",
    re.IGNORECASE,
)
_JOINING = re.compile(r"concat|join|combine|append|merge", re.IGNORECASE)
_CHOICE = re.compile(r"(?<!\\)\{[^{}|]*\|")  # {red|blue}
WILDCARD = re.compile(r"__[\w/*.-]{1,200}__|(?<!\\)\{[^{}|$]*[|$]")
_COMMENT_LINE = re.compile(r"//[^\n]*")
# Inputs whose text a node adds to its own.
_MORE = re.compile(
    r"style|prefix|suffix|prepend|append|pre_?text|post_?text|before|after|extra|artist|preset|template|wildcard|lora",
    re.IGNORECASE,
)
_TEXT_KEY = re.compile(r"text|string|str|value|prompt|positive|negative|input", re.IGNORECASE)


class Texts:
    """The texts of one graph. A role is "positive" or "negative": what the text is wanted for."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self._known: dict[tuple[Link, str], str | None] = {}

    def plain(self, value: object) -> str | None:
        """A text as it stands in a node; None if it is a template that was drawn from since."""
        if not isinstance(value, str) or len(value) > MAX_PROMPT_CHARS:
            return None
        if not self.walk.graph.drawn:
            value = _uncommented(value)
            if _CHOICE.search(value):
                return None
            value = value.replace(r"\{", "{").replace(r"\}", "}")
        return value

    def text(self, link: object, role: str) -> str | None:
        """The text that a link carries, or None if that cannot be told."""
        if isinstance(link, (int, float)) and not isinstance(link, bool):
            return str(link)
        if not isinstance(link, Link):
            return self.plain(link)
        text = self.walk.once(self._known, link, role, self._text_of)
        if text is None:
            node = self.walk.nodes.get(link.node)
            if node is not None and len(node.shown) == 1:
                return node.shown[0]  # what a node displayed is what it handed on
        return text if text is None or len(text) <= MAX_PROMPT_CHARS else None

    def _text_of(self, link: Link, role: str) -> str | None:
        node = self.walk.nodes.get(link.node)
        if node is None:
            return None
        given, kind = node.inputs, node.kind
        chosen = self.walk.chosen(node)
        if chosen is not None:
            return self.text(chosen, role)
        if kind in REROUTES or set(given) == {""}:
            return self.text(next(iter(given.values()), None), role)
        known = OUTPUTS.get(kind)
        if known is not None:
            key = known.get(link.output)
            if key is None or (kind.startswith("SDXLPromptStyler") and not _unstyled(given, key)):
                return None
            return self.text(self.walk.field(link.node, key), role)
        if kind in TEXTS:
            return self.text(given.get(TEXTS[kind]), role)
        made = STRINGS.get(kind)
        if made is not None:
            return made(lambda value: self.text(value, role), given)
        if isinstance(given.get("populated_text"), str):  # wildcards, as they were drawn
            return self.text(given["populated_text"], role)
        if "wildcard" in kind.lower() or kind.startswith("DP"):
            template = self.text(given.get("text", given.get("wildcard_text")), role)
            return None if template is None or WILDCARD.search(template) else template
        if re.search(r"styler", kind, re.IGNORECASE) and both(node):
            key = self.output(node, link, role)
            name = next((n for n in SAME.get(key or "", ()) if n in given), None)
            return self.text(given[name], role) if name and _unstyled(given, name) else None
        if _JOINING.search(kind):
            return self._join(given, role)
        if _TEXT_KIND.search(kind) and not _INVENTING.search(kind):
            texts = {key: value for key, value in given.items() if isinstance(value, (str, Link))}
            pair = [_role_of(key) for key in texts]
            if len(texts) == 2 and sorted(filter(None, pair)) == ["negative", "positive"]:
                key = self.output(node, link, role)
                return self.text(next((v for k, v in texts.items() if _role_of(k) == key), None), role)
            if len(texts) == 1 and _TEXT_KEY.search(next(iter(texts))) and not _counted(given):
                return self.text(next(iter(texts.values())), role)
        return None

    def _join(self, given: dict[str, object], role: str) -> str | None:
        """A node that puts its texts one behind the other, with what it puts between."""
        between = next((key for key in DELIMITERS if key in given), None)
        delimiter = self.text(given[between], role) if between else None
        if delimiter is None or delimiter.lower() in SPELT:
            return None
        rest = {k: v for k, v in given.items() if k != between and re.match(r"(text|string|prompt|str|input)", k)}
        if any(key != between and key not in rest and says(value) for key, value in given.items()):
            return None  # there is more in it
        parts: list[str] = []
        for key in sorted(rest, key=natural):
            text = self.text(rest[key], role)
            if text is None:
                return None
            if text:
                parts.append(text)
        return escaped(delimiter).join(parts) if parts else None

    def output(self, node: Node, link: Link, role: str) -> str | None:
        """What an output of a node with several is, by the name of the input it corresponds to; None: not told."""
        known = OUTPUTS.get(node.kind)
        if known is not None and link.output in known:
            return known[link.output]
        if known is not None or not both(node):
            return None
        name = node.outputs[link.output][0].lower() if link.output < len(node.outputs) else ""
        for word, key in (("pos", "positive"), ("neg", "negative"), ("cond+", "positive"), ("cond-", "negative")):
            if word in name or name == f"conditioning{word[-1]}":
                return key
        # Every node of that kind known to us gives the positive one first; that it does so here is believed only
        # if the place of the output and the use that is made of it agree.
        return role if link.output == ("positive", "negative").index(role) else None


def _uncommented(text: str) -> str:
    """Without comments, as the editor sends it."""
    parts, at = [], 0
    while (start := text.find("/*", at)) >= 0 and (end := text.find("*/", start + 2)) >= 0:
        parts.append(text[at:start])
        at = end + 2
    return _COMMENT_LINE.sub("", "".join(parts) + text[at:])


def says(value: object) -> bool:
    """Whether an input may be a text that is not empty."""
    return isinstance(value, Link) or (isinstance(value, str) and value.strip().lower() not in NEUTRAL_STYLES)


def adds(given: dict[str, object], used: Collection[str]) -> bool:
    """Whether a node puts more into its text than the inputs `used`, by the names of the others."""
    return any(key not in used and _MORE.search(key) and says(value) for key, value in given.items())


def _counted(given: dict[str, object]) -> bool:
    """Whether a node has a number that may change its text: a length, a place, a seed."""
    return any(
        isinstance(v, (int, float)) and not isinstance(v, bool) and not BESIDE.search(k) for k, v in given.items()
    )


def _role_of(name: str) -> str | None:
    words = name.lower()
    return "positive" if words.startswith("pos") or "positive" in words else (
        "negative" if words.startswith("neg") or "negative" in words else None
    )  # fmt: skip


def both(node: Node) -> bool:
    """Whether a node holds both prompts."""
    return all(any(key in node.inputs for key in SAME[role]) for role in ("positive", "negative"))


def _unstyled(given: dict[str, object], key: str) -> bool:
    """Whether a styler hands on its text as it is: the texts of its styles stand in files that we have not."""
    role = _role_of(key)
    if role and given.get(f"style_{role}") is False:
        return True
    styles = [value for name, value in given.items() if name.startswith("style") and isinstance(value, str)]
    return bool(styles) and all(style.strip().lower() in NEUTRAL_STYLES for style in styles)
