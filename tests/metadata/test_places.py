"""Texts in blocks of every kind and encoding."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from triptych.metadata.places import user_comment


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([b"UNICODE\0", b"ASCII\0\0\0", b"JIS\0\0\0\0\0", b""]))
def test_any_user_comment_is_some_text(data: bytes, code: bytes) -> None:
    """No bytes are too broken to be text."""
    assert isinstance(user_comment(code + data), str)
