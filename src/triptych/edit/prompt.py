"""Edits of the prompt."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from ..codec.picture import Picture
from ..errors import InputError
from ..layers import SemanticLayer
from ..limits import MAX_PATTERN_CHARS, MAX_TEXT_CHARS
from ._parts import base_of, need, put, settled, without

PATTERN_SECONDS = 2.0
# The pattern runs in a process of its own, because Python can neither bound nor interrupt a match that runs away.
# What it writes is bounded too: an expansion may multiply the text.
_CHILD = """
import json, re, sys
pattern, new, text, flags, most = json.load(sys.stdin)
out, at, size, count = [], 0, 0, 0
for match in re.compile(pattern, flags).finditer(text):
    piece = text[at:match.start()] + match.expand(new)
    out.append(piece)
    size += len(piece)
    at, count = match.end(), count + 1
    if size > most:
        break
print(json.dumps(["".join(out)[: most + 1] + text[at:], count]))
"""


def set_prompt(picture: Picture, text: str) -> Picture:
    """Put a text in place of the prompt; a blank one takes the layer away.

    Raises:
        InputError: the text is longer than 4,096 characters, or the layer taken away is the only one.
    """
    text = text.strip()
    if not text:
        if picture.semantic is None:
            return picture
        return settled(picture, without(base_of(picture), {SemanticLayer.name}), picture.semantic)
    if picture.semantic and picture.prompt == text:
        return picture
    try:
        return put(picture, SemanticLayer.from_text(text, picture.size))
    except InputError as error:
        raise error.located("the prompt cannot be stored") from None


def append_prompt(picture: Picture, text: str, *, separator: str = ", ") -> Picture:
    """Add a text to the end of the prompt, after `separator` if there is a prompt.

    Its inverse is `set_prompt` with the prompt before.
    """
    before = picture.prompt or ""
    return set_prompt(picture, before + separator + text.strip() if before and text.strip() else before + text)


def replace_prompt(picture: Picture, find: str, new: str, *, regex: bool = False, ignore_case: bool = False) -> Picture:
    r"""Replace every place where the prompt says `find`.

    With `regex`, `find` is a regular expression of Python's `re` and `new` may name groups (``\1``). An
    expression of more than 1,000 characters, or one that takes longer than two seconds, is refused, so that
    expressions may come from strangers. A prompt without such a place stays as it is, and a note says so.

    Raises:
        InputError: there is no prompt, `find` is empty or no regular expression, or the result is too long.
    """
    text = need(picture, SemanticLayer).text
    if not find:
        raise InputError("there is nothing to find: the text to replace is empty")
    if regex:
        changed, count = _substitute(find, new, text, ignore_case)
    else:
        pattern = re.compile(re.escape(find), re.IGNORECASE if ignore_case else 0)
        count = len(pattern.findall(text))
        if len(text) + count * (len(new) - len(find)) > 2 * MAX_TEXT_CHARS:
            raise InputError(f"the prompt would be longer than {MAX_TEXT_CHARS} characters")
        changed = pattern.sub(lambda _: new, text)
    if not count:
        return picture.with_notes(f"the prompt has no {find!r}; it was left as it is")
    if not regex and not new.strip():
        changed = tidy(changed)
    return set_prompt(picture, changed)


def tidy(text: str) -> str:
    """The text without the double commas and spaces that a removed phrase leaves behind."""
    text = re.sub(r" {2,}", " ", text)
    text = re.sub(r" ?,(?: ?,)*", ",", text)
    return text.strip(" ,")


def _substitute(pattern: str, new: str, text: str, ignore_case: bool) -> tuple[str, int]:
    """(the text with all matches replaced, how many there were)."""
    if len(pattern) > MAX_PATTERN_CHARS or len(new) > MAX_TEXT_CHARS:
        raise InputError(
            f"a regular expression has at most {MAX_PATTERN_CHARS} characters, what replaces it {MAX_TEXT_CHARS}"
        )
    if not sys.executable:
        raise InputError("regular expressions need a Python interpreter of their own, and this program has none")
    request = json.dumps([pattern, new, text, int(re.IGNORECASE) if ignore_case else 0, 2 * MAX_TEXT_CHARS])
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _CHILD],
            input=request.encode(),
            capture_output=True,
            timeout=PATTERN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"the regular expression {pattern!r} takes longer than {PATTERN_SECONDS:g} s on this prompt: "
            "avoid a repetition inside a repetition, such as (a+)+"
        ) from None
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise InputError(f"{pattern!r} -> {new!r} is not a usable regular expression: {reason.partition(': ')[2]}")
    changed, count = json.loads(done.stdout)
    return changed, count
