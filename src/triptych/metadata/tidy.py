"""A prompt without the marks that only its generator understands."""

from __future__ import annotations

import re

# Phrases that ask for quality and say nothing of the picture, in lower case.
_PHRASES = """
    masterpiece; best quality; high quality; highest quality; amazing quality; great quality; good quality;
    top quality; very aesthetic; aesthetic; absurdres; highres; high res; hires; high resolution; ultra high
    res; ultra highres; ultra-detailed; ultra detailed; highly detailed; extremely detailed; very detailed;
    insanely detailed; intricate details; hyperdetailed; 4k; 8k; 16k; 8k uhd; uhd; hd; hdr; 4k wallpaper; 8k
    wallpaper; extremely detailed cg unity 8k wallpaper; official art; trending on artstation; artstation;
    best shadow; newest; recent; general; sensitive; safe; score_9; score_9_up; score_8; score_8_up; score_7;
    score_7_up; score_6; score_6_up; score_5_up; score_4_up; source_anime; rating_safe; raw photo; no text;
    award winning; award-winning; sharp focus
"""
_BOILERPLATE = frozenset(" ".join(phrase.split()) for phrase in _PHRASES.split(";"))
_TAGS = re.compile(
    r"<(?:lora|lyco|hypernet|lora_block|embedding|segment|refiner|base|video|preset|trigger)\b[^<>]{0,300}>"
    r"|\bembedding:[^\s,()]{1,200}",
    re.IGNORECASE,
)
_EDITS = re.compile(r"\[([^\[\]:|]{0,300}):([^\[\]:|]{0,300}):\s*[\d.]+\s*\]")  # [from:to:when]
_WEIGHT = re.compile(r"\s*:\s*[-+]?\d*\.?\d+\s*(?=[)\]])")
_BREAKS = re.compile(r"\b(?:BREAK|AND)\b(?:\s*:\s*[\d.]+)?|\bADD(?:COMM|BASE|COL|ROW)\b")
_PLUS = re.compile(r"(?<=[\w)])(?:\+{1,8}|-{2,8})(?=[\s,.)]|$)")  # InvokeAI's word++ and (words)--
_NOVEL = re.compile(r"(?:(?<=\s)|^|(?<=,))-?\d+(?:\.\d+)?::|::")  # NovelAI's 1.3::words::


def tidy_prompt(text: str) -> str:
    """A prompt as a person would have written it.

    Removed are weights ``(word:1.2)``, ``[word]``, ``{{word}}``, ``word++`` and ``1.2::word::`` (the words stay),
    LoRA and embedding tags, BREAK and AND, phrases that only ask for quality, and commas that separate nothing.
    Escaped brackets lose their backslash. A prompt of nothing else comes back empty.
    """
    text = text[: 1 << 16]
    text = _TAGS.sub(" ", text)
    text = _NOVEL.sub(" ", text)
    text = _BREAKS.sub(",", text)
    text = _EDITS.sub(lambda match: match[2] if match[2].strip() else match[1], text)
    text = text.replace(r"\(", "\ue000").replace(r"\)", "\ue001")
    text = _PLUS.sub("", _WEIGHT.sub("", text))
    text = re.sub(r"[()\[\]{}]", " ", text)
    text = text.replace("\ue000", "(").replace("\ue001", ")")
    kept, seen = [], set()
    for phrase in re.split(r"[,\n]", text):
        phrase = " ".join(phrase.split())
        key = phrase.lower().strip(" .")
        if key and key not in _BOILERPLATE and key not in seen:
            seen.add(key)
            kept.append(phrase)
    return ", ".join(kept)
