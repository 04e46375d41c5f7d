"""Texts in blocks of every kind and encoding."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from triptych.layers import Block
from triptych.metadata.chunks import XMP
from triptych.metadata.places import read_texts, user_comment, xmp_text


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([b"UNICODE\0", b"ASCII\0\0\0", b"JIS\0\0\0\0\0", b""]))
def test_any_user_comment_is_some_text(data: bytes, code: bytes) -> None:
    """No bytes are too broken to be text."""
    assert isinstance(user_comment(code + data), str)


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be", "utf-16", "utf-8"])
@pytest.mark.parametrize(
    "text",
    [
        "a barn, oil painting",
        "月光下的红色谷仓，油画 🌙\n暖色调，细节丰富",
        "月光下的红色谷仓，油画 🌙\nSteps: 24, Seed: 7",
        "赤い納屋、月の夜、油絵、高品質、詳細",
        "붉은 헛간, 창백한 달",
        "красный амбар под бледной луной",
        "grüner Stall, weiße Mühle",
    ],
)
def test_either_order_of_bytes(order: str, text: str) -> None:
    """Nothing says which it is, so the one counts that looks like something written; UTF-8 under a false flag, too."""
    assert user_comment(b"UNICODE\0" + text.encode(order)) == text


def test_texts_of_all_kinds_of_blocks() -> None:
    """By the names of their places; of two of one name the first counts, and what is broken is noted."""
    exif = Image.Exif()
    exif[0x010E], exif[0x9C9C] = "described", "said".encode("utf-16-le")
    profile = b"\nexif\n  20\n" + exif.tobytes().hex().encode()
    blocks = [
        Block("text", "parameters", b"one"),
        Block("text", "parameters", b"two"),
        Block("text", "Raw profile type exif", profile),
        Block("comment", "comment", "é".encode("latin-1")),
        Block("iptc", "IPTC", b"8BIM..\x1c\x02\x78\0\x05hello"),
        Block("xmp", XMP, b"<x/>"),
        Block("c2pa", "C2PA", b"\0"),
        Block("exif", "Exif", b"II*\0"),
        Block("stealth", "stealth_pnginfo", b'{"Comment": {"uc": "x"}, "Software": "NovelAI"}'),
    ]
    texts, notes = read_texts(blocks)
    wanted = {"parameters": "one", "ImageDescription": "described", "XPComment": "said", "comment": "é", XMP: "<x/>"}
    wanted |= {"IPTC caption": "hello", "Comment": '{"uc": "x"}', "Software": "NovelAI"}
    assert {name: texts[name] for name in wanted} == wanted
    assert len(notes) <= 1


def test_elements_and_attributes_of_xmp() -> None:
    """Either form, with either kind of quotes."""
    alternatives = "<rdf:Alt><rdf:li a='b'>x &amp; y</rdf:li></rdf:Alt>"
    assert xmp_text(f"<dc:description>{alternatives}</dc:description>", "dc:description") == "x & y"
    assert xmp_text("<r dc:description='x'/>", "dc:description") == "x"
    assert xmp_text('<r dc:description="x"/>', "dc:description") == "x"
    assert xmp_text("<r/>", "dc:description") is None
